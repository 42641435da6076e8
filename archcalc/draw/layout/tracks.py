"""Tracks: lines across the flow between two rows, beside each other where they would lie on each other."""

from __future__ import annotations

from archcalc.draw.layout.items import Group

TRACK = 7.0
"""Between two tracks."""
NEAR = 5.0
"""Lines along the flow that are nearer than this look like one."""


class Channel:
    """The room between two rows."""

    def __init__(self) -> None:
        self.tops: dict[Group, set[float]] = {}
        """Where each group comes from the row before, ..."""
        self.ends: dict[Group, set[float]] = {}
        """... and where it goes on into the next one."""

    def add(self, group: Group, start: float, end: float) -> None:
        """A group that comes at one place and goes on at another one."""
        if abs(start - end) > 0.01:
            self.tops.setdefault(group, set()).add(start)
            self.ends.setdefault(group, set()).add(end)

    def tracks(self) -> dict[Group, int]:
        """The track of every group that has to go across."""
        spans = {
            group: (min(tops | self.ends[group]), max(tops | self.ends[group])) for group, tops in self.tops.items()
        }
        found: dict[Group, int] = {}
        waiting = sorted(spans, key=lambda group: (spans[group], group))
        while waiting:
            free = (one for one in waiting if not any(self._is_above(other, one) for other in waiting if other != one))
            group = next(free, waiting[0])
            waiting.remove(group)
            left, right = spans[group]
            used = {
                track
                for other, track in found.items()
                if spans[other][0] < right + NEAR and left - NEAR < spans[other][1]
            }
            lowest = max([found[other] + 1 for other in found if self._is_above(other, group)], default=0)
            while lowest in used:
                lowest += 1
            found[group] = lowest
        return found

    def _is_above(self, one: Group, other: Group) -> bool:
        """Whether a group must turn first: it comes where the other one goes on."""
        return any(abs(top - end) < NEAR for top in self.tops[one] for end in self.ends[other])
