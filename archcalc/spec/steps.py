"""Steps, blocks, branches and loops: which kind a step has, and which of its arguments sets which field."""

from __future__ import annotations

from archcalc.diagnostics import closest
from archcalc.diagnostics.codes import graph as graph_codes
from archcalc.diagnostics.codes import language as codes
from archcalc.diagnostics.model import Label, Span
from archcalc.expressions.nodes import Path
from archcalc.layers.table import KINDS, SYNONYMS, layer_class, layer_fields
from archcalc.source.document import Mapping, Node, Scalar, Sequence
from archcalc.spec.model import (
    ApplyStep,
    Argument,
    Arguments,
    Block,
    BlockStep,
    Branch,
    BrokenStep,
    ForkStep,
    Formula,
    GroupStep,
    LayerStep,
    Listing,
    Loop,
    MergeStep,
    MoveStep,
    Parameter,
    Step,
    Unreadable,
    UseStep,
)
from archcalc.spec.names import STEP_KEYS, WIRING_KINDS, WORD, problem_with_label, problem_with_value_name
from archcalc.spec.structure import Findings, kind_of


class StepReader:
    """Reads steps against the names of the spec's blocks and the table of layers."""

    def __init__(self, findings: Findings, blocks: dict[str, list[Parameter]]) -> None:
        self.findings = findings
        self.blocks = blocks
        """The parameters of every block, by name: steps may call blocks that are defined later."""
        self.called: set[str] = set()

    def steps(self, node: Node, what: str) -> list[Step]:
        """A list of steps; in the place of those that cannot be read stand broken ones."""
        return [self.step(item) for item in self.findings.items(node, what, "a list of steps")]

    def step(self, node: Node) -> Step:
        """One step: a bare kind, or a map of one kind and step keys."""
        if isinstance(node, Scalar) and not node.is_null:
            return self._called(node, None) or BrokenStep(node.span)
        if not isinstance(node, Mapping) or not node.entries:
            self.findings.report(
                codes.BAD_STEP,
                f"a step is the name of a layer or a map, not {kind_of(node)}",
                node.span,
                "",
                "write `- relu`, `- conv: {out: 64, kernel: 3}` or `- do: [...]`",
            )
            return BrokenStep(node.span)
        kinds = [entry for entry in node.entries if entry[0].text not in STEP_KEYS]
        siblings = {key.text: (key, value) for key, value in node.entries if key.text in STEP_KEYS}
        step = self._body(node, kinds, siblings) or BrokenStep(node.span)
        before = len(self.findings.diagnostics)
        self._siblings(step, siblings)
        if len(self.findings.diagnostics) == before:
            return step
        # A condition or a route that cannot be read: what the step would do is unknown, but not its name.
        broken = BrokenStep(node.span)
        broken.name = step.name
        return broken

    def _body(
        self, node: Mapping, kinds: list[tuple[Scalar, Node]], siblings: dict[str, tuple[Scalar, Node]]
    ) -> Step | None:
        if "do" in siblings:
            if kinds:
                self._not_in_group(kinds[0][0], siblings["do"][0])
                return None
            return self._group(siblings)
        for word in ("for", "repeat"):
            if word in siblings:
                self.findings.report(
                    codes.BAD_STEP,
                    f"`{word}` repeats the steps of a `do`, and there is none",
                    siblings[word][0].span,
                    "",
                    f"write `- {word}: ...` and below it `do: [...]`",
                )
                return None
        if len(kinds) == 1:
            return self._called(*kinds[0])
        if kinds:
            first, second = kinds[0][0], kinds[1][0]
            if self._is_kind(first.text) and not self._is_kind(second.text):
                first, second = second, first
            misspelt = None if self._is_kind(second.text) and self._is_kind(first.text) else first
            if misspelt is not None and (near := closest(misspelt.text, STEP_KEYS)):
                self.findings.report(
                    codes.BAD_STEP, f"a step has no `{misspelt.text}`", misspelt.span, "", f"did you mean `{near}`?"
                )
            else:
                self.findings.report(
                    codes.BAD_STEP,
                    "a step is one layer, and this one has two keys that are no step keys",
                    kinds[1][0].span,
                    "",
                    f"write one step per layer; the step keys are {', '.join(STEP_KEYS)}",
                    labels=(Label(kinds[0][0].span, "the first"),),
                )
            return None
        if "from" in siblings:
            return MoveStep(siblings["from"][0].span)
        self.findings.report(
            codes.BAD_STEP, "a step without a layer", node.span, "", "name a layer, a block, `do` or `from`"
        )
        return None

    def _is_kind(self, name: str) -> bool:
        return name in KINDS or name in self.blocks or name in WIRING_KINDS

    def _not_in_group(self, kind: Scalar, do: Scalar) -> None:
        near = closest(kind.text, STEP_KEYS)
        help = f"did you mean `{near}`?" if near else "move the layer into the list of `do`"
        self.findings.report(
            codes.BAD_STEP,
            f"a group has no `{kind.text}`",
            kind.span,
            "",
            help,
            labels=(Label(do.span, "the group"),),
        )

    def _siblings(self, step: Step, siblings: dict[str, tuple[Scalar, Node]]) -> None:
        findings = self.findings
        if "as" in siblings:
            node = siblings["as"][1]
            if isinstance(node, Scalar) and node.text.isdigit():
                # `as: 0` names a step as nn.Sequential would; it is a label, not a number.
                step.name = Formula(Path(((node.text,),), 0, len(node.text)), node.text, node.span, node.column)
            else:
                step.name = findings.path(node, "`as`")
            tree = step.name.tree if step.name else None
            if isinstance(tree, Path) and step.name:
                if len(tree.parts) > 1:
                    findings.report(
                        codes.BAD_NAME, "a name has no dots; groups inside groups make them", step.name.span
                    )
                    step.name = None
                elif tree.names and (problem := problem_with_label(tree.names[0])):
                    findings.report(codes.BAD_NAME, problem, step.name.span, "", "choose another name")
                    step.name = None
            if isinstance(step, MoveStep):
                findings.report(
                    codes.BAD_STEP, "`from` alone makes no layer that could be named", siblings["as"][0].span
                )
        if "from" in siblings:
            step.reads = findings.path(siblings["from"][1], "`from`")
        if "when" in siblings:
            step.when = findings.formula(siblings["when"][1], "`when`")
        if "trainable" in siblings:
            step.trainable = findings.formula(siblings["trainable"][1], "`trainable`")

    def _group(self, siblings: dict[str, tuple[Scalar, Node]]) -> Step:
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
        elif "for" in siblings:
            loop = self._loop(*siblings["for"])
        elif "repeat" in siblings:
            repeat, value = siblings["repeat"]
            count = self.findings.formula(value, "`repeat`")
            loop = Loop(repeat.span, {}, {}, count) if count else None
        return GroupStep(key.span, steps, loop)

    def _loop(self, key: Scalar, node: Node) -> Loop:
        variables: dict[str, Argument] = {}
        spans: dict[str, Span] = {}
        entries = self.findings.mapping(node, "`for`", "a map from variables to lists, such as {i: 1..4}")
        for name, value in entries:
            if problem := problem_with_value_name(name.text):
                self.findings.report(codes.BAD_NAME, problem, name.span)
                continue
            argument = self.findings.argument(value, f"the list of `{name.text}`")
            variables[name.text] = argument or Unreadable(value.span)
            spans[name.text] = name.span
        if not entries and isinstance(node, (Mapping, Scalar)):
            self.findings.report(codes.WRONG_STRUCTURE, "`for` needs at least one variable", key.span)
        return Loop(key.span, variables, spans)

    def _called(self, key: Scalar, value: Node | None) -> Step | None:
        kind = key.text
        if kind in self.blocks:
            arguments = self._arguments(key, value, kind)
            if arguments is None or not self._fit(key, arguments):
                return None
            self.called.add(kind)
            return BlockStep(key.span, kind, arguments)
        if kind == "fork":
            branches = self._branches(key, value)
            return None if branches is None else ForkStep(key.span, branches)
        if kind == "use":
            target = self._only(key, value, "use", "name", path=True)
            return None if target is None else UseStep(key.span, target)
        if kind == "apply":
            word = self._only(key, value, "apply", "kind")
            return None if word is None else ApplyStep(key.span, word)
        if kind in KINDS:
            cls = layer_class(kind)
            if cls.is_merge:
                return self._merge(key, value)
            arguments = self._arguments(key, value, kind)
            if arguments is None:
                return None
            fields = self.fields(kind, key, arguments)
            return None if fields is None else LayerStep(key.span, kind, arguments, fields)
        self._unknown_kind(key)
        return None

    def _fit(self, key: Scalar, arguments: Arguments) -> bool:
        """Whether a block can be called with these arguments."""
        parameters = self.blocks[key.text]
        names = [parameter.name for parameter in parameters]
        given: list[str] = []
        if arguments.named is not None:
            given = list(arguments.named)
            for name in given:
                if name not in names:
                    near = closest(name, names)
                    self.findings.report(
                        codes.UNKNOWN_KEY,
                        f"block `{key.text}` has no parameter `{name}`",
                        arguments.keys[name],
                        "unknown parameter",
                        f"did you mean `{near}`?" if near else f"its parameters are {', '.join(names) or 'none'}",
                    )
                    return False
        else:
            count = len(arguments.ordered) if arguments.ordered is not None else int(arguments.single is not None)
            if count > len(names):
                self.findings.report(
                    codes.BAD_CALL,
                    f"block `{key.text}` takes {len(names)} value{'' if len(names) == 1 else 's'}, "
                    f"and here are {count}",
                    arguments.span,
                    "",
                    f"its parameters are {', '.join(names)}" if names else f"write just `{key.text}`",
                )
                return False
            given = names[:count]
        missing = [parameter.name for parameter in parameters if not parameter.default and parameter.name not in given]
        if missing:
            self.findings.report(
                codes.MISSING_FIELD,
                f"block `{key.text}` needs {' and '.join(f'`{name}`' for name in missing)}",
                key.span,
            )
        return not missing

    def _unknown_kind(self, key: Scalar) -> None:
        known = SYNONYMS.get(key.text.lower().replace("-", "_")) or closest(
            key.text, [*self.blocks, *KINDS, *WIRING_KINDS]
        )
        help = [f"did you mean `{known}`?"] if known else []
        if key.text.count("(") != key.text.count(")") or "(" in key.text:
            help = ["a layer's arguments stand behind a colon: `- conv: {out: 64, kernel: 3}`"]
        self.findings.report(
            codes.UNKNOWN_KIND, f"there is no layer or block `{key.text}`", key.span, "unknown layer", *help
        )

    def _only(self, key: Scalar, value: Node | None, kind: str, field: str, *, path: bool = False) -> Formula | None:
        if isinstance(value, Mapping):
            inner = value.get(field)
            for name, _ in value.entries:
                if name.text != field:
                    self.findings.unknown_key(name, f"`{kind}`", [field])
            value = inner
        if value is None or (isinstance(value, Scalar) and value.is_null):
            self.findings.report(codes.MISSING_FIELD, f"`{kind}` needs a {field}", key.span)
            return None
        return self.findings.path(value, f"`{kind}`") if path else self.findings.formula(value, f"`{kind}`")

    def _arguments(self, key: Scalar, value: Node | None, kind: str) -> Arguments | None:
        what = f"`{kind}`"
        if value is None or (isinstance(value, Scalar) and value.is_null):
            return Arguments(key.span)
        if isinstance(value, Scalar):
            single = self.findings.formula(value, what)
            return None if single is None else Arguments(value.span, single=single)
        if isinstance(value, Sequence):
            items = [self.findings.argument(item, what) for item in value.items]
            if None in items:
                return None
            return Arguments(value.span, ordered=[item for item in items if item is not None])
        named: dict[str, Argument] = {}
        keys: dict[str, Span] = {}
        complete = True
        for name, item in value.entries:
            if name.text in STEP_KEYS:
                self.findings.report(
                    codes.UNKNOWN_KEY,
                    f"`{name.text}` is a key of the step, not of {what}",
                    name.span,
                    "",
                    f"write it beside `{kind}`: {{{kind}: ..., {name.text}: ...}}",
                )
                complete = False
                continue
            if isinstance(item, Scalar) and item.is_null:
                self.findings.report(
                    codes.WRONG_STRUCTURE,
                    f"`{name.text}` has no value",
                    name.span,
                    "",
                    f"write `{name.text}: VALUE`; an expression with a comma needs quotes in a flow map",
                )
                complete = False
                continue
            argument = self.findings.argument(item, f"`{name.text}`")
            if argument is None:
                complete = False
                continue
            named[name.text] = argument
            keys[name.text] = name.span
        return Arguments(value.span, named=named, keys=keys) if complete else None

    def fields(self, kind: str, key: Scalar, arguments: Arguments) -> dict[str, Argument] | None:
        """The arguments of a built-in layer by field name, or None after a report."""
        cls = layer_class(kind)
        known, required = layer_fields(kind)
        fields: dict[str, Argument] = {}
        if arguments.named is not None:
            unknown = [name for name in arguments.named if name not in known]
            for name in unknown:
                near = closest(name, known)
                self.findings.report(
                    codes.UNKNOWN_KEY,
                    f"`{kind}` has no field `{name}`",
                    arguments.keys[name],
                    "unknown field",
                    f"did you mean `{near}`?" if near else f"its fields are {', '.join(known) or 'none'}",
                )
            if unknown:
                return None
            fields = arguments.named
        elif arguments.ordered is not None and cls.main_is_list and cls.main:
            fields = {cls.main: Listing(arguments.ordered, arguments.span)}
        elif arguments.ordered is not None:
            if len(arguments.ordered) > len(known):
                self.findings.report(
                    codes.BAD_CALL,
                    f"`{kind}` takes {len(known)} value{'' if len(known) == 1 else 's'} in order, "
                    f"and here are {len(arguments.ordered)}",
                    arguments.span,
                    "",
                    _in_order(kind, known),
                )
                return None
            fields = dict(zip(known, arguments.ordered, strict=False))
        elif arguments.single is not None:
            if cls.main is None:
                self.findings.report(
                    codes.BAD_CALL,
                    f"`{kind}` takes no single value",
                    arguments.span,
                    "",
                    f"name the field: {', '.join(known)}" if known else f"write just `{kind}`",
                )
                return None
            fields = {cls.main: arguments.single}
        missing = [name for name in required if name not in fields]
        if missing:
            wanted = " and ".join(f"`{name}`" for name in missing)
            self.findings.report(
                codes.MISSING_FIELD,
                f"`{kind}` needs {wanted}",
                key.span,
                "",
                *_written_out(kind, cls.main, missing, arguments),
            )
            return None
        return fields

    def _merge(self, key: Scalar, value: Node | None) -> Step | None:
        kind = key.text
        fields: dict[str, Argument] = {}
        arguments = Arguments(key.span)
        branches_node = value
        if isinstance(value, Mapping):
            branches_node = value.get("branches")
            rest = [entry for entry in value.entries if entry[0].text != "branches"]
            others = Mapping(rest, value.line, value.column, value.end_line, value.end_column)
            read = self._arguments(key, others, kind) if rest else arguments
            if read is None:
                return None
            arguments = read
            checked = self.fields(kind, key, arguments) if rest else {}
            if checked is None:
                return None
            fields = checked
        branches = self._branches(key, branches_node)
        return None if branches is None else MergeStep(key.span, kind, arguments, fields, branches)

    def _branches(self, key: Scalar, node: Node | None) -> list[Branch] | None:
        kind = key.text
        if node is None or not isinstance(node, Sequence):
            shown = "nothing" if node is None else kind_of(node)
            self.findings.report(
                codes.WRONG_STRUCTURE,
                f"`{kind}` takes a list of branches, not {shown}",
                key.span if node is None else node.span,
                "",
                f"write both sides: {kind}: [here, skip]",
            )
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

    def block(self, name: str, parameters: list[Parameter], span: Span, node: Node) -> Block:
        """A block with its steps."""
        return Block(name, parameters, self.steps(node, f"block `{name}`"), span)


def _in_order(kind: str, known: list[str]) -> str:
    if len(known) == 1:
        return f"a list of one entry per axis goes to the field: `{kind}: {{{known[0]}: [...]}}`"
    return f"the order is {', '.join(known)}" if known else f"write just `{kind}`"


def _written_out(kind: str, main: str | None, missing: list[str], given: Arguments) -> tuple[str, ...]:
    if missing == [main] and not given.named:
        return (f"write `{kind}: VALUE` or `{kind}: {{{main}: VALUE}}`",)
    return (f"write `{kind}: {{{', '.join(f'{name}: ...' for name in [*(given.named or ()), *missing])}}}`",)


def read_head(findings: Findings, key: Scalar) -> tuple[str, list[Parameter] | None]:
    """A name with optional parameters, `ch(c)` or `block(width, stride=1)`, as lets and blocks are headed."""
    text = key.text
    name, parenthesis, rest = text.partition("(")
    if not parenthesis:
        return name.strip(), None
    if not rest.rstrip().endswith(")"):
        findings.report(codes.BAD_EXPRESSION, "the list of parameters is never closed", key.span)
        return name.strip(), []
    inner = rest.rstrip()[:-1]
    parameters: list[Parameter] = []
    position = text.index("(") + 1
    for piece in _split(inner):
        written, equals, default = piece.partition("=")
        parameter = written.strip()
        if not parameter and not inner.strip():
            break
        if not WORD.fullmatch(parameter) or problem_with_value_name(parameter):
            problem = problem_with_value_name(parameter) or f"`{parameter}` is not a name"
            findings.report(codes.BAD_NAME, f"parameter of `{name.strip()}`: {problem}", key.span)
        elif any(parameter == earlier.name for earlier in parameters):
            findings.report(codes.BAD_NAME, f"`{name.strip()}` has the parameter `{parameter}` twice", key.span)
        else:
            formula = None
            if equals:
                lead = len(default) - len(default.lstrip())
                skip = position + len(written) + 1 + lead
                formula = findings.parsed(default.strip(), key, skip)
            parameters.append(Parameter(parameter, formula))
        position += len(piece) + 1
    return name.strip(), parameters


def _split(text: str) -> list[str]:
    """Split at commas that stand in no parenthesis."""
    pieces, level, start = [], 0, 0
    for index, character in enumerate(text):
        if character in "([":
            level += 1
        elif character in ")]":
            level -= 1
        elif character == "," and level == 0:
            pieces.append(text[start:index])
            start = index + 1
    pieces.append(text[start:])
    return pieces
