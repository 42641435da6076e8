"""Filters: their groups, letters and counts, as convolutions of every kind have them."""

from collections.abc import Sequence
from typing import Any

from archcalc.diagnostics.codes import shapes as codes
from archcalc.dims import Dim
from archcalc.layers.axes import parts_fit
from archcalc.layers.formula import Formula, Letter, multiplications, parameters, product
from archcalc.layers.letters import per_axis_letters
from archcalc.layers.maps import spread
from archcalc.layers.shape import Shape
from archcalc.layers.site import Site

CHANNELS_READ = ("in", "in_channels", "in_features")
"""What PyTorch's modules call the number of channels that they read."""


def groups_fit(site: Site, groups: Dim, channels: Dim, out: Dim) -> bool:
    """Whether groups cut the channels of both sides into equal parts.

    Reports: AC305, AC318
    """
    return all(
        parts_fit(
            site,
            count,
            groups,
            codes.GROUPS_DO_NOT_DIVIDE,
            f"{groups} groups do not divide the {count} {side} channels",
            field="groups",
        )
        for count, side in ((channels, "input"), (out, "output"))
    )


def equal_groups(site: Site, groups: Dim, channels: Dim) -> bool:
    """Whether channels can be told apart into groups of the same size.

    Reports: AC314, AC318
    """
    return parts_fit(
        site,
        channels,
        groups,
        codes.DOES_NOT_DIVIDE,
        f"{groups} groups do not divide the {channels} channels",
        field="groups",
    )


def filters_letter(out: Dim) -> Letter:
    """The letter K of the output maps."""
    return Letter("K", out, "filters")


def seen_maps(whole: str, part: str, first: Letter, second: Letter, groups: Dim) -> tuple[str, tuple[Letter, ...]]:
    """Pairs of an input and an output map that have weights, of which groups leave only those inside a group."""
    if groups == 1:
        return f"{whole}*{part}", (first, second)
    return f"{whole}*({part}/G)", (first, second, Letter("G", groups, "groups"))


def filter_counts(
    seen: str,
    letters: tuple[Letter, ...],
    kernels: Sequence[Letter],
    biased: Sequence[Letter],
    places: Sequence[Letter],
    *,
    tensors: int = 1,
    lengths: str = "",
) -> tuple[Formula, ...]:
    """A kernel for every pair of maps that is seen, a bias for every output map, each weight once at every place.

    `tensors` is how many there are besides the kernels, with a number for every map in `biased`, and `lengths` how many
    numbers one more has.
    """
    weights = f"{seen}*{product(*kernels)}"
    more = [product(*biased) if tensors == 1 else f"{tensors}*{product(*biased)}"] if biased else []
    used = (*letters, *kernels)
    total = " + ".join([weights, *more, *([lengths] if lengths else [])])
    return (
        parameters(total, *used, *biased, words="" if biased else "no bias"),
        multiplications(f"{weights}*{product(*places)}", *used, *places),
    )


def kernel_letters(kernel: Any, shape: Shape) -> tuple[Letter, ...]:
    """The letters F of a kernel, one for every axis of a map."""
    sizes: tuple[Dim, ...] = spread(kernel, len(shape.spatial))
    return per_axis_letters("F", sizes, "kernel")
