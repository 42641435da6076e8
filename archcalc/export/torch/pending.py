"""Expressions of `forward` that are not evaluated yet, so that they may become a part of others."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import NamedTuple

from archcalc.export.torch.refs import Ref


class Pending(NamedTuple):
    """An expression that is not evaluated yet: it stands for a tensor with one reader."""

    ref: Ref
    tree: ast.expr
    variables: frozenset[str]
    width: int
    depth: int
    heavy: bool


def pending_of(ref: Ref, tree: ast.expr, used: Sequence[Pending], heavy: bool) -> Pending:
    """The expression of a tensor that is made of others."""
    variables: frozenset[str] = frozenset().union(*(one.variables for one in used)) if used else frozenset()
    width = len(ast.unparse(tree))
    depth = 1 + max((one.depth for one in used), default=0)
    return Pending(ref, tree, variables, width, depth, heavy or any(one.heavy for one in used))
