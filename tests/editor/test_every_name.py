"""Every name of the catalogue and of random specs gets another one, and nothing else becomes different."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from catalogue import FILES
from editor.renamed import after, every_name, names_of, reports, same, spelled
from effort import parts, share
from strategies.specs import random_spec

from archcalc.editor.names import Refusal

OF_A_PATTERN = {("fast_rcnn", "fc6"), ("fast_rcnn", "fc7")}
"""Names that a claim means by `fc?`, and other names with them: the claim must be changed by hand."""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_name_of_the_catalogue(path: Path) -> None:
    text = path.read_text("utf-8")
    names = names_of(text)
    chosen = share(list(every_name(names)), turn=7 * FILES.index(path), shares=60)
    before = reports(text) if chosen else []
    for one in chosen:
        new = after(names, one)
        if isinstance(new, Refusal) and (path.stem, names.text(one)) in OF_A_PATTERN:
            assert "the pattern `fc?` at line 15 means it, too, and does not fit the new name" in new.reason
            continue
        assert isinstance(new, str), (names.text(one), new)
        same(before, text, new)


@pytest.mark.parametrize("seeds", parts(2000, 20), ids=lambda seeds: f"{seeds.start}-{seeds.stop - 1}")
def test_names_of_random_specs(seeds: range) -> None:
    for seed in seeds:
        rng = Random(seed)
        text = spelled(random_spec(rng), rng)
        names = names_of(text)
        places = list(every_name(names))
        if not places:
            continue
        new = after(names, rng.choice(places))
        assert isinstance(new, str), (seed, new)
        same(reports(text), text, new)
