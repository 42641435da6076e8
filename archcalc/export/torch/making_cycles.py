"""Loops in constructors: the modules of all turns, as entries of a list, of a dictionary, or as attributes."""

from __future__ import annotations

import ast

from archcalc.export.torch.classes import keeps
from archcalc.export.torch.construct import Constructor
from archcalc.export.torch.making import invoked, path
from archcalc.export.torch.names import variable
from archcalc.export.torch.parts import CyclePart, LayerPart, Part
from archcalc.export.torch.python import python
from archcalc.export.torch.shelves import DICT, LIST, last_of, number_of, shelf_of


class LoopingConstructor(Constructor):
    """A constructor with loops among other steps than chains."""

    def registered(self, part: Part) -> list[ast.stmt]:
        """Statements that make the modules of a part."""
        return CycleMaker(self, part).statements() if isinstance(part, CyclePart) else super().registered(part)


class CycleMaker:
    """Writes what makes the modules of one loop of a class."""

    def __init__(self, constructor: Constructor, part: CyclePart) -> None:
        self.constructor = constructor
        self.part = part

    def statements(self) -> list[ast.stmt]:
        """The statements, in the order of the spec."""
        found: list[ast.stmt] = []
        kept: list[Part] = []
        for one in self.part.parts:
            if not keeps(one):
                found.extend(self.constructor.registered(one))
                continue
            kept.append(one)
            if isinstance(one, LayerPart):
                found.extend(self.constructor.beside(one))
        if not kept:
            return found
        kept = self.constructor.of.registration.inside(kept)
        self._let_read(kept)
        if len(kept) == 1 and self.part.start is None and self._is_whole(kept[0]):
            made = self.constructor.named(kept[0])
            if made is not None:
                return [*found, *self._made_at_once(kept[0], self.constructor.unless(kept[0], made))]
        body: list[ast.stmt] = []
        for one in kept:
            opened, container = self.constructor.shelves.opened(shelf_of(one))
            found.extend(opened)
            body.extend(self._entered(one, container))
        found.extend(self.constructor.run_along(self.part, body))
        target, walked = self.constructor.walk(self.part, body)
        return [*found, ast.For(target, walked, body, [])]

    def _is_whole(self, one: Part) -> bool:
        shelves = self.constructor.shelves
        return shelves.kind(shelf_of(one)) == LIST and shelves.is_alone(one)

    def _made_at_once(self, one: Part, made: ast.expr) -> list[ast.stmt]:
        target, walked = self.constructor.walk(self.part, [ast.Expr(made)])
        entries = ast.ListComp(made, [ast.comprehension(target, walked, [], 0)])
        opened, _ = self.constructor.shelves.opened(shelf_of(one), entries)
        return opened

    def _entered(self, one: Part, container: ast.expr) -> list[ast.stmt]:
        """The statements that enter the module of one turn."""
        before, made = self.constructor.whole(one)
        made = self.constructor.unless(one, made)
        kind = self.constructor.shelves.kind(shelf_of(one))
        if kind == LIST:
            return [*before, ast.Expr(invoked(ast.Attribute(container, "append"), made))]
        label = self.constructor.text(last_of(one))
        if kind == DICT:
            return [*before, ast.Assign([ast.Subscript(container, label)], made)]
        return [*before, ast.Expr(invoked(ast.Attribute(container, "add_module"), label, made))]

    def _let_read(self, kept: list[Part]) -> None:
        """Let `forward` walk through a container that holds nothing else, or ask for its entries by their names."""
        for one in kept:
            shelf = shelf_of(one)
            kind = self.constructor.shelves.kind(shelf)
            container = path(f"self.{shelf}") if shelf else ast.Name("self")
            if len(kept) == 1 and self.constructor.shelves.is_alone(one):
                target = self.constructor.walking.new(variable(_singular(shelf) or one.word, "layer"))
                method = {LIST: None, DICT: "values"}.get(kind, "children")
                walked = container if method is None else invoked(ast.Attribute(container, method))
                self.constructor.walked[self.part.serial] = target, walked
                self.constructor.read(one, ast.Name(target))
            elif kind == LIST:
                self.constructor.read(one, ast.Subscript(container, python(number_of(one))))
            elif kind == DICT:
                self.constructor.read(one, ast.Subscript(container, self.constructor.text(last_of(one))))
            else:
                label = self.constructor.text(last_of(one))
                self.constructor.read(one, invoked(ast.Name("getattr"), container, label))


def _singular(shelf: str) -> str:
    """A word for one entry of a container, if its name is one for several."""
    word = shelf.rpartition(".")[2]
    if word.endswith(("ches", "shes", "sses", "xes")):
        return word.removesuffix("es")
    return word.removesuffix("s") if word.endswith("s") else ""
