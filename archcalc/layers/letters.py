"""Letters of formulas for shapes and for fields with one value per axis."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from archcalc.dims import Number
from archcalc.layers.axes import axis_names, joined
from archcalc.layers.formula import Formula, Letter
from archcalc.layers.shape import AXIS_NAMES, Shape

_SIZES = {"channels": "C", "length": "L", "depth": "Z", "height": "H", "width": "W"}


def per_axis_letters(letter: str, values: Sequence[Number], meaning: str) -> tuple[Letter, ...]:
    """A letter for every axis: one and the same where the values agree, with the axis as index where they differ.

    >>> [found.name for found in per_axis_letters("F", (3, 3), "kernel")]
    ['F', 'F']
    >>> [found.name for found in per_axis_letters("F", (1, 7), "kernel")]
    ['F_h', 'F_w']
    """
    if len(set(values)) <= 1:
        return tuple(Letter(letter, value, meaning) for value in values)
    names = AXIS_NAMES.get(len(values), tuple(f"{axis}. axis" for axis in range(len(values))))
    return tuple(
        Letter(f"{letter}_{name[0]}", value, f"{meaning} along the {name}")
        for name, value in zip(names, values, strict=True)
    )


def size_letters(shape: Shape, of: str = "input") -> tuple[Letter, ...]:
    """A letter for every size of a shape, in its order: C, H and W of a map, T and C of tokens.

    >>> [found.name for found in size_letters(Shape((197, 768), "channels_last"))]
    ['T', 'C']
    """
    found = []
    for index, (name, size) in enumerate(zip(axis_names(shape), shape.sizes, strict=True)):
        if shape.layout == "channels_last" and len(shape.sizes) == 2 and name != "channels":
            found.append(Letter("T", size, "tokens"))
        else:
            found.append(Letter(_SIZES.get(name, f"A_{index}"), size, f"{of} {name}"))
    return tuple(found)


def channel_letter(shape: Shape, letter: str = "C", meaning: str = "input channels") -> Letter:
    """The letter of the channels."""
    return Letter(letter, shape.channels, meaning)


def spatial_letters(shape: Shape, of: str = "output") -> tuple[Letter, ...]:
    """The letters of every size but the channels."""
    letters = size_letters(shape, of)
    return tuple(letters[axis] for axis in spatial_axes(shape))


def spatial_axes(shape: Shape) -> tuple[int, ...]:
    """The numbers of all axes but that of the channels, which integers do not have."""
    count = len(shape.sizes)
    if shape.integers is not None:
        return tuple(range(count))
    return tuple(range(count - 1)) if shape.layout == "channels_last" else tuple(range(1, count))


def channels(shape: Shape, text: str, *letters: Letter, words: str = "") -> Formula:
    """The formula of the channels of an output of this layout."""
    axis = len(shape.sizes) - 1 if shape.layout == "channels_last" else 0
    return Formula("channels", text, letters, (axis,), words)


def each_axis(
    shape: Shape, write: Callable[..., str], *columns: Sequence[Letter], words: str = ""
) -> tuple[Formula, ...]:
    """Formulas of spatial sizes, written from the names of the letters of an axis; axes that agree share one formula.

    >>> each_axis(Shape((8, 4, 4)), lambda size: f"2*{size}", per_axis_letters("N", (4, 4), "input size"))[0].text
    '2*N'
    """
    names = axis_names(shape)
    found: dict[tuple[Letter, ...], list[int]] = {}
    for axis, *letters in zip(spatial_axes(shape), *columns, strict=True):
        found.setdefault(tuple(letters), []).append(axis)
    return tuple(
        Formula(
            joined([names[axis] for axis in alike]),
            write(*(letter.name for letter in letters)),
            letters,
            tuple(alike),
            words,
        )
        for letters, alike in found.items()
    )


def stated(shape: Shape, sizes: Sequence[Number], meaning: str = "output size", words: str = "") -> tuple[Formula, ...]:
    """Formulas of spatial sizes that are not computed."""
    return each_axis(shape, str, per_axis_letters("M", sizes, meaning), words=words)
