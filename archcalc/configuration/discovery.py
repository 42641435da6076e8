"""Where the configuration of a file is: in the nearest pyproject.toml above it that has a table `[tool.archcalc]`.

Nothing is imported for files without one.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archcalc.configuration.model import Configuration

NAME = "pyproject.toml"
_WORD = b"archcalc"
"""What the text of a configuration has somewhere. Many projects have a pyproject.toml, and few one for us."""


class Configurations:
    """The configurations of files, each read once."""

    def __init__(self) -> None:
        self._of_folders: dict[str, Configuration | None] = {}

    def of_file(self, path: str | os.PathLike[str]) -> Configuration | None:
        """The configuration that holds for a file. Raises: OSError for one that cannot be read."""
        return self.of_folder(os.path.dirname(os.path.abspath(path)))

    def of_folder(self, folder: str | os.PathLike[str]) -> Configuration | None:
        """The configuration that holds in a folder. Raises: OSError for one that cannot be read."""
        here = os.path.abspath(folder)
        if here not in self._of_folders:
            above = os.path.dirname(here)
            self._of_folders[here] = _in_folder(here) or (self.of_folder(above) if above != here else None)
        return self._of_folders[here]


def _in_folder(folder: str) -> Configuration | None:
    path = os.path.join(folder, NAME)
    if not os.path.isfile(path):
        return None
    data = Path(path).read_bytes()
    if _WORD not in data:
        return None
    from archcalc.configuration.reading import read

    return read(data, path)
