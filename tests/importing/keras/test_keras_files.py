"""Files of Keras 2 and 3, as written by hand: both layouts, what they share, what is missing, and what is hostile."""

from __future__ import annotations

import copy
import json
import random
import zipfile
from math import prod
from pathlib import Path
from typing import Any

import effort
import pytest

from archcalc.importing.failure import ImportFailure
from archcalc.importing.imported import imported
from archcalc.importing.keras import read
from archcalc.importing.passes import finished
from archcalc.importing.record import Record, Scope

Data = dict[str, Any]


def layer(kind: str, name: str, calls: list[Any], **config: Any) -> Data:
    return {"class_name": kind, "name": name, "config": {"name": name, **config}, "inbound_nodes": calls}


def on(*names: str, node: int = 0, **kwargs: Any) -> list[Any]:
    """A call in the layout of Keras 2."""
    return [[name, node, 0, kwargs] for name in names]


def tensor(name: str, *shape: int | None, node: int = 0) -> Data:
    config = {"shape": [None, *shape], "dtype": "float32", "keras_history": [name, node, 0]}
    return {"class_name": "__keras_tensor__", "config": config}


def call(*tensors: Data, **kwargs: Any) -> Data:
    """A call in the layout of Keras 3."""
    return {"args": [list(tensors) if len(tensors) > 1 else tensors[0]], "kwargs": kwargs}


def functional(layers: list[Data], inputs: list[str], outputs: list[str], **more: Any) -> Data:
    ends = {"input_layers": [[name, 0, 0] for name in inputs], "output_layers": [[name, 0, 0] for name in outputs]}
    return {"class_name": "Functional", "config": {"name": "net", "layers": layers, **ends}, **more}


def conv(name: str, calls: list[Any], filters: int = 4, **config: Any) -> Data:
    return layer("Conv2D", name, calls, filters=filters, kernel_size=[3, 3], padding="same", **config)


def image(name: str = "image", size: int | None = 8, *, keras: int = 2) -> Data:
    key = "batch_input_shape" if keras == 2 else "batch_shape"
    return layer("InputLayer", name, [], **{key: [None, size, size, 3]}, dtype="float32")


OLD = functional(
    [
        image(),
        conv("one", [on("image")], activation="relu"),
        conv("two", [on("one"), on("two")]),
        layer("Add", "sum", [on("one", "two")]),
        layer("TFOpLambda", "half", [["sum", 0, 0, {"y": 0.5, "name": None}]], function="math.multiply"),
        layer("Flatten", "flat", [on("half")]),
        layer("Dense", "head", [on("flat")], units=5, activation="hard_sigmoid"),
    ],
    ["image"],
    ["head"],
    keras_version="2.9.0",
)
"""A file of Keras 2, in which `two` is applied twice."""
NEW = functional(
    [
        image(keras=3),
        conv("one", [call(tensor("image", 8, 8, 3))], activation="relu"),
        conv("two", [call(tensor("one", 8, 8, 4)), call(tensor("two", 8, 8, 4))]),
        layer("Add", "sum", [call(tensor("one", 8, 8, 4), tensor("two", 8, 8, 4))]),
        {
            **layer("Multiply", "half", [{"args": [tensor("sum", 8, 8, 4), 0.5], "kwargs": {}}]),
            "module": "keras.src.ops.numpy",
        },
        layer("Flatten", "flat", [call(tensor("half", 8, 8, 4))]),
        layer("Dense", "head", [call(tensor("flat", 256))], units=5, activation="hard_sigmoid"),
    ],
    ["image"],
    ["head"],
)
"""The same of Keras 3."""


def saved(data: object, folder: Path, name: str = "model.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(data))
    return path


def kinds(record: Record) -> list[str]:
    return [one.kind for one in record.layers()]


@pytest.mark.parametrize("data", [OLD, NEW], ids=["Keras 2", "Keras 3"])
def test_both_layouts_are_one_network(data: Data, tmp_path: Path) -> None:
    record = read(saved(data, tmp_path))
    behind = ["add", "elementwise", "channels_last", "flatten", "linear", "hardsigmoid"]
    assert kinds(record) == ["conv", "relu", "conv", "conv", *behind]
    assert [(one.name, one.shape) for one in record.tensors] == [
        ("one/kernel", (4, 3, 3, 3)),
        ("one/bias", (4,)),
        ("two/kernel", (4, 4, 3, 3)),
        ("two/bias", (4,)),
        ("head/kernel", (5, 256)),
        ("head/bias", (5,)),
    ]
    assert imported(finished(record)).parameters == 112 + 148 + 1285


def test_the_slope_of_hard_sigmoid_is_that_of_the_version(tmp_path: Path) -> None:
    assert list(read(saved(OLD, tmp_path)).layers())[-1].fields == {"slope": 0.2}
    assert list(read(saved(NEW, tmp_path)).layers())[-1].fields == {}


def test_a_layer_that_is_called_again_shares_its_tensors(tmp_path: Path) -> None:
    data = copy.deepcopy(OLD)
    data["config"]["layers"][3]["inbound_nodes"] = [[["one", 0, 0, {}], ["two", 1, 0, {}]]]
    record = read(saved(data, tmp_path))
    first, second = (one for one in record.layers() if one.label == "two")
    assert second.shares is first
    found = imported(finished(record))
    assert "use: two" in found.text
    assert found.parameters == 112 + 148 + 1285


def nested(**config: Any) -> Data:
    """A model that is applied to two images, and what they give is compared. Keras 2 counts its calls from 1."""
    inner = functional([image("x"), conv("deep", [on("x")], **config)], ["x"], ["deep"])
    inner["config"]["name"] = "tower"
    whole = functional(
        [
            image("left"),
            image("right"),
            {**inner, "name": "tower", "inbound_nodes": [on("left"), on("right")]},
            layer("Subtract", "difference", [[["tower", 1, 0, {}], ["tower", 2, 0, {}]]]),
        ],
        ["left", "right"],
        ["difference", "tower"],
    )
    whole["config"]["output_layers"][1] = ["tower", 1, 0]
    return whole


def test_a_nested_model_is_a_scope_that_is_applied_again(tmp_path: Path) -> None:
    record = read(saved(nested(), tmp_path))
    scopes = [item for item in record.root.items if isinstance(item, Scope)]
    assert [(one.name, one.path, one.class_name) for one in scopes] == [("tower", "tower", "keras:tower")] * 2
    assert [value.name for value in record.inputs] == ["left", "right"]
    assert len(record.outputs) == 2
    assert sum(prod(one.shape) for one in record.tensors) == 112
    assert imported(finished(record)).parameters == 112


def test_what_is_not_trained_is_no_parameter(tmp_path: Path) -> None:
    record = read(saved(nested(trainable=False), tmp_path))
    assert not any(one.trainable for one in record.tensors)
    assert not any(one.trainable for one in record.layers() if one.tensors)


CHAIN = [
    layer("Conv2D", "conv", [], filters=8, kernel_size=[3, 3], strides=[2, 2], padding="same"),
    layer("GlobalAveragePooling2D", "pool", []),
    layer("Dense", "dense", [], units=2),
]


def chain(layers: list[Data]) -> Data:
    return {"class_name": "Sequential", "config": {"name": "chain", "layers": layers}}


@pytest.mark.parametrize("key", ["batch_input_shape", "batch_shape"])
def test_a_chain_begins_with_what_its_first_layer_says(key: str, tmp_path: Path) -> None:
    layers = copy.deepcopy(CHAIN)
    if key == "batch_input_shape":
        layers[0]["config"][key] = [None, 9, 9, 3]
    else:
        layers.insert(0, image(size=9, keras=3))
    record = read(saved(chain(layers), tmp_path))
    assert record.inputs[0].shape == (3, 9, 9)
    assert kinds(record) == ["conv", "global_avg_pool", "flatten", "linear"]
    assert [value.shape for value in record.outputs] == [(2,)]


def test_a_chain_without_a_shape_needs_one(tmp_path: Path) -> None:
    path = saved(chain(CHAIN), tmp_path)
    with pytest.raises(ImportFailure, match="the file leaves open how large the input is") as failure:
        read(path)
    assert failure.value.help == "give the sizes, the channels first: `--input 3x224x224`"
    assert read(path, (3, 20, 21)).inputs[0].shape == (3, 20, 21)


def test_open_sizes_are_some_that_can_be_chosen(tmp_path: Path) -> None:
    data = copy.deepcopy(OLD)
    data["config"]["layers"] = [image(size=None), conv("one", [on("image")])]
    data["config"]["output_layers"] = [["one", 0, 0]]
    path = saved(data, tmp_path)
    assert read(path).outputs[0].shape == (4, 224, 224)
    assert [read(path, {"image": (3, side, side)}).outputs[0].shape for side in (8, 9)] == [(4, 8, 8), (4, 9, 9)]
    with pytest.raises(ImportFailure, match="224x224x3 does not fit the file") as failure:
        read(path, (224, 224, 3))
    assert failure.value.help == "give the sizes, the channels first: `--input 3x224x224`"


def test_open_channels_must_be_given(tmp_path: Path) -> None:
    data = copy.deepcopy(OLD)
    data["config"]["layers"][0]["config"]["batch_input_shape"] = [None, 8, 8, None]
    path = saved(data, tmp_path)
    with pytest.raises(ImportFailure) as failure:
        read(path)
    assert failure.value.help == "give the sizes, the channels first: `--input 224x8x8`"
    assert read(path, (3, 8, 8)).inputs[0].shape == (3, 8, 8)


def test_integers_are_as_many_as_one_likes(tmp_path: Path) -> None:
    words = layer("InputLayer", "words", [], batch_input_shape=[None, 20], dtype="float32")
    rows = layer("Embedding", "rows", [on("words")], input_dim=100, output_dim=8)
    path = saved(functional([words, rows], ["words"], ["rows"]), tmp_path)
    assert [read(path, size).outputs[0].shape for size in (None, (30,))] == [(20, 8), (30, 8)]
    assert read(path).inputs[0].dtype == "int"


def test_other_sizes_must_leave_the_tensors_as_they_are(tmp_path: Path) -> None:
    with pytest.raises(ImportFailure) as failure:
        read(saved(OLD, tmp_path), (3, 10, 10))
    assert failure.value.message == (
        "`head/kernel` is 5 x 256 in the file, and these sizes of the input would need 5 x 400"
    )


def test_inputs_have_names(tmp_path: Path) -> None:
    path = saved(nested(), tmp_path)
    with pytest.raises(ImportFailure, match="the model has 2 inputs\nhelp: its inputs are left, right"):
        read(path, (3, 8, 8))
    with pytest.raises(ImportFailure, match="the model has no input middle"):
        read(path, {"middle": (3, 8, 8)})


# What archcalc has no kind for


def with_lambda(config: Data | None = None) -> Data:
    code = {"class_name": "__lambda__", "config": {"code": "raise SystemExit", "defaults": None}}
    return functional(
        [
            image(keras=3),
            layer("Lambda", "code", [call(tensor("image", 8, 8, 3))], function=code, **(config or {})),
            conv("one", [call(tensor("code", 4, 4, 6))]),
        ],
        ["image"],
        ["one"],
    )


def test_a_lambda_is_opaque_and_never_runs(tmp_path: Path) -> None:
    record = read(saved(with_lambda(), tmp_path))
    opaque = next(one for one in record.layers() if one.kind == "opaque")
    assert opaque.fields["reason"] == "Lambda: archcalc has no kind for it"
    assert (opaque.label, opaque.output.shape) == ("code", (4, 4, 6))
    assert record.notes == ['layer Lambda "code" is opaque: the file does not say which tensors it has']


def test_an_unknown_layer_whose_shape_nothing_states_is_a_failure(tmp_path: Path) -> None:
    data = functional([image(), layer("Fancy", "fancy", [on("image")])], ["image"], ["fancy"])
    with pytest.raises(ImportFailure) as failure:
        read(saved(data, tmp_path))
    assert (failure.value.kind, failure.value.place) == ("unknown-layer", 'layer Fancy "fancy"')


def test_a_class_of_somebody_else_is_not_the_one_of_keras(tmp_path: Path) -> None:
    own = {**conv("one", [call(tensor("image", 8, 8, 3))]), "module": "my_package"}
    data = functional([image(keras=3), own, conv("two", [call(tensor("one", 5, 5, 7))])], ["image"], ["two"])
    assert kinds(read(saved(data, tmp_path))) == ["channels_last", "opaque", "channels_first", "conv"]


def test_an_activation_that_is_code_is_opaque_behind_its_layer(tmp_path: Path) -> None:
    data = copy.deepcopy(NEW)
    data["config"]["layers"][1]["config"]["activation"] = {"class_name": "function", "config": "mine"}
    assert kinds(read(saved(data, tmp_path)))[:2] == ["conv", "opaque"]


def test_a_stated_shape_must_be_the_computed_one(tmp_path: Path) -> None:
    data = copy.deepcopy(NEW)
    data["config"]["layers"][2]["inbound_nodes"][0] = call(tensor("one", 7, 8, 4))
    with pytest.raises(ImportFailure) as failure:
        read(saved(data, tmp_path))
    assert str(failure.value) == (
        'layer Conv2D "two": what it reads from one is 7 x 8 x 4 in the file, and computed it is 8 x 8 x 4'
    )


# Broken and hostile files


MESSAGES: list[tuple[list[Any], Any, str]] = [
    (["config", "layers", 1, "config", "filters"], 0, 'layer Conv2D "one": `filters` is 0: it must be at least 1'),
    (
        ["config", "layers", 1, "config", "filters"],
        "many",
        'layer Conv2D "one": `filters` is many: a number is expected',
    ),
    (
        ["config", "layers", 1, "config", "kernel_size"],
        [3],
        'layer Conv2D "one": `kernel_size` is [3]: it must have 2 entries',
    ),
    (
        ["config", "layers", 1, "config", "padding"],
        "wide",
        'layer Conv2D "one": `padding` is wide: one of valid, same, causal is expected',
    ),
    (
        ["config", "layers", 1, "inbound_nodes"],
        [[["none", 0, 0, {}]]],
        'layer Conv2D "one": it reads call 0 of none, which there is not',
    ),
    (
        ["config", "layers", 1, "inbound_nodes"],
        [[["sum", 0, 0, {}]]],
        'layer "one": layers wait for each other\'s outputs in a circle',
    ),
    (
        ["config", "layers", 6, "config", "units"],
        2**60,
        f'layer Dense "head": `units` is {2**60}: a whole number is expected',
    ),
    (["config", "output_layers"], [["nothing", 0, 0]], "model: no layer makes the output nothing"),
    (["config", "layers", 2, "name"], "one", "model net: two layers have the same name"),
    (
        ["config", "layers"],
        "none",
        "model: the description of the model Functional has no layers: functional and sequential ones do",
    ),
]


@pytest.mark.parametrize(("path", "value", "message"), MESSAGES)
def test_a_mistake_has_its_place(path: list[Any], value: Any, message: str, tmp_path: Path) -> None:
    data = copy.deepcopy(OLD)
    inner: Any = data
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    with pytest.raises(ImportFailure) as failure:
        read(saved(data, tmp_path))
    assert str(failure.value).splitlines()[0] == message


def test_a_window_that_does_not_fit_is_told_by_archcalc(tmp_path: Path) -> None:
    data = copy.deepcopy(OLD)
    data["config"]["layers"][1]["config"] |= {"kernel_size": [9, 9], "padding": "valid"}
    with pytest.raises(ImportFailure) as failure:
        read(saved(data, tmp_path))
    assert str(failure.value) == 'layer Conv2D "one": the window of 9 is larger than the height and width of 8'


def test_a_file_of_keras_1_is_told(tmp_path: Path) -> None:
    with pytest.raises(ImportFailure, match=r"the file is of Keras 1.2.2, and files of Keras 2 and 3 are read"):
        read(saved({**OLD, "keras_version": "1.2.2"}, tmp_path))


def test_names_of_a_file_do_not_reach_the_terminal_as_they_are(tmp_path: Path) -> None:
    data = copy.deepcopy(OLD)
    data["config"]["layers"][1] = conv("\x1b[2J" * 90, [on("nowhere")])
    with pytest.raises(ImportFailure) as failure:
        read(saved(data, tmp_path))
    assert "\x1b" not in str(failure.value)
    assert len(failure.value.place or "") < 120


def archive(folder: Path, content: bytes, name: str = "config.json") -> Path:
    path = folder / "model.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(name, content)
    return path


def test_an_archive_is_read_for_its_configuration_alone(tmp_path: Path) -> None:
    path = archive(tmp_path, json.dumps(NEW).encode())
    with zipfile.ZipFile(path, "a") as file:
        file.writestr("model.weights.h5", b"no HDF5")
    assert kinds(read(path)) == kinds(read(saved(NEW, tmp_path)))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b" " * (1 << 28), "the description of the model is longer than 16 MiB"),
        (b"[" * 5000, "the description of the model nests deeper than 200 levels"),
        (b'{"a":' * 300 + b"1" + b"}" * 300, "the description of the model nests deeper than 200 levels"),
        (b"[1, 2]", "this JSON is not the description of a Keras model, which is an object"),
        (b"{", "this is no JSON: "),
        (b"\xff\xfe", "this is no JSON: "),
        (b'{"a": ' + b"9" * 5000 + b"}", "this is no JSON: "),
    ],
    ids=["bomb", "deep list", "deep object", "list", "open", "bytes", "digits"],
)
def test_a_hostile_archive_is_one_failure(content: bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(ImportFailure) as failure:
        read(archive(tmp_path, content))
    assert failure.value.message.startswith(message)


def test_other_files_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(ImportFailure, match=r"the archive has no `config.json`, and is no `.keras` file"):
        read(archive(tmp_path, b"{}", "other.json"))
    weights = tmp_path / "model.h5"
    weights.write_bytes(b"\x89HDF\r\n\x1a\n")
    with pytest.raises(ImportFailure, match="this is an HDF5 file, which is not read"):
        read(weights)
    whole = archive(tmp_path, json.dumps(NEW).encode()).read_bytes()
    weights.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ImportFailure, match="the archive is broken"):
        read(weights)
    with pytest.raises(ImportFailure, match="cannot be read: No such file"):
        read(tmp_path / "none.json")


def test_models_within_models_cannot_grow_without_bound(tmp_path: Path) -> None:
    model = functional([image("x"), layer("ReLU", "relu", [on("x")])], ["x"], ["relu"])
    for _ in range(30):
        inner = {**model, "name": "inner", "inbound_nodes": [on("x"), on("inner", node=1)]}
        model = functional([image("x"), inner], ["x"], ["inner"])
        model["config"]["output_layers"] = [["inner", 2, 0]]
    with pytest.raises(ImportFailure, match="the network has more than 50000 layers"):
        read(saved(model, tmp_path))


VALUES = [None, True, -1, 0, 1, 2, 3.5, 1e308, 2**70, "", "x", "same", "relu", [], [0], [[1]], {}, {"a": 1}, 10**9]
VALUES += [{"class_name": "Dense"}, [None, 3, 3, 3], ["image", 0, 0], "channels_first", "\x1b[2J", "Flatten", "Add"]


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all that a file says."""
    entries = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [one for key, value in entries for one in [(*path, key), *places(value, (*path, key))]]


def mutated(data: Any, chance: random.Random) -> Any:
    """The file with something else at some of its places, or without it."""
    data = copy.deepcopy(data)
    for path in chance.sample(places(data), chance.choice((1, 1, 2, 4))):
        inner = data
        try:
            for key in path[:-1]:
                inner = inner[key]
            if chance.random() < 0.3:
                del inner[path[-1]]
            else:
                inner[path[-1]] = copy.deepcopy(chance.choice(VALUES))
        except (KeyError, IndexError, TypeError):
            continue  # What stood there went with an earlier change.
    return data


@pytest.mark.parametrize("seeds", effort.parts(1000, 50), ids=str)
def test_a_broken_file_is_one_failure_or_a_network(seeds: range, tmp_path: Path) -> None:
    found = {"network": 0, "failure": 0}
    for seed in seeds:
        chance = random.Random(seed)
        path = saved(mutated(chance.choice((OLD, NEW, nested(), with_lambda(), chain(CHAIN))), chance), tmp_path)
        try:
            record = read(path, (3, 8, 8) if chance.random() < 0.2 else None)
        except ImportFailure as failure:
            assert failure.message
            assert failure.message.isprintable()
            found["failure"] += 1
        else:
            imported(finished(record))
            found["network"] += 1
    assert min(found.values()) > 0
