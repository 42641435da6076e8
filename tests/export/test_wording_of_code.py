"""Where PyTorch has several ways to say something, generated code says it as people do who write it by hand."""

from __future__ import annotations

from typing import Any

import pytest
from export.generated import assert_alive, built, exported, scope_text

Data = dict[str, Any]


def body(spec: Data, name: str | None = None) -> str:
    """The text of a class without its title, by default of the network; what the code does is checked as well."""
    source = assert_alive(spec)
    return scope_text(source, name or source.class_name)


# Arguments


def unit(steps: list[Any], *calls: Any, entering: list[int] | None = None) -> str:
    """The text of the class of a block with these steps, for these calls."""
    parameters = "unit(out, kernel, stride=1)"
    layers = [{"unit": list(call)} for call in calls]
    return body({"input": entering or [4, 16, 16], "blocks": {parameters: steps}, "layers": layers}, "Unit")


def test_what_has_a_name_is_told_by_its_place() -> None:
    conv = {"conv": {"out": "out", "kernel": "kernel", "stride": "stride", "padding": "kernel // 2", "bias": False}}
    text = unit([conv, "relu"], [8, 3], [6, 1, 1], [6, 5, 1])
    assert "nn.Conv2d(in_channels, out, kernel, stride, kernel // 2, bias=False)" in text
    del conv["conv"]["stride"]
    text = unit([conv, "relu"], [8, 3], [6, 1], [6, 5])
    assert "nn.Conv2d(in_channels, out, kernel, padding=kernel // 2, bias=False)" in text


def test_a_number_is_told_by_its_name() -> None:
    text = unit(
        [{"conv": {"out": "out", "kernel": "kernel", "stride": 2, "rounding": "floor"}}, "relu"], [8, 3], [6, 2]
    )
    assert "nn.Conv2d(in_channels, out, kernel, stride=2)" in text
    text = unit([{"conv": {"out": "out", "kernel": 3, "padding": "kernel"}}, "relu"], [8, 3], [6, 2])
    assert "nn.Conv2d(in_channels, out, kernel_size=3, padding=kernel)" in text


def test_a_pool_is_written_as_a_convolution_is() -> None:
    text = unit([{"max_pool": {"kernel": "kernel", "stride": "stride"}}, {"conv": ["out", 1]}], [8, 2, 2], [6, 4, 2])
    assert "nn.MaxPool2d(kernel, stride=2)" in text or "nn.MaxPool2d(kernel, stride)" in text
    transposed = {"conv_transpose": {"out": "out", "kernel": "kernel", "stride": "stride"}}
    assert "nn.ConvTranspose2d(in_channels, out, kernel, stride)" in unit([transposed, "relu"], [8, 2, 2], [6, 3, 3])


# Layers that compute nothing


def test_another_shape_is_a_method_where_no_chain_needs_a_module() -> None:
    layers: list[Any] = [{"conv": [4, 3], "as": "conv"}, "flatten", {"linear": 2, "as": "fc"}]
    text = body({"input": [1, 5, 5], "layers": layers})
    assert "x = self.conv(x).flatten(1)\n" in text
    assert "nn.Flatten" not in text
    layers[1:] = [{"flatten": [1, 2]}, {"conv": [2, 1], "as": "last"}]
    assert ".flatten(2)" in body({"input": [1, 5, 5], "layers": layers})


def test_another_shape_is_a_module_where_the_spec_names_it_or_a_chain_holds_it() -> None:
    layers: list[Any] = [{"conv": [4, 3], "as": "conv"}, {"flatten": None, "as": "flat"}, {"linear": 2, "as": "fc"}]
    assert "self.flat = nn.Flatten()" in body({"input": [1, 5, 5], "layers": layers})
    assert "nn.Flatten()," in body({"input": [1, 5, 5], "layers": [{"conv": [4, 3]}, "flatten", {"linear": 2}]})


def test_shares_along_an_axis_are_a_method_where_no_chain_needs_a_module() -> None:
    layers: list[Any] = [{"linear": 4, "as": "fc"}, "softmax", {"add": ["here", "fc"]}, "log_softmax"]
    text = body({"input": [6, 4], "layers": ["channels_last", *layers]})
    assert "return (fc.softmax(dim=2) + fc).log_softmax(dim=2)\n" in text
    layers[1] = {"softmax": None, "as": "shares"}
    assert "self.shares = nn.Softmax(dim=2)\n" in body({"input": [6, 4], "layers": ["channels_last", *layers]})


def test_a_map_beside_the_one_that_flows_on_is_made_where_it_is_returned() -> None:
    steps: list[Any] = [
        {"linear": "out", "as": "fc"},
        {"linear": 3, "as": "skip"},
        {"linear": "out", "from": "fc", "as": "on"},
        {"add": ["here", "fc"]},
    ]
    layers: list[Any] = [{"unit": 4, "as": "a"}, {"unit": 5, "as": "b"}, {"add": ["a.skip", "b.skip"]}]
    spec: Data = {"input": [4], "blocks": {"unit(out)": steps}, "layers": layers, "ignore": ["AC206"]}
    text = body(spec, "Unit")
    assert "return self.on(fc) + fc, self.skip(fc)\n" in text
    assert text.index("self.skip =") < text.index("self.on =")
    keys = built(exported(spec)).state_dict()
    assert list(dict.fromkeys(key.rpartition(".")[0] for key in keys)) == [
        f"{u}.{n}" for u in "ab" for n in ("fc", "skip", "on")
    ]


def test_a_map_that_takes_more_than_one_call_is_made_where_it_stands() -> None:
    steps: list[Any] = [
        {"linear": "out", "as": "fc"},
        {"linear": 3, "as": "inner"},
        {"tanh": None, "as": "skip"},
        {"linear": "out", "from": "fc", "as": "on"},
        {"add": ["here", "fc"]},
    ]
    layers: list[Any] = [{"unit": 4, "as": "a"}, {"unit": 5, "as": "b"}, {"add": ["a.skip", "b.skip"]}]
    text = body({"input": [4], "blocks": {"unit(out)": steps}, "layers": layers, "ignore": ["AC206"]}, "Unit")
    assert "skip = self.skip(self.inner(fc))\n        return self.on(fc) + fc, skip\n" in text


def test_where_the_last_layer_of_a_chain_is_absent_stands_an_identity() -> None:
    blocks = {"unit(out, active=true)": [{"linear": "out"}, {"relu": None, "when": "active"}]}
    spec = {"input": [4], "blocks": blocks, "layers": [{"unit": 8}, {"unit": [6, False]}]}
    assert "nn.ReLU() if active else nn.Identity()\n" in body(spec, "Unit")
    blocks = {"unit(out, active=true)": [{"linear": "out"}, {"relu": None, "when": "active"}, {"linear": "out"}]}
    spec["blocks"] = blocks
    text = body(spec, "Unit")
    assert "nn.Identity" not in text, "the numbers of what follows would be others"


# Conditions


def test_one_of_two_classes_is_chosen_where_both_are_made_alike() -> None:
    blocks = {"wide(out)": [{"linear": "2 * out"}, {"linear": "out"}], "deep(out)": [{"linear": "out"}, "tanh"]}
    inside = [{"wide": "out", "when": "i < 3"}, {"deep": "out", "when": "i >= 3"}]
    loop = {"for": {"i": "0..7", "out": [4, 5, 6, 7, 8, 9, 10, 11]}, "do": [{"repeat": 2, "do": inside}]}
    text = body({"input": [4], "blocks": blocks, "layers": [{"as": "body", "do": [loop]}]})
    assert "block = Wide if i < 3 else Deep\n" in text
    assert "self.body.append(block(channels, out))" in text
    inside[1] = {"deep": "out + 1", "when": "i >= 3"}
    text = body({"input": [4], "blocks": blocks, "layers": [{"as": "body", "do": [loop]}]})
    assert "block" not in text, "they are made of other arguments"


def test_a_variable_of_a_loop_keeps_its_name() -> None:
    """`group` and `block` are names that the code would give to variables of its own."""
    blocks = {"wide(out)": [{"linear": "2 * out"}, {"linear": "out"}], "deep(out)": [{"linear": "out"}, "tanh"]}
    inside = [{"wide": "block", "when": "group < 3"}, {"deep": "block", "when": "group >= 3"}]
    rows = {"as": "$(group + 1)", "do": [{"repeat": 2, "do": inside}]}
    loop = {"for": {"group": "0..7", "block": [4, 5, 6, 7, 8, 9, 10, 11]}, "do": [rows]}
    text = body({"input": [4], "blocks": blocks, "layers": [{"as": "body", "do": [{"linear": 4}, loop]}]})
    assert "Wide if group < 3 else Deep" in text


def test_a_shortcut_is_a_value_under_a_condition() -> None:
    blocks = {"unit(out)": [{"linear": "out"}, {"add": ["here", "input"], "when": "channels(input) == out"}]}
    text = body({"input": [4], "blocks": blocks, "layers": [{"unit": 4}, {"unit": 6}]}, "Unit")
    assert "self.has_shortcut = in_channels == out" in text
    assert "return out + x if self.has_shortcut else out" in text


def test_one_of_two_values_is_one_value() -> None:
    steps: list[Any] = [
        {"linear": "out", "as": "fc"},
        {"add": ["here", "fc"], "when": "out > 4"},
        {"multiply": ["here", "fc"], "when": "out <= 4"},
        {"linear": 3, "as": "last"},
    ]
    text = body({"input": [4], "blocks": {"unit(out)": steps}, "layers": [{"unit": 4}, {"unit": 6}]}, "Unit")
    assert "fc + fc if self.has_add else fc * fc" in text


def test_a_long_value_under_a_condition_is_a_statement() -> None:
    steps: list[Any] = [{"linear": "out"}, {"tanh": None, "as": "a_name_that_is_rather_long"}]
    merged = {
        "when": "channels(input) == out",
        "do": [{"sigmoid": None, "as": "another_name_that_is_long"}, {"add": ["here", "input"]}],
    }
    text = body({"input": [4], "blocks": {"unit(out)": [*steps, merged]}, "layers": [{"unit": 4}, {"unit": 6}]}, "Unit")
    assert "if self.has_shortcut:\n" in text


# Formulas


@pytest.mark.parametrize(("formula", "written"), [("in_channels // 4", "in_channels // 4"), ("out", "out")])
def test_a_short_formula_stands_where_it_is_used(formula: str, written: str) -> None:
    blocks = {f"unit(out, hidden={formula})": [{"gate": "hidden"}, {"linear": "out"}]}
    blocks["gate(width)"] = [{"multiply": ["here", [{"linear": "width"}, "relu", {"linear": "channels(input)"}]]}]
    text = body({"input": [8], "blocks": blocks, "layers": [{"unit": 12}, {"unit": 4}]}, "Unit")
    assert f"Gate(in_channels, {written})" in text
    assert "hidden" not in text


def test_a_formula_that_is_used_twice_has_a_name() -> None:
    blocks = {"unit(out, hidden=2 * in_channels)": [{"linear": "hidden"}, {"linear": "out"}]}
    text = body({"input": [8], "blocks": blocks, "layers": [{"unit": 12}, {"unit": 4}]}, "Unit")
    assert "hidden = 2 * in_channels\n" in text


# Loops


def test_short_lists_are_a_table() -> None:
    loop = {
        "for": {"width": [8, 6, 5, 4], "depth": [4, 5, 6, 1]},
        "do": [{"repeat": "depth", "do": [{"linear": "width"}]}],
    }
    text = body({"input": [4], "layers": [loop]})
    assert "for width, depth in [(8, 4), (6, 5), (5, 6), (4, 1)]:" in text


def test_long_lists_are_lists() -> None:
    rows = {"width": [10, 30] * 10, "depth": [3, 4] * 10}
    text = body({"input": [4], "layers": [{"for": rows, "do": [{"repeat": "depth", "do": [{"linear": "width"}]}]}]})
    assert "zip(" in text and "strict=True" in text


def test_what_a_chain_begins_with_is_made_with_it() -> None:
    loop = {"for": {"i": "0..8"}, "do": [{"linear": "4 + i", "as": "fc$i"}, "relu"]}
    spec = {"input": [4], "layers": [{"as": "body", "do": [{"linear": 4}, "relu", loop]}]}
    text = body(spec)
    assert "self.body = nn.Sequential(nn.Linear(4, 4), nn.ReLU())" in text
    assert [*dict(built(assert_alive(spec)).body.named_children())][:3] == ["0", "1", "fc0"]


# Pads


def test_a_pad_in_a_chain_is_a_module() -> None:
    layers: list[Any] = [{"pad": [1, 2]}, {"conv": [4, 3]}, {"pad": {"padding": [[1, 0], [0, 2]], "value": -1}}, "relu"]
    text = body({"input": [1, 5, 5], "layers": [*layers, {"conv": [2, 1]}]})
    assert text.startswith("class Network(nn.Sequential)")
    assert "nn.ZeroPad2d((2, 2, 1, 1))" in text
    assert "nn.ConstantPad2d((0, 2, 1, 0), -1)" in text
    assert "nn.ZeroPad2d(2)" in body({"input": [1, 5, 5], "layers": [{"pad": 2}, *layers]})


@pytest.mark.parametrize(
    ("mode", "name"), [("reflect", "ReflectionPad1d"), ("replicate", "ReplicationPad1d"), ("circular", "CircularPad1d")]
)
def test_every_mode_has_its_module(mode: str, name: str) -> None:
    text = body({"input": [1, 5], "layers": [{"pad": {"padding": [[1, 2]], "mode": mode}}, {"conv": [2, 1]}, "relu"]})
    assert f"nn.{name}((1, 2))" in text


def test_a_pad_of_other_axes_than_those_of_a_map_is_a_function() -> None:
    text = body({"input": [2, 5], "layers": [{"conv": [2, 1]}, {"pad_channels": 4}, "relu"]})
    assert "nn.functional.pad(" in text


CAUSAL: Data = {"conv": {"out": 4, "kernel": 2, "dilation": "dilation", "padding": [["dilation", 0]]}, "as": "conv"}


def causal(*steps: Any) -> Data:
    """A block whose group begins with a causal convolution."""
    blocks = {"unit(dilation)": [{"as": "filter", "do": [CAUSAL, *steps]}, {"conv": [4, 1], "as": "out"}]}
    return {"input": [4, 16], "blocks": blocks, "layers": [{"unit": 1, "as": "first"}, {"unit": 2, "as": "second"}]}


def test_what_a_convolution_lacks_stands_in_front_of_it_in_a_chain_of_names() -> None:
    spec = causal("tanh")
    text = " ".join(body(spec, "Unit").split())
    assert "OrderedDict( pad=nn.ZeroPad1d((dilation, 0)), conv=nn.Conv1d(" in text
    assert "tanh=nn.Tanh()" in text
    assert "first.filter.conv.weight" in built(assert_alive(spec)).state_dict()


def test_numbers_that_a_state_dict_shows_stay() -> None:
    """With a pad in front, the second convolution would not be number 1."""
    spec = causal({"conv": [4, 1]})
    assert "nn.functional.pad(" in assert_alive(spec).text
    assert "first.filter.1.weight" in built(assert_alive(spec)).state_dict()


def test_a_pad_stands_in_front_of_what_is_absent_at_some_places() -> None:
    spec = causal({"tanh": None, "when": "dilation > 1"}, {"conv": [4, 1], "as": "mix"})
    text = body(spec, "Unit")
    assert 'self.filter.add_module("mix"' in text
    assert "nn.ZeroPad1d((dilation, 0))" in text


# Names in chains


def test_what_has_names_is_a_dictionary_from_its_first_part_on() -> None:
    begin: list[Any] = [{"linear": 8, "as": "fc"}, {"batch_norm": None, "as": "norm"}, "relu"]
    loop = {"for": {"i": "0..8"}, "do": [{"linear": "8 + i", "as": "fc$i"}, "relu"]}
    spec = {"input": [4], "layers": [{"as": "body", "do": [*begin, loop]}]}
    text = " ".join(body(spec).split())
    assert "OrderedDict(fc=nn.Linear(4, 8), norm=nn.BatchNorm1d(8), relu=nn.ReLU())" in text
    assert 'add_module(f"fc{i}"' in text


def test_a_word_of_a_layer_takes_no_name_that_is_there() -> None:
    steps: list[Any] = [{"linear": 8, "as": "relu"}, "relu", {"linear": 3, "as": "fc"}, "relu", {"linear": 3}]
    spec = {"input": [4], "layers": [{"as": "body", "do": steps}]}
    text = " ".join(body(spec).split())
    assert '("relu", nn.Linear(4, 8)), ("relu_2", nn.ReLU()), ("fc", nn.Linear(8, 3)), ("relu_3", nn.ReLU())' in text
    assert '("4", nn.Linear(3, 3))' in text


def test_parts_of_a_map_are_called_by_what_attention_reads_them_as() -> None:
    block = [{"linear": 12}, {"split": 3, "as": "parts"}, {"dot_attention": ["parts.0", "parts.1", "parts.2"]}]
    spec = {"input": [4, 6], "layers": ["tokens", *block]}
    assert "q, k, v = torch.chunk(" in body(spec) and "(q, k, v)" in body(spec)
    # What somebody else reads, too, has no role.
    twice = {**spec, "layers": [*spec["layers"], {"add": ["here", "parts.2"]}]}
    assert "q, k, parts_2 = torch.chunk(" in body(twice)


def test_of_two_modules_the_one_without_a_not_stands_first() -> None:
    block = [
        {"conv": ["in_channels", 1], "as": "mixed", "when": "not wide"},
        {"max_pool": {"kernel": 3, "stride": 1, "padding": 1}, "as": "mixed", "when": "wide"},
    ]
    text = body({"input": [4, 6, 6], "blocks": {"b(wide)": block}, "layers": [{"b": "true"}, {"b": "false"}]}, "B")
    assert "if wide\n" in text and "not wide" not in text


# Tensors


def test_another_order_of_axes_in_a_chain_is_a_module() -> None:
    steps: list[Any] = [{"conv": [6, 1]}, "channels_last", "layer_norm", {"linear": 4}, {"permute": [2, 0, 1]}]
    spec = {"input": [3, 4, 5], "layers": [{"as": "body", "do": steps}, {"conv": [2, 1], "as": "head"}]}
    text = " ".join(body(spec).split())
    assert "Permute(0, 2, 3, 1), nn.LayerNorm(6), nn.Linear(6, 4), Permute(0, 3, 1, 2)" in text
    assert "body.3.weight" in built(assert_alive(spec)).state_dict()


def test_another_order_of_axes_is_a_method_elsewhere() -> None:
    steps: list[Any] = [{"conv": [6, 1], "as": "conv"}, "channels_last", {"linear": 4, "as": "fc"}, "channels_first"]
    text = body({"input": [3, 4, 5], "layers": steps})
    assert "x = self.conv(x).movedim(1, -1)" in text
    assert "return self.fc(x).movedim(-1, 1)" in text
    text = body({"input": [3, 4, 5], "layers": [{"conv": [6, 1], "as": "conv"}, "tokens", {"linear": 4, "as": "fc"}]})
    assert "self.conv(x).flatten(2).transpose(1, 2)" in text


def test_a_map_from_elsewhere_is_called_by_what_gives_it() -> None:
    """What a scope alone gives has its name, and not that of the last layer inside."""
    block = [{"as": "stage", "do": [{"linear": 4}, "relu"]}, {"linear": 4, "as": "other"}]
    tail = {"as": "tail", "do": [{"linear": 4, "as": "fc"}, {"add": ["here", "stage"]}]}
    text = body({"input": [3], "layers": [*block, tail]}, "Tail")
    assert "def forward(self, x: Tensor, stage: Tensor) -> Tensor:" in text


# Sums


@pytest.mark.parametrize(
    ("formula", "written"),
    [
        ("width * 4 // 4", "width"),
        ("width + 2 * width", "3 * width"),
        ("3 * width + width * 2", "5 * width"),
        ("width + extra - width", "extra"),
        ("(width + extra if extra > 1 else 7 + width) - width", "extra if extra > 1 else 7"),
    ],
)
def test_what_cancels_is_not_written(formula: str, written: str) -> None:
    steps: list[Any] = [{"linear": formula}, {"linear": "width"}]
    calls = [{"unit": [6, 2]}, {"unit": [5, 3]}, {"unit": [7, 1]}]
    text = body({"input": [4], "blocks": {"unit(width, extra)": steps}, "layers": calls}, "Unit")
    assert f"nn.Linear(in_channels, {written})" in " ".join(text.split()).replace("( ", "(").replace(" )", ")")
