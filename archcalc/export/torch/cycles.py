"""Loops among other steps than chains: what their turns have in common, and which tensors run along.

`for: {i: 0..9}` of `{block: 2 ** i, as: layer$i}`, where each block reads the one before and gives a second map `skip`
to an `add` behind the loop, is ten items of the network. They become

    skips = []
    for i in range(10):
        x, skip = getattr(self, f"layer{i}")(x)
        skips.append(skip)

The turns are matched like the places of a class. What a turn reads is the same in all of them, the entry of a list
that its number tells, or what the turn before gave: `x` is *carried*. What others read of all turns is *kept*.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from archcalc.export.torch.candidates import ABSENT, common, explained, first_that_holds, holds, once
from archcalc.export.torch.code import Code, NotPython, binary, names_in
from archcalc.export.torch.conditions import is_identity_without, owner
from archcalc.export.torch.evaluation import evaluated
from archcalc.export.torch.loop_parts import header
from archcalc.export.torch.matching import Matching, Refs
from archcalc.export.torch.measures import measured
from archcalc.export.torch.names import LISTS, RUNNING, Names, plain
from archcalc.export.torch.namespace import LoopNames, Mismatch, Namespace, Unrolled, channels_of
from archcalc.export.torch.parts import Carried, ClassPart, CyclePart, LayerPart, Part, Run, codes_of, keeps_state
from archcalc.export.torch.refs import Before, Entry, Ref, bases
from archcalc.export.torch.scopes import Turn
from archcalc.export.torch.tensors import Bundle, Wire, wires_of
from archcalc.expressions import nodes as tree
from archcalc.expressions.values import ExpressionError
from archcalc.graph import Frame

MANY_TURNS = 6
"""Up to this many attributes of a class with names of their own are written one by one, which still reads best."""
FEW_TURNS = 2
"""So many entries of a list are."""


def worth_turning(lists: Sequence[list[Any]], depth: int) -> set[int]:
    """Loops among other steps that read better than their turns written out, or that turn more often elsewhere."""
    counts: dict[int, set[int]] = {}
    found: set[int] = set()
    for items in lists:
        inside: dict[int, list[Any]] = {}
        for item in items:
            if len(item.turns) > depth:
                inside.setdefault(id(item.turns[depth].group), []).append(item)
        for identity, members in inside.items():
            turns = len({item.turns[depth].number for item in members})
            counts.setdefault(identity, set()).add(turns)
            listed = all(item.shelf or item.label.isdigit() for item in members if keeps_state(item))
            if turns > (FEW_TURNS if listed else MANY_TURNS):
                found.add(identity)
    return found | {identity for identity, turns in counts.items() if len(turns) > 1}


def outside(items: list[Any] | None, needed: Collection[Wire]) -> Callable[[Any], set[Wire]]:
    """Tells what is read outside of one of several items: by the others, or by those who need it anyway."""
    read = [] if items is None else [(item, set(_read(item))) for item in items]
    return lambda one: set(needed).union(*(wires for item, wires in read if item is not one))


def _read(item: Any) -> Iterator[Wire]:
    if isinstance(item, Run):
        for inner in (inner for turn in item.items for inner in turn):
            yield from _read(inner)
    else:
        for stream in item.wires:
            yield from wires_of(stream)


class CycleNames(LoopNames):
    """The names inside a loop, of which one may be the channels of a tensor that runs along."""

    def __init__(self, around: Namespace, turns: list[tuple[int, Turn]]) -> None:
        super().__init__(around, turns, [])

    def variable(self, text: str) -> str:
        """The name in Python of one of the loop's variables, which no tensor of `forward` has."""
        if text not in self.used and not self.is_free(plain(text)):
            self.used[text] = self.names.new(f"{plain(text)}_number")
        return super().variable(text)

    def is_free(self, text: str) -> bool:
        """Whether no tensor of `forward` is called so."""
        return text not in (*self.inputs, *RUNNING, *LISTS)

    def channels_name(self, index: int) -> str:
        """The variable that runs along. Raises: NotPython if there is none."""
        if not self.running:
            raise NotPython
        return super().channels_name(index)


class Turns:
    """What is known of the turns of a loop while they are matched."""

    def __init__(self, patterns: Matching, part: CyclePart, names: CycleNames, refs: Sequence[Refs]) -> None:
        self._patterns = patterns
        self._refs = refs
        self._around = patterns.turning, patterns.space
        self.part = part
        self.names = names
        self.carried: list[Carried] = []
        """With a `Before` in the place of what is found when all of the turn is matched."""
        self.back: list[Ref] = []
        """What a turn reads of the turn before, although the first reads nothing there."""
        self.running: Carried | None = None
        """What has other channels after a turn."""
        self._counter = self._counting()

    def joined(self, found: Sequence[Ref | None]) -> Ref | None:
        """The tensor that runs along, if some turns read what the turn before gave. Raises: Mismatch."""
        before = {ref for ref in found if isinstance(ref, Before)}
        if not before:
            return None
        first = [turn.number == 0 for _, turn in self.names.turns]
        if set(found) == {*before, None} and not any(ref for ref, one in zip(found, first, strict=True) if one):
            return self._back(*before)
        later = {ref for ref, is_first in zip(found, first, strict=True) if not is_first}
        if len(before) > 1 or later != before:
            raise Mismatch("another tensor runs along")
        starts: list[Ref | None] = [None] * (1 + max(place for place, _ in self.names.turns))
        for (place, turn), ref in zip(self.names.turns, found, strict=True):
            if turn.number == 0:
                starts[place] = ref
        (update,) = before
        if any(ref is None for ref, is_first in zip(found, first, strict=True) if is_first):
            raise Mismatch("the first turn reads no tensor")
        turning, space = self._around
        with self._patterns.within(space, turning):
            start = self._patterns.joined(starts)
        known = next((one for one in self.carried if (one.start, one.update) == (start, update)), None)
        if known is None:
            known = Carried((self.part.serial, f"turn{len(self.carried)}"), start, update)
            self.carried.append(known)
            self._follow(known, found)
        return known.ref

    def _back(self, before: Ref) -> Ref:
        """What the turn before gave, where the first turn reads nothing: the last entry of what is kept."""
        if before not in self.back:
            self.back.append(before)
        return Entry((self.part.serial, f"back{self.back.index(before)}"), tree.Constant(-1))

    def _follow(self, running: Carried, found: Sequence[Ref | None]) -> None:
        """What the channels of a tensor that runs along are: the same in all turns, or a variable that runs, too."""
        channels = self._patterns.channels
        code = self._patterns.channels_code(running.start)
        values = [
            next(channels_of(wire) for wire, known in refs.items() if known == ref)
            for refs, ref in zip(self._refs, found, strict=True)
        ]
        if code is None or not holds(code, self.names, values):
            code = common(values)
        if code is not None:
            channels[running.ref] = lambda: code
        elif not self.names.running:
            self.names.running = values
            self.running = running
            channels[running.ref] = lambda: tree.name_node(self.names.channels_name(0))

    def number(self, values: Sequence[int | None]) -> Code | None:
        """The code of a number that is one of these in every turn, if it follows the number of the turn."""
        given = [(place, value) for place, value in enumerate(values) if value is not None]
        if len({value for _, value in given}) == 1:
            return tree.Constant(given[0][1])
        for code, counted in self.counters():
            (more, *others) = {value - counted[place] for place, value in given}
            if not others:
                return binary("+", code, tree.Constant(more)) if more >= 0 else binary("-", code, tree.Constant(-more))
        return None

    def counters(self) -> Iterator[tuple[Code, list[int]]]:
        """The variables that count turns, of this loop and of those around, with their values in every turn."""
        yield self._counter
        around, _ = self._around
        if isinstance(around, Turns):
            for code, values in around.counters():
                yield code, [values[place] for place, _ in self.names.turns]

    def _counting(self) -> tuple[Code, list[int]]:
        turns = [turn for _, turn in self.names.turns]
        for text in turns[0].frame.variables:
            values = [turn.frame.variables[text] for turn in turns]
            if all(value.__class__ is int for value in values):
                starts = {value - turn.number for value, turn in zip(values, turns, strict=True)}
                if len(starts) == 1:
                    self.part.counter = (self.names.variable(text), starts.pop())
                    return tree.name_node(self.part.counter[0]), values
        numbers = [turn.number for turn in turns]
        counter = Names({*self.names.inputs, *RUNNING, *LISTS}).new("index")
        self.part.counter = (counter, 0)
        return tree.name_node(self.names.local(counter, list(numbers))), numbers


class Cycle:
    """A loop that is matched; `given` tells at every place what is read outside of it."""

    def __init__(
        self,
        patterns: Matching,
        part: CyclePart,
        names: Namespace,
        refs: list[Refs],
        depth: int,
        given: Sequence[Callable[[Any], set[Wire]]],
    ) -> None:
        self.patterns = patterns
        self.part = part
        self.names = names
        self.around = refs
        self.depth = depth
        self.given = given

    def fill(self) -> None:
        """Fill in the body and the head of the loop. Raises: Unrolled."""
        try:
            if self.part.when is not None:
                raise Mismatch("a condition around a loop")
            if self.patterns.turning is not None:
                raise Mismatch("a loop in a loop")
            self._begin()
            self._match()
        except Unrolled:
            raise
        except Mismatch as reason:
            raise Unrolled(self.part.first.group, reason) from None

    def _begin(self) -> None:
        """List the turns of all places, with what is known in each. Raises: Mismatch."""
        part = self.part
        read = {place: self.given[place](run) for place, run in part.present}
        for place, run in part.present:
            part.items[place] = self._completed(place, run)
        self.runs = part.present
        self.places = [(place, number) for place, run in self.runs for number in range(len(run.turns))]
        self.items = [items for _, run in self.runs for items in run.items]
        self.wanted = [read[place] for place, run in self.runs for _ in run.turns]
        self.inner = CycleNames(self.names, [(place, turn) for place, run in self.runs for turn in run.turns])
        self.refs = [self._known(index) for index in range(len(self.places))]
        self.counts = {place: len(run.turns) for place, run in self.runs}
        self.turns = Turns(self.patterns, part, self.inner, self.refs)

    def _match(self) -> None:
        """Match the turns. Raises: Mismatch."""
        part = self.part
        with self.patterns.within(part, self.turns):
            part.parts = self.patterns.parts(
                self.inner, self.items, self.refs, self.depth + 1, chain=False, numbered=False, needed=self.wanted
            )
        header(self.patterns, part, self.names, self.inner, counted=True)
        for one in part.parts:
            self._check(one)
        by_key = {one.key: one for one in part.parts}
        for running in self.turns.carried:
            update = running.update
            assert isinstance(update, Before), "it was found before the turn was matched"
            if update.key not in by_key:
                raise Mismatch("another tensor runs along")
            part.carried.append(running._replace(update=(by_key[update.key].serial, update.output)))
        self._go_back(by_key)
        self._run_along()
        part.sources = self._sources()
        for one in part.parts:
            for output, _ in enumerate(self.patterns.outputs(one.first)):
                self._hand_out(one, output)

    def _completed(self, place: int, run: Run) -> Run:
        """A run with the turns, too, in which there is nothing. Raises: Mismatch if their number cannot be told."""
        first = run.turns[0].frame
        loop = run.group.loop
        assert loop is not None, "what turns is a loop"
        reader = self.names.reader(place, first.parent, self.patterns.asked(self.names, self.part))
        try:
            lists = {text: reader.argument(entries).value for text, entries in loop.variables.items()}
            count = reader.argument(loop.count).value if loop.count is not None else len(next(iter(lists.values())))
        except (NotPython, ExpressionError):
            raise Mismatch("nobody knows how often it turns") from None
        known = {turn.number: (turn, items) for turn, items in zip(run.turns, run.items, strict=True)}
        for number in range(count):
            if number not in known:
                variables = {text: entries[number] for text, entries in lists.items()}
                frame = Frame(variables, None, first.parent, first.group, number)
                known[number] = Turn(run.group, number, frame), []
        whole = [known[number] for number in sorted(known)]
        return Run(run.group, [turn for turn, _ in whole], [items for _, items in whole])

    def _known(self, index: int) -> Refs:
        """What is known in a turn: what is known around it, and what the turn before gave."""
        place, number = self.places[index]
        found = Refs(self.around[place])
        if number:
            for key, item in self.patterns.keyed(self.items[index - 1], self.depth + 1).items():
                for output, stream in enumerate(self.patterns.outputs(item)):
                    if isinstance(stream, Wire):
                        found[stream] = Before(self.part.serial, key, output)
        return found

    def _check(self, one: Part) -> None:
        """Raises: Mismatch, for what cannot be written in a loop."""
        if owner(one) is not None or (isinstance(one, LayerPart) and (one.is_tensor or one.views)):
            raise Mismatch("a tensor of its own in every turn")
        if isinstance(one, LayerPart) and any(leaf.gives_indices for _, leaf in one.present):
            raise Mismatch("indices of every turn")
        if isinstance(one, ClassPart) and any(isinstance(stream, Bundle) for stream in one.first.outputs):
            raise Mismatch("a list of every turn")
        is_kept = any(keeps_state(item) for _, item in one.present)
        if one.when is not None and not (is_kept and is_identity_without(one)):
            raise Mismatch("a condition in a turn")
        own = {*self.inner.used.values(), *self.inner.locals}
        if not (is_kept and not isinstance(one, LayerPart)) and own & _names_outside(one, is_kept):
            raise Mismatch("another layer in every turn")

    def _go_back(self, by_key: Mapping[Any, Part]) -> None:
        """Keep what a turn reads of the turn before, although the first reads nothing there. Raises: Mismatch."""
        for before in self.turns.back:
            assert isinstance(before, Before), "it was found before the turn was matched"
            if before.key not in by_key:
                raise Mismatch("a tensor of the turn before")
            self.part.back.append((by_key[before.key].serial, before.output))

    def _run_along(self) -> None:
        """Fill in what the channels are before the first turn, and after a turn, if a variable has them."""
        if self.inner.running_name is None or self.turns.running is None:
            return
        running = self.part.carried[self.turns.carried.index(self.turns.running)]
        first = {place: index for index, (place, number) in enumerate(self.places) if number == 0}
        before = [self.inner.running[first[place]] if place in first else ABSENT for place in range(len(self.around))]
        start = explained(self.names, before, [lambda: self.patterns.channels_code(running.start)], "channels")
        maker = next(one for one in self.part.parts if one.serial == running.update[0])
        after = [
            ABSENT if item is None else channels_of(self.patterns.outputs(item)[running.update[1]])
            for item in maker.items
        ]
        self.part.start = self.inner.running_name, start
        self.part.update = explained(
            self.inner, after, [lambda: self.patterns.channels_code(running.update)], "channels"
        )

    def _sources(self) -> list[Ref]:
        """What the loop reads from outside."""
        inside = {self.part.serial, *(one.serial for one in self.part.parts)}
        read = [ref for one in self.part.parts for ref in (*reads_of(one), *measured(one))]
        read.extend(running.start for running in self.part.carried)
        return list(dict.fromkeys(base for ref in read for base in bases(ref) if base[0] not in inside))

    def _hand_out(self, one: Part, output: int) -> None:
        """Let others read what a part gives: of the last turn if it runs along, and of all turns as a list."""
        ref: Ref = (one.serial, output)
        wires: list[Wire | None] = []
        for item in one.items:
            stream = None if item is None else self.patterns.outputs(item)[output]
            wires.append(stream if isinstance(stream, Wire) else None)
        asked = {place for place, wire in enumerate(wires) if wire is not None and wire in self.wanted[place]}
        if not asked and ref not in self.part.back:
            return
        last = {index for index, (place, number) in enumerate(self.places) if number == self.counts[place] - 1}
        running = next((carried for carried in self.part.carried if carried.update == ref), None)
        after: Ref = (self.part.serial, f"carried{self.part.carried.index(running)}") if running else ()
        if running is not None:
            for (place, _), wire in ((self.places[index], wires[index]) for index in last & asked):
                assert wire is not None, "somebody reads it"
                self.around[place].name(wire, after)
            if asked <= last and ref not in self.part.back:
                self.patterns.channels[after] = lambda: self.patterns.channels_code(ref)
                return
        kept: Ref = (self.part.serial, len(self.part.kept))
        self.part.kept.append(ref)
        for place, _ in self.runs:
            turns = [index for index, (one_place, _) in enumerate(self.places) if one_place == place]
            whole = [wires[index] or self._passing(one, index) for index in turns]
            for number, index in enumerate(turns):
                if (wire := wires[index]) is not None:
                    self.around[place].name(wire, Entry(kept, tree.Constant(number)))
            if all(whole):
                self.around[place].name(Bundle(tuple([wire for wire in whole if wire])), kept)
        self._follow(kept, ref, wires)

    def _follow(self, kept: Ref, ref: Ref, wires: Sequence[Wire | None]) -> None:
        """What the channels of a list are: those of a list that the loop reads, or numbers."""
        values: list[Any] = [ABSENT] * len(self.around)
        for place, _ in self.runs:
            of_place = [wire for wire, (one, _) in zip(wires, self.places, strict=True) if one == place]
            values[place] = tuple(None if wire is None else channels_of(wire) for wire in of_place)

        def attempt() -> Code | None:
            options = [self.patterns.channels_code(source) for source in self.part.sources]
            return first_that_holds(options, self.names, values)

        self.patterns.channels[kept] = once(attempt)
        self.patterns.totals[kept] = once(lambda: self._total(ref))

    def _total(self, ref: Ref) -> Code | None:
        """So many times the channels of what every turn gives, if they are the same in all of them."""
        code = self.patterns.channels_code(ref)
        if code is None or names_in(code) & {*self.inner.used.values(), *self.inner.locals}:
            return None
        return binary("*", self.part.count, code)

    def _passing(self, one: Part, index: int) -> Wire | None:
        """What passes in a turn where a part is absent, if that is told by what it reads elsewhere."""
        place, _ = self.places[index]
        source = one.sources[0]
        if isinstance(source, Entry):
            try:
                source = Entry(source.of, tree.Constant(evaluated(source.number, self.inner, index)))
            except NotPython:
                return None
        known = (wire for wire, ref in self.around[place].items() if isinstance(wire, Wire) and ref == source)
        return next(known, None)


def reads_of(part: Part) -> list[Ref]:
    """What a part reads, call by call."""
    if not isinstance(part, LayerPart):
        return list(part.sources)
    return [ref for call in (*part.calls, *part.views) for ref in call.reads if ref is not None]


def _names_read(one: Part) -> frozenset[str]:
    return frozenset().union(*map(names_in, codes_of(one)))


def _names_outside(one: Part, is_kept: bool) -> frozenset[str]:
    """Names in the code of a layer apart from that of the module which has its name."""
    if not is_kept or not isinstance(one, LayerPart):
        return _names_read(one)
    modules = [call for call in one.calls if call.made.is_module]
    codes = [
        code
        for call in one.calls
        if call is not modules[-1]
        for code in (*call.arguments, *(code for _, code in call.keywords))
    ]
    return frozenset().union(*map(names_in, codes))
