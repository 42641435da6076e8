"""FCN, SegNet, the ways of enlarging maps, and the generator of chairs."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from catalogue import SPECS, report
from truth_networks import concrete, nodes, sizes_in, sizes_out
from truth_reading import Entry, Said, fractional, meets_published

import archcalc

SYSTEMS = {"FCN": 48, "SegNet": 8, "SegNet-Basic": 7, "Upsampling": 8, "Chairs (Dosovitskiy)": 7}

NETWORKS = {
    **{("FCN", f"{stride}s VOC (21 classes)"): f"fcn:{stride}s" for stride in (32, 16, 8)},
    ("FCN", "8s-atonce VOC (21 classes)"): "fcn:8s-at-once",
    ("FCN", "AlexNet"): "fcn_alexnet",
    ("SegNet", "CamVid 11 classes"): "segnet",
    ("SegNet-Basic", "CamVid 11 classes"): "segnet_basic",
    (
        "Chairs (Dosovitskiy)",
        "one RGB stream 128x128, 809 classes, 4 view, 12 transf. (RECONSTRUCTION)",
    ): "chairs",
}

PUBLISHED = {
    ("FCN", "FCN-AlexNet", "published_params"): [Said("fcn_alexnet", "57M")],
    ("FCN", "FCN-VGG16", "published_params"): [Said("fcn:32s", "134M")],
    ("FCN", "FCN-GoogLeNet", "published_params"): [
        Said("fcn_googlenet:with-pool", "6M"),
        Said("fcn_googlenet:without-pool", "6M"),
    ],
    ("FCN", "FCN-AlexNet", "receptive_field"): [Said("fcn_alexnet", "355", of="score_fr")],
    ("FCN", "FCN-VGG16", "receptive_field"): [Said("fcn:32s", "404", of="score_fr")],
    ("FCN", "FCN-GoogLeNet", "receptive_field"): [
        Said("fcn_googlenet:with-pool", "907", of="score_fr"),
        Said("fcn_googlenet:without-pool", "907", "explained", of="score_fr"),
    ],
    ("SegNet", "paper", "model_size_MB"): [Said("segnet", "117M", printed="117")],
    ("SegNet-Basic", "paper", "published_params_million"): [Said("segnet_basic", "1.425M", "explained")],
    ("SegNet-Basic", "paper", "receptive_field_layer4"): [Said("segnet_basic", "106", of="pool4")],
}


# FCN


def meets_all_parameters(entry: Entry) -> None:
    """Caffe's count, with the kernels that are set and not learned."""
    totals = report(NETWORKS[entry.system, entry.variant]).totals
    assert totals.parameters + totals.frozen == entry.value


def meets_trainable(entry: Entry) -> None:
    """What is learned where the two scaled maps have a learned scale and bias each.

    The authors' file has a frozen scale alone, as the note on `params_total` says; this entry still counts the other.
    """
    found = report(NETWORKS[entry.system, entry.variant])
    scaled = [layer for layer in found.layers if layer.kind in ("affine", "layer_scale")]
    assert len(scaled) == (2 if "atonce" in entry.variant else 0)
    assert all(layer.parameters == 0 for layer in scaled)
    assert found.totals.parameters + 2 * sum(layer.frozen for layer in scaled) == entry.value


def meets_fixed_kernels(entry: Entry) -> None:
    enlarging = [layer for layer in report(NETWORKS[entry.system, entry.variant]).layers if "upscore" in layer.name]
    assert all(layer.kind == "conv_transpose" and layer.parameters == 0 for layer in enlarging)
    assert sum(layer.frozen for layer in enlarging) == entry.value


def offsets(network: str) -> dict[str, Any]:
    return {node.name: getattr(node.layer, "offset", None) for node in nodes(network, "crop")}


def meets_crop_offsets(entry: Entry) -> None:
    assert offsets(NETWORKS[entry.system, entry.variant]) == entry.value


def meets_final_crops(entry: Entry) -> None:
    crops = {}
    for stride in entry.value:
        last = nodes(f"fcn:{stride}", "crop")[-1]
        excess, offset = sizes_in(last)[1] - sizes_out(last)[1], offsets(f"fcn:{stride}")[last.name]
        assert 2 * offset != excess
        crops[stride] = [excess, offset]
    assert crops == entry.value


def meets_chain(entry: Entry) -> None:
    """`16 -(k4 s2)-> 34 + crop(44,5) ... 568 crop 31 -> 500`: how the scores grow, and what is added on the way."""
    network = f"fcn:{entry.variant}"
    chain = ""
    for node in nodes(network, "conv_transpose", "crop"):
        (entered, *_), (left, *_) = sizes_in(node)[1:], sizes_out(node)[1:]
        fields: Any = node.layer
        if node.kind == "conv_transpose":
            chain = chain or str(entered)
            chain += f" -(k{fields.kernel} s{fields.stride})-> {left}"
        elif node.name == "score":
            chain += f" crop {fields.offset} -> {left}"
        else:
            chain += f" + crop({entered},{fields.offset})"
    assert chain == entry.value


def meets_linear_layers_as_convolutions(entry: Entry) -> None:
    """fc6, fc7 and fc8 of VGG-16, as linear layers and as convolutions."""
    linear = [layer for layer in report("vgg:D").layers if layer.kind == "linear"]
    thousand = archcalc.load(str(SPECS / "fcn.yaml"), "32s").check(classes=1000)
    convolutions = [thousand[name] for name in ("fc6", "fc7", "score_fr")]
    assert [layer.parameters for layer in linear] == entry.value
    assert [layer.parameters for layer in convolutions] == entry.value
    assert {layer.kind for layer in convolutions} == {"conv"}


# SegNet

CAFFE = re.compile(r"(\w+): \((\d+), (\d+), (\d+)\)->\((\d+), (\d+), (\d+)\) FRAC ([\d.]+)x([\d.]+) ceil")


def meets_fractional_layers(entry: Entry) -> None:
    """`pool4: (512, 45, 60)->(512, 23, 30) FRAC 22.5x30 ceil`: the height comes out even, the width does not."""
    told = []
    for node in fractional(NETWORKS[entry.system, entry.variant]):
        assert node.facts is not None
        exact = dict(zip(("height", "width"), map(Fraction, sizes_out(node)[1:]), strict=True))
        exact |= dict(node.facts.fractions)
        told.append((node.name, sizes_in(node), sizes_out(node), tuple(exact.values())))
    wanted = []
    for text in entry.value:
        match = CAFFE.fullmatch(text)
        assert match, f"cannot read {text!r}"
        sizes = [int(size) for size in match.groups()[1:7]]
        wanted.append((match[1], tuple(sizes[:3]), tuple(sizes[3:]), (Fraction(match[8]), Fraction(match[9]))))
    assert told == wanted


def encoder() -> list[Any]:
    """The layers of SegNet in front of the first one that enlarges."""
    layers = report("segnet").layers
    return layers[: [layer.kind for layer in layers].index("unpool")]


def meets_encoder(entry: Entry) -> None:
    assert sum(layer.parameters for layer in encoder()) == entry.value


def meets_reduction(entry: Entry) -> None:
    """`134M -> 14.7M`: of VGG-16 without its last layer, the convolutions are left."""
    meets_published(entry, [Said("segnet", "14.7M", of="conv?_?", printed=entry.value)])
    *kept, last = [layer for layer in report("vgg:D").layers if layer.kind in ("conv", "linear")]
    convolutions = sum(layer.parameters for layer in encoder() if layer.kind == "conv")
    assert convolutions == sum(layer.parameters for layer in kept if layer.kind == "conv")
    assert last.output == (1000,)
    before, after = (text.removesuffix("M") for text in entry.value.split(" -> "))
    assert round(Fraction(sum(layer.parameters for layer in kept), 10**6)) == int(before)
    assert round(Fraction(convolutions, 10**6), 1) == Fraction(after)


# Upsampling


def transposed(**fields: int) -> archcalc.Report:
    return archcalc.load(str(SPECS / "upsampling.yaml"), "transposed-2").check(fields)


def meets_transposed_formula(entry: Entry) -> None:
    """`out=(N-1)*S+F-2P+output_padding`: the places that shifted windows reach, cut on both sides, padded on one."""
    assert entry.value == "out=(N-1)*S+F-2P+output_padding"
    for size in (1, 2, 7, 16):
        for kernel, stride, padding in [(f, s, p) for f in range(1, 6) for s in range(1, 5) for p in range(f // 2 + 1)]:
            for extra in range(stride):
                reached = {place * stride + tap for place in range(size) for tap in range(kernel)}
                wanted = max(reached) + 1 - 2 * padding + extra
                fields = {"kernel": kernel, "stride": stride, "padding": padding, "output_padding": extra}
                found = transposed(N=size, **fields)
                assert found.outputs == {"output": (3, wanted, wanted) if wanted > 0 else (3, None, None)}


def meets_transposed_size(entry: Entry) -> None:
    """Those of the catalogue with this window."""
    match = re.fullmatch(r"transposed conv F=(\d+),S=(\d+),P=(\d+)", entry.variant)
    assert match, entry.variant
    window = tuple(map(int, match.groups()))
    sizes = {}
    for variant in archcalc.load(str(SPECS / "upsampling.yaml")).variants:
        for node in nodes(f"upsampling:{variant}", "conv_transpose"):
            fields: Any = node.layer
            if (fields.kernel, fields.stride, fields.padding) == window:
                sizes[sizes_in(node)[1], fields.output_padding] = sizes_out(node)[1]
    assert sizes.pop((int(entry.input), 0)) == entry.value
    if "output_padding=1" in entry.note:
        assert sizes == {(int(entry.input), 1): int(entry.note.rpartition(" ")[2])}


def meets_no_parameters(entry: Entry) -> None:
    pooled, interpolated = ("max-unpooled", "max-unpooled-odd"), ("nearest", "bilinear", "bicubic")
    for variant in pooled if entry.variant == "max unpooling 2x2" else interpolated:
        found = report(f"upsampling:{variant}")
        (side,), (grown,) = ({*concrete(sizes or ())[1:]} for sizes in (found.inputs["input"], found.outputs["output"]))
        assert grown == (side if variant in pooled else 10 * side)
        assert found.totals == (entry.value, 0, 0, 0)


SINGLE = {
    ("FCN", "params_total"): meets_all_parameters,
    ("FCN", "params_trainable"): meets_trainable,
    ("FCN", "params_in_fixed_bilinear_upscore"): meets_fixed_kernels,
    ("FCN", "crop_offsets"): meets_crop_offsets,
    ("FCN", "final_crop_not_centred"): meets_final_crops,
    ("FCN", "upsampling_chain"): meets_chain,
    ("FCN", "params"): meets_linear_layers_as_convolutions,
    ("SegNet", "fractional_layers"): meets_fractional_layers,
    ("SegNet", "params_encoder"): meets_encoder,
    ("SegNet", "encoder_reduction"): meets_reduction,
    ("SegNet-Basic", "fractional_layers"): meets_fractional_layers,
    ("Upsampling", "formula"): meets_transposed_formula,
    ("Upsampling", "output_size"): meets_transposed_size,
    ("Upsampling", "params"): meets_no_parameters,
}
