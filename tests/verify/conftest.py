"""One process with PyTorch for all tests of a worker: loading it is what takes time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from archcalc.verify import Runner


@pytest.fixture(scope="session")
def runner() -> Iterator[Runner]:
    pytest.importorskip("torch")
    with Runner() as started:
        yield started
