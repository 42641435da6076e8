"""Broken files: each is read, or refused in one sentence that names the place; none takes long, and nothing crashes."""

from __future__ import annotations

import time

import pytest

pytest.importorskip("onnx")

from effort import parts
from onnx_mutations import base, mutated

from archcalc.importing.failure import ImportFailure
from archcalc.importing.imported import imported
from archcalc.importing.onnx import read, signature
from archcalc.importing.passes import finished
from archcalc.importing.proving import Unproven

SIZES = {"height": 32, "width": 48}


def test_the_network_itself_is_said() -> None:
    found = imported(finished(read(base().SerializeToString(), SIZES)))
    assert not found.opaque
    assert found.multiplications == 98344


@pytest.mark.parametrize("seeds", parts(1000, 50), ids=lambda seeds: f"{seeds.start}-{seeds.stop - 1}")
def test_a_broken_file_is_read_or_refused_in_one_sentence(seeds: range) -> None:
    whole = base().SerializeToString()
    for seed in seeds:
        data = mutated(whole, seed)
        started = time.process_time()
        try:
            symbols = signature(data).symbols
            imported(finished(read(data, dict.fromkeys(symbols, 32))), flat=True)
        except (ImportFailure, Unproven) as failure:
            text = str(failure)
            assert (len(text) < 600 and text.isprintable()) or "\nhelp: " in text, seed
        assert time.process_time() - started < 5, seed
