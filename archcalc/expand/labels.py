"""Names of steps: how they are spelled, entered into their scope, and put into a path.

`as: convs.$i` puts a step into a shelf, `convs`, which holds steps of the scope under names of their own and is no
map: the step still runs where it stands. PyTorch's counterpart is an `nn.ModuleList` or an `nn.ModuleDict`.
"""

from __future__ import annotations

from collections.abc import Mapping

from archcalc.diagnostics.codes import graph as graph_codes
from archcalc.diagnostics.codes import language as codes
from archcalc.diagnostics.model import Label
from archcalc.expand.calls import used_twice
from archcalc.expand.scope import Binding, Context, is_left_out
from archcalc.graph import Module
from archcalc.spec.model import ForkStep, Step, mistake
from archcalc.spec.names import problem_with_label


def label_of(step: Step, context: Context) -> str:
    """The step's own name, or its position in the scope. Raises: Mistake, UnknownValue."""
    if step.name is None:
        return str(context.module.count)
    labels = step.name.names(context)
    for label in labels:
        if problem := problem_with_label(label):
            raise mistake(codes.BAD_NAME, problem, step.name.span, "", "choose another name")
    return ".".join(labels)


def enter(label: str, step: Step, context: Context, binding: Binding) -> None:
    """Let a name stand for what its step made. Raises: Mistake for one that another step has."""
    names, last = _place(label, step, context)
    taken = names[last].step if last in names else None
    # A fork has no parameters, so that its name may stand for the maps of the next turn.
    if taken is not None and not (isinstance(taken, ForkStep) and isinstance(step, ForkStep)):
        raise used_twice(label, step, names[last], context)
    names[last] = binding


def leave_out(step: Step, context: Context) -> None:
    """The name of a step that `when` leaves out stands for the map that passes, unless an alternative has it."""
    if step.name is not None:
        names, last = _place(label_of(step, context), step, context)
        names.setdefault(last, Binding(context.here, None, None, None))


def entered(names: Mapping[str, Binding], label: str) -> Binding | None:
    """What a name, or a path through shelves, stands for."""
    first, *others = label.split(".")
    found = names.get(first)
    for name in others:
        inside = found.inside if found is not None else None
        found = inside.names.get(name) if isinstance(inside, Module) else None
    return found


def take_over(inner: Module, step: Step, context: Context) -> None:
    """Let the scope of a call have the names that its block gave, and count on. Raises: Mistake for a name it has."""
    context.module.count = inner.count
    _join(context.module.names, inner.names, inner, step)


def _join(names: dict[str, Binding], others: Mapping[str, Binding], inner: Module, step: Step) -> None:
    for name, binding in others.items():
        known = names.get(name)
        if known is None or known.step is None:
            names[name] = binding
        elif (shelf := _shelf(known)) and (other := _shelf(binding)):
            _join(shelf.names, other.names, inner, step)
        elif binding.step is not None:
            raise mistake(
                graph_codes.DUPLICATE_NAME,
                f"a step of block `{inner.block}` is called `{name}`, and so is one in the scope of this call",
                step.span,
                "",
                "give this call a name, `as: NAME`, so that its steps have a scope of their own",
                labels=(Label(known.step.span, "the other one"),),
            )


def _shelf(binding: Binding) -> Module | None:
    inside = binding.inside
    return inside if isinstance(inside, Module) and inside.is_shelf else None


def _place(label: str, step: Step, context: Context) -> tuple[dict[str, Binding], str]:
    """The names among which the last part of a label stands. Raises: Mistake for a path through what is no shelf."""
    names: dict[str, Binding] = context.module.names
    if "." not in label:
        return names, label
    *shelves, last = label.split(".")
    for name in shelves:
        if name not in names or is_left_out(names[name]):
            # Of alternatives, one may have the shelf that the other one needs no more.
            shelf = Module(name, context.module.home)
            shelf.is_shelf = True
            names[name] = Binding(None, shelf, step, None)
        found = _shelf(names[name])
        if found is None:
            raise used_twice(name, step, names[name], context)
        names = found.names
    return names, last
