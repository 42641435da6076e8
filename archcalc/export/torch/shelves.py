"""Containers into which steps are put by their names: `as: convs.$i` is an entry of `self.convs`.

    self.convs = nn.ModuleList([nn.Conv2d(64, 64, kernel_size=3) for _ in range(4)])

Names that count from 0 are a list, all others are keys of an `nn.ModuleDict`. The class itself is a container, too.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from archcalc.export.torch.code import Code, Row
from archcalc.export.torch.making import path
from archcalc.export.torch.names import DICT_ATTRIBUTES
from archcalc.export.torch.parts import ClassPart, CyclePart, GroupPart, LayerPart, Part, is_identity, with_inner
from archcalc.expressions.nodes import Constant

LIST = "nn.ModuleList"
DICT = "nn.ModuleDict"


class Shelves:
    """The containers of one class; `named` makes the module that has the name of a part, if an expression can."""

    def __init__(self, parts: Sequence[Part], base: str, named: Callable[[Part], ast.expr | None]) -> None:
        self.parts = parts
        self.base = base
        self.named = named
        self._opened: set[str] = set()
        self._whole: set[str] = set()
        """Containers that were made with all that is in them."""

    def enter(self, label: str, made: ast.expr) -> tuple[list[ast.stmt], ast.expr]:
        """The statements that put a module where its name says, in the class itself or in a container of it.

        With them, how it is read there.
        """
        shelf, _, last = label.rpartition(".")
        entries = self._filled(shelf) if shelf and shelf not in self._opened and self.kind(shelf) == LIST else None
        found, place = self.opened(shelf, entries)
        if entries is not None:
            self._whole.add(shelf)
        if shelf not in self._whole:
            found.extend(_put(place, self.kind(shelf), last, made))
        return found, _inside(place, self.kind(shelf), last)

    def opened(self, shelf: str, entries: ast.expr | None = None) -> tuple[list[ast.stmt], ast.expr]:
        """The statements that make a container, if there is none yet, perhaps with all that is in it.

        With them, how it is read.
        """
        place: ast.expr = ast.Name("self")
        if not shelf:
            return ([] if entries is None else [ast.Expr(ast.Call(path("self.extend"), [entries], []))]), place
        found: list[ast.stmt] = []
        kind = self.base
        names = shelf.split(".")
        for depth, name in enumerate(names, start=1):
            outer, place = place, _inside(place, kind, name)
            inner = ".".join(names[:depth])
            if inner not in self._opened:
                self._opened.add(inner)
                given = [entries] if depth == len(names) and entries is not None else []
                found.extend(_put(outer, kind, name, ast.Call(path(self.kind(inner)), given, [])))
            kind = self.kind(inner)
        return found, place

    def kind(self, shelf: str) -> str:
        """The class of a container, or of the class itself: a list, if the names in it count from 0."""
        if not shelf:
            return self.base
        members = _members(self.parts, shelf)
        if _is_counted(self.parts, members, shelf):
            return LIST
        names = {first(_text(part.label).removeprefix(f"{shelf}.")) for part in members}
        return "nn.Module" if DICT_ATTRIBUTES & names else DICT

    def is_alone(self, part: Part) -> bool:
        """Whether the modules of a part in a loop are all there is in their container, or in the class itself."""
        return _members(self.parts, shelf_of(part)) == [part]

    def _filled(self, shelf: str) -> ast.expr | None:
        """All that is in a list, made at once; None where some of it takes a statement of its own."""
        members = _members(self.parts, shelf)
        if not all(part in self.parts and _is_single(part) for part in members):
            return None
        made = [self.named(part) for part in members]
        known = [one for one in made if one is not None]
        if len(known) < len(made):
            return None
        if len(known) > 1 and len({ast.dump(one) for one in known}) == 1:
            turns = ast.Call(ast.Name("range"), [ast.Constant(len(known))], [])
            return ast.ListComp(known[0], [ast.comprehension(ast.Name("_"), turns, [], 0)])
        return ast.List(list(known))


def first(label: Row | str) -> str:
    """The name of a module, or of the container that it is put into."""
    return _text(label).partition(".")[0]


def shelf_of(part: Part) -> str:
    """The container that a part is put into, by the names that lead there."""
    return _text(part.label).rpartition(".")[0]


def last_of(part: Part) -> Row:
    """The pieces of the name that a part of a loop has in its container."""
    assert isinstance(part.label, Row), "what a loop keeps has a name that it computes"
    shelf = shelf_of(part)
    if not shelf:
        return part.label
    before, *others = part.label.items
    assert isinstance(before, Constant), "containers have names that no loop computes"
    rest = str(before.value).removeprefix(f"{shelf}.")
    return Row((*([Constant(rest)] if rest else []), *others))


def number_of(part: Part) -> Code:
    """The number that the name of a part of a loop is."""
    pieces = last_of(part).items
    assert len(pieces) == 1, "it is in a list"
    return pieces[0]


def is_list(parts: Sequence[Part]) -> bool:
    """Whether a class is a list of modules: those of one loop under numbers that count from 0, and no others."""
    members = _members(parts, "")
    return len(members) == 1 and members[0] not in parts and _is_counted(parts, members, "")


def _is_counted(parts: Sequence[Part], members: Sequence[Part], shelf: str) -> bool:
    """Whether the names in a container count from 0 at every place, in the order in which it is filled."""
    counts: dict[int, int] = {}
    for part in parts:
        if part in members:
            if part.when is not None or not all(_is_next(counts, place, item, shelf) for place, item in part.present):
                return False
        elif isinstance(part, CyclePart) and (entries := [one for one in part.parts if one in members]):
            turns = [place for place, run in part.present for _ in run.turns]
            if len(entries) > 1 or not isinstance(entries[0].label, Row) or len(last_of(entries[0]).items) > 1:
                return False
            items = zip(turns, entries[0].items, strict=True)
            if not all(_is_next(counts, place, item, shelf) for place, item in items):
                return False
    return True


def _is_next(counts: dict[int, int], place: int, item: Any, shelf: str) -> bool:
    counts[place] = counts.get(place, -1) + 1
    return item is None or item.label == (f"{shelf}." if shelf else "") + str(counts[place])


def _has_module(part: Part) -> bool:
    if isinstance(part, CyclePart) or is_identity(part):
        return False
    return not isinstance(part, LayerPart) or any(call.made.is_module for call in part.calls)


def _members(parts: Sequence[Part], shelf: str) -> list[Part]:
    """The parts that are put into a container, or at any place of the class."""
    start = f"{shelf}." if shelf else ""
    return [part for part in with_inner(parts) if _has_module(part) and _text(part.label).startswith(start)]


def _text(label: Row | str | None) -> str:
    """A name with `{}` for what a loop computes in it."""
    if isinstance(label, Row):
        return "".join(str(piece.value) if isinstance(piece, Constant) else "{}" for piece in label.items)
    return label or ""


def _is_single(part: Part) -> bool:
    """Whether a part is one module of its own, made without a condition."""
    if isinstance(part, LayerPart):
        return part.when is None and part.owner is None and sum(call.made.is_module for call in part.calls) == 1
    return part.when is None and isinstance(part, (ClassPart, GroupPart))


def _inside(container: ast.expr, kind: str, name: str) -> ast.expr:
    """How a module in a container, or of the class itself, is read."""
    if kind == LIST:
        return ast.Subscript(container, ast.Constant(int(name)))
    is_attribute = name.isidentifier() and (kind != DICT or isinstance(container, ast.Name))
    if is_attribute:
        return ast.Attribute(container, name)
    if kind == DICT:
        return ast.Subscript(container, ast.Constant(name))
    return ast.Call(ast.Attribute(container, "get_submodule"), [ast.Constant(name)], [])


def _put(container: ast.expr, kind: str, name: str, made: ast.expr) -> list[ast.stmt]:
    """The statement that puts a module into a container, or makes it an attribute of the class."""
    if kind == LIST:
        return [ast.Expr(ast.Call(ast.Attribute(container, "append"), [made], []))]
    place = _inside(container, kind, name)
    if isinstance(place, ast.Call):
        return [ast.Expr(ast.Call(ast.Attribute(container, "add_module"), [ast.Constant(name), made], []))]
    return [ast.Assign([place], made)]
