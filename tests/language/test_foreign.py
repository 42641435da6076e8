"""The vocabulary of other libraries: every entry leads to something that the language has."""

from __future__ import annotations

import re

import pytest

import archcalc
from archcalc.diagnostics import Help
from archcalc.diagnostics.patch import new_lines
from archcalc.layers.table import KINDS, layer_fields
from archcalc.spec import advice, foreign
from archcalc.spec.names import STEP_KEYS, WIRING_KINDS

FIELDS = {field for kind in KINDS for field in layer_fields(kind)[0]} | {"branches"}
LAYERS = sorted(
    {name for names in foreign._SYNONYMS.values() for name in names.split()}
    | {name for names in foreign._REASONS for name in names.split()}
)

PYTORCH = {
    "nn.Conv2d": "conv",
    "nn.ConvTranspose1d": "conv_transpose",
    "nn.Linear": "linear",
    "nn.LazyLinear": "linear",
    "nn.Dropout": "dropout",
    "nn.Dropout2d": "channel_dropout",
    "nn.AlphaDropout": "alpha_dropout",
    "nn.AdaptiveAvgPool2d": "adaptive_avg_pool",
    "nn.MaxUnpool2d": "unpool",
    "nn.Unflatten": "reshape",
    "nn.SyncBatchNorm": "batch_norm",
    "nn.LocalResponseNorm": "lrn",
    "nn.PixelUnshuffle": "pixel_unshuffle",
    "nn.ZeroPad2d": "pad",
    "nn.MultiheadAttention": "attention",
    "register_buffer": "buffer",
    "nn.Parameter": "parameter",
    "F.interpolate": "upsample",
    "torch.cat": "concat",
    "nn.Hardswish": "hardswish",
    "nn.LogSoftmax": "log_softmax",
}
KERAS = {
    "layers.Dense": "linear",
    "keras.layers.Conv2DTranspose": "conv_transpose",
    "SpatialDropout1D": "channel_dropout",
    "DepthwiseConv2D": "depthwise",
    "GlobalAveragePooling2D": "global_avg_pool",
    "BatchNormalization": "batch_norm",
    "Concatenate": "concat",
    "UpSampling2D": "upsample",
    "Cropping2D": "crop",
    "LeakyReLU": "leaky_relu",
    "Permute": "permute",
}
ELSEWHERE = {
    "InnerProduct": "linear",
    "Eltwise": "add",
    "LRN": "lrn",
    "route": "concat",
    "DepthToSpace": "pixel_shuffle",
    "Gemm": "linear",
    "ReduceMean": "mean",
    "dwconv": "depthwise",
    "lrelu": "leaky_relu",
    "token": "select",
    "h_swish": "hardswish",
    "drop_path": "stochastic_depth",
    "cls_token": "class_token",
    "pos_embed": "position_embedding",
    "gap": "global_avg_pool",
    "constant": "buffer",
    "ConstantOfShape": "buffer",
}
REASONED = {
    "residual": "`- add: [here, [STEPS]]`",
    "subsample": "`- max_pool: [1, 2]`",
    "conv3x3": "`- conv: [OUT, 3]`",
    "SeparableConv2D": "`- depthwise: 3` and `- conv: [OUT, 1]`",
    "nn.Sequential": "`- do: [...]`",
    "LayerNorm2d": "`- layer_norm: channels`",
    "einsum": "a product of two maps is `matmul`",
    "nn.CrossEntropyLoss": "a loss belongs to training",
    "norm": "say which one",
}

OF_THE_BATCH = "`dim: 0` is the batch in PyTorch, which is left out here: `axis: 0` is the axis behind it"


@pytest.mark.parametrize("name", LAYERS)
def test_every_foreign_layer_leads_somewhere(name: str) -> None:
    assert name == foreign.spellings(name)[0], "names stand without case and separators"
    assert name not in {kind.replace("_", "") for kind in KINDS}, "the language has it"
    (help,) = advice.kind_help(name, None, {})
    meant = re.fullmatch(r"did you mean `(\w+)`\?", help)
    assert meant is None or meant[1] in (*KINDS, *WIRING_KINDS)
    assert "{value}" not in help


@pytest.mark.parametrize("known", [PYTORCH, KERAS, ELSEWHERE], ids=["PyTorch", "Keras", "elsewhere"])
def test_layers_of_libraries_and_papers_are_known(known: dict[str, str]) -> None:
    assert {name: advice.known_kind(name, {}) for name in known} == known


@pytest.mark.parametrize(("name", "part"), REASONED.items(), ids=list(REASONED))
def test_what_no_single_layer_is_has_a_reason(name: str, part: str) -> None:
    report = archcalc.load(f"input: [3, 8, 8]\nlayers:\n  - {name}: 2").check()
    (finding,) = report.diagnostics
    assert finding.code.id == "AC131" and part in finding.help[0]
    assert advice.known_kind(name, {}) is None, "nothing could be written in its place"


def test_every_foreign_field_and_key_leads_somewhere() -> None:
    assert set(foreign._FIELDS) <= FIELDS
    assert set(foreign._STEP_KEYS) <= set(STEP_KEYS)
    assert not {name for name in foreign._STEP_KEY_OF if name in STEP_KEYS}


@pytest.mark.parametrize(
    ("kind", "field", "value", "help"),
    [
        ("max_pool", "ceil_mode", "true", "write `rounding: ceil`"),
        ("max_pool", "ceil_mode", "False", "write `rounding: floor`"),
        ("conv", "num_output", "8", "did you mean `out`?"),
        ("conv", "filters", "8", "did you mean `out`?"),
        ("linear", "units", "8", "did you mean `out`?"),
        ("conv", "dilation_rate", "2", "did you mean `dilation`?"),
        ("conv", "feature_group_count", "2", "did you mean `groups`?"),
        ("conv", "data_format", "NCHW", "it changes neither shapes nor counts: leave it out"),
        ("conv", "activation", "softmax", "an activation is a step of its own: `- softmax`"),
        ("conv", "activation", "LeakyReLU", "an activation is a step of its own: `- leaky_relu`"),
        ("linear", "activation", "linear", "without it nothing is done: leave it out"),
        ("conv", "act", "nn.SiLU", "an activation is a step of its own: `- silu`"),
        ("lp_pool", "p", "2", "did you mean `norm`?"),
        ("dropout", "p", "0.5", "did you mean `rate`?"),
        (
            "dropout",
            "keep_prob",
            "0.9",
            "`rate` is the probability with which a value is dropped: write `rate: 1 - 0.9`",
        ),
        ("batch_norm", "track_running_stats", "false", "did you mean `track`?"),
        ("layer_norm", "elementwise_affine", "false", "did you mean `affine`?"),
        ("leaky_relu", "negative_slope", "0.1", "did you mean `slope`?"),
        ("attention", "num_heads", "2", "did you mean `heads`?"),
        ("attention", "embed_dim", "2", "did you mean `dim`?"),
        ("group_norm", "num_groups", "2", "did you mean `groups`?"),
        ("permute", "dims", "[0, 2, 3, 1]", "axes are counted without the batch: write `axes: [1, 2, 0]`"),
        ("upsample", "scale_factor", "2", "did you mean `factor`?"),
        ("lrn", "depth_radius", "2", "did you mean `size`?"),
        ("concat", "dim", "1", "axes are counted without the batch: write `axis: 0`"),
        ("softmax", "dim", "-1", "did you mean `axis`?"),
        ("softmax", "dim", "0", OF_THE_BATCH),
        ("mean", "dim", "[2, 3]", "axes are counted without the batch: write `axes: [1, 2]`"),
        ("split", "split_size_or_sections", "[1, 2]", "did you mean `sizes`?"),
    ],
)
def test_fields_of_other_libraries_are_known(kind: str, field: str, value: str, help: str) -> None:
    report = archcalc.load(f"input: [3, 8, 8]\nlayers:\n  - {kind}: {{{field}: {value}}}").check()
    assert [one.help[0] for one in report.diagnostics if one.code.id == "AC130"] == [help]


@pytest.mark.parametrize(
    ("step", "instead"),
    [
        ("Conv2d: [6, 3]", "conv"),
        ("nn.MaxPool2d: 2", "max_pool"),
        ("ReLU", "relu"),
        ("dropout2d: 0.5", "channel_dropout"),
        ("unflatten: [3, 64]", None),
        ("lienar: 10", None),
        ("LSTM: 10", "lstm"),
        ("residual: [relu]", None),
        ("conv: {out: 6, kernel_size: 3}", "kernel"),
        ("conv: {filters: 6, kernel: 3}", "out"),
        ("softmax: {dim: 1}", None),
        ("mean: {dim: [1, 2]}", None),
        ("conv: {out: 6, kernel: 3, strides: 2}", "stride"),
        ("conv: {out: 6, filters: 6, kernel: 3}", None),
        ("conv: {out: 6, kernle: 3}", None),
        ("conv: {out: 6, kernel: 3, inplace: true}", None),
        ("conv: {out:6, kernel: 3}", "out: 6"),
        ("conv:[6, 3]", "conv: [6, 3]"),
    ],
)
def test_a_spelling_with_one_reading_says_what_must_have_been_meant(step: str, instead: str | None) -> None:
    finding = archcalc.load(f"input: [3, 8, 8]\nlayers:\n  - {step}").check().diagnostics[0]
    certain = [help.changes[0].text for help in finding.help if isinstance(help, Help) and help.is_certain]
    assert certain == ([] if instead is None else [instead])


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("input: [3, 8, 8]\nlayers: [{softmax: {dim: 1}}]", "layers: [{softmax: {axis: 0}}]"),
        ('{"input": [3, 8, 8],\n"layers": [{"mean": {"dim": [2, 3]}}]}', '"layers": [{"mean": {"axes": [1, 2]}}]}'),
    ],
    ids=["YAML", "JSON"],
)
def test_an_axis_of_pytorch_is_rewritten_as_the_file_writes_keys(text: str, line: str) -> None:
    (finding,) = (one for one in archcalc.load(text).check().diagnostics if one.code.id == "AC130")
    (help,) = (help for help in finding.help if isinstance(help, Help))
    (new,) = new_lines(help.changes, dict(enumerate(text.split("\n"), start=1)).get)
    assert new.text == line


@pytest.mark.parametrize(
    ("step", "line"),
    [
        ("{concat: [here, here], dim: 1}", "concat: {branches: [here, here], axis: 0}"),
        ("{concat: [here, here], dim: -1}", "concat: {branches: [here, here], axis: -1}"),
        ("{mean: {keep: true}, dim: [2, 3]}", "mean: {keep: true, axes: [1, 2]}"),
        ("{type: softmax, dim: 1}", "softmax: {axis: 0}"),
    ],
)
def test_an_axis_of_pytorch_is_counted_without_the_batch_wherever_it_stands(step: str, line: str) -> None:
    (finding,) = archcalc.load(f"input: [3, 8, 8]\nlayers:\n  - {step}").check().diagnostics
    assert line in finding.help[0]


def test_a_block_of_that_name_is_another_reading() -> None:
    spec = (
        "input: [3, 8, 8]\nblocks: {shortcuts: [relu], dense_2: [relu]}\nlayers: [shortcuts, dense_2, shortcut, dense]"
    )
    found = archcalc.load(spec).check().diagnostics
    assert [one.help for one in found] == [("did you mean `shortcuts`?",), ("did you mean `dense_2`?",)]
    assert not any(isinstance(help, Help) and help.is_certain for one in found for help in one.help)
