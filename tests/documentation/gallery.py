"""The gallery: a lecture picture of every system of the catalogue, as one command draws it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from catalogue import FILES, SPECS, report, whole

FOLDER = "docs/images/gallery"
_INTRODUCTION = """\
A lecture picture of every system of the catalogue, in its first variant. Each is what the command below it draws,
letter by letter; nothing was declared for it, and nothing was drawn by hand. `archcalc draw --help` says what can be
chosen, [Draw](../guides/pictures.md) what the pictures show.
"""


@cache
def pictures() -> dict[str, str]:
    """The networks that are drawn, by the path of the picture in the repository."""
    return {f"{FOLDER}/{path.stem}.svg": _network(path) for path in FILES}


def svg(network: str) -> str:
    """The picture of one network."""
    return report(network).draw(style="volumes").svg


def page() -> str:
    """docs/reference/gallery.md."""
    return "\n".join(["# Gallery\n", _INTRODUCTION, *_shelf("The systems of the lecture", SPECS), *_modern()])


def _modern() -> Iterator[str]:
    return _shelf("The networks of today", SPECS / "modern")


def _shelf(title: str, folder: Path) -> Iterator[str]:
    yield f"## {title}\n"
    for path in FILES:
        if path.parent == folder:
            network = _network(path)
            name = whole(path).name
            yield f"### {name}\n"
            yield f"![{name}: {_sentence(network)}](../images/gallery/{path.stem}.svg)\n"
            yield f"```sh\narchcalc draw {network} --style volumes -o {path.stem}.svg\n```\n"


def _network(path: Path) -> str:
    variants = [*whole(path).variants]
    return f"{path.stem}:{variants[0]}" if variants else path.stem


def _sentence(network: str) -> str:
    """What the picture shows, for those who do not see it."""
    found = report(network)
    return f"{len(found)} layer{'' if len(found) == 1 else 's'} from {found.graph.inputs[0].outputs[0].outline} on"
