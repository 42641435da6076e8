"""The oldest dependencies that pyproject.toml admits, as constraints for pip."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"


def pinned(dependency: str) -> str:
    """A dependency at its floor. Raises: ValueError if it states none.

    >>> pinned("sympy>=1.13")
    'sympy==1.13'
    """
    match = re.fullmatch(r"([\w.-]+)>=([\w.]+)", dependency)
    if match is None:
        raise ValueError(f"pyproject.toml: {dependency} needs a floor, such as sympy>=1.13, and nothing else")
    return f"{match[1]}=={match[2]}"


def constraints() -> str:
    """The text of `.ci/oldest.txt`."""
    dependencies = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["dependencies"]
    return "".join(f"{pinned(dependency)}\n" for dependency in dependencies)
