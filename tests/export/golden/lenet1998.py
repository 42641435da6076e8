"""LeNet, variant 1998.

Source: LeCun et al. 1998; as it is taught today, as it was, and Caffe's network
of the same name
Input: [1, 32, 32] (N = 32)
Output: [10]
Totals: 60,000 parameters, 325,680 multiplications
Frozen parameters: 840
"""

import torch
from torch import Tensor, nn


class Affine(nn.Module):
    """Coefficient and bias of every channel, in front of so many further axes.

    Shape: (B, C, *N) -> (B, C, *N), or (B, *N, C) -> (B, *N, C) with axes=0
    """

    def __init__(self, channels: int, axes: int = 2) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.along = (channels,) + (1,) * axes

    def forward(self, x: Tensor) -> Tensor:
        """Scale and shift every channel."""
        return x * self.weight.view(self.along) + self.bias.view(self.along)


class ConnectedConv(nn.Module):
    """Convolution whose output maps see only the input maps that a table lists.

    Shape: (B, C, *N) -> (B, len(connections), *M) on one to three axes
    """

    def __init__(
        self,
        connections: tuple[tuple[int, ...], ...],
        kernel_size: int | tuple[int, ...],
        stride: int | tuple[int, ...] = 1,
        padding: int | str | tuple[int, ...] = 0,
        dilation: int | tuple[int, ...] = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        axes: int = 2,
    ) -> None:
        super().__init__()
        self.connections = [list(row) for row in connections]
        convs: list[type[nn.Module]] = [nn.Conv1d, nn.Conv2d, nn.Conv3d]
        for index, row in enumerate(connections):
            part = convs[axes - 1](
                len(row),
                1,
                kernel_size,
                stride=stride,
                padding=padding,
                dilation=dilation,
                bias=bias,
                padding_mode=padding_mode,
            )
            self.add_module(str(index), part)

    def forward(self, x: Tensor) -> Tensor:
        """Convolve the maps of every row."""
        rows = zip(self.children(), self.connections, strict=True)
        return torch.cat([conv(x[:, row]) for conv, row in rows], dim=1)


class RadialBasis(nn.Module):
    """Squared distances of the last axis to learned centres.

    Shape: (*, in_features) -> (*, out_features)
    """

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(out_features, in_features))

    def forward(self, x: Tensor) -> Tensor:
        """Measure the distance to every centre."""
        return (x.unsqueeze(-2) - self.weight).square().sum(-1)


class LeNet(nn.Module):
    """LeNet, variant 1998: [1, 32, 32] -> [10]."""

    def __init__(self, N: int = 32) -> None:
        super().__init__()
        self.c1 = nn.Conv2d(1, 6, kernel_size=5)
        self.avg_pool = nn.AvgPool2d(kernel_size=2)
        self.s2 = Affine(6)
        self.sigmoid = nn.Sigmoid()
        self.c3 = ConnectedConv(
            (
                (0, 1, 2),
                (1, 2, 3),
                (2, 3, 4),
                (3, 4, 5),
                (0, 4, 5),
                (0, 1, 5),
                (0, 1, 2, 3),
                (1, 2, 3, 4),
                (2, 3, 4, 5),
                (0, 3, 4, 5),
                (0, 1, 4, 5),
                (0, 1, 2, 5),
                (0, 1, 3, 4),
                (1, 2, 4, 5),
                (0, 2, 3, 5),
                (0, 1, 2, 3, 4, 5),
            ),
            kernel_size=5,
        )
        self.s4 = Affine(16)
        self.c5 = nn.Conv2d(16, 120, kernel_size=5)
        self.tanh = nn.Tanh()
        self.f6 = nn.Linear(120 * ((N - 28) // 4) ** 2, 84)
        self.output_layer = RadialBasis(84, 10).requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        x = self.s2(self.avg_pool(self.c1(x)))
        x = self.avg_pool(self.c3(self.sigmoid(x)))
        x = self.c5(self.sigmoid(self.s4(x)))
        x = self.f6(self.tanh(x).flatten(1))
        return self.output_layer(self.tanh(x))
