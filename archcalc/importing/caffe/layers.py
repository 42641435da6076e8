"""The layers of a Caffe network in one form, whichever of the three layouts its file has, for the phase of testing.

The oldest files have `layers { layer { type: "conv" ... } }`, later ones `layers { type: CONVOLUTION ... }`, and
today's `layer { type: "Convolution" ... }`.
"""

from __future__ import annotations

from dataclasses import dataclass

from archcalc.importing.caffe.prototext import Message, shown
from archcalc.importing.failure import ImportFailure

_NAMES = {
    "absval": "AbsVal",
    "argmax": "ArgMax",
    "bnll": "BNLL",
    "conv": "Convolution",
    "convolution": "Convolution",
    "deconvolution": "Deconvolution",
    "dummy_data": "DummyData",
    "elu": "ELU",
    "euclidean_loss": "EuclideanLoss",
    "hdf5_data": "HDF5Data",
    "image_data": "ImageData",
    "images": "ImageData",
    "inner_product": "InnerProduct",
    "innerproduct": "InnerProduct",
    "lrn": "LRN",
    "memory_data": "MemoryData",
    "mvn": "MVN",
    "pool": "Pooling",
    "prelu": "PReLU",
    "relu": "ReLU",
    "sigmoid_cross_entropy_loss": "SigmoidCrossEntropyLoss",
    "softmax_loss": "SoftmaxWithLoss",
    "tanh": "TanH",
    "window_data": "WindowData",
}
"""Types of older files whose words are not those of today's names."""
_OLD_FIELDS = {"kernelsize": "kernel_size", "biasterm": "bias_term", "cropsize": "crop_size"}


@dataclass(eq=False)
class CaffeLayer:
    """A layer: its name and type, the blobs that it reads and writes, and its message."""

    name: str
    type: str
    bottoms: list[str]
    tops: list[str]
    message: Message
    is_oldest: bool = False

    @property
    def place(self) -> str:
        """Its name in messages."""
        return f'layer {shown(self.type)} "{shown(self.name)}" (line {self.message.line})'

    def settings(self, name: str) -> Message:
        """Its parameters, such as those of `convolution_param`; the oldest files have no messages for them."""
        return self.message if self.is_oldest else self.message.message(name)


def layers(net: Message) -> list[CaffeLayer]:
    """The layers of a network that run when it is tested.

    Raises: ImportFailure.
    """
    found = [*map(_today, net.messages("layer")), *map(_older, net.messages("layers"))]
    if not found:
        raise ImportFailure("no-layers", "the file has no layers: it is no network of Caffe")
    return [layer for layer in found if _runs(layer.message)]


def _today(message: Message) -> CaffeLayer:
    return CaffeLayer(
        message.text("name"), message.text("type"), message.texts("bottom"), message.texts("top"), message
    )


def _older(message: Message) -> CaffeLayer:
    bottoms, tops = message.texts("bottom"), message.texts("top")
    if "layer" not in message:
        return CaffeLayer(message.text("name"), _name(message.text("type")), bottoms, tops, message)
    inner = message.message("layer")
    for old, name in _OLD_FIELDS.items():
        if old in inner:
            inner.fields.setdefault(name, inner.fields[old])
    inner.fields.setdefault("include", message.fields.get("include", []))
    return CaffeLayer(inner.text("name"), _name(inner.text("type")), bottoms, tops, inner, is_oldest=True)


def _name(word: str) -> str:
    """A type of older files by its name of today.

    >>> _name("CONVOLUTION"), _name("SOFTMAX_LOSS"), _name("concat"), _name("INNER_PRODUCT")
    ('Convolution', 'SoftmaxWithLoss', 'Concat', 'InnerProduct')
    """
    return _NAMES.get(word.lower()) or "".join(part.capitalize() for part in word.split("_"))


def _runs(message: Message) -> bool:
    """Whether the layer is there in the phase of testing, at no stage."""
    included, excluded = message.messages("include"), message.messages("exclude")
    if included:
        return any(_holds(rule) for rule in included)
    return not any(_holds(rule) for rule in excluded)


def _holds(rule: Message) -> bool:
    return (
        rule.text("phase", "TEST").upper() in ("TEST", "1")
        and not rule.texts("stage")
        and rule.number("min_level", 0) <= 0
    )
