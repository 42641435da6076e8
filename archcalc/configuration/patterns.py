"""Patterns of files: `*` fits within a name, `**` any folders; what fits a folder fits all that is in it.

A pattern without a slash fits a name anywhere; one with a slash begins at the folder of the configuration.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from archcalc.catalogue import SUFFIXES

_PART = re.compile(r"\*\*|\*|\?|\[!?\]?[^\]]*\]|.", re.DOTALL)


class Pattern:
    """A pattern, compared with paths that are relative to the folder of the configuration and have slashes.

    >>> [Pattern("nets/*.yaml").fits(path) for path in ("nets/a.yaml", "nets/old/a.yaml", "b/nets/a.yaml")]
    [True, False, False]
    >>> [Pattern("nets/**/*.yaml").fits(path) for path in ("nets/a.yaml", "nets/old/a.yaml")]
    [True, True]
    >>> [Pattern("drafts").fits(path) for path in ("drafts/a.yaml", "nets/drafts/b/a.yaml", "drafts2/a.yaml")]
    [True, True, False]
    """

    def __init__(self, text: str) -> None:
        self.text = text
        inner = text.removeprefix("./").strip("/")
        # One slash at the end says that a folder is meant, and not where it is.
        anywhere = "/" not in text.rstrip("/")
        self._fits = re.compile(("(?:.*/)?" if anywhere else "") + _expression(inner) + "(?:/.*)?", re.DOTALL)
        self.beginning = "" if anywhere else "/".join(_plain(inner.split("/")))
        """The folder below which all that fits is found, or the one file that fits."""

    def fits(self, path: str) -> bool:
        """Whether a path, or a folder above it, is as the pattern says."""
        return self._fits.fullmatch(path) is not None

    def __repr__(self) -> str:
        return f"Pattern({self.text!r})"


def _plain(parts: Sequence[str]) -> Iterator[str]:
    """The parts of a path before the first with a wildcard."""
    for part in parts:
        if any(sign in part for sign in "*?["):
            return
        yield part


def _expression(pattern: str) -> str:
    """The regular expression of a pattern."""
    parts = pattern.split("/")
    found = []
    for index, part in enumerate(parts):
        is_last = index == len(parts) - 1
        if part == "**":
            found.append(".*" if is_last else "(?:.*/)?")
        else:
            found.append("".join(map(_piece, _PART.findall(part))) + ("" if is_last else "/"))
    return "".join(found)


def _piece(piece: str) -> str:
    if piece in ("*", "**"):
        return "[^/]*"
    if piece == "?":
        return "[^/]"
    if len(piece) > 1:
        inside = piece[1:-1]
        negated = inside.startswith("!")
        letters = re.sub(r"([\\\]\[^&~|])", r"\\\1", inside[1:] if negated else inside)
        return f"(?!/)[{'^' if negated else ''}{letters}]"
    return re.escape(piece)


def specs_below(root: Path, wanted: Sequence[Pattern], without: Sequence[Pattern]) -> list[Path]:
    """The files below a folder that may be specs and that a pattern names, in the order of their paths.

    Hidden folders, and those that `without` names, are not looked into.
    """
    beginnings = sorted({one.beginning for one in wanted})
    places = [one for one in beginnings if not any(one != other and _is_below(one, other) for other in beginnings)]
    found = [path for place in places for path in _files(root, place, without)]
    return [root / path for path in sorted(found) if any(pattern.fits(path) for pattern in wanted)]


def _is_below(path: str, folder: str) -> bool:
    return not folder or path == folder or path.startswith(f"{folder}/")


def _files(root: Path, beginning: str, without: Sequence[Pattern]) -> Iterator[str]:
    """The files below a folder, or the one file of that name."""
    start = root / beginning
    if start.is_file():
        if _is_spec(start.name) and not any(one.fits(beginning) for one in without):
            yield beginning
        return
    for folder, inner, files in os.walk(start):
        here = Path(folder).relative_to(root).as_posix()
        prefix = "" if here == "." else f"{here}/"
        inner[:] = [
            name for name in inner if not name.startswith(".") and not any(one.fits(prefix + name) for one in without)
        ]
        for name in files:
            if _is_spec(name) and not any(one.fits(prefix + name) for one in without):
                yield prefix + name


def _is_spec(name: str) -> bool:
    return name.lower().endswith(SUFFIXES) and not name.startswith(".")
