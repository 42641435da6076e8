"""Convolutions with other filters."""

import torch
from torch import Tensor, nn

from archcalc.export.torch.supplied.padding import per_axis


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


def convolved(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: int | tuple[int, ...],
    padding: int | str | tuple[int, ...],
    dilation: int | tuple[int, ...],
    groups: int,
) -> Tensor:
    """Convolve a map of one to three axes.

    Shape: (B, C, *N), weight (out, C / groups, *kernel) -> (B, out, *M)
    """
    if x.dim() == 3:
        return nn.functional.conv1d(x, weight, bias, stride, padding, dilation, groups)
    if x.dim() == 4:
        return nn.functional.conv2d(x, weight, bias, stride, padding, dilation, groups)
    return nn.functional.conv3d(x, weight, bias, stride, padding, dilation, groups)


class StdConv(nn.Module):
    """Convolution whose filters are brought to mean 0 and variance 1 first.

    With a `gain` every filter has a learned factor, times gain / sqrt(its weights).

    Shape: (B, C, *N) -> (B, out, *M) on one to three axes
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, ...],
        stride: int | tuple[int, ...] = 1,
        padding: int | str | tuple[int, ...] = 0,
        dilation: int | tuple[int, ...] = 1,
        groups: int = 1,
        bias: bool = True,
        gain: float | None = None,
        eps: float = 1e-6,
        axes: int = 2,
    ) -> None:
        super().__init__()
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.groups = groups
        self.eps = eps
        if not isinstance(kernel_size, tuple):
            kernel_size = (kernel_size,) * axes
        shape = (out_channels, in_channels // groups, *kernel_size)
        self.weight = nn.Parameter(torch.empty(shape))
        self.bias = nn.Parameter(torch.zeros(out_channels)) if bias else None
        nn.init.kaiming_uniform_(self.weight, 5**0.5)
        if gain is None:
            self.gain = None
        else:
            ones = torch.ones(out_channels, 1, *(1 for _ in kernel_size))
            self.gain = nn.Parameter(ones)
            self.factor = gain * self.weight[0].numel() ** -0.5

    def forward(self, x: Tensor) -> Tensor:
        """Normalize every filter by its own weights, and convolve."""
        filters = self.weight.flatten(1).unsqueeze(0)
        scale = None if self.gain is None else (self.gain * self.factor).flatten()
        norm = nn.functional.batch_norm
        filters = norm(filters, None, None, scale, None, True, 0.0, self.eps)
        weight = filters.view_as(self.weight)
        step, pad, spread = self.stride, self.padding, self.dilation
        return convolved(x, weight, self.bias, step, pad, spread, self.groups)


class WeightNormConv(nn.Module):
    """Convolution whose weights have learned lengths along an axis.

    Shape: (B, C, *N) -> (B, out, *M) on one to three axes
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, ...],
        stride: int | tuple[int, ...] = 1,
        padding: int | str | tuple[int, ...] = 0,
        dilation: int | tuple[int, ...] = 1,
        groups: int = 1,
        bias: bool = True,
        dim: int = 0,
        axes: int = 2,
    ) -> None:
        super().__init__()
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.groups = groups
        if not isinstance(kernel_size, tuple):
            kernel_size = (kernel_size,) * axes
        shape = (out_channels, in_channels // groups, *kernel_size)
        self.weight = nn.Parameter(torch.empty(shape))
        self.bias = nn.Parameter(torch.zeros(out_channels)) if bias else None
        nn.init.kaiming_uniform_(self.weight, 5**0.5)
        nn.utils.parametrizations.weight_norm(self, dim=dim)

    def forward(self, x: Tensor) -> Tensor:
        """Convolve with the weights at their lengths."""
        step, pad, spread = self.stride, self.padding, self.dilation
        return convolved(x, self.weight, self.bias, step, pad, spread, self.groups)


def between(x: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Values between the positions of a map, which is zero outside.

    Shape: (B, C, H, W), rows (B, P), columns (B, P) -> (B, C, P)
    """
    height, width = x.shape[2:]
    found = x.new_zeros(x.shape[0], x.shape[1], rows.shape[1])
    for down in (0, 1):
        for right in (0, 1):
            row, column = rows.floor() + down, columns.floor() + right
            share = (1 - (rows - row).abs()) * (1 - (columns - column).abs())
            inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
            place = row.clamp(0, height - 1) * width + column.clamp(0, width - 1)
            index = place.nan_to_num().long().unsqueeze(1).expand(-1, x.shape[1], -1)
            share = (share * inside).unsqueeze(1)
            found = found + x.flatten(2).gather(2, index) * share
    return found


class DeformConv2d(nn.Module):
    """Convolution whose windows read where a map of offsets says.

    Shape: (B, C, H, W), offset (B, 2 * G * K, *M), mask (B, G * K, *M) -> (B, out, *M)
    with K values in a kernel and G groups of channels that are moved together
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] = 0,
        dilation: int | tuple[int, int] = 1,
        groups: int = 1,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if not isinstance(kernel_size, tuple):
            kernel_size = (kernel_size, kernel_size)
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.groups = groups
        shape = (out_channels, in_channels // groups, *kernel_size)
        self.weight = nn.Parameter(torch.empty(shape))
        self.bias = nn.Parameter(torch.zeros(out_channels)) if bias else None
        nn.init.kaiming_uniform_(self.weight, 5**0.5)

    def forward(self, x: Tensor, offset: Tensor, mask: Tensor | None = None) -> Tensor:
        """Look up what every window reads, then weigh it at every place."""
        size = offset.shape[2:]
        count = self.kernel_size[0] * self.kernel_size[1]
        shifts = torch.unflatten(offset, 1, (-1, count, 2))
        places = []
        strides, paddings = per_axis(self.stride, x), per_axis(self.padding, x)
        dilations = per_axis(self.dilation, x)
        for axis in (0, 1):
            at = torch.arange(size[axis], device=x.device) * strides[axis]
            spread = torch.arange(self.kernel_size[axis], device=x.device)
            fixed = spread.unsqueeze(1) * dilations[axis] + at - paddings[axis]
            if axis == 0:
                fixed = fixed[:, None, :, None].expand(*self.kernel_size, *size)
            else:
                fixed = fixed[None, :, None, :].expand(*self.kernel_size, *size)
            moved = shifts[:, :, :, axis] + fixed.flatten(0, 1)
            places.append(moved.flatten(0, 1).flatten(1))
        parts = torch.unflatten(x, 1, (shifts.shape[1], -1)).flatten(0, 1)
        values = torch.unflatten(between(parts, *places), 2, (count, *size))
        if mask is not None:
            factors = torch.unflatten(mask, 1, (-1, count)).flatten(0, 1)
            values = values * factors.unsqueeze(1)
        values = values.reshape(x.shape[0], -1, *size)
        weight = self.weight.flatten(1)[:, :, None, None]
        return nn.functional.conv2d(values, weight, self.bias, groups=self.groups)
