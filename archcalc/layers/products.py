"""Products of maps: matrices in the last two axes, which are multiplied with each other."""

from collections.abc import Sequence
from math import prod
from typing import Annotated, Literal

from archcalc.diagnostics.codes import shapes as codes
from archcalc.dims import Condition, Dim
from archcalc.layers.base import Read, TorchCall
from archcalc.layers.fields import Doc, Flag
from archcalc.layers.formula import Formula, Letter, multiplications, product
from archcalc.layers.merge import Merge, agree, leading_sizes
from archcalc.layers.shape import Layout, Rounding, Shape, factor
from archcalc.layers.site import Instead, Site

Transposed = Literal["second", "first", "both"]


class Matmul(Merge):
    """Product of two maps, matrix by matrix: the last two axes are multiplied, all axes in front of them stay.

    Rows of the first matrix are multiplied with columns of the second, which must be as long. `transpose` exchanges the
    last two axes of a map before that: the scores of attention are `{matmul: [q, k], transpose: second}`.

    Shape: (*N, n, k), (*N, k, m) -> (*N, n, m); `broadcast: true` stretches sizes of 1 among the axes in front
    Cost: no parameters; prod(N)*n*k*m multiplications
    Reports: AC304, AC306, AC311, AC321
    Source: torch.matmul

    >>> queries, keys = Shape((4, 49, 32), "channels_last"), Shape((4, 50, 32), "channels_last")
    >>> scores = Matmul(transpose="second").shapes([queries, keys], Site())
    >>> print(*scores, Matmul(transpose="second").multiplications([queries, keys], scores))
    4×49×50 313600
    """

    branches = 2

    transpose: Annotated[
        Transposed | None, Doc("Which maps have their last two axes exchanged first: `second`, `first` or `both`.")
    ] = None
    broadcast: Annotated[Flag, Doc("Whether sizes of 1 in front are stretched to the size of the other map.")] = False

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The rows of the first map and the columns of the second, behind the axes that they share."""
        if not agree(site, inputs, self.kind, exactly=self.branches, one_layout=False):
            return None
        first, second = inputs
        if len(first.sizes) < 2:
            site.report(
                codes.RANK_MISMATCH,
                f"matmul multiplies matrices, and a vector of {first} is none",
                label="reads vectors",
                help=("`multiply` multiplies vectors number by number, and `linear` with a matrix of weights",),
            )
            return None
        message = f"matmul needs maps that agree on the axes in front of the last two, but gets {_both(inputs)}"
        leading = leading_sizes(site, inputs, message, broadcast=self.broadcast)
        if leading is None or not self._chained(site, first, second):
            return None
        (rows, _), (_, columns) = self._matrices(first, second)
        return (Shape((*leading, rows, columns), self._layout(first, second), first.items),)

    def _is_transposed(self) -> tuple[bool, bool]:
        """Whether the first and the second map are."""
        return self.transpose in ("first", "both"), self.transpose in ("second", "both")

    def _matrices(self, first: Shape, second: Shape) -> tuple[tuple[Dim, Dim], tuple[Dim, Dim]]:
        """The rows and columns of both maps, as they are multiplied."""
        (a, b), (c, d) = first.sizes[-2:], second.sizes[-2:]
        turned, turned_too = self._is_transposed()
        return ((b, a) if turned else (a, b)), ((d, c) if turned_too else (c, d))

    def _chained(self, site: Site, first: Shape, second: Shape) -> bool:
        """Whether the rows of the first matrix are as long as the columns of the second."""
        (rows, width), (height, columns) = self._matrices(first, second)
        return site.require(
            Condition.equal(width, height),
            codes.MERGE_MISMATCH,
            lambda: (
                f"matmul multiplies rows with columns, and those of {factor(rows)}×{factor(width)} and "
                f"{factor(height)}×{factor(columns)} are not of one length: {_both([first, second])}"
            ),
            reason=lambda: f"rows of {width} numbers and columns of {height} are multiplied",
            label=f"rows of {width}, columns of {height}",
            help=tuple(self._turned(first, second)),
        )

    def _turned(self, first: Shape, second: Shape) -> list[Instead]:
        """Other ways to transpose the maps, with which they can be multiplied."""
        ways: tuple[Transposed, ...] = ("second", "first", "both")
        found = []
        for way in ways:
            (rows, width), (height, columns) = Matmul(transpose=way)._matrices(first, second)
            if Condition.equal(width, height).decide() is True:
                shown = f"{factor(rows)}×{factor(width)} times {factor(height)}×{factor(columns)}"
                found.append(Instead("transpose", way, f"which is {shown}"))
        return found

    def _layout(self, first: Shape, second: Shape) -> Layout:
        """The channels stay where they are: in the rows of the first map, or in the columns of the second.

        Where they are in neither, or in both, the order is that of the maps.
        """
        turned, turned_too = self._is_transposed()
        is_matrix = len(first.sizes) == 2
        in_columns = second.layout == "channels_last" and not turned_too
        in_columns = in_columns or (is_matrix and second.layout == "channels_first" and turned_too)
        in_rows = is_matrix and first.layout == ("channels_last" if turned else "channels_first")
        if in_columns != in_rows:
            return "channels_last" if in_columns else "channels_first"
        return "channels_first" if first.layout == second.layout == "channels_first" else "channels_last"

    def multiplications(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Dim:
        """Every number of the product is a sum of as many products as a row is long."""
        return self.map_products(inputs, outputs)

    def map_products(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Dim:
        """All of them."""
        (_, width), _ = self._matrices(*inputs)
        products: Dim = prod(outputs[0].sizes) * width
        return products

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """The rows of the first map and the columns of the second."""
        (rows, width), (height, columns) = self._matrices(*inputs)
        last = len(inputs[0].sizes) - 1
        shown = f"{factor(rows)}×{factor(width)} times {factor(height)}×{factor(columns)}"
        return (
            *((Formula("axes in front", words="as they are", axes=tuple(range(last - 1))),) if last > 1 else ()),
            Formula("rows", "n", (Letter("n", rows, "rows of the first map"),), (last - 1,), shown),
            Formula("columns", "m", (Letter("m", columns, "columns of the second map"),), (last,)),
        )

    def count_formulas(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """A product for every number of a row, for every number that comes out."""
        (rows, width), (_, columns) = self._matrices(*inputs)
        leading = outputs[0].sizes[:-2]
        letters = (
            *((Letter("N", prod(leading), "products side by side"),) if leading else ()),
            Letter("n", rows, "rows of the first map"),
            Letter("k", width, "numbers in a row"),
            Letter("m", columns, "columns of the second map"),
        )
        return (multiplications(product(*letters), *letters),)

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`matmul`, behind a `transpose` of each map that is transposed."""
        turned = self._is_transposed()
        turns = [
            TorchCall("Tensor.transpose", (-2, -1), is_module=False, reads=(Read(index),))
            for index, is_turned in enumerate(turned)
            if is_turned
        ]
        reads = tuple(Read(what="result") if is_turned else Read(index) for index, is_turned in enumerate(turned))
        return *turns, TorchCall("matmul", is_module=False, reads=reads)


def _both(inputs: Sequence[Shape]) -> str:
    return f"{inputs[0]} times {inputs[1]}"
