"""Every convention of a tool is that tool's count, to the unit, of every network that it was run on.

What tools say stands in measured.json and measured_apart.json, which measure.py writes from live runs. Where a
convention differs, the pair stands below with the fault of the tool that no rule over kinds of layers can follow.
"""

from __future__ import annotations

from pathlib import Path

import catalogue
import pytest
from conventions.measured import APART, OPEN, PATH, Measured

import archcalc
from archcalc import Report
from archcalc.conventions import find, total
from archcalc.quantities import convention_named

MEASURED = (Measured.read(PATH).networks, Measured.read(APART).networks)
TOOLS = {
    "FlopCounterMode-meta": "torch",
    "torchinfo": "torchinfo",
    "fvcore": "fvcore",
    "thop": "thop",
    "ptflops": "ptflops",
    "ptflops-aten": "ptflops-aten",
    "calflops": "calflops",
    "torchlens": "torchlens",
    "onnx-tool": "onnx-tool",
    "deepspeed": "deepspeed",
    "thop-0.0.31": "thop-0.0.31",
    "ptflops-0.6.9": "ptflops-0.6.9",
}
"""What the files call the tools, and their conventions."""

SLOW_ATTENTION = "where attention has a trained bias, a CPU takes single operators, which are counted"
TURNED = "a linear layer behind a map that was turned around is a product and a sum, whose bias is not counted"
SAME = 'code that says padding="same" takes another operator, which has no rule; the same rows as numbers are counted'
TABLES = "a module without modules inside is counted by its tensors called bias, such as a table of biases"
REGIONS = "regions are pooled by small operators, which are counted"
BLOCKS = "unpooling by blocks is made of small operators, which are counted"
BUCKETS = "distances are put into buckets by small operators, which are counted"
EXPRESSIONS = "an expression over single numbers is counted by its operators"
UNREAD = "what is recorded of a run has no layer whose map nobody reads"
HELD = "what the class around holds is no module, and not seen"
ONCE = "the exporter computes what several layers compute of the same maps once"
NAMED = {
    **{
        ("fvcore", name): SAME
        for name in (
            *(f"associative_clustering:{name}" for name in ("centroids", "embedding", "logits")),
            *(f"inception_layer:{name}" for name in ("direct", "reduced")),
            *(f"inception_module:{name}" for name in ("naive", "reduced")),
            *(f"inception_v3:{name}" for name in ("aux", "keras", "keras-2016", "plain")),
            *(f"mobilenet_v1_layer:{name}" for name in ("alpha-0.75", "full", "rho-0.714", "separable")),
            *(f"vgg:{name}" for name in ("A", "A-LRN", "B", "C", "D", "E")),
            "upsampling:unpooled-5",
            "xception",
        )
    },
    **{("torchinfo", f"maxvit:{name}"): TABLES for name in ("pico_256", "tiny", "tiny_256")},
    **{(tool, f"wavenet:{name}"): UNREAD for tool in ("fvcore", "onnx-tool") for name in ("stack", "three-stacks")},
    **{("ptflops-aten", f"maxvit:{name}"): SLOW_ATTENTION for name in ("pico_256", "tiny", "tiny_256")},
    **{("ptflops-aten", f"swin:{name}"): SLOW_ATTENTION for name in ("base", "small", "tiny")},
    ("ptflops-aten", "t5"): SLOW_ATTENTION,
    **{("ptflops-aten", f"mixer:{name}"): TURNED for name in ("b16", "l16", "s16", "s32")},
    ("ptflops-aten", "detr"): TURNED,
    **{
        (tool, f"fast_rcnn:{name}"): REGIONS
        for tool in ("torchlens", "onnx-tool")
        for name in ("CaffeNet", "VGG16", "VGG16-floor", "VGG_CNN_M_1024")
    },
    ("torchlens", "faster_rcnn"): REGIONS,
    **{("torchlens", name): EXPRESSIONS for name in ("detr", "swin:base", "swin:small", "swin:tiny")},
    ("onnx-tool", "t5"): EXPRESSIONS,
    # Five of six sums of the encoder's map with its positions, 1,056,000; and 25,600 more for an expression.
    ("onnx-tool", "detr"): ONCE,
    ("torchinfo", "detr"): TABLES,
    ("torchinfo", "fcn:8s-at-once"): HELD,
    ("torchlens", "chairs"): BLOCKS,
    ("torchlens", "upsampling:unpooled-5"): BLOCKS,
    ("torchlens", "t5"): BUCKETS,
}

MINIMAL = [
    (SAME, "fvcore", 0, "input: [3, 8, 8]\nlayers: [conv: {out: 4, kernel: 3, padding: same}]"),
    *(
        (
            UNREAD,
            tool,
            answer,
            "input: [3, 8, 8]\nlayers: [{conv: [4, 3], as: read}, {conv: [5, 1], as: unread}]\noutput: [read]",
        )
        for tool, answer in (("fvcore", 3888), ("onnx-tool", 4032))
    ),
    (
        SLOW_ATTENTION,
        "ptflops-aten",
        960,
        "input: [8, 6]\n"
        "layers: [tokens, {linear: 8, as: q}, {parameter: [2, 6, 6], as: table},"
        " dot_attention: {branches: [q, q, q], heads: 2, mask: table}]",
    ),
    (
        TURNED,
        "ptflops-aten",
        720,
        "input: [4, 6, 6]\nlayers: [tokens, layer_norm, permute: {axes: [1, 0], layout: channels_last}, linear: 5]",
    ),
    (
        TABLES,
        "torchinfo",
        864,
        "input: [4, 6, 6]\nblocks: {biased: [{parameter: [4, 6, 6], as: bias}, add: [input, bias]]}\n"
        "layers: [conv: [4, 1], {biased: [], as: inner}]",
    ),
    *(
        (
            REGIONS,
            tool,
            answer,
            "input: {image: [3, 14, 14], rois: {shape: [4], count: R}}\nat: {R: 1}\n"
            "layers: [{roi_pool: {boxes: rois, size: 7}, from: image}, flatten, linear: 10]",
        )
        for tool, answer in (("torchlens", 13804), ("onnx-tool", 12577))
    ),
    (
        ONCE,
        "onnx-tool",
        288,
        "input: [4, 6, 6]\nlayers: [{relu, as: a}, {relu, from: input, as: b}, add: [a, b]]",
    ),
    (EXPRESSIONS, "onnx-tool", 144, 'input: [4, 6, 6]\nlayers: [elementwise: "0 * x"]'),
    (BLOCKS, "torchlens", 16, "input: [4, 8, 8]\nlayers: [unpool: {kernel: 2}]"),
    (EXPRESSIONS, "torchlens", 144, 'input: [4, 6, 6]\nlayers: [elementwise: "0 * x"]'),
    (
        BUCKETS,
        "torchlens",
        2108,
        "input: {shape: [10], dtype: int}\nlayers: [relative_buckets: 32, embedding: [32, 4]]",
    ),
]
"""Of each fault a small network that has it, and what the tool says of it; test_tools.py asks again."""

LAYERS = Path(__file__).parents[1] / "cases" / "layers"
ON_LAYERS = {
    "deepspeed": {
        "adaptive_avg_pool": 845,
        "adaptive_max_pool": 845,
        "attention": 8320,
        "avg_pool": 4704,
        "batch_norm": 768,
        "conv": 12120,
        "conv_transpose": 24108,
        "deform_conv": 64992,
        "depthwise": 7200,
        "dot_attention": 360,
        "elu": 384,
        "embedding": 0,
        "experts": 5640,
        "fields_of_frameworks": 6072,
        "frozen_batch_norm": 384,
        "gelu": 384,
        "global_max_pool": 845,
        "group_norm": 1920,
        "gru": 3650,
        "hardswish": 0,
        "instance_norm": 1920,
        "layer_norm": 480,
        "leaky_relu": 384,
        "linear": 160,
        "lp_pool": 990,
        "lrn": 282852,
        "lstm": 16400,
        "matmul": 324,
        "prelu": 384,
        "recurrent_side_by_side": 33480,
        "relu6": 0,
        "rms_norm": 0,
        "rnn": 2300,
        "sigmoid": 0,
        "silu": 384,
        "single_bias": 0,
        "softmax": 384,
        "unpool": 256,
        "upsample": 150,
    },
    "thop-0.0.31": {
        "adaptive_avg_pool": 630,
        "attention": 0,
        "conv_transpose": 47628,
        "frozen_batch_norm": 390,
        "gru": 2300,
        "leaky_relu": 384,
        "linear": 80,
        "lstm": 13600,
        "max_pool": 0,
        "prelu": 0,
        "rnn": 1400,
        "single_bias": 0,
        "upsample": 4950,
    },
    "ptflops-0.6.9": {
        "adaptive_avg_pool": 845,
        "adaptive_max_pool": 845,
        "attention": 4760,
        "conv_transpose": 47628,
        "frozen_batch_norm": 384,
        "gelu": 384,
        "global_max_pool": 845,
        "group_norm": 768,
        "gru": 2300,
        "leaky_relu": 384,
        "linear": 90,
        "lstm": 10800,
        "max_pool": 1014,
        "prelu": 384,
        "rnn": 1400,
        "single_bias": 0,
        "upsample": 450,
    },
    "torchinfo": {"gru": 1950, "rnn": 1300, "lstm": 9400, "single_bias": 2940, "recurrent_side_by_side": 17640},
    "fvcore": {"gru": 0, "rnn": 0, "lstm": 0, "frozen_batch_norm": 384, "fields_of_frameworks": 6072},
    "thop": {
        "gru": 2300,
        "rnn": 1400,
        "lstm": 13600,
        "single_bias": 0,
        "recurrent_side_by_side": 20064,
        "adaptive_max_pool": 0,
        "global_max_pool": 0,
        "lp_pool": 0,
        "frozen_batch_norm": 390,
        "fields_of_frameworks": 2400,
    },
    "ptflops": {
        "gru": 2300,
        "rnn": 1400,
        "lstm": 10800,
        "single_bias": 0,
        "recurrent_side_by_side": 20544,
        "adaptive_max_pool": 1690,
        "global_max_pool": 1690,
        "lp_pool": 990,
        "frozen_batch_norm": 768,
        "fields_of_frameworks": 600,
    },
    "ptflops-aten": {
        "matmul": 144,
        "gru": 1800,
        "rnn": 1200,
        "lstm": 9000,
        "recurrent_side_by_side": 3024,
        "lp_pool": 0,
    },
    "calflops": {
        "gru": 3650,
        "rnn": 2300,
        "lstm": 16400,
        "single_bias": 0,
        "recurrent_side_by_side": 33480,
        "fields_of_frameworks": 6072,
    },
    "onnx-tool": {
        "dot_attention": 1324,
        "adaptive_max_pool": 845,
        "global_max_pool": 845,
        "glu": 20928,
        "group_norm": 3456,
        "hardtanh": 768,
        "instance_norm": 2688,
        "log_sigmoid": 28800,
        "log_softmax": 30720,
        "lp_pool": 29088,
        "matmul": 1440,
        "max": 63308,
        "softplus": 31488,
        "softsign": 2304,
        "sum": 288,
    },
    "torchlens": {
        "adaptive_max_pool": 1690,
        "alpha_dropout": 768,
        "celu": 3456,
        "channel_dropout": 768,
        "global_max_pool": 1690,
        "glu": 2112,
        "log_sigmoid": 1920,
        "log_softmax": 2304,
        "lp_pool": 2844,
        "matmul": 468,
        "max": 77028,
        "softsign": 1152,
        "sum": 288,
    },
}
"""What tools say of kinds of layers by their cases in tests/cases/layers, asked as measure.py asks them."""


def pairs() -> list[tuple[str, str, int]]:
    """Each tool with each network that it could count, and the count."""
    return [
        (tool, network, answer)
        for networks in MEASURED
        for network, told in networks.items()
        for tool in TOOLS
        if isinstance(answer := told.get(tool), int)
    ]


def _checked(network: str) -> Report:
    """A network with the number that it was measured with for every symbol that its spec leaves open."""
    found = catalogue.report(network)
    values = {name: OPEN for name, value in found.symbols.items() if not isinstance(value, int)}
    return catalogue.architecture(network).check(values) if values else found


@pytest.mark.once
@pytest.mark.parametrize("tool", TOOLS)
def test_a_convention_is_what_its_tool_counts(tool: str) -> None:
    convention = find(TOOLS[tool])
    compared = 0
    for name, network, told in pairs():
        if name == tool:
            found = total(convention, _checked(network).graph.nodes)
            assert (found != told) == ((tool, network) in NAMED), f"{network}: {found}, and {tool} says {told}"
            compared += 1
    assert compared


@pytest.mark.parametrize(("tool", "case"), [(tool, case) for tool, cases in ON_LAYERS.items() for case in cases])
def test_a_convention_is_what_its_tool_counts_of_one_layer(tool: str, case: str) -> None:
    nodes = archcalc.load(LAYERS / f"{case}.yaml").check().graph.nodes
    assert total(find(TOOLS[tool]), nodes) == ON_LAYERS[tool][case]


@pytest.mark.parametrize(("fault", "tool", "answer", "text"), MINIMAL)
def test_a_fault_shows_in_a_small_network(fault: str, tool: str, answer: int, text: str) -> None:
    found = archcalc.load(text + "\n").check()
    assert found.ok, [str(one) for one in found.diagnostics]
    assert total(find(TOOLS[tool]), found.graph.nodes) != answer
    assert fault in NAMED.values()


def test_what_is_named_is_little() -> None:
    known = {(tool, network) for tool, network, _ in pairs()}
    assert set(NAMED) <= known
    assert len(NAMED) <= len(known) // 20


def test_every_tool_has_a_convention_of_its_name() -> None:
    for name in TOOLS.values():
        assert convention_named(name) is not None
