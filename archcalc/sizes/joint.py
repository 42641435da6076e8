"""Conditions that tie several symbols together, such as H*W pixels that a linear layer reads.

What holds is a union of boxes: products of a set for each symbol. A condition is resolved within a box by residues of
all its symbols, or by walking along one symbol until everything behind is decided.

The first linear layer of VGG reads 512*floor(H/32)*floor(W/32) numbers, and its weights are for 512*7*7. Decided for
the floors instead of the symbols (`_in_floors`), 49 is 1*49, 7*7 or 49*1, and each floor stands for 32 sizes:

>>> from archcalc.dims import floor_div, symbol
>>> H, W = symbol("H"), symbol("W")
>>> def show(condition):
...     for box in resolved(condition, {name: IntegerSet.everything() for name in ("H", "W")}, Work()):
...         print(" and ".join(values.text(name) for name, values in box.items()))
>>> show(Condition.equal(512 * floor_div(H, 32) * floor_div(W, 32), 512 * 7 * 7))
32 <= H <= 63 and 1568 <= W <= 1599
224 <= H <= 255 and 224 <= W <= 255
1568 <= H <= 1599 and 32 <= W <= 63

Whether 6 divides H*W depends on the remainders of H and W by 6 alone. Each remainder of H leaves some of W, and equal
answers share a box (`_by_residues`):

>>> show(Condition.multiple(H * W, 6))
H = 0 (mod 6) and any W
H = 1 or 5 (mod 6) and W = 0 (mod 6)
H = 2 or 4 (mod 6) and W = 0 (mod 3)
H = 3 (mod 6) and W = 0 (mod 2)

By 512 there are too many remainders to look at all of them. Where both sides are known to be multiples of 32, one
answer holds for all that is left (`_by_classes`):

>>> multiples = {name: IntegerSet.progression(0, 32) for name in ("H", "W")}
>>> whole = Condition.multiple(H * W, 512)
>>> resolved(whole, multiples, Work()) == [multiples]
True

H*W >= 4 has no period. Value after value of H leaves a condition on W alone, until from H = 4 on every W will do
(`_by_slices`):

>>> show(Condition.at_least(H * W, 4))
H = 1 and W >= 4
2 <= H <= 3 and W >= 2
H >= 4 and any W
"""

from __future__ import annotations

from itertools import islice, product
from math import prod

from archcalc.dims import Condition, Dim, DimsOverflow, Number, Polynomial, free_symbols, replace_atoms, symbol
from archcalc.dims.atoms import Atom, Floor, Symbol, direct_atoms, text_width
from archcalc.dims.condition import periods
from archcalc.layers.site import Requirement
from archcalc.sizes.axis import decide_axis
from archcalc.sizes.boxes import Box, merged
from archcalc.sizes.sets import IntegerSet, SetOverflow

MAX_COMBINATIONS = 1_024
"""Combinations of residues that are looked at."""

MAX_SLICES = 1_024
"""Values of one symbol that are put in one by one."""

MAX_WORK = 2_048
"""Slices and combinations that are looked at for all conditions of a network together."""

_LIGHT = 512
"""Characters of a condition, times its symbols, that is looked at as fast as a slice."""

MAX_BOXES = 512
"""Boxes that a set is made of; a set of more pieces is given by its condition instead."""


class Work:
    """How much may still be looked at. Conditions of many boxes would otherwise multiply."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MAX_WORK

    def spend(self, amount: int) -> None:
        """Charge cases that are looked at. Raises: SetOverflow once they are too many."""
        self.left -= amount
        if self.left < 0:
            raise SetOverflow("too many cases")


def resolved(condition: Condition, box: Box, work: Work) -> list[Box] | None:
    """The parts of a box in which a condition holds, or None if no union of boxes was found for them.

    >>> from archcalc.dims import symbol
    >>> both = {"H": IntegerSet.everything(), "W": IntegerSet.everything()}
    >>> for part in resolved(Condition.equal(symbol("H") * symbol("W"), 4), both, Work()):
    ...     print({name: str(values) for name, values in part.items()})
    {'H': 'n = 1', 'W': 'n = 4'}
    {'H': 'n = 2', 'W': 'n = 2'}
    {'H': 'n = 4', 'W': 'n = 1'}
    """
    names = sorted(free_symbols(condition.subject))
    if any(box[name].is_empty for name in names):
        return []
    try:
        found = _resolved(condition, box, names, work)
    except (DimsOverflow, SetOverflow):
        return None
    return None if found is None or len(found) > MAX_BOXES else found


def _resolved(condition: Condition, box: Box, names: list[str], work: Work) -> list[Box] | None:
    work.spend(1)
    if len(names) <= 1:
        return _along_one_axis(condition, box, names)
    for way in (_in_floors, _by_residues, _by_classes, _by_slices, _by_slices_and_faces):
        found = way(condition, box, names, work)
        if found is not None:
            return found
    return None


def _weight(subject: Number, names: list[str]) -> int:
    """How many slices more take as long as one look at a long subject, or at long ones inside its floors."""
    return text_width(subject) * len(names) // _LIGHT if isinstance(subject, Polynomial) else 0


def _along_one_axis(condition: Condition, box: Box, names: list[str]) -> list[Box] | None:
    if not names:
        return [box] if condition.decide() else []
    (name,) = names
    decided = decide_axis([Requirement(condition)], name)
    if decided.undecided:
        return None
    values = box[name] & decided.values
    return [{**box, name: values}] if values else []


def _in_floors(condition: Condition, box: Box, names: list[str], work: Work) -> list[Box] | None:
    """Decide for the floors instead of the symbols, if every symbol stands in one floor: there are fewer values.

    floor(H/32)*floor(W/32) = 49 has three solutions in the floors, and 3,072 in H and W.
    """
    subject = condition.subject
    assert isinstance(subject, Polynomial)
    places: dict[str, Atom] = {}
    for atom in direct_atoms(subject):
        if len(atom.symbols) != 1 or (name := min(atom.symbols)) in places:
            return None
        places[name] = atom
    if not any(isinstance(atom, Floor) for atom in places.values()):
        return None
    stands: dict[Atom, Number] = {}
    inner: Box = {}
    least: dict[str, int] = {}
    for name, atom in places.items():
        first, last = box[name].least, box[name].greatest
        assert first is not None
        itself = Polynomial({((atom, 1),): 1}, 1)
        low, high = _at(itself, name, first), None if last is None else _at(itself, name, last)
        if atom.least is None or not _rises(atom):
            return None
        # The stand-in is >= 1, as all symbols are.
        stands[atom] = symbol(name) + (low - 1)
        least[name] = low
        inner[name] = IntegerSet.between(1, None if high is None else high - low + 1)
    replaced = Condition(condition.relation, replace_atoms(subject, stands), condition.modulus)
    found = _resolved(replaced, inner, names, work)
    if found is None:
        return None
    boxes = []
    for part in found:
        outer = dict(box)
        for name, atom in places.items():
            values = _preimage(atom, name, part[name], least[name])
            if values is None:
                return None
            outer[name] = box[name] & values
        if all(outer.values()):
            boxes.append(outer)
    return boxes


def _at(value: Number, name: str, at: int) -> int:
    from archcalc.dims import substitute

    found = substitute(value, {name: at})
    assert isinstance(found, int)
    return found


def _rises(atom: Atom) -> bool:
    """Whether an atom never falls when its symbol rises."""
    while isinstance(atom, Floor):
        others = [(monomial, coefficient) for monomial, coefficient in atom.numerator.terms.items() if monomial]
        if len(others) != 1 or others[0][1] < 0 or len(others[0][0]) != 1 or others[0][0][0][1] != 1:
            return False
        atom = others[0][0][0][0]
    return isinstance(atom, Symbol)


def _preimage(atom: Atom, name: str, stand_ins: IntegerSet, least: int) -> IntegerSet | None:
    """The values of the symbol at which the atom is least - 1 + one of the stand-ins."""
    itself = Polynomial({((atom, 1),): 1}, 1)
    found = IntegerSet.empty()
    for run in stand_ins.runs:
        asked = [Requirement(Condition.at_least(itself, run.first + least - 1))]
        if run.last is not None:
            asked.append(Requirement(Condition.at_least(run.last + least - 1, itself)))
        within = decide_axis(asked, name)
        if within.undecided:
            return None
        matching = IntegerSet.everything() if run.modulus == 1 else IntegerSet.empty()
        for residue in run.residues if run.modulus > 1 else ():
            one = decide_axis([Requirement(Condition.multiple(itself - (residue + least - 1), run.modulus))], name)
            if one.undecided:
                return None
            matching = matching | one.values
        found = found | (within.values & matching)
    return found


def _by_residues(condition: Condition, box: Box, names: list[str], work: Work) -> list[Box] | None:
    """The combinations of residues at which the condition holds, if these decide it."""
    subject = condition.subject
    assert isinstance(subject, Polynomial)
    every = periods(subject, condition.modulus)
    if prod(every.values()) > MAX_COMBINATIONS:
        return None
    allowed: dict[tuple[int, ...], list[int]] = {}
    *heads, tail = names
    for rests in product(*(range(every[name]) for name in heads)):
        for rest in range(every[tail]):
            work.spend(1 + _weight(subject, names))
            # N = m*t - rest with t >= 1.
            places = {n: symbol(n) * every[n] - r for n, r in zip(names, (*rests, rest), strict=True)}
            answer = condition.substitute(places).decide_by_signs()
            if answer is None:
                return None
            if answer:
                allowed.setdefault(rests, []).append(-rest % every[tail])
    boxes = []
    for rests, residues in allowed.items():
        part = dict(box)
        for name, rest in zip(heads, rests, strict=True):
            part[name] = box[name] & IntegerSet.progression(-rest, every[name])
        part[tail] = box[tail] & IntegerSet.of_residues(residues, every[tail])
        if all(part.values()):
            boxes.append(part)
    return merged(boxes)


def _by_classes(condition: Condition, box: Box, names: list[str], work: Work) -> list[Box] | None:
    """All of the box or nothing of it, if the remainders that its sides have already give one answer."""
    if prod(len(run.residues) for name in names for run in box[name].runs) > MAX_COMBINATIONS:
        return None
    sides = [_progressions(box[name], name) for name in names]
    answers: set[bool | None] = set()
    for values in product(*sides):
        work.spend(1 + _weight(condition.subject, names))
        answers.add(condition.substitute(dict(zip(names, values, strict=True))).decide_by_signs())
        if len(answers) > 1 or None in answers:
            return None
    return [box] if True in answers else []


def _progressions(numbers: IntegerSet, name: str) -> list[Dim]:
    """The members of a set as m*t + first - m with t >= 1, of which some may be larger than the last member."""
    found: list[Dim] = []
    for run in numbers.runs:
        for residue in run.residues:
            first = run.first + (residue - run.first) % run.modulus
            found.append(first if first == run.last else symbol(name) * run.modulus + (first - run.modulus))
    return found


def _by_slices(condition: Condition, box: Box, names: list[str], work: Work) -> list[Box] | None:
    """Value after value of one symbol, up to where all that follow are alike."""
    for name in names:
        tail = _tail(condition, box, names, name, work)
        if tail is None:
            continue
        start, answer = tail
        boxes: list[Box] = []
        for value in box[name]:
            if start is not None and value >= start:
                break
            slices = resolved(condition.substitute({name: value}), {**box, name: IntegerSet.of([value])}, work)
            if slices is None:
                return None
            boxes.extend(slices)
        if answer and start is not None:
            boxes.append({**box, name: box[name] & IntegerSet.between(start, None)})
        return merged(boxes)
    return None


def _by_slices_and_faces(condition: Condition, box: Box, names: list[str], work: Work) -> list[Box] | None:
    """As by slices, with the smallest value of every symbol apart: a floor may be 0 there, and only there."""
    boxes: list[Box] = []
    inner = dict(box)
    for name in names:
        least = inner[name].least
        if least is None:
            return merged(boxes)
        face = resolved(condition.substitute({name: least}), {**inner, name: IntegerSet.of([least])}, work)
        if face is None:
            return None
        boxes.extend(face)
        inner[name] = inner[name] & IntegerSet.between(least + 1, None)
    if not all(inner.values()):
        return merged(boxes)
    inside = _by_slices(condition, inner, names, work)
    return None if inside is None else merged([*boxes, *inside])


def _tail(condition: Condition, box: Box, names: list[str], name: str, work: Work) -> tuple[int | None, bool] | None:
    """From which value on the condition is decided by that value alone, and how; None for no such value."""
    count = box[name].count
    if count is not None and count <= MAX_SLICES:
        return None, False
    shifts: dict[str, Polynomial | int] = {}
    for other in names:
        least = box[other].least
        assert least is not None
        if other != name and least > 1:
            shifts[other] = symbol(other) + (least - 1)
    weight = _weight(condition.subject, names)
    wait = 1
    for index, value in enumerate(islice(box[name], MAX_SLICES)):
        if index + 1 < wait:
            continue
        wait *= 2
        work.spend(1 + weight)
        behind = condition.substitute({**shifts, name: symbol(name) + (value - 1)})
        answer = behind.decide()
        if answer is not None:
            return value, answer
    return None
