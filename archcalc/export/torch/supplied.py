"""What PyTorch does not have, in PyTorch: a generated module gets a copy of what it uses.

Every definition needs these two imports and other definitions of this file, nothing else.
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


class LayerScale(nn.Module):
    """Learned factor of every channel, in front of so many further axes.

    Shape: (B, C, *N) -> (B, C, *N), or (B, *N, C) -> (B, *N, C) with axes=0
    """

    def __init__(self, channels: int, initial: float = 1e-6, axes: int = 2) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((channels,), float(initial)))
        self.along = (channels,) + (1,) * axes

    def forward(self, x: Tensor) -> Tensor:
        """Scale every channel."""
        return x * self.weight.view(self.along)


class TransposedLinear(nn.Module):
    """Fully connected layer whose weight is kept with the inputs first.

    Shape: (*, in_features) -> (*, out_features)
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(0.02 * torch.randn(in_features, out_features))
        self.bias = nn.Parameter(torch.zeros(out_features)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        """Multiply with the weight and add the bias."""
        if self.bias is None:
            return x @ self.weight
        rows = x.reshape(-1, x.shape[-1])
        return torch.addmm(self.bias, rows, self.weight).view(*x.shape[:-1], -1)


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


class LearnedTensor(nn.Module):
    """Tensor that is learned and does not depend on the input.

    Shape: nothing -> (batch, *shape), the same for every item
    """

    def __init__(self, *shape: int, initial: float | None = None) -> None:
        super().__init__()
        self.weight = nn.Parameter(0.02 * torch.randn(shape))
        if initial is not None:
            nn.init.constant_(self.weight, initial)

    def forward(self, batch: int = 1) -> Tensor:
        """Repeat the tensor for every item of a batch."""
        return self.weight.repeat(batch, *(1 for _ in self.weight.shape))


class ClassToken(nn.Module):
    """Learned token in front of the others.

    Shape: (B, T, D) -> (B, T + 1, D)
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(0.02 * torch.randn(1, 1, channels))

    def forward(self, x: Tensor) -> Tensor:
        """Put the token in front."""
        return torch.cat([self.weight.expand(x.shape[0], -1, -1), x], dim=1)


def positions(x: Tensor, start: int = 0) -> Tensor:
    """The numbers of the tokens of a sequence.

    Shape: (B, T) or (B, T, D) -> (B, T)
    """
    return torch.arange(start, start + x.shape[1], device=x.device).expand(x.shape[:2])


class PositionEmbedding(nn.Module):
    """Learned table with a number for every place of one item, added to it.

    Shape: (B, *shape) -> (B, *shape)
    """

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(0.02 * torch.randn(1, *shape))

    def forward(self, x: Tensor) -> Tensor:
        """Add the table."""
        return x + self.weight


class PartialBatchNorm(nn.BatchNorm2d):
    """Batch normalization with a weight or a bias for every channel, not with both.

    Shape: (B, C) or (B, C, *N) unchanged
    """

    def __init__(
        self,
        num_features: int,
        scale: bool = True,
        center: bool = True,
        eps: float = 1e-5,
        momentum: float = 0.1,
        track_running_stats: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, True, track_running_stats)
        if not scale:
            self.register_parameter("weight", None)
        if not center:
            self.register_parameter("bias", None)

    def _check_input_dim(self, input: Tensor) -> None:
        """Take any number of axes."""


class FrozenBatchNorm(nn.Module):
    """Batch normalization with numbers that stay as they are.

    Shape: (B, C) or (B, C, *N) unchanged
    """

    weight: Tensor
    bias: Tensor
    running_mean: Tensor
    running_var: Tensor

    def __init__(self, num_features: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        self.register_buffer("weight", torch.ones(num_features))
        self.register_buffer("bias", torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, x: Tensor) -> Tensor:
        """Scale and shift every channel."""
        shape = (-1,) + (1,) * (x.dim() - 2)
        scale = self.weight * (self.running_var + self.eps).rsqrt()
        shift = self.bias - self.running_mean * scale
        return x * scale.view(shape) + shift.view(shape)


class ChannelLayerNorm(nn.LayerNorm):
    """Layer normalization of the channels at each position of a map, channels first.

    Shape: (B, C, *N) unchanged
    """

    def forward(self, x: Tensor) -> Tensor:
        """Normalize with the channels behind the other axes."""
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)


class HardSigmoid(nn.Module):
    """Straight line through `shift` at 0, cut off at 0 and 1.

    Shape: (*) unchanged
    """

    def __init__(self, slope: float, shift: float) -> None:
        super().__init__()
        self.slope = slope
        self.shift = shift

    def forward(self, x: Tensor) -> Tensor:
        """Follow the line between its ends."""
        return (self.slope * x + self.shift).clamp(0, 1)


class StochasticDepth(nn.Module):
    """Drop whole items with a probability in training, and scale up the others.

    Shape: (B, *N) -> (B, *N)
    """

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        """Drop a residual branch in training; do nothing at inference."""
        if not self.training:
            return x
        items = x.new_ones((x.shape[0],) + (1,) * (x.dim() - 1))
        return x * nn.functional.dropout(items, self.rate)


def spread_rates(
    network: nn.Module,
    places: tuple[type[nn.Module], ...] = (StochasticDepth,),
    first: int = 1,
    beyond: int = 0,
) -> None:
    """Let the rates of stochastic depth grow with the number of their place."""
    found = [one for one in network.modules() if isinstance(one, places)]
    for number, place in enumerate(found, first):
        for layer in place.modules():
            if isinstance(layer, StochasticDepth):
                layer.rate *= number / max(len(found) + beyond, 1)


class TanhGate(nn.Module):
    """Gate of WaveNet: tanh of the first half times the sigmoid of the second half.

    Shape: (B, C, *N) -> (B, C / 2, *N) with dim=1
    """

    def __init__(self, dim: int = 1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, x: Tensor) -> Tensor:
        """Let the second half decide how much of the first half passes."""
        signal, gate = x.chunk(2, self.dim)
        return signal.tanh() * gate.sigmoid()


def attend(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None = None,
    heads: int | None = None,
    key_heads: int | None = None,
    is_causal: bool = False,
    scale: float | None = None,
    p: float = 0.0,
) -> Tensor:
    """Mean of the values for every query, weighted by the keys, head by head.

    Shape: (B, *, T, C), (B, *, S, C), (B, *, S, V) -> (B, *, T, V)

    A mask is added to (B, *, heads, T, S).
    """
    if heads is not None:
        groups = key_heads or heads
        query = torch.unflatten(query, -1, (heads, -1)).transpose(-3, -2)
        key = torch.unflatten(key, -1, (groups, -1)).transpose(-3, -2)
        value = torch.unflatten(value, -1, (groups, -1)).transpose(-3, -2)
        if groups != heads:
            key = key.repeat_interleave(heads // groups, dim=-3)
            value = value.repeat_interleave(heads // groups, dim=-3)
    if mask is not None and is_causal:
        future = mask.new_full((query.shape[-2], key.shape[-2]), float("-inf"))
        mask, is_causal = mask + future.triu(1), False
    attention = nn.functional.scaled_dot_product_attention
    mean = attention(query, key, value, mask, p, is_causal, scale=scale)
    return mean if heads is None else mean.transpose(-3, -2).flatten(-2)


class DotAttention(nn.Module):
    """Attention of given queries, keys and values that drops weights in training.

    Shape: (B, *, T, C), (B, *, S, C), (B, *, S, V) -> (B, *, T, V)
    """

    def __init__(
        self,
        heads: int | None = None,
        key_heads: int | None = None,
        is_causal: bool = False,
        scale: float | None = None,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.heads = heads
        self.key_heads = key_heads
        self.is_causal = is_causal
        self.scale = scale
        self.dropout = dropout

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        mask: Tensor | None = None,
    ) -> Tensor:
        """Let every query read the values."""
        p = self.dropout if self.training else 0.0
        split = (self.heads, self.key_heads, self.is_causal, self.scale)
        return attend(query, key, value, mask, *split, p)


class Attention(nn.Module):
    """Multi-head attention of any width inside, to the input or to a memory.

    Shape: (B, *, T, channels), memory (B, *, S, channels) -> (B, *, T, channels)
    """

    def __init__(
        self,
        channels: int,
        width: int,
        heads: int,
        bias: bool = True,
        dropout: float = 0.0,
        key_heads: int | None = None,
        is_causal: bool = False,
    ) -> None:
        super().__init__()
        self.heads = heads
        self.key_heads = key_heads
        self.is_causal = is_causal
        self.dropout = dropout
        key_width = width if key_heads is None else width // heads * key_heads
        self.widths = [width, key_width, key_width]
        self.in_proj_weight = nn.Parameter(torch.empty(sum(self.widths), channels))
        zeros = torch.zeros(sum(self.widths))
        self.in_proj_bias = nn.Parameter(zeros) if bias else None
        self.out_proj = nn.Linear(width, channels, bias)
        nn.init.xavier_uniform_(self.in_proj_weight)
        if bias:
            nn.init.zeros_(self.out_proj.bias)

    def forward(
        self,
        x: Tensor,
        memory: Tensor | None = None,
        mask: Tensor | None = None,
    ) -> Tensor:
        """Let every token read all tokens, or those of the memory."""
        source = x if memory is None else memory
        bias = self.in_proj_bias
        biases = (None, None, None) if bias is None else torch.split(bias, self.widths)
        weights = torch.split(self.in_proj_weight, self.widths)
        query = nn.functional.linear(x, weights[0], biases[0])
        key = nn.functional.linear(source, weights[1], biases[1])
        value = nn.functional.linear(source, weights[2], biases[2])
        p = self.dropout if self.training else 0.0
        split = (self.heads, self.key_heads, self.is_causal)
        mean: Tensor = self.out_proj(attend(query, key, value, mask, *split, p=p))
        return mean


class CrossAttention(nn.Module):
    """Multi-head attention of any width inside, to a memory with its own channels.

    Shape: (B, *, T, channels), memory (B, *, S, memory_channels) -> (B, *, T, channels)
    """

    def __init__(
        self,
        channels: int,
        memory_channels: int,
        width: int,
        heads: int,
        bias: bool = True,
        dropout: float = 0.0,
        key_heads: int | None = None,
        is_causal: bool = False,
    ) -> None:
        super().__init__()
        self.heads = heads
        self.key_heads = key_heads
        self.is_causal = is_causal
        self.dropout = dropout
        key_width = width if key_heads is None else width // heads * key_heads
        self.widths = [width, key_width, key_width]
        self.in_one = memory_channels == channels  # as nn.MultiheadAttention does
        if self.in_one:
            self.in_proj_weight = nn.Parameter(torch.empty(sum(self.widths), channels))
            weights = [self.in_proj_weight]
        else:
            self.q_proj_weight = nn.Parameter(torch.empty(width, channels))
            self.k_proj_weight = nn.Parameter(torch.empty(key_width, memory_channels))
            self.v_proj_weight = nn.Parameter(torch.empty(key_width, memory_channels))
            weights = [self.q_proj_weight, self.k_proj_weight, self.v_proj_weight]
        zeros = torch.zeros(sum(self.widths))
        self.in_proj_bias = nn.Parameter(zeros) if bias else None
        self.out_proj = nn.Linear(width, channels, bias)
        for weight in weights:
            nn.init.xavier_uniform_(weight)
        if bias:
            nn.init.zeros_(self.out_proj.bias)

    def forward(self, x: Tensor, memory: Tensor, mask: Tensor | None = None) -> Tensor:
        """Let every token read the tokens of the memory."""
        bias = self.in_proj_bias
        biases = (None, None, None) if bias is None else torch.split(bias, self.widths)
        if self.in_one:
            q, k, v = torch.split(self.in_proj_weight, self.widths)
        else:
            q, k, v = self.q_proj_weight, self.k_proj_weight, self.v_proj_weight
        query = nn.functional.linear(x, q, biases[0])
        key = nn.functional.linear(memory, k, biases[1])
        value = nn.functional.linear(memory, v, biases[2])
        p = self.dropout if self.training else 0.0
        split = (self.heads, self.key_heads, self.is_causal)
        mean: Tensor = self.out_proj(attend(query, key, value, mask, *split, p=p))
        return mean


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


def parts_of(
    first: Tensor,
    last: Tensor,
    parts: int,
    size: int,
) -> tuple[Tensor, Tensor]:
    """Start and end of the parts of ranges of positions, cut to an axis of `size`.

    Shape: (R), (R) -> (R, parts), (R, parts)
    """
    step = ((last - first + 1).clamp(min=1) / parts).unsqueeze(1)
    index = torch.arange(parts, device=first.device)
    starts = (index * step).floor() + first.unsqueeze(1)
    ends = ((index + 1) * step).ceil() + first.unsqueeze(1)
    return starts.clamp(0, size).long(), ends.clamp(0, size).long()


def doubled_maxima(x: Tensor, dim: int) -> Tensor:
    """Maxima of 1, 2, 4, ... neighbours along an axis, stacked in front.

    Shape: (*N) -> (floor(log2(size)) + 1, *N); neighbours past the end are wrong
    """
    levels = [x]
    while 2 ** len(levels) <= x.shape[dim]:
        half = 2 ** (len(levels) - 1)
        levels.append(torch.maximum(levels[-1], levels[-1].roll(-half, dim)))
    return torch.stack(levels)


class RoiPool(nn.Module):
    """Largest value of each of `output_size` parts of every region of interest.

    Boxes are (left, top, right, bottom), as many for the second image as for the first;
    `scale` takes them to positions of the map. A part outside of the map gives 0.

    Shape: (B, C, H, W), boxes (B * R, 4) -> (B * R, C, *output_size)
    """

    def __init__(self, output_size: tuple[int, int], scale: float = 1.0) -> None:
        super().__init__()
        self.output_size = output_size
        self.scale = scale

    def forward(self, x: Tensor, boxes: Tensor) -> Tensor:
        """Pool all boxes at once: four lookups find the maximum of any part."""
        places = boxes * self.scale
        whole = places.trunc()
        corners = whole + (2 * (places - whole)).trunc()  # halves go away from zero
        left, top, right, bottom = corners.unbind(1)
        tops, bottoms = parts_of(top, bottom, self.output_size[0], x.shape[2])
        lefts, rights = parts_of(left, right, self.output_size[1], x.shape[3])
        rows = (bottoms - tops).clamp(min=0)[:, :, None]
        columns = (rights - lefts).clamp(min=0)[:, None, :]
        doubles = 2 ** torch.arange(1, 32, device=x.device)
        i = (rows[..., None] >= doubles).sum(-1)
        j = (columns[..., None] >= doubles).sum(-1)
        maxima = doubled_maxima(doubled_maxima(x, -1), -2)
        regions = boxes.shape[0] // x.shape[0]
        image = torch.arange(boxes.shape[0], device=x.device) // regions
        image = image[:, None, None]
        found = []
        for row in (tops[:, :, None], bottoms[:, :, None] - 2**i):
            for column in (lefts[:, None, :], rights[:, None, :] - 2**j):
                y = row.clamp(0, x.shape[2] - 1)
                z = column.clamp(0, x.shape[3] - 1)
                found.append(maxima[i, j, image, :, y, z])
        empty = ((rows == 0) | (columns == 0)).unsqueeze(-1)
        largest = torch.stack(found).amax(0).masked_fill(empty, 0)
        return largest.permute(0, 3, 1, 2)


def shares(
    first: Tensor,
    last: Tensor,
    parts: int,
    size: int,
    samples: int | None,
    aligned: bool,
) -> Tensor:
    """What positions of an axis of `size` give to the means of the parts of ranges.

    Every part is read at even distances, between positions by their nearness.

    Shape: (R), (R) -> (R, parts, size)
    """
    extent = last - first if aligned else (last - first).clamp(min=1)
    counts = (extent / parts).ceil()
    if samples is not None:
        counts = torch.full_like(extent, samples)
    index = torch.arange(size if samples is None else samples, device=first.device)
    seen = (index < counts.unsqueeze(1)).unsqueeze(1)
    steps = (extent / parts / counts.clamp(min=1)).unsqueeze(1) * (index + 0.5)
    part = torch.arange(parts, device=first.device)
    starts = first.unsqueeze(1) + (extent / parts).unsqueeze(1) * part
    places = starts.unsqueeze(2) + steps.unsqueeze(1)
    seen = seen & (places >= -1) & (places <= size)
    places = places.clamp(0, size - 1).unsqueeze(3)
    distance = (places - torch.arange(size, device=first.device)).abs()
    near = (1 - distance).clamp(min=0) * seen.unsqueeze(3)
    return near.sum(2) / counts.clamp(min=1)[:, None, None]


def bags(table: Tensor, places: Tensor, weights: Tensor) -> Tensor:
    """Sums of rows of a table, each with its weight.

    Shape: (N, L), places (M, S), weights (M, S) -> (M, L)
    """
    add = nn.functional.embedding_bag
    return add(places, table, mode="sum", per_sample_weights=weights)


class RoiAlign(nn.Module):
    """Mean of values in between, at even distances in each part of every region.

    Boxes are (left, top, right, bottom), as many for the second image as for the first;
    `scale` takes them to positions of the map, which `aligned` counts by their middles.
    Without a `sampling_ratio`, a part has a point for every position that it spans.

    Shape: (B, C, H, W), boxes (B * R, 4) -> (B * R, C, *output_size)
    """

    def __init__(
        self,
        output_size: tuple[int, int],
        scale: float = 1.0,
        sampling_ratio: int | None = None,
        aligned: bool = False,
    ) -> None:
        super().__init__()
        self.output_size = output_size
        self.scale = scale
        self.sampling_ratio = sampling_ratio
        self.aligned = aligned

    def forward(self, x: Tensor, boxes: Tensor) -> Tensor:
        """Mix rows, then columns: bags of them, weighted by their shares."""
        images, channels, height, width = x.shape
        corners = boxes * self.scale - 0.5 * self.aligned
        left, top, right, bottom = corners.unbind(1)
        options = (self.sampling_ratio, self.aligned)
        rows = shares(top, bottom, self.output_size[0], height, *options)
        columns = shares(left, right, self.output_size[1], width, *options)
        regions = boxes.shape[0] // images
        image = torch.arange(boxes.shape[0], device=x.device) // regions
        place = image.unsqueeze(1) * height + torch.arange(height, device=x.device)
        table = x.permute(0, 2, 3, 1).flatten(0, 1).flatten(1)
        place = place.repeat_interleave(self.output_size[0], 0)
        mixed = bags(table, place, rows.flatten(0, 1))
        table = mixed.reshape(-1, channels)
        line = torch.arange(place.shape[0], device=x.device).unsqueeze(1) * width
        place = line + torch.arange(width, device=x.device)
        place = place.repeat_interleave(self.output_size[1], 0)
        shared = columns.repeat_interleave(self.output_size[0], 0)
        mixed = bags(table, place, shared.flatten(0, 1))
        return mixed.view(-1, *self.output_size, channels).permute(0, 3, 1, 2)


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
        bias, groups = self.bias, self.groups
        if x.dim() == 3:
            return nn.functional.conv1d(x, weight, bias, step, pad, spread, groups)
        if x.dim() == 4:
            return nn.functional.conv2d(x, weight, bias, step, pad, spread, groups)
        return nn.functional.conv3d(x, weight, bias, step, pad, spread, groups)


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
            index = place.long().unsqueeze(1).expand(-1, x.shape[1], -1)
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


def contiguous(x: Tensor) -> Tensor:
    """The same numbers, in memory in the order of the axes.

    Shape: (*) -> (*)
    """
    return x.contiguous()


def per_axis(value: int | tuple[int, ...], x: Tensor) -> tuple[int, ...]:
    """One number for every axis of a map behind its channels."""
    return value if isinstance(value, tuple) else (value,) * (x.dim() - 2)


def pad_axes(
    x: Tensor,
    padding: tuple[tuple[int, int], ...],
    mode: str = "constant",
    value: float = 0.0,
) -> Tensor:
    """Pad every axis of a map before and after; negative padding cuts.

    Shape: (B, C, *N) -> (B, C, *(N + before + after))
    """
    flat = [side for pair in reversed(padding) for side in pair]
    return nn.functional.pad(x, flat, mode, value)


def same_padding(
    x: Tensor,
    kernel_size: int | tuple[int, ...],
    stride: int | tuple[int, ...],
    dilation: int | tuple[int, ...] = 1,
) -> tuple[tuple[int, int], ...]:
    """Padding before and after every axis that makes ceil(N / stride) windows fit."""
    kernels, strides = per_axis(kernel_size, x), per_axis(stride, x)
    dilations = per_axis(dilation, x)
    axes = zip(x.shape[2:], kernels, strides, dilations, strict=True)
    pairs = []
    for size, kernel, step, spread in axes:
        steps = (size - 1) // step * step
        total = max(steps + spread * (kernel - 1) + 1 - size, 0)
        pairs.append((total // 2, total - total // 2))
    return tuple(pairs)


def pad_same(
    x: Tensor,
    kernel_size: int | tuple[int, ...],
    stride: int | tuple[int, ...],
    dilation: int | tuple[int, ...] = 1,
    mode: str = "constant",
    value: float = 0.0,
) -> Tensor:
    """Pad a map so that ceil(N / stride) windows fit, at the end if the sum is odd.

    Shape: (B, C, *N) -> (B, C, *M)
    """
    padding = same_padding(x, kernel_size, stride, dilation)
    return pad_axes(x, padding, mode, value)


def pad_ceil(
    x: Tensor,
    kernel_size: int | tuple[int, ...],
    stride: int | tuple[int, ...],
    dilation: int | tuple[int, ...] = 1,
    after: int | tuple[int, ...] = 0,
    value: float = 0.0,
    inside: bool = True,
) -> Tensor:
    """Pad the end of a map for one more window, where something is left for it.

    The last window must start in front of the padding `after` that the map has already,
    unless it need not be `inside`.

    Shape: (B, C, *N) -> (B, C, *M)
    """
    kernels, strides = per_axis(kernel_size, x), per_axis(stride, x)
    dilations, afters = per_axis(dilation, x), per_axis(after, x)
    axes = zip(x.shape[2:], kernels, strides, dilations, afters, strict=True)
    pairs = []
    for size, kernel, step, spread, padded in axes:
        room = size - (spread * (kernel - 1) + 1)
        started = -(-(size - padded) // step)
        windows = -(-room // step) + 1
        if inside:
            windows = max(room // step + 1, min(windows, started))
        pairs.append((0, max((windows - 1) * step - room, 0)))
    return pad_axes(x, tuple(pairs), value=value)


def window_sums(
    x: Tensor,
    kernel_size: int | tuple[int, ...],
    stride: int | tuple[int, ...],
    dilation: int | tuple[int, ...] = 1,
) -> Tensor:
    """Sum of every window of a map, one axis after the other.

    Shape: (B, C, *N) -> (B, C, *M)
    """
    kernels, strides = per_axis(kernel_size, x), per_axis(stride, x)
    axes = zip(kernels, strides, per_axis(dilation, x), strict=True)
    for dim, (kernel, step, spread) in enumerate(axes, start=2):
        windows = x.unfold(dim, spread * (kernel - 1) + 1, step)
        x = windows[..., ::spread].sum(-1)
    return x


def dilated_lp_pool(
    x: Tensor,
    norm_type: float,
    kernel_size: int | tuple[int, ...],
    stride: int | tuple[int, ...],
    dilation: int | tuple[int, ...],
) -> Tensor:
    """Norm of every window with gaps: the root of the sum of powers.

    Shape: (B, C, *N) -> (B, C, *M)
    """
    sums = window_sums(x.pow(norm_type), kernel_size, stride, dilation)
    return sums.pow(1 / norm_type)


def uneven_avg_pool(
    x: Tensor,
    kernel_size: int | tuple[int, ...],
    stride: int | tuple[int, ...],
    padding: tuple[tuple[int, int], ...] | None = None,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    dilation: int | tuple[int, ...] = 1,
    inside: bool = True,
) -> Tensor:
    """Mean of windows on a map with padding (before, after) every axis, `same` if None.

    What lies past the padding never counts; `count_include_pad` says if padding does.

    Shape: (B, C, *N) -> (B, C, *M)
    """
    if padding is None:
        padding = same_padding(x, kernel_size, stride, dilation)
    share = torch.ones_like(x[:1, :1])
    share = pad_axes(share, padding, value=float(count_include_pad))
    x = pad_axes(x, padding)
    if ceil_mode:
        after = tuple(pair[1] for pair in padding)
        share = pad_ceil(share, kernel_size, stride, dilation, after, inside=inside)
        x = pad_ceil(x, kernel_size, stride, dilation, after, inside=inside)
    counts = window_sums(share, kernel_size, stride, dilation)
    return window_sums(x, kernel_size, stride, dilation) / counts


def max_unpool(x: Tensor, indices: Tensor, entered: Tensor) -> Tensor:
    """Put values back to where a max pool found the largest ones, zeros elsewhere.

    Shape: (B, C, *M), indices (B, C, *M), entered (B, C, *N) -> (B, C, *N)
    """
    if indices.shape != x.shape:
        raise ValueError(f"{tuple(x.shape)} values, but {tuple(indices.shape)} indices")
    size = entered.shape[2:]
    values = x.new_zeros(*x.shape[:2], size.numel())
    values = values.scatter(2, indices.flatten(2), x.flatten(2))
    return torch.unflatten(values, 2, size)


def max_unpool_dilated(x: Tensor, indices: Tensor, entered: Tensor) -> Tensor:
    """Undo a max pool whose windows may lie in its padding alone: they have no place.

    Shape: (B, C, *M), indices (B, C, *M), entered (B, C, *N) -> (B, C, *N)
    """
    if indices.shape != x.shape:
        raise ValueError(f"{tuple(x.shape)} values, but {tuple(indices.shape)} indices")
    size = entered.shape[2:]
    count = size.numel()
    places = indices.flatten(2)
    places = places.masked_fill((places < 0) | (places >= count), count)
    values = x.new_zeros(*x.shape[:2], count + 1).scatter(2, places, x.flatten(2))
    return torch.unflatten(values.narrow(2, 0, count), 2, size)


def max_unpool_padded(
    x: Tensor,
    indices: Tensor,
    entered: Tensor,
    padding: tuple[tuple[int, int], ...],
) -> Tensor:
    """Undo a max pool of a map that was padded first, before and after every axis.

    Shape: (B, C, *M), indices (B, C, *M), entered (B, C, *N) -> (B, C, *N)
    """
    values = max_unpool(x, indices, pad_axes(entered, padding))
    return pad_axes(values, tuple((-before, -after) for before, after in padding))


def max_unpool_uneven(
    x: Tensor,
    indices: Tensor,
    entered: Tensor,
    kernel_size: int | tuple[int, ...],
    stride: int | tuple[int, ...],
    dilation: int | tuple[int, ...] = 1,
    padding: tuple[tuple[int, int], ...] | None = None,
    inside: bool = True,
) -> Tensor:
    """Undo a max pool with padding (before, after) every axis, `same` if None.

    The last window of a pool that is not `same` may have reached past the padding.

    Shape: (B, C, *M), indices (B, C, *M), entered (B, C, *N) -> (B, C, *N)
    """
    if padding is None:
        padding = same_padding(entered, kernel_size, stride, dilation)
        return max_unpool_padded(x, indices, entered, padding)
    padded = pad_axes(entered, padding)
    after = tuple(pair[1] for pair in padding)
    framed = pad_ceil(padded, kernel_size, stride, dilation, after, inside=inside)
    sizes = zip(padding, padded.shape[2:], framed.shape[2:], strict=True)
    pairs = [(pair[0], pair[1] + full - part) for pair, part, full in sizes]
    return max_unpool_padded(x, indices, entered, tuple(pairs))


def unpool_blocks(
    x: Tensor,
    kernel_size: int | tuple[int, ...],
    stride: int | tuple[int, ...],
    padding: int | tuple[int, ...] = 0,
) -> Tensor:
    """Put every value at the top left of its block, zeros elsewhere.

    Shape: (B, C, *N) -> (B, C, *((N - 1) * stride - 2 * padding + kernel_size))
    """
    kernels, strides = per_axis(kernel_size, x), per_axis(stride, x)
    axes = zip(kernels, strides, strict=True)
    for dim, (kernel, step) in enumerate(axes, start=2):
        size = list(x.shape)
        size[dim] = (x.shape[dim] - 1) * step + kernel
        places = torch.arange(x.shape[dim], device=x.device) * step
        x = x.new_zeros(size).index_copy(dim, places, x)
    return pad_axes(x, tuple((-side, -side) for side in per_axis(padding, x)))


def unpool_to(x: Tensor, size: int | tuple[int, ...]) -> Tensor:
    """Put value i of N at the start of its block, floor(i * size / N), zeros elsewhere.

    Shape: (B, C, *N) -> (B, C, *size)
    """
    for dim, length in enumerate(per_axis(size, x), start=2):
        full = list(x.shape)
        full[dim] = length
        places = torch.arange(x.shape[dim], device=x.device) * length // x.shape[dim]
        x = x.new_zeros(full).index_copy(dim, places, x)
    return x


def axes_of(like: Tensor, channels_last: bool) -> tuple[int, ...]:
    """Sizes of a map without its batch and its channels."""
    return tuple(like.shape[1:-1] if channels_last else like.shape[2:])


def crop_to(
    x: Tensor,
    size: int | tuple[int, ...],
    offset: int | tuple[int, ...],
) -> Tensor:
    """Cut a window of a size out of every map, from an offset on.

    Shape: (B, C, *N) -> (B, C, *size)
    """
    axes = zip(per_axis(offset, x), per_axis(size, x), strict=True)
    for dim, (start, length) in enumerate(axes, start=2):
        x = x.narrow(dim, start, length)
    return x


def crop_like(x: Tensor, like: Tensor, offset: int) -> Tensor:
    """Cut a window of the size of another map out of every map, from an offset on.

    Shape: (B, C, *N), like (B, D, *M) -> (B, C, *M)
    """
    for dim in range(2, x.dim()):
        x = x.narrow(dim, offset, like.shape[dim])
    return x


def crop_window_like(
    x: Tensor,
    like: Tensor,
    offset: int | tuple[int, ...],
    channels_last: bool = False,
) -> Tensor:
    """Cut a window as large as another map out of every map, from an offset per axis.

    Shape: (B, C, *N), like (B, D, *M) -> (B, C, *M)
    """
    return crop_to(x, axes_of(like, channels_last), offset)


def center_crop_to(
    x: Tensor,
    size: int | tuple[int, ...],
    round_up: bool = False,
) -> Tensor:
    """Cut a window of a size out of the middle of every map.

    Where the middle is not whole, it is rounded down, or up.

    Shape: (B, C, *N) -> (B, C, *size)
    """
    for dim, length in enumerate(per_axis(size, x), start=2):
        start = (x.shape[dim] - length + round_up) // 2
        x = x.narrow(dim, start, length)
    return x


def center_crop(x: Tensor, like: Tensor) -> Tensor:
    """Cut a window of the size of another map out of the middle of every map.

    Shape: (B, C, *N), like (B, D, *M) -> (B, C, *M)
    """
    for dim in range(2, x.dim()):
        start = (x.shape[dim] - like.shape[dim]) // 2
        x = x.narrow(dim, start, like.shape[dim])
    return x


def center_crop_like(
    x: Tensor,
    like: Tensor,
    round_up: bool = False,
    channels_last: bool = False,
) -> Tensor:
    """Cut a window of the size of another map out of the middle of every map.

    Where the middle is not whole, it is rounded down, or up.

    Shape: (B, C, *N), like (B, D, *M) -> (B, C, *M)
    """
    return center_crop_to(x, axes_of(like, channels_last), round_up)


def neighbours(
    size: int,
    length: int,
    mode: str,
    coordinates: str,
    nearest_mode: str,
    cubic_coeff_a: float,
) -> list[tuple[list[int], list[float]]]:
    """Positions of `size` that are mixed for each of `length` ones, and their shares.

    Places are fractions of whole numbers, so that nothing is rounded by accident.
    """
    over, under = [i * size for i in range(length)], length
    if coordinates == "align_corners":
        over, under = [i * (size - 1) for i in range(length)], max(length - 1, 1)
    if coordinates.endswith("half_pixel"):
        over, under = [(2 * i + 1) * size - length for i in range(length)], 2 * length
    if coordinates == "pytorch_half_pixel" and length == 1:
        over = [0]
    if mode == "nearest":
        halves = {"floor": 0, "ceil": 2 * under - 1, "round_prefer_ceil": under}
        extra = halves.get(nearest_mode, under - 1)
        found = [((2 * part + extra) // (2 * under), 1.0) for part in over]
        taps = [found]
    else:
        reach = range(-1, 3) if mode == "bicubic" else range(2)
        taps = []
        for step in reach:
            found = []
            for part in over:
                distance = abs(part % under / under - step)
                share = max(1 - distance, 0.0)
                if mode == "bicubic":
                    share = cubic_share(distance, cubic_coeff_a)
                found.append((part // under + step, share))
            taps.append(found)
    result = []
    for found in taps:
        places = [min(max(at, 0), size - 1) for at, _ in found]
        result.append((places, [share for _, share in found]))
    return result


def cubic_share(distance: float, a: float) -> float:
    """Share of a value at a distance in a cubic convolution with the coefficient a."""
    if distance < 1:
        return (a + 2) * distance**3 - (a + 3) * distance**2 + 1
    if distance < 2:
        return a * (distance**3 - 5 * distance**2 + 8 * distance - 4)
    return 0.0


def resample(
    x: Tensor,
    size: int | tuple[int, ...],
    mode: str,
    coordinates: str,
    nearest_mode: str = "floor",
    cubic_coeff_a: float = -0.75,
) -> Tensor:
    """Interpolate every map to a size, by the rules of ONNX's Resize.

    Shape: (B, C, *N) -> (B, C, *size)
    """
    rules = (mode, coordinates, nearest_mode, cubic_coeff_a)
    for dim, length in enumerate(per_axis(size, x), start=2):
        along = [1] * x.dim()
        along[dim] = length
        mixed = []
        for places, weights in neighbours(x.shape[dim], length, *rules):
            index = torch.tensor(places, device=x.device)
            share = torch.tensor(weights, dtype=x.dtype, device=x.device)
            mixed.append(x.index_select(dim, index) * share.view(along))
        x = torch.stack(mixed).sum(0)
    return x


def resample_like(
    x: Tensor,
    like: Tensor,
    mode: str,
    coordinates: str,
    nearest_mode: str = "floor",
    cubic_coeff_a: float = -0.75,
    channels_last: bool = False,
) -> Tensor:
    """Interpolate every map to the size of another map, by the rules of ONNX's Resize.

    Shape: (B, C, *N), like (B, D, *M) -> (B, C, *M)
    """
    size = axes_of(like, channels_last)
    return resample(x, size, mode, coordinates, nearest_mode, cubic_coeff_a)


def resample_by(
    x: Tensor,
    numerator: int | tuple[int, ...],
    denominator: int | tuple[int, ...],
    mode: str,
    coordinates: str,
    nearest_mode: str = "floor",
    cubic_coeff_a: float = -0.75,
    round_up: bool = False,
) -> Tensor:
    """Interpolate every map to numerator / denominator of its size, rounded down or up.

    Shape: (B, C, *N) -> (B, C, *M)
    """
    size = scaled_size(x, numerator, denominator, round_up)
    return resample(x, size, mode, coordinates, nearest_mode, cubic_coeff_a)


def scaled_size(
    x: Tensor,
    numerator: int | tuple[int, ...],
    denominator: int | tuple[int, ...],
    round_up: bool,
) -> tuple[int, ...]:
    """Numerator / denominator of the size of a map, rounded down or up."""
    axes = zip(per_axis(numerator, x), per_axis(denominator, x), strict=True)
    size = []
    for length, (above, below) in zip(x.shape[2:], axes, strict=True):
        size.append((length * above + (below - 1) * round_up) // below)
    return tuple(size)


def resize_like(
    x: Tensor,
    like: Tensor,
    mode: str = "nearest",
    **options: bool,
) -> Tensor:
    """Interpolate every map to the size of another map.

    Shape: (B, C, *N), like (B, D, *M) -> (B, C, *M)
    """
    size = list(like.shape[2:])
    return nn.functional.interpolate(x, size, mode=mode, **options)


def resize_like_positions(
    x: Tensor,
    like: Tensor,
    mode: str = "nearest",
    **options: bool,
) -> Tensor:
    """Interpolate every map to as many positions as another map has, channels last.

    Shape: (B, C, *N), like (B, *M, D) -> (B, C, *M)
    """
    size = list(like.shape[1:-1])
    return nn.functional.interpolate(x, size, mode=mode, **options)


def resize_by(
    x: Tensor,
    numerator: int | tuple[int, ...],
    denominator: int | tuple[int, ...],
    mode: str = "nearest",
    round_up: bool = False,
    **options: bool,
) -> Tensor:
    """Interpolate every map to numerator / denominator of its size, rounded down or up.

    Shape: (B, C, *N) -> (B, C, *M)
    """
    size = scaled_size(x, numerator, denominator, round_up)
    return nn.functional.interpolate(x, size, mode=mode, **options)


def shuffle_pixels(x: Tensor, factor: int, blocks_first: bool = False) -> Tensor:
    """Make blocks of positions from channels, on any number k of axes.

    A block is made of neighbours among the channels, or of one of each block in turn.

    Shape: (B, C * factor**k, *N) -> (B, C, *(N * factor))
    """
    axes = x.dim() - 2
    if blocks_first:
        x = torch.unflatten(x, 1, (factor,) * axes + (-1,)).movedim(1 + axes, 1)
    else:
        x = torch.unflatten(x, 1, (-1,) + (factor,) * axes)
    for _ in range(axes):
        x = x.movedim(2, axes + 2).flatten(axes + 1, axes + 2)
    return x


def unshuffle_pixels(x: Tensor, factor: int, blocks_first: bool = False) -> Tensor:
    """Make channels from blocks of positions, on any number k of axes.

    The channels of a block are neighbours, or one of each block comes in turn.

    Shape: (B, C, *(N * factor)) -> (B, C * factor**k, *N)
    """
    axes = x.dim() - 2
    for axis in range(axes):
        x = torch.unflatten(x, 2 + 2 * axis, (-1, factor))
        x = x.movedim(3 + 2 * axis, 2 + axis)
    if blocks_first:
        x = x.movedim(1, 1 + axes)
    return x.flatten(1, 1 + axes)


def add_positions(x: Tensor, base: float = 10000, interleaved: bool = True) -> Tensor:
    """Add sines and cosines of the positions of tokens.

    Shape: (*, T, D) -> (*, T, D)
    """
    lengths = base ** (torch.arange(0, x.shape[-1], 2, device=x.device) / x.shape[-1])
    angles = torch.arange(x.shape[-2], device=x.device)[:, None] / lengths
    waves = (angles.sin(), angles.cos())
    table = torch.stack(waves, -1).flatten(1) if interleaved else torch.cat(waves, -1)
    return x + table.to(x.dtype)


def rotated(
    x: Tensor,
    heads: int = 1,
    base: float = 10000,
    width: int | None = None,
    interleaved: bool = False,
) -> Tensor:
    """Rotate pairs of channels of every head by angles that grow with the position.

    Shape: (*, T, D) -> (*, T, D)
    """
    x = torch.unflatten(x, -1, (heads, -1))
    width = width or x.shape[-1]
    pairs = torch.arange(0, width, 2, device=x.device).float()
    frequencies = 1 / base ** (pairs / width)
    tokens = torch.arange(x.shape[-3], device=x.device).float()
    angles = tokens[:, None, None] * frequencies
    turned, rest = x[..., :width], x[..., width:]
    if interleaved:
        angles = angles.repeat_interleave(2, -1)
        across = torch.stack((-turned[..., 1::2], turned[..., ::2]), -1).flatten(-2)
    else:
        angles = torch.cat((angles, angles), -1)
        first, second = turned.chunk(2, -1)
        across = torch.cat((-second, first), -1)
    turned = turned * angles.cos().to(x.dtype) + across * angles.sin().to(x.dtype)
    return torch.cat((turned, rest), -1).flatten(-2)


def relative_buckets(
    x: Tensor,
    buckets: int = 32,
    furthest: int = 128,
    bidirectional: bool = True,
) -> Tensor:
    """The buckets of the distances between every two tokens, item by item.

    Shape: (B, T) or (B, T, D) -> (B, T, T)
    """
    places = torch.arange(x.shape[1], device=x.device)
    apart = places - places[:, None]
    if bidirectional:
        buckets //= 2
        side, apart = buckets * (apart > 0), apart.abs()
    else:
        side, apart = 0 * apart, (-apart).clamp(min=0)
    near = buckets // 2
    longest = torch.tensor(furthest / near, dtype=torch.float64).log()
    share = torch.log(apart.clamp(min=1).float() / near) / longest
    far = near + (share * (buckets - near)).long()
    found = side + torch.where(apart < near, apart, far.clamp(max=buckets - 1))
    return found.expand(x.shape[0], -1, -1)


def window_bias(table: Tensor, *window: int) -> Tensor:
    """The rows of a table for every two positions of a window, by their distance.

    Shape: (ways, heads) -> (heads, positions, positions)
    """
    axes = [torch.arange(size, device=table.device) for size in window]
    places = torch.stack(torch.meshgrid(*axes, indexing="ij")).flatten(1)
    apart = places[:, :, None] - places[:, None, :]
    index = torch.zeros((), dtype=torch.long, device=table.device)
    for size, distance in zip(window, apart, strict=True):
        index = index * (2 * size - 1) + distance + size - 1
    return table[index].permute(2, 0, 1)


class RelativePositionBias(nn.Module):
    """Learned bias for every way that two positions of a window can lie to each other.

    Shape: nothing -> (batch, heads, positions, positions), the same for every item
    """

    def __init__(self, heads: int, *window: int) -> None:
        super().__init__()
        ways = 1
        for size in window:
            ways *= 2 * size - 1
        self.weight = nn.Parameter(0.02 * torch.randn(ways, heads))
        self.window = window

    def forward(self, batch: int = 1) -> Tensor:
        """Look up the bias of every pair, and repeat it for every item of a batch."""
        return window_bias(self.weight, *self.window).expand(batch, -1, -1, -1)


class Experts(nn.Module):
    """A mixture of experts: every token runs through the few with the best scores.

    It gathers the weights of the chosen experts for every token, which needs memory.

    Shape: (*, T, D), (*, T, experts) -> (*, T, D)
    """

    def __init__(
        self,
        channels: int,
        hidden: int,
        experts: int,
        active: int,
        activation: str = "silu",
        gated: bool = True,
        normalize: bool = True,
    ) -> None:
        super().__init__()
        up = "gate_up_proj" if gated else "up_proj"
        self.register_parameter(
            up,
            nn.Parameter(0.02 * torch.randn(experts, (1 + gated) * hidden, channels)),
        )
        self.down_proj = nn.Parameter(0.02 * torch.randn(experts, channels, hidden))
        self.up, self.active, self.normalize = up, active, normalize
        self.act, self.gated = getattr(nn.functional, activation), gated

    def forward(self, x: Tensor, scores: Tensor) -> Tensor:
        """Choose experts for every token, and add up what they give, weighted."""
        weights, chosen = scores.softmax(-1).topk(self.active, -1)
        if self.normalize:
            weights = weights / weights.sum(-1, keepdim=True)
        result = torch.zeros_like(x)
        for place in range(self.active):
            expert = chosen[..., place]
            inner = (self.get_parameter(self.up)[expert] @ x.unsqueeze(-1)).squeeze(-1)
            if self.gated:
                gate, inner = inner.chunk(2, -1)
                inner = self.act(gate) * inner
            else:
                inner = self.act(inner)
            outer = (self.down_proj[expert] @ inner.unsqueeze(-1)).squeeze(-1)
            result = result + outer * weights[..., place, None]
        return result


def divisible(value: float, divisor: int) -> int:
    """Round to a multiple of the divisor, to nine tenths of the value at least."""
    found = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return found + divisor if 10 * found < 9 * value else found
