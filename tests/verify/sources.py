"""Networks with the code that an exporter would write for them, written by hand; and ways to spoil it."""

from __future__ import annotations

from typing import Any, NamedTuple

from archcalc import Architecture
from archcalc.graph import Graph

RESIDUAL = """\
name: Residual
input: [3, H, W]
at: {H: 12, W: 12}
let: {classes: 5}
blocks:
  basic(width, stride=1):
    - add:
        - [{conv: {out: width, kernel: 3, stride: stride, padding: 1, bias: false, rounding: floor}, as: conv1},
           {batch_norm, as: bn1}, relu, {conv: {out: width, kernel: 3, padding: 1, bias: false}, as: conv2},
           {batch_norm, as: bn2}]
        - - conv: {out: width, kernel: 1, stride: stride, bias: false, rounding: floor}
            as: shortcut
            when: stride > 1
    - relu
layers:
  - {conv: {out: 4, kernel: 3, padding: 1}, as: stem}
  - {basic: {width: 4}, as: block1}
  - {basic: {width: 8, stride: 2}, as: block2}
  - global_avg_pool
  - flatten
  - {linear: classes, as: fc}
"""

RESIDUAL_CODE = '''\
"""Residual."""

import torch
from torch import Tensor, nn


class Basic(nn.Module):
    def __init__(self, in_channels: int, width: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, width, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        if stride > 1:
            self.shortcut = nn.Conv2d(in_channels, width, 1, stride, bias=False)
        else:
            self.shortcut = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out = out + self.shortcut(x)
        return self.relu(out)


class Residual(nn.Module):
    def __init__(self, classes: int = 5) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3, padding=1)
        self.block1 = Basic(4, 4)
        self.block2 = Basic(4, 8, stride=2)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(8, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        x = self.block1(x)
        x = self.block2(x)
        x = torch.flatten(self.pool(x), 1)
        return self.fc(x)
'''

MIXED = """\
name: Mixed
input: [4, N, N]
at: {N: 14}
layers:
  - as: head
    do:
      - {conv: {out: 6, kernel: 3}, as: filter}
      - {tanh, as: act}
  - {pad: 1, as: border}
  - {split: 2, as: parts}
  - {concat: [parts.1, parts.0], as: swapped}
  - {max_pool: 2, as: pool}
  - {conv: {out: 6, kernel: 3, padding: 1}, as: again}
  - {use: again}
  - {dropout: 0.5, as: drop}
  - {add: [here, pool], as: sum}
  - {conv: {out: 2, kernel: 1}, as: frozen, trainable: false}
  - {flatten, as: flat}
"""

MIXED_CODE = '''\
"""Mixed."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class Head(nn.Sequential):
    def __init__(self) -> None:
        super().__init__()
        self.filter = nn.Conv2d(4, 6, 3)
        self.act = nn.Tanh()


def joined(first: Tensor, second: Tensor) -> Tensor:
    """Both halves, with nothing in between."""
    size = torch.Size([first.shape[0], 0, *first.shape[2:]])
    nothing = first.new_empty(size)
    return torch.cat([first, nothing, second], 1)


class Mixed(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.head = Head()
        self.pool = nn.MaxPool2d(2, return_indices=True)
        self.again = nn.Conv2d(6, 6, 3, padding=1)
        self.drop = nn.Dropout(0.5)
        self.frozen = nn.Conv2d(6, 2, 1).requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.pad(self.head(x), (1, 1, 1, 1))
        first, second = x.split(3, 1)
        x = joined(second, first)
        pool, _ = self.pool(x)
        x = self.again(pool)
        x = self.again(x)
        x = self.drop(x)
        x = x + pool
        return self.frozen(x).flatten(1)
'''


class Written(NamedTuple):
    """Code in the form in which an exporter gives it."""

    text: str
    class_name: str
    arguments: dict[str, str]
    events: tuple[tuple[str, int], ...]
    graph: Graph
    scopes: tuple[str, ...]
    supplied: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    blocks: tuple[Any, ...] = ()

    def spoilt(self, old: str, new: str) -> Written:
        """The code with one change, which must be one."""
        assert self.text.count(old) == 1, f"{self.text.count(old)} times {old!r}"
        return self._replace(text=self.text.replace(old, new))


def residual() -> tuple[Architecture, Written]:
    """A residual network with an activation that is used twice, a group without calls, and a rounded stride."""
    architecture = Architecture.from_text(RESIDUAL, "residual.yaml")
    return architecture, Written(
        RESIDUAL_CODE,
        "Residual",
        {},
        tuple((node.name, 1) for node in architecture.check().graph.nodes),
        architecture.check().graph,
        ("Basic", "Residual"),
    )


def mixed() -> tuple[Architecture, Written]:
    """A Sequential, a function of torch, a method, a supplied function, a layer used twice, two outputs of a call."""
    architecture = Architecture.from_text(MIXED, "mixed.yaml")
    return architecture, Written(
        MIXED_CODE,
        "Mixed",
        {},
        tuple((node.name, 1) for node in architecture.check().graph.nodes),
        architecture.check().graph,
        ("Head", "Mixed"),
        ("joined",),
    )
