"""What `Report.page` returns: a page that can be saved, and that shows itself in a notebook."""

from __future__ import annotations

import html
from collections.abc import Sequence
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

from archcalc.checking import Checked
from archcalc.diagnostics.model import Diagnostic
from archcalc.page.assembly import page
from archcalc.page.data import network
from archcalc.terminal import visible

FRAME = "display: block; box-sizing: border-box; width: 100%; height: 620px; border: 1px solid #c5ccd6"
"""How a page stands in a notebook: its border is a part of its width, so that nothing has to scroll."""


class Page:
    """A network as one HTML file: graph, table, charts, shown work and text, at sizes that its reader chooses.

    `html` is the whole file, which needs no network; `data` is what it shows, as JSON data. Two pages are equal if
    their data is.

    >>> import archcalc
    >>> report = archcalc.load("input: [1, N, N]\\nlayers: [conv: [6, 5]]\\nat: {N: 32}").check()
    >>> report.page()
    <Page of network: 1 layer, sizes of N to choose>
    """

    def __init__(self, checked: Checked, diagnostics: Sequence[Diagnostic]) -> None:
        self.data = network(checked, diagnostics)

    @cached_property
    def html(self) -> str:
        """The file."""
        return page(self.data)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the file, replacing one of this name. Raises: OSError."""
        Path(path).write_text(self.html, encoding="utf-8", newline="\n")

    def _repr_html_(self) -> str:
        """A frame in which nothing reaches the notebook around it."""
        return (
            f'<iframe sandbox="allow-scripts" style="{FRAME}" '
            f'title="{html.escape(self.data["title"])}" srcdoc="{html.escape(self.html)}"></iframe>'
        )

    def __eq__(self, other: Any) -> bool:
        return self.data == other.data if isinstance(other, Page) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # Its data is made of lists.

    def __repr__(self) -> str:
        count = sum("family" in layer for layer in self.data["layers"])
        chosen = f", sizes of {', '.join(self.data['symbols'])} to choose" if self.data["symbols"] else ""
        return visible(f"<Page of {self.data['title']}: {count} layer{'' if count == 1 else 's'}{chosen}>")
