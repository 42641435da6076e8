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


KEPT = ("lenet:1998", "mobilenet_v2:1.0", "swin:tiny", "t5")
"""Networks whose operations, together, are of most kinds of which PyTorch says what it keeps."""

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
    "memory": Room(
        ("archcalc/memory/*.py", "archcalc/memory/operations/*.py"),
        (
            "tests/memory/test_memory.py",
            "tests/memory/test_optimizers.py",
            *(f"tests/memory/test_saved.py::test_saved_tensors_are_those_of_pytorch[{name}]" for name in KEPT),
            "archcalc/memory",
            "-k",
            "not of_the_module",
        ),
    ),
    "conventions": Room(
        ("archcalc/conventions/*.py", "archcalc/reconciliation/*.py"),
        (
            "tests/conventions/test_conventions.py",
            "tests/conventions/test_reconcile.py",
            "archcalc/conventions",
            "archcalc/reconciliation",
            "-k",
            "not on_the_catalogue and not every_convention_that_ships",
        ),
    ),
    "sweep": Room(
        ("archcalc/sweep/*.py", "archcalc/sweep/choices/*.py", "archcalc/sweep/stored/*.py"),
        (
            "tests/sweep",
            "archcalc/sweep",
            *(f"--ignore=tests/sweep/test_{slow}.py" for slow in ("against_checks", "stored_dask")),
            "-k",
            "not go_through and not kill and not interrupted and not executor and not disk and not lost and not frames "
            "and not all_pairs and not random_forms and not all_points and not its_bounds",
        ),
    ),
    "comparison": Room(
        ("archcalc/comparison/*.py",),
        (
            "tests/comparison/test_limits.py",
            "tests/comparison/test_difference_shown.py",
            "tests/comparison/test_told_changes.py",
            "tests/comparison/test_sequences.py",
            "tests/cli/test_diff.py",
            "archcalc/comparison",
            "-k",
            "not random_edits and not names_alone and not long_sequences and not pytorch and not onnx and not keras",
        ),
    ),
    "formatting": Room(
        ("archcalc/formatting/*.py",),
        (
            "tests/formatting/test_layouts.py",
            "tests/formatting/test_networks_stay.py::test_a_random_network_stays_the_same[0-50]",
            "archcalc/formatting",
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
