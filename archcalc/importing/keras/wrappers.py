"""Layers that apply another layer: at every step of a sequence, or with weights that are kept small in training."""

from __future__ import annotations

from archcalc.importing.building import NotSaid
from archcalc.importing.keras.calls import LayerCall
from archcalc.importing.keras.config import shown
from archcalc.importing.keras.document import Described, Model, nested
from archcalc.importing.keras.network import Map

_STEPWISE = (
    *("Conv2D", "Conv1D", "DepthwiseConv2D", "DepthwiseConv1D", "SeparableConv2D", "SeparableConv1D", "Dense"),
    *("MaxPooling1D", "MaxPooling2D", "AveragePooling1D", "AveragePooling2D", "Flatten", "Rescaling"),
    *("GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalAveragePooling1D", "GlobalAveragePooling2D"),
    *("ZeroPadding1D", "ZeroPadding2D", "Cropping1D", "Cropping2D", "InputLayer", "LayerNormalization"),
    *(
        "BatchNormalization",
        "Activation",
        "ReLU",
        "LeakyReLU",
        "ELU",
        "Softmax",
        "Dropout",
        "GaussianNoise",
        "Identity",
    ),
)
"""Layers that do the same with further axes in front: their windows are 1 there."""


def every_step(call: LayerCall) -> list[Map]:
    """`TimeDistributed`."""
    inner = _inner(call)
    other = _first_other(inner)
    if other is not None:
        raise NotSaid(f"{shown(other)} at every step of a sequence")
    site = call.site._replace(path=f"{call.site.path}/{inner.name}", lead=call.site.lead + 1)
    return call.apply(inner, [call.map], site)


def _inner(call: LayerCall) -> Described:
    return nested(call.config.inner("layer"), call.site.place)


def _first_other(layer: Described) -> str | None:
    """The class of a layer that is not the same at every step; None if all are."""
    if layer.model is None:
        is_plain = layer.class_name in _STEPWISE and layer.config.get("data_format") != "channels_first"
        return None if is_plain else layer.class_name
    return next((found for one in layer.model.layers if (found := _first_other(one)) is not None), None)


def spectral(call: LayerCall) -> list[Map]:
    """`SpectralNormalization`: the layer that it holds, beside a vector that only training reads."""
    inner = _inner(call)
    if isinstance(inner.model, Model):
        raise NotSaid("a spectral normalization of a model")
    call.network.note(f"{call.site.place} is the layer that it holds: its weights are scaled in training alone")
    out = inner.config.get("filters", inner.config.get("units", inner.config.get("output_dim")))
    found = call.apply(inner, [call.map], call.site._replace(path=f"{call.site.path}/{inner.name}"))
    if isinstance(out, int):
        call.network.tensor(call.site, "vector_u", [1, out], is_buffer=True)
    return found


LAYERS = {"TimeDistributed": every_step, "SpectralNormalization": spectral}
