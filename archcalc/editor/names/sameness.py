"""Whether two networks are the same but for the names of some steps, inputs and symbols."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from pydantic import BaseModel

from archcalc.checking import Checked
from archcalc.diagnostics.codes.language import UNUSED_BLOCK, UNUSED_NAME
from archcalc.diagnostics.model import Diagnostic
from archcalc.dims import Condition, Polynomial, substitute, symbol
from archcalc.editor.names.changes import Change
from archcalc.expectations import Verdict
from archcalc.graph import Graph, Map, Module, Node, outward, scopes
from archcalc.infer import Facts
from archcalc.layers.pointwise import Constant, MapExpression
from archcalc.layers.site import Finding, Requirement

_BY_WORDS = (UNUSED_NAME, UNUSED_BLOCK)
"""Whether nothing reads a name, is told by the words of a text: another thing of that name is enough to hide it."""


def told(diagnostics: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Those that do not depend on how other things are called."""
    return [one for one in diagnostics if one.code not in _BY_WORDS]


class Moves(Protocol):
    """Where places of a text are once it is changed."""

    def __call__(self, line: int, column: int) -> tuple[int, int]:
        """The new place."""


class Sameness:
    """Compares what two checks have found. `symbols` have other names in the second one."""

    def __init__(self, change: Change, symbols: Mapping[str, str], moved: Moves) -> None:
        self.change = change
        self.moved = moved
        self._symbols = {old: symbol(new) for old, new in symbols.items()}
        self._spelled = re.compile("|".join(rf"\b{re.escape(one)}\b" for one in symbols)) if symbols else None
        self._new = dict(symbols)
        self._known: dict[int, Any] = {}
        self._old_names: dict[str, str] = {}
        self._new_names: dict[str, str] = {}

    def says(self, before: Checked, after: Checked) -> str | None:
        """What is said of the second one alone, or no more; None if all is as it was."""
        if before.network is None or after.network is None:
            return "mistakes keep the network unknown, so that nothing proves a new name: correct them first"
        found = self._other_finding(before.diagnostics, after.diagnostics)
        return f"then it would say{_where(before)}: {found}" if found else None

    def differs(self, before: Checked, after: Checked) -> str | None:
        """What is not the same about the networks, in words; None if all is."""
        if found := self._other_graph(before.graph, after.graph):
            return f"the network{_where(before)} would be another one: {found}"
        if [self._verdict(one) for one in before.verdicts] != [
            self._verdict(one, is_new=True) for one in after.verdicts
        ]:
            return f"a claim{_where(before)} would be about something else"
        return None

    def _other_finding(self, before: Sequence[Diagnostic], after: Sequence[Diagnostic]) -> str | None:
        old = sorted((one.code.id, self.moved(*one.span[:2]) if one.span else (0, 0)) for one in told(before))
        for one in told(after):
            key = one.code.id, one.span[:2] if one.span else (0, 0)
            if key not in old:
                return one.message
            old.remove(key)
        return f"no more {old[0][0]} at line {old[0][1][0]}" if old else None

    # Graphs

    def _other_graph(self, before: Graph, after: Graph) -> str | None:
        old_nodes, new_nodes = [*before.inputs, *before.nodes], [*after.inputs, *after.nodes]
        if len(old_nodes) != len(new_nodes):
            return f"{len(new_nodes)} layers instead of {len(old_nodes)}"
        old_index = {id(node): at for at, node in enumerate(old_nodes)}
        new_index = {id(node): at for at, node in enumerate(new_nodes)}
        for old, new in zip(old_nodes, new_nodes, strict=True):
            if self._said(old, old_index) != self._said(new, new_index, is_new=True):
                return f"{new.name} differs from {old.name}"
            is_input = old.index < 0
            if is_input and old.label != new.label and not self._becomes(old.label, new.label):
                return f"input {old.label} would be called {new.label}"
            if not is_input and not self._are_one(_path(old), _path(new)):
                return f"{old.name} would be called {new.name}"
        if [_place(one, old_index) for one in before.outputs.values()] != [
            _place(one, new_index) for one in after.outputs.values()
        ]:
            return "other outputs"
        if before.is_complete != after.is_complete:
            return "another part of it would be known"
        return None if self._registers_alike(before, after) else "modules would be registered in another order"

    def _said(self, node: Node, index: Mapping[int, int], *, is_new: bool = False) -> tuple[Any, ...]:
        """What is said of a layer, but for its name."""
        return (
            node.kind,
            self._plain(node.layer, is_new),
            node.rounding,
            node.trainable,
            self._plain(node.facts, is_new),
            self._plain(node.behind, is_new),
            [(_place(one, index), self._plain(one.outline, is_new)) for one in node.inputs],
            [self._plain(one.outline, is_new) for one in node.outputs],
            index.get(id(node.shares)),
            index.get(id(node.tied)),
            node.is_tensor,
            node.is_constant,
            bool(node.label),
        )

    def _are_one(self, old: Sequence[str], new: Sequence[str]) -> bool:
        """Whether a path is another one with new names, the same everywhere."""
        if len(old) != len(new):
            return False
        for at, (before, after) in enumerate(zip(old, new, strict=True), start=1):
            if before != after and not self._becomes(before, after):
                return False
            path, other = ".".join(old[:at]), ".".join(new[:at])
            if self._old_names.setdefault(path, other) != other or self._new_names.setdefault(other, path) != path:
                return False
        return True

    def _becomes(self, before: str, after: str) -> bool:
        """Whether a name is another one with the change made; a layer that is used again may have a number behind."""
        stem = re.fullmatch(r"(use_)?(.*?)((?:_\d+)?)", before)
        assert stem is not None, "it fits everything"
        texts = {before, stem[2], *(before[: -len(end)] for end in (stem[3],) if end)}
        return any(
            (new := self.change.of(text)) is not None and after in (new, f"use_{new}{stem[3]}", f"{new}{stem[3]}")
            for text in texts
        )

    def _registers_alike(self, before: Graph, after: Graph) -> bool:
        old, new = [before.root, *scopes(before).values()], [after.root, *scopes(after).values()]
        return all(self._registers(one, other) for one, other in zip(old, new, strict=False))

    def _registers(self, old: Module, new: Module) -> bool:
        return [at for at, _ in old.registered] == [at for at, _ in new.registered] and all(
            len(before) == len(after)
            and all(one == other or self._becomes(one, other) for one, other in zip(before, after, strict=True))
            for (_, before), (_, after) in zip(old.registered, new.registered, strict=True)
        )

    # Values

    def _plain(self, value: Any, is_new: bool) -> Any:
        """A value without words that may hold names; old symbols are called as the new ones are."""
        if isinstance(value, Polynomial):
            return value if is_new or not self._symbols else substitute(value, self._symbols)
        if isinstance(value, (Facts, BaseModel)):
            # Layers that are alike share them.
            if id(value) not in self._known:
                self._known[id(value)] = self._parts(value, is_new)
            return self._known[id(value)]
        if isinstance(value, (Finding, Requirement)):
            return value.code, self._plain(value[6] if isinstance(value, Finding) else value.condition, is_new)
        if isinstance(value, Condition):
            return value if is_new or not self._symbols else value.substitute(self._symbols)
        if isinstance(value, MapExpression):
            return self._plain(value.root, is_new), self._plain(value.others, is_new)
        if isinstance(value, Constant):
            return self._plain(value.value, is_new)
        if isinstance(value, (tuple, list)):
            return tuple([self._plain(one, is_new) for one in value])
        return value

    def _parts(self, value: Facts | BaseModel, is_new: bool) -> Any:
        if isinstance(value, Facts):
            return [self._plain(one, is_new) for one in value]
        return type(value), [self._plain(getattr(value, name), is_new) for name in type(value).model_fields]

    def _verdict(self, verdict: Verdict, *, is_new: bool = False) -> tuple[Any, ...]:
        values = (verdict.actual, verdict.stated, verdict.claimed, verdict.by_authors)
        said = (verdict.quantity, verdict.state, verdict.how, verdict.counting, verdict.source, verdict.because)
        return (*said, *(self._value(one, is_new) for one in values))

    def _value(self, value: Any, is_new: bool) -> Any:
        if isinstance(value, str) and not is_new and self._spelled is not None:
            return self._spelled.sub(lambda match: self._new[match.group()], value)
        return self._plain(value, is_new)


def _where(checked: Checked) -> str:
    return f" of {checked.title}" if checked.variant else ""


def _path(node: Node) -> list[str]:
    """The labels of the scopes around a layer, and its own; a path in a label is taken apart."""
    labels = [module.label for module in outward(node.module) if module.parent is not None]
    own = node.name.removeprefix(node.module.prefix)
    return [part for label in (*reversed(labels), own) for part in label.split(".")]


def _place(value: Map, index: Mapping[int, int]) -> tuple[int | None, int]:
    return index.get(id(value.node)), value.port
