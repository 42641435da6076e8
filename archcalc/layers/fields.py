"""Types of layer fields: one validator each, so that one mistake gives one message.

The values are already evaluated: integers, exact fractions, polynomials over symbols, booleans, words, lists.
The JSON Schema of each type also allows text, because in a spec every value can be an expression.
"""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import cache
from math import prod
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, TypeGuard, get_args, get_origin

from pydantic import PlainValidator, WithJsonSchema
from pydantic.fields import FieldInfo

from archcalc.dims import Condition, Dim, Number, Polynomial
from archcalc.dims.figures import number_text
from archcalc.layers.base import Layer, Tap


class Bounds(NamedTuple):
    """The range of a field: numbers are checked by its validator, symbols leave conditions."""

    least: int | None = None
    most: int | None = None
    is_whole: bool = True

    def conditions(self, value: Polynomial) -> Iterator[tuple[Condition, str]]:
        """What a value has to be, as conditions on its symbols and in words."""
        if self.least is not None:
            yield Condition.at_least(value, self.least), f"at least {self.least}"
        if self.most is not None:
            yield Condition.at_least(self.most, value), f"at most {self.most}"
        if self.is_whole:
            yield Condition.multiple(value, 1), "whole"


MOST_MADE = 1_000
"""So many parts a layer may have that have tensors of their own each."""

MOST_LISTED = 1_000
"""So many numbers a list may have that are the numbers of a tensor."""

PADDING_WORDS = ("same", "valid")
"""What `padding` takes besides numbers."""


class Spelled(NamedTuple):
    """How a spec writes a field whose value is no expression.

    `text` stands for itself, and `named` is a map from names to values. In `arguments` these may be texts, too.
    """

    how: Literal["text", "named", "arguments"]


class Doc(NamedTuple):
    """What a field is, for the schema and the manual: `kernel: Annotated[Sizes, Doc("Size of the window.")]`."""

    text: str


def meaning(cls: type[Layer], name: str) -> str:
    """What a field of a kind is. Raises: LookupError for one that does not say it.

    >>> from archcalc.layers.linear import Linear
    >>> meaning(Linear, "out")
    'Number of output channels.'
    """
    found = next((note.text for note in _notes(cls.model_fields[name]) if isinstance(note, Doc)), None)
    if found is None:
        raise LookupError(f'say what `{name}` of {cls.kind} is in {cls.__module__}: Annotated[..., Doc("...")]')
    return found


@cache
def names_a_map(cls: type[Layer], name: str) -> bool:
    """Whether a field of a kind takes the name of a map.

    >>> from archcalc.layers.resample import Crop
    >>> names_a_map(Crop, "to"), names_a_map(Crop, "size")
    (True, False)
    """
    return any(getattr(note, "func", None) is _map for note in _notes(cls.model_fields[name]))


@cache
def spelling(cls: type[Layer], name: str) -> str | None:
    """How a field of a kind is written; None where it takes an expression, or a list of them.

    >>> from archcalc.layers.opaque import Opaque
    >>> spelling(Opaque, "reason"), spelling(Opaque, "tensors"), spelling(Opaque, "products")
    ('text', 'named', None)
    """
    return next((note.how for note in _notes(cls.model_fields[name]) if isinstance(note, Spelled)), None)


def words_of(annotation: Any) -> Iterator[str]:
    """The words of all `Literal` types inside a type.

    >>> from typing import Literal
    >>> list(words_of(Literal["nearest", "bilinear"] | None))
    ['nearest', 'bilinear']
    """
    for part in get_args(annotation):
        if get_origin(annotation) is Literal:
            yield part
        else:
            yield from words_of(part)


POSITIVES = Bounds(1)
_NATURALS = Bounds(0)
_WHOLES = Bounds()
_PROBABILITIES = Bounds(0, 1, is_whole=False)

_EXPRESSION: dict[str, Any] = {"type": "string", "description": "an expression"}


def shown(value: object) -> str:
    """A value of a field in a message."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Tap):
        return "a map"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(shown(item) for item in value) + "]"
    return number_text(value)


def is_list(value: object) -> TypeGuard[Sequence[Any]]:
    """Whether a value has entries; a map is one value."""
    return isinstance(value, (list, tuple)) and not isinstance(value, Tap)


def _whole(value: object, what: str) -> Dim:
    if isinstance(value, bool) or not isinstance(value, (int, Fraction, Polynomial)):
        raise ValueError(f"takes {what}, not {shown(value)}")
    if isinstance(value, Fraction):
        raise ValueError(f"takes {what}, and {number_text(value)} is not whole")
    return value


def _size(value: object) -> Dim:
    number = _whole(value, "a positive whole number")
    if isinstance(number, int) and number < 1:
        raise ValueError(f"must be at least 1, not {number}")
    return number


def _amount(value: object) -> Dim:
    number = _whole(value, "a whole number of 0 or more")
    if isinstance(number, int) and number < 0:
        raise ValueError(f"must not be negative, and {number} is")
    return number


def _integer(value: object) -> Dim:
    return _whole(value, "a whole number")


def _concrete(value: object) -> int:
    number = _size(value)
    if not isinstance(number, int):
        raise ValueError(f"must be a number here and cannot depend on a symbol: {number}")
    return number


def _few(value: object) -> int:
    number = _concrete(value)
    if number > MOST_MADE:
        raise ValueError(f"must be at most {MOST_MADE:,}, not {number_text(number)}")
    return number


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"takes true or false, not {shown(value)}")
    return value


def _real(value: object) -> Number:
    if isinstance(value, float):
        return Fraction(repr(value))
    if isinstance(value, bool) or not isinstance(value, (int, Fraction, Polynomial)):
        raise ValueError(f"takes a number, not {shown(value)}")
    return value


def _positive(value: object) -> Number:
    number = _real(value)
    if not isinstance(number, Polynomial) and number <= 0:
        raise ValueError(f"must be positive, not {number_text(number)}")
    return number


def _factor(value: object) -> int | Fraction:
    number = _positive(value)
    if isinstance(number, Polynomial):
        raise ValueError(f"must be a number here and cannot depend on a symbol: {number}")
    return number


def _rate(value: object) -> Number:
    number = _real(value)
    if not isinstance(number, Polynomial) and not 0 <= number <= 1:
        raise ValueError(f"is a probability from 0 to 1, not {number_text(number)}")
    return number


def _each(check: Callable[[object], Any]) -> Callable[[object], Any]:
    def validate(value: object) -> Any:
        if is_list(value):
            if not value:
                raise ValueError("is an empty list; give one entry per axis")
            return tuple(check(item) for item in value)
        return check(value)

    return validate


def _list_of(check: Callable[[object], Any]) -> Callable[[object], Any]:
    def validate(value: object) -> Any:
        if not is_list(value):
            return (check(value),)
        return tuple(check(item) for item in value)

    return validate


def _size_or_rest(value: object) -> Dim:
    return -1 if value.__class__ is int and value == -1 else _size(value)


def _open_shape(value: object) -> Any:
    entries = _list_of(_size_or_rest)(value)
    if sum(entry == -1 for entry in entries) > 1:
        raise ValueError("takes -1 once: it is the size that is left when all others are known")
    return entries


shape_of = _list_of(_size)
"""Checks a list of sizes."""


def _padding(value: object) -> Any:
    if isinstance(value, str):
        if value in PADDING_WORDS:
            return str(value)
        raise ValueError(f"takes numbers, `same` or `valid`, not {value}")
    if not is_list(value):
        return _amount(value)
    return tuple(_sides(item, _amount) for item in value)


def _sides(item: object, check: Callable[[object], Dim]) -> Dim | tuple[Dim, Dim]:
    """One axis of a padding: a number for both sides, or [before, after]."""
    if not is_list(item):
        return check(item)
    if len(item) != 2:
        raise ValueError(f"takes [before, after] for an axis, not {shown(item)}")
    return (check(item[0]), check(item[1]))


def _signed_padding(value: object) -> Any:
    if not is_list(value):
        return _integer(value)
    return tuple(_sides(item, _integer) for item in value)


def _connections(value: object) -> Any:
    if not isinstance(value, (list, tuple)) or not all(isinstance(row, (list, tuple)) and row for row in value):
        raise ValueError("takes a list of input maps for every output map, such as [[0, 1], [1, 2]]")
    return tuple(tuple(_index(item) for item in row) for row in value)


def _number(value: object) -> int | Fraction:
    number = _real(value)
    if isinstance(number, Polynomial):
        raise ValueError(f"takes numbers, which cannot depend on a symbol: {number}")
    return number


def _numbers(value: object) -> Any:
    if not is_list(value):
        return _number(value)
    found = _rows(value)
    if prod(sizes_of(found)) > MOST_LISTED:
        raise ValueError(f"takes at most {MOST_LISTED:,} numbers; without any, they are those of the state dict")
    return found


def _rows(value: Sequence[Any]) -> Any:
    """The entries of a list: numbers, or lists with as many of them each."""
    rows = tuple(_rows(item) if is_list(item) else _number(item) for item in value)
    if not rows:
        raise ValueError("is an empty list; give a number for every entry of the shape")
    sizes = {sizes_of(row) for row in rows}
    if len(sizes) > 1:
        listed = " and ".join("×".join(map(str, size)) if size else "a single number" for size in sorted(sizes))
        raise ValueError(f"has lists of unlike sizes side by side: {listed}")
    return rows


def sizes_of(numbers: Any) -> tuple[int, ...]:
    """The sizes of a list of lists of numbers, from the outside in; a number has none.

    >>> sizes_of(((1, 2, 3), (4, 5, 6))), sizes_of(0)
    ((2, 3), ())
    """
    return (len(numbers), *sizes_of(numbers[0])) if isinstance(numbers, tuple) else ()


def flat(value: Any) -> Iterator[Any]:
    """The entries of lists of lists, one by one; a map is one.

    >>> list(flat(((1, 2), (3, 4))))
    [1, 2, 3, 4]
    """
    if isinstance(value, tuple) and not isinstance(value, Tap):
        for item in value:
            yield from flat(item)
    else:
        yield value


def _index(value: object) -> int:
    number = _amount(value)
    if not isinstance(number, int):
        raise ValueError(f"takes numbers of maps, not {number}")
    return number


def _map(value: object) -> Tap:
    if not isinstance(value, Tap):
        raise ValueError(f"takes the name of a map, not {shown(value)}")
    return value


def _map_arithmetic(value: object) -> Any:
    from archcalc.layers.pointwise import MapExpression, alone

    if isinstance(value, str):
        return alone(value)
    if not isinstance(value, MapExpression):
        raise ValueError(f"takes arithmetic on maps, such as 0.5 * x, not {shown(value)}")
    return value


def _schema(*alternatives: dict[str, Any]) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": [*alternatives, _EXPRESSION]})


_POSITIVE: dict[str, Any] = {"type": "integer", "minimum": 1}
_NATURAL: dict[str, Any] = {"type": "integer", "minimum": 0}
_NUMBER: dict[str, Any] = {"type": "number"}
_WHOLE: dict[str, Any] = {"type": "integer"}


def _array(*items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": {"anyOf": [*items, _EXPRESSION]}}


_ROWS = _array(_NUMBER, _array(_NUMBER, _array(_NUMBER, _array(_NUMBER))))
_PADDINGS = (_NATURAL, _array(_NATURAL, _array(_NATURAL)), {"enum": list(PADDING_WORDS)})

if TYPE_CHECKING:
    _Dim = Dim
    _Dims = Dim | tuple[Dim, ...]
    _DimList = tuple[Dim, ...]
    _Int = int
    _Ints = int | tuple[int, ...]
    _Bool = bool
    _Number = Number | float
    _Factors = int | Fraction | tuple[int | Fraction, ...]
    _Numbers = Any
    _Signed = Dim | tuple[Dim | tuple[Dim, Dim], ...]
    _Padding = str | Dim | tuple[Dim | tuple[Dim, Dim], ...]
    _Rows = tuple[tuple[int, ...], ...]
    _Tap = Tap
else:
    # The validators alone decide: from a type, pydantic would build a schema that nothing uses at every start.
    _Dim = _Dims = _DimList = _Int = _Ints = _Bool = _Number = _Factors = _Numbers = _Signed = _Padding = _Rows = (
        _Tap
    ) = Any

Size = Annotated[_Dim, PlainValidator(_size), _schema(_POSITIVE), POSITIVES]
"""A positive whole number or a polynomial over symbols."""
Amount = Annotated[_Dim, PlainValidator(_amount), _schema(_NATURAL), _NATURALS]
"""A whole number of 0 or more, or a polynomial."""
Integer = Annotated[_Dim, PlainValidator(_integer), _schema(_WHOLE), _WHOLES]
"""Any whole number, or a polynomial."""
Concrete = Annotated[_Int, PlainValidator(_concrete), _schema(_POSITIVE)]
"""A positive whole number that must not hold a symbol."""
Few = Annotated[_Int, PlainValidator(_few), _schema({**_POSITIVE, "maximum": MOST_MADE})]
"""A positive whole number, without a symbol, of parts that have tensors of their own each."""
Index = Annotated[_Int, PlainValidator(_index), _schema(_NATURAL)]
"""Which of several, counted from 0."""
Flag = Annotated[_Bool, PlainValidator(_flag), _schema({"type": "boolean"})]
"""True or false."""
Real = Annotated[_Number, PlainValidator(_real), _schema(_NUMBER)]
"""Any exact number."""
Positive = Annotated[_Number, PlainValidator(_positive), _schema(_NUMBER)]
"""An exact number above 0."""
Factor = Annotated[_Factors, PlainValidator(_each(_factor)), _schema(_NUMBER, _array(_NUMBER))]
"""A positive exact number, for all axes or one per axis."""
Numbers = Annotated[_Numbers, PlainValidator(_numbers), _schema(_NUMBER, _ROWS)]
"""Numbers without symbols: one for all entries, or a list of them, perhaps in lists."""
Rate = Annotated[
    _Number, PlainValidator(_rate), _schema({"type": "number", "minimum": 0, "maximum": 1}), _PROBABILITIES
]
"""A probability."""
Sizes = Annotated[_Dims, PlainValidator(_each(_size)), _schema(_POSITIVE, _array(_POSITIVE)), POSITIVES]
"""Positive whole numbers: one for all axes, or one per axis."""
Amounts = Annotated[_Dims, PlainValidator(_each(_amount)), _schema(_NATURAL, _array(_NATURAL)), _NATURALS]
"""Whole numbers of 0 or more: one for all axes, or one per axis."""
Strides = Annotated[_Ints, PlainValidator(_each(_concrete)), _schema(_POSITIVE, _array(_POSITIVE))]
"""Positive numbers without symbols: one for all axes, or one per axis."""
SizeList = Annotated[_DimList, PlainValidator(shape_of), _schema(_array(_POSITIVE)), POSITIVES]
"""A shape: a list of sizes."""
OpenShape = Annotated[
    _DimList, PlainValidator(_open_shape), _schema(_array({"type": "integer", "minimum": -1})), POSITIVES
]
"""A list of sizes in which -1 may stand once, for the size that is left."""
StretchedShape = Annotated[
    _DimList,
    PlainValidator(_list_of(_size_or_rest)),
    _schema(_array({"type": "integer", "minimum": -1})),
    POSITIVES,
]
"""A list of sizes in which -1 stands for sizes that stay."""
IntegerList = Annotated[_DimList, PlainValidator(_list_of(_integer)), _schema(_array(_WHOLE)), _WHOLES]
"""A list of whole numbers, such as axes."""
Padding = Annotated[_Padding, PlainValidator(_padding), _schema(*_PADDINGS), _NATURALS]
"""One number, one per axis, [before, after] per axis, `same` or `valid`."""
SignedPadding = Annotated[
    _Signed, PlainValidator(_signed_padding), _schema(_WHOLE, _array(_WHOLE, _array(_WHOLE))), _WHOLES
]
"""Padding that may be negative: one number, one per axis, or [before, after] per axis."""
Connections = Annotated[_Rows, PlainValidator(_connections), _schema(_array(_array(_NATURAL)))]
"""For every output map the list of input maps that it sees."""
MapName = Annotated[_Tap, PlainValidator(_map), WithJsonSchema({"type": "string", "description": "the name of a map"})]
"""Another map of the network, by name."""
MapArithmetic = Annotated[
    Any,
    PlainValidator(_map_arithmetic),
    WithJsonSchema({"type": "string", "description": "arithmetic on maps; x is the one that arrives"}),
]
"""An expression over the numbers of maps."""


def open_bounds(layer: Layer) -> Iterator[tuple[str, Polynomial, Bounds]]:
    """Fields whose value depends on a symbol, with the range that it must keep to."""
    cls = type(layer)
    for name, value in layer.__dict__.items():
        if not isinstance(value, (Polynomial, tuple)):
            continue
        values = [item for item in flat(value) if isinstance(item, Polynomial)]
        if values and (bounds := _bounds_of(cls.model_fields[name])) is not None:
            for item in values:
                yield name, item, bounds


def takes_symbols(field: FieldInfo) -> bool:
    """Whether the numbers of a field may depend on symbols."""
    return _bounds_of(field) is not None


def _bounds_of(field: FieldInfo) -> Bounds | None:
    return next((note for note in _notes(field) if isinstance(note, Bounds)), None)


def _notes(field: FieldInfo) -> list[Any]:
    """What a field is annotated with, also inside `Sizes | None`."""
    return [*field.metadata, *(note for part in get_args(field.annotation) for note in get_args(part))]
