"""`register: [names]`: where among its modules a scope registers some of them.

A class of PyTorch registers a module where its constructor makes it, and a state_dict has its keys in this order. As a
rule it is the order in which the steps run; this step says where it is not. It may stand in front of what it names,
and behind it, so that names are looked at when the whole network is unfolded.

>>> import archcalc
>>> graph = archcalc.load('''
...     input: [8]
...     layers: [register: [body], {layer_norm, as: norm}, {linear: 8, as: body}]
... ''').check().graph
>>> graph.root.registered
((0, ('body',)),)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from archcalc.diagnostics import Help, closest, did_you_mean
from archcalc.diagnostics.codes import graph as codes
from archcalc.diagnostics.model import Diagnostic, Label
from archcalc.expand.scope import Binding, Context, of_scope
from archcalc.expressions.nodes import Path
from archcalc.graph import BlockCall, Module
from archcalc.spec.model import BlockStep, ForkStep, Formula, GroupStep, MergeStep, RegisterStep, Step, mistake

if TYPE_CHECKING:
    from archcalc.expand.globals import Globals

MOST_LISTED = 8
"""Names of a scope that a help repeats."""


class Registered(NamedTuple):
    """A name behind `register`, with the scope that it speaks of and where that is."""

    path: tuple[str, ...]
    written: Formula
    module: Module
    call: BlockCall | None


def register(step: RegisterStep, context: Context, layers: int) -> Iterator[Registered]:
    """Let a scope register what is named behind so many layers of the network. Raises: Mistake, UnknownValue."""
    module = context.module.home
    found = [Registered(name.names(context), name, module, context.call) for name in step.names]
    module.registered = (*module.registered, (layers, tuple([one.path[0] for one in found])))
    yield from found


def misnamed(found: list[Registered], globals_: Globals) -> Iterator[tuple[Diagnostic, BlockCall | None]]:
    """What is wrong with names behind `register`, once all steps have theirs.

    Reports: AC214
    """
    earlier: dict[tuple[int, str], Formula] = {}
    for one in found:
        problem = _problem(one, earlier.get((id(one.module), one.path[0])), globals_)
        earlier.setdefault((id(one.module), one.path[0]), one.written)
        if problem is not None:
            yield problem, one.call


def _problem(one: Registered, earlier: Formula | None, globals_: Globals) -> Diagnostic | None:
    name, *inside = one.path
    binding: Binding | None = one.module.names.get(name)
    if binding is None:
        is_hidden = one.module.hides_names or _is_left_out(one, globals_)
        return None if is_hidden else _unknown(one, name)
    if inside:
        holds = isinstance(binding.inside, Module) and binding.inside.is_shelf
        help = f"write `{name}`, which is registered with all that it holds" if holds else _inside(name, inside[0])
        return _found(
            one, f"`register` is about the steps of one scope, and `{one.written.text}` is in another one", help
        )
    if isinstance(binding.step, (MergeStep, ForkStep)):
        kind = binding.step.kind if isinstance(binding.step, MergeStep) else "fork"
        return _found(one, f"`{name}` is no module: {kind} joins maps, and nothing of it is registered", "leave it out")
    if earlier is None:
        return None
    is_again = earlier is one.written
    help = "write `register` outside of the loop" if is_again else "leave it out here or there"
    labels = () if is_again else (Label(earlier.span, "the first time"),)
    return _found(one, f"`{name}` is registered twice {_where(one.module)}", help, *labels)


def _is_left_out(one: Registered, globals_: Globals) -> bool:
    """Whether a step has this name that stands in a group which the network leaves out, here or in this turn."""
    ran = [binding.step for binding in one.module.names.values()]
    return any(
        step.name is not None and (step.name.text == one.written.text or (step not in ran and _fits(step, one.path[0])))
        for step in _written(one.module, globals_)
    )


def _written(module: Module, globals_: Globals) -> Iterator[Step]:
    """The steps of a scope as they stand in the spec, with those of blocks whose calls open no scope."""
    seen = {module.block} if module.block is not None else set()
    first: list[Step] = module.step.steps if isinstance(module.step, GroupStep) else globals_.steps
    waiting = [globals_.blocks[block].steps for block in seen] or [first]
    while waiting:
        for step in of_scope(waiting.pop()):
            yield step
            if isinstance(step, BlockStep) and step.is_bare and step.block not in seen:
                seen.add(step.block)
                waiting.append(globals_.blocks[step.block].steps)


def _fits(step: Step, name: str) -> bool:
    """Whether a step has a name, or may have it where that is computed."""
    if step.name is None or not isinstance(step.name.tree, Path):
        return False
    first = step.name.tree.parts[0]
    return re.fullmatch("".join(re.escape(one) if isinstance(one, str) else ".+" for one in first), name) is not None


def _unknown(one: Registered, name: str) -> Diagnostic:
    """What is said of a name that no step of the scope has."""
    known = [label for label, binding in one.module.names.items() if binding.step is not None]
    holders = [label for label in known if _holds(one.module.names[label], name)]
    near = closest(name, known)
    help: str | Help
    if near is not None and one.written.text == name:
        help = did_you_mean(name, near, one.written.span, is_certain=False)
    elif holders:
        help = _inside(holders[0], name)
    else:
        listed = ", ".join(known[:MOST_LISTED]) + (", ..." if len(known) > MOST_LISTED else "")
        help = "give the step a name, by `as`" if all(map(str.isdigit, known)) else f"its steps are {listed}"
    return _found(one, f"`register` names `{name}`, and no step {_where(one.module)} is called so", help)


def _holds(binding: Binding, name: str) -> bool:
    return isinstance(binding.inside, Module) and name in binding.inside.names


def _inside(scope: str, name: str) -> str:
    return f"write `- register: {name}` among the steps of `{scope}`"


def _where(module: Module) -> str:
    if module.block is not None:
        return f"in block `{module.block}`"
    return f"in `{module.label}`" if module.parent is not None else "in the network"


def _found(one: Registered, message: str, help: str | Help, *labels: Label) -> Diagnostic:
    return mistake(codes.NOT_REGISTERED, message, one.written.span, "", help, labels=labels).diagnostic
