"""Run pytest while one module has another text, which comes from standard input.

python tests/mutation/replaced.py MODULE PATH [OPTIONS OF PYTEST] < TEXT
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType

import pytest


class _Text(SourceFileLoader):
    """Loads a module from a text; what is compiled is kept nowhere."""

    def __init__(self, name: str, path: str, text: bytes) -> None:
        super().__init__(name, path)
        self.text = text

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.text, self.path, "exec", dont_inherit=True)


class Replacing(MetaPathFinder):
    """Finds one module, with another text than that of its file."""

    def __init__(self, module: str, path: Path, text: bytes) -> None:
        self.module, self.path, self.text = module, path, text

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self.module:
            return None
        inside = [str(self.path.parent)] if self.path.name == "__init__.py" else None
        loader = _Text(fullname, str(self.path), self.text)
        return spec_from_file_location(fullname, self.path, loader=loader, submodule_search_locations=inside)


if __name__ == "__main__":
    name, file, *options = sys.argv[1:]
    sys.meta_path.insert(0, Replacing(name, Path(file), sys.stdin.buffer.read()))
    sys.exit(pytest.main(options))
