"""Merges and their branches: `add: [here, skip]`, and with fields `add: {branches: [here, skip], broadcast: true}`."""

from __future__ import annotations

from collections.abc import Callable

from archcalc.diagnostics.codes import graph as graph_codes
from archcalc.diagnostics.codes import language as codes
from archcalc.expressions.nodes import name_node
from archcalc.layers.table import layer_class
from archcalc.source.document import Mapping, Node, Scalar, Sequence
from archcalc.source.writing import item as written_item
from archcalc.spec import slips
from archcalc.spec.calls import CallReader
from archcalc.spec.model import Arguments, Branch, BrokenStep, Formula, GroupStep, MergeStep, Step
from archcalc.spec.names import LAYER_KEYS, STEP_KEYS, WORD
from archcalc.spec.structure import Findings, kind_of

Entries = list[tuple[Scalar, Node]]


class MergeReader:
    """Reads merges and lists of branches; the steps of a branch are read by `steps`, a group among them by `step`."""

    def __init__(
        self,
        findings: Findings,
        calls: CallReader,
        steps: Callable[[Node, str], list[Step]],
        step: Callable[[Node], Step],
    ) -> None:
        self.findings = findings
        self.calls = calls
        self.steps = steps
        self.step = step

    def merge(self, key: Scalar, value: Node | None) -> Step | None:
        """A merge, or None after a report."""
        kind = key.text
        cls = layer_class(kind)
        arguments = Arguments(key.span)
        branches_node = value
        rest: Entries = []
        if isinstance(value, Mapping):
            branches_node = value.get("branches")
            rest = [entry for entry in value.entries if entry[0].text != "branches"]
            if branches_node is None and not cls.reads_here and (listed := self._misnamed(kind, rest)) is not None:
                self._not_branches(key, listed, rest)
                return None
            found = self.calls.arguments(key, Mapping(rest, *value.span), kind) if rest else arguments
            if found is None:
                return None
            arguments = found
        fields = self.calls.fields(kind, key, arguments)
        if fields is None:
            return None
        reads_here = cls.reads_here and branches_node is None
        branches: list[Branch] | None = [_here(key)] if reads_here else self.branches(key, branches_node, rest)
        return None if branches is None else MergeStep(key.span, kind, fields, branches)

    def _misnamed(self, kind: str, entries: Entries) -> tuple[Scalar, Sequence] | None:
        """The list of branches, if it has another name than `branches`."""
        known = self.calls.known_fields(kind)
        return next(
            ((key, value) for key, value in entries if key.text not in known and isinstance(value, Sequence)), None
        )

    def _not_branches(self, key: Scalar, listed: tuple[Scalar, Sequence], entries: Entries) -> None:
        name, node = listed
        others = [entry for entry in entries if entry[0] is not name]
        self.findings.report(
            codes.UNKNOWN_KEY,
            f"`{key.text}` has no field `{name.text}`",
            name.span,
            "unknown field",
            f"its list is `branches`: write `- {_corrected(key, ', '.join(map(_short, node.items)), others)}`",
        )

    def branches(self, key: Scalar, node: Node | None, fields: Entries | None = None) -> list[Branch] | None:
        """The branches of a merge or a fork, or None after a report; `fields` are what else it is given."""
        if node is None or not isinstance(node, Sequence):
            shown = "nothing" if node is None else kind_of(node)
            self.findings.report(
                codes.WRONG_STRUCTURE,
                f"`{key.text}` takes a list of branches, not {shown}",
                key.span if node is None else node.span,
                "",
                f"write both sides: {_corrected(key, f'here, {_name_in(node)}', fields or [])}",
            )
            return None
        if stray := [item for item in node.items if self._is_field(key, item)]:
            self._field_among(key, node, stray)
            return None
        branches = [self._branch(item) for item in node.items]
        return None if None in branches else [branch for branch in branches if branch is not None]

    def _branch(self, node: Node) -> Branch | None:
        if isinstance(node, Scalar):
            return self.findings.path(node, "a branch")
        if isinstance(node, Sequence):
            before = len(self.findings.diagnostics)
            steps = self.steps(node, "a branch")
            return steps if len(self.findings.diagnostics) == before or steps else [BrokenStep(node.span)]
        if node.get("do") is not None:
            step = self.step(node)
            return step if isinstance(step, GroupStep) else None
        kind = node.entries[0][0].text if node.entries else "..."
        self.findings.report(
            graph_codes.BARE_BRANCH,
            "a branch is a map's name, a list of steps or a group",
            node.span,
            "a layer of its own would be a branch of its own",
            f"put the steps of the branch into a list: `- [{{{kind}: ...}}]`",
        )
        return None

    def _is_field(self, key: Scalar, item: Node) -> bool:
        """Whether an entry among the branches is a field of the merge or a key of the step."""
        names = [*self.calls.known_fields(key.text), *LAYER_KEYS]
        return isinstance(item, Mapping) and bool(item.entries) and all(name.text in names for name, _ in item.entries)

    def _field_among(self, key: Scalar, node: Sequence, stray: list[Node]) -> None:
        entries = [entry for item in stray if isinstance(item, Mapping) for entry in item.entries]
        branches = ", ".join(_short(item) for item in node.items if item not in stray)
        name = entries[0][0]
        owner = f"a key of the step, not of `{key.text}`" if name.text in STEP_KEYS else f"a field of `{key.text}`"
        self.findings.report(
            graph_codes.BARE_BRANCH,
            f"`{name.text}` is {owner}, and this is the list of branches",
            name.span,
            "",
            f"write `- {_corrected(key, branches, entries)}`",
        )


def _here(key: Scalar) -> Branch:
    """The map that arrives, as the one branch of a merge that is given none."""
    return Formula(name_node("here"), "here", key.span, None)


def _corrected(key: Scalar, branches: str, fields: Entries) -> str:
    """A merge with all that was given, in the form that it has with fields."""
    own = [slips.brief(*entry) for entry in fields if entry[0].text not in STEP_KEYS]
    step = [slips.brief(*entry) for entry in fields if entry[0].text in STEP_KEYS]
    call = f"{{branches: [{branches}], {', '.join(own)}}}" if own else f"[{branches}]"
    text = f"{key.text}: {call}"
    return f"{{{', '.join([text, *step])}}}" if step else text


def _name_in(node: Node | None) -> str:
    """The one map that was named, or a name that shows where one goes."""
    word = slips.word_of(node)
    return word if WORD.fullmatch(word) and word != "here" else "skip"


def _short(node: Node) -> str:
    text = written_item(node, "flow")
    return text if len(text) <= slips.MOST_SHOWN else "[...]"
