"""Generated modules, imported without a file."""

from __future__ import annotations

import linecache
import sys
from importlib.util import find_spec
from itertools import count
from types import ModuleType

INSTALL = "PyTorch is needed to build the network; install it: pip install 'archcalc[torch]'"
_NUMBERS = count(1)


def imported(text: str, name: str) -> ModuleType:
    """The module with this text; `name` is part of its synthetic name. Raises: ImportError if PyTorch is missing."""
    if find_spec("torch") is None:
        raise ImportError(INSTALL, name="torch")
    number = next(_NUMBERS)
    module = ModuleType(f"archcalc_{name}_{number}")
    origin = module.__file__ = f"<archcalc {name} {number}>"
    # Pickling and inspecting an object look its module up by name; tracebacks and debuggers look for the text.
    sys.modules[module.__name__] = module
    linecache.cache[origin] = (len(text), None, text.splitlines(keepends=True), origin)
    try:
        exec(compile(text, origin, "exec"), module.__dict__)  # noqa: S102 (code that we have just written)
    except BaseException:
        del sys.modules[module.__name__]
        raise
    return module
