"""Errors of archcalc with which PyTorch may run: by code and kind of layer, each with what PyTorch does instead.

Verification has a table by code alone. This one is closer: what is in neither is a disagreement.
"""

from __future__ import annotations

from archcalc.diagnostics.codes.language import BAD_VALUE
from archcalc.diagnostics.model import Diagnostic
from archcalc.graph import Graph
from archcalc.verify.job import Ran
from archcalc.verify.legality import MUST_FAIL, must_fail

FRACTION = "AC301"
EMPTY = "AC307"

REASONS: dict[tuple[str, str], str] = {
    ("AC310", "reshape"): "a single size is `flatten`, and one size with a symbol is what remains: any number fits",
    ("AC310", "pad_channels"): "padding by a negative number cuts",
    ("AC311", "roi_pool"): "items are part of the batch, and PyTorch cannot tell them from images",
    ("AC311", "roi_align"): "items are part of the batch, and PyTorch cannot tell them from images",
    ("AC347", "deform_conv"): "windows stand wherever there are offsets for them",
    ("AC319", "instance_norm"): "with statistics that are tracked only training is refused",
    ("AC312", "slice"): "a slice beyond the end is cut short",
    ("AC314", "position_encoding"): "of three channels two are sines",
    ("AC312", "crop"): "a crop is negative padding, and that is positive where it reaches beyond the end",
    ("AC314", "glu"): "of three channels a gate by hand makes halves of 2 and 1, and the 1 is stretched",
    ("AC314", "split"): "the last part may be smaller than the others",
    ("AC336", "attention"): "PyTorch's causal order begins with the first key, however many keys there are",
    ("AC336", "dot_attention"): "PyTorch's causal order begins with the first key, however many keys there are",
    ("AC133", "avg_pool"): "means by hand, for a ceiling that PyTorch does not have, sum up windows of no numbers",
    ("AC307", "pad"): "a map that is cut to nothing first is then nothing but padding",
    ("AC307", "unpool"): "onto a size PyTorch has no unpooling: values for the same place overwrite each other",
}
BAD_VALUES: dict[str, str] = {
    "dilation": "a transposed convolution with a kernel of 1 has no distances",
    "padding": "padding that differs from side to side is `nn.functional.pad`, which cuts where it is negative",
    "shape": "one size with a symbol is what remains",
}
"""By field: values that have no layer, because the field does not take them."""


def reason_to_run(error: Diagnostic, graph: Graph, ran: Ran) -> str | None:
    """Why PyTorch may run although archcalc reports this error; None if it must not."""
    node = next((node for node in graph.nodes if node.name == error.layer), None)
    kind = node.kind if node is not None else ""
    if error.code in MUST_FAIL:
        return "sizes of 1 are stretched without being asked" if must_fail([error], graph) is None else None
    if error.code.id == FRACTION:
        return "PyTorch rounds down, and the shapes are those of `rounding: floor`"
    if (error.code.id == EMPTY or error.code is BAD_VALUE) and any(
        0 in sizes for event in ran.events for sizes in event.outputs
    ):
        return "a map without numbers passes through some layers"
    if error.code is BAD_VALUE:
        # Of a layer that could not be made, there is no node: "`kernel` of avg_pool must be at least 1, not 0".
        _, field, rest = error.message.split("`", 2)
        kind = kind or rest.removeprefix(" of ").partition(" ")[0]
        return BAD_VALUES.get(field) or REASONS.get((error.code.id, kind))
    return REASONS.get((error.code.id, kind))
