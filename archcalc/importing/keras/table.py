"""Which function reads a class of Keras."""

from __future__ import annotations

from archcalc.importing.keras import (
    activations,
    attention,
    dense,
    merges,
    norms,
    operations,
    recurrent,
    shapes,
    tensorflow,
    training,
    windows,
    wrappers,
)
from archcalc.importing.keras.calls import Reader
from archcalc.importing.keras.document import Described

LAYERS: dict[str, Reader] = {
    **activations.LAYERS,
    **attention.LAYERS,
    **dense.LAYERS,
    **merges.LAYERS,
    **norms.LAYERS,
    **recurrent.LAYERS,
    **shapes.LAYERS,
    **training.LAYERS,
    **windows.LAYERS,
    **wrappers.LAYERS,
}
_OWN = ("keras", "tensorflow.keras", "tf_keras", "tensorflow.python.keras", "")
"""Packages whose classes are those of Keras; files of Keras 2 do not say."""


def reader(layer: Described) -> Reader | None:
    """The function that reads a layer; None where archcalc has no kind for it."""
    if layer.module.split(".")[-2:-1] == ["ops"] or layer.module.endswith("keras.ops"):
        return operations.OPERATIONS.get(layer.class_name)
    if layer.class_name in ("TFOpLambda", "SlicingOpLambda"):
        return operations.OPERATIONS.get(tensorflow.operation(layer) or "")
    if not any(layer.module == own or layer.module.startswith(f"{own}.") for own in _OWN):
        return None
    return LAYERS.get(layer.class_name)


def keeps_shape(layer: Described) -> bool:
    """Whether what the layer writes is as large as what it reads, even where archcalc cannot say what it does."""
    return layer.class_name in activations.LAYERS or layer.class_name in norms.LAYERS
