"""Mixtures of experts as code runs them: tokens sorted by their experts, multiplied group by group, and put back.

Every step of it is looked for, from the sum over the experts of a token back to the scores of a router. Sorting and
undoing it leaves nothing of the order, so that what is found is said by one layer.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from archcalc.importing.record import Plain, Tensor
from archcalc.importing.torch.calls import own_name
from archcalc.importing.torch.origins import SAME, VIEWS, made_by, origin
from archcalc.importing.torch.trace import Function, Traced

_MOVED = (*SAME, *VIEWS, "unsqueeze")
_ACTIVATIONS = ("silu", "gelu", "relu")


class Mixture(NamedTuple):
    """A mixture: the tokens and the scores that it reads, the two tensors of its experts, what else is said of it.

    `inside` are the functions that compute it, but for the last one, by their ids.
    """

    tokens: Traced
    scores: Traced
    first: Tensor
    second: Tensor
    fields: dict[str, Plain]
    inside: frozenset[int]


class _Other(Exception):
    """A function that is no mixture."""


def mixture(function: Function) -> Mixture | None:
    """The mixture that ends with a function; None for every other one."""
    if own_name(function.name) != "sum":
        return None
    try:
        return _Search().mixture(function)
    except _Other:
        return None


class _Search:
    """One way back from a function."""

    def __init__(self) -> None:
        self.inside: set[int] = set()

    def mixture(self, summed: Function) -> Mixture:
        """What ends with the sum over the experts of a token. Raises: _Other."""
        (of_experts,) = _given(summed, 1)
        if not isinstance(of_experts, Traced) or len(of_experts.shape) != 3 or _named(summed, 1, "dim") != 1:
            raise _Other
        if _named(summed, 2, "keepdim"):
            raise _Other
        _, active, width = of_experts.shape
        weighted, back = _given(self.step(of_experts, "getitem"), 2)
        places = self.undone(back)
        outer, factor = self.one_of_two(weighted, "mul", "grouped_mm")
        sort = self.sort(places)
        weights, order = _given(self.step(factor, "getitem"), 2)
        self.same(order, places)
        inner, second = self.product(outer, sort)
        hidden, activation, gated = self.gated(inner)
        rows, first = self.product(hidden, sort)
        tokens, token_of = _given(self.step(rows, "getitem"), 2)
        divided = self.step(token_of, "floordiv")
        self.same(_given(divided, 2)[0], places)
        choice = self.step(_given(sort, 1)[0], "topk")
        if divided.arguments[1] != active or _named(choice, 1, "k") != active or not _is_last(choice, 2):
            raise _Other
        softmax = self.step(_given(choice, 1)[0], "softmax")
        scores = origin(_given(softmax, 1)[0])
        whole = (2 if gated else 1) * second.shape[-1]
        experts = scores.shape[-1]
        if not _is_last(softmax, 1) or len(scores.shape) != 2 or tokens.shape != (of_experts.shape[0], width):
            raise _Other
        if first.shape != (experts, whole, width) or second.shape != (experts, width, second.shape[-1]):
            raise _Other
        fields: dict[str, Plain] = {"active": active, "hidden": second.shape[-1], "activation": activation}
        fields |= {"gated": gated, "normalize": self.is_normalized(weights, choice)}
        return Mixture(tokens, scores, first, second, fields, frozenset(self.inside))

    def step(self, traced: Any, *names: str) -> Function:
        """The function of that name that made a tensor, behind what only moves it. Raises: _Other."""
        if not isinstance(traced, Traced):
            raise _Other
        while traced.maker is not None and own_name(traced.maker.name) in _MOVED:
            self.inside.add(id(traced.maker))
            traced = _given(traced.maker, 1)[0]
        function = made_by(traced, *names)
        if function is None:
            raise _Other
        self.inside.add(id(function))
        return function

    def same(self, one: Any, other: Traced) -> None:
        """Raises: _Other, if two are not one tensor."""
        if not isinstance(one, Traced) or origin(one, _MOVED) is not other:
            raise _Other

    def one_of_two(self, traced: Any, name: str, part: str) -> tuple[Traced, Traced]:
        """The operands of a function, first the one that a function of another name made."""
        one, other = _given(self.step(traced, name), 2)
        if isinstance(one, Traced) and isinstance(other, Traced):
            for first, second in ((one, other), (other, one)):
                if made_by(first, part, through=_MOVED) is not None:
                    return first, second
        raise _Other

    def undone(self, back: Any) -> Traced:
        """The order that an order undoes: where 0, 1, 2, ... was written at its places, or by sorting it."""
        function = self.step(back, "setitem", "argsort")
        if own_name(function.name) == "argsort":
            return origin(_given(function, 1)[0], _MOVED)
        _, places, numbers = _given(function, 3)
        counted = self.step(numbers, "arange")
        if not isinstance(places, Traced) or counted.arguments != [places.shape[0]] or len(places.shape) != 1:
            raise _Other
        return origin(places, _MOVED)

    def sort(self, places: Traced) -> Function:
        """The sort that gave an order."""
        function = self.step(places, "sort")
        if places.port != 1 or len(function.arguments) != 1 or function.keywords or len(places.shape) != 1:
            raise _Other
        return function

    def product(self, traced: Any, sort: Function) -> tuple[Traced, Tensor]:
        """Rows times the matrix of their group, for groups as large as the sorted numbers say."""
        function = self.step(traced, "grouped_mm")
        rows, matrices = _given(function, 2)
        if any(function.keywords.get(name) is not None for name in ("bias", "out_dtype")):
            raise _Other
        turned = self.step(matrices, "transpose")
        tensor = _given(turned, 1)[0].tensor
        if tensor is None or len(tensor.shape) != 3 or {one % 3 for one in turned.arguments[1:]} != {1, 2}:
            raise _Other
        total = self.step(function.keywords.get("offs"), "cumsum")
        counts = self.step(_given(total, 1)[0], "histc")
        experts = tensor.shape[0]
        said = tuple(_named(counts, place, name) for place, name in enumerate(("bins", "min", "max"), start=1))
        if said != (experts, 0, experts - 1) or origin(_given(counts, 1)[0]) is not sort.outputs[0]:
            raise _Other
        return rows, tensor

    def gated(self, inner: Any) -> tuple[Any, str, bool]:
        """What stands between the two layers: an activation, and a gate if there is one."""
        if (alone := made_by(inner, *_ACTIVATIONS, through=_MOVED)) is not None:
            return _given(self.step(inner, *_ACTIVATIONS), 1)[0], _activation(alone), False
        for gate, rest in (pair := _given(self.step(inner, "mul"), 2)), pair[::-1]:
            if not isinstance(gate, Traced) or (activation := made_by(gate, *_ACTIVATIONS)) is None:
                continue
            self.step(gate, *_ACTIVATIONS)
            half, other = origin(_given(activation, 1)[0]), origin(rest)
            cut = self.step(half, "chunk")
            if (half, other) == tuple(cut.outputs) and _named(cut, 1, "chunks") == 2 and _is_last(cut, 2):
                return _given(cut, 1)[0], _activation(activation), True
        raise _Other

    def is_normalized(self, weights: Any, choice: Function) -> bool:
        """Whether the weights of the chosen experts are scaled to a sum of 1. Raises: _Other, if they are others."""
        if origin(weights, _MOVED) is choice.outputs[0]:
            return False
        chosen, whole = _given(self.step(weights, "div", "truediv"), 2)
        total = self.step(whole, "sum")
        self.same(chosen, choice.outputs[0])
        self.same(_given(total, 1)[0], choice.outputs[0])
        if not _is_last(total, 1) or not _named(total, 2, "keepdim"):
            raise _Other
        return True


def _given(function: Function, count: int) -> list[Any]:
    """The first arguments of a function. Raises: _Other, if there are fewer."""
    if len(function.arguments) < count:
        raise _Other
    return function.arguments[:count]


def _named(function: Function, place: int, name: str) -> Any:
    """An argument by its name, or by its place."""
    given = function.arguments[place] if place < len(function.arguments) else None
    return function.keywords.get(name, given)


def _is_last(function: Function, place: int) -> bool:
    """Whether a function goes along the last axis of what it reads, as those do that are not told another one."""
    axis = _named(function, place, "dim")
    rank = len(function.arguments[0].shape)
    return axis == rank - 1 or axis == -1 or (axis is None and own_name(function.name) == "topk")


def _activation(function: Function) -> str:
    name = own_name(function.name).strip("_")
    if name == "gelu" and _named(function, 1, "approximate") not in (None, "none"):
        raise _Other
    return name
