"""Sequences of tokens [T, D], with the channels last: what attention and recurrent layers read."""

from __future__ import annotations

from math import prod

from archcalc.diagnostics.codes import shapes as codes
from archcalc.layers.formula import Letter
from archcalc.layers.shape import Shape
from archcalc.layers.site import InFront, Site


def reads_tokens(site: Site, shape: Shape, kind: str, field: str | None = None) -> bool:
    """Whether a shape is a sequence [T, D] with the channels last.

    Reports: AC304, AC321
    """
    return _reads(site, shape, kind, len(shape.sizes) == 2, field)


def reads_sequences(
    site: Site, shape: Shape, kind: str, field: str | None = None, help: tuple[str, ...] | None = None
) -> bool:
    """Whether a shape is one sequence [T, D] or many [..., T, D] side by side, with the channels last.

    Reports: AC304, AC321
    """
    return _reads(site, shape, kind, len(shape.sizes) >= 2, field, help)


def _reads(
    site: Site, shape: Shape, kind: str, fits: bool, field: str | None, help: tuple[str, ...] | None = None
) -> bool:
    if len(shape.sizes) > 1 and shape.layout == "channels_first":
        site.report(
            codes.LAYOUT_MISMATCH,
            f"{kind} reads tokens [T, D] with the channels last, but gets {shape} with the channels first",
            field=field,
            label=f"reads {shape}, channels first",
            help=_in_front(shape) if help is None else help,
        )
    elif not fits:
        site.report(
            codes.RANK_MISMATCH,
            f"{kind} reads tokens [T, D], but gets {shape}",
            field=field,
            label=f"reads {shape}",
        )
    else:
        return True
    return False


def side_by_side(shape: Shape) -> tuple[tuple[Letter, ...], str]:
    """The letter for how many sequences stand side by side in a map, and how a product begins that counts them all.

    >>> side_by_side(Shape((8, 8, 49, 96), "channels_last"))
    ((Letter(name='N', value=64, meaning='sequences side by side'),), 'N*')
    >>> side_by_side(Shape((49, 96), "channels_last"))
    ((), '')
    """
    leading = shape.sizes[:-2]
    return ((Letter("N", prod(leading), "sequences side by side"),), "N*") if leading else ((), "")


def _in_front(shape: Shape) -> tuple[str, ...]:
    """How to get tokens, and what to write for PyTorch's order of axes, of which `tokens` would take the wrong ones."""
    *others, last = shape.sizes
    is_last_widest = isinstance(last, int) and not any(isinstance(size, int) and size >= last for size in others)
    if len(others) == 1:
        (first,) = others
        swapped = (
            f"if [{first}, {last}] is meant as {first} tokens, write `input: [{last}, {first}]`, channels first, with "
            "tokens in front of this layer"
        )
        moved = InFront("tokens", f"which makes {first} channels at {last} positions tokens [{last}, {first}]")
        return (moved, swapped) if is_last_widest else (moved,)
    moved = InFront("tokens", "which makes every position of a map a token")
    batch = (
        f"if {last} is the width of tokens, as in batches [B, T, {last}], write `input: [{last}, T]`: without the "
        "batch, channels first, with tokens in front of this layer"
    )
    return (moved, batch) if is_last_widest and len(others) == 2 else (moved,)
