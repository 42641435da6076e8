"""What pre-commit runs: a command about those of many files that are specs.

`python -m archcalc.cli.hook check --symbolic net.yaml compose.yaml` is `archcalc check --symbolic net.yaml`: a hook is
given every YAML and JSON file of a commit, and those of other programs are none of its business.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from archcalc.catalogue import SUFFIXES

_WORDS = (b"layers", b"variants", b"input")
"""Of these the text of a spec has one."""


def main(arguments: Sequence[str]) -> int:
    """Run a command without the files that are no specs; returns its exit code, 0 if there is no spec."""
    from archcalc.cli import main as run

    files = [text for text in arguments if Path(text).suffix.lower() in SUFFIXES and Path(text).is_file()]
    others = {text for text in files if not is_spec(text)}
    if others.issuperset(files):
        return 0
    return run([text for text in arguments if text not in others])


def is_spec(name: str) -> bool:
    """Whether a file says that it is a spec. One that cannot be read does, where it names what a spec has."""
    data = Path(name).read_bytes()
    if not any(word in data for word in _WORDS):
        return False
    from archcalc.api.architecture import Architecture, is_meant

    return is_meant(Architecture.from_bytes(data, name), data)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
