"""An estimate as plain data: whole operations and bytes, seconds as decimals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archcalc.hardware import Figure, FigureSource, Hardware
from archcalc.roofline.model import Estimate, LayerEstimate


def plain(found: Estimate) -> dict[str, Any]:
    """The entry of a network in the output of `archcalc roofline --format json`."""
    return {
        "hardware": _hardware(found.hardware),
        "dtype": found.precision.maps,
        "tensor_dtype": found.precision.tensors,
        "batch": found.batch,
        "fused": found.is_fused,
        "ridge": float(found.ridge),
        "flops": found.work.flops,
        "bytes": found.work.bytes,
        "seconds": float(found.seconds),
        "bound": found.bound or None,
        "share_of_memory": float(found.share_of_memory),
        "tensor_bytes": found.tensor_bytes,
        "opaque": list(found.opaque),
        "layers": [_layer(one, found) for one in found.layers],
    }


def _layer(one: LayerEstimate, found: Estimate) -> dict[str, Any]:
    work = one.work
    return {
        "layer": one.name,
        "kind": one.kind,
        "fused_into": one.fused_into or None,
        "flops": work.flops,
        "read": work.read,
        "tensors": work.tensors,
        "written": work.written,
        "bytes": work.bytes,
        "intensity": None if work.intensity is None else float(work.intensity),
        "bound": one.bound or None,
        "seconds": float(one.seconds),
        "share": float(one.seconds / found.seconds) if found.seconds else 0.0,
    }


def _hardware(device: Hardware) -> dict[str, Any]:
    sources = device.sources
    return {
        "name": device.name,
        "title": device.title,
        "kind": device.kind,
        "memory": None if device.memory is None else _figure(device.memory, sources),
        "bandwidth": _figure(device.bandwidth, sources),
        "peaks": {name: _figure(one, sources) for name, one in device.peaks.items()},
        "sources": [dict(one._asdict()) for one in sources],
        "note": device.note,
    }


def _figure(one: Figure, sources: Sequence[FigureSource]) -> dict[str, Any]:
    """A figure; its source is the place of it among the sources."""
    source = None if one.source is None else sources.index(one.source)
    return {"value": one.value, "text": one.text, "how": one.how, "source": source}
