"""Nodes: layers are built once for equal fields, inferred once for equal inputs, and entered into the graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pydantic import ValidationError

from archcalc.diagnostics import closest
from archcalc.diagnostics.codes import graph as graph_codes
from archcalc.diagnostics.codes import language as codes
from archcalc.diagnostics.model import Diagnostic, Span
from archcalc.dims import DimsOverflow, Polynomial, Unknowns
from archcalc.dims.atoms import text_width
from archcalc.expand.constants import is_constant
from archcalc.expand.labels import entered
from archcalc.expand.placing import Report, placed
from archcalc.expand.scope import Context
from archcalc.expand.stated import hold_stated
from archcalc.expand.tying import tie
from archcalc.expressions.functions import of_map
from archcalc.expressions.limits import is_beyond
from archcalc.expressions.values import UnknownValue, Unresolved, Value
from archcalc.graph import BlockCall, Graph, Map, Module, Node
from archcalc.infer import Facts, infer
from archcalc.layers.base import Layer, Tap
from archcalc.layers.shape import Rounding, Shape
from archcalc.spec.model import Argument, Formula, LayerStep, Mistake, Rules, Step, mistake

CHANNELS = "channels"
"""A word that `layer_norm` takes, and a function of maps."""

MAX_WRITTEN = 100_000
"""Characters of a shape with symbols."""

MAX_BEHIND = 5_000
"""Different layers behind errors that are looked at, of all that a network has there."""

MAX_OPEN = 10_000
"""Different layers whose sizes have symbols: each takes ten times as long as one of numbers."""


class Memory:
    """Layers that were built, and what they do to shapes: for one network, or for many that have much in common.

    What is remembered is not charged to the budget of a network again.
    """

    def __init__(self) -> None:
        self.layers: dict[Any, Layer] = {}
        self.facts: dict[Any, Facts] = {}
        # Of two networks, too, no two sizes that an error keeps unknown are the same.
        self.unknowns = Unknowns()

    def forget(self) -> None:
        """Begin anew. Facts are remembered by the identity of layers, so that they go together."""
        self.layers.clear()
        self.facts.clear()


class Builder:
    """Makes layers and nodes. Repetition is the rule in networks, so both are remembered."""

    def __init__(
        self, graph: Graph, rules: Rules, report: Report, spend: Callable[[int], None], memory: Memory | None = None
    ) -> None:
        self.graph = graph
        self.rules = rules
        self.report = report
        self.spend = spend
        memory = memory or Memory()
        self._layers = memory.layers
        self._facts = memory.facts
        self._unnamed: dict[str, int] = {}
        self._behind = MAX_BEHIND
        self._open = MAX_OPEN
        self._unknowns = memory.unknowns
        self._roundings: dict[int, Rounding] = {}

    def layer(
        self,
        cls: type[Layer],
        values: dict[str, Value],
        fields: dict[str, Argument],
        span: Span,
        call: BlockCall | None,
        maps: Sequence[Map] = (),
    ) -> Layer:
        """A layer with validated fields; each that is wrong is reported. Raises: Mistake, the last of them.

        What it is going to read, `maps`, may say what a wrong field should have been.
        """
        for name, value in values.items():
            if is_beyond(value):
                place = fields[name].span if name in fields else span
                is_long = isinstance(value, tuple) and not any(map(is_beyond, value))
                what = "is a list that is too long" if is_long else "has more than 100 digits"
                raise mistake(codes.NUMBER_TOO_LARGE, f"`{name}` of {cls.kind} {what}", place)
        key = (cls, tuple(values), _typed(tuple(values.values())))
        layer = self._layers.get(key)
        if layer is None:
            try:
                layer = cls.model_validate(values)
            except ValidationError as error:
                from archcalc.expand.misplaced import as_sizes, other_field

                known = [value.shape for value in maps if value.shape is not None]
                if help := as_sizes(cls, list(values.values()), known):
                    (first, *_) = _bad_fields(cls, error, fields, span, {})
                    raise Mistake(first._replace(help=(help,))) from None
                advice: dict[str, str] = {}
                for field in {str(one["loc"][0]) for one in error.errors(include_url=False) if one["loc"]}:
                    if field not in advice and (help := other_field(cls, field, values, fields, known)):
                        advice[field] = help
                *others, last = _bad_fields(cls, error, fields, span, advice)
                for other in others:
                    self.report(other, call, None)
                raise Mistake(last) from None
            self._layers[key] = layer
        return layer

    def tap(self, value: Map) -> Tap:
        """What a field that names a map gets to know of it. Raises: UnknownValue."""
        if value.outline is None:
            raise UnknownValue
        node = value.node
        entered = node.inputs[0].outline if node is not None and node.inputs else None
        return Tap(value.outline, node.layer, entered, node.rounding) if node else Tap(value.outline, None, entered)

    def add(
        self,
        layer: Layer,
        label: str,
        inputs: list[Map],
        step: Step,
        fields: dict[str, Argument],
        context: Context,
        trainable: bool,
    ) -> Node:
        """A node for a layer, with its facts; findings are reported at the fields that they name."""
        node = Node(len(self.graph.nodes), layer.kind, label, context.module.home, step.span)
        if not label:
            node.name = self._provisional(context.module, layer.kind)
        node.layer = layer
        node.step = step
        node.frame = context.frame
        node.here = context.here
        node.inputs = tuple(inputs)
        node.is_constant = layer.inputs == 0 or (bool(inputs) and all(map(is_constant, inputs)))
        node.call = context.call
        node.trainable = trainable
        node.outputs = (Map(node, 0, None),)
        self.graph.nodes.append(node)
        shapes = tuple([value.outline for value in inputs])
        if None in shapes:
            return node
        # Layers are kept alive by the cache above, so their identity is a key.
        rounding = self._roundings.get(id(layer))
        if rounding is None:
            rounding = self._roundings[id(layer)] = self._rounding(layer)
        node.rounding = rounding
        key = (id(layer), shapes, rounding)
        facts = self._facts.get(key)
        is_behind = None in [value.shape for value in inputs]
        if facts is None:
            self._behind -= is_behind
            if self._behind < 0:
                return node
            self._spend_open(shapes, step)
            facts = self._infer(layer, shapes, rounding, step)
            self._facts[key] = facts
        if facts.fails or not is_behind:
            node.facts = facts
        else:
            node.behind = facts
        self._share(node, context, step)
        if facts.findings:
            for finding in facts.findings:
                self.report(placed(finding, layer, fields, step.span), context.call, node.name)
        if isinstance(step, LayerStep) and step.stated:
            hold_stated(node, step, context, self.report)
        if node.facts is not None and facts.outputs is not None:
            node.outputs = tuple([Map(node, port, shape) for port, shape in enumerate(facts.outputs)])
        else:
            known = facts.outline if facts.fails else facts.outputs
            node.outputs = tuple([Map(node, port, None, shape) for port, shape in enumerate(known or (None,))])
        if step.tied is not None:
            tie(node, step.tied, context)
        return node

    def _provisional(self, module: Module, kind: str) -> str:
        """The name of a merge without one, as findings show it: add, add_2, ..."""
        name = module.prefix + kind
        times = self._unnamed.get(name, int(kind in module.names)) + 1
        self._unnamed[name] = times
        return name if times == 1 else f"{name}_{times}"

    def _spend_open(self, shapes: Sequence[Any], step: Step) -> None:
        """Charge a layer with symbols to the network's budget. Raises: Mistake once it is overdrawn."""
        self._open -= any(isinstance(size, Polynomial) for shape in shapes for size in shape.sizes)
        if self._open < 0:
            help = "give the symbols values, by `at` or by --set: with numbers there may be more layers"
            message = f"sizes with symbols are followed through {MAX_OPEN:,} layers that differ, and here are more"
            raise mistake(codes.TOO_MANY_STEPS, message, step.span, "the limit is reached here", help)

    def _infer(self, layer: Layer, shapes: Any, rounding: Rounding, step: Step) -> Facts:
        try:
            # Fields that name maps are taps inside the layer; its rules read only what flows in.
            facts = infer(layer, layer.flowing(shapes), rounding, self._unknowns)
            for output in facts.outputs or ():
                # Also sizes with symbols must be short enough to be written.
                if is_beyond(output.sizes) or (_may_be_long(output) and len(str(output)) > MAX_WRITTEN):
                    raise DimsOverflow("a size of the output is too long to be written")
            counts = (facts.parameters, facts.buffer_elements, facts.multiplications)
            self.spend(10 * sum(len(value.terms) for value in counts if isinstance(value, Polynomial)))
            return facts
        except Unresolved as error:
            raise mistake(error.code, error.message, step.span) from None
        except DimsOverflow as error:
            raise mistake(codes.NUMBER_TOO_LARGE, f"{layer.kind}: {error}", step.span) from None

    def _rounding(self, layer: Layer) -> Rounding:
        declared = layer.own_rounding
        rules: Any = self.rules
        found: Rounding = declared or rules.by_name.get(layer.kind) or rules.by_name.get(layer.family) or rules.default
        return layer.policy(found)

    def _share(self, node: Node, context: Context, step: Step) -> None:
        original: Module | None = context.module.original
        if original is None:
            return
        binding = entered(original.names, node.label)
        owner = binding.inside if binding is not None else None
        if not isinstance(owner, Node) or owner.kind != node.kind:
            if node.facts is None or not node.facts.weights:
                return
            raise mistake(
                graph_codes.NOT_REUSABLE,
                f"the {node.kind} {node.label} has parameters, and the step that is used again has none to share",
                step.span,
                "",
                "a step that is used again must unfold to the same layers; look at its `when` and its loops",
            )
        node.shares = owner.shares or owner
        if node.facts and owner.facts and node.facts.weights != owner.facts.weights:
            raise mistake(
                graph_codes.NOT_REUSABLE,
                f"{node.kind} has parameters for {_shapes(owner)} and cannot read {_shapes(node)} with them",
                step.span,
                "",
                "maps that share a layer need the same number of channels",
            )


def _may_be_long(shape: Shape) -> bool:
    """Whether a shape has to be written to see that it is short enough."""
    return sum(text_width(size) for size in shape.sizes if isinstance(size, Polynomial)) > MAX_WRITTEN // 2


def _shapes(node: Node) -> str:
    return " and ".join(str(value.shape) for value in node.inputs)


def _typed(value: Value) -> Any:
    """A key in which true differs from 1, as it does in the language."""
    if value.__class__ is tuple:
        return tuple([_typed(item) for item in value])
    return ("truth", value) if value.__class__ is bool else value


def _bad_fields(
    cls: type[Layer], error: ValidationError, fields: dict[str, Argument], span: Span, advice: dict[str, str]
) -> list[Diagnostic]:
    """A diagnostic for every field that is wrong, in the order of the fields."""
    found: dict[Any, Diagnostic] = {}
    for one in error.errors(include_url=False):
        field = str(one["loc"][0]) if one["loc"] else ""
        finding = _bad_field(cls, one, field, fields, span)
        found.setdefault(field, finding._replace(help=(advice[field],)) if field in advice else finding)
    return list(found.values())


def _size_of_a_map(value: object, argument: Argument | None) -> tuple[str, ...]:
    """What to write where a map, or the word for its channels, stands in the place of a number."""
    if value == CHANNELS:
        return (f"`{of_map(CHANNELS, 'here')}` is the number of channels of the map that arrives",)
    if not isinstance(value, Tap) or not isinstance(argument, Formula):
        return ()
    return (f"a map has sizes: `channels({argument.text.strip()})` is the number of its channels",)


def _is_needless(cls: type[Layer], error: Any) -> bool:
    """Whether sizes stand where a layer takes a word or nothing, as `layer_norm: 512` after `nn.LayerNorm(512)`."""
    is_main = error["type"] == "literal_error" and error["loc"][:1] == (cls.main,)
    return is_main and not isinstance(error["input"], (str, bool)) and not cls.model_fields[str(cls.main)].is_required()


def _bad_field(cls: type[Layer], error: Any, field: str, fields: dict[str, Argument], span: Span) -> Diagnostic:
    argument = fields.get(field)
    place = argument.span if argument is not None else span
    cause = error.get("ctx", {}).get("error")
    if cause is not None:
        # A rule about several fields belongs to the layer as a whole.
        what = f"`{field}` of {cls.kind}" if field else cls.kind
        return Diagnostic(codes.BAD_VALUE, f"{what} {cause}", place, help=_size_of_a_map(error["input"], argument))
    if error["type"] == "literal_error":
        expected = error["ctx"]["expected"].replace("'", "")
        value = error["input"]
        words = expected.replace(" or ", ", ").split(", ")
        near = closest(value, words) if isinstance(value, str) else None
        help = (f"did you mean `{near}`?",) if near else ()
        if _is_needless(cls, error):
            help = (f"sizes are read from the map: write just `{cls.kind}`, or `{cls.kind}: {words[0]}`",)
        return Diagnostic(codes.BAD_VALUE, f"`{field}` of {cls.kind} is {expected}", place, help=help)
    return Diagnostic(codes.BAD_VALUE, f"`{field}` of {cls.kind}: {error['msg']}", place)
