"""Products of two maps, and attention."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from archcalc.importing.building import NotSaid
from archcalc.importing.record import Plain, Value
from archcalc.importing.torch.calls import Call, axes_of
from archcalc.importing.torch.functions.masks import parted
from archcalc.importing.torch.functions.matrices import transposed
from archcalc.importing.torch.functions.shapes import reshaped, without_leading
from archcalc.importing.torch.trace import Traced


def matmul(call: Call) -> Value:
    """`matmul(input, other)`: of two maps, or a linear layer whose weight is [in, out]."""
    first, second = call.traced(0, "input"), call.traced(1, "other")
    if second.tensor is not None and len(second.shape) == 2 and second.tensor.trainable:
        return transposed(call, call.map(0), second.tensor)
    left, right = call.lowering.map(first), call.lowering.map(second)
    if min(len(left.shape), len(right.shape)) < 2:
        raise NotSaid("the product of a matrix and a vector")
    return product(call, left, right, call.shape)


def product(call: Call, left: Value, right: Value, shape: Sequence[int]) -> Value:
    """The product of two maps as matrices; ones are put in front of the one with fewer axes."""
    rank = max(len(left.shape), len(right.shape))
    left, right = (reshaped(call, one, (1,) * (rank - len(one.shape)) + one.shape) for one in (left, right))
    fields: dict[str, Plain] = {} if left.shape[:-2] == right.shape[:-2] else {"broadcast": True}
    made = tuple(max(pair) for pair in zip(left.shape[:-2], right.shape[:-2], strict=True))
    value = call.layer("matmul", [left, right], fields, shape=(*made, left.shape[-2], right.shape[-1]))
    return reshaped(call, value, shape)


def baddbmm(call: Call) -> Value:
    """`baddbmm(input, batch1, batch2)` without factors."""
    if call.get(3, "beta", 1) != 1 or call.get(4, "alpha", 1) != 1:
        raise NotSaid("baddbmm with factors")
    made = product(call, call.map(1, "batch1"), call.map(2, "batch2"), call.shape)
    added = call.map(0)
    return call.layer("add", [added, made], {} if added.shape == made.shape else {"broadcast": True})


def attention(call: Call) -> Value:
    """`scaled_dot_product_attention(query, key, value, attn_mask, dropout_p, is_causal, scale, enable_gqa)`."""
    reads = [call.map(place, name) for place, name in enumerate(("query", "key", "value"))]
    if call.get(7, "enable_gqa", False):
        reads[1:] = [_for_all_heads(call, one, reads[0]) for one in reads[1:]]
    fields: dict[str, Plain] = {}
    if call.get(5, "is_causal", False):
        fields["causal"] = True
    if (scale := call.get(6, "scale", None)) is not None and not math.isclose(scale, reads[0].shape[-1] ** -0.5):
        fields["scale"] = scale
    if len({one.shape[:-2] for one in reads}) > 1:
        fields["broadcast"] = True
    mask = call.get(3, "attn_mask", None)
    maps = {}
    causal, added_to = parted(mask) if isinstance(mask, Traced) else (False, None)
    if causal:
        fields["causal"] = True
    if added_to is not None:
        added = call.lowering.map(added_to)
        is_whole = len(added.shape) > len(reads[0].shape) and added.shape[0] == 1
        maps["mask"] = without_leading(call, added) if is_whole else added
    value = call.layer("dot_attention", reads, fields)
    call.made(value).maps = maps
    return value


def _for_all_heads(call: Call, read: Value, query: Value) -> Value:
    """Keys or values of a few heads, for each of the heads of the queries that share them."""
    own, heads = read.shape[-3], query.shape[-3]
    if own == heads:
        return read
    front, back = read.shape[:-3], read.shape[-2:]
    opened = reshaped(call, read, (*front, own, 1, *back))
    sizes = [-1] * (len(front) + 1) + [heads // own, -1, -1]
    stretched = call.layer("expand", [opened], {"shape": sizes}, shape=(*front, own, heads // own, *back))
    return reshaped(call, stretched, (*front, heads, *back))


def einsum(call: Call) -> Value:
    """`einsum(equation, first, second)`: a product along the letters that are not in the result."""
    text, given = call.get(0, "equation"), call.function.arguments[1:]
    operands = given[0] if len(given) == 1 and isinstance(given[0], list) else given
    if not isinstance(text, str) or len(operands) != 2 or "..." in text or "->" not in text:
        raise NotSaid("einsum of other than two maps with a stated result")
    sides, result = text.replace(" ", "").split("->")
    reads = [
        (_letters(letters, one), call.lowering.map(one))
        for letters, one in zip(sides.split(","), operands, strict=True)
    ]
    wanted = _letters(result, call.function.outputs[0])
    return _Einsum(call, reads, wanted).value()


def _letters(letters: str, traced: Traced) -> str:
    """The letters of the axes that are no batch."""
    if len(letters) != len(traced.shape):
        raise NotSaid("einsum with letters that do not fit")
    return "".join(letter for letter, axis in zip(letters, axes_of(traced.shape), strict=True) if axis is not None)


class _Einsum:
    """A product of two maps by letters, as one matrix product between reshapes."""

    def __init__(self, call: Call, reads: list[tuple[str, Value]], wanted: str) -> None:
        self.call = call
        (self.one, self.left), (self.two, self.right) = reads
        self.wanted = wanted
        self.size = {letter: size for text, value in reads for letter, size in zip(text, value.shape, strict=True)}
        if any(len(set(text)) != len(text) for text in (self.one, self.two, wanted)):
            raise NotSaid("einsum with a letter twice")

    def value(self) -> Value:
        batch = [letter for letter in self.wanted if letter in self.one and letter in self.two]
        rows = [letter for letter in self.wanted if letter in self.one and letter not in self.two]
        columns = [letter for letter in self.wanted if letter in self.two and letter not in self.one]
        summed = [letter for letter in self.one if letter in self.two and letter not in self.wanted]
        if len(batch) + len(rows) + len(summed) != len(self.one) or len(batch) + len(columns) + len(summed) != len(
            self.two
        ):
            raise NotSaid("einsum that sums along one map alone")
        left = self.matrix(self.left, self.one, batch, rows, summed)
        right = self.matrix(self.right, self.two, batch, summed, columns)
        lead = self.sizes(batch)
        made = self.call.layer("matmul", [left, right], {}, shape=(*lead, left.shape[-2], right.shape[-1]))
        letters = [*batch, *rows, *columns]
        opened = reshaped(self.call, made, self.sizes(letters))
        order: list[Plain] = [letters.index(letter) for letter in self.wanted]
        if order == sorted(letters.index(letter) for letter in letters):
            return opened
        return self.call.layer("permute", [opened], {"axes": order}, shape=self.sizes(self.wanted))

    def sizes(self, letters: Sequence[str]) -> tuple[int, ...]:
        return tuple(self.size[letter] for letter in letters)

    def matrix(self, value: Value, text: str, batch: list[str], rows: list[str], columns: list[str]) -> Value:
        letters = [*batch, *rows, *columns]
        order: list[Plain] = [text.index(letter) for letter in letters]
        if order != list(range(len(order))):
            value = self.call.layer("permute", [value], {"axes": order}, shape=self.sizes(letters))
        last = [math.prod(self.sizes(group)) for group in (rows, columns)]
        return reshaped(self.call, value, (*self.sizes(batch), *last))


FUNCTIONS: dict[str, Callable[[Call], Value | list[Value]]] = {
    **dict.fromkeys(("matmul", "__matmul__", "bmm", "mm"), matmul),
    "baddbmm": baddbmm,
    "scaled_dot_product_attention": attention,
    "einsum": einsum,
}
