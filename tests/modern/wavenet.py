"""WaveNet as its paper describes it: no library has it, so that the judge of the spec is written here, in PyTorch."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Causal(nn.Module):
    """A convolution of two samples which sees none that comes later."""

    def __init__(self, inputs: int, outputs: int, dilation: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv1d(inputs, outputs, 2, dilation=dilation)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(torch.cat([x.new_zeros(*x.shape[:2], self.conv.dilation[0]), x], dim=2))


class Layer(nn.Module):
    """Equation 2, a residual and a skip."""

    def __init__(self, channels: int, skips: int, dilation: int) -> None:
        super().__init__()
        self.filter = Causal(channels, channels, dilation)
        self.gate = Causal(channels, channels, dilation)
        self.skip = nn.Conv1d(channels, skips, 1)
        self.residual = nn.Conv1d(channels, channels, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        gated = torch.tanh(self.filter(x)) * torch.sigmoid(self.gate(x))
        return self.residual(gated) + x, self.skip(gated)


class WaveNet(nn.Module):
    """Figure 4, up to the softmax over 256 values."""

    def __init__(self, stacks: int, channels: int = 32, skips: int = 256) -> None:
        super().__init__()
        self.front = Causal(256, channels)
        dilations = [2**power for power in range(10)] * stacks
        self.layers = nn.ModuleList(Layer(channels, skips, dilation) for dilation in dilations)
        self.end1 = nn.Conv1d(skips, 256, 1)
        self.end2 = nn.Conv1d(256, 256, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.front(x)
        found = []
        for layer in self.layers:
            x, skip = layer(x)
            found.append(skip)
        total = found[0]
        for skip in found[1:]:
            total = total + skip
        return self.end2(torch.relu(self.end1(torch.relu(total))))
