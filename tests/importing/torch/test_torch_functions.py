"""Every function of PyTorch that has a kind: imported, exported and run, it gives what PyTorch gives, bit by bit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

torch: Any = pytest.importorskip("torch")

from judging import Two, Written, judged  # noqa: E402

from archcalc.importing.torch.functions import _table  # noqa: E402
from archcalc.importing.torch.inputs import Input  # noqa: E402

nn = torch.nn
F = torch.nn.functional
IMAGE, TOKENS, VECTOR, VOLUME, SIGNAL = (6, 12, 14), (10, 8), (12,), (4, 6, 7, 8), (6, 15)


class Case(NamedTuple):
    """A function of one input (or two), the shape that goes in, what it holds, and what comes out of the import."""

    name: str
    forward: Callable[..., Any]
    shape: tuple[int, ...] = IMAGE
    parts: Callable[[], dict[str, Any]] = dict
    kinds: str = ""
    exact: bool = True


def P(*shape: int) -> Any:
    return nn.Parameter(torch.empty(shape))


CASES = [
    # Activations
    *(
        Case(f"F.{name}", lambda m, x, name=name: getattr(F, name)(x), kinds=kind)
        for name, kind in {
            "relu": "relu",
            "relu6": "relu6",
            "selu": "selu",
            "silu": "silu",
            "mish": "mish",
            "sigmoid": "sigmoid",
            "logsigmoid": "log_sigmoid",
            "hardsigmoid": "hardsigmoid",
            "hardswish": "hardswish",
            "tanh": "tanh",
            "softsign": "softsign",
            "gelu": "gelu",
            "leaky_relu": "leaky_relu",
            "elu": "elu",
            "celu": "celu",
            "softplus": "softplus",
            "hardtanh": "hardtanh",
        }.items()
    ),
    Case("torch.relu", lambda m, x: torch.relu(x), kinds="relu"),
    Case("relu_", lambda m, x: (x + 1).relu_(), kinds="elementwise relu"),
    Case("Tensor.sigmoid_", lambda m, x: (x * 2).sigmoid_(), kinds="elementwise sigmoid"),
    Case("leaky_relu 0.2", lambda m, x: F.leaky_relu(x, 0.2), kinds="leaky_relu"),
    Case("leaky_relu_ in place", lambda m, x: F.leaky_relu(x + 1, 0.3, inplace=True), kinds="elementwise leaky_relu"),
    Case("elu alpha", lambda m, x: F.elu(x, alpha=0.5), kinds="elu"),
    Case("gelu tanh", lambda m, x: F.gelu(x, approximate="tanh"), kinds="gelu"),
    Case("hardtanh 0 6", lambda m, x: F.hardtanh(x, 0.0, 6.0), kinds="relu6"),
    Case("hardtanh -2 3", lambda m, x: F.hardtanh(x, -2.0, 3.0), kinds="hardtanh"),
    Case("softplus beta", lambda m, x: F.softplus(x, 2.0), kinds="softplus"),
    Case("softplus threshold", lambda m, x: F.softplus(x * 9, 1.0, 5.0)),
    Case("celu alpha", lambda m, x: F.celu(x, 0.5), kinds="celu"),
    Case("glu channels", lambda m, x: F.glu(x, 1), kinds="split sigmoid multiply"),
    Case("glu tokens", lambda m, x: F.glu(x), TOKENS, kinds="split sigmoid multiply"),
    Case("prelu", lambda m, x: m.act(x), parts=lambda: {"act": nn.PReLU(6)}, kinds="prelu"),
    Case("prelu one", lambda m, x: m.act(x), parts=lambda: {"act": nn.PReLU()}, kinds="prelu"),
    Case("softmax channels", lambda m, x: F.softmax(x, 1), kinds="softmax"),
    Case("softmax width", lambda m, x: F.softmax(x, -1), kinds="softmax"),
    Case("softmax tokens", lambda m, x: x.softmax(dim=1), TOKENS, kinds="softmax"),
    Case("log_softmax", lambda m, x: F.log_softmax(x, dim=-1), VECTOR, kinds="log_softmax"),
    Case("dropout", lambda m, x: F.dropout(x, 0.3, m.training), kinds="dropout"),
    Case("dropout2d", lambda m, x: F.dropout2d(x, 0.3, m.training)),
    # Arithmetic
    Case("x + x", lambda m, x: x + x.relu(), kinds="relu add"),
    Case("x - y", lambda m, x: x - x.relu(), kinds="relu subtract"),
    Case("x * y", lambda m, x: x * x.sigmoid(), kinds="sigmoid multiply"),
    Case("x / y", lambda m, x: x / (x.sigmoid() + 1), kinds="sigmoid elementwise elementwise"),
    Case("numbers", lambda m, x: 1 - x / 3 + 2 * x - 0.5),
    Case("3 / x", lambda m, x: 3 / (x.sigmoid() + 1)),
    Case("x ** 2", lambda m, x: x**2, kinds="elementwise"),
    Case("2 ** x", lambda m, x: 2**x),
    Case("rsub", lambda m, x: torch.rsub(x, 1.0)),
    Case("add alpha", lambda m, x: torch.add(x, x.relu(), alpha=0.5)),
    Case("sub alpha number", lambda m, x: torch.sub(x, 2.0, alpha=3)),
    Case("addcmul", lambda m, x: torch.addcmul(x, x.relu(), x.tanh(), value=0.5)),
    Case("lerp", lambda m, x: torch.lerp(x, x.relu(), 0.3)),
    Case("x += y", lambda m, x: in_place(x.relu(), x)),
    Case("div_", lambda m, x: x.relu().div_(2.0).mul_(3.0).sub_(1.0)),
    *(
        Case(name, lambda m, x, name=name: getattr(torch, name)(x.abs() + 0.5))
        for name in ("abs", "cos", "exp", "log", "rsqrt", "sin", "sqrt", "neg", "negative", "square", "reciprocal")
    ),
    *(Case(name, lambda m, x, name=name: getattr(torch, name)(x * 3)) for name in ("ceil", "floor", "round", "sign")),
    Case("clamp", lambda m, x: x.clamp(-0.5, 0.5)),
    Case("clamp min", lambda m, x: torch.clamp(x, min=0.1)),
    Case("clamp max", lambda m, x: x.clamp(max=0.1)),
    Case("clamp_min", lambda m, x: x.clamp_min(0.1)),
    Case("clamp_max", lambda m, x: torch.clamp_max(x, 0.1)),
    Case("maximum", lambda m, x: torch.maximum(x, x.tanh() * 2)),
    Case("minimum", lambda m, x: torch.minimum(x, x.tanh() * 2)),
    Case("copies", lambda m, x: x.clone().contiguous().detach().to(torch.float32).type_as(x).float() + 1),
    Case("layer scale", lambda m, x: m.gamma * x, parts=lambda: {"gamma": P(6, 1, 1)}),
    Case("layer scale tokens", lambda m, x: x * m.gamma, TOKENS, lambda: {"gamma": P(8)}),
    Case("positions", lambda m, x: x + m.position, TOKENS, lambda: {"position": P(1, 10, 8)}),
    Case("positions of a map", lambda m, x: x + m.position, (6, 12, 12), lambda: {"position": P(1, 6, 12, 12)}),
    Case("a learned number", lambda m, x: x * m.scale, parts=lambda: {"scale": P(1)}),
    Case("a learned number without axes", lambda m, x: x * m.scale, parts=lambda: {"scale": P()}),
    Case("columns by rows", lambda m, x: x.mean(2, keepdim=True) * x.mean(3, keepdim=True)),
    Case("gate", lambda m, x: x * F.adaptive_avg_pool2d(x, 1).sigmoid()),
    Case(
        "a buffer of numbers",
        lambda m, x: (x - m.mean) / m.std,
        (3, 9, 9),
        lambda: {
            "mean": torch.tensor([0.1, 0.2, 0.3]).view(3, 1, 1),
            "std": torch.tensor([1.1, 1.2, 1.3]).view(1, 3, 1, 1),
        },
    ),
    Case("a constant made anew", lambda m, x: x + torch.arange(14.0) / 14),
    # Convolutions
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
        "F.conv2d of a parameter",
        lambda m, x: F.conv2d(x, m.weight, m.bias, 2, 1),
        parts=lambda: {"weight": P(4, 6, 3, 3), "bias": P(4)},
    ),
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
        "a buffer as filter",
        lambda m, x: F.conv2d(x, m.blur, padding=1, groups=6),
        parts=lambda: {"blur": torch.ones(6, 1, 3, 3) / 9},
    ),
    Case(
        "weight standardization",
        lambda m, x: F.conv2d(x, standardized(m.a), m.a.bias),
        parts=lambda: {"a": nn.Conv2d(6, 8, 3)},
    ),
    # Pools
    Case("max_pool", lambda m, x: F.max_pool2d(x, 3, 2, 1), kinds="max_pool"),
    Case("max_pool ceil", lambda m, x: F.max_pool2d(x, 3, 2, ceil_mode=True)),
    Case("max_pool dilation", lambda m, x: F.max_pool2d(x, 2, 1, dilation=2)),
    Case("max_pool1d", lambda m, x: F.max_pool1d(x, 2), SIGNAL),
    Case("max_pool3d", lambda m, x: F.max_pool3d(x, (1, 2, 2)), VOLUME),
    Case("avg_pool", lambda m, x: F.avg_pool2d(x, (3, 2), 2, (1, 0))),
    Case("avg_pool not counting", lambda m, x: F.avg_pool2d(x, 3, 2, 1, ceil_mode=True, count_include_pad=False)),
    Case("avg_pool divisor", lambda m, x: F.avg_pool2d(x, 2, divisor_override=3)),
    Case("avg_pool1d", lambda m, x: F.avg_pool1d(x, 3, 1, 1), SIGNAL),
    Case("lp_pool", lambda m, x: F.lp_pool2d(x.abs(), 2, 2), exact=False),
    Case("adaptive avg", lambda m, x: F.adaptive_avg_pool2d(x, 1), kinds="global_avg_pool"),
    Case("adaptive avg 3x2", lambda m, x: F.adaptive_avg_pool2d(x, (3, 2))),
    Case("adaptive avg None", lambda m, x: F.adaptive_avg_pool2d(x, (None, 2))),
    Case("adaptive max", lambda m, x: F.adaptive_max_pool2d(x, 1)),
    Case("adaptive max 5", lambda m, x: F.adaptive_max_pool2d(x, 5)),
    Case("adaptive 1d", lambda m, x: F.adaptive_avg_pool1d(x, 4), SIGNAL),
    Case("adaptive of tokens", lambda m, x: F.adaptive_avg_pool1d(x.transpose(1, 2), 1).flatten(1), TOKENS),
    Case("max_pool of everything", lambda m, x: F.max_pool2d(x, x.shape[2:]).flatten(1)),
    # Normalizations
    Case("batch_norm", lambda m, x: m.a(x), parts=lambda: {"a": nn.BatchNorm2d(6)}, kinds="batch_norm"),
    Case("batch_norm bare", lambda m, x: m.a(x), parts=lambda: {"a": nn.BatchNorm2d(6, affine=False, eps=1e-3)}),
    Case(
        "batch_norm of the batch",
        lambda m, x: m.a(x),
        parts=lambda: {"a": nn.BatchNorm2d(6, track_running_stats=False)},
    ),
    Case("batch_norm1d", lambda m, x: m.a(x), VECTOR, lambda: {"a": nn.BatchNorm1d(12)}),
    Case(
        "batch_norm1d of tokens",
        lambda m, x: m.a(x.transpose(1, 2)).transpose(1, 2),
        TOKENS,
        lambda: {"a": nn.BatchNorm1d(8)},
    ),
    Case("batch_norm3d", lambda m, x: m.a(x), VOLUME, lambda: {"a": nn.BatchNorm3d(4)}),
    Case("layer_norm", lambda m, x: m.a(x), TOKENS, lambda: {"a": nn.LayerNorm(8)}, "layer_norm"),
    Case("layer_norm bare", lambda m, x: F.layer_norm(x, (8,)), TOKENS),
    Case("layer_norm no bias", lambda m, x: m.a(x), TOKENS, lambda: {"a": nn.LayerNorm(8, bias=False)}),
    Case("layer_norm of all", lambda m, x: m.a(x), TOKENS, lambda: {"a": nn.LayerNorm((10, 8))}),
    Case("layer_norm of an image", lambda m, x: m.a(x), (6, 12, 14), lambda: {"a": nn.LayerNorm((6, 12, 14))}),
    Case(
        "layer_norm channels last",
        lambda m, x: m.a(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2),
        parts=lambda: {"a": nn.LayerNorm(6)},
    ),
    Case(
        "layer_norm as a mean and a power",
        lambda m, x: (
            m.w[:, None, None]
            * (
                (x - x.mean(1, keepdim=True))
                / torch.sqrt((x - x.mean(1, keepdim=True)).pow(2).mean(1, keepdim=True) + 1e-6)
            )
            + m.b[:, None, None]
        ),
        parts=lambda: {"w": P(6), "b": P(6)},
    ),
    Case("group_norm", lambda m, x: m.a(x), parts=lambda: {"a": nn.GroupNorm(3, 6)}),
    Case("group_norm one", lambda m, x: m.a(x), parts=lambda: {"a": nn.GroupNorm(1, 6, affine=False)}),
    Case("instance_norm", lambda m, x: m.a(x), parts=lambda: {"a": nn.InstanceNorm2d(6, affine=True)}),
    Case(
        "instance_norm tracking",
        lambda m, x: m.a(x),
        parts=lambda: {"a": nn.InstanceNorm2d(6, affine=True, track_running_stats=True)},
    ),
    Case("rms_norm", lambda m, x: m.a(x), TOKENS, lambda: {"a": nn.RMSNorm(8, eps=1e-6)}),
    Case("rms_norm bare", lambda m, x: F.rms_norm(x, (8,)), TOKENS),
    Case("lrn", lambda m, x: F.local_response_norm(x, 5)),
    Case("lrn module", lambda m, x: m.a(x), parts=lambda: {"a": nn.LocalResponseNorm(3, 1e-3, 0.5, 2.0)}),
    Case("normalize", lambda m, x: F.normalize(x)),
    Case("normalize tokens", lambda m, x: F.normalize(x, dim=-1, eps=1e-6), TOKENS),
    # Matrices
    Case("linear", lambda m, x: m.a(x), VECTOR, lambda: {"a": nn.Linear(12, 5)}, "linear"),
    Case("linear no bias", lambda m, x: m.a(x), TOKENS, lambda: {"a": nn.Linear(8, 5, bias=False)}),
    Case("linear of an image", lambda m, x: m.a(x), IMAGE, lambda: {"a": nn.Linear(14, 5)}),
    Case("linear of channels", lambda m, x: m.a(x.permute(0, 2, 3, 1)), IMAGE, lambda: {"a": nn.Linear(6, 5)}),
    Case("x @ w", lambda m, x: x @ m.w, TOKENS, lambda: {"w": P(8, 5)}),
    Case("x @ w.T + b", lambda m, x: x @ m.w.T + m.b, TOKENS, lambda: {"w": P(5, 8), "b": P(5)}),
    Case(
        "addmm",
        lambda m, x: torch.addmm(m.b, x.view(-1, 8), m.w).view(-1, 10, 5),
        TOKENS,
        lambda: {"w": P(8, 5), "b": P(5)},
    ),
    Case(
        "bilinear by hand",
        lambda m, x: (m.a(x) @ x.transpose(1, 2)).softmax(-1) @ x,
        TOKENS,
        lambda: {"a": nn.Linear(8, 8)},
    ),
    # Products
    Case("matmul", lambda m, x: x @ x.transpose(1, 2), TOKENS, kinds="matmul"),
    Case("bmm", lambda m, x: torch.bmm(x, x.relu().transpose(1, 2)), TOKENS),
    Case("heads", lambda m, x: heads(m.qkv(x), 2), TOKENS, lambda: {"qkv": nn.Linear(8, 24)}),
    Case("sdpa", lambda m, x: sdpa(m.qkv(x), 2), TOKENS, lambda: {"qkv": nn.Linear(8, 24)}),
    Case("sdpa causal", lambda m, x: sdpa(m.qkv(x), 2, is_causal=True), TOKENS, lambda: {"qkv": nn.Linear(8, 24)}),
    Case("sdpa scale", lambda m, x: sdpa(m.qkv(x), 2, scale=0.3), TOKENS, lambda: {"qkv": nn.Linear(8, 24)}),
    Case(
        "sdpa bias",
        lambda m, x: sdpa(m.qkv(x), 2, attn_mask=m.table),
        TOKENS,
        lambda: {"qkv": nn.Linear(8, 24), "table": P(1, 2, 10, 10)},
    ),
    Case(
        "grouped queries",
        lambda m, x: grouped(m, x),
        TOKENS,
        lambda: {"q": nn.Linear(8, 16), "k": nn.Linear(8, 8), "v": nn.Linear(8, 8)},
    ),
    Case("einsum bhid", lambda m, x: torch.einsum("bid,bjd->bij", x, x.relu()), TOKENS),
    Case("einsum nchw", lambda m, x: torch.einsum("bchw,bcij->bhwij", x, x.relu()), (4, 3, 5), exact=False),
    Case(
        "einsum with a matrix",
        lambda m, x: torch.einsum("btd,de->bte", x, m.w),
        TOKENS,
        lambda: {"w": P(8, 5)},
        exact=False,
    ),
    Case(
        "einsum heads",
        lambda m, x: torch.einsum("bthd,bshd->bhts", x.view(-1, 10, 2, 4), x.relu().view(-1, 10, 2, 4)),
        TOKENS,
    ),
    Case(
        "attention module",
        lambda m, x: m.a(x, x, x, need_weights=False)[0],
        TOKENS,
        lambda: {"a": nn.MultiheadAttention(8, 2, batch_first=True)},
        "attention",
    ),
    Case(
        "attention module without bias",
        lambda m, x: m.a(x, x, x)[0],
        TOKENS,
        lambda: {"a": nn.MultiheadAttention(8, 2, bias=False, batch_first=True)},
    ),
    Case(
        "encoder layer",
        lambda m, x: m.a(x),
        TOKENS,
        lambda: {"a": nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)},
    ),
    Case(
        "encoder layer norm first",
        lambda m, x: m.a(x),
        TOKENS,
        lambda: {"a": nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, norm_first=True, activation="gelu")},
    ),
    # Recurrent
    Case("lstm", lambda m, x: m.a(x)[0], TOKENS, lambda: {"a": nn.LSTM(8, 5, batch_first=True)}, "lstm"),
    Case(
        "lstm both ways",
        lambda m, x: m.a(x)[0],
        TOKENS,
        lambda: {"a": nn.LSTM(8, 5, 2, bidirectional=True, batch_first=True)},
    ),
    Case("gru", lambda m, x: m.a(x)[0][:, -1], TOKENS, lambda: {"a": nn.GRU(8, 5, batch_first=True)}),
    Case("rnn", lambda m, x: m.a(x)[0], TOKENS, lambda: {"a": nn.RNN(8, 5, nonlinearity="relu", batch_first=True)}),
    Case(
        "lstm projection", lambda m, x: m.a(x)[0], TOKENS, lambda: {"a": nn.LSTM(8, 5, proj_size=3, batch_first=True)}
    ),
    # Reductions
    Case("mean of the plane", lambda m, x: x.mean((2, 3)), kinds="mean"),
    Case("mean kept", lambda m, x: x.mean((2, 3), keepdim=True)),
    Case("mean of channels", lambda m, x: x.mean(1, keepdim=True)),
    Case("mean of tokens", lambda m, x: x.mean(1), TOKENS),
    Case("sum", lambda m, x: x.sum(-1)),
    Case("amax", lambda m, x: x.amax((2, 3))),
    Case("max values", lambda m, x: x.max(1)[0]),
    Case("max values kept", lambda m, x: torch.max(x, 1, keepdim=True).values),
    Case("amin", lambda m, x: x.amin((2, 3))),
    Case("mean and max stacked", lambda m, x: torch.cat([x.mean(1, keepdim=True), x.max(1, keepdim=True)[0]], 1)),
    Case("var", lambda m, x: x.var((2, 3), unbiased=False)),
    Case("std", lambda m, x: x.std(1, keepdim=True)),
    # Resampling
    Case("nearest", lambda m, x: F.interpolate(x, scale_factor=2)),
    Case("bilinear", lambda m, x: F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)),
    Case("bilinear corners", lambda m, x: F.interpolate(x, (20, 21), mode="bilinear", align_corners=True)),
    Case("bicubic to a size", lambda m, x: F.interpolate(x, size=(20, 30), mode="bicubic")),
    Case("to another map", lambda m, x: x + F.interpolate(F.max_pool2d(x, 2), x.shape[2:])),
    Case("nearest 1d", lambda m, x: F.interpolate(x, scale_factor=3), SIGNAL),
    Case("nearest-exact", lambda m, x: F.interpolate(x, size=(7, 9), mode="nearest-exact")),
    Case("area", lambda m, x: F.interpolate(x, size=(6, 7), mode="area")),
    Case("scale 1.5", lambda m, x: F.interpolate(x, scale_factor=1.5, mode="bilinear")),
    Case(
        "scale 0.5 recomputed",
        lambda m, x: F.interpolate(x, scale_factor=0.4, mode="bilinear", recompute_scale_factor=True),
    ),
    Case("pad", lambda m, x: F.pad(x, (1, 2, 3, 0))),
    Case("pad value", lambda m, x: F.pad(x, (1, 1), value=2.5)),
    Case("pad reflect", lambda m, x: F.pad(x, (1, 2, 2, 1), mode="reflect")),
    Case("pad replicate", lambda m, x: F.pad(x, (1, 2, 2, 1), mode="replicate")),
    Case("pad circular", lambda m, x: F.pad(x, (1, 2, 2, 1), mode="circular")),
    Case("pad channels", lambda m, x: F.pad(x, (0, 0, 0, 0, 1, 2))),
    Case("pad tokens", lambda m, x: F.pad(x, (0, 0, 0, 2)), TOKENS),
    Case("pad all", lambda m, x: F.pad(x, (1, 1, 1, 1, 1, 1))),
    Case("pad that crops", lambda m, x: F.pad(x, (-1, -2, 1, 0))),
    Case("pad none", lambda m, x: F.pad(x, (0, 0)) + 1),
    Case("pixel_shuffle", lambda m, x: F.pixel_shuffle(x, 2), (8, 5, 6)),
    Case("pixel_unshuffle", lambda m, x: F.pixel_unshuffle(x, 2)),
    Case("channel_shuffle", lambda m, x: F.channel_shuffle(x, 3)),
    Case(
        "channel_shuffle by hand",
        lambda m, x: x.view(x.shape[0], 2, 3, *x.shape[2:]).transpose(1, 2).reshape(x.shape),
        kinds="channel_shuffle",
    ),
    Case("F.unfold", lambda m, x: F.unfold(x, 3, padding=1, stride=2)),
    Case("F.fold", lambda m, x: F.fold(F.unfold(x, 2, stride=2), (12, 14), 2, stride=2)),
    Case("roll", lambda m, x: torch.roll(x, (1, -2), (2, 3))),
    Case("flip", lambda m, x: x.flip(-1)),
    # Shapes
    Case("flatten", lambda m, x: x.flatten(1), kinds="flatten"),
    Case("flatten to tokens", lambda m, x: x.flatten(2).transpose(1, 2)),
    Case("tokens back to a map", lambda m, x: x.flatten(2).transpose(1, 2).transpose(1, 2).unflatten(2, (12, 14))),
    Case("view", lambda m, x: x.view(x.size(0), 3, 2, 12, 14)),
    Case("squeeze", lambda m, x: F.adaptive_avg_pool2d(x, 1).squeeze(-1).squeeze(-1)),
    Case("squeeze all", lambda m, x: F.adaptive_avg_pool2d(x, 1).squeeze()),
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
        lambda: {"token": P(1, 1, 8)},
    ),
    Case(
        "class token and positions",
        lambda m, x: (
            torch.cat([m.token.expand(x.shape[0], -1, -1), m.patch(x).flatten(2).transpose(1, 2)], 1) + m.position
        ),
        (3, 8, 8),
        lambda: {"token": P(1, 1, 6), "position": P(1, 5, 6), "patch": nn.Conv2d(3, 6, 4, 4)},
    ),
    Case("expand a column", lambda m, x: x.mean(3, keepdim=True).expand(-1, -1, -1, 5)),
    Case("expand_as", lambda m, x: x.mean(3, keepdim=True).expand_as(x)),
    Case("repeat", lambda m, x: x.repeat(1, 2, 1, 1)),
    Case("repeat_interleave", lambda m, x: x.repeat_interleave(2, dim=1)),
    Case("tile", lambda m, x: x.tile(1, 1, 2, 1)),
    # Parts
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
    Case("x[:, 3]", lambda m, x: x[:, 3], VECTOR),
    Case("index_select", lambda m, x: x.index_select(1, m.index), TOKENS, lambda: {"index": torch.tensor([3, 1, 4])}),
    Case("x[:, index]", lambda m, x: x[:, m.index], TOKENS, lambda: {"index": torch.tensor([3, 1, 4])}),
    # Things that training does
    Case(
        "dropout modules",
        lambda m, x: m.b(m.a(x)),
        parts=lambda: {"a": nn.Dropout(0.2), "b": nn.Dropout2d(0.1)},
        kinds="dropout channel_dropout",
    ),
    Case("identity", lambda m, x: m.a(x), parts=lambda: {"a": nn.Identity()}, kinds="identity"),
    # Wiring
    Case(
        "a shared module", lambda m, x: m.a(m.a(x).relu()), TOKENS, lambda: {"a": nn.Linear(8, 8)}, "linear relu linear"
    ),
    Case("several outputs", lambda m, x: (m.a(x), x.relu()), TOKENS, lambda: {"a": nn.Linear(8, 8)}),
    Case(
        "a dictionary",
        lambda m, x: {"out": m.a(x), "aux": [x.relu(), x.tanh()]},
        TOKENS,
        lambda: {"a": nn.Linear(8, 8)},
    ),
    Case("the same output twice", lambda m, x: [y := m.a(x), y.relu(), y], TOKENS, lambda: {"a": nn.Linear(8, 8)}),
    Case("write into a copy", lambda m, x: written(x.clone())),
    Case(
        "weight norm",
        lambda m, x: m.a(x),
        TOKENS,
        lambda: {"a": nn.utils.parametrizations.weight_norm(nn.Linear(8, 5))},
    ),
]


def in_place(x: Any, y: Any) -> Any:
    x += y
    x *= 2
    return x


def written(x: Any) -> Any:
    x[:, 0] = 1.0
    return x


def standardized(conv: Any) -> Any:
    weight = conv.weight
    return F.batch_norm(weight.reshape(1, 8, -1), None, None, training=True, momentum=0.0, eps=1e-6).reshape_as(weight)


def heads(qkv: Any, count: int) -> Any:
    batch, tokens, _ = qkv.shape
    q, k, v = qkv.reshape(batch, tokens, 3, count, -1).permute(2, 0, 3, 1, 4)
    found = ((q * q.shape[-1] ** -0.5) @ k.transpose(-2, -1)).softmax(-1) @ v
    return found.transpose(1, 2).reshape(batch, tokens, -1)


def sdpa(qkv: Any, count: int, **options: Any) -> Any:
    batch, tokens, _ = qkv.shape
    q, k, v = qkv.reshape(batch, tokens, 3, count, -1).permute(2, 0, 3, 1, 4).unbind(0)
    return F.scaled_dot_product_attention(q, k, v, **options).transpose(1, 2).reshape(batch, tokens, -1)


def grouped(m: Any, x: Any) -> Any:
    q, k, v = (one(x).unflatten(-1, (-1, 4)).transpose(1, 2) for one in (m.q, m.k, m.v))
    return F.scaled_dot_product_attention(q, k, v, enable_gqa=True).transpose(1, 2).flatten(2)


def windowed(x: Any, side: int) -> Any:
    batch, height, width, channels = x.shape
    x = x.view(batch, height // side, side, width // side, side, channels)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, side * side, channels)


def unwindowed(x: Any, side: int, size: int) -> Any:
    count = size // side
    x = x.view(-1, count, count, side, side, x.shape[-1])
    return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, size, size, x.shape[-1])


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_what_is_imported_computes_the_same(case: Case) -> None:
    found = judged(Written(case.forward, **case.parts()), case.shape)
    assert not found.found.opaque, found.found.text
    if case.kinds:
        kinds = [node.kind for node in found.architecture.check().graph.nodes]
        assert " ".join(kinds) == case.kinds
    assert found.has_equal_bits or not case.exact
