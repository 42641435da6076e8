"""Steps, blocks, branches and loops: which kind a step has, and which of its arguments sets which field."""

from __future__ import annotations

import re

from archcalc.diagnostics.codes import language as codes
from archcalc.diagnostics.model import Label, Span
from archcalc.expressions.nodes import Path
from archcalc.layers.table import KINDS, layer_class
from archcalc.patterns import compiled_later
from archcalc.source.document import Mapping, Node, Scalar, Sequence
from archcalc.spec import advice, slips
from archcalc.spec.calls import CallReader
from archcalc.spec.heads import naming
from archcalc.spec.ignores import in_key
from archcalc.spec.merges import MergeReader
from archcalc.spec.model import (
    ApplyStep,
    Argument,
    Block,
    BlockStep,
    BrokenStep,
    ForkStep,
    Formula,
    GroupStep,
    Ignore,
    LayerStep,
    Loop,
    MergeStep,
    MoveStep,
    Parameter,
    RegisterStep,
    Step,
    Unreadable,
    UseStep,
)
from archcalc.spec.names import STEP_KEYS, WORD, name_instead, problem_with_label, problem_with_value_name
from archcalc.spec.odd_keys import Entry, KeyDoctor, as_one_map
from archcalc.spec.structure import Findings, kind_of

_MISSPELT = compiled_later(r"[^$.]*[^\w$.-][^$.]*|-.*|[^$]*-", re.ASCII)
"""A step's name with characters that a name does not have; `$` computes names, and dots have their own message."""
_COMPUTED = compiled_later(r"[\w$-]+(?: [\w$-]+)+", re.ASCII)
"""A computed name with spaces: `block $i`."""


class StepReader:
    """Reads steps against the names of the spec's blocks and the table of layers."""

    def __init__(
        self,
        findings: Findings,
        blocks: dict[str, list[Parameter]],
        bodies: dict[str, Node],
        known: set[str],
        *,
        hides_blocks: bool = False,
    ) -> None:
        self.findings = findings
        self.hides_blocks = hides_blocks
        """Whether blocks could not be read: a kind that is missing may be one of them."""
        self.blocks = blocks
        """The parameters of every block, by name: steps may call blocks that are defined later."""
        self.calls = CallReader(findings, blocks, bodies, known)
        self.merges = MergeReader(findings, self.calls, self.steps, self.step)
        self.doctor = KeyDoctor(findings, self.calls)
        self.called: set[str] = set()
        self.ignores: list[Ignore] = []

    def steps(self, node: Node, what: str) -> list[Step]:
        """A list of steps; in the place of those that cannot be read stand broken ones."""
        help = () if isinstance(node, Sequence) else advice.list_help(node, what)
        items = self.findings.items(node, what, "a list of steps", *help)
        if not isinstance(node, Sequence) and not (isinstance(node, Scalar) and node.is_null):
            return [BrokenStep(node.span, hides_names=True)]
        return [self.step(item) for item in self.doctor.joined(items)]

    def step(self, node: Node) -> Step:
        """One step: a bare kind, or a map of one kind and step keys."""
        if isinstance(node, Scalar) and not node.is_null:
            return self._called(node, None) or BrokenStep(node.span, hides_names="as" in WORD.findall(node.text))
        if not isinstance(node, Mapping) or not node.entries:
            self.findings.report(
                codes.BAD_STEP,
                f"a step is the name of a layer or a map, not {kind_of(node)}",
                node.span,
                "",
                "write `- relu`, `- conv: {out: 64, kernel: 3}` or `- do: [...]`",
            )
            return BrokenStep(node.span, hides_names=isinstance(node, Sequence))
        kinds = [entry for entry in node.entries if entry[0].text not in STEP_KEYS]
        siblings = {key.text: (key, value) for key, value in node.entries if key.text in STEP_KEYS}
        step = self._body(node, kinds, siblings)
        broken = BrokenStep(node.span)
        if "ignore" in siblings:
            self.ignores += in_key(self.findings, siblings["ignore"][1], node.span)
        before = len(self.findings.diagnostics)
        self._siblings(step or broken, siblings)
        if step is not None and len(self.findings.diagnostics) == before:
            return step
        # A condition or a route that cannot be read: what the step would do is unknown, but not its name.
        if step is not None:
            broken.name = step.name
        broken.hides_names = _names_in(node) > (broken.name is not None)
        return broken

    def _body(self, node: Mapping, kinds: list[Entry], siblings: dict[str, Entry]) -> Step | None:
        if "do" in siblings:
            if kinds:
                self.doctor.in_group(kinds[0], siblings["do"][0])
                return None
            return self._group(siblings)
        for word in ("for", "repeat"):
            if word in siblings:
                self.doctor.no_group(word, siblings, kinds)
                return None
        if self.doctor.typed(kinds):
            return None
        if len(kinds) > 1 and (merge := as_one_map(kinds)) is not None:
            kinds = [merge]
        if len(kinds) == 1:
            return self._called(*kinds[0])
        if kinds:
            called = self.doctor.too_many(kinds)
            if called in self.blocks:
                self.called.add(called)
            return None
        if "from" in siblings:
            return MoveStep(siblings["from"][0].span)
        self.findings.report(
            codes.BAD_STEP, "a step without a layer", node.span, "", "name a layer, a block, `do` or `from`"
        )
        return None

    def _siblings(self, step: Step, siblings: dict[str, tuple[Scalar, Node]]) -> None:
        findings = self.findings
        if "as" in siblings:
            node = siblings["as"][1]
            if isinstance(node, Scalar) and node.text.isprintable() and _is_misspelt(node.text):
                findings.report(
                    codes.BAD_NAME,
                    f"{kind_of(node)} is not a name: names are letters, digits and underscores, with hyphens between "
                    "them",
                    node.span,
                    "",
                    *advice.name_help(node.text),
                )
            elif isinstance(node, Scalar) and node.text == "none":
                self._bare(step, siblings["as"][0])
            else:
                step.name = findings.path(node, "`as`")
            tree = step.name.tree if step.name else None
            problems = [problem_with_label(label) for label in (tree.fixed if isinstance(tree, Path) else None) or ()]
            if step.name and (problem := next(filter(None, problems), None)):
                findings.report(codes.BAD_NAME, problem, step.name.span, "", "choose another name")
                step.name = None
            if isinstance(step, (MoveStep, RegisterStep)):
                what = "`from` alone" if isinstance(step, MoveStep) else "`register`"
                findings.report(codes.BAD_STEP, f"{what} makes no layer that could be named", siblings["as"][0].span)
        if "from" in siblings and isinstance(step, RegisterStep):
            findings.report(codes.BAD_STEP, "`register` reads no map", siblings["from"][0].span, "", "leave `from` out")
        if "trainable" in siblings and isinstance(step, (UseStep, ForkStep, MoveStep, RegisterStep)):
            what, where = {
                UseStep: ("`use`", "at the step that it uses again"),
                ForkStep: ("`fork`", "at the layers of its branches"),
                MoveStep: ("`from` alone", "at a layer"),
                RegisterStep: ("`register`", "at a layer"),
            }[type(step)]
            findings.report(
                codes.BAD_STEP,
                f"{what} has no parameters of its own that could be trainable",
                siblings["trainable"][0].span,
                "",
                f"write `trainable` {where}",
            )
        if "tied" in siblings:
            step.tied = findings.path(siblings["tied"][1], "`tied`")
            if not isinstance(step, (LayerStep, BrokenStep)) or isinstance(step, MergeStep):
                help = "to apply all of a group again, with its weights, write `use: NAME`"
                place = siblings["tied"][0].span
                findings.report(codes.BAD_STEP, "`tied` is for a layer, which has a weight", place, "", help)
        if "from" in siblings:
            step.reads = findings.path(siblings["from"][1], "`from`")
        if "when" in siblings:
            step.when = findings.formula(siblings["when"][1], "`when`")
        if "trainable" in siblings:
            step.trainable = findings.formula(siblings["trainable"][1], "`trainable`")

    def _bare(self, step: Step, key: Scalar) -> None:
        """`as: none`: the steps of a block stand in the scope of its call."""
        if isinstance(step, BlockStep):
            step.is_bare = True
        elif not isinstance(step, BrokenStep):
            help = "leave `as` out: without a name this step opens no scope"
            self.findings.report(
                codes.BAD_STEP, "`as: none` is for the call of a block, whose scope it leaves out", key.span, "", help
            )

    def _group(self, siblings: dict[str, tuple[Scalar, Node]]) -> Step | None:
        key, body = siblings["do"]
        steps = self.steps(body, "`do`")
        loop: Loop | None = None
        if "for" in siblings and "repeat" in siblings:
            self.findings.report(
                codes.BAD_STEP,
                "a group repeats by `for` or by `repeat`, not by both",
                siblings["repeat"][0].span,
                labels=(Label(siblings["for"][0].span, "the first"),),
            )
            return None
        if "for" in siblings:
            loop = self._loop(*siblings["for"])
        elif "repeat" in siblings:
            repeat, value = siblings["repeat"]
            count = self.findings.formula(value, "`repeat`")
            loop = Loop(repeat.span, {}, count) if count else None
        if loop is None and not siblings.keys().isdisjoint(("for", "repeat")):
            return None
        return GroupStep(key.span, steps, loop)

    def _loop(self, key: Scalar, node: Node) -> Loop | None:
        variables: dict[str, Argument] = {}
        shape = "a map from variables to lists, such as {i: 1..4}"
        entries = self.findings.mapping(node, "`for`", shape, slips.as_loop)
        for name, value in entries:
            if problem := problem_with_value_name(name.text):
                self.findings.report(codes.BAD_NAME, problem, name.span, "", *name_instead(name.text))
                continue
            argument = self.findings.argument(value, f"the list of `{name.text}`")
            variables[name.text] = argument or Unreadable(value.span)
            self.findings.keys[value.span] = name.span
        if not entries and (isinstance(node, Mapping) or (isinstance(node, Scalar) and node.is_null)):
            self.findings.report(codes.WRONG_STRUCTURE, "`for` needs at least one variable", key.span)
        return Loop(key.span, variables) if variables else None

    def _called(self, key: Scalar, value: Node | None) -> Step | None:
        kind = key.text
        if kind in self.blocks:
            # Also a faulty call is one: the block is not unused because of it.
            self.called.add(kind)
            arguments = self.calls.arguments(key, value, kind)
            if arguments is None or not self.calls.fits(key, arguments):
                return None
            return BlockStep(key.span, kind, arguments)
        if kind == "fork":
            branches = self.merges.branches(key, value)
            return None if branches is None else ForkStep(key.span, branches)
        if kind == "use":
            target = self._only(key, value, "use", "name", path=True)
            return None if target is None else UseStep(key.span, target)
        if kind == "apply":
            word = self._only(key, value, "apply", "kind")
            return None if word is None else ApplyStep(key.span, word)
        if kind == "register":
            return self._register(key, value)
        if kind in KINDS:
            cls = layer_class(kind)
            if cls.is_merge:
                return self.merges.merge(key, value)
            arguments = self.calls.arguments(key, value, kind)
            if arguments is None:
                return None
            stated = self.calls.stated(kind, arguments)
            fields = self.calls.fields(kind, key, arguments)
            if fields is None:
                return None
            in_order = arguments.ordered is not None and not cls.main_is_list
            return LayerStep(key.span, kind, fields, arguments.span if in_order else None, stated)
        self._unknown_kind(key, value)
        return None

    def _unknown_kind(self, key: Scalar, value: Node | None) -> None:
        if (known := advice.known_kind(key.text, self.blocks)) in self.blocks:
            self.called.add(str(known))
        label = "unknown layer"
        help: tuple[str, ...]
        if space := slips.missing_space(key.text):
            message = f"a space is missing after the colon of `{key.text}`"
            help = (slips.with_space(key, *space),)
        elif slip := self._slip(key):
            message, label, line = slip
            help = (line,)
        else:
            message = f"there is no layer or block `{key.text}`"
            help = self._apart(key.text, value) or advice.kind_help(key.text, value, self.blocks, key.span)
            if self.hides_blocks and not help:
                return
        self.findings.report(codes.UNKNOWN_KIND, message, key.span, label, *help)

    def _apart(self, text: str, value: Node | None) -> tuple[str, ...]:
        """What to write for `relu, flatten`, several steps as one, and for the rest of a number with a comma."""
        if text.isdigit():
            return ("inside brackets a comma ends what stands in front of it: write a number without, as in 1200",)
        pieces = [piece.strip() for piece in re.split("[,;]", text)]
        if value is not None or not pieces[1:] or not all(advice.known_kind(piece, self.blocks) for piece in pieces):
            return ()
        return (f"write a step for each: {', '.join(f'`- {advice.known_kind(one, self.blocks)}`' for one in pieces)}",)

    def _slip(self, key: Scalar) -> tuple[str, str, str] | None:
        """What is missing in a step that YAML takes for one text: message, label and help; None for a mere name."""
        if step := slips.missing_dash_space(key.text):
            return f"a space is missing after the dash of `-{step}`", "", f"write `- {step}` on its line"
        if (slip := slips.missing_colon(key.text)) and (slip[0] in KINDS or slip[0] in self.blocks):
            if slip[0] in self.blocks:
                self.called.add(slip[0])
            return f"a colon is missing after `{slip[0]}`", "", f"write `- {slip[0]}: {slip[1]}`"
        if slip := slips.assigned(key):
            return "a key ends with a colon, and here is `=`", "", f"write `- {slip[0]}: {slip[1]}`"
        return None

    def _only(self, key: Scalar, value: Node | None, kind: str, field: str, *, path: bool = False) -> Formula | None:
        if isinstance(value, Mapping):
            inner = value.get(field)
            others = [name for name, _ in value.entries if name.text != field]
            for name in others:
                self.findings.unknown_key(name, f"`{kind}`", [field])
            if others:
                return None
            value = inner
        if value is None or (isinstance(value, Scalar) and value.is_null):
            self.findings.report(codes.MISSING_FIELD, f"`{kind}` needs a {field}", key.span)
            return None
        return self.findings.path(value, f"`{kind}`") if path else self.findings.formula(value, f"`{kind}`")

    def _register(self, key: Scalar, value: Node | None) -> Step:
        """It computes nothing, so that everything else is known whatever its names are."""
        nodes: list[Node] = [value] if isinstance(value, Scalar) and not value.is_null else []
        if value is not None and not nodes:
            nodes = self.findings.items(value, "`register`", "a list of names")
        if not nodes and not isinstance(value, Mapping):
            help = "write `register: [NAME, ...]`, with the names of steps of this scope"
            self.findings.report(codes.MISSING_FIELD, "`register` needs names", key.span, "", help)
        names = [self.findings.path(node, "a name behind `register`") for node in nodes]
        return RegisterStep(key.span, [name for name in names if name is not None])

    def block(self, name: str, parameters: list[Parameter], span: Span, node: Node) -> Block:
        """A block with its steps."""
        return Block(name, parameters, self.steps(node, f"block `{name}`"), span, naming(parameters, node))


def _names_in(node: Node) -> int:
    """How many steps in a part of a document have an `as`."""
    if isinstance(node, Sequence):
        return sum(map(_names_in, node.items))
    if isinstance(node, Mapping):
        return sum((key.text == "as") + _names_in(value) for key, value in node.entries)
    return 0


def _is_misspelt(name: str) -> bool:
    return bool(_MISSPELT.fullmatch(name) or ("$" in name and _COMPUTED.fullmatch(name)))
