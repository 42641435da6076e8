"""The types of numbers that devices compute with: those that are stored, and those that only arithmetic knows."""

from __future__ import annotations

from archcalc.dtypes import dtype_named, nearest_dtype

ROUNDED = {"tfloat32": "float32"}
"""Types that round numbers of another type while they multiply, each with the type that is stored."""
OTHER_NAMES = {"tf32": "tfloat32", "tensorfloat32": "tfloat32"}

USED = ("float64", "float32", "tfloat32", "bfloat16", "float16", "float8", "int8", "int4")
"""The types for which devices state how fast they compute."""


class NoDtype(ValueError):
    """A name that is none of a type of numbers; it says which there are."""


def arithmetic(name: str) -> str:
    """The type of numbers of a name, by which a device computes. Raises: NoDtype.

    >>> arithmetic("float16"), arithmetic("half"), arithmetic("torch.bfloat16"), arithmetic("TF32")
    ('float16', 'float16', 'bfloat16', 'tfloat32')
    """
    plain = name.strip().lower()
    plain = OTHER_NAMES.get(plain, plain)
    found = plain if plain in ROUNDED else dtype_named(plain)
    if found is not None:
        return found
    near = nearest_dtype(plain)
    hint = f"did you mean `{near}`?" if near is not None else f"there are {', '.join(USED)}"
    raise NoDtype(f"there is no type of numbers `{name}`; {hint}")


def stored(name: str) -> str:
    """The type in which numbers lie in memory that are computed by a type.

    >>> stored("tfloat32"), stored("float16")
    ('float32', 'float16')
    """
    return ROUNDED.get(name, name)
