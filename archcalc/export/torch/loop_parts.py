"""Loops in chains: which of them stay loops, and how they are written.

`repeat: 6` of `conv: {out: 4*channels(here), kernel: 1}` and `relu`, on a map of one channel, is twelve layers of the
graph, two in each turn. They become

    channels = 1
    for _ in range(6):
        self.extend([nn.Conv2d(channels, 4 * channels, kernel_size=1), nn.ReLU()])
        channels = 4 * channels

The turns are matched like the places of a class; `channels` runs along, because every turn reads what the one before
has written. A few short turns, and turns that follow no common pattern, are written out.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from archcalc.export.torch.candidates import ABSENT, Candidate, common, explained, holds
from archcalc.export.torch.code import Code, NotPython, binary, variable_of
from archcalc.export.torch.evaluation import evaluated
from archcalc.export.torch.matching import Matching, Refs
from archcalc.export.torch.namespace import LoopNames, Mismatch, Namespace, Unrolled, channels_of
from archcalc.export.torch.parts import LoopPart, Run, is_group
from archcalc.export.torch.refs import Ref
from archcalc.export.torch.scopes import Scope, Turn
from archcalc.expressions import nodes as tree
from archcalc.expressions.values import ExpressionError
from archcalc.spec.model import Argument, Formula, GroupStep

MANY_TURNS = 6
"""Up to this many modules with names of their own are written one by one, which still reads best."""


def worth_rolling(lists: Sequence[list[Any]], depth: int, numbered: bool, contained: bool) -> set[int]:
    """Loops that read better than their turns written out, or that turn as often as a parameter says."""
    found: set[int] = set()
    counts: dict[int, set[int]] = {}
    for items in lists:
        inside: dict[int, list[Any]] = {}
        for item in items:
            if len(item.turns) > depth:
                inside.setdefault(id(item.turns[depth].group), []).append(item)
        for identity, members in inside.items():
            loop = members[0].turns[depth].group.loop
            turns = len({item.turns[depth].number for item in members})
            counts.setdefault(identity, set()).add(turns)
            steps = len({item.key[0] for item in members})
            entering = [channels_of(item.wires[0]) for item in members[::steps]]
            runs = any(value != entering[0] for value in entering)
            named = any(not item.label.isdigit() or not numbered for item in members)
            written = sum(map(_length_written, members))
            if turns < 2 or (named and (written if contained else turns) <= MANY_TURNS):
                continue
            cost = max(map(_length_in_loop, members)) + steps + 1 + len(loop.variables) + 2 * runs
            if (
                (steps == 1 and not loop.variables and not runs)
                or 2 * written > 3 * cost
                or _walks_through_argument(members[0].turns[depth])
            ):
                found.add(identity)
    return found | {identity for identity, turns in counts.items() if len(turns) > 1}


def _length_written(item: Any) -> int:
    """About how many lines an item takes where it stands."""
    if isinstance(item, Scope) and is_group(item):
        return 1 + sum(map(_length_written, item.items))
    return 1


def _length_in_loop(item: Any) -> int:
    """About how many lines it takes where its own loops stay loops."""
    if isinstance(item, Scope) and is_group(item):
        return 1 + sum({inner.key[0]: _length_in_loop(inner) for inner in item.items}.values())
    return 1


def _walks_through_argument(turn: Turn) -> bool:
    """Whether a loop walks through a list that a block is given, of any length."""
    assert turn.group.loop is not None
    frame = turn.frame.parent
    while frame is not None and frame.module is None:
        frame = frame.parent
    if frame is None or frame.module.block is None:
        return False
    paths = [one.tree for one in turn.group.loop.variables.values() if isinstance(one, Formula)]
    return any(isinstance(path, tree.Path) and path.fixed and path.fixed[0] in frame.variables for path in paths)


def gathered(items: list[Any], depth: int, rolled: set[int]) -> list[Any]:
    """Items with the turns of these loops gathered."""
    found: list[Any] = []
    index = 0
    while index < len(items):
        item = items[index]
        if len(item.turns) <= depth:
            found.append(item)
            index += 1
            continue
        group = item.turns[depth].group
        end = index
        turns: list[Turn] = []
        inside: list[list[Any]] = []
        while end < len(items) and len(items[end].turns) > depth and items[end].turns[depth].group is group:
            turn = items[end].turns[depth]
            if not turns or turns[-1].number != turn.number:
                if turns and turn.number < turns[-1].number:
                    break
                turns.append(turn)
                inside.append([])
            inside[-1].append(items[end])
            end += 1
        if id(group) in rolled:
            found.append(Run(group, turns, inside))
        else:
            found.extend(items[index:end])
        index = end
    return found


def turns_nowhere(patterns: Matching, part: LoopPart, names: Namespace, places: Sequence[int]) -> bool:
    """Whether the head of a loop itself says that it does not turn at these places."""
    part.empty = list(places)
    loop = part.first.group.loop
    try:
        if loop.count is not None:
            code = patterns.read(names, part, loop.count, _outside(part))
            none = code is not None and all(_is_none(code, names, place) for place in places)
            return none and code is not None and holds(code, names, counts_of(part, ()))
        argument = next(iter(loop.variables.values()))
        lengths = [_length_of(candidate)() for candidate in _list(patterns, part, names, argument)]
    except (NotPython, ExpressionError):
        return False
    finally:
        part.empty = []
    return any(code is not None and holds(code, names, counts_of(part, places)) for code in lengths)


def _is_none(code: Code, names: Namespace, place: int) -> bool:
    """Whether a number of turns is none: a negative one is that, too."""
    value = evaluated(code, names, place)
    return isinstance(value, int) and value <= 0


def counts_of(part: LoopPart, empty: Sequence[int] | None = None) -> list[Any]:
    """How often a loop turns at every place."""
    nowhere = part.empty if empty is None else empty
    return [
        (0 if place in nowhere else ABSENT) if run is None else len(run.turns) for place, run in enumerate(part.items)
    ]


def fill_loop(patterns: Matching, part: LoopPart, names: Namespace, depth: int, numbered: bool) -> None:
    """Fill in the body and the head of a loop. Raises: Unrolled."""
    try:
        _turns(patterns, part, names, depth, numbered)
    except Unrolled:
        raise
    except Mismatch as reason:
        raise Unrolled(part.first.group, reason) from None


def _turns(patterns: Matching, part: LoopPart, names: Namespace, depth: int, numbered: bool) -> None:
    runs: list[Run | None] = part.items
    turns = [(place, turn) for place, run in enumerate(runs) if run is not None for turn in run.turns]
    items = [items for run in runs if run is not None for items in run.items]
    inner = LoopNames(names, turns, [one[0].wires[0] for one in items])
    entering = patterns.channels_code(part.sources[0])
    steady = _steady(entering, names, inner)
    running = variable_of(entering)
    if running is not None and "#" in running:
        inner.entered_as = running
    entry: Ref = ("loop", part.serial)
    if steady is not None:
        patterns.channels[entry] = lambda: steady
    else:
        patterns.channels[entry] = lambda: tree.name_node(inner.channels_name(0))
    refs = [Refs() for _ in items]
    for known, one in zip(refs, items, strict=True):
        known.name(one[0].wires[0], entry)
    with patterns.within(part):
        part.parts = patterns.parts(inner, items, refs, depth + 1, chain=True, numbered=numbered)
        leaving = patterns.joined([refs[index][one[-1].outputs[0]] for index, one in enumerate(items)])
    if inner.running_name is not None:
        _run_along(patterns, part, names, inner, items, entering, leaving)
    else:
        after = patterns.channels_code(leaving)
        values = [ABSENT if run is None else channels_of(run.outputs[0]) for run in runs]
        patterns.channels[(part.serial, 0)] = lambda: (
            after if after is not None and holds(after, names, values) else common(values)
        )
    header(patterns, part, names, inner)


def _run_along(
    patterns: Matching,
    part: LoopPart,
    names: Namespace,
    inner: LoopNames,
    items: Sequence[list[Any]],
    entering: Code | None,
    leaving: Ref,
) -> None:
    runs: list[Run | None] = part.items
    before = [ABSENT if run is None else channels_of(run.wires[0]) for run in runs]
    passing = partial(patterns.channels_or_passing, part.sources[0])
    start = explained(names, before, [lambda: entering, passing], "channels")
    after = explained(
        inner, [channels_of(one[-1].outputs[0]) for one in items], [lambda: patterns.channels_code(leaving)], "channels"
    )
    assert inner.running_name is not None
    part.start = (inner.running_name, start)
    part.update = after
    values = [None if run is None else channels_of(run.outputs[0]) for run in runs]
    done = names.local(inner.running_name, values)
    patterns.channels[(part.serial, 0)] = lambda: tree.name_node(done)


def header(patterns: Matching, part: LoopPart, names: Namespace, inner: LoopNames, *, counted: bool = False) -> None:
    """Fill in what a loop walks through, and how often it turns where nothing else tells, or if that is `counted`."""
    runs: list[Run | None] = part.items
    group: GroupStep = part.first.group
    assert group.loop is not None
    for written in group.loop.variables:
        text = inner.used.get(written)
        if text is None:
            continue
        values = [
            (() if place in part.empty else ABSENT)
            if run is None
            else tuple(turn.frame.variables[written] for turn in run.turns)
            for place, run in enumerate(runs)
        ]
        argument = group.loop.variables[written]
        code = explained(names, values, _list(patterns, part, names, argument), text)
        part.variables.append((text, code))
    counts = counts_of(part, () if group.loop.count is not None else None)
    candidates: list[Candidate] = []
    if group.loop.count is not None:
        count = group.loop.count
        candidates.append(lambda: patterns.read(names, part, count, _outside(part)))
    elif counted or not part.variables:
        for argument in group.loop.variables.values():
            candidates.extend(map(_length_of, _list(patterns, part, names, argument)))
    if counted or group.loop.count is not None or not part.variables:
        part.count = explained(names, counts, candidates, "count")


def _list(patterns: Matching, part: LoopPart, names: Namespace, argument: Argument) -> list[Candidate]:
    frame = _outside(part)
    if isinstance(argument, Formula) and isinstance(argument.tree, tree.Range):
        first, last = argument.tree.first, argument.tree.last

        def span() -> Code:
            reader = names.reader(part.place, frame, patterns.asked(names, part))
            return tree.Range(reader.formula(first).written, reader.formula(last).written)

        return [span]
    return [lambda: patterns.read(names, part, argument, frame)]


def _outside(part: LoopPart) -> Any:
    return part.first.turns[0].frame.parent


def _length_of(candidate: Candidate) -> Candidate:
    return lambda: _length(candidate())


def _length(code: Code | None) -> Code | None:
    if code is None:
        return None
    match code:
        case tree.Range(tree.Constant(int() as first), last):
            more = 1 - first
            return binary("+", last, tree.Constant(more)) if more >= 0 else binary("-", last, tree.Constant(-more))
    return tree.Call("len", (code,))


def _steady(entering: Code | None, names: Namespace, inner: LoopNames) -> Code | None:
    """The channels that every turn reads, if no turn changes them."""
    if entering is None:
        return common(inner.running)
    return entering if holds(entering, inner, inner.running) else None
