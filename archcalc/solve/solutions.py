"""The answer to a question: all solutions, what is at their ends, and how far the answer reaches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import product
from typing import Any, Literal

from archcalc.diagnostics.model import Diagnostic
from archcalc.questions.values import Exact, number, plain
from archcalc.sizes.boxes import merged_along
from archcalc.solve.values import Found
from archcalc.terminal import visible

End = Literal["smallest", "largest"]

SolutionBox = dict[str, Found]
"""For each unknown the values that it takes, whatever the others are."""

_SHOWN = 24
"""Lines of solutions that a text shows."""


class Solutions:
    """The values of unknowns at which a network is legal and all conditions hold.

    It is a union of `boxes`: in each, every unknown takes the values of its own set. With `complete`, these are all
    solutions there are, or all in the domain that was asked for; otherwise nothing is said about values outside of
    `searched`. `reason` says why there is none.

    >>> import archcalc
    >>> from archcalc.solve import solve
    >>> found = solve(archcalc.load("convolution:stride1").program, "padding", "size = 7")
    >>> print(found)
    padding = 1
    >>> {"padding": 1} in found, 2 in found, found.complete
    (True, False, True)

    Two are equal if they say the same.
    """

    def __init__(
        self,
        unknowns: tuple[str, ...],
        where: tuple[str, ...],
        boxes: list[SolutionBox],
        *,
        complete: bool,
        searched: Mapping[str, str],
        looked_up: Mapping[str, str] | None = None,
        domains: Mapping[str, str],
        reason: str | None = None,
        errors: Sequence[Diagnostic] = (),
        unlisted: int = 0,
        ends: Mapping[End, dict[str, Exact]] | None = None,
        help: str = "",
    ) -> None:
        self.unknowns = unknowns
        self.where = where
        self.boxes = boxes
        self.complete = complete
        self.searched = dict(searched)
        """The values that were put in one by one, for those unknowns on which the form of the network depends."""
        self.looked_up = dict(looked_up or {})
        """The values of those unknowns on which the form of the network depends that were looked up in tables."""
        self.domains = dict(domains)
        """The values among which solutions were looked for."""
        self.reason = reason
        self.errors = tuple(errors)
        """What is wrong with the network whatever the unknowns are, so that nothing was looked for."""
        self.unlisted = unlisted
        """How many solutions are in none of the boxes, because all would be too many; those in boxes come first."""
        self.help = help
        """How to get an answer that is complete, where this one is not and somebody knows."""
        self._ends = dict(ends or {})
        self.remarks: dict[End, list[str]] = {}
        """What the quantities are at the ends of the solutions, and what rules out the values behind them."""

    @property
    def is_empty(self) -> bool:
        """Whether there is no solution."""
        return not self.boxes

    @property
    def smallest(self) -> dict[str, Exact] | None:
        """The solution with the smallest first unknown, then the smallest second, ...; None if there is none."""
        return dict(self._ends["smallest"]) if "smallest" in self._ends else self._extreme(largest=False)

    @property
    def largest(self) -> dict[str, Exact] | None:
        """The solution with the largest first unknown, then the largest second, ...; None without such an end."""
        return dict(self._ends["largest"]) if "largest" in self._ends else self._extreme(largest=True)

    def _extreme(self, *, largest: bool) -> dict[str, Exact] | None:
        boxes, found = self.boxes, {}
        for name in self.unknowns:
            ends = [box[name].largest if largest else box[name].smallest for box in boxes]
            known = [end for end in ends if end is not None]
            if not known or len(known) < len(ends):
                return None
            found[name] = max(known) if largest else min(known)
            boxes = [box for box, end in zip(boxes, ends, strict=True) if end == found[name]]
        return found

    def __contains__(self, values: object) -> bool:
        """Whether a number, or a map with a number for each unknown, is a solution.

        Raises: TypeError, KeyError; ValueError behind the last solution that is listed, where not all are.
        """
        if not isinstance(values, Mapping):
            if len(self.unknowns) != 1:
                raise TypeError(f"a solution is a map with values for {', '.join(self.unknowns)}, not {values!r}")
            values = {self.unknowns[0]: values}
        wanted = {name: values[name] for name in self.unknowns}
        found = any(all(wanted[name] in box[name] for name in self.unknowns) for box in self.boxes)
        if self.unlisted and not found and self._is_behind(wanted):
            raise ValueError(f"{self.unlisted:,} solutions are not listed; a check says whether this is one of them")
        return found

    def _is_behind(self, values: Mapping[str, Any]) -> bool:
        """Whether values come behind all solutions that are listed."""
        listed = [tuple([box[name].largest for name in self.unknowns]) for box in self.boxes]
        return tuple([values[name] for name in self.unknowns]) > max(listed)

    def __iter__(self) -> Iterator[dict[str, Exact]]:
        """All solutions, box by box, ascending in the last unknown; without end where one unknown has none.

        Raises: ValueError where several unknowns have no end, and behind the last solution that is listed.
        """
        for box in self.boxes:
            endless = [name for name in self.unknowns if not box[name].is_finite]
            if len(endless) > 1:
                raise ValueError(f"{' and '.join(endless)} have no end; look at `boxes`")
            order = [*endless, *(name for name in self.unknowns if name not in endless)]
            first, *rest = order
            for value in box[first].values():
                for others in product(*(list(box[name].values()) for name in rest)):
                    found = dict(zip(order, (value, *others), strict=True))
                    yield {name: found[name] for name in self.unknowns}
        if self.unlisted:
            raise ValueError(f"{self.unlisted:,} more solutions are too many to be listed")

    def __bool__(self) -> bool:
        return bool(self.boxes)

    def __eq__(self, other: object) -> bool:
        return vars(self) == vars(other) if isinstance(other, Solutions) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.unknowns, self.where, self.complete, len(self.boxes)))

    @property
    def summary(self) -> str:
        """The solutions in words, or that there is none and why."""
        if not self.boxes:
            named = " and ".join(self.unknowns)
            return f"no {named}: {self.reason}" if self.reason else f"no {named}"
        lines = [self.line(box) for box in self.boxes[:_SHOWN]]
        if len(self.boxes) > _SHOWN:
            lines.append(f"and {len(self.boxes) - _SHOWN:,} more lines, which stand in the JSON")
        if self.unlisted:
            lines.append(
                f"and {self.unlisted:,} more solutions, too many to be listed: further conditions make them fewer, "
                "and archcalc sweep draws a sample, or writes all"
            )
        return "\n".join(lines)

    def line(self, box: SolutionBox) -> str:
        """One of the boxes in words."""
        return "; ".join(box[name].text(name) for name in self.unknowns)

    @property
    def reach(self) -> str:
        """In words how far the answer reaches."""
        tried, looked_up = (
            [f"{name} = {text}" for name, text in values.items()] for values in (self.searched, self.looked_up)
        )
        if not self.complete:
            parts = [f"tried one by one: {', '.join(tried)}", "nothing is said about other values", self.help]
            return "; ".join(part for part in parts if part)
        gone_through = {*self.searched, *self.looked_up}
        decided = [text for name, text in self.domains.items() if name not in gone_through]
        parts = [f"proven for every {' and '.join(decided)}"] if decided else []
        parts += [f"{', '.join(looked_up)} looked up in tables"] if looked_up else []
        parts += [f"{', '.join(tried)} tried one by one"] if tried else []
        return f"complete: {'; '.join(parts)}"

    def to_text(self, end: End | None = None) -> str:
        """The solutions, what is at their ends, and how far the answer reaches, as `archcalc solve` prints them.

        With an end, it is only the smallest or the largest solution.
        """
        if end is None or not self.boxes:
            text, remarks = self.summary, [*self.remarks.get("smallest", []), *self.remarks.get("largest", [])]
        else:
            values = self.smallest if end == "smallest" else self.largest
            text = f"there is no {end} {self.unknowns[0]}: {self.summary}" if values is None else point(values)
            remarks = self.remarks.get(end, [])
        return "\n".join([text, *(f"  {remark}" for remark in dict.fromkeys(remarks)), self.reach])

    def to_json(self) -> dict[str, Any]:
        """The solutions as JSON data; fractions are text."""
        return {
            "unknowns": list(self.unknowns),
            "where": list(self.where),
            "solutions": [{name: box[name].to_json() for name in self.unknowns} for box in self.boxes],
            "text": self.summary,
            "smallest": _plain(self.smallest),
            "largest": _plain(self.largest),
            "unlisted": self.unlisted,
            "complete": self.complete,
            "searched": self.searched,
            "looked_up": self.looked_up,
            "remarks": self.remarks,
            "reason": self.reason,
        }

    def _repr_html_(self) -> str:
        """In a notebook: what the command line prints."""
        lines = [escape(visible(line)) for line in self.to_text().split("\n")]
        return f'<div class="archcalc" style="white-space:pre-wrap;font-family:monospace">{"<br>".join(lines)}</div>'

    def __str__(self) -> str:
        return self.summary

    def __repr__(self) -> str:
        return visible(f"<Solutions {'; '.join(self.summary.splitlines()[:3])}>")


def _plain(values: dict[str, Exact] | None) -> dict[str, int | str] | None:
    return None if values is None else {name: plain(value) for name, value in values.items()}


def point(values: Mapping[str, Exact]) -> str:
    """One solution in words.

    >>> point({"N": 224, "depth": 3})
    'N = 224, depth = 3'
    """
    return ", ".join(f"{name} = {number(value)}" for name, value in values.items())


def joined(boxes: list[SolutionBox], unknowns: tuple[str, ...]) -> list[SolutionBox]:
    """The same solutions in fewer boxes: those that differ in one unknown only become one, if one pattern has both."""
    found = merged_along(reversed(unknowns), boxes, Found.union)
    return sorted(found, key=lambda box: [box[name].smallest or 0 for name in unknowns])
