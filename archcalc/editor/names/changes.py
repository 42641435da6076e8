"""What a new name changes: for every place where the old one stands, the stretches of the file that become others.

A name that is computed, `stage$i`, is changed in its fixed parts; `stage1` and `stage$(i - 1)`, which can mean the same
step, follow.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from archcalc.diagnostics.model import Span
from archcalc.editor.names.labels import HOLE, Label, divided, fits, split, written
from archcalc.editor.names.model import WORDS, Name, Occurrence, Refusal
from archcalc.spec.names import (
    LABEL,
    problem_with_function_name,
    problem_with_label,
    problem_with_value_name,
)

Edit = tuple[Span, str]
"""A stretch of the file, and what stands there instead."""

_BARE = re.compile(r"\$([A-Za-z_]\w*)", re.ASCII)


class Change:
    """A new name for some names that stand for each other: what their fixed parts were, and what they become."""

    def __init__(self, names: list[Name], shape: str, parts: list[str]) -> None:
        self.names = names
        self.shape = shape
        self.parts = parts

    def of(self, text: str) -> str | None:
        """What a name without computed parts becomes; None for one that is not concerned."""
        cuts = split(text, self.shape)
        if cuts is None:
            return None
        pieces: list[str] = []
        for index, part in enumerate(self.parts):
            pieces.append(part)
            if index + 1 < len(cuts):
                pieces.append(text[cuts[index][1] : cuts[index + 1][0]])
        return "".join(pieces)

    def edits(self, one: Occurrence, text: str) -> list[Edit] | Refusal:
        """The changes at one place, where `text` stands; as few as there can be."""
        cuts = split(one.label.text, self.shape)
        if cuts is None and one.is_pattern and fits(one.label.text, HOLE.join(self.parts), numbers=True):
            return []
        if cuts is None or one.span is None:
            return _unchangeable(one, text)
        found: list[Edit] = []
        for index, ((start, end), part) in enumerate(zip(cuts, self.parts, strict=True)):
            if one.label.text[start:end] == part:
                continue
            span = _stretch(one, start, end)
            if span is None:
                return _unchangeable(one, text)
            if index and re.match(r"\w", part) and one.label.text[start - 1] == HOLE:
                found += _in_parentheses(one, start - 1, text)
            found.append((span, part))
        return found


def change(one: Occurrence, others: list[Name], old: str, new: str) -> Change | Refusal:
    """What a new text for one place, where `old` stands, means for all names that have to change with it."""
    occurrences = [each for name in others for each in name.occurrences]
    shape = max((each.label.text for each in occurrences if not each.is_pattern), key=lambda text: text.count(HOLE))
    label = written(new)
    if label is None:
        return Refusal(f"`{new}` is not a name")
    holes = _holes(one.label, old)
    if [_inner(hole) for hole in _holes(label, new)] != [_inner(hole) for hole in holes]:
        kept = " and ".join(f"`{hole}`" for hole in holes)
        if holes:
            return Refusal(f"`{old}` is a name with computed parts: keep {kept}, and change what stands around")
        return Refusal(f"`{new}` has computed parts, and `{old}` has none")
    cuts = split(one.label.text, shape)
    if cuts is None:
        return Refusal(f"`{shown(shape)}` names the same {WORDS[one.kind]}, and `{old}` is written otherwise")
    parts = _parts(one.label.text, label.text, cuts)
    if parts is None:
        return Refusal(
            f"`{old}` is one of the names `{shown(shape)}`, which are computed: keep what makes it this one, or rename "
            "it where the step is"
        )
    found = Change(others, shape, parts)
    problem = _problem(one, label.text, found, occurrences)
    return Refusal(problem) if problem is not None else found


def _parts(old: str, new: str, cuts: list[tuple[int, int]]) -> list[str] | None:
    """The fixed parts of a new label, between the same computed ones; None where it is not clear which they are."""
    fixed = [old[start:end] for start, end in cuts]
    between = [old[before[1] : after[0]] for before, after in pairwise(cuts)]
    ways = list(divided(new, between))
    kept = [sum(one == other for one, other in zip(way, fixed, strict=True)) for way in ways]
    best = [way for way, count in zip(ways, kept, strict=True) if count == max(kept)]
    return best[0] if len(best) == 1 else None


def _problem(one: Occurrence, new: str, found: Change, places: list[Occurrence]) -> str | None:
    """Why something cannot have a name, or None."""
    if one.kind == "step":
        if "-" in new and (place := next((each for each in places if not each.is_path), None)) is not None:
            return f"in an expression a hyphen is a minus, and one reads it at line {place.around.line}"
        is_spelled = all(re.fullmatch(r"[A-Za-z0-9_-]*", part) for part in found.parts)
        sample = new.replace(HOLE, "1")
        return problem_with_label(sample) if is_spelled else f"`{sample}` is not a name of a step"
    if one.kind == "variant":
        parts = new.replace(".", "-").split("-")
        return None if all(map(LABEL.fullmatch, parts)) else f"`{new}` is not a name of a variant"
    if any(name.kind == "function" for name in found.names):
        return problem_with_function_name(new)
    return problem_with_value_name(new)


def taken(found: Change) -> Refusal | None:
    """Why names cannot be changed that would be those of something else in their scope."""
    own = {id(name) for name in found.names}
    for name in found.names:
        new = found.of(name.text)
        for other in _beside(name):
            if id(other) not in own and other.text == new:
                places = [one.around.line for one in other.definitions]
                line = f", at line {places[0]}" if places else ""
                return Refusal(f"`{shown(str(new))}` is taken: a {WORDS[other.kind]} is called so{line}")
    return None


def _beside(name: Name) -> Iterable[Name]:
    return name.scope.values()


def shown(label: str) -> str:
    """A label in a message."""
    return label.replace(HOLE, "$...")


def _holes(label: Label, text: str) -> list[str]:
    start = label.start
    return [
        text[a - start : b - start] for letter, (a, b) in zip(label.text, label.reach, strict=True) if letter == HOLE
    ]


def _inner(hole: str) -> str:
    """What a computed part computes, with or without parentheses."""
    return hole[2:-1].strip() if hole.startswith("$(") else hole[1:]


def _stretch(one: Occurrence, start: int, end: int) -> Span | None:
    """Where letters of a label stand; of none, the place in front of the next one or behind the last."""
    if start < end:
        return one.letters.span(one.label.reach[start][0], one.label.reach[end - 1][1])
    at = one.label.reach[start][0] if start < len(one.label.reach) else one.label.reach[-1][1]
    before = one.letters.span(at, at + 1) if start < len(one.label.reach) else one.letters.span(at - 1, at)
    if before is None:
        return None
    column = before.column if start < len(one.label.reach) else before.end_column
    return Span(before.line, column, before.line, column)


def _in_parentheses(one: Occurrence, hole: int, text: str) -> list[Edit]:
    """A computed part that needs parentheses, since a letter follows: `$(i)b`."""
    start, end = one.label.reach[hole]
    match = _BARE.fullmatch(text[start - one.label.start : end - one.label.start])
    dollar, closed = one.letters.span(start, start + 1), one.letters.span(start, end)
    if match is None or dollar is None or closed is None:
        return []
    return [(dollar, "$("), (Span(closed.line, closed.end_column, closed.line, closed.end_column), ")")]


def _unchangeable(one: Occurrence, text: str) -> Refusal:
    line = one.around.line
    if one.span is None:
        return Refusal(f"at line {line} the name stands in a text with escapes, or across lines")
    if one.is_pattern:
        return Refusal(f"the pattern `{text}` at line {line} means it, too, and does not fit the new name")
    return Refusal(f"the name `{text}` at line {line} means it, too, and cannot be changed with it")
