"""Convolutions, pools, and functions that move numbers to other places, in small modules."""

from __future__ import annotations

from typing import Any

import torch
from judging import SIGNAL, TOKENS, VOLUME, Case, learned
from torch import nn
from torch.nn import functional
from torch.nn.utils.parametrizations import weight_norm


def standardized(conv: Any) -> Any:
    weight = conv.weight
    return functional.batch_norm(
        weight.reshape(1, 8, -1), None, None, training=True, momentum=0.0, eps=1e-6
    ).reshape_as(weight)


def windowed(x: Any, side: int) -> Any:
    batch, height, width, channels = x.shape
    x = x.view(batch, height // side, side, width // side, side, channels)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, side * side, channels)


def written_through_views(m: Any, x: Any) -> Any:
    y = x + 1
    rows, rest = y[:, 1:3], y[:, 3:]
    y[:, :, 2:5, 4] = 2.5
    y[..., -1] += m.gain
    rows.mul_(3)
    y[:, 0].copy_(x[:, 1])
    return torch.cat([y, rest, rows * 2], 1)


def window_mask(m: Any, x: Any) -> Any:
    zones = torch.zeros(12, 14)
    for number, (rows, columns) in enumerate([(8, 0), (0, 7), (8, 7)], start=1):
        zones[rows:, columns:] = number
    windows = zones.view(3, 4, 2, 7).transpose(1, 2).reshape(6, 28)
    apart = windows[:, None] - windows[:, :, None]
    mask = apart.masked_fill(apart != 0, -100.0).masked_fill(apart == 0, 0.0)
    return (x.flatten(2)[..., None] * mask[:, :, :1].view(168, 1)).transpose(-2, -1).mean(2) + mask.sum((1, 2))[:, None]


def zeroed_bias(m: Any, x: Any) -> Any:
    bias = m.bias.clone()
    bias[2:5].zero_()
    bias.view(-1)[-1:].fill_(3)
    return functional.linear(x, m.a.weight, bias)


def matrix_in_a_row(m: Any, x: Any) -> Any:
    table = m.table * 2
    table.view(-1)[3:11] = m.gain
    return x + table


def unwindowed(x: Any, side: int, size: int) -> Any:
    count = size // side
    x = x.view(-1, count, count, side, side, x.shape[-1])
    return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, size, size, x.shape[-1])


CASES = [
    Case(
        "columns of a table at fixed places",
        lambda m, x: x.transpose(1, 2) @ x + m.table[:, m.places].sum(0),
        TOKENS,
        lambda: {"table": learned(2, 9), "places": torch.arange(64).view(8, 8) % 9},
        "parameter buffer index_select permute matmul sum add",
    ),
    Case("entries of an axis", lambda m, x: x[:, ::2, None, [0, 2, -1, 0]], kinds="slice buffer index_select reshape"),
    Case(
        "entries by index_select",
        lambda m, x: torch.index_select(x, -1, m.places),
        parts=lambda: {"places": torch.tensor([3, 1])},
        kinds="buffer index_select",
    ),
    Case(
        "batch_norm of tokens folded into the batch",
        lambda m, x: m.a(x.flatten(0, 1)).reshape_as(x),
        TOKENS,
        lambda: {"a": nn.BatchNorm1d(8)},
        "permute batch_norm permute",
        exact=False,
    ),
    Case("writes through views", written_through_views, parts=lambda: {"gain": learned(12)}),
    Case(
        "bias with a stretch of zeros",
        zeroed_bias,
        TOKENS,
        lambda: {"a": nn.Linear(8, 8, bias=False), "bias": learned(8)},
        "parameter slice buffer slice concat slice buffer concat linear reshape add",
        exact=False,
    ),
    Case(
        "a learned matrix written as a row",
        matrix_in_a_row,
        (2, 8),
        lambda: {"table": learned(2, 8), "gain": learned(8)},
    ),
    Case("a copy of another map", lambda m, x: x.relu().copy_(x[:, :1]), kinds="slice expand"),
    Case("a mask of windows, of more numbers than are written", window_mask, (6, 12, 14)),
    Case("windows along an axis", lambda m, x: x.unfold(2, 5, 3)[:, :, :2].unfold(-2, 2, 2)),
    Case(
        "items for every window",
        lambda m, x: (
            x[:, :4].flatten(2).repeat_interleave(6, dim=0).view(-1, 6, 4, 168) + x.flatten(2)[:, :, None]
        ).mean(1),
    ),
    Case(
        "a learned image enlarged",
        lambda m, x: x + functional.interpolate(m.table, size=(12, 14), mode="bicubic"),
        parts=lambda: {"table": learned(1, 6, 4, 5)},
    ),
    Case(
        "sequences side by side",
        lambda m, x: m.a(x.permute(0, 2, 3, 1).reshape(-1, 14, 6))[0].view(-1, 12, 14, 10),
        parts=lambda: {"a": nn.LSTM(6, 5, bidirectional=True, batch_first=True)},
        kinds="channels_last lstm",
    ),
    Case("nothing beside the rest", lambda m, x: torch.cat([x[:, :0], x[:, 0:].relu()], 1), kinds="relu"),
    Case("conv", lambda m, x: m.a(x), parts=lambda: {"a": nn.Conv2d(6, 8, 3, 2, 1, 1, 2)}, kinds="conv"),
    Case(
        "conv no bias",
        lambda m, x: m.a(x),
        parts=lambda: {"a": nn.Conv2d(6, 12, (1, 3), (2, 1), (0, 2), (1, 2), 6, False)},
    ),
    Case("conv same", lambda m, x: m.a(x), parts=lambda: {"a": nn.Conv2d(6, 8, 4, padding="same")}),
    Case("conv valid", lambda m, x: m.a(x), parts=lambda: {"a": nn.Conv2d(6, 8, 4, padding="valid")}),
    Case(
        "conv reflect", lambda m, x: m.a(x), parts=lambda: {"a": nn.Conv2d(6, 8, 3, padding=1, padding_mode="reflect")}
    ),
    Case(
        "conv circular",
        lambda m, x: m.a(x),
        parts=lambda: {"a": nn.Conv2d(6, 8, 5, padding=2, padding_mode="circular")},
    ),
    Case("conv1d", lambda m, x: m.a(x), SIGNAL, lambda: {"a": nn.Conv1d(6, 8, 3, dilation=2)}),
    Case("conv3d", lambda m, x: m.a(x), VOLUME, lambda: {"a": nn.Conv3d(4, 6, (1, 3, 3), padding=(0, 1, 1))}),
    Case(
        "conv of tokens as an image",
        lambda m, x: m.a(x.transpose(1, 2).reshape(-1, 8, 2, 5)),
        TOKENS,
        lambda: {"a": nn.Conv2d(8, 4, 3, padding=1)},
    ),
    Case("conv_transpose", lambda m, x: m.a(x), parts=lambda: {"a": nn.ConvTranspose2d(6, 4, 3, 2, 1, 1)}),
    Case(
        "conv_transpose groups",
        lambda m, x: m.a(x),
        parts=lambda: {"a": nn.ConvTranspose2d(6, 9, 4, 2, 1, groups=3, bias=False)},
    ),
    Case("conv_transpose1d", lambda m, x: m.a(x), SIGNAL, lambda: {"a": nn.ConvTranspose1d(6, 4, 4, 2)}),
    Case("conv_transpose3d", lambda m, x: m.a(x), VOLUME, lambda: {"a": nn.ConvTranspose3d(4, 2, 2, 2)}),
    Case(
        "weight standardization",
        lambda m, x: functional.conv2d(x, standardized(m.a), m.a.bias),
        parts=lambda: {"a": nn.Conv2d(6, 8, 3)},
    ),
    Case(
        "lengths of filters",
        lambda m, x: m.a(x),
        parts=lambda: {"a": weight_norm(nn.Conv2d(6, 8, (3, 2), 2, groups=2))},
        kinds="conv",
    ),
    Case(
        "lengths along a kernel",
        lambda m, x: m.a(x)[..., :-1],
        SIGNAL,
        lambda: {"a": nn.Sequential(weight_norm(nn.Conv1d(6, 4, 4, padding=2, bias=False), dim=2), nn.ReLU())},
        "conv relu slice",
    ),
    Case("max_pool", lambda m, x: functional.max_pool2d(x, 3, 2, 1), kinds="max_pool"),
    Case("max_pool ceil", lambda m, x: functional.max_pool2d(x, 3, 2, ceil_mode=True)),
    Case("max_pool dilation", lambda m, x: functional.max_pool2d(x, 2, 1, dilation=2)),
    Case("max_pool1d", lambda m, x: functional.max_pool1d(x, 2), SIGNAL),
    Case("max_pool3d", lambda m, x: functional.max_pool3d(x, (1, 2, 2)), VOLUME),
    Case("avg_pool", lambda m, x: functional.avg_pool2d(x, (3, 2), 2, (1, 0))),
    Case(
        "avg_pool not counting", lambda m, x: functional.avg_pool2d(x, 3, 2, 1, ceil_mode=True, count_include_pad=False)
    ),
    Case("avg_pool3d", lambda m, x: functional.avg_pool3d(x, 2, ceil_mode=True), VOLUME, exact=False),
    Case("lp_pool1d", lambda m, x: functional.lp_pool1d(x.abs(), 2, 3), SIGNAL, exact=False),
    Case("lp_pool3d", lambda m, x: functional.lp_pool3d(x.abs(), 2, 2), VOLUME, exact=False),
    Case("adaptive avg 3d", lambda m, x: functional.adaptive_avg_pool3d(x, (1, 2, 2)), VOLUME),
    Case("adaptive max 1d", lambda m, x: functional.adaptive_max_pool1d(x, 3), SIGNAL),
    Case("adaptive max 3d", lambda m, x: functional.adaptive_max_pool3d(x, 1), VOLUME),
    Case("avg_pool1d", lambda m, x: functional.avg_pool1d(x, 3, 1, 1), SIGNAL),
    Case("lp_pool", lambda m, x: functional.lp_pool2d(x.abs(), 2, 2), exact=False),
    Case("adaptive avg", lambda m, x: functional.adaptive_avg_pool2d(x, 1), kinds="global_avg_pool"),
    Case("adaptive avg 3x2", lambda m, x: functional.adaptive_avg_pool2d(x, (3, 2))),
    Case("adaptive avg None", lambda m, x: functional.adaptive_avg_pool2d(x, (None, 2))),
    Case("adaptive max", lambda m, x: functional.adaptive_max_pool2d(x, 1)),
    Case("adaptive max 5", lambda m, x: functional.adaptive_max_pool2d(x, 5)),
    Case("adaptive 1d", lambda m, x: functional.adaptive_avg_pool1d(x, 4), SIGNAL),
    Case("adaptive of tokens", lambda m, x: functional.adaptive_avg_pool1d(x.transpose(1, 2), 1).flatten(1), TOKENS),
    Case("max_pool of everything", lambda m, x: functional.max_pool2d(x, x.shape[2:]).flatten(1)),
    Case("nearest", lambda m, x: functional.interpolate(x, scale_factor=2)),
    Case("bilinear", lambda m, x: functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)),
    Case("bilinear corners", lambda m, x: functional.interpolate(x, (20, 21), mode="bilinear", align_corners=True)),
    Case("bicubic to a size", lambda m, x: functional.interpolate(x, size=(20, 30), mode="bicubic")),
    Case("to another map", lambda m, x: x + functional.interpolate(functional.max_pool2d(x, 2), x.shape[2:])),
    Case("nearest 1d", lambda m, x: functional.interpolate(x, scale_factor=3), SIGNAL),
    Case("area", lambda m, x: functional.interpolate(x, size=(6, 7), mode="area")),
    Case(
        "max_unpool",
        lambda m, x: functional.max_unpool2d(*functional.max_pool2d(x.relu(), 2, return_indices=True), 2) * 2,
        kinds="require relu max_pool unpool elementwise",
    ),
    Case(
        "max_unpool1d",
        lambda m, x: functional.max_unpool1d(*functional.max_pool1d(x.relu(), 3, return_indices=True), 3),
        SIGNAL,
    ),
    Case(
        "max_unpool3d",
        lambda m, x: functional.max_unpool3d(
            *functional.max_pool3d(x.relu(), (2, 1, 2), return_indices=True), (2, 1, 2)
        ),
        VOLUME,
    ),
    Case("scale 1.5", lambda m, x: functional.interpolate(x, scale_factor=1.5, mode="bilinear")),
    Case(
        "scale 0.5 recomputed",
        lambda m, x: functional.interpolate(x, scale_factor=0.4, mode="bilinear", recompute_scale_factor=True),
    ),
    Case("pad", lambda m, x: functional.pad(x, (1, 2, 3, 0))),
    Case("pad value", lambda m, x: functional.pad(x, (1, 1), value=2.5)),
    Case("pad reflect", lambda m, x: functional.pad(x, (1, 2, 2, 1), mode="reflect")),
    Case("pad replicate", lambda m, x: functional.pad(x, (1, 2, 2, 1), mode="replicate")),
    Case("pad circular", lambda m, x: functional.pad(x, (1, 2, 2, 1), mode="circular")),
    Case("pad channels", lambda m, x: functional.pad(x, (0, 0, 0, 0, 1, 2))),
    Case("pad tokens", lambda m, x: functional.pad(x, (0, 0, 0, 2)), TOKENS),
    Case("pad that crops", lambda m, x: functional.pad(x, (-1, -2, 1, 0))),
    Case("pad none", lambda m, x: functional.pad(x, (0, 0)) + 1),
    Case("pixel_shuffle", lambda m, x: functional.pixel_shuffle(x, 2), (8, 5, 6)),
    Case("pixel_unshuffle", lambda m, x: functional.pixel_unshuffle(x, 2)),
    Case("channel_shuffle", lambda m, x: functional.channel_shuffle(x, 3)),
    Case(
        "channel_shuffle by hand",
        lambda m, x: x.view(x.shape[0], 2, 3, *x.shape[2:]).transpose(1, 2).reshape(x.shape),
        kinds="channel_shuffle",
    ),
    Case("functional.unfold", lambda m, x: functional.unfold(x, 3, padding=1, stride=2)),
    Case("functional.fold", lambda m, x: functional.fold(functional.unfold(x, 2, stride=2), (12, 14), 2, stride=2)),
    Case("roll", lambda m, x: torch.roll(x, (1, -2), (2, 3))),
    Case("flatten", lambda m, x: x.flatten(1), kinds="flatten"),
    Case("flatten to tokens", lambda m, x: x.flatten(2).transpose(1, 2)),
    Case("tokens back to a map", lambda m, x: x.flatten(2).transpose(1, 2).transpose(1, 2).unflatten(2, (12, 14))),
    Case("view", lambda m, x: x.view(x.size(0), 3, 2, 12, 14)),
    Case("squeeze", lambda m, x: functional.adaptive_avg_pool2d(x, 1).squeeze(-1).squeeze(-1)),
    Case("squeeze all", lambda m, x: functional.adaptive_avg_pool2d(x, 1).squeeze()),
    Case("unsqueeze", lambda m, x: x.unsqueeze(2)),
    Case("permute", lambda m, x: x.permute(0, 3, 1, 2)),
    Case("movedim", lambda m, x: x.movedim(1, -1)),
    Case("swapaxes", lambda m, x: x.swapaxes(1, 3)),
    Case("mT", lambda m, x: x.mT, TOKENS),
    Case(
        "batch in the second place",
        lambda m, x: m.a(x.permute(1, 0, 2)).permute(1, 0, 2),
        TOKENS,
        lambda: {"a": nn.Linear(8, 8)},
    ),
    Case("windows", lambda m, x: unwindowed(m.a(windowed(x, 4)), 4, 12), (12, 12, 8), lambda: {"a": nn.Linear(8, 8)}),
    Case(
        "windows of an image",
        lambda m, x: unwindowed(m.a(windowed(x.permute(0, 2, 3, 1), 2)), 2, 12).permute(0, 3, 1, 2),
        (8, 12, 12),
        lambda: {"a": nn.Linear(8, 8)},
    ),
    Case(
        "expand",
        lambda m, x: torch.cat([m.token.expand(x.shape[0], -1, -1), x], 1),
        TOKENS,
        lambda: {"token": learned(1, 1, 8)},
    ),
    Case(
        "class token and positions",
        lambda m, x: (
            torch.cat([m.token.expand(x.shape[0], -1, -1), m.patch(x).flatten(2).transpose(1, 2)], 1) + m.position
        ),
        (3, 8, 8),
        lambda: {"token": learned(1, 1, 6), "position": learned(1, 5, 6), "patch": nn.Conv2d(3, 6, 4, 4)},
    ),
    Case("expand a column", lambda m, x: x.mean(3, keepdim=True).expand(-1, -1, -1, 5)),
    Case("expand_as", lambda m, x: x.mean(3, keepdim=True).expand_as(x)),
    Case("repeat", lambda m, x: x.repeat(1, 2, 1, 1)),
    Case("repeat_interleave", lambda m, x: x.repeat_interleave(2, dim=1)),
    Case("tile", lambda m, x: x.tile(1, 1, 2, 1)),
    Case("cat", lambda m, x: torch.cat([x, x.relu()], 1), kinds="relu concat"),
    Case("cat of rows", lambda m, x: torch.cat([x, x.relu()], 2)),
    Case("cat of tokens", lambda m, x: torch.cat([x, x.relu()], -1), TOKENS),
    Case("cat of one", lambda m, x: torch.cat([x], 1) + 1),
    Case("stack", lambda m, x: torch.stack([x, x.relu()], 1)),
    Case("stack last", lambda m, x: torch.stack([x, x.relu()], -1)),
    Case("chunk", lambda m, x: torch.cat(x.chunk(2, 1)[::-1], 1)),
    Case("split", lambda m, x: x.split([2, 4], 1)[1]),
    Case("split by a size", lambda m, x: torch.cat([one.relu() for one in x.split(4, 1)], 1)),
    Case("tensor_split", lambda m, x: torch.tensor_split(x, 3, 1)[2]),
    Case("unbind", lambda m, x: x.unbind(1)[2]),
    Case("unbind two", lambda m, x: torch.mul(*x.view(-1, 2, 3, 12, 14).unbind(1))),
    Case("select", lambda m, x: x.select(1, -2)),
    Case("narrow", lambda m, x: x.narrow(2, 3, 4)),
    Case("x[:, 0]", lambda m, x: x[:, 0], TOKENS),
    Case("x[:, -1]", lambda m, x: x[:, -1], TOKENS),
    Case("x[:, 1:]", lambda m, x: x[:, 1:], TOKENS),
    Case("x[..., :3]", lambda m, x: x[..., :3], TOKENS),
    Case("x[:, :, ::2, 1::2]", lambda m, x: x[:, :, ::2, 1::2]),
    Case("x[:, None]", lambda m, x: x[:, None]),
    Case("x[:, :, :-1, 2:-3]", lambda m, x: x[:, :, :-1, 2:-3]),
    Case("x[:, 1:3, None, ..., 0]", lambda m, x: x[:, 1:3, None, ..., 0]),
]
