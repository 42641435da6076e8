"""Instances of classes, named chains and scopes that are applied again, as parts of a class."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from archcalc.export.torch.candidates import ABSENT, Candidate, common, explained, first_that_holds, once
from archcalc.export.torch.code import Code, NotPython
from archcalc.export.torch.matching import Matching, Refs
from archcalc.export.torch.namespace import Mismatch, Namespace, Parameter, channels_of, given
from archcalc.export.torch.parts import AgainPart, ClassPart, GroupPart, is_numbered, is_trained
from archcalc.export.torch.scopes import Scope
from archcalc.expressions.values import ExpressionError
from archcalc.spec.model import Argument, BlockStep


def fill_instance(patterns: Matching, part: ClassPart, names: Namespace) -> None:
    """Fill in what the constructor of a class is given. Raises: Mismatch."""
    part.trainable = _is_trained(part, names)
    if part.template is patterns.own:
        patterns.recursive.append((part, names))
    else:
        for parameter in part.template.parameters:
            pass_on(patterns, part, names, parameter)
    for index, _ in enumerate(part.first.outputs):
        _hand_out(patterns, part, names, index)


def pass_on(patterns: Matching, part: ClassPart, names: Namespace, parameter: Parameter) -> None:
    """Fill in what an instance is given for a parameter of its class. Raises: Mismatch."""
    scopes: list[Scope | None] = part.items
    places = [None if scope is None else patterns.template_of(scope)[1] for scope in scopes]
    values = [ABSENT if place is None else parameter.values[place] for place in places]
    code = explained(names, values, _given(patterns, part, names, parameter), parameter.name)
    part.arguments.append((parameter, code))


def _is_trained(part: ClassPart | GroupPart, names: Namespace) -> bool:
    found = {is_trained(scope, names.scope(place)) for place, scope in part.present}
    if len(found) > 1:
        raise Mismatch("frozen at one place only")
    return found.pop()


def fill_again(patterns: Matching, part: AgainPart, names: Namespace) -> None:
    """Check that one module is applied again at all places. Raises: Mismatch."""
    places = [(names.scope(place).module.prefix, scope) for place, scope in part.present]
    if len({scope.owner.prefix.removeprefix(prefix) for prefix, scope in places}) > 1:
        raise Mismatch("another module is applied again")
    for index, _ in enumerate(patterns.outputs(part.first)):
        values = [ABSENT if scope is None else channels_of(patterns.outputs(scope)[index]) for scope in part.items]
        patterns.channels[(part.serial, index)] = partial(common, values)


def _hand_out(patterns: Matching, part: ClassPart, names: Namespace, index: int) -> None:
    values = [ABSENT if scope is None else channels_of(scope.outputs[index]) for scope in part.items]

    def attempt() -> Code | None:
        source = patterns.channels_code(part.sources[0]) if part.sources else None
        if part.template is patterns.own:
            return first_that_holds([*_arguments(patterns, part, names), source], names, values)
        given = {parameter.name: code for parameter, code in part.arguments}
        return first_that_holds([part.template.channels_after(index, given), source], names, values)

    patterns.channels[(part.serial, index)] = once(attempt)


def _arguments(patterns: Matching, part: ClassPart, names: Namespace) -> Iterator[Code | None]:
    """What a call of the block around gives for its parameters, as codes."""
    scope: Scope = part.first
    for parameter in part.template.block.parameters if part.template.block is not None else ():
        argument = given_argument(scope, parameter.name, part.template.block)
        if argument is None:
            continue
        try:
            yield patterns.read(names, part, argument, scope.module.frame)
        except (NotPython, ExpressionError):
            continue


def _given(patterns: Matching, part: ClassPart, names: Namespace, parameter: Any) -> list[Candidate]:
    """Where the caller finds the value of a parameter."""
    scope: Scope = part.first
    module = scope.module
    if parameter.kind == "channels":
        return [lambda: patterns.channels_code(part.sources[parameter.source])]
    if parameter.kind == "symbol":
        return [lambda: names.known(parameter.source).code]
    if parameter.kind == "outside":
        asked = patterns.asked(names, part)
        return [lambda: names.lookup(parameter.source, part.place, module.frame, asked).code]
    if parameter.kind == "argument":
        argument = given_argument(scope, parameter.source, part.template.block)
        if argument is not None:
            return [lambda: patterns.read(names, part, argument, module.frame)]
    return [lambda: patterns.channels_code(part.sources[0]) if part.sources else None]


def fill_group(patterns: Matching, part: GroupPart, names: Namespace) -> None:
    """Fill in the parts of a chain. Raises: Mismatch."""
    scopes: list[Scope | None] = part.items
    part.trainable = _is_trained(part, names)
    numbered = all(scope is None or is_numbered(scope) for scope in scopes)
    inside = [Refs() for _ in scopes]
    for place, scope in part.present:
        inside[place].name(scope.inputs[0], part.sources[0])
    lists = [
        ([] if place in part.hollow else None) if scope is None else scope.items for place, scope in enumerate(scopes)
    ]
    part.parts = patterns.parts(names, lists, inside, 0, chain=True, numbered=numbered)
    last = (part.parts[-1].serial, 0)
    patterns.channels[(part.serial, 0)] = lambda: patterns.channels_code(last)


def given_argument(scope: Scope, text: str, block: Any) -> Argument | None:
    """What a call gives for a parameter of its block; None where the default holds."""
    step = scope.module.step
    return given(step.arguments, text, block) if isinstance(step, BlockStep) and block is not None else None
