"""Values for the fields of layers, by the type of the field: a new kind of layer is covered without a change here.

Every value comes twice: as a spec holds it (`"1/2"`, `[1, 3]`, the name of a map) and as a layer takes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from random import Random
from typing import Any, Literal, NamedTuple, get_args, get_origin

from archcalc.layers import fields as types
from archcalc.layers import written_fields
from archcalc.layers.base import Layer, Tap
from archcalc.layers.pointwise import alone
from archcalc.layers.shape import Shape
from strategies.choices import chance, divisors, factored, pick


class Named(NamedTuple):
    """A map that has a name, as fields such as `crop: {to: NAME}` see it."""

    path: str
    tap: Tap


class Around(NamedTuple):
    """What a field's value may depend on: the shape that the layer reads and the maps that have names."""

    shape: Shape
    maps: tuple[Named, ...] = ()

    @property
    def rank(self) -> int:
        """Axes besides the channels."""
        return max(1, len(self.shape.spatial))


class Given(NamedTuple):
    """A value as it is written in a spec, and as the layer gets it."""

    written: Any
    value: Any


Sampler = Callable[[Random, Around], Given]


def number(value: int | Fraction) -> Given:
    """A number; fractions are written as expressions."""
    return Given(value if isinstance(value, int) else str(value), value)


def listed(items: list[Given]) -> Given:
    """A list of values."""
    return Given([item.written for item in items], tuple(item.value for item in items))


def _size(rng: Random, around: Around) -> Given:
    return number(pick(rng, (1, 2, 3, 4, 6, 8, 5, 12)))


def _amount(rng: Random, around: Around) -> Given:
    return number(pick(rng, (0, 1, 2)))


def _integer(rng: Random, around: Around) -> Given:
    return number(pick(rng, (0, 1, -1, 2, -2)))


def _concrete(rng: Random, around: Around) -> Given:
    return number(pick(rng, (1, 2, 3, 4)))


def _flag(rng: Random, around: Around) -> Given:
    flag = pick(rng, (True, False))
    return Given(flag, flag)


def _real(rng: Random, around: Around) -> Given:
    reals: tuple[int | Fraction, ...] = (1, Fraction(1, 2), 2, Fraction(1, 100000), Fraction(1, 16))
    return number(pick(rng, reals))


def _rate(rng: Random, around: Around) -> Given:
    rates: tuple[int | Fraction, ...] = (Fraction(1, 2), 0, 1, Fraction(1, 10))
    return number(pick(rng, rates))


def _factor(rng: Random, around: Around) -> Given:
    factors: tuple[int | Fraction, ...] = (2, 1, 3, Fraction(1, 2), Fraction(3, 2))
    if chance(rng, 20):
        return listed([number(pick(rng, factors)) for _ in range(around.rank)])
    return number(pick(rng, factors))


def _each(options: tuple[int, ...]) -> Sampler:
    def sample(rng: Random, around: Around) -> Given:
        if chance(rng, 25):
            return listed([number(pick(rng, options)) for _ in range(around.rank)])
        return number(pick(rng, options))

    return sample


def _list(options: tuple[int, ...]) -> Sampler:
    def sample(rng: Random, around: Around) -> Given:
        return listed([number(pick(rng, options)) for _ in range(rng.randrange(1, 5))])

    return sample


def _numbers(rng: Random, around: Around) -> Given:
    """One number for all entries, or a list of a few."""
    numbers: tuple[int | Fraction, ...] = (0, 1, Fraction(-1, 2), Fraction(1, 8), -100)
    if chance(rng, 70):
        return number(pick(rng, numbers))
    return listed([number(pick(rng, numbers)) for _ in range(rng.randrange(1, 5))])


def _padding(rng: Random, around: Around) -> Given:
    way = rng.randrange(10)
    if way < 5:
        return number(pick(rng, (0, 1, 2)))
    if way < 7:
        return listed([number(pick(rng, (0, 1, 2))) for _ in range(around.rank)])
    if way == 7:
        pair = [number(pick(rng, (0, 1, 2))) for _ in range(2)]
        return listed([listed(pair) for _ in range(around.rank)])
    word = "same" if way == 8 else "valid"
    return Given(word, word)


def _signed(rng: Random, around: Around) -> Given:
    if chance(rng, 40):
        return number(pick(rng, (1, 0, 2, -1)))
    if chance(rng, 50):
        return listed([number(pick(rng, (1, 0, -1))) for _ in range(around.rank)])
    return listed([listed([number(pick(rng, (0, 1, 2, -1))) for _ in range(2)]) for _ in range(around.rank)])


def _connections(rng: Random, around: Around) -> Given:
    channels = around.shape.channels
    assert isinstance(channels, int)
    rows = []
    for _ in range(rng.randrange(1, 4)):
        seen = sorted({rng.randrange(channels) for _ in range(rng.randrange(1, 4))})
        rows.append(listed([number(index) for index in seen]))
    return listed(rows)


def _map(rng: Random, around: Around) -> Given:
    if not around.maps:
        return Given("here", Tap(around.shape))
    named = pick(rng, around.maps)
    return Given(named.path, named.tap)


def _map_of_integers(rng: Random, around: Around) -> Given:
    """A map that can be an index, where there is one."""
    found = [named for named in around.maps if named.tap.shape.integers is not None]
    return _map(rng, around._replace(maps=tuple(found)) if found else around)


def _arithmetic(rng: Random, around: Around) -> Given:
    """An expression over the map that arrives, of one to three operations."""
    text = "x"
    for _ in range(rng.randrange(1, 4)):
        inner = f"({text})"
        forms = (
            f"0.5 * {inner}", f"{inner} + 1/4", f"1 - {inner}", f"{inner} / 3", f"{inner} ** 2", f"-{inner}",
            f"sigmoid{inner}", f"abs{inner}", f"clamp({text}, 0, 1)", f"max({text}, -1)", f"{inner} * x",
            f"x - min({text}, x)", f"tanh{inner} * {inner}",
        )  # fmt: skip
        text = pick(rng, forms)
    return Given(text, alone(text))


def _text(rng: Random, around: Around) -> Given:
    text = pick(rng, ("attention in windows", "no kind says it: 3*x", "# 1"))
    return Given(text, text)


def _import_path(rng: Random, around: Around) -> Given:
    place = pick(rng, ("mixers.windows:Window", "mixers:make", "mixers:Outer.Inner"))
    return Given(place, place)


def _named_shapes(rng: Random, around: Around) -> Given:
    names = ("qkv.weight", "qkv.bias", "relative-table", "0.weight")[: rng.randrange(4)]
    shapes = {name: _list((1, 2, 4, 8))(rng, around) for name in names}
    return _by_name(shapes)


def _named_values(rng: Random, around: Around) -> Given:
    values = {"dim": _size(rng, around), "window": _list((7, 4))(rng, around), "shifted": _flag(rng, around)}
    return _by_name({name: value for name, value in values.items() if chance(rng, 60)})


def _by_name(values: dict[str, Given]) -> Given:
    return Given(
        {name: given.written for name, given in values.items()}, {name: given.value for name, given in values.items()}
    )


_BY_ALIAS: dict[str, Sampler] = {
    "Size": _size,
    "Amount": _amount,
    "Integer": _integer,
    "Concrete": _concrete,
    "Few": _concrete,
    "Flag": _flag,
    "Positive": _real,
    "Real": _real,
    "Factor": _factor,
    "Rate": _rate,
    "Numbers": _numbers,
    "Sizes": _each((3, 1, 2, 5, 4)),
    "Amounts": _each((0, 1, 2)),
    "Strides": _each((1, 2, 3)),
    "SizeList": _list((1, 2, 4, 8)),
    "OpenShape": _list((1, 2, 4, 8, -1)),
    "StretchedShape": _list((1, 2, 4, -1)),
    "IntegerList": _list((0, 1, 2, -1)),
    "Padding": _padding,
    "SignedPadding": _signed,
    "Connections": _connections,
    "Index": _amount,
    "Text": _text,
    "ImportPath": _import_path,
    "NamedShapes": _named_shapes,
    "NamedValues": _named_values,
    "MapName": _map,
    "MapArithmetic": _arithmetic,
}


def _validators(annotation: Any) -> Iterator[Any]:
    """The validating functions inside an annotation."""
    for part in getattr(annotation, "__metadata__", ()):
        if hasattr(part, "func"):
            yield part.func
    for part in get_args(annotation):
        if not isinstance(part, str):
            yield from _validators(part)


_ALIASES = {
    validator: name
    for name, alias in {**vars(types), **vars(written_fields)}.items()
    if name[0].isupper()
    for validator in _validators(alias)
}


def _words(annotation: Any) -> list[str]:
    if get_origin(annotation) is Literal:
        return [word for word in get_args(annotation) if isinstance(word, str)]
    return [word for part in get_args(annotation) if not isinstance(part, str) for word in _words(part)]


def field_type(cls: type[Layer], name: str) -> str | list[str]:
    """The name of a field's type in `archcalc.layers.fields`, or the words that it takes. Raises: LookupError."""
    field = cls.model_fields[name]
    for part in field.metadata:
        if getattr(part, "func", None) in _ALIASES:
            return _ALIASES[part.func]
    for validator in _validators(field.annotation):
        if validator in _ALIASES:
            return _ALIASES[validator]
    if words := _words(field.annotation):
        return words
    raise LookupError(_unknown(cls, name, field.annotation))


def _unknown(cls: type[Layer], name: str, what: object) -> str:
    return f"{cls.kind}.{name}: add values of {what} to _BY_ALIAS in tests/strategies/fields.py"


def sampler(cls: type[Layer], name: str) -> Sampler:
    """A generator of a field's values that knows nothing of the layer. Raises: LookupError for a new type."""
    alias = field_type(cls, name)
    if isinstance(alias, str):
        if alias not in _BY_ALIAS:
            raise LookupError(_unknown(cls, name, alias))
        return _BY_ALIAS[alias]
    words = alias

    def word(rng: Random, around: Around) -> Given:
        chosen = pick(rng, words)
        return Given(chosen, chosen)

    return word


# What the type alone rarely gets right: values that must agree with the shape.


def _divisor(rng: Random, around: Around) -> Given:
    channels = around.shape.channels
    assert isinstance(channels, int)
    return number(pick(rng, [divisor for divisor in divisors(channels) if divisor <= 8]))


def _smaller(rng: Random, around: Around) -> Given:
    sizes = [size for size in around.shape.spatial if isinstance(size, int)]
    return listed([number(rng.randrange(max(1, size // 2), size + 1)) for size in sizes]) if sizes else number(1)


def _larger(rng: Random, around: Around) -> Given:
    sizes = [size for size in around.shape.spatial if isinstance(size, int)]
    return listed([number(size + rng.randrange(4)) for size in sizes]) if sizes else number(1)


def _reshaped(rng: Random, around: Around) -> Given:
    elements = around.shape.elements
    assert isinstance(elements, int)
    sizes = [number(size) for size in factored(rng, elements, rng.randrange(1, 4))]
    if chance(rng, 30):
        sizes[rng.randrange(len(sizes))] = number(-1)
    return listed(sizes)


def _expanded(rng: Random, around: Around) -> Given:
    return listed(
        [number(pick(rng, (size, -1)) if size != 1 else pick(rng, (3, -1, 1))) for size in around.shape.sizes]
    )


def _some_axes(rng: Random, around: Around) -> Given:
    rank = len(around.shape.sizes)
    axes = sorted({rng.randrange(rank) for _ in range(rng.randrange(1, 3))})
    return listed([number(axis - rank if chance(rng, 20) else axis) for axis in axes])


def _places(rng: Random, around: Around) -> Given:
    """The sizes of a map with as many positions as there are columns, for a window of one position."""
    columns = around.shape.sizes[-1]
    assert isinstance(columns, int)
    return listed([number(size) for size in factored(rng, columns, 2)])


def _one_axis(rng: Random, around: Around) -> Given:
    return listed([number(rng.randrange(len(around.shape.sizes)))])


def _one_shift(rng: Random, around: Around) -> Given:
    return listed([number(pick(rng, (1, -1, 2, -3)))])


def _neighbours(rng: Random, around: Around) -> Given:
    rank = len(around.shape.sizes)
    first = rng.randrange(rank)
    axes = list(range(first, rng.randrange(first, rank) + 1))
    return listed([number(axis - rank if chance(rng, 20) else axis) for axis in axes])


def _order(rng: Random, around: Around) -> Given:
    axes = list(range(len(around.shape.sizes)))
    for index in range(len(axes) - 1):
        other = rng.randrange(index, len(axes))
        axes[index], axes[other] = axes[other], axes[index]
    return listed([number(axis) for axis in axes])


def _cut(rng: Random, around: Around) -> Given:
    channels = around.shape.channels
    assert isinstance(channels, int)
    first = rng.randrange(1, channels) if channels > 1 else 1
    return listed([number(size) for size in (first, channels - first) if size])


def _more(rng: Random, around: Around) -> Given:
    channels = around.shape.channels
    assert isinstance(channels, int)
    return number(channels + rng.randrange(5))


def _first(rng: Random, around: Around) -> Given:
    return number(pick(rng, (0, -1)))


_BY_FIELD: dict[str, Sampler] = {
    "conv.groups": _divisor,
    "conv_transpose.groups": _divisor,
    "group_norm.groups": _divisor,
    "channel_shuffle.groups": _divisor,
    "attention.heads": _divisor,
    "attention.key_heads": _each((1,)),
    "crop.size": _smaller,
    "unpool.size": _larger,
    "reshape.shape": _reshaped,
    "require.multiple_of": _each((2, 2, 3, 4)),
    "require.at_least": _each((2, 3, 5)),
    "flatten.axes": _neighbours,
    "fold.size": _places,
    "fold.kernel": _each((1, 1, 1, 2)),
    "fold.stride": _each((1,)),
    "fold.padding": _each((0,)),
    "roll.axes": _one_axis,
    "roll.shifts": _one_shift,
    "expand.shape": _expanded,
    "mean.axes": _some_axes,
    "sum.axes": _some_axes,
    "max.axes": _some_axes,
    "permute.axes": _order,
    "split.parts": _divisor,
    "split.sizes": _cut,
    "pad_channels.out": _more,
    "select.index": _first,
    "index_select.index": _map_of_integers,
    "layer_norm.axes": _each((1,)),
}

# Fields of which a layer takes exactly one.
_EXCLUSIVE: dict[str, tuple[tuple[str, ...], ...]] = {
    "upsample": (("factor",), ("size",), ("to",)),
    "crop": (("size",), ("to",)),
    "unpool": (("kernel",), ("pool",), ("size",), ("kernel", "stride")),
    "split": (("parts",), ("sizes",)),
    "require": (("multiple_of",), ("at_least",), ("multiple_of", "at_least")),
}


def random_fields(rng: Random, cls: type[Layer], around: Around, *, leaning: bool = True) -> dict[str, Given]:
    """Values for the required fields of a kind and some of the others. With `leaning`, mostly legal ones."""
    exclusive = _EXCLUSIVE.get(cls.kind, ()) if leaning else ()
    chosen = set(pick(rng, exclusive)) if exclusive else set()
    apart = {name for way in exclusive for name in way}
    found: dict[str, Given] = {}
    for name, field in cls.model_fields.items():
        rare = name in ("connections", "rounding", "mask")
        if not (field.is_required() or name in chosen or (name not in apart and chance(rng, 10 if rare else 25))):
            continue
        special = _BY_FIELD.get(f"{cls.kind}.{name}") if leaning else None
        found[name] = (special or sampler(cls, name))(rng, around)
    if leaning:
        _settle(cls.kind, found)
    if leaning and "connections" in found and "out" in found:
        found["out"] = number(len(found["connections"].value))
        found.pop("groups", None)
    elif leaning and "groups" in found and "out" in found:
        found["out"] = number(found["out"].value * found["groups"].value)
    return found


def _settle(kind: str, found: dict[str, Given]) -> None:
    """Leave out what a layer does not take beside another field."""

    def said(name: str, value: Any) -> bool:
        return name in found and found[name].value == value

    mode = found["mode"].value if "mode" in found else "nearest"
    smooth = said("antialias", True) and mode in ("bilinear", "bicubic")
    rules = {
        "nearest": ("antialias", "cubic_coeff_a"),
        "area": ("coordinates", "nearest_mode", "antialias", "cubic_coeff_a"),
        "bilinear": ("nearest_mode", "cubic_coeff_a", *(("coordinates",) if smooth else ())),
        "bicubic": ("nearest_mode", *(("coordinates", "cubic_coeff_a") if smooth else ())),
    }
    without = {
        "upsample": rules.get(mode, ("nearest_mode", "antialias", "cubic_coeff_a")),
        "conv": ("connections", "weight_norm")
        if said("standardize", True)
        else ("gain", "eps", *(("connections",) if "weight_norm" in found else ())),
        "batch_norm": ("scale", "center", "momentum", "affine", "track")
        if said("frozen", True)
        else (("scale", "center") if said("affine", False) else ()),
        "layer_norm": ("axes",) if said("over", "channels") else (),
        "pad": () if said("mode", "zeros") or "mode" not in found else ("value",),
        # Numbers that neither the spec nor a state dict has cannot be exported.
        "buffer": (*(() if "values" in found else ("persistent",)), *(("layout",) if said("dtype", "int") else ())),
    }
    for name in without.get(kind, ()):
        found.pop(name, None)
