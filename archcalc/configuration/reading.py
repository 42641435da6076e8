"""From the table `[tool.archcalc]` to a configuration; mistakes become diagnostics at their place."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from archcalc.configuration.model import Configuration, OfFiles, Placed
from archcalc.configuration.patterns import Pattern
from archcalc.configuration.rules import beginnings
from archcalc.demands import EVERYTHING, Budget
from archcalc.diagnostics.codes import configuration as codes
from archcalc.diagnostics.suggest import closest, did_you_mean, is_same
from archcalc.source.document import Mapping, Node, Scalar, Sequence
from archcalc.source.text import SourceFile, decode
from archcalc.source.toml_reader import read_toml
from archcalc.spec.claims import read_claims
from archcalc.spec.structure import Findings, TooManyFindings, kind_of


def read(data: bytes, path: str) -> Configuration | None:
    """What a pyproject.toml says about archcalc; None where it says nothing. It is named as seen from where we are."""
    name = os.path.relpath(path)
    file, problems = decode(name, data)
    root, more = read_toml(file) if file is not None else (None, [])
    found = Configuration(file or SourceFile(name, ""), Path(path).parent)
    found.diagnostics += [*problems, *more]
    if root is None:
        return found
    table: Node | None = root
    for name in ("tool", "archcalc"):
        table = table.get(name) if isinstance(table, Mapping) else None
    if table is None:
        return None
    _Reader(found).table(table)
    return found


class _Reader:
    """Fills a configuration."""

    def __init__(self, found: Configuration) -> None:
        self.found = found
        self.findings = Findings()

    def table(self, node: Node) -> None:
        """The whole table."""
        if not isinstance(node, Mapping):
            self._wrong("`tool.archcalc` is a table", node, "write [tool.archcalc] and its keys below")
        else:
            try:
                for key, value in node.entries:
                    self._entry(key, value)
            except TooManyFindings:
                pass  # The first 500 are told.
        self.found.diagnostics += self.findings.diagnostics

    def _entry(self, key: Scalar, value: Node) -> None:
        readers: dict[str, Callable[[Node], None]] = {
            "specs": lambda value: self.found.specs.extend(self._patterns(value, "`specs`")),
            "exclude": lambda value: self.found.exclude.extend(self._patterns(value, "`exclude`")),
            "select": self._select,
            "ignore": self._ignore,
            "warn-as-error": self._grave,
            "per-file-ignores": self._per_file,
            "budgets": self._budgets,
        }
        if key.text in readers:
            readers[key.text](value)
            return
        near = closest(key.text, readers)
        help = f"the keys are {', '.join(readers)}"
        if near is not None:
            help = did_you_mean(key.text, near, key.span, is_certain=is_same(key.text, near))
        self.findings.report(
            codes.UNKNOWN_SETTING, f"`[tool.archcalc]` has no `{key.text}`", key.span, "unknown key", help
        )

    def _select(self, value: Node) -> None:
        self.found.rules = self.found.rules._replace(select=self._codes(value, "`select`"))

    def _ignore(self, value: Node) -> None:
        self.found.rules = self.found.rules._replace(ignore=self._codes(value, "`ignore`"))

    def _grave(self, value: Node) -> None:
        """True for all warnings, or those that are meant."""
        if isinstance(value, Scalar) and not value.quoted and value.text in ("true", "false"):
            grave: tuple[str, ...] = EVERYTHING if value.text == "true" else ()
        elif isinstance(value, Sequence):
            grave = self._codes(value, "`warn-as-error`")
        else:
            self._wrong(
                "`warn-as-error` is true, false or a list of codes", value, 'write warn-as-error = true or ["AC302"]'
            )
            return
        self.found.rules = self.found.rules._replace(grave=grave)

    def _per_file(self, value: Node) -> None:
        """Patterns with the codes that are not told there."""
        if not isinstance(value, Mapping):
            self._wrong("`per-file-ignores` is a table of patterns", value, 'write {"drafts/*" = ["AC302"]}')
            return
        for key, one in value.entries:
            placed = self._pattern(key, "a key of `per-file-ignores`")
            ignored = self._codes(one, f"`{key.text}`")
            if placed is not None:
                self.found.of_files.append(OfFiles(placed, ignored))

    def _budgets(self, value: Node) -> None:
        """One budget, or a list of them."""
        for one in value.items if isinstance(value, Sequence) else [value]:
            if not isinstance(one, Mapping):
                self._wrong("a budget is a table of quantities", one, 'write budgets = [{parameters = "<= 5M"}]')
                continue
            wanted = one.get("specs")
            patterns = [None] if wanted is None else self._patterns(wanted, "`specs` of a budget")
            entries = [entry for entry in one.entries if entry[0].text != "specs"]
            claimed = Mapping(entries, one.line, one.column, one.end_line, one.end_column)
            claims = tuple(read_claims(self.findings, claimed))
            for placed in patterns if claims else ():
                of = "every spec" if placed is None else f"`{placed.pattern.text}`"
                budget = Budget(claims, self.found.file.name, of, self.found.file.text)
                self.found.of_files.append(OfFiles(placed, budget=budget))

    def _patterns(self, node: Node, what: str) -> list[Placed]:
        """A list of patterns, or a single one."""
        items = node.items if isinstance(node, Sequence) else [node]
        return [placed for item in items if (placed := self._pattern(item, what)) is not None]

    def _pattern(self, node: Node, what: str) -> Placed | None:
        key = what if what.startswith("a key") else f"{what} is a list of patterns"
        if not isinstance(node, Scalar) or not (node.quoted or what.startswith("a key")):
            self._wrong(key, node, 'write ["networks/**/*.yaml"]')
            return None
        text = node.text
        reason = _impossible(text)
        if reason:
            self.findings.report(codes.WRONG_SETTING, f"the pattern `{text}` {reason}", node.span, "", _PATTERN_HELP)
            return None
        return Placed(Pattern(text), node.span)

    def _codes(self, node: Node, what: str) -> tuple[str, ...]:
        """A list of codes, or a single one, as beginnings of codes."""
        items = node.items if isinstance(node, Sequence) else [node]
        found: list[str] = []
        for item in items:
            if not isinstance(item, Scalar) or not item.quoted:
                self._wrong(f"{what} is a list of codes", item, 'write ["AC302", "AC1"]')
                continue
            known = beginnings(item.text)
            if isinstance(known, str):
                found.append(known)
            else:
                self.findings.report(known.code, known.message, item.span, "", *known.help)
        return tuple(found)

    def _wrong(self, what: str, node: Node, help: str) -> None:
        given = f"`{node.text}`" if isinstance(node, Scalar) else kind_of(node)
        self.findings.report(codes.WRONG_SETTING, f"{what}, not {given}", node.span, "", help)


_PATTERN_HELP = "patterns have slashes and begin at the folder of pyproject.toml: networks/**/*.yaml"


def _impossible(pattern: str) -> str:
    """Why nothing can ever fit a pattern; empty for others."""
    if not pattern.strip("/. "):
        return "names nothing"
    if "\\" in pattern:
        return "has a backslash"
    if pattern.startswith("/") or (len(pattern) > 1 and pattern[1] == ":"):
        return "begins at the root of the disk"
    return "leaves the folder of the configuration" if ".." in pattern.split("/") else ""
