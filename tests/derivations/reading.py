"""Reads what derivations print, as somebody with a calculator would: Python's own grammar and exact fractions."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

_OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: lambda left, right: Fraction(left) / right,
    ast.Pow: operator.pow,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {"floor": math.floor, "ceil": math.ceil, "min": min, "max": max}


def calculated(text: str, values: Mapping[str, Any]) -> int | Fraction:
    """The value of Python text with these names."""

    def value(node: ast.AST) -> Any:
        if isinstance(node, ast.Expression):
            return value(node.body)
        if isinstance(node, ast.Constant):
            # At most four decimals are printed: as text they are exact again.
            return node.value if isinstance(node.value, int) else Fraction(str(node.value))
        if isinstance(node, ast.Name):
            return values[node.id]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return -value(node.operand)
        if isinstance(node, ast.BinOp):
            return _OPERATORS[type(node.op)](value(node.left), value(node.right))
        assert isinstance(node, ast.Call) and isinstance(node.func, ast.Name), ast.dump(node)
        return _FUNCTIONS[node.func.id](*map(value, node.args))

    found: int | Fraction = value(_parsed(text))
    return found


@lru_cache(maxsize=1000)
def _parsed(text: str) -> ast.Expression:
    return ast.parse(text, mode="eval")


def from_text(text: str) -> str:
    """Python text for what a terminal shows."""
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    text = text.replace("·", "*").replace("²", "**2").replace("³", "**3").replace("^", "**")
    return re.sub(r"(?<![A-Za-z_0-9])(\d+(?:\.\d+)?)(?=[A-Za-z])", r"\1*", text)


def from_latex(text: str) -> str:
    """Python text for a formula of LaTeX."""
    text = text.replace("{,}", "").replace(r"\cdot", "*").replace(r"\left(", "(").replace(r"\right)", ")")
    for name in ("floor", "ceil"):
        text = text.replace(rf"\left\l{name}", f"{name}(").replace(rf"\right\r{name}", ")")
    text = text.replace(r"\min", "min").replace(r"\max", "max")
    text = re.sub(r"\\mathit\{((?:[^{}\\]|\\_)*)\}", lambda found: found[1].replace("\\_", "_"), text)
    while (found := text.find(r"\frac")) >= 0:
        above, rest = _braced(text[found + 5 :])
        below, rest = _braced(rest)
        text = f"{text[:found]}(({above})/({below})){rest}"
    text = re.sub(r"\{([A-Za-z]_\{\w+\})\}\^", r"\1^", text)
    text = re.sub(r"_\{(\w+)\}", r"_\1", text)
    text = re.sub(r"\^\{(\d+)\}", r"**\1", text)
    assert not set(text) & set("{}\\"), text
    return re.sub(r"(?<![A-Za-z_0-9])(\d+(?:\.\d+)?)(?=[A-Za-z](?!\w*\())", r"\1*", text)


def _braced(text: str) -> tuple[str, str]:
    assert text[0] == "{"
    depth = 0
    for index, character in enumerate(text):
        depth += {"{": 1, "}": -1}.get(character, 0)
        if depth == 0:
            return text[1:index], text[index + 1 :]
    raise AssertionError(f"never closed: {text}")
