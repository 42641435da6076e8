"""What quantities and comparisons of a question are in one network, with numbers or with symbols."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

from archcalc.diagnostics.codes.claims import UNKNOWN_TARGET
from archcalc.diagnostics.model import Code
from archcalc.dims import Condition, DimsOverflow, Number
from archcalc.dims.figures import grouped
from archcalc.expand.globals import Globals
from archcalc.expectations.measure import NetworkAt, Unmeasurable, measure
from archcalc.expectations.target import NoTarget, targets
from archcalc.expressions.values import ExpressionError, UnknownValue, Unresolved, Value, described, is_number, no_map
from archcalc.network import Network
from archcalc.questions.constraints import Between, Comparison, Constraint, Operand, Quantity, Rounded, Sizes
from archcalc.questions.values import Exact, number
from archcalc.spec.claims import NETWORK


class NotMeasured(Exception):
    """A quantity that a network does not have, or, with symbols, that is not known before they have values."""

    def __init__(self, message: str, code: Code | None = None) -> None:
        super().__init__(message)
        self.code = code


class NoSuchTarget(NotMeasured):
    """A quantity of a layer that the network does not have, whatever its symbols are."""


NEVER = Condition.equal(0, 1)


class Interval(NamedTuple):
    """What stands for a range, or for all numbers that are printed alike; `is_below` leaves the upper end out."""

    low: Number | None
    high: Number | None
    is_below: bool = False


class Judged:
    """The scope of a question's expressions: quantities, and what the spec knows under names."""

    def __init__(self, globals_: Globals) -> None:
        self.globals = globals_
        self._quoted: dict[str, Quantity] = {}

    def value(self, quantity: Quantity) -> Value:
        """What a quantity is. Raises: NotMeasured."""
        raise NotImplementedError

    def conditions(self, constraint: Constraint) -> list[Condition]:
        """What has to hold. Raises: NotMeasured."""
        found = []
        for one in constraint.comparisons:
            try:
                found.extend(self._compared(one))
            except DimsOverflow as error:
                raise NotMeasured(f"{constraint.text}: {error}") from None
        return found

    def resolve(self, path: tuple[str, ...]) -> Value:
        """A quantity, or what the spec knows under a name. Raises: Unresolved, UnknownValue."""
        quantity = self._quoted.get(path[0]) if len(path) == 1 else None
        return self.globals.context.resolve(path) if quantity is None else self.value(quantity)

    def size_of(self, value: Value, name: str, axis: int | None) -> Number:
        """Nothing: maps are named by quantities. Raises: Unresolved."""
        raise no_map(name, value)

    def function(self, name: str) -> Callable[[list[Value]], Value] | None:
        """The function that the spec defines. Raises: Unresolved."""
        return self.globals.function(name)

    def spend(self, count: int) -> None:
        """Charge list entries to the network's budget. Raises: Unresolved."""
        self.globals.spend(count)

    def _compared(self, one: Comparison) -> list[Condition]:
        left, right = self._operand(one.left), self._operand(one.right)
        if isinstance(left, Interval):
            left, right = right, left
        if isinstance(right, Interval):
            # A bound with a unit is the number itself; only equality means everything that is printed so.
            if one.operator != "=":
                numbers = [_bound(self._operand(side), side) for side in (one.left, one.right)]
                return _each(numbers[0], one.operator, numbers[1])
            return _inside(left, right)
        return _each(left, one.operator, right)

    def _operand(self, operand: Operand) -> Value | Interval:
        if isinstance(operand, Sizes):
            return operand.sizes
        if isinstance(operand, Rounded):
            return Interval(operand.low, operand.below, is_below=True)
        if isinstance(operand, Between):
            low, high = (
                None if end is None else _bound(self._operand(end), end) for end in (operand.low, operand.high)
            )
            return Interval(low, high)
        self._quoted = operand.quantities
        try:
            value = operand.tree.evaluate(self)
        except (ExpressionError, Unresolved) as error:
            raise NotMeasured(f"{error.message} in {operand.text}") from None
        except (UnknownValue, DimsOverflow):
            raise NotMeasured(f"{operand.text} is not known") from None
        if not is_number(value) and not (isinstance(value, tuple) and all(is_number(size) for size in value)):
            raise NotMeasured(f"{operand.text} is {described(value)}: a number or a size is needed")
        return value


class Measures(Judged):
    """The quantities and names of one network, each measured once."""

    def __init__(self, network: Network) -> None:
        super().__init__(network.globals)
        self.network = network
        self.at = NetworkAt(network)
        self._known: dict[Quantity, Value] = {}

    def measured_text(self, constraint: Constraint) -> str:
        """The quantities of a constraint with their values, as far as there are any."""
        parts = []
        for quantity in constraint.quantities:
            try:
                parts.append(f"{quantity.text} = {written(quantity, self.value(quantity))}")
            except NotMeasured as error:
                parts.append(str(error))
        return ", ".join(parts)

    def value(self, quantity: Quantity) -> Value:
        """A count, or sizes. Raises: NotMeasured."""
        if quantity not in self._known:
            self._known[quantity] = measured(quantity, lambda: self._measured(quantity))
        return self._known[quantity]

    def _measured(self, quantity: Quantity) -> Value:
        found = targets(self.network.graph, names_of(quantity))
        return measure(quantity.name, found, quantity.counting, self.at)


def measured(quantity: Quantity, act: Callable[[], Value]) -> Value:
    """What is measured of a quantity. Raises: NotMeasured where there is no such thing."""
    try:
        return act()
    except NoTarget as error:
        raise NoSuchTarget(f"{error.message} ({error.help})", UNKNOWN_TARGET) from None
    except Unmeasurable as error:
        # What helps a claim is written in the language of claims.
        asked = error.help if quantity.selectors else (f"ask it of a layer: {quantity.name}(NAME)",)
        raise NotMeasured(" ".join([error.message, *(f"({help})" for help in asked)]), error.code) from None
    except UnknownValue:
        raise NotMeasured(f"{quantity.text} is not known, because of an error") from None


def names_of(quantity: Quantity) -> list[str]:
    """The layers and scopes that a quantity is of; none stand for the network."""
    return [name for name in quantity.selectors if name != NETWORK]


def _bound(value: Value | Interval, operand: Operand) -> Value:
    return operand.value if isinstance(operand, Rounded) else value


def _each(left: Value, operator: str, right: Value) -> list[Condition]:
    """The comparison of numbers, and of sizes axis by axis; one number is compared with every axis."""
    if isinstance(left, tuple) and isinstance(right, tuple):
        if len(left) != len(right):
            return [NEVER]
        return [_numbers(one, operator, two) for one, two in zip(left, right, strict=True)]
    if isinstance(left, tuple):
        return [_numbers(one, operator, right) for one in left]
    if isinstance(right, tuple):
        return [_numbers(left, operator, two) for two in right]
    return [_numbers(left, operator, right)]


def _numbers(left: Number, operator: str, right: Number) -> Condition:
    if operator == "=":
        return Condition.equal(left, right)
    if operator in ("<=", "<"):
        left, right = right, left
    return Condition.at_least(left, right) if operator in ("<=", ">=") else _above(left, right)


def _above(left: Number, right: Number) -> Condition:
    """left > right: over the common denominator both are whole, so that it is a difference of 1 at least."""
    difference = left - right
    return Condition.at_least(difference * difference.denominator, 1)


def _inside(value: Value, interval: Interval) -> list[Condition]:
    found = []
    for one in value if isinstance(value, tuple) else (value,):
        if interval.low is not None:
            found.append(Condition.at_least(one, interval.low))
        if interval.high is not None:
            found.append(_above(interval.high, one) if interval.is_below else Condition.at_least(interval.high, one))
    return found


def written(quantity: Quantity, value: Value) -> str:
    """A measured value for people: counts with thousands set apart, memory in bytes, shapes as 512x7x7."""
    if isinstance(value, tuple):
        alike = quantity.name == "receptive_field" and len(set(value)) == 1
        return str(value[0]) if alike else "x".join(str(size) for size in value)
    if isinstance(value, (int, Fraction)):
        exact: Exact = value
        text = number(exact, grouped=True)
    else:
        text = grouped(value)
    return f"{text} bytes" if quantity.name == "memory" else text
