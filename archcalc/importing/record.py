"""The record of a network: layers of archcalc's kinds in the order in which they ran, in scopes as its modules nest.

Every front (PyTorch, ONNX, Keras, Caffe) ends here, and every pass behind it begins here. Shapes leave the batch out,
and hold numbers only: what the sizes of the input do to them is read from records at two sizes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Layout: TypeAlias = Literal["channels_first", "channels_last"]
Plain: TypeAlias = "int | float | bool | str | Sequence[Plain] | Mapping[str, Plain] | None"
"""What the field of a layer can hold; a record is written as JSON."""


@dataclass(eq=False)
class Tensor:
    """A tensor that the network owns, under its name in the source; a buffer is one that nobody trains.

    `others` are further names of the same tensor, which a network with tied weights has. One that is not `persistent`
    is made anew by the network's code, and in no state dict.
    """

    name: str
    shape: tuple[int, ...]
    trainable: bool = True
    is_buffer: bool = False
    others: tuple[str, ...] = ()
    persistent: bool = True


@dataclass(eq=False)
class Value:
    """A map: the layer that makes it, at which of its outputs, with its shape; an input has a name and no maker."""

    shape: tuple[int, ...]
    layout: Layout = "channels_first"
    maker: Layer | None = None
    port: int = 0
    name: str | None = None
    dtype: Literal["float", "int", "bool"] = "float"

    @property
    def channels(self) -> int | None:
        """The size along the axis of the channels; None for a map without axes."""
        if not self.shape:
            return None
        return self.shape[-1] if self.layout == "channels_last" else self.shape[0]


@dataclass(eq=False)
class Layer:
    """One layer: its kind and fields as a spec writes them, the maps that it reads, and the tensors that it owns.

    `label` is its name below its scope where the source has one: for `self.conv1` it is `conv1`, for the third entry of
    a list `blocks` it is `blocks.2`, for a `Sequential` that reads its entries itself it is `2`. A layer without
    tensors has a label only where a module of its own made it.
    `tensors` gives archcalc's name of each tensor of the layer (`weight`, `bias`, ...) the tensor of the source.
    `shares` is the earlier layer whose tensors it applies again, or to whose `weight` its own is tied.
    """

    kind: str
    fields: dict[str, Plain]
    inputs: list[Value]
    outputs: list[Value] = field(default_factory=list)
    label: str | None = None
    tensors: dict[str, Tensor] = field(default_factory=dict)
    maps: dict[str, Value] = field(default_factory=dict)
    """Maps that fields name, such as the `mask` of an attention or the other maps of an `elementwise`."""
    shares: Layer | None = None
    is_tied: bool = False
    """Whether the source has the one tensor that it shares under a name of its own, too: it is another layer then."""
    trainable: bool = True
    hides_later: bool = False
    """Whether it hides from each token, in the scores that it reads, those behind it."""
    source: str = ""
    """What it was in the source, for messages: `torch.nn.functional.conv2d`, `Conv`."""

    @property
    def output(self) -> Value:
        """Its map, of a layer that makes one."""
        return self.outputs[0]

    @property
    def is_again(self) -> bool:
        """Whether it is the layer that it shares tensors with, applied once more, and not one that is tied to it."""
        owner = self.shares
        return owner is not None and not self.is_tied and owner.kind == self.kind and _names(owner) == _names(self)

    @property
    def reads(self) -> list[Value]:
        """All maps that it reads: the inputs, then those that its fields name."""
        return [*self.inputs, *self.maps.values()]


def _names(layer: Layer) -> dict[str, str]:
    """The names of the tensors of a layer in the source."""
    return {name: tensor.name for name, tensor in layer.tensors.items()}


@dataclass(eq=False)
class Scope:
    """One call of a module: its name below the scope around it, its class, and what ran in it, in order.

    `path` is its full name in the source and `name` what is left of that below the path of the scope around it
    (`layer1`, `0`, `blocks.2` where a list stands between them). `class_name` is the import path of the class
    (`torchvision.models.resnet:Bottleneck`), `arguments` what is known of the arguments that it was made with, in the
    order of its signature: of every parameter whose value the module keeps under the same name, that value where it is
    plain.
    """

    name: str
    path: str
    class_name: str
    arguments: dict[str, Plain] = field(default_factory=dict)
    items: list[Scope | Layer] = field(default_factory=list)
    inputs: list[Value] = field(default_factory=list)
    outputs: list[Value] = field(default_factory=list)

    def layers(self) -> Iterator[Layer]:
        """All layers in it, those of inner scopes too, in the order in which they ran."""
        for item in self.items:
            if isinstance(item, Scope):
                yield from item.layers()
            else:
                yield item


@dataclass(eq=False)
class Record:
    """A network as it ran once: its scopes and layers, what goes in and comes out, and all that it owns.

    `tensors` are all tensors of the source, also those that nothing applied. `multiplications` is the count of the
    source's own counter, None where there is none. `notes` say in a sentence each what running it once has fixed.
    """

    name: str
    root: Scope
    inputs: list[Value]
    outputs: list[Value]
    tensors: list[Tensor] = field(default_factory=list)
    multiplications: int | None = None
    notes: list[str] = field(default_factory=list)
    counter: str = "as PyTorch counts them"
    """Whose count the multiplications are, if there is one."""
    has_other_names: bool = False
    """Whether tensors are named in another way than modules of PyTorch name theirs, as in Keras."""
    products: dict[int, int] = field(default_factory=dict)
    """By the id of a layer, the multiplications that the source's own counter saw in what it stands for."""

    def layers(self) -> Iterator[Layer]:
        """All layers in the order in which they ran."""
        return self.root.layers()
