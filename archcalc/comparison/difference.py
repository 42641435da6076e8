"""The difference of two networks: a value that shows itself, and that can be asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from archcalc.comparison.compared import Compared
from archcalc.comparison.limits import LimitVerdict, judged, read
from archcalc.terminal import Terminal, visible

if TYPE_CHECKING:
    from archcalc.draw.dot import Direction
    from archcalc.draw.picture import Picture


class Difference(Compared):
    """What differs between two networks: layers, sizes, counts, legal sizes and claims.

    `before` and `after` are the reports that are compared. Two differences are equal if they are of equal reports.

    >>> import archcalc
    >>> small = archcalc.load("input: [8]\\nlayers: [{linear: 4, as: fc}]")
    >>> large = archcalc.load("input: [8]\\nlayers: [{linear: 6, as: fc}, relu]")
    >>> difference = archcalc.diff(small, large)
    >>> [(change.state, change.layer.name) for change in difference.changes]
    [('changed', 'fc'), ('added', '1')]
    >>> difference["parameters"].difference
    18
    """

    def judge(self, limits: str | Sequence[str]) -> list[LimitVerdict]:
        """Which limits the difference keeps, as `--fail-on` takes them.

        Raises: WrongQuestion (a ValueError) for a text that is no limit.

        >>> import archcalc
        >>> difference = archcalc.diff("resnet:resnet18", "resnet:resnet34")
        >>> [(one.limit.text, one.state) for one in difference.judge(["parameters +1%", "output"])]
        [('parameters +1%', 'broken'), ('output', 'kept')]
        """
        asked = [read(text) for text in ([limits] if isinstance(limits, str) else limits)]
        return judged(asked, self.amounts_of(one.quantity for one in asked))

    def to_text(self, *, width: int = 80, color: bool = False, fold: bool = True) -> str:
        """The difference for people, as `archcalc diff` prints it; without `fold` with a line for each layer."""
        from archcalc.comparison.text import full

        return full(self, Terminal(width, color), fold=fold)

    def to_markdown(self, *, fold: bool = True) -> str:
        """The same for a comment on a pull request, as `archcalc diff --format markdown`; `fold` as in `to_text`."""
        from archcalc.comparison.markdown import markdown

        return markdown(self, fold=fold)

    def to_json(self) -> dict[str, Any]:
        """The difference as JSON data, as `archcalc diff --format json` gives it for each pair of networks."""
        from archcalc.comparison.json import as_json

        return as_json(self)

    def draw(
        self,
        *,
        depth: int | None = None,
        direction: Direction = "down",
        aspect: str | None = None,
        dark: bool = False,
    ) -> Picture:
        """Both networks as one picture, with signs and colours for what is added, removed and changed.

        Scopes in which nothing differs are closed. Raises: as `Report.draw` does.
        """
        from archcalc.comparison.picture import diagram
        from archcalc.draw.picture import graph_picture

        return graph_picture(lambda depth: diagram(self, depth), depth, direction, aspect=aspect, dark=dark)

    def _repr_html_(self) -> str:
        from archcalc.comparison.html import fragment

        return fragment(self)

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        told = ", ".join(f"{count:,} {state}" for state, count in self.counts.items() if count)
        return visible(f"<Difference {self.before.address} → {self.after.address}: {told or 'no layers'}>")
