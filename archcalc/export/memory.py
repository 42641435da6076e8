"""Generated modules, imported without a file."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from itertools import count
from types import CodeType, ModuleType
from typing import Any

INSTALL = "PyTorch is needed to build the network; install it: pip install 'archcalc[torch]'"
_NUMBERS = count(1)


class _Loader:
    """Loads a module from its text, and shows the text to tracebacks and debuggers."""

    def __init__(self, text: str) -> None:
        self.text = text

    def get_source(self, fullname: str) -> str:
        """The text, for `inspect` and `linecache`."""
        return self.text

    def create_module(self, spec: Any) -> None:
        """No special module object is needed."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the module."""
        name = str(module.__file__)
        code: CodeType = compile(self.text, name, "exec")
        exec(code, module.__dict__)  # noqa: S102 (code that we have just written, no text of a user)


def imported(text: str, name: str) -> ModuleType:
    """The module with this text; `name` is part of its synthetic name. Raises: ImportError if PyTorch is missing."""
    import linecache
    from importlib.machinery import ModuleSpec
    from importlib.util import module_from_spec

    if find_spec("torch") is None:
        raise ImportError(INSTALL, name="torch")
    full = f"archcalc_{name}_{next(_NUMBERS)}"
    origin = f"<archcalc {name} {full.rpartition('_')[2]}>"
    loader: Any = _Loader(text)
    spec = ModuleSpec(full, loader, origin=origin)
    module = module_from_spec(spec)
    module.__file__ = origin
    # Pickling and inspecting an object look its module up by name.
    sys.modules[full] = module
    linecache.cache[origin] = (len(text), None, text.splitlines(keepends=True), origin)
    try:
        loader.exec_module(module)
    except BaseException:
        del sys.modules[full]
        raise
    return module
