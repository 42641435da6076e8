"""Which modules of tests say the same without PyTorch and with it, so that one of the two runs of CI is enough.

A module does so unless it loads PyTorch, or a helper that does, or asks for a fixture that does; or if it is marked
`once` as a whole. The halves are of whole modules: what a module makes once is made once, and what is left to the other
run is not even imported.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import effort

TESTS = Path(__file__).parent
FIXTURES = {"models", "runner", "shared_process"}
"""Those of conftest.py that load PyTorch."""
_LOADING = re.compile(r"import torch\b|^\s*from torch\b|importorskip\(.torch|import_module\(.torch", re.MULTILINE)
_ASKING = re.compile(rf"(?:def \w+\([^)]*|usefixtures\([^)]*)\b(?:{'|'.join(sorted(FIXTURES))})\b")
_MARKED = re.compile(r"^pytestmark = (?:\[[^\]]*)?pytest\.mark\.once\b", re.MULTILINE)
_IMPORTED = re.compile(r"^\s*(?:from|import) ([\w.]+)", re.MULTILINE)


@cache
def is_alike(path: Path) -> bool:
    """Whether the tests of a module, or the examples of one, are the same with PyTorch and without.

    Those of archcalc itself are taken to differ where they speak of PyTorch at all.
    """
    text = path.read_text(encoding="utf-8")
    if TESTS not in path.parents:
        return "torch" not in text.lower()
    return bool(_MARKED.search(text)) or not (loads(text) or _ASKING.search(text))


def is_left(path: Path) -> bool:
    """Whether a module is left to the other run."""
    return is_alike(path) and not effort.is_taken(path.relative_to(TESTS.parent).as_posix())


def loads(text: str) -> bool:
    """Whether a module of tests loads PyTorch itself or by its helpers."""
    return bool(_LOADING.search(text) or _imported(text) & _loading_helpers())


def _imported(text: str) -> set[str]:
    """The names of the modules that a module imports: pytest lets tests import helpers by these alone."""
    return {name.rpartition(".")[2] for name in _IMPORTED.findall(text)}


@cache
def _loading_helpers() -> set[str]:
    """The names of modules of helpers that load PyTorch, or skip without it, or import one that does."""
    helpers = (
        one for one in TESTS.rglob("*.py") if one.name != "conftest.py" and not one.name.startswith(("test_", "__"))
    )
    texts = {one.stem: one.read_text(encoding="utf-8") for one in helpers}
    found = {name for name, text in texts.items() if _LOADING.search(text)}
    while more := {name for name, text in texts.items() if name not in found and _imported(text) & found}:
        found |= more
    return found
