"""What archcalc has no kind for: a step whose author states what comes out, what it holds and what it costs."""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Self

from pydantic import model_validator

from archcalc.diagnostics.codes import shapes as codes
from archcalc.dims import Condition, Dim, free_symbols
from archcalc.layers.arguments import as_python
from archcalc.layers.axes import joined
from archcalc.layers.base import Read, Role, TorchCall, Weight, of_tensors
from archcalc.layers.fields import Amount, Doc, Index
from archcalc.layers.formula import BUFFERS, MULTIPLICATIONS, PARAMETERS, Formula, Letter, rearranged
from archcalc.layers.merge import Merge
from archcalc.layers.reach import NoReach, Reach
from archcalc.layers.shape import Layout, Rounding, Shape
from archcalc.layers.shared_fields import OutputShape
from archcalc.layers.site import Site
from archcalc.layers.written_fields import ImportPath, NamedShapes, NamedValues, Text

_NAMED = ("tensors", "stored", "arguments")
COUNTER = "num_batches_tracked"
"""What PyTorch calls the counter of a batch norm, wherever there is one."""


class Opaque(Merge):
    """What archcalc has no kind for: its author states the shape that comes out, the tensors and the products.

    Nothing of it is computed. Totals say how many of their multiplications and parameters are stated, and legal sizes
    on which steps they rest. Without `branches` it reads the map that arrives, and else one map for each of them.

    Shape: as stated; the channels stand where they do in the first map that it reads, unless `layout` says it
    Cost: as stated: the numbers in `tensors`, and `products`
    Reports: AC306, AC311, AC348
    Source: the author's word; with `module`, that module of PyTorch

    >>> step = Opaque(shape=[49, 96], products=903_168, tensors={"qkv.weight": [288, 96], "qkv.bias": [288]})
    >>> (tokens,) = step.shapes([Shape((49, 96), "channels_last")], Site())
    >>> print(tokens, step.multiplications([], [tokens]), [weight.elements for weight in step.weights([], [])])
    49×96 903168 [27648, 288]
    """

    family = "opaque"
    reads_here = True
    is_opaque = True
    counts_as_module = True
    numbers = "unread"
    other_names: ClassVar[dict[str, str]] = {"buffers": "stored"}

    shape: OutputShape
    products: Annotated[
        Amount,
        Doc("Its multiplications for one input: products with weights, and those of matrix products of maps."),
    ]
    tensors: Annotated[
        NamedShapes, Doc("Its parameters: their shapes by their names in the module, as in {qkv.weight: [288, 96]}.")
    ] = ()
    stored: Annotated[NamedShapes, Doc("Its tensors that are kept and not trained, in the same way.")] = ()
    layout: Annotated[
        Layout | None, Doc("Where the channels stand in what comes out. Default: as in the first map that it reads.")
    ] = None
    reason: Annotated[Text | None, Doc("Why no other kind says it, in words.")] = None
    module: Annotated[
        ImportPath | None,
        Doc(
            "The author's class, as in package.module:Class, which exported code imports. Default: it cannot be called."
        ),
    ] = None
    arguments: Annotated[
        NamedValues, Doc("What the class is made with: numbers, words, lists, null, and texts as in \"'text'\".")
    ] = ()
    result: Annotated[
        Index | None,
        Doc("Which of several results the module returns is the map, counted from 0. Default: the only one."),
    ] = None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if not self.shape:
            raise ValueError("takes a `shape` of at least one size")
        names = [name for name, _ in (*self.tensors, *self.stored)]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"has `{twice}` among its tensors and among its buffers, and can have it once")
        if self.module is None and (
            given := [name for name in ("arguments", "result") if name in self.model_fields_set]
        ):
            raise ValueError(f"takes `{given[0]}` only beside `module`, the class that it is for")
        return self

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """The stated shape, for as many items as the maps have."""
        if not inputs:
            site.report(codes.WRONG_INPUTS, "opaque reads at least one map, but gets no branches", label="no branches")
            return None
        first = inputs[0]
        if not all(
            site.require(
                Condition.equal(first.items, shape.items),
                codes.MERGE_MISMATCH,
                f"opaque needs maps with the same number of items, but gets {first.items} and {shape.items} per input",
            )
            for shape in inputs[1:]
        ):
            return None
        self._told_of_symbols(inputs, site)
        return (Shape(self.shape, self.layout or first.layout, first.items),)

    def _told_of_symbols(self, inputs: Sequence[Shape], site: Site) -> None:
        """Tell of symbols that decide what is read, and on which what is stated does not depend."""
        read = set().union(*(free_symbols(size) for shape in inputs for size in shape.sizes))
        products = () if self.products == 0 else (self.products,)
        for field, what, stated in (
            ("shape", "a shape that does", self.shape),
            ("products", "products that do", products),
        ):
            hidden = sorted(read - set().union(*map(free_symbols, stated))) if stated else []
            if hidden:
                given = "×".join(f"{size:,}" if isinstance(size, int) else str(size) for size in stated)
                site.report(
                    codes.STATED_SIZES,
                    f"opaque reads a map that depends on {joined(hidden)}, and states {what} not: {given}",
                    field=field,
                    label=f"stated for every {joined(hidden)}",
                    help=("write it with the sizes of the map, such as `height(here)`, where it depends on them",),
                )
                return

    @property
    def reads_numbers(self) -> bool:
        """What its author has it read may be of any numbers."""
        return True

    def weights(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """The tensors that are stated; one of a single axis is taken for a bias or a scale."""
        return tuple(Weight(name, sizes, _role(name, sizes)) for name, sizes in self.tensors)

    def buffers(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """The buffers that are stated."""
        return tuple(
            Weight(name, sizes, "counter" if name.rpartition(".")[2] == COUNTER else "statistic")
            for name, sizes in self.stored
        )

    def multiplications(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> Dim:
        """The products that are stated."""
        return self.products

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """The author's word."""
        return rearranged(len(self.shape), self._by_author)

    def count_formulas(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """The author's word for the tensors and the products."""
        kept = [tensor for tensor in self.buffers(inputs, outputs) if tensor.role != "counter"]
        counted = ((PARAMETERS, self.weights(inputs, outputs)), (BUFFERS, kept))
        tensors = [of_tensors(quantity, found) for quantity, found in counted if found]
        products = Letter("M", self.products, "multiplications that are stated")
        return (
            *[formula._replace(words=f"stated: {formula.words}") for formula in tensors],
            Formula(MULTIPLICATIONS, "M", (products,), words=self._by_author),
        )

    def as_step(self) -> str | dict[str, Any]:
        """The layer as a step of a spec, with its maps of names as maps.

        >>> Opaque(shape=[4], products=0, tensors={"weight": [4, 2]}).as_step()
        {'opaque': {'shape': (4,), 'products': 0, 'tensors': {'weight': (4, 2)}}}
        """
        given = self._given()
        return {self.kind: given | {name: dict(given[name]) for name in _NAMED if name in given}}

    @property
    def _by_author(self) -> str:
        return f"stated by the author: {self.reason}" if self.reason else "stated by the author"

    def reach(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[Reach, ...] | None:
        """Unknown. Raises: NoReach."""
        raise NoReach("does not say what its positions see")

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """The author's module, where it is told; nothing stands in for it otherwise."""
        if self.module is None:
            return ()
        given = {name: _in_python(value) for name, value in self.arguments}
        reads = tuple(map(Read, range(len(inputs))))
        return (TorchCall(self.module, (), given, reads=reads, result=self.result),)

    @property
    def why_no_torch(self) -> tuple[str, str]:
        """That it names no module, and what to write."""
        return (
            "this opaque step names no module, so there is nothing to call",
            "write its class as `module: PACKAGE.MODULE:CLASS`, and as `arguments: {...}` what it is made with",
        )


def _role(name: str, sizes: tuple[Dim, ...]) -> Role:
    if len(sizes) > 1:
        return "weight"
    return "bias" if name.endswith("bias") else "scale"


def _in_python(value: Any) -> Any:
    """A value of `arguments` as the exporter takes it."""
    return tuple(map(_in_python, value)) if isinstance(value, tuple) else as_python(value)
