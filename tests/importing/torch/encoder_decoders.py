"""Encoder-decoders as people write them by hand, and a judge of legal sizes that runs them on shapes alone."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from archcalc import Architecture


def runs(module: nn.Module, *shape: int) -> bool:
    """Whether a module on the meta device takes an input of that shape."""
    try:
        with torch.no_grad():
            module(torch.zeros(2, *shape, device="meta"))
    except (RuntimeError, ValueError, AssertionError):
        return False
    return True


def disagreements(
    architecture: Architecture, module: nn.Module, channels: int, sizes: Iterable[tuple[int, int]]
) -> list[tuple[int, int, bool]]:
    """The heights and widths at which archcalc and PyTorch differ, with what PyTorch says."""
    legal = architecture.legal_sizes()
    module = module.to("meta").eval()
    found = [(height, width, runs(module, channels, height, width)) for height, width in sizes]
    return [one for one in found if one[2] != ({"H": one[0], "W": one[1]} in legal)]


def double(into: int, out: int) -> nn.Sequential:
    """Two convolutions."""
    return nn.Sequential(nn.Conv2d(into, out, 3, padding=1), nn.ReLU(), nn.Conv2d(out, out, 3, padding=1), nn.ReLU())


class UNet(nn.Module):
    """A U-Net of two levels whose decoder is joined as a subclass says."""

    def __init__(self) -> None:
        super().__init__()
        self.down1, self.down2, self.middle = double(1, 4), double(4, 8), double(8, 16)
        self.pool = nn.MaxPool2d(2)
        self.up2, self.up1 = nn.ConvTranspose2d(16, 8, 2, 2), nn.ConvTranspose2d(8, 4, 2, 2)
        self.join2, self.join1 = double(16, 8), double(8, 4)
        self.head = nn.Conv2d(4, 2, 1)

    def forward(self, x: Any) -> Any:
        """Classes for every position."""
        first = self.down1(x)
        second = self.down2(self.pool(first))
        x = self.joined(second, self.up2(self.middle(self.pool(second))))
        x = self.joined(first, self.up1(self.join2(x)))
        return self.head(self.join1(x))

    def joined(self, skip: Any, x: Any) -> Any:
        """Both maps, one behind the other."""
        return torch.cat([skip, x], 1)


class Resized(UNet):
    """One that takes every size: what came up is resized to the skip."""

    def joined(self, skip: Any, x: Any) -> Any:
        """Both, at the size of the skip."""
        return torch.cat([skip, functional.interpolate(x, size=skip.shape[2:])], 1)


class Checked(Resized):
    """One that refuses images which it could compute."""

    def forward(self, x: Any) -> Any:
        """Classes for every position."""
        height, width = x.shape[-2:]
        if height % 8 or width % 2:
            raise ValueError(f"{height} x {width} is no size for this network. Pad the image.")
        return super().forward(x)


class Large(UNet):
    """One that refuses small images."""

    def forward(self, x: Any) -> Any:
        """Classes for every position."""
        assert x.shape[-2] >= 20, "too low"
        return super().forward(x)


class Odd(Resized):
    """One that takes what nobody can say in a word."""

    def forward(self, x: Any) -> Any:
        """Classes for every position."""
        if x.shape[-2] % 32 in (5, 13, 21):
            raise ValueError("not this one")
        return super().forward(x)


class Padded(UNet):
    """One that pads what came up to the size of the skip, where that is larger."""

    def joined(self, skip: Any, x: Any) -> Any:
        """Both, at the size of the skip."""
        more = [skip.shape[axis] - x.shape[axis] for axis in (3, 2)]
        x = functional.pad(x, [more[0] // 2, more[0] - more[0] // 2, more[1] // 2, more[1] - more[1] // 2])
        return torch.cat([skip, x], 1)


class PadsItself(UNet):
    """One that pads images to a multiple of 8, which its layers need not know."""

    def forward(self, x: Any) -> Any:
        """Classes for every position."""
        x = functional.pad(x, (0, -x.shape[3] % 8, 0, -x.shape[2] % 8))
        return functional.avg_pool2d(self.down1(x), 2)


class Valid(nn.Module):
    """An encoder without padding, whose last map is resized to the image."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.deep = nn.Conv2d(3, 4, 5, stride=2), nn.Conv2d(4, 8, 3)
        self.head = nn.Conv2d(8, 2, 1)

    def forward(self, x: Any) -> Any:
        """Classes for every position."""
        deep = functional.max_pool2d(torch.relu(self.deep(torch.relu(self.stem(x)))), 2)
        return functional.interpolate(self.head(deep), size=x.shape[-2:], mode="bilinear", align_corners=False)


class Pyramid(nn.Module):
    """A feature pyramid: what is deeper is resized and added, and parts of the image are sizes, too."""

    def __init__(self) -> None:
        super().__init__()
        widths = (3, 4, 8, 16)
        self.stages = nn.ModuleList(
            nn.Conv2d(into, out, 3, stride=2, padding=1) for into, out in itertools.pairwise(widths)
        )
        self.lateral = nn.ModuleList(nn.Conv2d(width, 8, 1) for width in widths[1:])
        self.head = nn.Conv2d(8, 2, 1)

    def forward(self, x: Any) -> Any:
        """Classes at a quarter of the image."""
        maps = [x]
        for stage in self.stages:
            maps.append(torch.relu(stage(maps[-1])))
        top = self.lateral[2](maps[3])
        for number in (1, 0):
            lateral = self.lateral[number](maps[number + 1])
            top = lateral + functional.interpolate(top, size=lateral.shape[-2:], mode="nearest")
        return functional.interpolate(self.head(top), (-(-x.shape[2] // 4), -(-x.shape[3] // 4)), mode="bilinear")
