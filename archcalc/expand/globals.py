"""What is known everywhere in a spec: lets, functions, symbols and their values, blocks."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial

from archcalc.diagnostics import closest
from archcalc.diagnostics.codes import graph as graph_codes
from archcalc.diagnostics.codes import language as codes
from archcalc.dims import Number, symbol
from archcalc.expand.scope import UNKNOWN, Context
from archcalc.expressions.functions import NAMES as FUNCTION_NAMES
from archcalc.expressions.limits import MAX_EFFORT
from archcalc.expressions.values import UnknownValue, Unresolved, Value
from archcalc.expressions.values import described as described_value
from archcalc.graph import Frame, Map, Module, Node
from archcalc.layers.known import WORDS
from archcalc.layers.table import KINDS
from archcalc.patterns import compiled_later
from archcalc.spec.model import Argument, Block, Formula, Let, Listing, Mistake, Parameter, Step, mistake

_COUNTED = compiled_later(r"([a-z_]+?)_?(\d{0,4})")
"""A kind, and the number of one of several layers of it."""
MAX_CALL_DEPTH = 40
MAX_CALLS = 200_000


class Globals:
    """Lets are evaluated when they are first needed; `overrides` come from `--set` and win."""

    def __init__(
        self,
        lets: Mapping[str, Let],
        symbols: Mapping[str, Number],
        blocks: Mapping[str, Block],
        overrides: Mapping[str, Value],
        *,
        hides_names: bool = False,
    ) -> None:
        self.lets = lets
        self.symbols = symbols
        self.blocks = blocks
        self.overrides = overrides
        self.hides_names = hides_names
        """Whether names of `let` could not be read."""
        self.input_names: list[str] = []
        self.steps: list[Step] = []
        """The steps of the network: where a map that is missing may be made later."""
        self.context = Context(self, Frame({}, None, None), Module("", None))
        self._values: dict[str, Value] = {}
        self._open: list[str] = []
        self._calls = 0
        self._effort = 0

    def names(self) -> list[str]:
        """Lets, functions and symbols."""
        return [*self.lets, *self.symbols]

    def listed(self) -> list[str]:
        """The names of lists."""
        return [name for name, let in self.lets.items() if isinstance(let.value, Listing)]

    def value(self, name: str) -> Value:
        """The value of a let or a symbol, or None. Raises: Unresolved for a circular definition, Mistake."""
        if name in self._values:
            return self._values[name]
        let = self.lets.get(name)
        if let is None:
            return self.symbols.get(name)
        if name in self.overrides:
            self._values[name] = self.overrides[name]
            return self._values[name]
        if let.parameters is not None:
            raise Unresolved(codes.WRONG_TYPE, f"`{name}` is a function", (f"call it: {name}(...)",))
        if name in self._open:
            circle = " -> ".join([*self._open[self._open.index(name) :], name])
            raise Unresolved(codes.CIRCULAR_DEFINITION, f"`{name}` is defined by itself: {circle}")
        if len(self._open) >= MAX_CALL_DEPTH:
            raise Unresolved(codes.CIRCULAR_DEFINITION, f"`{name}` needs more than {MAX_CALL_DEPTH} other definitions")
        self._open.append(name)
        try:
            self._values[name] = let.value.evaluate(self.context)
        except Mistake:
            # Reported once, where the let stands; its users stay silent.
            self._values[name] = UNKNOWN
            raise
        finally:
            self._open.pop()
        return self._values[name]

    def spend(self, count: int) -> None:
        """Charge list entries that are made or walked through to the network's budget.

        Raises: Unresolved once it is overdrawn.
        """
        self._effort += count
        if self._effort > MAX_EFFORT:
            raise Unresolved(codes.TOO_MANY_CALLS, f"lists with more than {MAX_EFFORT:,} entries in all were evaluated")

    def function(self, name: str) -> Callable[[list[Value]], Value] | None:
        """The function of `let` with this name, or None. Raises: Unresolved if the name is that of a value."""
        let = self.lets.get(name)
        if let is None or (let.parameters is None and name in FUNCTION_NAMES):
            return None
        if let.parameters is None:
            raise Unresolved(codes.WRONG_TYPE, f"`{name}` is a value, not a function")
        return partial(self._call, name, let.parameters, let.value)

    def _call(self, name: str, parameters: list[Parameter], body: Argument, arguments: list[Value]) -> Value:
        if len(self._open) >= MAX_CALL_DEPTH:
            raise Unresolved(codes.CIRCULAR_DEFINITION, f"`{name}` calls itself more than {MAX_CALL_DEPTH} times deep")
        self._calls += 1
        if self._calls > MAX_CALLS:
            raise Unresolved(codes.TOO_MANY_CALLS, f"functions were called more than {MAX_CALLS:,} times")
        if len(arguments) > len(parameters):
            raise Unresolved(codes.BAD_CALL, f"`{name}` takes {len(parameters)} values, and here are {len(arguments)}")
        variables: dict[str, Value] = {}
        context = Context(self, Frame(variables, None, None), self.context.module)
        # A default may call the function, too.
        self._open.append(f"{name}()")
        try:
            for index, parameter in enumerate(parameters):
                if index < len(arguments):
                    variables[parameter.name] = arguments[index]
                elif parameter.default is not None:
                    variables[parameter.name] = parameter.default.evaluate(context)
                else:
                    raise Unresolved(codes.BAD_CALL, f"`{name}` needs a value for `{parameter.name}`")
            return body.evaluate(context)
        finally:
            self._open.pop()

    def map(self, formula: Formula, context: Context) -> Value:
        """The map, or list of maps, that a path names. Raises: Mistake, UnknownValue."""
        try:
            value = formula.evaluate(context)
        except Mistake as error:
            diagnostic = error.diagnostic
            if diagnostic.code is codes.UNKNOWN_NAME:
                known = [name for name in context.visible() if name not in self.names() and _is_step(name, context)]
                path = formula.names(context)
                near = closest(path[0], known)
                # One message for all turns of a loop in which the name is computed, and always the same mistake.
                written = formula.text if context.is_open(path[0]) and "(" not in formula.text else ".".join(path)
                help = context.elsewhere(path, written) or _without_minus(formula.text) or _of_kind(path[0], context)
                help = help or (f"did you mean `{near}`?" if near else "a map is named by `as` at an earlier step",)
                raise Mistake(
                    diagnostic._replace(
                        code=graph_codes.UNKNOWN_MAP, message=f"there is no map `{written}` here", help=help
                    )
                ) from None
            raise
        if is_map(value):
            return value
        if value is UNKNOWN:
            raise UnknownValue
        message = f"`{formula.text}` is {described_value(value)}, not a map"
        raise mistake(graph_codes.NOT_A_MAP, message, formula.span, "not a map", *_of_kind(formula.text, context))


def _is_step(name: str, context: Context) -> bool:
    """Whether a name is not just a word of the language, or that of a block."""
    return context.has_step(name) or not (name in KINDS or name in WORDS or name in context.globals.blocks)


def _of_kind(name: str, context: Context) -> tuple[str, ...]:
    """The help for a step that is called by its kind, `conv` or `conv2`, and has no name of its own."""
    match = _COUNTED.fullmatch(name)
    steps = [
        made.step
        for made in context.module.names.values()
        if match and isinstance(made.inside, Node) and made.inside.kind == match[1] and made.step is not None
    ]
    number = int(match[2] or len(steps)) if match else 0
    if match is None or not 0 < number <= len(steps) or any(step.name is not None for step in steps):
        return ()
    step = steps[number - 1]
    return (
        f"a step has the name that `as` gives it: write `as: {name}` beside the {match[1]} at line {step.span.line}",
    )


def _without_minus(text: str) -> tuple[str, ...]:
    """The help for a hyphen in a computed name that is meant as a minus: `layer$i-1`."""
    computed = re.sub(r"\$(\w+)-(\w+)", r"$(\1 - \2)", text)
    return () if computed == text else (f"a hyphen belongs to the name; a difference is written `{computed}`",)


def is_map(value: Value) -> bool:
    """Whether a value is a map or a (nested) list of maps."""
    return isinstance(value, Map) or (isinstance(value, tuple) and bool(value) and all(is_map(item) for item in value))


def symbols_of(names: list[str], given: Mapping[str, Number]) -> dict[str, Number]:
    """Every symbol with its value, or itself where it has none."""
    return {name: given[name] if name in given else symbol(name) for name in names}
