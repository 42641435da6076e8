"""The networks of a text that is edited: each is checked when somebody asks, and again only if an edit reaches it.

A variant does not read what another one says. An edit inside of one therefore leaves the answers about all others as
they are, at other lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from archcalc.api.report import Report
from archcalc.demands import NONE, Demands
from archcalc.diagnostics.codes.shapes import UNDECIDED
from archcalc.diagnostics.model import Diagnostic
from archcalc.editor.lines import Moved
from archcalc.editor.names import Names
from archcalc.network import Settings
from archcalc.program import Program
from archcalc.source import SourceFile, parse
from archcalc.source.document import Mapping, Node, Scalar


class Checked:
    """The report of a network, and where the lines of the text that was checked stand now."""

    def __init__(self, report: Report, text: str, lines: Sequence[int], now: Sequence[int] | None = None) -> None:
        self.report = report
        self.text = text
        """The lines on which the report depends, and where they stood when it was made."""
        self.lines = lines
        self.moved = Moved(lines, lines, is_still=True) if now is None or now == lines else Moved(lines, now)

    def holds(self, program: Program, text: str, lines: Sequence[int], demands: Demands) -> bool:
        """Whether a check of a text with these lines finds the same.

        Messages may name lines; only what a report without messages says is true of other lines.
        """
        if text != self.text or program.mistakes != self.report.program.mistakes or demands != self.report.demands:
            return False
        return lines == self.lines or all(found.code is UNDECIDED for found in self.report.diagnostics)

    def at(self, lines: Sequence[int]) -> Checked:
        """The same report about a text in which its lines are these."""
        return Checked(self.report, self.text, self.lines, lines)

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """What was found, with places in the present text."""
        return [self.moved.diagnostic(found) for found in self.report.diagnostics]


class Networks:
    """What a version of a text says: its networks by variant (None where there are no variants).

    >>> text = "input: [1, N]\\nlayers: [max_pool: 2]\\nvariants:\\n  a: {at: {N: 8}}\\n  b: {at: {N: 9}}\\n"
    >>> before = Networks(SourceFile("net.yaml", text))
    >>> [before.network(variant).report.ok for variant in before.variants]
    [True, False]
    >>> after = Networks(SourceFile("net.yaml", text.replace("N: 9", "N: 6")), before)
    >>> after.network("b").report.ok, after.network("a").report is before.network("a").report
    (True, True)
    """

    def __init__(self, file: SourceFile, before: Networks | None = None, demands: Demands = NONE) -> None:
        self.file = file
        self.demands = demands
        """What the project of the file asks of it."""
        self.program = Program.read(file)
        known: dict[str | None, Checked] = {**before._known, **before._checked} if before is not None else {}
        self._known: dict[str | None, Checked] = {
            variant: known[variant] for variant in self.variants if variant in known
        }
        self._checked: dict[str | None, Checked] = {}

    @cached_property
    def document(self) -> Node | None:
        """The text as plain data with positions."""
        return parse(self.file)[0]

    @cached_property
    def names(self) -> Names:
        """The names of the text, and where they stand."""
        return Names.of(self.program)

    @property
    def is_readable(self) -> bool:
        """Whether the text could be read as YAML or JSON, so that something can be said of what it means."""
        return self.program.document is not None

    @property
    def is_meant(self) -> bool:
        """Whether the text says that it is a spec: others are none of archcalc's business."""
        return self.program.document is not None and self.program.document.is_meant

    @property
    def variants(self) -> list[str | None]:
        """The variants; `[None]` for a text without any."""
        return [*self.program.variants] or [None]

    def network(self, variant: str | None) -> Checked:
        """One of the networks. Raises: LookupError for a variant that there is not."""
        if variant not in self._checked:
            self._checked[variant] = self._found(variant)
        return self._checked[variant]

    def check_all(self) -> list[Checked]:
        """All networks; what is known of an earlier text is forgotten then."""
        found = [self.network(variant) for variant in self.variants]
        self._known = {}
        return found

    @property
    def checked(self) -> list[Checked]:
        """The networks that were asked for so far."""
        return [*self._checked.values()]

    def _for(self, variants: list[str | None]) -> dict[str | None, Checked]:
        """What is known of the networks that a later text has, too."""
        known = {**self._known, **self._checked}
        return {variant: known[variant] for variant in variants if variant in known}

    def _found(self, variant: str | None) -> Checked:
        lines = self._lines_of(variant)
        text = "\n".join([self.file.line(line) for line in lines])
        known = self._known.get(variant)
        if known is not None and known.holds(self.program, text, lines, self.demands):
            return known.at(lines)
        return Checked(Report.of(self.program.choose(variant), Settings(), self.demands), text, lines)

    def _lines_of(self, variant: str | None) -> list[int]:
        """The lines that a variant depends on: all but those on which nothing but another one stands."""
        others = {
            line
            for key, value in self._entries_of_variants
            if key.text != variant and self._stands_alone(key, value)
            for line in range(key.line, value.end_line + 1)
        }
        return [line for line in range(1, len(self.file.lines) + 1) if line not in others]

    @cached_property
    def _entries_of_variants(self) -> list[tuple[Scalar, Node]]:
        variants = (
            self.document.get("variants") if self.program.variants and isinstance(self.document, Mapping) else None
        )
        return variants.entries if isinstance(variants, Mapping) else []

    def _stands_alone(self, key: Scalar, value: Node) -> bool:
        before = self.file.line(key.line)[: key.column - 1]
        behind = self.file.line(value.end_line)[value.end_column - 1 :].lstrip()
        return not before.strip() and (not behind or behind.startswith("#"))
