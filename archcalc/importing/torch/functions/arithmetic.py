"""Arithmetic: maps with maps, and maps with numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from archcalc.importing.building import NotSaid
from archcalc.importing.record import Value
from archcalc.importing.torch.calls import Call
from archcalc.importing.torch.constants import number
from archcalc.importing.torch.functions.masks import hides_later
from archcalc.importing.torch.trace import Traced

_MERGES = {"add": "add", "mul": "multiply", "multiply": "multiply", "sub": "subtract", "subtract": "subtract"}
_SIGNS = {
    "add": "+",
    "mul": "*",
    "multiply": "*",
    "sub": "-",
    "subtract": "-",
    "div": "/",
    "divide": "/",
    "true_divide": "/",
}
_SIGNS |= {
    "truediv": "/",
    "pow": "**",
    "rsub": "-",
    "radd": "+",
    "rmul": "*",
    "rtruediv": "/",
    "rdiv": "/",
    "rpow": "**",
}
_UNARY = ("abs", "ceil", "cos", "exp", "floor", "log", "round", "rsqrt", "sign", "sin", "sqrt")


def binary(call: Call) -> Value:
    """`add(input, other, alpha)` and its like, of two maps or a map and a number."""
    own = _own(call)
    left, right = call.get(0, "input"), call.get(1, "other", call.get(1, "exponent", None))
    if own in ("div", "divide") and call.get(2, "rounding_mode", None) is not None:
        raise NotSaid("a division that is rounded")
    if (factor := call.get(2, "alpha", 1)) != 1 and own in ("add", "sub", "subtract"):
        return _with_factor(call, _SIGNS[own], factor)
    if own.startswith("r") and own in _SIGNS and own != "round":
        left, right = right, left
    if isinstance(left, Traced) and isinstance(right, Traced):
        first, second = number(left), number(right)
        left, right = (left if first is None else first), (right if second is None else second)
    if isinstance(left, Traced) and isinstance(right, Traced):
        return _of_maps(call, own, left, right)
    return _with_number(call, _SIGNS[own], left, right)


def _with_factor(call: Call, sign: str, factor: float) -> Value:
    """`add(input, other, alpha=factor)` and `sub`."""
    read, other = call.map(0), call.get(1, "other")
    if not isinstance(other, Traced):
        return _with_number(call, sign, call.get(0, "input"), factor * other)
    return arithmetic(call, f"x {sign} {plain(factor)} * other", read, {"other": call.lowering.map(other)})


def addcmul(call: Call) -> Value:
    """`addcmul(input, tensor1, tensor2, value)`, and `addcdiv`, which divides."""
    sign = "*" if call.short.startswith("addcmul") else "/"
    read, maps = call.map(0), {"first": call.map(1, "tensor1"), "second": call.map(2, "tensor2")}
    return arithmetic(call, f"x + {plain(call.get(3, 'value', 1))} * first {sign} second", read, maps)


def lerp(call: Call) -> Value:
    """`lerp(input, end, weight)` with a number as its weight."""
    weight = call.get(2, "weight")
    if isinstance(weight, Traced):
        raise NotSaid("lerp by a map")
    return arithmetic(call, f"x + {plain(weight)} * (end - x)", call.map(0), {"end": call.map(1, "end")})


def _own(call: Call) -> str:
    own = call.short.strip("_")
    return own[1:] if own in ("iadd", "isub", "imul", "itruediv", "idiv", "ipow") else own


def _of_maps(call: Call, own: str, left: Traced, right: Traced) -> Value:
    own = own.removeprefix("r") if own != "round" and own not in _MERGES else own
    first, second = call.lowering.map(left, leading=True), call.lowering.map(right, leading=True)
    if own in _MERGES:
        fields = {} if first.shape == second.shape else {"broadcast": True}
        made = call.layer(_MERGES[own], [first, second], fields)
        call.made(made).hides_later = own == "add" and any(map(_hides_later, (left, right)))
        return made
    return arithmetic(call, f"x {_SIGNS[own]} other", first, {"other": second})


def _hides_later(added: Traced) -> bool:
    """Whether a constant hides later tokens where it is added to scores."""
    return not added.batched and not added.learned and bool(hides_later(added))


def arithmetic(
    call: Call, text: str, read: Value, maps: dict[str, Value] | None = None, shape: Sequence[int] | None = None
) -> Value:
    """A step of arithmetic on a map `x` and others, by the names that the text has for them."""
    value = call.layer("elementwise", [read], {"value": text}, shape=shape)
    made = call.made(value)
    made.maps = dict(maps or {})
    if any(other.shape != value.shape for other in [read, *made.maps.values()]):
        made.fields["broadcast"] = True
    return value


def _with_number(call: Call, sign: str, left: Any, right: Any) -> Value:
    read, given = (left, right) if isinstance(left, Traced) else (right, left)
    if not isinstance(read, Traced) or not isinstance(given, (int, float)) or isinstance(given, bool):
        raise NotSaid(f"{call.short} of what is neither a map nor a number")
    neutral = {"+": 0, "-": 0, "*": 1, "/": 1, "**": 1}[sign]
    if given == neutral and read is left:
        return call.lowering.map(read)
    text = f"x {sign} {plain(given)}" if read is left else f"{plain(given)} {sign} x"
    return arithmetic(call, text, call.lowering.map(read))


def plain(number: float) -> str:
    """A number as an expression of the language writes it.

    >>> plain(0.5), plain(2.0), plain(-3), plain(1e-6)
    ('0.5', '2', '(-3)', '1e-6')
    """
    if number != number or number in (float("inf"), float("-inf")):
        raise NotSaid("arithmetic with what is no finite number")
    text = str(int(number)) if float(number).is_integer() and abs(number) < 1e15 else repr(number).replace("e-0", "e-")
    return f"({text})" if text.startswith("-") else text


def unary(call: Call) -> Value:
    """A function of every number by itself."""
    return arithmetic(call, f"{call.short.strip('_')}(x)", call.map(0))


def negative(call: Call) -> Value:
    """`neg(input)`."""
    return arithmetic(call, "-x", call.map(0))


def square(call: Call) -> Value:
    """`square(input)`."""
    return arithmetic(call, "x ** 2", call.map(0))


def reciprocal(call: Call) -> Value:
    """`reciprocal(input)`."""
    return arithmetic(call, "1 / x", call.map(0))


def clamp(call: Call) -> Value:
    """`clamp(input, min, max)`, with one bound or both."""
    if call.short.startswith("clamp_"):
        low, high = (call.get(1, "min", None), None) if "min" in call.short else (None, call.get(1, "max"))
    else:
        low, high = call.get(1, "min", None), call.get(2, "max", None)
    if any(isinstance(bound, Traced) for bound in (low, high)):
        raise NotSaid("clamp by maps")
    if low is not None and high is not None:
        return arithmetic(call, f"clamp(x, {plain(low)}, {plain(high)})", call.map(0))
    if low is not None:
        return arithmetic(call, f"max(x, {plain(low)})", call.map(0))
    if high is None:
        raise NotSaid("clamp without a bound")
    return arithmetic(call, f"min(x, {plain(high)})", call.map(0))


def extreme(call: Call) -> Value:
    """`maximum(input, other)` and `minimum`."""
    word = call.short[:3]
    first, second = call.map(0), call.map(1, "other")
    return arithmetic(call, f"{word}(x, other)", first, {"other": second})


def same(call: Call) -> Value:
    """What gives the same numbers again: copies, other types of numbers, `identity`."""
    return call.map(0, leading=True)


FUNCTIONS: dict[str, Callable[[Call], Value | list[Value]]] = {
    **dict.fromkeys(_SIGNS, binary),
    **dict.fromkeys(_UNARY, unary),
    "neg": negative,
    "negative": negative,
    "square": square,
    "reciprocal": reciprocal,
    "clamp": clamp,
    "clip": clamp,
    "clamp_min": clamp,
    "clamp_max": clamp,
    "addcmul": addcmul,
    "addcdiv": addcmul,
    "lerp": lerp,
    "maximum": extreme,
    "minimum": extreme,
    **dict.fromkeys(
        ("contiguous", "clone", "detach", "to", "type_as", "type", "float", "half", "bfloat16", "double"), same
    ),
    **dict.fromkeys(("requires_grad", "alias", "cuda", "cpu", "data", "real"), same),
}
