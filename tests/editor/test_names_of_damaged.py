"""Whatever a text is, its names can be asked for: damaged specs, and texts in the middle of typing."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from catalogue import FILES
from editor.renamed import names_of, spelled
from effort import parts, share
from strategies.mutations import damaged, mutated
from strategies.specs import random_spec

from archcalc.editor.names import Names, Refusal
from archcalc.editor.names.labels import HOLE


def sound(names: Names) -> None:
    """Assert that what stands at the places of names is spelled as they are, and that asking there gives an answer."""
    for one in names.occurrences:
        if one.span is None:
            continue
        text = names.text(one)
        assert HOLE in one.label.text or text == one.label.text
        assert names.at(one.span.line, one.span.column) is not None
        assert one.span in names.references(one)
        assert one.names


@pytest.mark.parametrize("seeds", parts(2000, 100), ids=lambda seeds: f"{seeds.start}-{seeds.stop - 1}")
def test_names_of_damaged_specs(seeds: range) -> None:
    for seed in seeds:
        rng = Random(seed)
        data = random_spec(rng)
        names = names_of(damaged(rng, spelled(data, rng)) if seed % 2 else spelled(mutated(rng, data), rng))
        sound(names)
        if names.occurrences and seed % 5 == 0:
            span = rng.choice(names.occurrences).span
            if span is not None:
                assert isinstance(names.rename(span.line, span.column, "fresh"), (list, Refusal))


@pytest.mark.parametrize("path", share(FILES), ids=lambda path: path.stem)
def test_names_while_a_spec_is_typed(path: Path) -> None:
    text = path.read_text("utf-8")
    rng = Random(path.stem)
    for _ in range(20):
        sound(names_of(text[: rng.randrange(len(text))]))
