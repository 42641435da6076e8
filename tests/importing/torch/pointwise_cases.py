"""Functions of every number by itself, normalizations and reductions, in small modules."""

from __future__ import annotations

from typing import Any

import torch
from judging import TOKENS, VECTOR, VOLUME, Case, learned
from torch import nn
from torch.nn import functional


def in_place(x: Any, y: Any) -> Any:
    x += y
    x *= 2
    return x


CASES = [
    *(
        Case(f"functional.{name}", lambda m, x, name=name: getattr(functional, name)(x), kinds=kind)
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
    Case("leaky_relu 0.2", lambda m, x: functional.leaky_relu(x, 0.2), kinds="leaky_relu"),
    Case(
        "leaky_relu_ in place",
        lambda m, x: functional.leaky_relu(x + 1, 0.3, inplace=True),
        kinds="elementwise leaky_relu",
    ),
    Case("elu alpha", lambda m, x: functional.elu(x, alpha=0.5), kinds="elu"),
    Case("gelu tanh", lambda m, x: functional.gelu(x, approximate="tanh"), kinds="gelu"),
    Case("hardtanh 0 6", lambda m, x: functional.hardtanh(x, 0.0, 6.0), kinds="relu6"),
    Case("hardtanh -2 3", lambda m, x: functional.hardtanh(x, -2.0, 3.0), kinds="hardtanh"),
    Case("softplus beta", lambda m, x: functional.softplus(x, 2.0), kinds="softplus"),
    Case("celu alpha", lambda m, x: functional.celu(x, 0.5), kinds="celu"),
    Case("glu channels", lambda m, x: functional.glu(x, 1), kinds="split sigmoid multiply"),
    Case("glu tokens", lambda m, x: functional.glu(x), TOKENS, kinds="split sigmoid multiply"),
    Case("prelu", lambda m, x: m.act(x), parts=lambda: {"act": nn.PReLU(6)}, kinds="prelu"),
    Case("prelu one", lambda m, x: m.act(x), parts=lambda: {"act": nn.PReLU()}, kinds="prelu"),
    Case("softmax channels", lambda m, x: functional.softmax(x, 1), kinds="softmax"),
    Case("softmax width", lambda m, x: functional.softmax(x, -1), kinds="softmax"),
    Case("softmax tokens", lambda m, x: x.softmax(dim=1), TOKENS, kinds="softmax"),
    Case("log_softmax", lambda m, x: functional.log_softmax(x, dim=-1), VECTOR, kinds="log_softmax"),
    Case("dropout", lambda m, x: functional.dropout(x, 0.3, m.training), kinds="dropout"),
    Case("dropout2d", lambda m, x: functional.dropout2d(x, 0.3, m.training)),
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
    Case("addcmul", lambda m, x: torch.addcmul(x, x.relu(), x.tanh(), value=0.5), exact=False),
    Case("addcdiv", lambda m, x: torch.addcdiv(x, x.relu(), x.sigmoid() + 1, value=2.0), exact=False),
    Case("min values", lambda m, x: torch.min(x, 1).values),
    Case("min and max of two maps", lambda m, x: torch.max(torch.min(x, x.tanh()), x.sin())),
    Case("lerp", lambda m, x: torch.lerp(x, x.relu(), 0.3), exact=False),
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
    Case("layer scale", lambda m, x: m.gamma * x, parts=lambda: {"gamma": learned(6, 1, 1)}),
    Case("layer scale tokens", lambda m, x: x * m.gamma, TOKENS, lambda: {"gamma": learned(8)}),
    Case("positions", lambda m, x: x + m.position, TOKENS, lambda: {"position": learned(1, 10, 8)}),
    Case("positions of a map", lambda m, x: x + m.position, (6, 12, 12), lambda: {"position": learned(1, 6, 12, 12)}),
    Case("a learned number", lambda m, x: x * m.scale, parts=lambda: {"scale": learned(1)}),
    Case("columns by rows", lambda m, x: x.mean(2, keepdim=True) * x.mean(3, keepdim=True)),
    Case("gate", lambda m, x: x * functional.adaptive_avg_pool2d(x, 1).sigmoid()),
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
    Case("layer_norm", lambda m, x: m.a(x), TOKENS, lambda: {"a": nn.LayerNorm(8)}),
    Case("layer_norm bare", lambda m, x: functional.layer_norm(x, (8,)), TOKENS),
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
        parts=lambda: {"w": learned(6), "b": learned(6)},
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
    Case("rms_norm bare", lambda m, x: functional.rms_norm(x, (8,)), TOKENS),
    Case("lrn", lambda m, x: functional.local_response_norm(x, 5)),
    Case("lrn module", lambda m, x: m.a(x), parts=lambda: {"a": nn.LocalResponseNorm(3, 1e-3, 0.5, 2.0)}),
    Case("normalize", lambda m, x: functional.normalize(x)),
    Case("normalize tokens", lambda m, x: functional.normalize(x, dim=-1, eps=1e-6), TOKENS),
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
    Case(
        "dropout modules",
        lambda m, x: m.b(m.a(x)),
        parts=lambda: {"a": nn.Dropout(0.2), "b": nn.Dropout2d(0.1)},
        kinds="dropout channel_dropout",
    ),
    Case("identity", lambda m, x: m.a(x), parts=lambda: {"a": nn.Identity()}, kinds="identity"),
]
