"""Caffe's files: whole networks against the catalogue, layers against Caffe's own definitions, and broken files."""

from __future__ import annotations

import random
import re
from math import ceil, floor, prod
from pathlib import Path

import effort
import pytest

import archcalc
from archcalc.importing.caffe import read
from archcalc.importing.caffe.prototext import parsed
from archcalc.importing.failure import ImportFailure
from archcalc.importing.imported import imported
from archcalc.importing.passes import finished
from archcalc.importing.record import Layer, Record

NETS = Path(__file__).parent / "nets"


def saved(text: str, folder: Path) -> Path:
    path = folder / "net.prototxt"
    path.write_text(text)
    return path


def net(*layers: str, shape: tuple[int, ...] = (4, 13, 11)) -> str:
    """A network whose layers read and write the blob x."""
    dims = " ".join(f"dim: {size}" for size in (1, *shape))
    lines = [f'layer {{ name: "l{at}" top: "x" bottom: "x" {layer} }}' for at, layer in enumerate(layers)]
    return "\n".join([f'input: "x" input_shape {{ {dims} }}', *lines])


def layers(text: str, folder: Path) -> list[Layer]:
    return list(read(saved(text, folder)).layers())


def totals(record: Record) -> tuple[int, int]:
    found = imported(finished(record))
    return int(str(found.parameters)), int(str(found.multiplications))


# Whole networks


@pytest.mark.parametrize(
    ("name", "spec", "lines"),
    [
        ("caffenet", "alexnet:two-groups", 25),
        ("vgg16", "vgg:D", 25),
        ("googlenet_deploy", "googlenet:caffe", 55),
    ],
)
def test_a_network_is_that_of_the_catalogue(name: str, spec: str, lines: int) -> None:
    record = read(NETS / f"{name}.prototxt")
    found = imported(finished(record))
    wanted = archcalc.load(spec).check().totals
    assert (found.parameters, found.multiplications) == (wanted.parameters, wanted.multiplications)
    assert (found.names.renamed, found.names.unreached, found.level) == ({}, [], "structured")
    assert len(found.text.splitlines()) <= lines


def squeezenet() -> str:
    """SqueezeNet 1.1, as its authors' file has it."""

    def conv(name: str, bottom: str, out: int, window: str) -> list[str]:
        param = f"convolution_param {{ num_output: {out} {window} }}"
        found = [f'layer {{ name: "{name}" type: "Convolution" bottom: "{bottom}" top: "{name}" {param} }}']
        relu = name.replace("/", "/relu_")
        return [*found, f'layer {{ name: "{relu}_relu" type: "ReLU" bottom: "{name}" top: "{name}" }}']

    lines = ['input: "data" input_shape { dim: 1 dim: 3 dim: 224 dim: 224 }']
    lines += conv("conv1", "data", 64, "kernel_size: 3 stride: 2")
    last = "conv1"
    for number, width in enumerate((0, 0, 16, 16, 32, 32, 48, 48, 64, 64)):
        if number in (1, 3 + 1, 5 + 1):
            name = f"pool{number - (number > 1)}"
            window = "pooling_param { pool: MAX kernel_size: 3 stride: 2 }"
            lines.append(f'layer {{ name: "{name}" type: "Pooling" bottom: "{last}" top: "{name}" {window} }}')
            last = name
        if width:
            fire = f"fire{number}"
            lines += conv(f"{fire}/squeeze1x1", last, width, "kernel_size: 1")
            lines += conv(f"{fire}/expand1x1", f"{fire}/squeeze1x1", 4 * width, "kernel_size: 1")
            lines += conv(f"{fire}/expand3x3", f"{fire}/squeeze1x1", 4 * width, "pad: 1 kernel_size: 3")
            last, both = f"{fire}/concat", f'bottom: "{fire}/expand1x1" bottom: "{fire}/expand3x3"'
            lines.append(f'layer {{ name: "{last}" type: "Concat" {both} top: "{last}" }}')
    lines += conv("conv10", last, 1000, "kernel_size: 1")
    pool = "pooling_param { pool: AVE global_pooling: true }"
    lines.append(f'layer {{ name: "pool10" type: "Pooling" bottom: "conv10" top: "pool10" {pool} }}')
    return "\n".join(lines)


def test_blocks_are_found_by_the_paths_in_names(tmp_path: Path) -> None:
    found = imported(finished(read(saved(squeezenet(), tmp_path))))
    assert (found.parameters, found.multiplications) == (1_235_496, 349_151_936)
    assert len(found.text.splitlines()) < 35


def test_a_file_for_training_has_its_heads_and_no_losses() -> None:
    path = NETS / "googlenet_train_val.prototxt"
    with pytest.raises(ImportFailure) as failure:
        read(path)
    assert str(failure.value) == (
        "input data: the file does not say how large the input is\nhelp: give its sizes: `--input 3x224x224`"
    )
    record = read(path, (3, 224, 224))
    wanted = archcalc.load("googlenet:caffe-heads").check().totals
    assert totals(record) == (wanted.parameters, wanted.multiplications)
    assert [value.shape for value in record.outputs] == [(1000,)] * 3
    assert record.notes == ["layers that compare outputs with labels are left out"]


def test_the_three_layouts_are_one_network(tmp_path: Path) -> None:
    head = 'input: "data" input_dim: 1 input_dim: 3 input_dim: 20 input_dim: 20 '
    today = head + (
        'layer { name: "c" type: "Convolution" bottom: "data" top: "c"'
        " convolution_param { num_output: 4 kernel_size: 3 } }"
        'layer { name: "p" type: "Pooling" bottom: "c" top: "p" pooling_param { pool: AVE kernel_size: 3 stride: 2 } }'
        'layer { name: "i" type: "InnerProduct" bottom: "p" top: "i" inner_product_param { num_output: 7 } }'
    )
    older = re.sub(r'type: "(\w+)"', lambda match: f"type: {TYPES[match[1]]}", today).replace("layer {", "layers {")
    oldest = head + (
        'layers { layer { name: "c" type: "conv" num_output: 4 kernelsize: 3 } bottom: "data" top: "c" }'
        'layers { layer { name: "p" type: "pool" pool: AVE kernelsize: 3 stride: 2 } bottom: "c" top: "p" }'
        'layers { layer { name: "i" type: "innerproduct" num_output: 7 } bottom: "p" top: "i" }'
    )
    texts = [imported(finished(read(saved(text, tmp_path)))).text for text in (today, older, oldest)]
    assert texts[0] == texts[1] == texts[2]


TYPES = {"Convolution": "CONVOLUTION", "Pooling": "POOLING", "InnerProduct": "INNER_PRODUCT"}


# Single layers


def pooled(size: int, kernel: int, stride: int, pad: int) -> int:
    """How many windows Caffe's pooling has: rounded up, and with padding none that starts behind the map."""
    found = ceil((size + 2 * pad - kernel) / stride) + 1
    return found - 1 if pad and (found - 1) * stride >= size + pad else found


@pytest.mark.parametrize("kernel", [1, 2, 3, 5])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("pad", [0, 1, 2])
def test_windows_are_rounded_as_caffe_rounds_them(kernel: int, stride: int, pad: int, tmp_path: Path) -> None:
    if pad >= kernel:
        return  # Caffe refuses a padding as wide as the window.
    window = f"kernel_size: {kernel} stride: {stride} pad: {pad}"
    text = net(f'type: "Pooling" pooling_param {{ {window} }}')
    assert layers(text, tmp_path)[0].output.shape == (4, *(pooled(size, kernel, stride, pad) for size in (13, 11)))
    text = net(f'type: "Convolution" convolution_param {{ num_output: 2 {window} }}')
    sizes = [floor((size + 2 * pad - kernel) / stride) + 1 for size in (13, 11)]
    assert layers(text, tmp_path)[0].output.shape == (2, *sizes)
    text = net(f'type: "Deconvolution" convolution_param {{ num_output: 2 {window} }}')
    assert layers(text, tmp_path)[0].output.shape == (2, *((size - 1) * stride + kernel - 2 * pad for size in (13, 11)))


SINGLE: list[tuple[str, list[tuple[str, dict[str, object]]]]] = [
    ('type: "ReLU"', [("relu", {})]),
    ('type: "ReLU" relu_param { negative_slope: 0.1 }', [("leaky_relu", {"slope": 0.1})]),
    ('type: "PReLU"', [("prelu", {"per_channel": True})]),
    ('type: "PReLU" prelu_param { channel_shared: true }', [("prelu", {})]),
    ('type: "ELU" elu_param { alpha: 0.5 }', [("elu", {"alpha": 0.5})]),
    ('type: "Sigmoid"', [("sigmoid", {})]),
    ('type: "TanH"', [("tanh", {})]),
    ('type: "BNLL"', [("softplus", {})]),
    ('type: "AbsVal"', [("elementwise", {"value": "abs(x)"})]),
    ('type: "Power" power_param { power: 2 scale: 0.5 shift: -1 }', [("elementwise", {"value": "(0.5 * x - 1) ** 2"})]),
    ('type: "Exp"', [("elementwise", {"value": "exp(x)"})]),
    ('type: "Exp" exp_param { base: 2 }', [("elementwise", {"value": "2 ** (x)"})]),
    ('type: "Log" log_param { shift: 1 }', [("elementwise", {"value": "log(x + 1)"})]),
    ('type: "Clip" clip_param { min: 0 max: 6 }', [("relu6", {})]),
    ('type: "Dropout"', [("dropout", {"rate": 0.5})]),
    ('type: "Softmax"', [("softmax", {"axis": 0})]),
    ('type: "LRN" lrn_param { local_size: 3 alpha: 0.5 }', [("lrn", {"size": 3, "alpha": 0.5, "beta": 0.75, "k": 1})]),
    ('type: "LRN" lrn_param { norm_region: WITHIN_CHANNEL }', [("opaque", {})]),
    ('type: "MVN"', [("instance_norm", {"eps": 1e-9})]),
    ('type: "Scale" scale_param { bias_term: true }', [("affine", {})]),
    ('type: "Scale"', [("layer_scale", {"initial": 1})]),
    ('type: "Bias"', [("parameter", {"shape": [4, 1, 1]}), ("add", {"broadcast": True})]),
    ('type: "Flatten"', [("flatten", {})]),
    ('type: "Flatten" flatten_param { axis: 2 }', [("flatten", {"axes": [1, 2]})]),
    ('type: "Reshape" reshape_param { shape { dim: 0 dim: 2 dim: -1 } }', [("reshape", {"shape": [2, -1]})]),
    ('type: "Permute" permute_param { order: 0 order: 2 order: 3 order: 1 }', [("permute", {"axes": [1, 2, 0]})]),
    ('type: "Reduction" reduction_param { operation: MEAN axis: 2 }', [("mean", {"axes": [1, 2]})]),
    ('type: "ShuffleChannel" shuffle_channel_param { group: 2 }', [("channel_shuffle", {"groups": 2})]),
    ('type: "Pooling" pooling_param { global_pooling: true }', [("global_max_pool", {})]),
    (
        'type: "Interp" interp_param { zoom_factor: 2 }',
        [("upsample", {"size": [25, 21], "mode": "bilinear", "coordinates": "align_corners"})],
    ),
    (
        'type: "Convolution" convolution_param'
        " { num_output: 4 kernel_h: 1 kernel_w: 3 pad_w: 1 group: 4 bias_term: false }",
        [("depthwise", {"kernel": [1, 3], "padding": [0, 1], "bias": False})],
    ),
]


@pytest.mark.parametrize(("text", "wanted"), SINGLE)
def test_a_layer_is_this(text: str, wanted: list[tuple[str, dict[str, object]]], tmp_path: Path) -> None:
    found = layers(net(text), tmp_path)
    shown = [(one.kind, {} if one.kind == "opaque" else one.fields) for one in found]
    assert shown == wanted


def test_a_batch_norm_and_its_scale_are_one(tmp_path: Path) -> None:
    text = net(
        'type: "BatchNorm"', 'type: "Scale" scale_param { bias_term: true }', 'type: "ReLU"', 'type: "BatchNorm"'
    )
    record = read(saved(text, tmp_path))
    assert [one.kind for one in record.layers()] == ["batch_norm", "relu", "batch_norm"]
    assert [(one.name, prod(one.shape), one.trainable) for one in record.tensors] == [
        ("l0.weight", 4, True),
        ("l0.bias", 4, True),
        ("l0.running_mean", 4, False),
        ("l0.running_var", 4, False),
        ("l0.scale_factor", 1, False),
        ("l3.running_mean", 4, False),
        ("l3.running_var", 4, False),
        ("l3.scale_factor", 1, False),
    ]
    assert totals(record) == (8, 0)


def test_maps_are_joined_cut_and_cropped(tmp_path: Path) -> None:
    text = """
    input: "x" input_shape { dim: 1 dim: 4 dim: 10 dim: 10 }
    layer { name: "cut" type: "Slice" bottom: "x" top: "a" top: "b" slice_param { slice_point: 1 } }
    layer { name: "conv" type: "Convolution" bottom: "b" top: "c" convolution_param { num_output: 1 kernel_size: 3 } }
    layer { name: "crop" type: "Crop" bottom: "a" bottom: "c" top: "d" crop_param { offset: 1 } }
    layer { name: "sum" type: "Eltwise" bottom: "c" bottom: "d" top: "e" eltwise_param { coeff: 1 coeff: -1 } }
    layer { name: "most" type: "Eltwise" bottom: "e" bottom: "d" top: "f" eltwise_param { operation: MAX } }
    layer { name: "twice" type: "Split" bottom: "f" top: "g" top: "h" }
    layer { name: "join" type: "Concat" bottom: "g" bottom: "h" top: "i" }
    """
    record = read(saved(text, tmp_path))
    kinds = [(one.kind, one.output.shape) for one in record.layers()]
    assert kinds == [
        ("split", (1, 10, 10)),
        ("conv", (1, 8, 8)),
        ("crop", (1, 8, 8)),
        ("subtract", (1, 8, 8)),
        ("elementwise", (1, 8, 8)),
        ("concat", (2, 8, 8)),
    ]
    assert totals(record) == (28, 27 * 64)


def test_gates_of_channels_are_products(tmp_path: Path) -> None:
    text = """
    input: "x" input_shape { dim: 1 dim: 4 dim: 5 dim: 5 }
    layer { name: "pool" type: "Pooling" bottom: "x" top: "p" pooling_param { pool: AVE global_pooling: true } }
    layer { name: "fc" type: "InnerProduct" bottom: "p" top: "fc" inner_product_param { num_output: 4 } }
    layer { name: "gate" type: "Sigmoid" bottom: "fc" top: "fc" }
    layer { name: "scale" type: "Scale" bottom: "x" bottom: "fc" top: "y" scale_param { axis: 0 } }
    """
    text = text.replace("axis: 0", "axis: 1")
    found = layers(text, tmp_path)
    assert [(one.kind, one.output.shape) for one in found][-2:] == [("reshape", (4, 1, 1)), ("multiply", (4, 5, 5))]


def test_phases_choose_layers(tmp_path: Path) -> None:
    text = net(
        'type: "Dropout" include { phase: TRAIN }',
        'type: "ReLU" exclude { phase: TEST }',
        'type: "TanH" include { phase: TEST stage: "deploy" }',
        'type: "Sigmoid" include { phase: TEST }',
    )
    assert [one.kind for one in layers(text, tmp_path)] == ["sigmoid"]


# Broken files


MESSAGES = [
    ("", "the file has no layers: it is no network of Caffe"),
    ("layer {", "line 1: this message is never closed"),
    ("}", "line 1: a name is expected where } stands"),
    ("name:\n}", "line 2: a value of `name` is expected where } stands"),
    ('name: "a', "line 1: '\"a' is no part of a prototxt file"),
    ("layer: 3", "line 1: `layer` is 3, and a message in braces is expected"),
    ("a { " * 50 + "} " * 50, "line 1: messages nest deeper than 32 levels"),
    (
        net('type: "Pooling" pooling_param { kernel_size: 99 }'),
        'layer Pooling "l0" (line 2): the window of 99 is larger than the height of 13',
    ),
    (
        net('type: "Pooling" pooling_param { kernel_size: 1e400 }'),
        "line 2: `kernel_size` is 1e400, and a number is expected",
    ),
    (net('type: "Convolution" convolution_param { kernel_size: 3 }'), "line 2: `num_output` is missing"),
    (
        net('type: "Convolution" convolution_param { num_output: -3 kernel_size: 3 }'),
        "line 2: `num_output` is -3, and a whole number from 1 on is expected",
    ),
    (
        net('type: "Python"'),
        'layer Python "l0" (line 2): archcalc has no kind for it, and the file does not say how large its output is',
    ),
    (net('type: "ReLU" bottom: "y"'), 'layer ReLU "l0" (line 2): no layer in front of it writes the blob y'),
    (
        net('type: "ReLU"').replace("input_shape", "input_shapes"),
        "input x: the file does not say how large the input is",
    ),
]


@pytest.mark.parametrize(("text", "message"), MESSAGES)
def test_a_mistake_has_its_place(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ImportFailure) as failure:
        read(saved(text, tmp_path))
    assert str(failure.value).splitlines()[0] == message


def test_a_long_file_is_not_read() -> None:
    with pytest.raises(ImportFailure, match="the file is longer than 4 MiB"):
        parsed("a: 1\n" * (2 << 20))


def test_texts_lists_and_comments_are_read() -> None:
    message = parsed("# a comment\na: 'it\\'s' b: [1, 2.5] ; c < d: 0x10 > e { } f: -1e-3f")
    assert message.texts("a") == ["it's"]
    assert message.numbers("b") == [1, 2.5]
    assert message.message("c").size("d") == 16
    assert message.number("f", 0) == -0.001


WORDS = ["", "-1", "0", "99999999999999999999", "1e400", "{", "}", "x", '"', "1.5", "true", "Pooling", "Scale", "Crop"]
WORDS += ["BatchNorm", "Reshape", "Slice", "Eltwise", "kernel_size", "num_output", "data", "axis: -9", "dim: 0"]


def mutated(text: str, chance: random.Random) -> str:
    """The text with other words, without some of it, or with lines in another order."""
    for _ in range(chance.choice((1, 1, 2, 4))):
        lines = text.split("\n")
        if (how := chance.random()) < 0.5:
            word = chance.choice(list(re.finditer(r"[\w.]+|[{}:]|$", text)))
            text = text[: word.start()] + chance.choice(WORDS) + text[word.end() :]
        elif how < 0.7:
            place = chance.randrange(len(text) or 1)
            text = text[:place] + text[place + chance.randrange(200) :]
        else:
            line = lines.pop(chance.randrange(len(lines)))
            text = "\n".join([*lines[: (at := chance.randrange(len(lines) + 1))], line, *lines[at:]])
    return text


@pytest.mark.parametrize("seeds", effort.parts(1000, 50), ids=str)
def test_a_broken_file_is_one_failure_or_a_network(seeds: range, tmp_path: Path) -> None:
    texts = [(NETS / f"{name}.prototxt").read_text() for name in ("caffenet", "vgg16")]
    found = {"network": 0, "failure": 0}
    for seed in seeds:
        chance = random.Random(seed)
        path = saved(mutated(chance.choice([*texts, *(net(text) for text, _ in SINGLE)]), chance), tmp_path)
        try:
            record = read(path)
        except ImportFailure as failure:
            assert failure.message
            assert failure.message.isprintable()
            found["failure"] += 1
        else:
            imported(finished(record))
            found["network"] += 1
    assert min(found.values()) > 0
