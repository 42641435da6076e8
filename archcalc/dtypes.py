"""Types of numbers: how many bits each takes, by the names of PyTorch and by those that people use.

>>> BITS["bfloat16"], dtype_named("half"), size_of(1000, "int4")
(16, 'float16', 500)
"""

from __future__ import annotations

from archcalc.diagnostics import closest
from archcalc.dims import Dim, ceil_div

BITS: dict[str, int] = {
    "float64": 64,
    "float32": 32,
    "bfloat16": 16,
    "float16": 16,
    "float8": 8,
    "int64": 64,
    "int32": 32,
    "int16": 16,
    "int8": 8,
    "int4": 4,
    "bool": 8,
}
"""The bits of one number, by the name of its type."""

ALIASES = {
    "double": "float64",
    "fp64": "float64",
    "float": "float32",
    "single": "float32",
    "fp32": "float32",
    "tf32": "float32",
    "bf16": "bfloat16",
    "half": "float16",
    "fp16": "float16",
    "fp8": "float8",
    "long": "int64",
    "int": "int32",
    "short": "int16",
}
"""Other names; TensorFloat-32 rounds while it multiplies, and is kept in 32 bits."""


def dtype_named(text: str) -> str | None:
    """The type that a text names, also `torch.float16`; None for no type.

    >>> dtype_named("torch.bfloat16"), dtype_named("float99")
    ('bfloat16', None)
    """
    plain = text.strip().lower().removeprefix("torch.")
    return plain if plain in BITS else ALIASES.get(plain)


def nearest_dtype(text: str) -> str | None:
    """The type that may have been meant by a text that names none.

    >>> nearest_dtype("bfloat61")
    'bfloat16'
    """
    return closest(text.lower(), [*BITS, *ALIASES])


def size_of(numbers: Dim, dtype: str) -> Dim:
    """The bytes of so many numbers; the last byte may be half full.

    >>> size_of(3, "int4"), size_of(3, "float32")
    (2, 12)
    """
    bits = BITS[dtype]
    size: Dim = numbers * (bits // 8) if bits % 8 == 0 else ceil_div(numbers * bits, 8)
    return size
