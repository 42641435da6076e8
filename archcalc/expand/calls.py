"""What loops, calls and branches give to the steps inside them, and what `apply` and `use` can run."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping

from archcalc.diagnostics import closest
from archcalc.diagnostics.codes import graph as graph_codes
from archcalc.diagnostics.codes import language as codes
from archcalc.diagnostics.model import Diagnostic, Label, Span
from archcalc.expand.scope import UNKNOWN, Binding, Context, enclosing_loop
from archcalc.expressions.nodes import Range
from archcalc.expressions.values import UnknownValue, Value, Word, described
from archcalc.graph import BlockCall
from archcalc.layers.table import KINDS, layer_class, layer_fields
from archcalc.spec.model import (
    Argument,
    Arguments,
    Block,
    Branch,
    ForkStep,
    Formula,
    Loop,
    MergeStep,
    Mistake,
    Step,
    mistake,
)
from archcalc.spec.names import LABEL, problem_with_label


def turns(
    loop: Loop, context: Context, spend: Callable[[int], None], report: Callable[[Diagnostic, BlockCall | None], None]
) -> list[dict[str, Value]]:
    """The variables of every turn of a loop; their number is charged to `spend` before any of them is made.

    Reports: AC123, AC125, AC133, AC141, AC148
    """
    if loop.count is not None:
        count = loop.count.integer(context, "`repeat`")
        if count < 0:
            raise mistake(codes.BAD_VALUE, f"`repeat` is {count}; a loop turns 0 times or more", loop.count.span)
        spend(count)
        return [{}] * count
    lists: dict[str, tuple[Value, ...]] = {}
    for name, argument in loop.variables.items():
        value = argument.evaluate(context)
        if not isinstance(value, tuple):
            raise mistake(
                codes.WRONG_TYPE,
                f"`{name}` walks through a list, and this is {described(value)}",
                argument.span,
                "",
                "write a list such as [64, 128] or a range such as 1..4",
            )
        if not value and (found := _backward(argument, context)):
            report(found, context.call)
        lists[name] = value
    lengths = {len(values) for values in lists.values()}
    if len(lengths) > 1:
        shown = ", ".join(f"{name} has {len(values)}" for name, values in lists.items())
        raise mistake(
            codes.LOOP_LENGTHS,
            f"the lists of a loop go in step, but {shown}",
            loop.span,
            "",
            "make them equally long, or nest two loops",
        )
    spend(max(lengths, default=0))
    return [dict(zip(lists, turn, strict=True)) for turn in zip(*lists.values(), strict=True)]


def _backward(argument: Argument, context: Context) -> Diagnostic | None:
    """A warning for `4..1`. The range `1..0` is no slip: it is `1..n` where n is 0."""
    tree = argument.tree if isinstance(argument, Formula) else None
    if not isinstance(argument, Formula) or not isinstance(tree, Range):
        return None
    first, last = tree.first.integer(context, "the start of a range"), tree.last.integer(context, "its end")
    if last >= first - 1:
        return None
    down = ", ".join(str(number) for number in range(first, last - 1, -1)) if first - last < 12 else f"{first}, ..."
    message = f"a range counts up, so {first}..{last} is empty and the loop turns 0 times"
    return Diagnostic(codes.BACKWARD_RANGE, message, argument.span, help=(f"a list counts down: [{down}]",))


def given_arguments(block: Block, arguments: Arguments) -> dict[str, Argument]:
    """What the caller of a block wrote for its parameters, by their names."""
    names = [parameter.name for parameter in block.parameters]
    if arguments.named is not None:
        return arguments.named
    if arguments.ordered is not None:
        return dict(zip(names, arguments.ordered, strict=False))
    return {names[0]: arguments.single} if arguments.single is not None and names else {}


def bind_arguments(
    block: Block, arguments: Arguments, caller: Context, callee: Context, variables: dict[str, Value]
) -> None:
    """Give a block's parameters their values: what the caller wrote, or the defaults."""
    given = given_arguments(block, arguments)
    for parameter in block.parameters:
        argument = given.get(parameter.name)
        evaluate = bound_name if parameter.name in block.labels else bound_value
        try:
            if argument is not None:
                variables[parameter.name] = evaluate(argument, caller)
            elif parameter.default is not None:
                # Defaults are frozen at the call: they see the earlier parameters and the block's input.
                variables[parameter.name] = evaluate(parameter.default, callee)
        except UnknownValue:
            variables[parameter.name] = UNKNOWN


def bound_value(argument: Argument, context: Context) -> Value:
    """The value of an argument. Raises: Mistake, UnknownValue."""
    return argument.evaluate(context)


def bound_name(argument: Argument, context: Context) -> Value:
    """The value of what names are made of: a word that stands for nothing is a name itself. Raises: Mistake."""
    try:
        return argument.evaluate(context)
    except Mistake as error:
        is_unknown = error.diagnostic.code in (codes.UNKNOWN_NAME, codes.BAD_EXPRESSION)
        if not is_unknown or not isinstance(argument, Formula) or not LABEL.fullmatch(argument.text):
            raise
        if problem := problem_with_label(argument.text):
            raise mistake(codes.BAD_NAME, problem, argument.span, "", "choose another name") from None
        return Word(argument.text)


def filled(steps: list[Step], value: Value, start: Value, kind: str) -> Value:
    """The value of a branch, which in concat must not have lost all its steps to `when`.

    Reports: AC205
    """
    if kind == "concat" and steps and value is start and any(step.when is not None for step in steps):
        first = steps[0]
        raise mistake(
            graph_codes.EMPTY_BRANCH,
            "every step of this branch is left out by `when`, so concat would join its own input",
            first.when.span if first.when else first.span,
            "",
            "write `here` if the identity is meant, or put `when` on the merge",
        )
    return value


def as_branch(branch: Branch, blocks: Collection[str]) -> str:
    """A branch as it can be written: a layer's name in a list, a map's name as it is."""
    if not isinstance(branch, Formula):
        return "[...]"
    word = branch.text.strip()
    return f"[{word}]" if word in KINDS or word in blocks else word


def misnamed_branch(
    error: Mistake, branch: Formula, step: MergeStep | ForkStep, kind: str, context: Context
) -> Mistake:
    """The finding for a branch that names no map: in the words of a merge for a number, or for a layer without a list.

    Reports: AC201, AC204
    """
    word, code, blocks = branch.text.strip(), error.diagnostic.code, context.globals.blocks
    is_number = word.replace(".", "", 1).isdigit() and ("." in word or not context.has_step(word))
    if code is graph_codes.UNKNOWN_MAP and is_number:
        help = _with_number(kind, word, step.branches[0] is branch)
        return mistake(code, f"{kind} joins maps, and {word} is a number", branch.span, "", help)
    if code is graph_codes.NOT_A_MAP and (word in KINDS or word in blocks):
        listed = ", ".join(as_branch(one, blocks) for one in step.branches)
        return mistake(
            graph_codes.BARE_BRANCH,
            f"`{word}` is a layer, and a branch is a map's name, a list of steps or a group",
            branch.span,
            "",
            f"put the steps of each branch into a list: `{kind}: [{listed}]`",
        )
    return error


def _with_number(kind: str, number: str, is_first: bool) -> str:
    """How a map and a number are computed with."""
    sign = {"add": "+", "subtract": "-", "multiply": "*"}.get(kind)
    if sign is None:
        return "a map of one number is a `parameter`, and a fixed number is none"
    text = f"{number} {sign} x" if is_first or kind == "multiply" else f"x {sign} {number}"
    learned = "; `layer_scale` has learned factors" if kind == "multiply" else ""
    return f"arithmetic with a number is a step of its own: `elementwise: {text}`{learned}"


def reads_outside(step: MergeStep, context: Context) -> bool:
    """Whether a merge in a group reads `input`, which is not what entered the group."""
    return context.in_group and any(isinstance(branch, Formula) and branch.text == "input" for branch in step.branches)


def used_twice(label: str, step: Step, earlier: Binding, context: Context) -> Mistake:
    """A step whose name is that of an earlier one, and how it comes to it.

    Reports: AC202
    """
    made = earlier.step
    assert made is not None, "only the name of a step is taken"
    module = context.module
    where = f"in `{module.prefix[:-1]}`" if module.parent else "in the network"
    span = step.name.span if step.name else step.span
    message, help = f"the name `{label}` is used twice {where}", "give each step of a scope its own name"
    labels: tuple[Label, ...] = (Label(made.span, "first used here"),)
    if made is step:
        labels, help = (), _named_by_turn(label, step, context)
    elif step.name is None:
        message = f"this step has no name, and its number {where}, {label}, is the name of another one"
        labels, help = (Label(made.span, "named here"),), "name this step, too: `as: NAME`"
    elif made.name is None:
        message = f"the name `{label}` is the number of another step {where}, which has no name"
        labels, help = (Label(made.span, f"step {label}"),), "name that step, too, or give this one another name"
    return mistake(graph_codes.DUPLICATE_NAME, message, span, "", help, labels=labels)


def _named_by_turn(label: str, step: Step, context: Context) -> str:
    """How a step of a loop gets a name of its own in every turn."""
    loop = enclosing_loop(context.frame)
    text = step.name.text if step.name else label
    # A computed part in front of another one needs its parenthesis: `c$(k)_$i`.
    name = re.sub(r"\$(\w+)", r"$(\1)", text) + ("_" if "$" in text else "")
    if loop is None:
        return "compute the name: `as: NAME$i`"
    if loop.count is not None:
        count = loop.count.text
        turn = next(letter for letter in "ijklmn" if not re.search(rf"\b{letter}\b", name))
        turns_ = f"`for: {{{turn}: 1..{count}}}` for `repeat: {count}`"
        return f"count the turns: {turns_}, and `as: {name}${turn}`; or make it a block"
    variable = next(iter(loop.variables))
    return f"in a loop, compute the name: `as: {name}${variable}`"


def applicable(kind: Value, blocks: Mapping[str, Block], span: Span) -> str:
    """The name of the layer or block that `apply` is given, which must need no values.

    Reports: AC131, AC132, AC144
    """
    if isinstance(kind, Word) and kind in blocks:
        needed = [parameter.name for parameter in blocks[kind].parameters if parameter.default is None]
        if needed:
            raise mistake(codes.BAD_CALL, f"`apply` gives no values, and `{kind}` needs {needed[0]}", span)
        return str(kind)
    if isinstance(kind, Word) and kind in KINDS and not layer_class(kind).is_merge:
        missing = layer_fields(kind)[1]
        if missing:
            raise mistake(codes.MISSING_FIELD, f"`apply` gives no values, and `{kind}` needs {missing[0]}", span)
        return str(kind)
    near = closest(kind, [*blocks, *KINDS]) if isinstance(kind, str) else None
    raise mistake(
        codes.UNKNOWN_KIND,
        f"`apply` takes a layer or a block, and this is {described(kind)}",
        span,
        "",
        *((f"did you mean `{near}`?",) if near else ()),
    )


def reusable(binding: Binding | None, path: tuple[str, ...], span: Span) -> tuple[Binding, Step, Context]:
    """What `use` applies once more: its name's binding, the step, and the place where the step was written.

    Reports: AC211
    """
    if binding is not None and binding.step is not None and binding.context is not None and binding.inside is not None:
        return binding, binding.step, binding.context
    raise mistake(
        graph_codes.NOT_REUSABLE,
        f"`{'.'.join(path)}` is not a layer or a group",
        span,
        "",
        "give the step to reuse a name with `as`",
    )
