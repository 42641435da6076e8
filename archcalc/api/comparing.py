"""Differences: two networks that are loaded, checked at the same values and compared."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from os import PathLike
from pathlib import Path
from typing import Any

from archcalc.api.architecture import Architecture, is_spec, load, of_found
from archcalc.api.report import Report
from archcalc.comparison.difference import Difference
from archcalc.importing.formats import is_network_file

Comparable = str | PathLike[str] | Mapping[str, Any] | Architecture | Report
"""What can be compared: a report, an architecture, or what `load` reads."""


def diff(
    before: Comparable,
    after: Comparable,
    values: Mapping[str, int | Fraction | bool] | None = None,
    /,
    *,
    symbolic: bool = False,
    **more: int | Fraction | bool,
) -> Difference:
    """What differs between two networks, as `archcalc diff` finds it: layers, shapes, counts, legal sizes and claims.

    Each side is a report, an architecture, or what `load` takes; besides, a file at a revision of git, such as
    `HEAD~1:net.yaml`. Values are those of `check`, for the names that a side has; a report keeps its own.

    Raises: as `load` and `check` do; NoRevision (a ValueError) for a revision that has no such file.

    >>> import archcalc
    >>> difference = archcalc.diff("vgg:D", "vgg:E")
    >>> difference["parameters"].difference, difference.counts["added"]
    (5309696, 6)
    >>> archcalc.diff("unet:paper", "unet:paper").is_empty
    True
    """
    given = {**(values or {}), **more}
    return Difference(*(_report(side, given, symbolic=symbolic) for side in (before, after)))


def _report(side: Comparable, values: Mapping[str, Any], *, symbolic: bool) -> Report:
    if isinstance(side, Report):
        return side
    architecture = side if isinstance(side, Architecture) else loaded(side)
    known = architecture.settable()
    return architecture.check({name: value for name, value in values.items() if name in known}, symbolic=symbolic)


def loaded(source: str | PathLike[str] | Mapping[str, Any]) -> Architecture:
    """What `load` reads, or else a file at a revision of git. Raises: as `load` does; NoRevision."""
    return named(source) if isinstance(source, str) and not is_spec(source) else load(source)


def named(text: str) -> Architecture:
    """What a text names: a file, an entry of the catalogue, or else a file at a revision of git.

    Raises: as `load` does; NoRevision.
    """
    from archcalc.catalogue import find
    from archcalc.revisions import NoRevision, is_revision

    try:
        found = find(text)
    except (FileNotFoundError, ValueError) as error:
        if not is_revision(text):
            raise
        try:
            return _committed(text)
        except NoRevision as other:
            # Whoever misspells a name of the catalogue need not hear of git.
            raise (other if _is_meant(text) else error) from None
    return of_found(found)


def _is_meant(source: str) -> bool:
    """Whether a text is likelier to be a file at a revision than anything else that has a colon."""
    revision, _, path = source.partition(":")
    return "." in path or "/" in path or bool(set("~^@/") & set(revision)) or not revision or revision == "HEAD"


def _committed(source: str) -> Architecture:
    from archcalc.revisions import at_revision

    found = at_revision(source)
    if is_network_file(Path(found.path), found.data):
        return _imported(found.data, found.name, found.path, found.variant)
    return Architecture.from_bytes(found.data, found.name, found.variant)


def _imported(data: bytes, name: str, path: str, variant: str | None) -> Architecture:
    """A network of another tool, which is read from a file."""
    from tempfile import TemporaryDirectory

    from archcalc.importing.files import imported_file

    with TemporaryDirectory() as folder:
        copy = Path(folder, Path(path).name)
        copy.write_bytes(data)
        text = imported_file(str(copy)).text
    return Architecture.from_text(text, f"{name} as a spec", variant)
