"""Sizes that a formula asks of a map are those of the tensor when `forward` runs, at any legal size."""

from __future__ import annotations

import ast
import re
from typing import Any

import pytest
from export.generated import assert_alive, batches, built, concrete, exported, promised, ran, scope_text
from layers.oracles import load_torch

Data = dict[str, Any]


def last(spec: Data) -> str:
    """The last line of `forward` of the network; the code runs and gives what it promises."""
    return code(spec).splitlines()[-1].strip()


def code(spec: Data, name: str | None = None) -> str:
    """The text of a class without its title, by default of the network; what the code does is checked as well."""
    source = assert_alive(spec)
    return scope_text(source, name or source.class_name)


def over(*steps: Any) -> Data:
    """A network of some steps on a convolution of an image of any size."""
    image = {"input": {"a": [8, "N", "M"], "b": [8, 16, 16]}, "at": {"N": 24, "M": 32}}
    return {**image, "layers": [{"conv": [4, 1], "from": "a", "as": "c"}, *steps]}


@pytest.mark.parametrize(
    ("step", "written"),
    [
        (
            {"reshape": ["channels(c)", "height(c) / 4", 4, "width(c)"]},
            "return x.reshape(B, C, H // 4, 4, W)",
        ),
        ({"reshape": ["channels(c) / 2", 2, "height(c) * width(c)"]}, "return x.reshape(B, C // 2, 2, H * W)"),
        ({"reshape": ["size(c, 0) * size(c, -1)", "-1"]}, "return x.reshape(B, C * W, -1)"),
        ({"slice": {"axis": 1, "stop": "height(c) - 2"}}, "return x[:, :, :x.shape[2] - 2]"),
        ({"slice": {"axis": 1, "start": "height(c) // 2 + 1"}}, "return x[:, :, x.shape[2] // 2 + 1:]"),
        ({"roll": {"shifts": "height(c) // 2", "axes": 1}}, "return torch.roll(x, shifts=x.shape[2] // 2, dims=2)"),
        (
            {"pad": {"padding": [[0, "width(c)"], [0, 3]]}},
            "return nn.functional.pad(x, (0, 3, 0, x.shape[3]))",
        ),
        (
            {"upsample": {"size": ["height(c)", "width(c)"]}, "from": "b"},
            "return nn.functional.interpolate(b, size=x.shape[2:], mode='nearest')",
        ),
        (
            {"upsample": {"size": ["height(c) + 1", "2 * width(c)"], "mode": "bilinear"}, "from": "b"},
            "return nn.functional.interpolate(b, size=(H + 1, 2 * W), mode='bilinear')",
        ),
        (
            {"adaptive_avg_pool": {"size": ["height(c)", "width(c)"]}, "from": "b"},
            "return nn.functional.adaptive_avg_pool2d(b, x.shape[2:])",
        ),
        (
            {"crop": {"size": ["height(b)", "width(b)"], "offset": 1}},
            "return crop_to(self.c(a), b.shape[2:], 1)",
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_function_is_given_the_sizes_of_the_tensor(step: Data, written: str) -> None:
    spec = over(step)
    text = code(spec)
    assert ast.unparse(ast.parse(text)).endswith(written)
    assert set(re.findall(r"self\.\w+", text)) == {"self.c"}
    for n, m in ((24, 32), (28, 32), (40, 24)):
        graph = concrete(spec, N=n, M=m)
        assert ran(built(exported(spec), N=n, M=m), batches(graph.inputs)) == promised(graph), (n, m)


def test_what_is_no_size_of_a_map_stays_as_it_is() -> None:
    assert last({"input": [4, 6, 8], "layers": ["relu", {"reshape": [2, 96]}]}) == "return x.reshape(len(x), 2, 96)"
    assert (
        last({"input": [4, 6], "layers": ["relu", {"permute": [1, 0], "as": "p"}]})
        == "return self.relu(x).permute(0, 2, 1)"
    )


def test_several_sizes_of_a_tensor_have_names_once() -> None:
    spec = {
        "input": [3, "N", "N"],
        "at": {"N": 28},
        "blocks": {
            "windows(side)": [
                {
                    "reshape": [
                        "in_channels",
                        "height(here) // side",
                        "side",
                        "width(here) // side",
                        "side",
                    ]
                },
                {"permute": [1, 3, 0, 2, 4]},
                {"reshape": ["-1", "channels(input)", "side", "side"]},
            ]
        },
        "layers": [{"windows": 7}, {"conv": [4, 1]}],
    }
    text = code({**spec, "layers": [{"windows": 7}]}, "Windows")
    assert text.splitlines()[-3:] == [
        "        B, C, H, W = x.shape",
        "        x = x.reshape(B, C, H // self.side, self.side, W // self.side, self.side)",
        "        return x.permute(0, 2, 4, 1, 3, 5).reshape(B, -1, C, self.side, self.side)",
    ]


def test_a_size_is_that_of_a_map_from_outside_the_block() -> None:
    top = [
        {"conv": {"out": 4, "kernel": 1}, "from": "skip", "as": "near"},
        {"upsample": {"size": ["height(near)", "width(near)"]}, "from": "input"},
        {"add": ["here", "near"]},
    ]
    whole = [{"reshape": {"shape": ["height(whole)", "width(whole)", "-1"], "layout": "channels_last"}}]
    spec = {
        "input": [4, "N", "N"],
        "at": {"N": 12},
        "blocks": {"top(skip)": top, "folded(whole)": whole},
        "layers": [
            {"conv": [4, 1], "as": "c"},
            {"max_pool": 2},
            {"top": "c", "as": "joined"},
            {"reshape": {"shape": ["-1", 4], "layout": "channels_last"}},
            {"folded": "joined"},
        ],
    }
    assert code(spec, "Top").endswith(
        'return nn.functional.interpolate(x, size=near.shape[2:], mode="nearest") + near\n'
    )
    assert "def forward(self, x: Tensor, whole: Tensor)" in code(spec, "Folded")


def test_the_number_of_maps_is_none_of_a_tensor_with_more_of_them() -> None:
    """Of the pictures there are three for each map that takes their sizes."""
    spec: Data = {
        "input": {"x": [4, "H", "W"], "pictures": {"shape": [4, "H", "W"], "count": 3}},
        "at": {"H": 6, "W": 6},
        "layers": [
            {"reshape": ["4 * height(pictures)", "width(pictures)"], "from": "x", "as": "wide"},
            {"reshape": ["4 * height(pictures)", "width(pictures)"], "from": "pictures", "as": "many"},
        ],
        "output": ["wide", "many"],
    }
    assert last(spec) == "return x.reshape(len(x), 4 * H, W), pictures.reshape(B, 4 * H, W)"


def test_sizes_are_named_in_front_of_the_branch_that_needs_them() -> None:
    """Both sides of a condition and what comes behind it read the same names."""
    block = [
        {"conv": [4, 1], "as": "c"},
        {"reshape": ["in_channels", "height(c) * width(c)"], "as": "flat"},
        {"roll": {"shifts": "height(c)", "axes": 1}, "when": "shifted"},
        {"reshape": ["channels(c)", "height(c)", "width(c)"]},
    ]
    spec = {
        "input": [4, "N", "M"],
        "at": {"N": 6, "M": 8},
        "blocks": {"b(shifted)": block},
        "layers": [{"b": "true"}, {"b": "false"}],
    }
    text = code(spec, "B")
    assert text.count(".shape") == 1
    for n, m in ((6, 8), (5, 9)):
        graph = concrete(spec, N=n, M=m)
        assert ran(built(exported(spec), N=n, M=m), batches(graph.inputs)) == promised(graph)


def test_numbers_follow_their_places() -> None:
    """A map in windows and back is the map, whatever its size."""
    torch = load_torch()
    there = ["height(here) / 2", 2, "width(here) / 3", 3, "in_channels"]
    spec = {
        "input": [5, "N", "M"],
        "at": {"N": 4, "M": 6},
        "layers": [
            {"channels_last": None, "as": "whole"},
            {"reshape": {"shape": there, "layout": "channels_last"}},
            {"permute": {"axes": [0, 2, 1, 3, 4], "layout": "channels_last"}},
            {"permute": {"axes": [0, 2, 1, 3, 4], "layout": "channels_last"}},
            {"reshape": {"shape": ["height(whole)", "width(whole)", "channels(whole)"], "layout": "channels_last"}},
            "channels_first",
        ],
    }
    module = built(exported(spec), device="cpu")
    for sizes in ((4, 6), (6, 9), (2, 12)):
        image = torch.randn(2, 5, *sizes)
        assert torch.equal(module(image), image)


def test_a_pad_in_a_chain_that_asks_for_a_size_is_a_function() -> None:
    chain = {"as": "grown", "do": [{"pad": [[0, "width(here)"]]}, {"conv": {"out": 2, "kernel": 1}, "as": "c"}]}
    spec = {"input": [4, "N"], "at": {"N": 6}, "layers": [{"conv": [4, 1]}, chain]}
    spec["layers"][1]["do"][0] = {"pad": [[0, "length(here)"]]}
    assert "nn.functional.pad(x, (0, x.shape[2]))" in code(spec, "Grown")


def test_functions_share_a_name_under_opposite_conditions() -> None:
    block = [
        {"conv": [4, 1], "as": "c"},
        {"add": ["here", "input"], "as": "sum", "when": "deep"},
        {"identity": None, "as": "sum", "when": "not deep"},
        {"conv": [4, 1], "from": "sum", "as": "d"},
    ]
    spec = {"input": [4, 3, 3], "blocks": {"b(deep)": block}, "layers": [{"b": "true"}, {"b": "false"}]}
    assert code(spec, "B").endswith("        out = c + x if self.deep else c\n        return self.d(out)\n")


def test_in_a_loop_sizes_are_those_of_the_turn() -> None:
    """What is made outside of the loop has its names in front of it."""
    turn = [
        {"turn": None, "as": "turn$i"},
        {"roll": {"shifts": "height(here) // 2", "axes": 1}},
        {"reshape": ["in_channels / 2", 2, "height(here)", "width(here)"]},
        {"reshape": [4, "height(first)", "width(first)"]},
        {"add": ["here", "first"]},
    ]
    spec = over({"identity": None, "as": "first"}, {"for": {"i": "0..9"}, "do": turn})
    spec["blocks"] = {"turn()": [{"conv": {"out": 4, "kernel": 3, "padding": 1}}, "relu"]}
    before, inside = code(spec).split("        for i in range(10):\n            y =")
    assert "B, _, H, W = x.shape" in before and "C, H2, W2 = z.shape" in inside and "shifts=y.shape[2] // 2" in inside
    for n, m in ((24, 32), (5, 7)):
        graph = concrete(spec, N=n, M=m)
        assert ran(built(exported(spec), N=n, M=m), batches(graph.inputs)) == promised(graph), (n, m)
