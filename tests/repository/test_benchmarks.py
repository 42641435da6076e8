"""The ratios of releases: kept, readable, and nothing of the machine that measured them."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.ratio_files import FOLDER, Ratios, comparison, kept, path_of

import archcalc

KEPT = sorted(FOLDER.glob("*.json"))


def test_the_ratios_of_this_version_are_kept() -> None:
    assert path_of(archcalc.__version__) in KEPT, "run `python tests/benchmarks/run.py --keep`"


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_kept_ratios_name_what_they_are_compared_with_and_no_machine(path: Path) -> None:
    found = kept(path.stem)
    assert found.version == path.stem
    assert path.read_text(encoding="utf-8") == found.text()
    assert len(found.ratios) >= 8
    for name, ratio in found.ratios.items():
        what, _, reference = name.partition(" / ")
        assert what.strip() and reference.strip(), f"{name} does not say what it is compared with"
        assert ratio > 0
    assert not any(place in found.text() for place in ("/home", "/tmp", "/usr", ":\\\\")), "a path of a machine"


def test_a_version_without_ratios_is_told(tmp_path: Path) -> None:
    (tmp_path / "1.0.json").write_text(Ratios("1.0", "3.11", "", {"a / b": 1.0}).text(), encoding="utf-8")
    assert kept("1.0", tmp_path).ratios == {"a / b": 1.0}
    with pytest.raises(LookupError, match=r"no ratios are kept for 2\.0; there are: 1\.0"):
        kept("2.0", tmp_path)


def test_noise_is_no_change_and_more_is_slower() -> None:
    before = Ratios("1", "3.11", "", {"a / b": 1.0, "c / d": 1.0, "e / f": 1.0})
    now = Ratios("2", "3.11", "", {"a / b": 1.29, "c / d": 1.5, "e / f": 0.5})
    assert [change.partition(", ")[2] for _, change in comparison(before, now)] == [
        "",
        "slower by 1.5",
        "faster by 2.0",
    ]
