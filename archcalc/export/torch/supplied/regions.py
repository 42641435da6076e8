"""Pools of regions of interest."""

import torch
from torch import Tensor, nn


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
