"""Several nodes that are one operator of newer files: gelu and layer normalization as older exporters write them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnx import NodeProto


def joined(nodes: Iterable[NodeProto], outputs: Sequence[str]) -> list[NodeProto]:
    """The nodes in their order."""
    return list(nodes)
