"""Makes what Graphviz writes fit for pages: titles that say something, no links, no comments, no doctype."""

from __future__ import annotations

from xml.etree import ElementTree

_XLINK = "{http://www.w3.org/1999/xlink}"
_SVG = "{http://www.w3.org/2000/svg}"
_GROUPS = ("graph", "cluster", "node", "edge")


def tidied(data: bytes, title: str) -> str:
    """The picture with the tooltips of its boxes and edges as their titles, never wider than the page."""
    root = ElementTree.fromstring(data)  # noqa: S314 (Graphviz wrote it from our own DOT: no entities could explode)
    for element in root.iter():
        element.tag = element.tag.removeprefix(_SVG)
        if element.tag == "g" and element.get("class") in _GROUPS:
            _name(element, title if element.get("class") == "graph" else None)
    root.attrib.update(
        {
            "xmlns": _SVG.strip("{}"),
            "role": "img",
            "aria-label": title,
            "style": "max-width: 100%; height: auto",
        }
    )
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def _name(group: ElementTree.Element, title: str | None) -> None:
    """Put the tooltip of an anchor into the title of its group, and what the anchor holds in its place."""
    tooltips: list[str] = []
    _unlink(group, tooltips)
    heading = group.find(f"{_SVG}title")
    if heading is not None and (title or tooltips):
        heading.text = title or tooltips[0]


def _unlink(parent: ElementTree.Element, tooltips: list[str]) -> None:
    kept: list[ElementTree.Element] = []
    for child in parent:
        if child.tag == f"{_SVG}a":
            tooltips.append(child.get(f"{_XLINK}title", ""))
            kept.extend(child)
        else:
            if child.get("class") not in _GROUPS:
                _unlink(child, tooltips)
            kept.append(child)
    parent[:] = kept
