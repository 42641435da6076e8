"""Columns side by side in words of 64 bits, beside the same sums as Python's integers."""

from __future__ import annotations

import random
from itertools import product

import pytest

numpy = pytest.importorskip("numpy")

from archcalc.sweep.choices.packed import WIDTH, Packed  # noqa: E402


def entry(rng: random.Random, bits: int, *, signed: bool) -> int:
    """A number of at most so many bits, often the largest or the least."""
    most = 2**bits - 1
    least = -most if signed else 0
    return rng.choice([least, most, rng.randint(least, most)])


@pytest.mark.parametrize("seed", range(40))
def test_sums_of_words_are_sums_of_columns(seed: int) -> None:
    rng = random.Random(seed)
    kinds = [(rng.choice([0, 1, 7, 20, 30, 31, 32, 40, 61, 62, 70, 200]), rng.random() < 0.4) for _ in range(4)]
    shapes = [tuple(rng.randint(1, 4) for _ in range(rng.randint(0, 3))) for _ in range(rng.randint(1, 5))]
    columns = [
        [[entry(rng, bits, signed=signed) for _ in product(*map(range, shape))] for bits, signed in kinds]
        for shape in shapes
    ]
    fits = all(bits < 60 for bits, _ in kinds)
    tables = [
        numpy.array(own, "int64" if fits else object).reshape(len(kinds), *shape)
        for own, shape in zip(columns, shapes, strict=True)
    ]
    packed = Packed(tables)
    for _ in range(50):
        places = [rng.randrange(len(own[0])) for own in columns]
        words = [numpy.zeros(1, kind) for kind in packed.kinds]
        for place, lines in zip(places, packed.lines, strict=True):
            for at, line in lines:
                words[at] += line[place]
        for at, field in enumerate(packed.fields):
            expected = sum(own[at][place] for own, place in zip(columns, places, strict=True))
            found = numpy.empty(1, "int64" if fits else object)
            packed.column(field, words, found)
            assert [int(one) for one in found] == [expected]


def test_columns_share_a_word_as_long_as_they_fit() -> None:
    thirty = numpy.array([[0, 2**30 - 1]] * 2 + [[0, 7]] * 2 + [[5, 5]])
    assert [field.word for field in Packed([thirty]).fields] == [0, 0, 0, 1, 0]
    assert Packed([thirty]).kinds == [numpy.dtype("int64"), numpy.dtype("int32")]
    assert sum(field.width for field in Packed([thirty]).fields[:3]) == WIDTH
