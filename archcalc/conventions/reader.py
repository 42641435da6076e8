"""Reads a convention: a file of YAML with a rule for each kind of layer, or diagnostics at their places."""

from __future__ import annotations

from typing import get_args

from archcalc.conventions.model import Convention, Rule, ToolFault, Unit
from archcalc.conventions.quantities import unknown_name
from archcalc.diagnostics import closest
from archcalc.diagnostics.codes import language as codes
from archcalc.diagnostics.model import Diagnostic
from archcalc.expressions.nodes import Path
from archcalc.expressions.parser import parse as tree_of
from archcalc.layers.table import KINDS, layer_class
from archcalc.source import SourceFile, parse
from archcalc.source.document import Mapping, Node, Scalar
from archcalc.spec.model import Formula, located
from archcalc.spec.structure import Findings, TooManyFindings

KEYS = ("convention", "title", "source", "unit", "rules", "otherwise", "faults")
RULE_KEYS = ("count", "fault", "where")
UNITS: tuple[str, ...] = get_args(Unit)


def read(file: SourceFile) -> tuple[Convention | None, list[Diagnostic]]:
    """The convention in a file, or None and what is wrong with it.

    >>> text = "convention: mine\\nunit: multiply-adds\\nrules: {conv: products + bias, relu: n}\\n"
    >>> convention, problems = read(SourceFile("mine.yaml", text))
    >>> convention.name, convention.rules["relu"].text, convention.otherwise.text
    ('mine', 'n', '0')
    """
    document, problems = parse(file)
    if document is None:
        return None, problems
    reader = _Reader()
    try:
        convention = reader.convention(document)
    except TooManyFindings:
        convention = None
    problems = [*problems, *reader.findings.diagnostics]
    return (None if any(one.severity == "error" for one in problems) else convention), problems


class _Reader:
    def __init__(self) -> None:
        self.findings = Findings()

    def convention(self, document: Node) -> Convention | None:
        if not isinstance(document, Mapping):
            self.findings.report(
                codes.WRONG_STRUCTURE, "a convention is a map with `convention` and `rules`", document.span
            )
            return None
        entries: dict[str, Node] = {}
        for key, node in document.entries:
            if key.text in KEYS:
                entries[key.text] = node
            else:
                self.findings.unknown_key(key, "a convention", KEYS)
        for name in ("convention", "unit", "rules"):
            if name not in entries:
                message = f"a convention needs `{name}`"
                help = f"`unit` is {' or '.join(UNITS)}" if name == "unit" else ""
                self.findings.report(codes.WRONG_STRUCTURE, message, document.span, "", *([help] if help else []))
        name = self._text(entries, "convention")
        faults = self._faults(entries.get("faults"))
        rules = self._rules(entries.get("rules"), faults)
        nothing = Rule(Formula(tree_of("0"), "0", document.span, None))
        otherwise = self._rule(entries["otherwise"], (), faults) if "otherwise" in entries else nothing
        unit = self._unit(entries.get("unit"))
        if otherwise is None or unit is None:
            return None
        title = self._text(entries, "title") or name
        return Convention(name, title, self._text(entries, "source"), unit, rules, otherwise, faults)

    def _text(self, entries: dict[str, Node], key: str) -> str:
        return (self.findings.text(entries[key], f"`{key}`") or "") if key in entries else ""

    def _unit(self, node: Node | None) -> Unit | None:
        if node is None:
            return None
        text = self.findings.text(node, "`unit`")
        if text == "operations":
            return "operations"
        if text == "multiply-adds":
            return "multiply-adds"
        if text is not None:
            self.findings.report(codes.BAD_VALUE, f"`unit` is {' or '.join(UNITS)}, not {text}", node.span)
        return None

    def _faults(self, node: Node | None) -> dict[str, ToolFault]:
        found: dict[str, ToolFault] = {}
        for key, value in self.findings.mapping(node, "`faults`") if node is not None else []:
            about = self.findings.text(value, f"the fault `{key.text}`")
            if about is not None:
                found[key.text] = ToolFault(key.text, about)
        return found

    def _rules(self, node: Node | None, faults: dict[str, ToolFault]) -> dict[str, Rule]:
        found: dict[str, Rule] = {}
        for key, value in self.findings.mapping(node, "`rules`") if node is not None else []:
            kinds = tuple(kind.strip() for kind in key.text.split(","))
            if not all(self._is_kind(kind, key, found) for kind in kinds):
                continue
            rule = self._rule(value, kinds, faults)
            if rule is not None:
                found.update(dict.fromkeys(kinds, rule))
        return found

    def _is_kind(self, kind: str, key: Scalar, found: dict[str, Rule]) -> bool:
        if kind not in KINDS:
            near = closest(kind, list(KINDS))
            help = f"did you mean `{near}`?" if near else "`archcalc explain layers` lists the kinds"
            self.findings.report(codes.UNKNOWN_KEY, f"there is no kind of layer `{kind}`", key.span, "", help)
        elif kind in found:
            self.findings.report(codes.WRONG_STRUCTURE, f"`{kind}` has a rule already", key.span)
        return kind in KINDS and kind not in found

    def _rule(self, node: Node, kinds: tuple[str, ...], faults: dict[str, ToolFault]) -> Rule | None:
        fault: ToolFault | None = None
        where: Formula | None = None
        if isinstance(node, Mapping):
            parts = {key.text: (key, value) for key, value in node.entries}
            for text, (key, _) in parts.items():
                if text not in RULE_KEYS:
                    self.findings.unknown_key(key, "a rule", RULE_KEYS)
            if "count" not in parts:
                self.findings.report(codes.WRONG_STRUCTURE, "a rule needs `count`", node.span)
                return None
            if "fault" in parts:
                fault = self._fault(parts["fault"][1], faults)
            if "where" in parts:
                where = self._expression(parts["where"][1], "`where`", kinds)
            node = parts["count"][1]
        formula = self._expression(node, "a rule", kinds)
        return None if formula is None else Rule(formula, fault, where)

    def _expression(self, node: Node, what: str, kinds: tuple[str, ...]) -> Formula | None:
        """An expression over quantities and fields of layers of these kinds."""
        formula = self.findings.formula(node, what)
        return formula if formula is not None and self._names_are_known(formula, kinds) else None

    def _fault(self, node: Node, faults: dict[str, ToolFault]) -> ToolFault | None:
        name = self.findings.text(node, "`fault`")
        if name is not None and name not in faults:
            self.findings.report(codes.UNKNOWN_NAME, f"`faults` has no `{name}`", node.span)
        return faults.get(name or "")

    def _names_are_known(self, formula: Formula, kinds: tuple[str, ...]) -> bool:
        classes = [layer_class(kind) for kind in kinds]
        for part in formula.tree.walk():
            path = part.fixed if isinstance(part, Path) else None
            problem = unknown_name(path, classes) if path is not None else None
            if problem is not None:
                self.findings.add(located(part.refused(problem), formula.span, formula.offset))
                return False
        return True
