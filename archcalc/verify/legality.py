"""Which of archcalc's reasons to refuse a size PyTorch must share."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.diagnostics.codes import shapes as codes
from archcalc.diagnostics.model import Code, Diagnostic
from archcalc.graph import Graph, Node
from archcalc.layers.base import Layer
from archcalc.layers.shape import Shape
from archcalc.layers.site import Site

MUST_FAIL: dict[Code, str] = {
    codes.WINDOW_TOO_LARGE: "a kernel that is larger than the padded input has no place to stand",
    codes.GROUPS_DO_NOT_DIVIDE: "a grouped convolution has equal groups",
    codes.MERGE_MISMATCH: "tensors whose sizes differ are neither added nor joined",
    codes.PADDING_TOO_LARGE: "a border cannot mirror more rows than there are",
}
"""Codes for which PyTorch raises, too, with the reason why it must."""

MAY_RUN: dict[Code, str] = {
    codes.FRACTIONAL_OUTPUT: "PyTorch rounds down without a word",
    codes.EMPTY_OUTPUT: "PyTorch lets some empty maps pass",
    codes.ELEMENTS_DIFFER: "flattening takes any number of elements, and negative padding cuts",
    codes.CROP_OUT_OF_BOUNDS: "a slice beyond the end is cut short",
    codes.DOES_NOT_DIVIDE: "the last part may be smaller, or the rest stays unread",
    codes.OUTPUT_PADDING_TOO_LARGE: "on shapes alone PyTorch does not look at output padding",
    codes.SINGLE_ELEMENT_NORM: "only training is refused",
    codes.TOO_FEW_ROWS: "on shapes alone PyTorch does not look at the integers",
    codes.NO_ORDER: "PyTorch's causal order begins with the first key, however many keys there are",
}
"""Codes for which PyTorch may run, with what it then does."""


def must_fail(found: Sequence[Diagnostic], graph: Graph) -> Diagnostic | None:
    """The first error that PyTorch has to make, too."""
    nodes = {node.name: node for node in graph.nodes}
    for diagnostic in found:
        node = nodes.get(diagnostic.layer or "")
        if diagnostic.code in MUST_FAIL and not _is_stretched(diagnostic, node):
            return diagnostic
    return None


def may_run(found: Sequence[Diagnostic]) -> str:
    """Why PyTorch may run in spite of these errors."""
    reasons = [MAY_RUN[diagnostic.code] for diagnostic in found if diagnostic.code in MAY_RUN]
    if reasons:
        return reasons[0]
    if any(diagnostic.code is codes.MERGE_MISMATCH for diagnostic in found):
        return "PyTorch stretches sizes of 1 without being asked"
    return "PyTorch has no such rule"


def _is_stretched(diagnostic: Diagnostic, node: Node | None) -> bool:
    """Whether a merge of different sizes is one that PyTorch stretches until they agree."""
    if diagnostic.code is not codes.MERGE_MISMATCH:
        return False
    layer = None if node is None else node.layer
    if node is None or layer is None:
        return True
    shapes = [value.shape for value in layer.flowing(node.inputs) if value.shape is not None]
    if len(shapes) < len(layer.flowing(node.inputs)):
        return False
    items = {value.shape.items for value in node.inputs if value.shape is not None}
    if len(items) > 1 and 1 in items:
        # Items are part of PyTorch's batch, and a batch of one is stretched to them, as what is learned has.
        return True
    if layer.is_merge and layer.attends and _branches_fit(layer, shapes):
        # Only the mask does not fit: scores are stretched to it, too.
        return True
    if not layer.is_merge:
        # Maps that fields name are read as well, and attention multiplies with them; their channels are their own.
        return layer.attends or _can_be_stretched([value.shape for value in node.inputs if value.shape is not None])
    if (layer.is_elementwise or layer.has_products()) and len({len(shape.sizes) for shape in shapes}) > 1:
        # The axes then meet from the right, and where the batch ends up depends on its size.
        return True
    return layer.stretching().shapes(shapes, Site()) is not None


def _branches_fit(layer: Layer, shapes: Sequence[Shape]) -> bool:
    """Whether an attention could be computed without its mask."""
    return layer.model_copy(update={"mask": None}).shapes(shapes[:3], Site()) is not None


def _can_be_stretched(shapes: list[Shape]) -> bool:
    if len({len(shape.sizes) for shape in shapes}) > 1:
        return True
    return all(
        len({size for size in sizes if size != 1}) <= 1
        for sizes in zip(*(shape.spatial for shape in shapes), strict=True)
    )
