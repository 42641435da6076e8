"""U-Net."""

from __future__ import annotations

from catalogue import ROOT
from truth_networks import nodes, sizes_in, sizes_out
from truth_reading import Entry

import archcalc

SYSTEMS = {"U-Net": 14}

NETWORKS = {
    ("U-Net", "paper Fig. 1 (valid, 1->2)"): "unet:paper",
    ("U-Net", "paper Fig. 1"): "unet:paper",
    ("U-Net", "paper"): "unet:paper",
    ("U-Net", "3 in, 2 out"): "unet:rgb",
    ("U-Net", "1 in, 1 out"): "unet:1-1",
    ("U-Net", "3 in, 1 out"): "unet:3-1",
    ("U-Net", "released caffe net phseg_v5"): "unet:released",
    ("U-Net", "padded variant"): "unet:padded",
}


def meets_crops(entry: Entry) -> None:
    crops = {}
    for node in nodes("unet:paper", "crop"):
        (channels, skip, _), (_, up, _) = sizes_in(node), sizes_out(node)
        assert (skip - up) % 2 == 0
        crops[f"{channels}ch"] = [skip, up, (skip - up) // 2]
    assert crops == entry.value


def meets_unet_sizes(entry: Entry) -> None:
    path = nodes("unet:paper", "conv", "max_pool", "conv_transpose")[:-1]  # the 1x1 head keeps the size
    assert [sizes_in(path[0])[1], *(sizes_out(node)[1] for node in path)] == entry.value


def meets_unet_rule(entry: Entry) -> None:
    """`N = 16k+60 (k>=8), output 16k-124`: legal sizes and their outputs, and every other size up to 300 is illegal."""
    assert entry.value == "N = 16k+60 (k>=8), output 16k-124"
    legal = {16 * k + 60: 16 * k - 124 for k in range(8, 33)}
    unet = archcalc.load(str(ROOT / "specs" / "unet.yaml"), "paper")
    for size in [*range(120, 301), 556, 570, 571, 572]:
        found = unet.check(N=size)
        in_shapes = [d for d in found.diagnostics if d.severity == "error" and d.code.id.startswith("AC3")]
        assert (not in_shapes) == (size in legal), size
        if size in legal:
            assert found.ok
            assert found.outputs == {"output": (2, legal[size], legal[size])}


SINGLE = {
    ("U-Net", "crop_offsets"): meets_crops,
    ("U-Net", "encoder_decoder_sizes"): meets_unet_sizes,
    ("U-Net", "rule"): meets_unet_rule,
}
