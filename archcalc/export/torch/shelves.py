"""Containers into which steps are put by their names: `as: convs.$i` is an entry of `self.convs`.

    self.convs = nn.ModuleList([nn.Conv2d(64, 64, kernel_size=3) for _ in range(4)])

Names that count from 0 are a list, all others are keys of an `nn.ModuleDict`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from archcalc.export.torch.code import Row
from archcalc.export.torch.making import path
from archcalc.export.torch.names import DICT_ATTRIBUTES
from archcalc.export.torch.parts import ClassPart, LayerPart, Part

LIST = "nn.ModuleList"
DICT = "nn.ModuleDict"


class Shelves:
    """The containers of one class; `named` makes the module that has the name of a part, if an expression can."""

    def __init__(self, parts: Sequence[Part], base: str, named: Callable[[Part], ast.expr | None]) -> None:
        self.parts = parts
        self.base = base
        self.named = named
        self._kinds: dict[str, str] = {}
        self._whole: set[str] = set()
        """Containers that were made with all that is in them."""

    def enter(self, label: str, made: ast.expr) -> tuple[list[ast.stmt], ast.expr]:
        """The statements that put a module where its name says, in the class itself or in a container of it.

        With them, how it is read there.
        """
        found: list[ast.stmt] = []
        place: ast.expr = ast.Name("self")
        *names, last = label.split(".")
        kind = self.base
        for depth, name in enumerate(names, start=1):
            outer, place = place, _inside(place, kind, name)
            shelf = ".".join(names[:depth])
            if shelf not in self._kinds:
                own = self._kinds[shelf] = _kind_of(self.parts, shelf)
                whole = self._filled(shelf) if depth == len(names) and own == LIST else None
                found.extend(_put(outer, kind, name, whole or ast.Call(path(own), [], [])))
            kind = self._kinds[shelf]
        if ".".join(names) not in self._whole:
            found.extend(_put(place, kind, last, made))
        return found, _inside(place, kind, last)

    def _filled(self, shelf: str) -> ast.expr | None:
        """A list with all that is in it, made at once; None where some of it takes a statement of its own."""
        parts = _members(self.parts, shelf)
        made = [self.named(part) for part in parts if _is_single(part)]
        known = [one for one in made if one is not None]
        if len(known) < len(parts):
            return None
        self._whole.add(shelf)
        items: ast.expr = ast.List(list(known))
        if len(known) > 1 and len({ast.dump(one) for one in known}) == 1:
            turns = ast.Call(ast.Name("range"), [ast.Constant(len(known))], [])
            items = ast.ListComp(known[0], [ast.comprehension(ast.Name("_"), turns, [], 0)])
        return ast.Call(path(LIST), [items], [])


def first(label: Row | str) -> str:
    """The name of a module, or of the container that it is put into."""
    return str(label).partition(".")[0]


def _members(parts: Sequence[Part], shelf: str) -> list[Part]:
    """The parts that are put into a container."""
    return [part for part in parts if str(part.label).startswith(f"{shelf}.")]


def _kind_of(parts: Sequence[Part], shelf: str) -> str:
    """The class of a container: a list, if the names in it count from 0 and all of them are there."""
    inside_it = _members(parts, shelf)
    names = list(dict.fromkeys(first(str(part.label).removeprefix(f"{shelf}.")) for part in inside_it))
    if names == [str(number) for number in range(len(names))] and all(part.when is None for part in inside_it):
        return LIST
    return "nn.Module" if DICT_ATTRIBUTES & set(names) else DICT


def _is_single(part: Part) -> bool:
    """Whether a part is one module of its own, made without a condition."""
    if isinstance(part, LayerPart):
        return part.when is None and part.owner is None and sum(call.made.is_module for call in part.calls) == 1
    return part.when is None and isinstance(part, ClassPart)


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
