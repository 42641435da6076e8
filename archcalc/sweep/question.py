"""What a sweep asks: names with their values, quantities, and conditions, understood before anything is computed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from archcalc.diagnostics import closest
from archcalc.dims import Polynomial
from archcalc.expectations.target import is_pattern
from archcalc.expressions.nodes import Call
from archcalc.expressions.values import Value
from archcalc.network import Settings, is_size, symbol_names
from archcalc.program import Program
from archcalc.questions.constraints import Between, Constraint, Expression, Quantity, read_constraints, read_quantity
from archcalc.questions.names import names_in
from archcalc.questions.values import WrongQuestion
from archcalc.spec.model import Spec
from archcalc.sweep.domain import Axis, given_values, read_axis, written

DEFAULTS = ("multiplications", "parameters")
"""Quantities that are computed where nobody says which."""
LEGAL, OBSTACLE = "legal", "obstacle"
"""What can be shown besides quantities."""


class Question(NamedTuple):
    """A question about designs of one network: `axes` are swept, `given` are values of other names."""

    program: Program
    axes: tuple[Axis, ...]
    quantities: tuple[Quantity, ...]
    constraints: tuple[Constraint, ...] = ()
    given: Mapping[str, Value] = {}
    extras: tuple[str, ...] = ()
    """`legal` and `obstacle`, where they are shown: then designs that are not legal are told, too."""

    def with_quantities(self, more: Iterable[Quantity]) -> Question:
        """The same with further quantities."""
        return self._replace(quantities=tuple(dict.fromkeys([*self.quantities, *more])))


def read(
    program: Program,
    axes: Sequence[str] | Mapping[str, Any],
    where: str | Sequence[str] = (),
    show: str | Sequence[str] = (),
    given: Mapping[str, Value] | None = None,
) -> Question:
    """The question about a network, understood. `axes` are texts such as `N=1..9`, or values by name or pattern.

    Raises: WrongQuestion for a question that makes no sense for this network; LookupError if there are variants and
    none was chosen.

    >>> import archcalc
    >>> asked = read(archcalc.load("unet:paper").program, ["N=188..572/16"], "multiplications <= 100G", "size")
    >>> [axis.text() for axis in asked.axes], [one.text for one in asked.quantities]
    (['N=188..572/16'], ['size', 'multiplications'])
    """
    if any(found.severity == "error" for found in program.mistakes):
        raise WrongQuestion(f"{program.name} cannot be read without errors; `archcalc check` shows them")
    spec, given = program.network_spec, dict(given or {})
    named = (
        [(name, given_values(name, values)) for name, values in axes.items()]
        if isinstance(axes, Mapping)
        else [read_axis(text) for text in axes]
    )
    found = [Axis(one, values) for name, values in named for one in _names(name, program, [n for n, _ in named])]
    if not found:
        raise WrongQuestion("name what is swept, such as N=128..256/32")
    _refuse(program, found, given)
    network = program.unfold(Settings(given))
    swept = {axis.name for axis in found}
    for name, value in network.symbols.items():
        if isinstance(value, Polynomial) and name not in swept:
            raise WrongQuestion(f"{name} has no value: give it one, or sweep it too")
    functions = [name for name, let in spec.lets.items() if let.parameters is not None]
    known = program.settable
    texts = [where] if isinstance(where, str) else where
    constraints = [one for text in texts for one in read_constraints(text, known, functions)]
    shown = [part.strip() for text in ([show] if isinstance(show, str) else show) for part in _commas(text)]
    asked = [read_quantity(text, known, functions) for text in shown if text not in (LEGAL, OBSTACLE)]
    if not shown:
        asked = [Quantity(name) for name in DEFAULTS]
    asked += [quantity for one in constraints for quantity in one.quantities]
    extras = tuple([name for name in (LEGAL, OBSTACLE) if name in shown])
    return Question(program, tuple(found), tuple(dict.fromkeys(asked)), tuple(constraints), given, extras)


def objective(text: str, question: Question) -> tuple[Quantity, int]:
    """A quantity and its direction: 1 where less is better, -1 behind a minus. Raises: WrongQuestion."""
    from archcalc.quantities import QUANTITIES

    sign, bare = (-1, text.strip()[1:]) if text.strip().startswith("-") else (1, text)
    lets = question.program.network_spec.lets
    functions = [name for name, let in lets.items() if let.parameters is not None]
    quantity = read_quantity(bare, question.program.settable, functions)
    if QUANTITIES[quantity.name].kind == "sizes":
        raise WrongQuestion(f"{quantity.text} is no single number, so that no design has the least of it")
    return quantity, sign


def names_of(question: Question) -> set[str]:
    """The names that conditions are about, and those that these are computed from."""
    spec = question.program.network_spec
    found: set[str] = set()
    waiting: list[Any] = [side for one in question.constraints for each in one.comparisons for side in each[::2]]
    while waiting:
        operand = waiting.pop()
        if isinstance(operand, Between):
            waiting.extend((operand.low, operand.high))
        elif isinstance(operand, Expression):
            called = {node.name for node in operand.tree.walk() if isinstance(node, Call)}
            found |= ({*operand.tree.names()} - set(operand.quantities)) | called
    return found.union(*(_reached(spec, name) for name in found))


def _commas(text: str) -> list[str]:
    from archcalc.expressions.given import split

    return [part for part in split(text) if part.strip()]


def _names(name: str, program: Program, others: Sequence[str]) -> list[str]:
    """The names that a name or a pattern stands for. Raises: WrongQuestion."""
    known = program.settable
    if is_pattern(name):
        found = [one for one in known if fnmatchcase(one, name)]
        if not found:
            raise WrongQuestion(f"no symbol or let fits {name}; {_listed(known)}")
        swept = {one for other in (name, *others) for one in known if one == other or fnmatchcase(one, other)}
        tied = [one for one in found if _reached(program.network_spec, one) & (swept - {one})]
        if tied:
            raise WrongQuestion(
                f"{name} fits {', '.join(found)}, and {tied[0]} is computed from another name that is swept; "
                "choose a pattern that leaves it out"
            )
        return found
    if name in known:
        return [name]
    near = closest(name, known)
    hint = f"did you mean `{near}`?" if near else _listed(known)
    raise WrongQuestion(f"`{name}` is neither a symbol nor a let of {program.name}; {hint}")


def _listed(known: Sequence[str]) -> str:
    none = "it has none; write one, such as input: [3, N, N] with at: {N: 224}"
    return f"there are {', '.join(known)}" if known else none


def _reached(spec: Spec, name: str) -> set[str]:
    """The names that a let is computed from, directly or through others."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        let = spec.lets.get(waiting.pop())
        fresh = names_in(let.value) - found if let is not None else set()
        found |= fresh
        waiting.extend(fresh)
    return found


def _refuse(program: Program, axes: Sequence[Axis], given: Mapping[str, Value]) -> None:
    """Raises: WrongQuestion for names twice, and for what no size can be."""
    seen: set[str] = set()
    symbols = symbol_names(program.network_spec)
    for axis in axes:
        if axis.name in given:
            raise WrongQuestion(f"{axis.name} is swept and has a value at the same time")
        if axis.name in seen:
            raise WrongQuestion(f"{axis.name} is swept twice")
        seen.add(axis.name)
        if axis.name in symbols:
            ends = (axis.values[0], axis.values[-1]) if isinstance(axis.values, range) else axis.values
            for value in ends:
                if not is_size(value):
                    raise WrongQuestion(f"{axis.name} is a size, a whole number from 1 on, and never {written(value)}")
    for name in given:
        if name not in program.settable:
            raise WrongQuestion(f"`{name}` is neither a symbol nor a let of {program.name}")
