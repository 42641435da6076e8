"""The rooms that are mutated, and the tests that have to notice: those whose job it is, and that are quick."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]


class Room(NamedTuple):
    """Files of a package, as patterns below the root, and its tests, as pytest takes them."""

    files: tuple[str, ...]
    tests: tuple[str, ...]
    root: Path = ROOT

    def paths(self) -> list[Path]:
        """The modules. Raises: LookupError for a pattern without files, as after a move."""
        found = {pattern: sorted(self.root.glob(pattern)) for pattern in self.files}
        missing = [pattern for pattern, paths in found.items() if not paths]
        if missing:
            raise LookupError(f"there are no files {', '.join(missing)}: bring the list of rooms along")
        return [path for paths in found.values() for path in paths]

    def modules(self) -> list[str]:
        """The names under which they are imported."""
        return [module_of(path, self.root) for path in self.paths()]


def module_of(path: Path, root: Path) -> str:
    """The name under which a file below a root is imported."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


ROOMS = {
    "dims": Room(("archcalc/dims/*.py",), ("tests/dims", "archcalc/dims", "-k", "not are_fast")),
    "sizes": Room(
        ("archcalc/sizes/*.py",),
        (
            "tests/sizes/test_legal.py",
            "tests/sizes/test_sets.py",
            "tests/sizes/test_boxes.py",
            "tests/sizes/test_certificate.py",
            "tests/sizes/test_decision.py",
            "tests/sizes/test_tampering.py",
            "archcalc/sizes",
        ),
    ),
    "editing": Room(("archcalc/editing/*.py",), ("tests/editing", "archcalc/editing")),
    "expectations": Room(
        ("archcalc/expectations/*.py",),
        ("tests/expectations", "tests/language/test_claims.py", "archcalc/expectations"),
    ),
    "repair": Room(
        ("archcalc/repair/*.py",),
        (
            "tests/repair",
            "archcalc/repair",
            "--ignore=tests/repair/test_damage.py",
            "-k",
            "not legal_sizes_of_a_repair and not every_repair_leads and not work_is_bounded",
        ),
    ),
    "export": Room(
        (
            "archcalc/export/exporting.py",
            "archcalc/export/torch/__init__.py",
            "archcalc/export/torch/candidates.py",
            "archcalc/export/torch/matching.py",
            "archcalc/export/torch/patterns.py",
        ),
        (
            "tests/export",
            *(f"--ignore=tests/export/test_{slow}.py" for slow in ("quality", "other_arguments", "torchvision")),
            "-k",
            "not another_process",
        ),
    ),
    "network": Room(
        ("archcalc/network.py", "archcalc/program.py", "archcalc/checking.py"),
        (
            "tests/network",
            "tests/cases/test_cases.py",
            "tests/language",
            "tests/values/test_python_interface.py",
            "tests/silence",
            "tests/receptive/test_fields_shown.py",
        ),
    ),
}
