"""The value of a code at one place of its class: the proof that it may stand for all places."""

from __future__ import annotations

from typing import Any

from archcalc.export.torch.code import Code, NotPython
from archcalc.export.torch.namespace import Namespace
from archcalc.expressions import functions
from archcalc.expressions import nodes as tree
from archcalc.expressions.values import ExpressionError, NoNames, Value


def evaluated(code: Code, names: Namespace, place: int) -> Value:
    """What Python would calculate at a place. Raises: NotPython."""
    match code:
        case ("constant", value):
            return value
        case ("name", text):
            return names.value(text, place)
        case ("binary", operator, left, right):
            return _by_node(
                tree.Arithmetic(operator, _node(left, names, place), _node(right, names, place)),
            )
        case ("negative", operand):
            return _by_node(tree.Negation(_node(operand, names, place), 0, 0))
        case ("not", operand):
            return not evaluated(operand, names, place)
        case ("compare", operators, operands):
            return _by_node(tree.Comparison(operators, [_node(operand, names, place) for operand in operands]))
        case ("logic", operator, left, right):
            first = evaluated(left, names, place)
            decides = (operator == "and") is not first
            return first if decides else evaluated(right, names, place)
        case ("choice", condition, then, otherwise):
            return evaluated(then if evaluated(condition, names, place) else otherwise, names, place)
        case ("index", base, index):
            values, number = evaluated(base, names, place), evaluated(index, names, place)
            if not 0 <= number < len(values):
                raise NotPython
            return values[number]
        case ("call", "range", (first, last)):
            return tuple(range(evaluated(first, names, place), evaluated(last, names, place)))
        case ("call", function, arguments):
            try:
                return functions.FUNCTIONS[function]([evaluated(argument, names, place) for argument in arguments])
            except functions.FunctionError:
                raise NotPython from None
        case ("tuple" | "list", items):
            return tuple(evaluated(item, names, place) for item in items)
    raise AssertionError(code)


def _node(code: Code, names: Namespace, place: int) -> tree.Node:
    return tree.Constant(evaluated(code, names, place), 0, 0)


def _by_node(node: tree.Node) -> Any:
    try:
        return node.evaluate(NoNames())
    except ExpressionError:
        raise NotPython from None
