"""The formats that a scene can be written in."""

from __future__ import annotations

from archcalc.scene.primitives import Scene

FORMATS = ("svg", "pdf", "png")


def write(scene: Scene, format: str, width: int | None = None) -> bytes:
    """The picture as a file of a format; in `svg` and `png` so many pixels wide.

    Raises: CannotWrite; KeyError for a format that there is not.
    """
    if format == "svg":
        from archcalc.scene.svg import svg

        return svg(scene, width).encode("utf-8")
    if format == "pdf":
        from archcalc.scene.pdf import pdf

        return pdf(scene)
    if format == "png":
        from archcalc.scene.png import png

        return png(scene, width)
    raise KeyError(format)
