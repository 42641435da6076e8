"""Every name of every spec can be swept, whatever it decides, and says what checks say; some points each."""

from __future__ import annotations

from pathlib import Path

import pytest
from effort import TIMES, commit, share
from sweep.every_name import FILES, compared, values_like

pytest.importorskip("numpy")


@pytest.mark.parametrize("path", share(FILES, turn=5), ids=lambda path: path.stem)
def test_every_name_of_a_spec(path: Path) -> None:
    found = compared(path, 50 if TIMES else 4, seed=commit())
    assert found.different == ()
    assert found.names or not found.points


def test_values_are_of_the_kind_of_a_name() -> None:
    import random
    from fractions import Fraction

    rng = random.Random(1)
    assert min(values_like(3, rng, is_size=True)) == 1
    assert len(values_like(224, rng, is_size=True)) > 40
    assert values_like(True, rng, is_size=False) == [False, True]
    assert all(isinstance(one, (int, Fraction)) for one in values_like(Fraction(1, 2), rng, is_size=False))
