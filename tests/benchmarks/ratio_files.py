"""Ratios of a release, kept beside the benchmarks so that the next one can be compared with it.

A ratio is the time of archcalc over that of something that ran in turn with it on the same machine, so that files of
different machines can be compared, roughly. In all of them less is better.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).resolve().parent / "ratios"
NOTABLE = 1.3
"""A ratio that changes by less than this factor may be noise."""


class Ratios(NamedTuple):
    """What one run measured: `WHAT / REFERENCE`, and the ratio of their times."""

    version: str
    python: str
    note: str
    """What a reader has to know of the circumstances, such as other work on the machine."""
    ratios: dict[str, float]

    def text(self) -> str:
        """The file of it."""
        return json.dumps(self._asdict(), indent=2, ensure_ascii=False) + "\n"


def path_of(version: str, folder: Path = FOLDER) -> Path:
    """Where the ratios of a version are kept."""
    return folder / f"{version}.json"


def kept(version: str, folder: Path = FOLDER) -> Ratios:
    """The ratios of a version. Raises: LookupError that names the versions that there are."""
    path = path_of(version, folder)
    if not path.exists():
        known = ", ".join(sorted(one.stem for one in folder.glob("*.json"))) or "none"
        raise LookupError(f"no ratios are kept for {version}; there are: {known}")
    return Ratios(**json.loads(path.read_text(encoding="utf-8")))


def comparison(before: Ratios, now: Ratios) -> Iterator[tuple[str, str]]:
    """Each ratio of either run, and what became of it.

    >>> before = Ratios("1", "3.11", "", {"check / bare": 4.0, "sizes / bare": 4.0, "gone / bare": 1.0})
    >>> now = Ratios("2", "3.11", "", {"check / bare": 4.4, "sizes / bare": 8.0, "new / bare": 2.0})
    >>> for line in comparison(before, now):
    ...     print(*line, sep=": ")
    check / bare: 4.00 -> 4.40
    sizes / bare: 4.00 -> 8.00, slower by 2.0
    gone / bare: 1.00 -> not measured
    new / bare: not measured -> 2.00
    """
    for name in dict.fromkeys([*before.ratios, *now.ratios]):
        old, new = before.ratios.get(name), now.ratios.get(name)
        yield name, f"{_written(old)} -> {_written(new)}{_change(old, new)}"


def _written(ratio: float | None) -> str:
    return "not measured" if ratio is None else f"{ratio:.2f}"


def _change(old: float | None, new: float | None) -> str:
    if not old or not new or 1 / NOTABLE < new / old < NOTABLE:
        return ""
    return f", slower by {new / old:.1f}" if new > old else f", faster by {old / new:.1f}"
