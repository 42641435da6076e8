"""Regular expressions that few files need: compiled when they are first asked, not when their module is imported."""

from __future__ import annotations

import re
from typing import Any, cast


def compiled_later(text: str, flags: int = 0) -> re.Pattern[str]:
    """A regular expression as `re.compile` gives it, for where it is seldom asked: compiling takes its time.

    >>> compiled_later("[0-9]+").fullmatch("47")[0]
    '47'
    """
    return cast("re.Pattern[str]", _Later(text, flags))


class _Later:
    def __init__(self, text: str, flags: int) -> None:
        self._written = text, flags

    def __getattr__(self, name: str) -> Any:
        found = getattr(re.compile(*self._written), name)
        setattr(self, name, found)
        return found
