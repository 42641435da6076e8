"""What of a spec becomes what in the code, on networks small enough to read."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from export.generated import (
    assert_alive,
    batches,
    built,
    concrete,
    definitions,
    exported,
    own_classes,
    promised,
    ran,
    scope_text,
)
from layers.oracles import load_torch

import archcalc
from archcalc.export.torch import write

Data = dict[str, Any]


def body(spec: Data, name: str | None = None) -> str:
    """The text of a class without its title, by default of the network; what the code does is checked as well."""
    source = assert_alive(spec)
    return scope_text(source, name or source.class_name)


def nodes_of(text: str, kind: type[ast.AST]) -> list[Any]:
    return [node for node in ast.walk(ast.parse(text)) if isinstance(node, kind)]


def modules(spec: Data, **sizes: int) -> dict[str, str]:
    """Types of the modules inside by name."""
    return {name: type(one).__name__ for name, one in built(exported(spec), **sizes).named_modules() if name}


def of_sizes(*sizes: int) -> Any:
    """A tensor without values."""
    return load_torch().zeros(sizes, device="meta")


# Blocks


TWO_SIZES: Data = {
    "input": [4],
    "blocks": {"unit(width, deep=false)": [{"linear": "width"}, {"linear": "width", "when": "deep"}, "tanh"]},
    "layers": [{"unit": 8}, {"unit": [8, "true"]}, {"unit": 5}],
}


def test_a_block_is_one_class_for_all_its_calls() -> None:
    source = assert_alive(TWO_SIZES)
    assert source.scopes == ("Unit", "Network")
    assert sum(kind == "Unit" for kind in modules(TWO_SIZES).values()) == 3


def test_arguments_of_a_block_are_arguments_of_the_constructor() -> None:
    constructor = own_classes(exported(TWO_SIZES))["Unit"].body[1]
    assert isinstance(constructor, ast.FunctionDef)
    assert ast.unparse(constructor.args) == "self, in_channels: int, width: int, deep: bool=False"
    spec = {
        "input": [4],
        "blocks": {"unit(width)": [{"linear": "width"}, "tanh"]},
        "layers": [{"unit": 8}, {"unit": 5}],
    }
    assert body(spec) == (
        "class Network(nn.Sequential):\n"
        "    def __init__(self) -> None:\n"
        "        super().__init__(Unit(4, 8), Unit(8, 5))\n"
    )
    assert body(spec, "Unit") == (
        "class Unit(nn.Sequential):\n"
        "    def __init__(self, in_channels: int, width: int) -> None:\n"
        "        super().__init__(nn.Linear(in_channels, width), nn.Tanh())\n"
    )


def test_a_block_that_is_not_a_chain_has_a_forward() -> None:
    steps = [{"add": ["here", [{"linear": "in_channels", "as": "fc"}]]}, {"relu": None, "as": "act"}]
    spec = {"input": [4], "blocks": {"unit": steps}, "layers": [{"unit": None, "as": "a"}, {"unit": None, "as": "b"}]}
    assert body(spec, "Unit") == (
        "class Unit(nn.Module):\n"
        "    def __init__(self, in_channels: int) -> None:\n"
        "        super().__init__()\n"
        "        self.fc = nn.Linear(in_channels, in_channels)\n"
        "        self.act = nn.ReLU()\n"
        "    def forward(self, x: Tensor) -> Tensor:\n"
        "        return self.act(x + self.fc(x))\n"
    )


def test_a_block_in_a_block_is_built_by_the_outer_class() -> None:
    spec = {
        "input": [4],
        "blocks": {"inner(w)": [{"linear": "w"}, "relu"], "outer(w)": [{"inner": "2*w"}, {"inner": "w"}]},
        "layers": [{"outer": 3, "as": "one"}, {"outer": 4, "as": "two"}],
    }
    source = assert_alive(spec)
    assert source.scopes == ("Inner", "Outer", "Network")
    assert "Inner(in_channels, 2 * w), Inner(2 * w, w)" in scope_text(source, "Outer")


def test_maps_that_a_block_gets_are_arguments_of_forward() -> None:
    spec = {
        "input": [4, 6],
        "blocks": {"up(skip, w)": [{"concat": ["here", "skip"]}, {"conv": ["w", 1]}]},
        "layers": [
            {"conv": [8, 1], "as": "first"},
            {"conv": [6, 1], "as": "second"},
            {"up": ["first", 3]},
            {"up": ["second", 5]},
        ],
    }
    text = body(spec, "Up")
    assert "def forward(self, x: Tensor, skip: Tensor) -> Tensor:" in text
    assert "torch.cat([x, skip], dim=1)" in text


# Conditions


def test_when_is_a_condition_where_calls_differ() -> None:
    spec = {
        "input": [4],
        "blocks": {
            "unit(w)": [
                {"add": ["here", [{"linear": "w", "as": "inner"}]], "when": "w == in_channels"},
                {"linear": "w", "as": "outer"},
            ]
        },
        "layers": [{"unit": 4, "as": "a"}, {"unit": 7, "as": "b"}],
    }
    source = assert_alive(spec)
    assert source.scopes == ("Unit", "Network")
    assert "w == in_channels" in scope_text(source, "Unit")
    found = modules(spec)
    assert (found["a.inner"], found.get("b.inner", "Identity")) == ("Linear", "Identity")
    forward = own_classes(source)["Unit"].body[-1]
    assert len(nodes_of(ast.unparse(forward), ast.If)) == 1


def test_a_module_that_only_some_calls_have_is_an_identity_in_the_others() -> None:
    spec = {
        "input": [4, 6],
        "blocks": {
            "unit(w)": [
                {"add": [[{"conv": ["w", 1]}], [{"conv": ["w", 1], "as": "fit", "when": "w != in_channels"}]]},
                "relu",
            ]
        },
        "layers": [{"unit": 4, "as": "a"}, {"unit": 7, "as": "b"}],
    }
    source = assert_alive(spec)
    assert "nn.Identity()" in scope_text(source, "Unit")
    assert len(nodes_of(scope_text(source, "Unit"), (ast.IfExp))) == 1
    found = modules(spec)
    assert (found["a.fit"], found["b.fit"]) == ("Identity", "Conv1d")


def test_when_is_decided_where_nothing_varies() -> None:
    layers: list[Any] = [{"linear": 5, "when": "2 > 1"}, {"linear": 6, "when": "1 > 2"}]
    text = body({"input": [4], "layers": [*layers, "relu"]})
    assert "if" not in text.split()
    assert text.count("nn.Linear") == 1


def test_modules_behind_each_other_that_only_some_calls_have_are_all_identities_in_the_others() -> None:
    """What the last one reads where all are absent is what the first one reads; no branch is written for it."""
    shortcut = [{"conv": [4, 1], "as": "skip"}, {"batch_norm": None, "as": "skip_norm"}]
    unit = [
        {"conv": {"out": 4, "kernel": 3, "padding": 1}, "as": "main"},
        {"add": ["here", [{"from": "input"}, {"when": "shrink", "do": shortcut}]]},
    ]
    spec = {"input": [4, 6, 6], "blocks": {"unit(shrink)": unit}, "layers": [{"unit": "true"}, {"unit": "false"}]}
    text = body(spec, "Unit")
    assert "return self.main(x) + self.skip_norm(self.skip(x))\n" in text
    assert text.count(" if shrink else nn.Identity()\n") == 2 and "if self.shrink" not in text


def test_channels_behind_a_step_that_is_absent_are_those_in_front_of_it() -> None:
    spec = {
        "input": [4],
        "blocks": {"b(width, deep)": [{"linear": "width", "when": "deep"}, {"linear": 3}]},
        "layers": [{"b": [8, "true"]}, {"b": [7, "false"]}, {"b": [7, "true"]}],
    }
    text = body(spec, "B")
    assert "def __init__(self, in_channels: int, width: int, deep: bool)" in text
    assert "nn.Linear(width if deep else in_channels, 3)" in text


def test_the_condition_of_a_step_is_asked_where_its_group_is_there() -> None:
    """The third call has no group, so that it does not matter that it asks for the step inside."""
    group = {"as": "g", "do": [{"linear": 4, "when": "wide"}, "relu"], "when": "deep"}
    calls: list[Any] = [{"b": ["true", "true"]}, {"b": ["true", "false"]}, {"b": ["false", "true"]}]
    spec = {"input": [4], "blocks": {"b(deep, wide)": [group, "tanh"]}, "layers": calls}
    assert assert_alive(spec).scopes == ("B", "Network")
    assert list(modules(spec).values()).count("Linear") == 1


def test_conditions_of_a_step_and_of_the_groups_around_it_are_asked_together() -> None:
    group = {"do": [{"linear": 4, "when": "wide"}, "tanh"], "when": "deep"}
    calls: list[Any] = [{"b": ["true", "true"]}, {"b": ["true", "false"]}, {"b": ["false", "true"]}]
    text = body({"input": [4], "blocks": {"b(deep, wide)": [group, "relu"]}, "layers": calls}, "B")
    asked = [ast.unparse(one.test) for one in nodes_of(text, ast.If)]
    assert asked == ["deep and wide", "deep"]


def test_channels_of_a_step_that_only_some_calls_have_follow_those_in_front_of_it() -> None:
    """Where it is not flattened there are 5 channels at the end."""
    blocks = {"b(deep)": [{"flatten": None, "when": "deep"}, {"linear": 5}]}
    spec = {"input": [4, 6], "blocks": blocks, "layers": [{"b": "true"}, {"b": "false"}]}
    assert "nn.Linear(6 * in_channels if deep else in_channels, 5)" in body(spec, "B")


def test_a_number_that_differs_and_is_seen_in_the_state_dict_makes_two_classes() -> None:
    steps = [{"linear": 4, "when": "deep"}, {"linear": 4, "as": "x"}, {"linear": 4}, {"add": ["here", "x"]}]
    spec = {"input": [4], "blocks": {"b(deep)": steps}, "layers": [{"b": "true"}, {"b": "false"}]}
    assert assert_alive(spec).scopes == ("B", "B2", "Network")
    assert {"0.0", "0.x", "0.2", "1.x", "1.1"} <= set(modules(spec))


def test_a_name_with_an_argument_is_computed_by_the_class() -> None:
    steps = ["relu", {"linear": 4, "as": "l$k"}]
    spec = {"input": [4], "blocks": {"b(k)": steps}, "layers": [{"b": 1}, {"b": 2}]}
    assert assert_alive(spec).scopes == ("B", "Network")
    assert {"0.l1", "1.l2"} <= set(modules(spec))


def test_a_written_out_loop_that_is_absent_at_one_call_makes_two_classes() -> None:
    loop = {"repeat": 2, "do": [{"linear": 4}, "tanh"], "when": "deep"}
    blocks = {"b(deep)": [{"linear": 4, "as": "first"}, loop, "relu"]}
    spec = {"input": [4], "blocks": blocks, "layers": [{"b": "true"}, {"b": "false"}]}
    source = assert_alive(spec)
    assert source.scopes == ("B", "B2", "Network")
    assert "if" not in source.text.split()


def test_calls_that_read_other_maps_are_other_classes() -> None:
    steps = [{"linear": 4, "as": "l1"}, {"linear": 4, "as": "l2"}, {"relu": None, "from": "l$k"}]
    spec = {"input": [4], "blocks": {"b(k)": steps}, "layers": [{"b": 1}, {"b": 2}]}
    assert assert_alive(spec).scopes == ("B", "B2", "Network")
    assert "self.relu(l1)" in body(spec, "B")
    assert "self.relu(self.l2(x))" in body(spec, "B2")


def test_a_function_that_python_lacks_is_supplied() -> None:
    steps = [{"linear": 4, "as": "l$(divisible(k, 8))"}, "relu"]
    spec = {"input": [4], "blocks": {"b(k)": steps}, "layers": [{"b": 8}, {"b": 17}]}
    source = assert_alive(spec)
    assert (source.scopes, source.supplied) == (("B", "Network"), ("divisible",))
    assert {"0.l8", "1.l16"} <= set(modules(spec))


def test_names_that_python_cannot_compute_are_written_in_a_class_for_each_call() -> None:
    """A function of the spec is none of Python."""
    steps = [{"linear": 4, "as": "l$(twice(k))"}, "relu"]
    spec = {
        "input": [4],
        "let": {"twice(k)": "2*k"},
        "blocks": {"b(k)": steps},
        "layers": [{"b": 8}, {"b": 17}],
    }
    assert assert_alive(spec).scopes == ("B", "B2", "Network")
    assert {"0.l16", "1.l34"} <= set(modules(spec))


@pytest.mark.parametrize(
    ("other", "norm", "calls"),
    [
        ([8], "nn.LayerNorm(layer_norm_in_channels)", "(4, 8) 8"),
        ([3, 8], "nn.LayerNorm((in_channels, 8))", "4 3"),
        ([2, 4, 8], "nn.LayerNorm(layer_norm_in_channels)", "(4, 8) (2, 4, 8)"),
    ],
)
def test_shapes_are_told_axis_by_axis_where_they_have_as_many(other: list[int], norm: str, calls: str) -> None:
    spec = {
        "input": {"x": [4, 8], "y": other},
        "blocks": {"b": ["layer_norm", "relu"]},
        "layers": [{"b": None, "from": "x", "as": "p"}, {"b": None, "from": "y", "as": "q"}],
        "output": ["p", "q"],
    }
    assert norm in body(spec, "B")
    given = [ast.unparse(call.args[0]) for call in nodes_of(body(spec), ast.Call) if ast.unparse(call.func) == "B"]
    assert " ".join(given) == calls


# Alternatives


def test_alternatives_of_one_name_are_one_attribute() -> None:
    steps = [
        {"conv": [4, 3, 1, 1], "as": "tree", "when": "flag"},
        {"conv": [4, 1], "as": "tree", "when": "not flag"},
    ]
    spec = {"input": [4, 8, 8], "blocks": {"a(flag=true)": steps}, "layers": [{"a": True}, {"a": False}]}
    assert body(spec, "A") == (
        "class A(nn.Module):\n"
        "    def __init__(self, in_channels: int, flag: bool = True) -> None:\n"
        "        super().__init__()\n"
        "        self.tree = (\n"
        "            nn.Conv2d(in_channels, 4, kernel_size=3, padding=1)\n"
        "            if flag\n"
        "            else nn.Conv2d(in_channels, 4, kernel_size=1)\n"
        "        )\n"
        "    def forward(self, x: Tensor) -> Tensor:\n"
        "        return self.tree(x)\n"
    )


def test_alternatives_that_feed_others_stand_behind_if_and_else() -> None:
    steps = [
        {"concat": [[{"conv": [4, 3, 1, 1], "as": "tree"}], "here"], "when": "flag"},
        {"concat": [[{"conv": [4, 1], "as": "tree"}], "here", "here"], "when": "not flag"},
    ]
    spec = {"input": [4, 8, 8], "blocks": {"a(flag=true)": steps}, "layers": [{"a": True}, {"a": False}]}
    assert body(spec, "A").partition("def forward")[2] == (
        "(self, x: Tensor) -> Tensor:\n"
        "        if self.flag:\n"
        "            out = torch.cat([self.tree(x), x], dim=1)\n"
        "        else:\n"
        "            out = torch.cat([self.tree(x), x, x], dim=1)\n"
        "        return out\n"
    )


def test_alternatives_that_are_used_alike_need_no_condition() -> None:
    steps = [
        {"concat": [[{"conv": [4, 3, 1, 1], "as": "tree"}], "here"], "when": "flag"},
        {"concat": [[{"conv": [4, 1], "as": "tree"}], "here"], "when": "not flag"},
    ]
    spec = {"input": [4, 8, 8], "blocks": {"a(flag=true)": steps}, "layers": [{"a": True}, {"a": False}]}
    text = body(spec, "A")
    assert "self.flag" not in text
    assert text.endswith("        return torch.cat([self.tree(x), x], dim=1)\n")


def test_one_of_three_alternatives_may_be_none_of_them() -> None:
    layers = [{"linear": 5, "as": "fc", "when": "n == 1"}, {"linear": 6, "as": "fc", "when": "n == 2"}]
    group = {"as": "fc", "when": "n == 3", "do": [{"linear": 7}, "relu"]}
    calls: list[Any] = [{"a": 1}, {"a": 2}, {"a": 3}, {"a": 4}]
    spec = {"input": [4], "blocks": {"a(n)": [*layers, group, "tanh"]}, "layers": calls}
    assert assert_alive(spec).scopes == ("A", "Network")
    assert {name: kind for name, kind in modules(spec).items() if name.endswith("fc")} == {
        "0.fc": "Linear",
        "1.fc": "Linear",
        "2.fc": "Sequential",
        "3.fc": "Identity",
    }


def test_an_identity_stands_for_what_it_reads_whatever_its_condition() -> None:
    steps = [
        {"conv": [4, 1], "as": "dw", "when": "r"},
        {"identity": None, "as": "dw", "when": "not r"},
        {"identity": None, "as": "drop", "when": "q"},
    ]
    calls: list[Any] = [{"a": [True, False]}, {"a": [False, True]}, {"a": [False, False]}]
    text = body({"input": [4, 16, 16], "blocks": {"a(r=true, q=true)": steps}, "layers": calls}, "A")
    assert "def __init__(self, in_channels: int, r: bool = True) -> None:" in text
    assert "self.dw = nn.Conv2d(in_channels, 4, kernel_size=1) if r else nn.Identity()" in text
    assert "return self.dw(x)" in text


# Values


def test_a_kind_of_layer_that_a_block_is_given_is_a_class() -> None:
    steps = [{"conv": ["out", 1]}, {"apply": "act"}]
    calls: list[Any] = [{"unit": 8}, {"unit": [8, "hardswish"]}, {"unit": [5, "identity"]}]
    spec = {"input": [4, 8, 8], "blocks": {"unit(out, act=relu)": steps}, "layers": calls}
    assert body(spec, "Unit") == (
        "class Unit(nn.Sequential):\n"
        "    def __init__(\n"
        "        self,\n"
        "        in_channels: int,\n"
        "        out: int,\n"
        "        act: type[nn.Module] = nn.ReLU,\n"
        "    ) -> None:\n"
        "        super().__init__(nn.Conv2d(in_channels, out, kernel_size=1), act())\n"
    )
    assert "Unit(8, 8, act=nn.Hardswish), Unit(8, 5, act=nn.Identity)" in " ".join(body(spec).split())


def test_a_word_that_a_module_takes_stays_a_text() -> None:
    steps = [{"conv": {"out": "out", "kernel": 3, "padding": "same", "padding_mode": "mode"}}, "relu"]
    calls: list[Any] = [{"unit": [8, "zeros"]}, {"unit": [4, "reflect"]}]
    source = assert_alive({"input": [4, 8, 8], "blocks": {"unit(out, mode)": steps}, "layers": calls})
    assert "type[" not in source.text
    assert 'padding_mode="reflect"' in source.text


def test_rates_that_grow_with_the_depth_are_set_for_the_whole_network() -> None:
    """The rate is that of the last layer; each of the three has its share of it."""
    steps = [{"add": ["here", [{"linear": 4}, {"stochastic_depth": {"rate": 0.3, "decay": "linear"}}]]}]
    spec = {"input": [4], "blocks": {"unit": steps}, "layers": [{"repeat": 3, "do": ["unit"]}]}
    source = assert_alive(spec)
    assert "StochasticDepth(0.3)" in scope_text(source, "Unit")
    assert "spread_rates(self)" in scope_text(source, "Network")
    rates = [one.p for one in built(source).modules() if type(one).__name__ == "StochasticDepth"]
    assert rates == pytest.approx([0.1, 0.2, 0.3])


def test_rates_over_blocks_count_the_blocks_without_the_layer() -> None:
    drop = {"stochastic_depth": {"rate": 0.4, "decay": "from_zero", "over": "blocks"}}
    steps = [{"linear": "out"}, {**drop, "when": "in_channels == 4"}]
    calls: list[Any] = [{"unit": 4}, {"unit": 3}, {"unit": 4}, {"unit": 4}]
    source = assert_alive({"input": [4], "blocks": {"unit(out)": steps}, "layers": calls})
    assert "spread_rates_over(self, (Unit,), first=0)" in source.text
    rates = [one.p for one in built(source).modules() if type(one).__name__ == "StochasticDepth"]
    assert rates == pytest.approx([0.0, 0.2, 0.3])


# Loops


def test_a_group_with_groups_that_occurs_again_is_a_class() -> None:
    stage = {
        "as": "$i",
        "do": [
            {"as": "down", "when": "i > 0", "do": [{"conv": ["width", 2, 2], "as": "conv"}]},
            {"as": "blocks", "do": [{"repeat": 2, "do": [{"conv": ["width", 1]}]}]},
        ],
    }
    loop = {"for": {"i": "0..2", "width": [4, 8, 16]}, "do": [stage]}
    spec = {"input": [4, 16, 16], "layers": [{"as": "stages", "do": [loop]}]}
    source = assert_alive(spec)
    assert source.scopes == ("Stage", "Network")
    assert "nn.Sequential(Stage(4, 0, 4), Stage(4, 1, 8), Stage(8, 2, 16))" in source.text


def test_stages_with_names_of_their_own_are_a_loop() -> None:
    inner = {"for": {"j": "1..depth"}, "do": [{"linear": "width", "as": "fc$(i)_$j"}]}
    loop = {"for": {"i": "1..3", "width": [8, 6, 5], "depth": [4, 5, 6]}, "do": [inner, {"tanh": None, "as": "act$i"}]}
    text = body({"input": [4], "layers": [{"as": "trunk", "do": [loop]}]})
    assert text.count("nn.Linear") == 1
    assert "for i, (width, depth) in enumerate([(8, 4), (6, 5), (5, 6)], 1):" in text


def test_repeat_is_a_comprehension() -> None:
    spec = {"input": [4], "layers": [{"repeat": 8, "do": [{"linear": 4}]}]}
    assert body(spec) == (
        "class Network(nn.Sequential):\n"
        "    def __init__(self) -> None:\n"
        "        super().__init__(*[nn.Linear(4, 4) for _ in range(8)])\n"
    )


def test_the_channels_of_the_first_turn_may_be_others() -> None:
    spec = {"input": [4], "layers": [{"repeat": 8, "do": [{"linear": 5}]}]}
    assert body(spec).count("nn.Linear") <= 2
    shapes = [tuple(one.shape) for name, one in built(exported(spec)).named_parameters() if name.endswith("weight")]
    assert shapes == [(5, 4)] + [(5, 5)] * 7


def test_a_loop_with_lists_is_a_for_statement() -> None:
    widths = [8, 16, 8, 32, 8, 64, 8, 128]
    spec = {"input": [4], "layers": [{"for": {"w": widths}, "do": [{"linear": "w"}, "tanh", {"linear": "2*w"}]}]}
    text = body(spec)
    [loop] = nodes_of(text, ast.For)
    assert ast.unparse(loop.target) == "w"
    assert ast.literal_eval(loop.iter) == widths
    assert text.count("nn.Linear") == 2
    assert list(modules(spec).values()) == ["Linear", "Tanh", "Linear"] * 8


def test_a_short_loop_may_be_written_out() -> None:
    spec = {"input": [4], "layers": [{"for": {"w": [8, 5]}, "do": [{"linear": "w"}]}]}
    assert {name: tuple(one.shape) for name, one in built(assert_alive(spec)).state_dict().items()} == {
        "0.weight": (8, 4),
        "0.bias": (8,),
        "1.weight": (5, 8),
        "1.bias": (5,),
    }


def test_a_loop_in_a_loop() -> None:
    inner = {"repeat": "depth", "do": [{"linear": "w"}, "relu"]}
    loop = {"for": {"w": [8, 9, 10, 11], "depth": [1, 3, 2, 4]}, "do": [inner, "tanh"]}
    text = body({"input": [4], "layers": [loop]})
    assert len(nodes_of(text, ast.For)) == 2
    assert text.count("nn.Linear") == 1


def test_a_loop_of_no_turns_is_nothing() -> None:
    text = body({"input": [4], "layers": [{"repeat": 0, "do": [{"linear": 9}]}, "relu"]})
    assert "Linear" not in text


# Names


def test_computed_names_are_names_in_the_state_dict() -> None:
    step = {"for": {"i": "1..9"}, "do": [{"linear": "3 + i", "as": "layer$i"}, {"linear": 4, "as": "conv$(2*i)_$i"}]}
    spec = {"input": [4], "layers": [step]}
    source = assert_alive(spec)
    found = list(dict.fromkeys(name.partition(".")[0] for name in built(source).state_dict()))
    assert found == [name for i in range(1, 10) for name in (f"layer{i}", f"conv{2 * i}_{i}")]


def test_numbers_that_a_chain_counts_otherwise_are_kept() -> None:
    # The merge makes it no chain, and takes no number.
    spec = {"input": [4], "layers": [{"linear": 4}, "relu", {"add": ["here", [{"linear": 4}]]}, {"linear": 3}]}
    found = {name.partition(".")[0] for name in built(assert_alive(spec)).state_dict()}
    assert found == {"0", "2", "3"}


def test_a_named_group_is_a_sequential() -> None:
    spec = {"input": [4], "layers": [{"do": [{"linear": 5}, "relu"], "as": "features"}, {"linear": 2, "as": "fc"}]}
    assert body(spec) == (
        "class Network(nn.Module):\n"
        "    def __init__(self) -> None:\n"
        "        super().__init__()\n"
        "        self.features = nn.Sequential(nn.Linear(4, 5), nn.ReLU())\n"
        "        self.fc = nn.Linear(5, 2)\n"
        "    def forward(self, x: Tensor) -> Tensor:\n"
        "        x = self.features(x)\n"
        "        return self.fc(x)\n"
    )
    assert modules(spec) == {"features": "Sequential", "features.0": "Linear", "features.1": "ReLU", "fc": "Linear"}


def test_a_named_group_that_is_not_a_chain_is_a_class() -> None:
    spec = {
        "input": [4],
        "layers": [{"do": [{"add": ["here", [{"linear": 4}]]}, "relu"], "as": "stage1"}, {"linear": 2}],
    }
    source = assert_alive(spec)
    assert source.scopes == ("Stage", "Network")
    assert set(built(source).state_dict()) == {"stage1.0.weight", "stage1.0.bias", "1.weight", "1.bias"}


# Wiring


def test_shared_layers_are_one_attribute_that_is_called_twice() -> None:
    layers: list[Any] = [{"linear": 4, "as": "fc"}, "relu", {"use": "fc"}, {"use": "fc"}]
    text = body({"input": [4], "layers": layers})
    assert text.count("nn.Linear(") == 1
    assert text.count("self.fc(") == 3


def test_shared_groups_and_shared_buffers_are_one_module() -> None:
    group = {"do": [{"linear": 4}, {"batch_norm": {"affine": False}}], "as": "tower"}
    layers: list[Any] = [{**group, "from": "left"}, {"use": "tower", "from": "right"}, {"add": ["here", "tower"]}]
    source = assert_alive({"input": {"left": [4], "right": [4]}, "layers": layers})
    assert scope_text(source, "Network").count("self.tower(") == 2
    norm: list[Any] = [{"batch_norm": {"affine": False}, "as": "norm"}, "relu", {"use": "norm"}]
    source = assert_alive({"input": [4], "layers": norm})
    assert scope_text(source, "Network").count("self.norm(") == 2


def test_a_group_that_is_used_again_hands_out_what_it_does_the_first_time() -> None:
    group = {"as": "g", "do": [{"prelu": None, "as": "a"}, "relu"]}
    text = body({"input": [4, 8, 8], "layers": [group, {"use": "g"}, {"add": ["here", "g.a"]}]})
    assert "x, g_a = self.g(x)" in text
    assert "x, _ = self.g(x)" in text


def test_branches_that_are_read_later_keep_their_names() -> None:
    layers: list[Any] = [{"linear": 4, "as": "skip"}, "relu", {"linear": 4}, {"add": ["here", "skip"]}]
    text = body({"input": [4], "layers": layers})
    assert "skip = self.skip(x)" in text
    assert "+ skip" in text


def test_several_inputs_come_in_the_order_of_the_spec() -> None:
    spec = {
        "input": {"image": [3, 8, 8], "text": [5]},
        "layers": [{"global_avg_pool": None, "from": "image"}, {"reshape": [3]}, {"concat": ["here", "text"]}],
    }
    source = assert_alive(spec)
    assert "def forward(self, image: Tensor, text: Tensor) -> Tensor:" in source.text
    assert ran(built(source), [of_sizes(7, 3, 8, 8), of_sizes(7, 5)]) == [(7, 8)]


def test_several_outputs_come_as_a_tuple_in_the_order_of_the_spec() -> None:
    torch = load_torch()
    layers: list[Any] = [{"linear": 5, "as": "a"}, {"linear": 6, "as": "b"}, {"linear": 7, "as": "c"}]
    spec = {"input": [4], "layers": layers, "output": ["c", "a"]}
    source = assert_alive(spec)
    assert "-> tuple[Tensor, Tensor]:" in source.text
    found = built(source)(torch.zeros(3, 4, device="meta"))
    assert isinstance(found, tuple)
    assert [tuple(one.shape) for one in found] == [(3, 7), (3, 5)]


def test_the_same_map_twice_among_the_outputs_is_returned_as_the_spec_says() -> None:
    layers: list[Any] = [{"relu": None, "as": "a"}, {"identity": None, "as": "b"}]
    assert_alive({"input": [4], "layers": layers, "output": ["a", "b"]})


def test_split_gives_its_parts() -> None:
    spec = {
        "input": [6, 5],
        "layers": [{"split": 3, "as": "parts"}, {"add": ["parts.0", "parts.2"]}, {"concat": ["here", "parts.1"]}],
    }
    torch = load_torch()
    source = assert_alive(spec)
    x = torch.arange(60.0).reshape(2, 6, 5)
    first, second, third = x.split(2, 1)
    assert torch.equal(built(source, "cpu")(x), torch.cat([first + third, second], 1))


def test_unpool_puts_the_maxima_back_to_their_places() -> None:
    torch = load_torch()
    spec = {"input": [1, 4, 4], "layers": [{"max_pool": 2, "as": "pool"}, {"unpool": "pool"}]}
    source = assert_alive(spec)
    assert "return_indices=True" in source.text
    x = torch.rand(2, 1, 4, 4, generator=torch.Generator().manual_seed(0))
    found = built(source, "cpu")(x)
    pooled = torch.nn.functional.max_pool2d(x, 2).repeat_interleave(2, 2).repeat_interleave(2, 3)
    assert torch.equal(found, torch.where(x == pooled, x, torch.zeros(())))


def test_indices_leave_the_block_that_pools() -> None:
    spec = {
        "input": [1, 8, 8],
        "blocks": {
            "down(w)": [{"conv": ["w", 1]}, {"max_pool": 2, "as": "pool"}],
            "up(pooled, w)": [{"unpool": "pooled"}, {"conv": ["w", 1]}],
        },
        "layers": [
            {"down": 3, "as": "one"},
            {"down": 5, "as": "two"},
            {"up": ["two.pool", 3]},
            {"up": ["one.pool", 2]},
        ],
    }
    source = assert_alive(spec)
    assert set(source.scopes) == {"Down", "Up", "Network"}


def test_per_item_inputs_are_folded_into_the_batch() -> None:
    spec = {
        "input": {"image": [3, 9, 9], "rois": {"shape": [4], "count": "R"}},
        "at": {"R": 3},
        "layers": [
            {"conv": [5, 3], "from": "image"},
            {"roi_pool": {"boxes": "rois", "size": 2}},
            {"reshape": [20]},
            {"linear": 7, "as": "score"},
        ],
    }
    source = assert_alive(spec)
    assert_alive(spec, R=11)
    # The number of regions is a matter of the tensors.
    assert source.arguments == {}
    assert ran(built(source), [of_sizes(2, 3, 9, 9), of_sizes(10, 4)]) == [(10, 7)]


# Parameters


def test_frozen_layers_need_no_gradient() -> None:
    layers: list[Any] = [
        {"linear": 4, "as": "a"},
        {"linear": 4, "as": "b", "trainable": "false"},
        {"do": [{"linear": 4}, {"linear": 3, "trainable": "true"}], "as": "c", "trainable": "false"},
        {"affine": None, "as": "d"},
    ]
    source = assert_alive({"input": [4], "layers": layers})
    needs = {name: one.requires_grad for name, one in built(source).named_parameters()}
    assert not needs["b.weight"] and not needs["b.bias"] and not needs["c.0.weight"]
    assert needs["a.weight"] and needs["d.weight"]
    assert "requires_grad_(False)" in source.text


def test_a_block_may_be_frozen_at_some_of_its_calls() -> None:
    steps: list[Any] = [{"linear": 4}, "relu"]
    calls: list[Any] = [{"unit": None, "as": "a"}, {"unit": None, "as": "b", "trainable": "false"}]
    source = assert_alive({"input": [4], "blocks": {"unit": steps}, "layers": calls})
    needs = {name: one.requires_grad for name, one in built(source).named_parameters()}
    assert needs == {"a.0.weight": True, "a.0.bias": True, "b.0.weight": False, "b.0.bias": False}


# Sizes


def test_sizes_that_no_layer_needs_are_no_arguments() -> None:
    spec = {"input": [3, "H", "W"], "at": {"H": 8, "W": 9}, "layers": [{"conv": [4, 3]}, "relu", {"max_pool": 2}]}
    spec["rounding"] = "floor"
    source = exported(spec)
    assert source.arguments == {}
    module = built(source)
    for height, width in ((8, 9), (20, 5), (7, 7)):
        graph = concrete(spec, H=height, W=width)
        assert ran(module, batches(graph.inputs)) == promised(graph)


def test_sizes_that_layers_need_are_arguments_with_the_values_of_the_spec() -> None:
    spec = {
        "input": [3, "N", "N"],
        "at": {"N": 8, "classes": 10},
        "layers": [{"conv": [4, 3]}, {"max_pool": 2}, "flatten", {"linear": "classes", "as": "fc"}],
    }
    source = assert_alive(spec)
    assert source.arguments == {"N": "N", "classes": "classes"}
    assert "def __init__(self, N: int = 8, classes: int = 10) -> None:" in source.text
    for sizes in ({"N": 12}, {"N": 22, "classes": 3}, {"classes": 1}):
        assert_alive(spec, **sizes)


def test_only_the_symbols_that_are_needed_are_arguments() -> None:
    spec = {
        "input": ["C", "L"],
        "at": {"C": 4, "L": 9, "K": 5},
        "layers": [{"conv": ["2*C", 3]}, "relu", {"conv": ["K", 1]}, "global_avg_pool"],
    }
    source = assert_alive(spec)
    assert set(source.arguments) == {"C", "K"}
    assert_alive(spec, C=2, L=20, K=1)


def test_symbols_reach_the_blocks_that_read_them() -> None:
    spec = {
        "input": [4],
        "at": {"width": 6},
        "blocks": {"unit(k)": [{"linear": "k*width"}, "relu", {"linear": "width + k"}]},
        "layers": [{"unit": 2}, {"unit": 3}],
    }
    source = assert_alive(spec)
    assert source.arguments == {"width": "width"}
    for width in (1, 2, 31):
        assert_alive(spec, width=width)


def test_a_network_that_depends_on_a_value_is_written_for_this_value() -> None:
    spec = {"input": ["N"], "at": {"N": 4}, "layers": [{"linear": 3, "when": "N > 3"}, {"repeat": "N", "do": ["relu"]}]}
    for size, layers in ((4, 5), (2, 2)):
        source, notes = write(archcalc.load(spec).program, {"N": size})
        assert source is not None
        assert source.arguments == {}
        assert [note.code.id for note in notes] == ["AC503"]
        assert f"N = {size}" in notes[0].message
        assert len(built(source)) == layers


@pytest.mark.parametrize("sizes", [{"N": 16}, {"N": 33}])
def test_sizes_may_be_chosen_when_writing(sizes: dict[str, int]) -> None:
    spec = {
        "input": [3, "N"],
        "at": {"N": 8},
        "rounding": "floor",
        "layers": [{"conv": [4, 3]}, "flatten", {"linear": 2}],
    }
    source = exported(spec, **sizes)
    graph = concrete(spec, **sizes)
    given = {} if not source.arguments else sizes
    assert ran(built(source, **given), batches(graph.inputs)) == promised(graph)


# The library


def test_only_what_is_used_is_copied_and_what_it_uses() -> None:
    source = assert_alive({"input": [4, 6, 6], "layers": [{"conv": [3, 3], "as": "a"}, "affine"]})
    assert source.supplied == ("Affine",)
    assert list(definitions(source)) == ["Affine", "Network"]
    cropped = [{"crop": {"to": "here"}, "from": "skip"}]
    layers: list[Any] = [{"relu": None, "as": "skip"}, {"conv": [4, 3]}, {"add": ["here", cropped]}]
    source = assert_alive({"input": [4, 6, 6], "layers": layers})
    assert "center_crop" in source.supplied
    called = {node.id for node in nodes_of(source.text, ast.Name)}
    assert set(source.supplied) <= called


def test_plain_networks_import_only_what_they_name() -> None:
    text = exported({"input": [4], "layers": [{"linear": 4}, "relu"]}).text
    assert "from torch import nn\n" in text
    assert "import torch\n" not in text
