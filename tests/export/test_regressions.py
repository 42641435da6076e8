"""Networks whose code was once wrong, each as small as it could be made."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from layers.oracles import load_torch

import archcalc
from archcalc.export.torch import write

CASES: dict[str, Any] = {
    "a name that a loop computes, in a class that is no chain": {
        "input": [4, 4],
        "layers": [
            {
                "for": {"i": "0..2"},
                "do": [
                    {
                        "as": "m_$(i)",
                        "do": [{"multiply": [[{"conv": [2, 1]}], [{"affine": {}, "as": "a_$(i)"}, {"conv": [2, 1]}]]}],
                    }
                ],
            }
        ],
    },
    "a list of one size for the one axis, which nn.LPPool1d does not take": {
        "input": [2, 9],
        "layers": [{"lp_pool": {"norm": 2, "kernel": [3]}}],
    },
    "one map under two names": {
        "input": [4, 4, 4],
        "layers": [{"conv": [4, 1]}, {"batch_norm": {}, "as": "s1"}, {"as": "m6", "do": []}],
        "output": ["m6", "s1"],
    },
    "a part that is there at one place only, and that nobody reads": {
        "input": [8, 4, 4],
        "blocks": {"b(f)": [{"relu": {}, "from": "input", "when": "not f"}, {"sigmoid": {}, "from": "input"}]},
        "layers": [{"b": True, "as": "c0"}, {"b": False, "as": "c1"}],
    },
    "a group that is a chain at one place only": {
        "input": [4],
        "blocks": {"b(w)": [{"as": "s2", "do": [{"gelu": {}}, {"add": ["here", "here"], "when": "w < 4"}]}]},
        "layers": [{"b": [2]}, {"b": [4]}],
    },
    "a module made under a condition, and its like without": {
        "input": [3, 16, 16],
        "blocks": {
            "b(flag)": [
                {"conv": [3, 1], "as": "c"},
                {"sigmoid": {}, "from": "input", "when": "flag"},
                {"conv": [3, 1], "as": "d"},
                "sigmoid",
            ]
        },
        "layers": [{"b": False, "as": "one"}, {"b": True, "as": "two"}],
    },
    "an identity whose input is read again": {
        "input": [4],
        "layers": [{"identity": {}, "as": "m1"}, {"use": "m1"}, "batch_norm", {"identity": {}}],
        "output": ["m1"],
    },
    "a list of four widths": {
        "input": [3, 16, 16],
        "blocks": {"b(ws)": [{"for": {"w": "ws"}, "do": [{"conv": ["w", 3, 1, 1]}, "relu"]}]},
        "layers": [{"b": [[8, 16, 32, 64]], "as": "one"}, {"b": [[8, 16, 48]], "as": "two"}],
    },
    "a loop that does not turn at one place": {
        "input": [3, 16, 16],
        "blocks": {"b(w, n)": [{"conv": ["w", 1]}, {"repeat": "n - 1", "do": [{"conv": ["w", 3]}]}]},
        "layers": [{"b": [8, 1], "as": "one"}, {"b": [16, 3], "as": "two"}],
    },
    "other defaults than those of the layer": {
        "input": [3, 16, 16],
        "blocks": {"b(f)": [{"instance_norm": {"affine": "f"}, "as": "g"}]},
        "layers": [{"b": True, "as": "one"}, {"b": False, "as": "two"}],
    },
    "a block named like a method of modules": {
        "input": [3, 16, 16],
        "blocks": {"half": ["relu", "sigmoid"]},
        "layers": [{"conv": [64, 3], "as": "c"}, "half"],
    },
}


@pytest.mark.parametrize("title", CASES)
def test_it_runs_and_has_the_names_and_shapes_of_its_graph(title: str) -> None:
    torch = load_torch()
    architecture = archcalc.load(CASES[title])
    graph = architecture.unfold().graph
    with torch.device("meta"):
        network = architecture.build_torch()
        found = network.eval()(*(torch.zeros(2, *node.outputs[0].shape.sizes) for node in graph.inputs))
    outputs = found if isinstance(found, tuple) else (found,)
    assert [tuple(one.shape[1:]) for one in outputs] == [value.shape.sizes for value in graph.outputs.values()]
    owners = [node for node in graph.nodes if node.facts and node.shares is None]
    tensors = {f"{node.name}.{one.name}" for node in owners for one in (*node.facts.weights, *node.facts.buffers)}
    assert set(network.state_dict()) == tensors


def test_sizes_and_symbols_do_not_get_mixed_up() -> None:
    architecture = archcalc.load("input: [3, N, N]\nat: {N: 8}\nlayers: [{conv: [4, 3]}]\n")
    shown = [str(architecture.check(symbolic=symbolic).outputs["output"][1]) for symbolic in (False, True, False)]
    assert shown == ["6", "N - 2", "6"]
    source, _ = write(architecture.program, {})
    assert source is not None and source.arguments == {}


def test_a_size_longer_than_any_expression_of_a_spec_is_written() -> None:
    spec = {
        "input": {"x": ["N"], "y": ["M"], "z": ["K"]},
        "at": {"N": 2, "M": 3, "K": 4},
        "layers": [{"linear": "(channels(x) + channels(y) + channels(z) + 1)**12", "from": "x"}],
    }
    source, findings = write(archcalc.load(spec).program, {})
    assert source is not None and findings == []
    (linear,) = [
        node
        for node in ast.walk(ast.parse(source.text))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "nn.Linear"
    ]
    sizes = {source.arguments[name]: size for name, size in spec["at"].items()}
    outputs = eval(compile(ast.Expression(linear.args[1]), "<outputs>", "eval"), {}, sizes)
    assert outputs == 10**12, "455 terms at N = 2, M = 3, K = 4"
