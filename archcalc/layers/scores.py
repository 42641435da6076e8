"""Scores of queries and keys: what all kinds of attention ask of heads, of a mask and of causal order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from archcalc.diagnostics.codes import shapes as codes
from archcalc.dims import Condition, Dim, Number
from archcalc.layers.axes import parts_fit
from archcalc.layers.base import Read, Tap, TorchCall
from archcalc.layers.fields import Doc, Flag, MapName, Rate, Size
from archcalc.layers.shape import factor
from archcalc.layers.site import Site

Causal = Annotated[Flag, Doc("Whether a token sees itself and those before it alone. The products are as many.")]
AttentionDropout = Annotated[Rate, Doc("Probability with which a weight of the attention is dropped in training.")]
KeyHeads = Annotated[
    Size | None,
    Doc("Heads of keys and values, which several heads of queries share; it divides `heads`. Default: as many."),
]
Mask = Annotated[
    MapName | None,
    Doc(
        "The map that is added to the scores [..., heads, queries, keys], such as a bias of positions. It may lack the "
        "first axes, and sizes of 1 are stretched."
    ),
]


def heads_divide(site: Site, heads: Dim, width: Dim, field: str = "heads") -> bool:
    """Whether so many heads have a whole number of channels each.

    Reports: AC314, AC318
    """
    word = "heads" if heads != 1 else "head"
    message = f"{heads} {word} do not divide the width of {width}"
    return parts_fit(site, width, heads, codes.DOES_NOT_DIVIDE, message, field=field)


def heads_are_shared(site: Site, heads: Dim, key_heads: Dim | None) -> bool:
    """Whether every head of keys belongs to as many heads of queries.

    Reports: AC314, AC318
    """
    message = f"{key_heads} heads of keys cannot be shared evenly by {heads} heads of queries"
    return key_heads is None or parts_fit(site, heads, key_heads, codes.DOES_NOT_DIVIDE, message, field="key_heads")


def is_in_order(site: Site, kind: str, queries: Dim, keys: Dim) -> bool:
    """Whether queries and keys are the same tokens, as far as their number tells, so that there are earlier ones.

    Reports: AC336
    """
    return site.require(
        Condition.equal(queries, keys),
        codes.NO_ORDER,
        f"{kind} in causal order needs as many keys as queries, but gets {keys} for {queries}",
        field="causal",
        label=f"{queries} queries, {keys} keys",
    )


def mask_fits(site: Site, kind: str, mask: Tap | None, scores: Sequence[Dim], items: Dim) -> bool:
    """Whether a map can be added to scores of these sizes: its axes are the last of them, or are stretched to them.

    Reports: AC306
    """
    if mask is None:
        return True
    sizes = mask.shape.sizes
    shown = "×".join(map(factor, scores))
    message = f"{kind} adds its mask to scores of {shown}, and {mask.shape} does not fit"
    if len(sizes) > len(scores):
        label = f"{len(sizes)} axes for {len(scores)}"
        site.report(codes.MERGE_MISMATCH, message, field="mask", label=label)
        return False
    pairs = zip(sizes, scores[len(scores) - len(sizes) :], strict=True)
    return all(
        site.require(
            Condition.equal(_unequal(size, whole), 0),
            codes.MERGE_MISMATCH,
            message,
            reason=f"a mask of {size} is added to {whole} scores",
            field="mask",
            label=f"{size} for {whole}",
        )
        for size, whole in pairs
    ) and site.require(
        Condition.equal(mask.shape.items, items),
        codes.MERGE_MISMATCH,
        f"{kind} needs a mask for each of its {items} items, but gets {mask.shape.items}",
        field="mask",
    )


def behind_batch(mask: Tap | None, scores: int, read: Read) -> tuple[tuple[TorchCall, ...], tuple[Read, ...]]:
    """Calls that bring a mask in front of scores of so many axes, and how it is read then.

    Axes that it lacks are those behind the batch, and PyTorch counts the axes of a sum from the last one.
    """
    if mask is None:
        return (), ()
    have = len(mask.shape.sizes)
    result = Read(what="result")
    calls = tuple(
        TorchCall("Tensor.unsqueeze", (-axes - 1,), is_module=False, reads=(read if axes == have else result,))
        for axes in range(have, scores)
    )
    return calls, (result if calls else read,)


def _unequal(size: Dim, whole: Dim) -> Number:
    """What is 0 where a size is the whole one, or is 1 and stretched to it."""
    if size == whole or size == 1:
        return 0
    unequal: Number = size - whole
    return unequal if isinstance(size, int) else unequal * (size - 1)
