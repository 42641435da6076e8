"""Loops in `forward`: what runs along is one variable, and what others read of all turns is appended to a list."""

from __future__ import annotations

import ast

from archcalc.export.torch.code import binary
from archcalc.export.torch.cycles import reads_of
from archcalc.export.torch.forward import Forward
from archcalc.export.torch.making import invoked
from archcalc.export.torch.measures import measured
from archcalc.export.torch.parts import CyclePart, Part
from archcalc.export.torch.reading import own_name
from archcalc.export.torch.refs import Ref, bases
from archcalc.expressions.nodes import Constant

WITHIN = 1_000_000
"""Readers of what is read anew in every turn: it must not be taken for another tensor before the loop ends."""


class LoopingForward(Forward):
    """A method with loops among other steps than chains."""

    def write(self, part: Part) -> None:
        """Add what a part does."""
        if isinstance(part, CyclePart):
            self.unpack(part)
            CycleWriter(self, part).write()
        else:
            super().write(part)


class CycleWriter:
    """Writes one loop of a class."""

    def __init__(self, forward: Forward, part: CyclePart) -> None:
        self.forward = forward
        self.part = part
        self.lists: list[str] = []
        """The variables of the lists of what is kept."""

    def write(self) -> None:
        """Add the statements of the loop."""
        forward, part = self.forward, self.part
        forward.flush()
        left = {ref: forward.left[ref] for ref in part.sources}
        forward.left |= {ref: count + WITHIN for ref, count in left.items()}
        kept_apart = set(forward.kept_apart)
        before = forward.body
        forward.body = []
        self._start()
        starting, forward.body = forward.body, []
        for one in part.parts:
            forward.write(one)
            self._keep(one)
        self._carry_on()
        inside, forward.body = forward.body, before
        forward.kept_apart = kept_apart
        forward.left |= {ref: count - 1 for ref, count in left.items()}
        self._add(starting, inside)
        for number, running in enumerate(part.carried):
            del forward.becoming[running.update]
            forward.variables[(part.serial, f"carried{number}")] = forward.variables[running.ref]

    def _start(self) -> None:
        """Give variables to what runs along, and lists to what is kept."""
        forward, part = self.forward, self.part
        inside = {base for one in part.parts for ref in (*reads_of(one), *measured(one)) for base in bases(ref)}
        for running in part.carried:
            (value,), _ = forward.take([running.start], heavy=False)
            for base in bases(running.start):
                forward.left[base] += 1
            if isinstance(value, ast.Name) and running.start not in inside and self._is_last(running.start, value.id):
                text = value.id
            else:
                text = forward.running() or forward.names.new("out")
                forward.body.append(ast.Assign([ast.Name(text)], value))
            forward.variables[running.ref] = text
            forward.kept_apart.add(text)
            forward.becoming[running.update] = running.ref
        for ref in part.kept:
            maker = next(one for one in part.parts if one.serial == ref[0])
            own = own_name(maker, ref[1]) if len(maker.first.outputs) > 1 else None
            text = forward.running_list() if own is None else forward.names.new(f"{own}s")
            self.lists.append(text)
            forward.kept_apart.add(text)
            forward.body.append(ast.Assign([ast.Name(text)], ast.List([])))
            if ref in part.back:
                forward.variables[(part.serial, f"back{part.back.index(ref)}")] = text

    def _is_last(self, ref: Ref, text: str) -> bool:
        """Whether nobody but the loop reads a tensor, or another one under the same variable."""
        forward = self.forward
        others = [one for one, known in forward.variables.items() if known == text and one != ref]
        return forward.left[ref] == WITHIN + 1 and not any(forward.left.get(one, 0) > 0 for one in others)

    def _keep(self, one: Part) -> None:
        """Append what a part gives to the list of what is kept of it."""
        for ref, text in zip(self.part.kept, self.lists, strict=True):
            if ref[0] == one.serial:
                (value,), _ = self.forward.take([ref], heavy=False)
                self.forward.body.append(ast.Expr(invoked(ast.Attribute(ast.Name(text), "append"), value)))

    def _carry_on(self) -> None:
        """Let what runs along be what it is after the turn."""
        forward, part = self.forward, self.part
        if len(part.carried) > 1:
            forward.flush()
        for running in part.carried:
            text = forward.variables[running.ref]
            (value,), _ = forward.take([running.update], heavy=False)
            if not (isinstance(value, ast.Name) and value.id == text):
                forward.body.append(ast.Assign([ast.Name(text)], value))
        forward.flush()

    def _add(self, starting: list[ast.stmt], inside: list[ast.stmt]) -> None:
        """Add the loop, as one expression if it does nothing but make a list."""
        forward, part = self.forward, self.part
        target, walked = self._walk(inside)
        match inside:
            case [ast.Expr(ast.Call(ast.Attribute(_, "append"), [value]))] if not part.carried and not part.back:
                whole = ast.ListComp(value, [ast.comprehension(target, walked, [], 0)])
                forward.give(part, [(part.serial, 0)], whole, [], heavy=True)
                return
        # Nothing is done in the turns of a loop that only gives names to tensors.
        forward.body.extend([*starting, ast.For(target, walked, inside, [])] if inside else starting)
        for number, text in enumerate(self.lists):
            forward.variables[(part.serial, number)] = text

    def _walk(self, inside: list[ast.stmt]) -> tuple[ast.expr, ast.expr]:
        """The variables of the loop, and what they walk through."""
        constructor, (text, first) = self.forward.constructor, self.part.counter
        read = {node.id for one in inside for node in ast.walk(one) if isinstance(node, ast.Name)}
        walked = constructor.walked.get(self.part.serial)
        if walked is not None:
            target, container = walked
            if text not in read:
                return ast.Name(target), container
            start = [ast.Constant(first)] if first else []
            return ast.Tuple([ast.Name(text), ast.Name(target)]), invoked(ast.Name("enumerate"), container, *start)
        if text not in read or first == 0:
            given = [constructor.kept(self.part, self.part.count, "turns")]
        elif isinstance(self.part.count, Constant):
            given = [ast.Constant(first), constructor.code(binary("+", self.part.count, Constant(first)))]
        else:
            count = constructor.kept(self.part, self.part.count, "turns")
            given = [ast.Constant(first), ast.BinOp(count, ast.Add(), ast.Constant(first))]
        return ast.Name(text if text in read else "_"), invoked(ast.Name("range"), *given)
