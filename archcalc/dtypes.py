"""The types of numbers that tensors hold and devices compute with, and how many bits one takes in memory."""

from __future__ import annotations

from archcalc.diagnostics import closest

BITS: dict[str, int] = {
    "float64": 64,
    "float32": 32,
    "tfloat32": 32,
    "bfloat16": 16,
    "float16": 16,
    "float8": 8,
    "float4": 4,
    "int64": 64,
    "int32": 32,
    "int8": 8,
    "int4": 4,
}
"""The bits of a number by the name of its type; `tfloat32` is `float32` in memory, multiplied with fewer digits."""

INDEX = "int64"
"""The type of integers that name something, such as words: PyTorch looks up by it."""

ALIASES = {
    "double": "float64",
    "fp64": "float64",
    "float": "float32",
    "fp32": "float32",
    "single": "float32",
    "tf32": "tfloat32",
    "bf16": "bfloat16",
    "fp16": "float16",
    "half": "float16",
    "fp8": "float8",
    "float8_e4m3fn": "float8",
    "float8_e5m2": "float8",
    "fp4": "float4",
    "i8": "int8",
    "i4": "int4",
}
"""What libraries and data sheets call them elsewhere."""


class NoDtype(ValueError):
    """A name that is none of a type of numbers; it says which there are."""


def dtype(name: str) -> str:
    """The type of numbers of a name, or of another name for it. Raises: NoDtype.

    >>> dtype("float16"), dtype("half"), dtype("torch.bfloat16"), dtype("TF32")
    ('float16', 'float16', 'bfloat16', 'tfloat32')
    """
    plain = name.strip().lower().removeprefix("torch.")
    found = ALIASES.get(plain, plain)
    if found in BITS:
        return found
    near = closest(plain, [*BITS, *ALIASES])
    hint = f"did you mean `{near}`?" if near is not None else f"there are {', '.join(BITS)}"
    raise NoDtype(f"there is no type of numbers `{name}`; {hint}")


def stored_bytes(numbers: int, name: str) -> int:
    """The bytes of a tensor of so many numbers, packed: a last byte that is not full counts.

    >>> stored_bytes(3, "float32"), stored_bytes(3, "int4")
    (12, 2)
    """
    return -(-numbers * BITS[name] // 8)
