"""Embeddings: rows of numbers that are looked up for integers, and the integers that count positions."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Self

from pydantic import model_validator

from archcalc.diagnostics.codes import shapes as codes
from archcalc.dims import Condition, Dim, minimum
from archcalc.layers.arguments import as_python
from archcalc.layers.base import Layer, TorchCall, Weight
from archcalc.layers.fields import Amount, Doc, Size
from archcalc.layers.formula import Formula, Letter, parameters, rearranged
from archcalc.layers.numbers import report_real
from archcalc.layers.reach import NOTHING, Reach, pointwise
from archcalc.layers.shape import Integers, Rounding, Shape
from archcalc.layers.site import Site
from archcalc.layers.tokens import reads_tokens


class Embedding(Layer):
    """Learned table with a row of numbers for every integer, such as a word: each integer becomes its row.

    Shape: integers (*N) -> (*N, out), with the channels last
    Cost: count*out parameters; no multiplications, since rows are looked up
    Reports: AC344
    Source: torch.nn.Embedding

    >>> words = Shape((16,), integers=Integers())
    >>> Embedding(count=1000, out=64).shapes([words], Site())[0].sizes
    (16, 64)
    """

    family = "embedding"
    numbers = "integers"
    resizes = True

    count: Annotated[Size, Doc("How many rows the table has: integers from 0 on, and below this number.")]
    out: Annotated[Size, Doc("Numbers in a row: the channels that come out.")]

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """A row at every position."""
        (shape,) = inputs
        below = None if shape.integers is None else shape.integers.below
        if below is not None and not has_rows(site, self.count, below):
            return None
        return (Shape((*shape.sizes, self.out), "channels_last", shape.items),)

    def weights(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """`weight` [count, out]."""
        return (Weight("weight", (self.count, self.out), "embedding"),)

    def looks_up(self, inputs: Sequence[Shape]) -> Mapping[int, Dim]:
        """In the rows of its table."""
        return {0: self.count}

    def tensors_read(self, inputs: Sequence[Shape], outputs: Sequence[Shape], batch: int = 1) -> Dim:
        """A row for every integer, and each row at most once."""
        (shape,) = inputs
        asked: Any = shape.elements * shape.items * batch
        rows: Any = minimum(asked, self.count)
        numbers: Dim = rows * self.out
        return numbers

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """The numbers of a row behind the axes that were there."""
        letter = Letter("D", self.out, "numbers in a row")
        return (Formula("channels", "D", (letter,), (len(inputs[0].sizes),), words="a row for every integer"),)

    def count_formulas(self, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> tuple[Formula, ...]:
        """Rows times their numbers."""
        return (parameters("V*D", Letter("V", self.count, "rows"), Letter("D", self.out, "numbers in a row")),)

    def reach(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[Reach, ...] | None:
        """Every position sees its own integer."""
        return pointwise(inputs[0])

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """`nn.Embedding`."""
        return (TorchCall("nn.Embedding", (self.count, self.out)),)


def has_rows(site: Site, rows: Dim, below: Dim, field: str = "count") -> bool:
    """Whether a table has a row for every integer from 0 on and below a number.

    Reports: AC344
    """
    return site.require(
        Condition.at_least(rows, below),
        codes.TOO_FEW_ROWS,
        lambda: f"the integers are 0 to {below - 1}, and the table has the rows 0 to {rows - 1}",
        field=field,
        label=lambda: f"{rows} rows",
    )


class Positions(Layer):
    """The number of every token in its sequence, from 0 on, as an `embedding` of positions reads it.

    With `padding` they count from the number behind it, as in RoBERTa: integers that are `padding` pad a sequence, are
    not counted, and stay what they are.

    Shape: tokens (T, D), or integers (T) -> integers (T), below T + start; with a padding integers (T) -> integers
    (T), below T + padding + 1
    Cost: none
    Reports: AC304, AC321, AC343
    Source: torch.arange; Ott et al. 2019, fairseq, for positions without the padding

    >>> Positions().shapes([Shape((197, 768), "channels_last")], Site())[0].integers
    Integers(below=197)
    >>> Positions(padding=1).shapes([Shape((512,), integers=Integers())], Site())[0].integers
    Integers(below=514)
    """

    family = "embedding"
    numbers = "unread"
    main = "start"

    start: Annotated[Amount, Doc("The number of the first token.")] = 0
    padding: Annotated[
        Amount | None, Doc("The integer that pads sequences: it is not counted. Default: all tokens are.")
    ] = None

    @model_validator(mode="after")
    def _begins_once(self) -> Self:
        if self.padding is not None and "start" in self.model_fields_set:
            raise ValueError("counts from the number behind `padding` on, and takes no `start` beside it")
        return self

    def shapes(self, inputs: Sequence[Shape], site: Site) -> tuple[Shape, ...] | None:
        """An integer for every token."""
        (shape,) = inputs
        if self.padding is not None and shape.integers is None:
            report_real(site, f"{self.kind} with a padding reads integers, such as the numbers of words")
            return None
        if not reads_sequence(site, shape, self.kind):
            return None
        first: Any = self.start if self.padding is None else self.padding + 1
        below: Any = first + shape.sizes[0]
        return (Shape(shape.sizes[:1], items=shape.items, integers=Integers(below)),)

    @property
    def reads_numbers(self) -> bool:
        """To know which of them pad."""
        return self.padding is not None

    def size_formulas(self, inputs: Sequence[Shape], rounding: Rounding) -> tuple[Formula, ...]:
        """As many as there are tokens."""
        return rearranged(1, "a number for every token")

    def reach(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[Reach, ...] | None:
        """Nothing of any input: only how many tokens there are, and with a padding which of those in front pad."""
        return (NOTHING,) if self.padding is None else None

    def torch(self, inputs: Sequence[Shape], outputs: Sequence[Shape], rounding: Rounding) -> tuple[TorchCall, ...]:
        """A count from the start on, for every item of the batch."""
        if self.padding is not None:
            return (TorchCall("supplied.counted_tokens", (as_python(self.padding),), is_module=False),)
        args = (as_python(self.start),) if self.start != 0 else ()
        return (TorchCall("supplied.token_positions", args, is_module=False),)


def reads_sequence(site: Site, shape: Shape, kind: str) -> bool:
    """Whether a shape is a sequence of tokens [T, D], or of integers [T].

    Reports: AC304, AC321
    """
    if shape.integers is None:
        return reads_tokens(site, shape, kind)
    if len(shape.sizes) != 1:
        site.report(codes.RANK_MISMATCH, f"{kind} reads a sequence of integers [T], but gets {shape}")
    return len(shape.sizes) == 1
