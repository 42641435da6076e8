"""Certificates of legal sizes: a claim with a proof that `archcalc.sizes.checker` follows without the engine.

The proof is found by cutting: a cell of sizes is cut until the judge sees, by its own means, that a condition fails
all over it or that all conditions hold. Where to cut is guessed from the conditions and from the claim; a bad guess
makes a proof longer, and never wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import gcd, isqrt, prod
from typing import Any, NamedTuple

from archcalc.dims import Condition, free_symbols
from archcalc.dims.condition import periods
from archcalc.dims.polynomial import Polynomial
from archcalc.layers.site import Requirement
from archcalc.sizes import checker
from archcalc.sizes.boxes import Box
from archcalc.sizes.checker import Cell, Progression
from archcalc.sizes.resolution import Resolution, resolution

MAX_LOOKS = 50_000
"""Looks at conditions in cells, and 100 more for every condition; a claim whose proof needs more gets none."""

TOO_LONG = "no proof was found among those that are short enough"

_BITS = 256
_FAR = 2**_BITS
"""How far the place is looked for from which on a condition is decided."""

Step = tuple[str, str, int]
"""How a cell is cut, along which symbol, and where."""


def certificate(
    found: Resolution, asked: Sequence[Requirement], fixed: Mapping[str, int] | None = None, never: str | None = None
) -> dict[str, Any]:
    """The claim that these are the sizes at which all conditions hold, with a proof, as JSON data.

    `fixed` are symbols that kept a value, and `never` is why no size is legal whatever the conditions say.
    Conditions that were left undecided are set aside, or are part of the claim as they stand if they only compare
    symbols. A part of the claim without a proof has a reason.

    Raises: AssertionError if the claim is wrong, DimsOverflow if a condition is too long to be written down.

    >>> from archcalc.dims import symbol
    >>> n = symbol("N")
    >>> pool, crop = Condition.multiple(n - 4, 6), Condition.at_least(n, 9)
    >>> asked = [Requirement(pool, layer="pool3"), Requirement(crop, layer="dec1")]
    >>> for step in certificate(resolution(asked, ["N"]), asked)["parts"][0]["proof"]:
    ...     print(step)
    ['at', 'N', 9]
    ['fails', 1]
    ['proven', [1]]
    ['mod', 'N', 2]
    ['fails', 0]
    ['mod', 'N', 3]
    ['legal']
    ['fails', 0]
    ['fails', 0]
    """
    layers: dict[Condition, list[str]] = {}
    for one in asked:
        layers.setdefault(one.condition, []).append(one.layer)
    aside = {one.condition for one in found.undecided}
    conditions = dict(enumerate(layers))
    kept = {number: condition for number, condition in conditions.items() if condition not in aside}
    written = [
        {
            "layers": list(dict.fromkeys(names)),
            "relation": condition.relation,
            "expression": str(condition.subject),
            "modulus": condition.modulus,
        }
        for condition, names in layers.items()
    ]
    stands = [
        number for number in conditions if number not in kept and checker.ties(checker.condition(written[number]))
    ]
    parts = []
    for symbols, numbers, boxes in _claim(found, kept, never):
        boxes_json = [{name: box[name].to_json()["runs"] for name in symbols} for box in boxes]
        proof, reason = None, never
        if never is None or numbers:
            search = _Search({number: kept[number] for number in numbers}, written, boxes_json)
            proof = search.proof(symbols)
            reason = TOO_LONG if proof is None else None
        parts.append({"symbols": symbols, "conditions": numbers, "boxes": boxes_json, "proof": proof, "reason": reason})
    return {
        "format": "legal sizes",
        "version": 1,
        "symbols": list(found.symbols),
        "fixed": dict(fixed or {}),
        "never": never,
        "conditions": written,
        "undecided": [number for number in conditions if number not in kept and number not in stands],
        "where": stands,
        "parts": parts,
    }


_Part = tuple[list[str], list[int], list[Box]]
"""Symbols, the numbers of their conditions, and the sizes at which these hold."""


def _claim(found: Resolution, conditions: Mapping[int, Condition], never: str | None) -> list[_Part]:
    """The claim as a product of parts that no condition ties together."""
    everything = list(found.symbols)
    whole: list[_Part] = [(everything, list(conditions), list(found.boxes))]
    if never is not None:
        return whole
    groups = _tied(everything, conditions)
    if not found.boxes:
        # Some part has no legal size, and only deciding it alone tells which.
        alone = [
            resolution([Requirement(conditions[number]) for number in numbers], names) for names, numbers in groups
        ]
        if any(one.undecided for one in alone) or all(one.boxes for one in alone):
            return whole
        return [(names, numbers, list(one.boxes)) for (names, numbers), one in zip(groups, alone, strict=True)]
    parts = []
    for names, numbers in groups:
        sides = dict.fromkeys(tuple([box[name] for name in names]) for box in found.boxes)
        parts.append((names, numbers, [dict(zip(names, side, strict=True)) for side in sides]))
    # The parts are as many boxes as the claim, or it has been written down in another way.
    return parts if prod(len(boxes) for _, _, boxes in parts) == len(found.boxes) else whole


def _tied(symbols: Iterable[str], conditions: Mapping[int, Condition]) -> list[tuple[list[str], list[int]]]:
    groups: list[tuple[set[str], list[int]]] = [({name}, []) for name in symbols]
    for number, condition in conditions.items():
        names = set(free_symbols(condition.subject))
        numbers = [number]
        for group in [group for group in groups if group[0] & names]:
            groups.remove(group)
            names |= group[0]
            numbers = group[1] + numbers
        groups.append((names, numbers))
    return [(sorted(names), sorted(numbers)) for names, numbers in groups]


class _Ends(NamedTuple):
    """Ends of a cell in which a condition is decided: the first numbers of a symbol, and those from some turn on."""

    length: int
    number: int
    """The condition that is decided in the first numbers."""
    start: int


class _Search:
    """A proof for one part of a claim."""

    def __init__(
        self, asked: Mapping[int, Condition], written: Sequence[Mapping[str, Any]], boxes: Sequence[Mapping[str, Any]]
    ) -> None:
        self.conditions = {number: checker.condition(written[number]) for number in asked}
        # A long expression takes as long as many short ones.
        self.weights = {number: 1 + len(written[number]["expression"]) // 100 for number in asked}
        self.looks = -100 * sum(self.weights.values())
        self.boxes = [{name: checker.runs(runs) for name, runs in box.items()} for box in boxes]
        self.periods = {
            number: periods(one.subject, one.modulus) if isinstance(one.subject, Polynomial) else {}
            for number, one in asked.items()
        }

    def proof(self, symbols: Iterable[str]) -> list[Any] | None:
        """The steps of a proof, or None if it would have too many."""
        steps: list[Any] = []
        waiting: list[tuple[Cell, list[int]]] = [({name: Progression(1) for name in symbols}, list(self.conditions))]
        while waiting:
            cell, left = waiting.pop()
            answers = {number: self.truth(number, cell) for number in left}
            claimed = checker.claimed(cell, self.boxes)
            failing = next((number for number, answer in answers.items() if answer is False), None)
            proven = [number for number, answer in answers.items() if answer]
            left = [number for number, answer in answers.items() if answer is None]
            if failing is not None:
                assert claimed is False, f"{self.conditions[failing]} does not hold at a claimed size in {cell}"
                steps.append(["fails", failing])
                continue
            if not left:
                assert claimed is not False, f"the claim has no size of {cell}, and all of them are legal"
                if claimed:
                    steps.append(["legal"])
                    continue
            elif proven:
                steps.append(["proven", proven])
            step = self.cut(cell, left)
            if step is None or self.looks > MAX_LOOKS:
                return None
            steps.append(list(step))
            how, name, number = step
            pieces = cell[name].cut(number) if how == "at" else cell[name].classes(number)
            waiting.extend([({**cell, name: piece}, left) for piece in reversed(pieces)])
        return steps

    def truth(self, number: int, cell: Cell, name: str = "", numbers: Progression | None = None) -> bool | None:
        """What the judge sees of a condition, with other values of one symbol if they are given."""
        self.looks += self.weights[number]
        return checker.truth(self.conditions[number], cell if numbers is None else {**cell, name: numbers})

    def cut(self, cell: Cell, left: Sequence[int]) -> Step | None:
        """A step that divides a cell, so that more is seen in its pieces."""
        if not left:
            return self.cut_at_claim(cell) or self.split_as_claimed(cell)
        alone = [number for number in left if len(self.periods[number]) == 1]
        asking = alone or left
        return (
            self.cut_off(cell, asking)
            or self.split(cell, asking)
            or self.cut_at_claim(cell)
            or self.halved(cell, asking)
            or self.cut_off(cell, asking, little=True)
        )

    def cut_off(self, cell: Cell, asking: Iterable[int], *, little: bool = False) -> Step | None:
        """The largest end of a cell in which a condition fails; or else an end in which one holds."""
        pairs = [
            (number, name)
            for number in asking
            for name, period in self.periods[number].items()
            if cell[name].turns != 0
            if cell[name].step % period == 0
            or (cell[name].step == 1 and self.conditions[number].relation != "multiple")
        ]
        for wanted in (False, True):
            ends: dict[str, _Ends] = {}
            for number, name in pairs:
                known = ends.get(name, _Ends(0, number, _count(cell[name])))
                ends[name] = self.ends(number, cell, name, wanted, known)
            for name, (length, number, start) in ends.items():
                numbers = cell[name]
                count = _count(numbers)
                if start < count and (numbers.turns is None or 2 * start <= count):
                    return "at", name, numbers.first + start * numbers.step
                at = numbers.first + length * numbers.step
                much = (numbers.first == 1 and length > 1) if numbers.turns is None else 2 * length >= count
                if length and (much or little or self.truth(number, cell, name, numbers.cut(at)[1]) is not None):
                    return "at", name, at
        return None

    def ends(self, number: int, cell: Cell, name: str, wanted: bool, known: _Ends) -> _Ends:
        """Longer ends than those that are known, in which a condition is seen to hold, or to fail."""
        first, step, turns = cell[name]

        def head(length: int) -> bool:
            return self.truth(number, cell, name, Progression(first, step, length - 1)) is wanted

        def tail(start: int) -> bool:
            rest = None if turns is None else turns - start
            return self.truth(number, cell, name, Progression(first + start * step, step, rest)) is wanted

        length = _last(head, known.length, _count(cell[name]) - 1)
        return _Ends(length, number if length > known.length else known.number, _first(tail, known.start))

    def split(self, cell: Cell, asking: Iterable[int]) -> Step | None:
        """The remainders that matter for the condition that repeats soonest."""
        rests = [
            (period // gcd(period, cell[name].step), name)
            for number in asking
            if self.conditions[number].relation == "multiple" or not self.is_bounded(cell, number)
            for name, period in self.periods[number].items()
            if cell[name].turns != 0 and cell[name].step % period
        ]
        return _divided(rests)

    def is_bounded(self, cell: Cell, number: int) -> bool:
        """Whether a condition ties symbols together that have finitely many values."""
        names = self.periods[number]
        return len(names) > 1 and all(cell[name].turns is not None for name in names)

    def cut_at_claim(self, cell: Cell) -> Step | None:
        """Where the claim begins or ends, if that is inside of a cell."""
        for name, (first, step, turns) in cell.items():
            ends = {end for box in self.boxes for run in box[name] for end in (run.first, (run.last or 0) + 1)}
            inside = [end for end in sorted(ends) if first < end and (turns is None or end <= first + turns * step)]
            if inside:
                return "at", name, inside[len(inside) // 2]
        return None

    def split_as_claimed(self, cell: Cell) -> Step | None:
        """A step that splits a cell by the remainders that the claim distinguishes."""
        rests = [
            (run.modulus // gcd(run.modulus, cell[name].step), name)
            for box in self.boxes
            for name, runs in box.items()
            for run in runs
            if cell[name].turns != 0 and cell[name].step % run.modulus
        ]
        return _divided(rests)

    def halved(self, cell: Cell, asking: Iterable[int]) -> Step | None:
        """The middle of the symbol with the most values."""
        names = {name for number in asking for name in self.periods[number]}
        turns, name = max(((cell[name].turns or 0, name) for name in names), default=(0, ""))
        return ("at", name, cell[name].first + (turns + 1) // 2 * cell[name].step) if turns else None


def _divided(rests: Iterable[tuple[int, str]]) -> Step | None:
    rest, name = min(rests, default=(1, ""))
    prime = next((divisor for divisor in range(2, isqrt(rest) + 1) if rest % divisor == 0), rest)
    return ("mod", name, prime) if 1 < prime <= checker.MAX_CLASSES else None


def _count(numbers: Progression) -> int:
    return _FAR if numbers.turns is None else numbers.turns + 1


def _last(holds: Callable[[int], bool], good: int, most: int) -> int:
    """The last number to which something holds that holds at `good`, at the numbers behind it, and then no more."""
    stride = 1
    while good + stride <= most and holds(good + stride):
        good, stride = good + stride, 2 * stride
    bad = min(good + stride, most + 1)
    while bad - good > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if holds(middle) else (good, middle)
    return good


def _first(holds: Callable[[int], bool], good: int) -> int:
    """The first number >= 1 from which on something holds that holds at `good` and behind it."""
    if good == _FAR and holds(good - 1):
        good = next((1 << bits for bits in range(_BITS) if holds(1 << bits)), good)
    return good - _last(lambda back: holds(good - back), 0, good - 1)
