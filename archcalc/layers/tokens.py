"""Sequences of tokens [T, D], with the channels last: what attention and recurrent layers read."""

from __future__ import annotations

from archcalc.diagnostics.codes import shapes as codes
from archcalc.layers.shape import Shape
from archcalc.layers.site import InFront, Site


def reads_tokens(site: Site, shape: Shape, kind: str, field: str | None = None) -> bool:
    """Whether a shape is a sequence [T, D] with the channels last.

    Reports: AC304, AC321
    """
    if len(shape.sizes) > 1 and shape.layout == "channels_first":
        site.report(
            codes.LAYOUT_MISMATCH,
            f"{kind} reads tokens [T, D] with the channels last, but gets {shape} with the channels first",
            field=field,
            label=f"reads {shape}, channels first",
            help=_in_front(shape),
        )
        return False
    if len(shape.sizes) != 2:
        site.report(
            codes.RANK_MISMATCH,
            f"{kind} reads tokens [T, D], but gets {shape}",
            field=field,
            label=f"reads {shape}",
        )
        return False
    return True


def _in_front(shape: Shape) -> tuple[str, ...]:
    """How to get tokens. A sequence is often written [T, D], and `tokens` would take T for its channels."""
    if len(shape.sizes) == 2:
        first, last = shape.sizes
        return (
            InFront("tokens", f"which makes {first} channels at {last} positions tokens [{last}, {first}]"),
            f"if [{first}, {last}] is meant as {first} tokens, write `input: [{last}, {first}]` and put `tokens` in "
            "front: the input has its channels first",
        )
    return (InFront("tokens", "which makes every position of a map a token"),)
