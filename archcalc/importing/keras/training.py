"""What only training does, and layers of Keras' own networks that scale or skip a branch."""

from __future__ import annotations

from archcalc.importing.keras.calls import FIRST, LayerCall
from archcalc.importing.keras.merges import joined
from archcalc.importing.keras.network import Map

_NOISE = (
    "GaussianNoise",
    "GaussianDropout",
    "ActivityRegularization",
    "RandomFlip",
    "RandomRotation",
    "RandomZoom",
    "RandomTranslation",
    "RandomContrast",
    "RandomBrightness",
    "RandomHeight",
    "RandomWidth",
    "RandomColorJitter",
    "RandomGrayscale",
    "RandomSaturation",
    "RandomHue",
    "RandomSharpness",
    "RandomShear",
    "RandomErasing",
    "RandomPerspective",
    "RandomPosterization",
    "RandomColorDegeneration",
    "RandomGaussianBlur",
    "RandomInvert",
)
"""Layers that change nothing outside of training."""


def dropout(call: LayerCall) -> Map:
    """`Dropout`."""
    return call.main("dropout", call.map, {"rate": call.config.number("rate", 0.5)})


def alpha(call: LayerCall) -> Map:
    """`AlphaDropout`."""
    return call.main("alpha_dropout", call.map, {"rate": call.config.number("rate", 0.5)})


def channels(call: LayerCall) -> Map:
    """`SpatialDropout1D` to `SpatialDropout3D`."""
    return call.main("channel_dropout", call.spatial(), {"rate": call.config.number("rate", 0.5)}, layout=FIRST)


def depth(call: LayerCall) -> Map:
    """`StochasticDepth` of Keras' ConvNeXt."""
    return call.main("stochastic_depth", call.map, {"rate": call.config.number("drop_path_rate")})


def scale(call: LayerCall) -> Map:
    """`LayerScale` of Keras' ConvNeXt."""
    initial = call.config.number("init_values", 1e-6)
    return call.main("layer_scale", call.map, {"initial": initial}, {"weight": "gamma"})


def residual(call: LayerCall) -> Map:
    """`CustomScaleLayer` of Keras' Inception-ResNet: the first map and a part of the second one."""
    if len(call.maps) != 2:
        raise call.fail(f"it adds a part of one map to another, and reads {len(call.maps)}", "malformed")
    factor = call.config.number("scale")
    whole, branch = call.maps
    scaled = call.elementwise(branch, f"{factor!r} * x") if factor != 1 else branch
    return joined(call, "add", [whole, scaled], label=call.site.label)


def identity(call: LayerCall) -> Map:
    """What it reads: `Identity`, and layers that work in training alone."""
    if call.layer.class_name in _NOISE:
        call.network.note(f"{call.layer.class_name} changes nothing outside of training, and is an identity")
    return call.main("identity", call.map)


def masking(call: LayerCall) -> Map:
    """`Masking`: tokens that hold one value are passed over by what comes behind, which changes no size."""
    call.network.note("Masking is an identity: no size or count depends on which tokens are passed over")
    return call.main("identity", call.map)


LAYERS = {
    "Dropout": dropout,
    "AlphaDropout": alpha,
    **{f"SpatialDropout{rank}D": channels for rank in (1, 2, 3)},
    "StochasticDepth": depth,
    "LayerScale": scale,
    "CustomScaleLayer": residual,
    "Masking": masking,
    "Identity": identity,
    **dict.fromkeys(_NOISE, identity),
}
