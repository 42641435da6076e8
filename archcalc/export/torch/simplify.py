"""Codes that mean the same and are shorter: what is left of a formula when the arguments of a call stand in it."""

from __future__ import annotations

from archcalc.expressions import nodes as tree
from archcalc.expressions.nodes import Arithmetic, Constant, Node

OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


def sum_of(left: Node, right: Node) -> Node | None:
    """A shorter sum, if there is one.

    >>> from archcalc.expressions.nodes import name_node
    >>> a, b = name_node("a"), name_node("b")
    >>> sum_of(a, Arithmetic("-", b, a)) == b
    True
    >>> sum_of(a, Arithmetic("*", Constant(2), a)) == Arithmetic("*", Constant(3), a)
    True
    """
    match left, right:
        case _, Arithmetic("-", rest, same) if same == left:
            return rest
        case Arithmetic("-", rest, same), _ if same == right:
            return rest
        case _, tree.Conditional(then, condition, otherwise):
            shorter = [sum_of(left, one) for one in (then, otherwise)]
            if any(one is not None for one in shorter):
                first, other = (
                    Arithmetic("+", left, one) if short is None else short
                    for one, short in zip((then, otherwise), shorter, strict=True)
                )
                return tree.Conditional(first, condition, other)
    (times, one), (again, other) = _multiple(left), _multiple(right)
    if one != other or isinstance(one, Constant):
        return None
    return Arithmetic("*", Constant(times + again), one)


def difference_of(left: Node, right: Node) -> Node | None:
    """A shorter difference, if there is one.

    >>> from archcalc.expressions.parser import parse
    >>> difference_of(parse("(a + b if c else d)"), parse("a")) == parse("b if c else d - a")
    True
    """
    match left:
        case Arithmetic("+", same, rest) if same == right:
            return rest
        case Arithmetic("+", rest, same) if same == right:
            return rest
        case tree.Conditional(then, condition, otherwise):
            shorter = [difference_of(one, right) for one in (then, otherwise)]
            if any(one is not None for one in shorter):
                first, other = (
                    Arithmetic("-", one, right) if short is None else short
                    for one, short in zip((then, otherwise), shorter, strict=True)
                )
                return tree.Conditional(first, condition, other)
    return None


def _multiple(code: Node) -> tuple[int, Node]:
    """How many times what a code is."""
    match code:
        case Arithmetic("*", Constant(int() as times), base) | Arithmetic("*", base, Constant(int() as times)):
            return times, base
    return 1, code


def compared(operator: str, left: Node, right: Node) -> Node | None:
    """A comparison of one of two numbers with a number, as the condition that decides between them."""
    match operator, left, right:
        case (("==" | "!="), tree.Conditional(Constant(then), condition, Constant(otherwise)), Constant(number)):
            met = (then == number, otherwise == number)
            if operator == "!=":
                met = (not met[0], not met[1])
            if met[0] == met[1]:
                return Constant(met[0])
            return condition if met[0] else opposite(condition)
    return None


def chosen(then: Node, condition: Node, otherwise: Node) -> Node:
    """One of two codes; two conditions of the same code are one."""
    match otherwise:
        case tree.Conditional(again, other, rest) if again == then:
            return tree.Conditional(then, either(condition, other), rest)
    return then if then == otherwise else tree.Conditional(then, condition, otherwise)


def either(first: Node, other: Node) -> Node:
    """`first or other`, without what one of them says already.

    >>> from archcalc.expressions.parser import parse
    >>> either(parse("a and b"), parse("b and not (a and b)")) == parse("b")
    True
    """
    terms = [term for term in conjunction(other) if term != opposite(first)]
    if not terms:
        return Constant(True)
    rest = _all(terms)
    if set(terms) <= set(conjunction(first)):
        return rest
    if set(conjunction(first)) <= set(terms):
        return first
    return tree.Logic("or", first, rest)


def conjunction(condition: Node) -> list[Node]:
    """The conditions that one asks for together."""
    match condition:
        case tree.Logic("and", left, right):
            return [*conjunction(left), *conjunction(right)]
    return [condition]


def opposite(condition: Node) -> Node:
    """The negation."""
    match condition:
        case tree.Not(operand):
            return operand
        case tree.Comparison((operator,), operands):
            return tree.Comparison((OPPOSITE[operator],), operands)
    return tree.Not(condition)


def _all(conditions: list[Node]) -> Node:
    found, *others = conditions
    for one in others:
        found = tree.Logic("and", found, one)
    return found
