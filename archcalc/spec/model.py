"""A specification as it was written: unexpanded steps, every part with its place in the source.

Nothing here is evaluated. Expansion walks these trees; an exporter can mirror them.
"""

from __future__ import annotations

from copy import copy
from typing import Literal, NamedTuple

from archcalc.diagnostics.codes import language as codes
from archcalc.diagnostics.model import Code, Diagnostic, Label, Span
from archcalc.expressions.limits import MAX_ENTRIES, entries
from archcalc.expressions.nodes import Node, Path
from archcalc.expressions.values import ExpressionError, Scope, UnknownValue, Unresolved, Value
from archcalc.layers.shape import Layout
from archcalc.spec.published import Published


class Mistake(Exception):
    """Carries a diagnostic out of nested evaluation to the step that reports it. Never leaves archcalc."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


def mistake(
    code: Code, message: str, span: Span | None, label: str = "", *help: str, labels: tuple[Label, ...] = ()
) -> Mistake:
    """A `Mistake` from its parts."""
    return Mistake(Diagnostic(code, message, span, label, labels, (), help))


class Formula:
    """An expression in the source: its tree, its text and where it stands."""

    __slots__ = ("offset", "span", "text", "tree")

    def __init__(self, tree: Node, text: str, span: Span, offset: int | None) -> None:
        self.tree = tree
        self.text = text
        self.span = span
        self.offset = offset
        """Column of the text's first character, or None where characters cannot be mapped to columns."""

    def evaluate(self, scope: Scope) -> Value:
        """The value. Raises: Mistake at the offending characters, UnknownValue."""
        try:
            return self.tree.evaluate(scope)
        except ExpressionError as error:
            raise Mistake(located(error, self.span, self.offset)) from None

    def truth(self, scope: Scope) -> bool:
        """The value, which must be true or false. Raises: Mistake, UnknownValue."""
        try:
            return self.tree.truth(scope)
        except ExpressionError as error:
            raise Mistake(located(error, self.span, self.offset)) from None

    def integer(self, scope: Scope, what: str) -> int:
        """The value, which must be a whole number. Raises: Mistake, UnknownValue."""
        try:
            return self.tree.integer(scope, what)
        except ExpressionError as error:
            raise Mistake(located(error, self.span, self.offset)) from None

    def names(self, scope: Scope) -> tuple[str, ...]:
        """The path that the expression spells, with computed parts filled in. Raises: Mistake, UnknownValue."""
        try:
            assert isinstance(self.tree, Path), "the reader lets only paths through"
            return self.tree.spelled(scope)
        except ExpressionError as error:
            raise Mistake(located(error, self.span, self.offset)) from None


def located(error: ExpressionError, span: Span, offset: int | None) -> Diagnostic:
    """An expression's mistake, placed in the source."""
    if offset is not None:
        span = Span(span.line, offset + error.start, span.line, offset + error.end)
    return Diagnostic(error.code, error.message, span, help=error.help)


class Listing:
    """A list of values in the source."""

    __slots__ = ("items", "span")

    def __init__(self, items: list[Argument], span: Span) -> None:
        self.items = items
        self.span = span

    def evaluate(self, scope: Scope) -> Value:
        """The values. Raises: Mistake, UnknownValue."""
        values = tuple([item.evaluate(scope) for item in self.items])
        if (count := entries(values)) > MAX_ENTRIES:
            raise mistake(codes.TOO_MANY_CALLS, f"a list of more than {MAX_ENTRIES:,} entries", self.span)
        try:
            scope.spend(count)
        except Unresolved as error:
            raise mistake(error.code, error.message, self.span, "", *error.help) from None
        return values


class Unreadable:
    """A value that could not be read. It was reported; whatever needs it is unknown."""

    __slots__ = ("span",)

    def __init__(self, span: Span) -> None:
        self.span = span

    def evaluate(self, scope: Scope) -> Value:
        """Nothing. Raises: UnknownValue."""
        raise UnknownValue


Argument = Formula | Listing | Unreadable


class Arguments:
    """What stands behind a kind: nothing, one value, a list in order, or named fields."""

    __slots__ = ("keys", "named", "ordered", "single", "span")

    def __init__(
        self,
        span: Span,
        *,
        single: Argument | None = None,
        ordered: list[Argument] | None = None,
        named: dict[str, Argument] | None = None,
        keys: dict[str, Span] | None = None,
    ) -> None:
        self.span = span
        self.single = single
        self.ordered = ordered
        self.named = named
        self.keys = keys or {}


class Step:
    """One entry under `layers`, `do` or a branch. Subclasses say what it does."""

    __slots__ = ("name", "origin", "reads", "span", "tied", "trainable", "when")

    def __init__(self, span: Span) -> None:
        self.span = span
        self.origin: Step = self
        """Itself, or the step that runs this one again."""
        self.name: Formula | None = None
        self.reads: Formula | None = None
        self.when: Formula | None = None
        self.trainable: Formula | None = None
        self.tied: Formula | None = None

    def named(self, label: str, origin: Step) -> Step:
        """The same step under another name, run again by `origin`."""
        step = copy(self)
        step.origin = origin
        step.name = Formula(Path(((label,),), end=len(label)), label, self.span, None)
        return step


class LayerStep(Step):
    """A built-in layer."""

    __slots__ = ("fields", "kind", "listed", "stated")

    def __init__(
        self,
        span: Span,
        kind: str,
        fields: dict[str, Argument],
        listed: Span | None = None,
        stated: dict[str, Argument] | None = None,
    ) -> None:
        super().__init__(span)
        self.kind = kind
        self.fields = fields
        """The arguments by field name."""
        self.listed = listed
        """Where the arguments stand as a list, in the order of the fields; None where they are named."""
        self.stated = stated
        """How many channels are said to be read, by the names under which it is said."""


class BlockStep(Step):
    """A call of one of the spec's blocks; `is_bare` if its steps stand in the scope of the call."""

    __slots__ = ("arguments", "block", "is_bare")

    def __init__(self, span: Span, block: str, arguments: Arguments) -> None:
        super().__init__(span)
        self.block = block
        self.arguments = arguments
        self.is_bare = False


class MergeStep(LayerStep):
    """A layer that reads several branches."""

    __slots__ = ("branches",)

    def __init__(self, span: Span, kind: str, fields: dict[str, Argument], branches: list[Branch]) -> None:
        super().__init__(span, kind, fields)
        self.branches = branches


class ForkStep(Step):
    """A list of maps from branches."""

    __slots__ = ("branches",)

    def __init__(self, span: Span, branches: list[Branch]) -> None:
        super().__init__(span)
        self.branches = branches


class UseStep(Step):
    """A named step or group applied once more, with the same parameters."""

    __slots__ = ("target",)

    def __init__(self, span: Span, target: Formula) -> None:
        super().__init__(span)
        self.target = target


class ApplyStep(Step):
    """A layer or block whose kind is a value."""

    __slots__ = ("kind",)

    def __init__(self, span: Span, kind: Formula) -> None:
        super().__init__(span)
        self.kind = kind


class MoveStep(Step):
    """`{from: path}`: the current map becomes another one."""

    __slots__ = ()


class RegisterStep(Step):
    """`register: [names]`: where among its modules the scope around registers these; nothing is computed."""

    __slots__ = ("names",)

    def __init__(self, span: Span, names: list[Formula]) -> None:
        super().__init__(span)
        self.names = names


class BrokenStep(Step):
    """A step that could not be read: its map is unknown, and if it `hides_names`, so are names of maps inside it."""

    __slots__ = ("hides_names",)

    def __init__(self, span: Span, *, hides_names: bool = False) -> None:
        super().__init__(span)
        self.hides_names = hides_names


class Loop:
    """`for` with its lists, or `repeat` with its count."""

    __slots__ = ("count", "span", "variables")

    def __init__(self, span: Span, variables: dict[str, Argument], count: Formula | None = None) -> None:
        self.span = span
        self.variables = variables
        self.count = count


class GroupStep(Step):
    """`do`, once or in a loop; with a name it is a scope."""

    __slots__ = ("loop", "steps")

    def __init__(self, span: Span, steps: list[Step], loop: Loop | None) -> None:
        super().__init__(span)
        self.steps = steps
        self.loop = loop


Branch = Formula | list[Step] | GroupStep
"""A map's name, a list of steps, or a group (one branch per iteration if it loops by `for`)."""


class Parameter:
    """A parameter of a block or of a function, with its default."""

    __slots__ = ("default", "name")

    def __init__(self, name: str, default: Argument | None) -> None:
        self.name = name
        self.default = default


class Block:
    """A named sequence of steps with parameters."""

    __slots__ = ("labels", "name", "parameters", "span", "steps")

    def __init__(
        self, name: str, parameters: list[Parameter], steps: list[Step], span: Span, labels: frozenset[str]
    ) -> None:
        self.name = name
        self.parameters = parameters
        self.steps = steps
        self.span = span
        self.labels = labels
        """The parameters of which its steps make names, and nothing else."""


class Let:
    """A named value, or with parameters a function."""

    __slots__ = ("name", "parameters", "span", "value")

    def __init__(self, name: str, parameters: list[Parameter] | None, value: Argument, span: Span) -> None:
        self.name = name
        self.parameters = parameters
        self.value = value
        self.span = span


class Input:
    """An input of the network: its name, its shape, how many there are per sample, and whether it has integers."""

    __slots__ = ("count", "is_integer", "layout", "name", "sizes", "span")

    def __init__(
        self, name: str, sizes: list[Formula], count: Formula | None, span: Span, is_integer: bool, layout: Layout
    ) -> None:
        self.name = name
        self.sizes = sizes
        self.count = count
        self.span = span
        self.is_integer = is_integer
        self.layout: Layout = layout if len(sizes) > 1 else "channels_first"

    @property
    def spatial(self) -> list[Formula]:
        """Its sizes but the channels, of which integers have none."""
        inner = self.sizes[:-1] if self.layout == "channels_last" else self.sizes[1:]
        return self.sizes if self.is_integer else inner


Bound = Formula | Published


class Between:
    """A range `40M..61M`, one of whose ends may be open; they belong to it, unless it `is_strict`, as `< 61M` is."""

    __slots__ = ("high", "is_strict", "low", "text")

    def __init__(self, text: str, low: Bound | None, high: Bound | None, *, is_strict: bool = False) -> None:
        self.text = text
        self.low = low
        self.high = high
        self.is_strict = is_strict


Expected = Formula | Published | Between | Listing


class Selector:
    """The name of a layer or a scope as a report shows it, or a pattern for such names."""

    __slots__ = ("span", "text")

    def __init__(self, text: str, span: Span) -> None:
        self.text = text
        self.span = span


class Baseline:
    """What a claim divides by: layers and scopes (none: the network), or a number if nothing has such a name."""

    __slots__ = ("number", "selectors", "span", "text")

    def __init__(self, text: str, span: Span, selectors: list[Selector], number: Bound | None = None) -> None:
        self.text = text
        self.span = span
        self.selectors = selectors
        self.number = number


class Claim:
    """One entry under `expect`: quantities with their expected values, and what is said about them.

    It is about what `of` selects; without selectors, about the network.
    """

    __slots__ = ("at", "because", "counting", "holds", "keys", "of", "quantities", "relative_to", "source", "span")

    def __init__(self, span: Span) -> None:
        self.span = span
        self.quantities: dict[str, Expected] = {}
        self.keys: dict[str, Span] = {}
        self.of: list[Selector] = []
        self.relative_to: Baseline | None = None
        self.at: dict[str, Formula] = {}
        self.source: str | None = None
        self.counting: str = "trainable"
        self.holds: bool = True
        self.because: str | None = None


class Ignore(NamedTuple):
    """A code whose warnings are meant, within a part of the text."""

    code: str
    span: Span
    """Where the code is written."""
    region: Span
    """Of which findings it speaks: those of a line, of a step, or of the whole spec."""
    is_line: bool
    """Whether it is a comment, which speaks of its line."""


class Rules:
    """Declared rounding: one for everything, and by kind or family."""

    __slots__ = ("by_name", "default")

    def __init__(self, default: str = "exact", by_name: dict[str, str] | None = None) -> None:
        self.default = default
        self.by_name = by_name or {}


class Variant:
    """What a variant changes: lets and `at` merge by name, input and rounding replace, claims add."""

    __slots__ = ("at", "claims", "inputs", "lets", "name", "rounding", "span")

    def __init__(self, name: str, span: Span) -> None:
        self.name = name
        self.span = span
        self.lets: dict[str, Let] = {}
        self.inputs: list[Input] | None = None
        self.at: dict[str, Formula] = {}
        self.rounding: Rules | None = None
        self.claims: list[Claim] = []


class Spec:
    """A whole document, or with `of` what it says with one of its variants chosen."""

    __slots__ = (
        "at",
        "blocks",
        "chosen",
        "claims",
        "hides_names",
        "ignores",
        "inputs",
        "is_complete",
        "is_meant",
        "is_readable",
        "keys",
        "lets",
        "name",
        "outputs",
        "rounding",
        "source",
        "span",
        "steps",
        "variants",
    )

    def __init__(self, span: Span) -> None:
        self.span = span
        self.name = ""
        self.source: str | None = None
        self.inputs: list[Input] = []
        self.is_complete = True
        """Whether everything could be read that decides what the network is given."""
        self.is_readable = True
        """Whether all of it could be read: if not, what nothing reads may be read by what is lost."""
        self.hides_names = False
        """Whether names of `let` could not be read, so that one that is missing may be among them."""
        self.is_meant = False
        """Whether it says that it is a spec: by `layers`, `variants` or `input`."""
        self.at: dict[str, Formula] = {}
        self.lets: dict[str, Let] = {}
        self.rounding = Rules()
        self.blocks: dict[str, Block] = {}
        self.steps: list[Step] = []
        self.outputs: list[Formula] | None = None
        self.variants: dict[str, Variant] = {}
        self.chosen: Variant | None = None
        """The variant whose changes are made."""
        self.claims: list[Claim] = []
        self.ignores: list[Ignore] = []
        """Warnings that are said to be meant."""
        self.keys: dict[Span, Span] = {}
        """Where inputs, variables and symbols are named: the place of the key in front of a value's."""

    def of(self, variant: str | None) -> Spec:
        """The spec with the changes of a variant made. Raises: KeyError if there is none of that name."""
        if variant is None:
            return self
        spec = copy(self)
        spec.chosen = changes = self.variants[variant]
        spec.lets = {**self.lets, **changes.lets}
        spec.at = {**self.at, **changes.at}
        spec.inputs, spec.rounding = changes.inputs or self.inputs, changes.rounding or self.rounding
        spec.claims = [*self.claims, *changes.claims]
        return spec

    def home(self, key: Literal["let", "at"], name: str) -> str | None:
        """The variant that writes an entry of `let` or `at`; None where the spec itself does."""
        if self.chosen is None:
            return None
        entries = self.chosen.lets if key == "let" else self.chosen.at
        return self.chosen.name if name in entries else None
