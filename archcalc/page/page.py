"""What `Report.page` returns: a page that can be saved, and that shows itself in a notebook."""

from __future__ import annotations

import base64
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
from archcalc.page.figure import lecture_picture
from archcalc.terminal import visible
from archcalc.volumes.picture import VolumePicture

PLACE = "display: grid; grid-template-columns: 100%; border: 1px solid #c5ccd6"
BELOW = "grid-area: 1 / 1; max-height: 620px; overflow: hidden"
FRAME = "grid-area: 1 / 1; width: 100%; height: 620px; border: 0"
STILL_PICTURE = "max-width: 100%; max-height: 580px"
"""How a page stands in a notebook: in the same place as what stands in for it, over that, and as high or higher."""
STILL = "A page with sliders stands here where scripts run: in Jupyter, if the notebook is trusted."


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
        self._checked = checked

    @cached_property
    def html(self) -> str:
        """The file."""
        return page(self.data)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the file, replacing one of this name. Raises: OSError."""
        Path(path).write_text(self.html, encoding="utf-8", newline="\n")

    @cached_property
    def picture(self) -> VolumePicture | None:
        """The lecture picture at the sizes that were checked; None for a network that has too many volumes, or none."""
        return lecture_picture(self._checked)

    def _repr_html_(self) -> str:
        """A frame in which nothing reaches the notebook around it, over the picture that is seen where there is none.

        Viewers such as GitHub, and Jupyter in a notebook that is not trusted, take frames out of HTML and leave what
        they lie on. Where a browser runs no scripts at all, a style takes the frame away.
        """
        title = html.escape(self.data["title"])
        still = f"<small>{STILL}</small>"
        if self.picture is not None:
            data = base64.b64encode(self.picture.svg.encode()).decode()
            still = f'<img style="{STILL_PICTURE}" alt="{title}" src="data:image/svg+xml;base64,{data}"><br>{still}'
        page = html.escape(self.html)
        return (
            f'<div class="archcalc-page" style="{PLACE}"><div style="{BELOW}">{still}</div>'
            f'<iframe sandbox="allow-scripts" style="{FRAME}" title="{title}" srcdoc="{page}"></iframe>'
            "<noscript><style>.archcalc-page iframe { display: none }</style></noscript></div>"
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """The page, its picture for what shows no HTML, such as a PDF of the notebook, and a line of text."""
        still = {} if self.picture is None else {"image/svg+xml": self.picture._repr_svg_()}
        return {"text/html": self._repr_html_(), **still, "text/plain": repr(self)}

    def __eq__(self, other: Any) -> bool:
        return self.data == other.data if isinstance(other, Page) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # Its data is made of lists.

    def __repr__(self) -> str:
        count = sum("family" in layer for layer in self.data["layers"])
        chosen = f", sizes of {', '.join(self.data['symbols'])} to choose" if self.data["symbols"] else ""
        return visible(f"<Page of {self.data['title']}: {count} layer{'' if count == 1 else 's'}{chosen}>")
