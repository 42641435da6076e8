"""The networks of the shelf `specs/modern` and the code that was published for each, as the judge of them.

Nothing is downloaded: the libraries build the networks from their configurations, with numbers that are drawn here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
from detectors import detr, faster_rcnn
from layers.oracles import load_torch


class Published(NamedTuple):
    """Code that others published for a network of the shelf.

    `library` is what `build` is called with: torchvision's models, or the module of another library. `inputs` are the
    shapes of what it reads, with a batch of 1, at which numbers are compared; `settings` gives values to open symbols.
    `found` takes the output that is compared from what the published code returns. `because` says why the last bits of
    single precision differ, if they do. A network that reads integers reads some below `integers`.
    Its operations are counted on `device`: code that looks at numbers cannot run without any.
    """

    network: str
    library: str
    build: Callable[[Any], Any]
    inputs: tuple[tuple[int, ...], ...] = ((1, 3, 64, 64),)
    settings: Mapping[str, int] = MappingProxyType({})
    found: Callable[[Any], Any] = lambda output: output
    because: str = ""
    integers: int = 0
    device: str = "meta"

    def __str__(self) -> str:
        return self.network

    def meta(self, models: Any) -> Any:
        """The published module without any numbers, in eval mode."""
        try:
            with load_torch().device("meta"):
                return self.built(models)
        except NotImplementedError as error:
            if "Cannot copy out of meta tensor" not in str(error):
                raise
        return self.built(models).to("meta")  # A module that computes what its weights begin with.

    def built(self, models: Any) -> Any:
        """The published module in eval mode, on the device that is the default."""
        return self.build(models if self.library == "torchvision" else _other(self.library)).eval()

    def loadable(self, models: Any) -> Any:
        """The published module, to which weights are assigned; tensors that are in no state dict have their numbers."""
        found = self.meta(models)
        is_whole = {name for name, _ in found.named_buffers()} <= set(found.state_dict())
        return found if is_whole else self.built(models)


def _other(name: str) -> Any:
    """A library besides torchvision, if it is installed."""
    pytest.importorskip(name.partition(".")[0])
    return import_module(name)


def _torchvision(stem: str, *names: str, prefix: str = "") -> list[Published]:
    """Classifiers of torchvision, each a variant; a variant is called as the model is, but for the prefix."""
    return [Published(f"{stem}:{name}", "torchvision", _Builder(prefix + name)) for name in names]


class _Builder(NamedTuple):
    """Calls a function of a library by its name."""

    name: str
    settings: Mapping[str, Any] = MappingProxyType({})

    def __call__(self, library: Any) -> Any:
        found = library
        for part in self.name.split("."):
            found = getattr(found, part)
        return found(**self.settings)


def _timm(network: str, model: str, *inputs: tuple[int, ...]) -> Published:
    """A model of timm by its name there."""
    return Published(network, "timm", _Builder("create_model", {"model_name": model}), inputs or ((1, 3, 64, 64),))


_UNTRAINED = {"weights_backbone": None}

PUBLISHED = (
    *_torchvision("convnext", "tiny", "small", "base", "large", prefix="convnext_"),
    *(
        _timm(f"deit:{name}", f"deit_{model}", (1, 3, 224, 224))
        for name, model in (
            ("tiny", "tiny_patch16_224"),
            ("small", "small_patch16_224"),
            ("base", "base_patch16_224"),
            ("base-384", "base_patch16_384"),
        )
    ),
    *_torchvision("densenet", "densenet121", "densenet161", "densenet169", "densenet201"),
    *(
        Published(f"deeplab_v3:{name}", "torchvision", _Builder(f"segmentation.deeplabv3_{name}", _UNTRAINED))._replace(
            found=lambda outputs: outputs["out"]
        )
        for name in ("resnet50", "resnet101")
    ),
    Published(
        "detr",
        "transformers",
        detr,
        ((1, 3, 128, 160), (1, 256, 4, 5)),
        MappingProxyType({"H": 128, "W": 160}),
        because="scores are scaled behind the product, and in PyTorch's function in front of it",
        device="cpu",
    ),
    *_torchvision("efficientnet_v2", "s", "m", "l", prefix="efficientnet_v2_"),
    Published(
        "faster_rcnn",
        "torchvision",
        faster_rcnn,
        ((1, 3, 96, 128), (2, 4)),
        MappingProxyType({"R": 2}),
        because="values between positions are mixed row by row, there all four at once",
    ),
    *(_timm(f"hrnet:{name}", f"hrnet_{name}") for name in ("w18", "w32", "w48")),
    *(_timm(f"mixer:{name}", f"mixer_{name}_224", (1, 3, 224, 224)) for name in ("s32", "s16", "b16", "l16")),
    *(
        _timm(f"maxvit:{name}", f"maxvit_{model}", (1, 3, size, size))._replace(
            because="windows are an axis of their own, there a part of the batch: PyTorch sums in another order"
        )
        for name, model, size in (
            ("tiny", "tiny_rw_224", 224),
            ("tiny_256", "tiny_rw_256", 256),
            ("pico_256", "pico_rw_256", 256),
        )
    ),
    *_torchvision("mobilenet_v3", "large", "small", prefix="mobilenet_v3_"),
    *_torchvision("regnet", "y_400mf", "y_1_6gf", "y_16gf", "x_400mf", "x_3_2gf", prefix="regnet_"),
    *_torchvision("resnext", "resnext50_32x4d", "resnext101_32x8d", "resnext101_64x4d"),
    *_torchvision("shufflenet_v2", "x0_5", "x1_0", "x1_5", "x2_0", prefix="shufflenet_v2_"),
    *(
        _timm(f"swin:{name}", f"swin_{name}_patch4_window7_224", (1, 3, 224, 224))._replace(
            because="windows are an axis of their own, there a part of the batch: PyTorch sums in another order"
        )
        for name in ("tiny", "small", "base")
    ),
    *(
        vit._replace(inputs=((1, 3, 224, 224),))
        for vit in _torchvision("vit", "b_32", "b_16", "l_16", "l_32", "h_14", prefix="vit_")
    ),
    *(
        Published(f"lstm_tagger:{name}", "tagger", _Builder("Tagger", settings), ((1, 12),), integers=words)
        for name, words, settings in (
            ("tutorial", 9, {"words": 9, "width": 6, "hidden": 6, "tags": 3}),
            ("lstm", 20000, {}),
            ("bi-lstm", 20000, {"both": True}),
            ("two-layers", 20000, {"both": True, "layers": 2}),
        )
    ),
    Published("wavenet:stack", "wavenet", _Builder("WaveNet", {"stacks": 1}), ((1, 256, 1200),)),
    Published("wavenet:three-stacks", "wavenet", _Builder("WaveNet", {"stacks": 3}), ((1, 256, 1200),)),
)
"""The networks of the shelf, file by file."""

SMALLEST = tuple({published.network.partition(":")[0]: published for published in reversed(PUBLISHED)}.values())
"""One network of each file, whose numbers are computed."""
