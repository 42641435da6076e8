"""Plain data with positions, taken apart: texts, lists and maps that are what they should be, or a diagnostic."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from archcalc.diagnostics import closest, did_you_mean, is_same
from archcalc.diagnostics.codes import language as codes
from archcalc.diagnostics.model import Code, Diagnostic, Label, Span
from archcalc.expressions.nodes import Path
from archcalc.expressions.parser import parse, parse_path
from archcalc.expressions.values import ExpressionError
from archcalc.source.document import Mapping, Node, Scalar, Sequence
from archcalc.spec import slips
from archcalc.spec.model import Argument, Formula, Listing, located

MAX_FINDINGS = 500
"""Nobody reads more; after them the reading ends."""


class TooManyFindings(Exception):
    """Ends the reading of a document in which nearly everything is wrong. Never leaves archcalc."""


class Findings:
    """Collects diagnostics while a document is read."""

    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []
        self.keys: dict[Span, Span] = {}
        """Where the name of a value stands that is a key in front of it, by the place of the value."""
        self._reported = 0

    def errors(self) -> int:
        """How many errors there are so far."""
        return sum(diagnostic.severity == "error" for diagnostic in self.diagnostics)

    def report(
        self,
        code: Code,
        message: str,
        span: Span,
        label: str = "",
        *help: str,
        labels: tuple[Label, ...] = (),
    ) -> None:
        """Add a diagnostic at a span. Raises: TooManyFindings."""
        self.add(Diagnostic(code, message, span, label, labels, (), help))

    def add(self, diagnostic: Diagnostic) -> None:
        """Add a diagnostic. Raises: TooManyFindings."""
        if diagnostic.severity == "error":
            self._reported += 1
            if self._reported > MAX_FINDINGS:
                raise TooManyFindings
        self.diagnostics.append(diagnostic)

    def unknown_key(self, key: Scalar, what: str, known: Iterable[str], meant: str | None = None) -> None:
        """Report a key that does not exist, with the one that is meant, or else the nearest one that does."""
        names = list(known)
        near = meant or closest(key.text, names)
        help = f"{what} has {_listed(names)}"
        if near is not None:
            help = did_you_mean(key.text, near, key.span, is_certain=is_same(key.text, near))
        self.report(codes.UNKNOWN_KEY, f"{what} has no `{key.text}`", key.span, "unknown key", help)

    def text(self, node: Node, what: str) -> str | None:
        """The text of a scalar; null is none."""
        if isinstance(node, Scalar) and not node.is_null:
            return node.text
        self.report(codes.WRONG_STRUCTURE, f"{what} is a text, not {kind_of(node)}", node.span)
        return None

    def mapping(
        self,
        node: Node,
        what: str,
        shape: str = "a map",
        help: Callable[[Node], tuple[str, ...]] = slips.as_braces,
    ) -> list[tuple[Scalar, Node]]:
        """The entries of a map; empty after a report, with what `help` says of something else."""
        if isinstance(node, Mapping):
            return node.entries
        if isinstance(node, Scalar) and node.is_null:
            return []
        message = f"{what} is {shape}, not {kind_of(node)}"
        self.report(codes.WRONG_STRUCTURE, message, node.span, "", *help(node))
        return []

    def items(self, node: Node, what: str, shape: str = "a list", *help: str) -> list[Node]:
        """The items of a list; empty after a report."""
        if isinstance(node, Sequence):
            return node.items
        if isinstance(node, Scalar) and node.is_null:
            return []
        self.report(codes.WRONG_STRUCTURE, f"{what} is {shape}, not {kind_of(node)}", node.span, "", *help)
        return []

    def formula(self, node: Node, what: str) -> Formula | None:
        """An expression, parsed."""
        if not isinstance(node, Scalar):
            help = slips.without_braces(node)
            self.report(codes.WRONG_STRUCTURE, f"{what} is one value, not {kind_of(node)}", node.span, "", *help)
            return None
        if node.is_null:
            self.report(codes.WRONG_STRUCTURE, f"{what} has no value", node.span)
            return None
        return self.parsed(node.text, node)

    def parsed(self, text: str, node: Scalar, skip: int = 0) -> Formula | None:
        """An expression in (a part of) a scalar, `skip` characters after its start."""
        offset = offset_of(node)
        if offset is not None:
            offset += skip
        try:
            tree = parse(text)
        except ExpressionError as error:
            self.add(located(error, node.span, offset))
            return None
        return Formula(tree, text, node.span, offset)

    def path(self, node: Node, what: str) -> Formula | None:
        """The name of a map or a step, which may be a number and hold hyphens."""
        if isinstance(node, Scalar) and not node.is_null:
            try:
                path = parse_path(node.text)
            except ExpressionError as error:
                self.add(located(error, node.span, offset_of(node)))
                return None
            if path is not None:
                return Formula(path, node.text, node.span, offset_of(node))
        formula = self.formula(node, what)
        if formula is not None and not isinstance(formula.tree, Path):
            self.report(
                codes.WRONG_STRUCTURE, f"{what} is a name, such as `here`, `pool1` or `layer$i.skip`", node.span
            )
            return None
        return formula

    def argument(self, node: Node, what: str, *, is_map: bool = False) -> Argument | None:
        """A value: an expression, or a list of values; of what takes a map, the name of one."""
        if is_map and isinstance(node, Scalar) and not node.is_null and "(" not in node.text and _is_path(node.text):
            return self.path(node, what)
        if isinstance(node, Sequence):
            items = [self.argument(item, what) for item in node.items]
            return Listing([item for item in items if item is not None], node.span) if None not in items else None
        return self.formula(node, what)


def _is_path(text: str) -> bool:
    """Whether a text is meant as the name of a map, also one of which a part is missing."""
    try:
        return parse_path(text) is not None
    except ExpressionError:
        return True


def offset_of(node: Scalar) -> int | None:
    """Column of the first character of a scalar's text, or None if text and source differ letter by letter."""
    if node.line != node.end_line:
        return None
    width = node.end_column - node.column
    if not node.quoted and width == len(node.text):
        return node.column
    return node.column + 1 if node.quoted and width == len(node.text) + 2 else None


def kind_of(node: Node) -> str:
    """What a node is, in words."""
    if isinstance(node, Sequence):
        return "a list"
    if isinstance(node, Mapping):
        return "a map"
    return "nothing" if node.is_null else f"`{node.text if len(node.text) <= 40 else node.text[:37] + '...'}`"


def _listed(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= 16 else ", ".join(names[:16]) + ", ..."
