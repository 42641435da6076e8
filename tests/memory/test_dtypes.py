"""Types of numbers take as many bytes as PyTorch's, under all their names."""

import pytest

from archcalc.dims import symbol
from archcalc.dtypes import ALIASES, BITS, dtype_named, size_of


def test_sizes_are_those_of_pytorch() -> None:
    torch = pytest.importorskip("torch")
    for name, bits in BITS.items():
        if bits >= 8 and hasattr(torch, name):  # PyTorch names smaller ones, and keeps each in a byte.
            assert getattr(torch, name).itemsize * 8 == bits, name
    for name, own in ALIASES.items():
        if isinstance(getattr(torch, name, None), torch.dtype):
            assert getattr(torch, name) == getattr(torch, own), name


def test_names_are_read_as_people_write_them() -> None:
    assert {name: dtype_named(name) for name in ("torch.float16", "BF16", " fp32 ", "float", "quad")} == {
        "torch.float16": "float16", "BF16": "bfloat16", " fp32 ": "float32", "float": "float32", "quad": None,
    }  # fmt: skip


def test_half_bytes_are_rounded_up() -> None:
    n = symbol("N")
    assert [size_of(7, "int4"), size_of(n, "float16") == 2 * n] == [4, True]
    assert size_of(n, "int4") != n
