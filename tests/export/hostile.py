"""Hostile words, the places of a spec where they can stand, and what code may hold at most."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable
from pathlib import Path
from typing import Any

from export.generated import definitions

import archcalc.export.torch
from archcalc.export.torch import Source

Data = dict[str, Any]

TEXTS = [
    '"', "'", '"""', "'''", '"""; import os #', "'; import os; '", '\\"""', '\\\\"""', '"""\\', "\\", "\\\\", "\\'",
    "\nimport os\n", '"""\nimport os\n"""', "\rimport os", "\r\nimport os", "\x0cimport os", "\x0bimport os",
    "\x85import os", "\u2028import os", "\u2029import os", "\\n", "\\N{BULLET}", "\\x41", "\\u0041", "\\U0001F600",
    "{__import__('os')}", "{{}}", "{", "}", "%s %(x)s %", "$(1)", "#", "# noqa", "# type: ignore", "#!/bin/sh",
    "-*- coding: utf-7 -*-", "\t", "\u202eevil\u202c", "\ufeff", "\u200b", "\u0301e", "é", "ａｂ", "ﬁ", "𝐱", "网络",
    "шрифт", "🙂", "...", "-", "3d", "0", "()", "a" * 300, "word " * 60, "x)\nimport os\n(", '""" """', '"" ""', " ",
    "class A: pass", "*/", "<script>", "\\\n", '\\\n"""',
]  # fmt: skip
"""Texts, most of which are no names."""

WORDS = [
    "nn", "torch", "Tensor", "OrderedDict", "annotations", "self", "super", "cls", "x", "y", "out", "channels",
    "indices", "size", "shape", "dim", "data", "weight", "bias", "_", "__", "___", "_x", "x_", "x_2", "X", "x2", "T",
    "match", "case", "type", "print", "list", "len", "zip", "range", "getattr", "setattr", "enumerate", "int", "tuple",
    "max", "min", "float", "half", "eval", "exec", "open", "compile", "object", "Exception", "None", "True", "true",
    "class", "def", "lambda", "import", "del", "async", "await", "global", "return", "pass", "not", "here", "input",
    "in_channels", "same", "forward", "train", "training", "parameters", "state_dict", "add_module", "register_buffer",
    "__init__", "__class__", "__call__", "__dict__", "__getattr__", "__setattr__", "__import__", "__builtins__", "__x",
    "_modules", "_parameters", "_buffers", "_apply", "_call_impl", "_version", "_forward_hooks", "_get_name",
    "_non_persistent_buffers_set", "items", "keys", "values", "pop", "clear", "update", "insert", "append", "extend",
    "Network", "Network2", "Affine", "affine", "LayerScale", "ConnectedConv", "PositionEmbedding", "crop_to",
    "pad_axes", "per_axis", "relu", "conv", "Conv", "add", "flatten", "group", "has_shortcut", "m_size", "relu_2",
    "name", "b" * 90, "Ab" * 49,
]  # fmt: skip
"""Names, many of which Python, PyTorch or the generated module need for themselves."""


def _label(word: str) -> Data:
    branches = ["here", [{"linear": 4}, "relu", "affine"]]
    return {
        "input": [4],
        "layers": [{"linear": 4}, {"linear": 4, "as": word}, {"relu": None, "as": f"{word}_2"}, {"add": branches}],
    }


def _label_of_state_free_layer(word: str) -> Data:
    return {"input": [4], "layers": [{"relu": None, "as": word}, "relu", {"linear": 4}, {"add": ["here", word]}]}


def _label_in_chain(word: str) -> Data:
    steps: list[Any] = [{"linear": 4}, {"linear": 4, "as": word}, "relu"]
    return {"input": [4], "layers": [{"do": steps, "as": "g"}, {"do": steps[1:], "as": "h"}, "affine"]}


def _label_of_group(word: str) -> Data:
    inner = {"do": [{"linear": 4, "as": "t"}, {"add": ["here", ["relu"]]}], "as": f"{word}_2"}
    return {"input": [4], "layers": [{"do": [{"linear": 4}, "relu"], "as": word}, inner, {"linear": 4}]}


def _label_in_block(word: str) -> Data:
    block = [{"linear": "w", "as": word}, {"add": ["here", [{"linear": "w"}]]}]
    return {"input": [4], "blocks": {"b(w)": block}, "layers": [{"b": 4, "as": "a1"}, {"b": 5, "as": "a2"}, {"b": 5}]}


def _label_of_sharing(word: str) -> Data:
    steps = [{"linear": 4, "as": word}, "relu", {"use": word}, {"add": ["here", word]}]
    return {"input": [4], "layers": steps}


def _computed_label(word: str) -> Data:
    step = {"for": {"i": "1..8"}, "do": [{"linear": "4 + i", "as": f"{word}$i"}, "relu"]}
    return {"input": [4], "layers": [step, {"do": [step], "as": "g"}]}


def _block(word: str) -> Data:
    steps = [{"linear": "w"}, "affine", {"add": ["here", ["relu"]]}]
    calls: list[Data] = [{word: {"w": width}} for width in (4, 5, 5)]
    return {"input": [4], "blocks": {f"{word}(w)": steps}, "layers": [*calls, {"reshape": [5, 1]}, "affine"]}


def _parameter(word: str) -> Data:
    steps = [{"linear": word}, "affine", {"linear": f"2*{word}", "when": f"{word} > 4"}, {"add": ["here", ["relu"]]}]
    calls = [{"b": 4}, {"b": 5}, {"b": {word: 5}}]
    return {"input": [4], "blocks": {f"b({word})": steps}, "layers": calls}


def _default(word: str) -> Data:
    steps = [{"linear": word}, {"add": ["here", ["relu", {"linear": "v"}]]}]
    calls: list[Any] = ["b", {"b": 5}, {"b": [4, 4]}]
    return {"input": [4], "blocks": {f"b({word}=3, v={word})": steps}, "layers": calls}


def _map(word: str) -> Data:
    steps = [{"add": ["here", word]}, {"linear": f"channels({word})"}, {"add": ["here", word]}]
    calls: list[Data] = [{"relu": None, "as": "k"}, {"linear": 4}, {"b": "k"}, {"b": "k"}]
    return {"input": [4], "blocks": {f"b({word})": steps}, "layers": calls}


def _loop(word: str) -> Data:
    steps = [{"linear": word}, {"linear": f"{word} + 1"}, "relu"]
    return {"input": [4], "layers": [{"for": {word: [5, 7, 8, 4, 5, 6, 7, 8]}, "do": steps}, {"linear": 3, "as": "t"}]}


def _let(word: str) -> Data:
    lets = {word: 5, "more": f"{word} + 1", "f(n)": f"n + {word}"}
    block = [{"linear": word}, {"linear": f"{word}*k"}, "affine"]
    return {
        "input": [4],
        "let": lets,
        "blocks": {"b(k)": block},
        "layers": [{"linear": "f(more)"}, {"b": 2}, {"b": 3}],
    }


def _function(word: str) -> Data:
    steps = [{"linear": f"{word}(k)"}, "affine"]
    return {
        "input": [4],
        "let": {f"{word}(n)": "n + 2"},
        "blocks": {"b(k)": steps},
        "layers": [{"linear": f"{word}(2)"}, {"b": 2}, {"b": 3}],
    }


def _symbol(word: str) -> Data:
    block = [{"conv": [f"{word}*k", 1]}, "affine", {"conv": [word, 1]}]
    layers: list[Any] = [{"conv": [f"2*{word}", 1]}, {"b": 2}, {"b": 3}, {"add": ["here", ["relu"]]}]
    return {"input": [word, 3], "at": {word: 6}, "blocks": {"b(k)": block}, "layers": layers}


def _symbols(word: str) -> Data:
    names = (word, f"{word}_2", word.upper())
    steps: list[Any] = [{"linear": one} for one in names]
    return {"input": [4], "at": {one: 3 + place for place, one in enumerate(names)}, "layers": [*steps, "affine"]}


def _input(word: str) -> Data:
    steps: list[Any] = [{"linear": 4, "from": word}, {"add": ["here", word, f"{word}_2"]}, "affine"]
    return {"input": {word: [4], f"{word}_2": [4]}, "layers": steps}


def _count(word: str) -> Data:
    rois = {"shape": [4], "count": word}
    steps = [{"from": "image"}, {"conv": [4, 3]}, {"roi_pool": {"boxes": "rois", "size": 2}}, "affine"]
    return {"input": {"image": [3, 9, 9], "rois": rois}, "at": {word: 3}, "layers": steps}


def _output(word: str) -> Data:
    steps: list[Any] = [{"relu": None, "as": word}, {"linear": 4}, {"add": ["here", word]}, {"linear": 4, "as": "q"}]
    return {"input": [4], "layers": [*steps, {"add": ["q", word]}], "output": [word, "q"]}


def _entry_of_split(word: str) -> Data:
    steps: list[Any] = [{"split": 2, "as": word}, {"add": [f"{word}.0", f"{word}.1"]}, {"linear": 2}]
    return {"input": [4], "layers": steps}


def _map_in_scope(word: str) -> Data:
    block = [{"relu": None, "as": word}, {"linear": 4}, {"add": ["here", word]}]
    calls: list[Data] = [{"b": None, "as": "one"}, {"b": None, "as": "two"}]
    return {"input": [4], "blocks": {"b": block}, "layers": [*calls, {"add": ["here", f"one.{word}", f"two.{word}"]}]}


NAMES: dict[str, Callable[[str], Data]] = {
    function.__name__.strip("_").replace("_", " "): function
    for function in (
        _label, _label_of_state_free_layer, _label_in_chain, _label_of_group, _label_in_block, _label_of_sharing,
        _computed_label, _block, _parameter, _default, _map, _loop, _let, _function, _symbol, _symbols, _input, _count,
        _output, _entry_of_split, _map_in_scope,
    )
}  # fmt: skip
"""Places where names stand."""

SMALL: list[Any] = [{"linear": 4}, "affine", {"add": ["here", [{"linear": 4}]]}]
TITLES: dict[str, Callable[[str], Data]] = {
    "name": lambda text: {"name": text, "input": [4], "layers": SMALL},
    "source": lambda text: {"source": text, "input": [4], "layers": SMALL},
    "name and source": lambda text: {"name": text, "source": text, "input": [4], "layers": [{"linear": 4}]},
    "source of a claim": lambda text: {
        "input": [4],
        "layers": SMALL,
        "expect": {"parameters": 48, "source": text},
    },
    "reason": lambda text: {
        "input": [4],
        "layers": SMALL,
        "expect": {"parameters": 47, "holds": "false", "because": text},
    },
    "variant": lambda text: {"input": [4], "layers": SMALL, "variants": {text: {"rounding": "floor"}, "other": {}}},
    "variant alone": lambda text: {"input": [4], "layers": SMALL, "variants": {text: {}}},
}
"""Places where anything may stand, as long as it is text."""

FIELDS: dict[str, Callable[[str], Data]] = {
    "padding": lambda text: {"input": [3, 5], "layers": [{"conv": {"out": 4, "kernel": 3, "padding": text}}]},
    "padding mode": lambda text: {
        "input": [3, 5],
        "layers": [{"conv": {"out": 4, "kernel": 3, "padding": 1, "padding_mode": text}}],
    },
    "mode": lambda text: {"input": [3, 5, 5], "layers": [{"upsample": {"factor": 2, "mode": text}}]},
    "layer": lambda text: {"input": [3, 5], "layers": [text]},
    "layer that is applied": lambda text: {"input": [3, 5], "layers": [{"apply": text}]},
    "word that a block gets": lambda text: {
        "input": [3, 5],
        "blocks": {"b(act)": [{"apply": "act"}]},
        "layers": [{"b": text}],
    },
    "number": lambda text: {"input": [3, 5], "layers": [{"conv": [text, 1]}]},
    "condition": lambda text: {"input": [3, 5], "layers": [{"relu": None, "when": text}]},
    "rate": lambda text: {"input": [3, 5], "layers": [{"dropout": text}]},
    "size of an input": lambda text: {"input": [3, text], "at": {text: 4}, "layers": ["relu"]},
    "path": lambda text: {"input": [3, 5], "layers": [{"relu": None, "from": text}]},
    "field": lambda text: {"input": [3, 5], "layers": [{"conv": {"out": 4, "kernel": 1, text: 1}}]},
    "definition": lambda text: {"input": [3, 5], "let": {"a": text}, "layers": [{"conv": ["a", 1]}]},
    "head of a definition": lambda text: {"input": [3, 5], "let": {f"f({text})": 4}, "layers": [{"conv": ["f(1)", 1]}]},
    "trainable": lambda text: {"input": [3, 5], "layers": [{"conv": [4, 1], "trainable": text}]},
    "rounding": lambda text: {"input": [3, 5], "rounding": text, "layers": [{"conv": [4, 1]}]},
    "output": lambda text: {"input": [3, 5], "layers": [{"conv": [4, 1]}], "output": [text]},
    "template": lambda text: {"input": [3, 5], "layers": [{"conv": [4, 1], "as": f"a$({text})"}]},
}
"""Places where the language reads words, expressions and paths."""


SUPPLIED = {
    node.name: ast.unparse(node)
    for path in (Path(archcalc.export.torch.__file__).parent / "supplied").glob("*.py")
    for node in ast.parse(path.read_text("utf-8")).body
    if isinstance(node, (ast.ClassDef, ast.FunctionDef))
}
"""Definitions that PyTorch does not have, as they are copied."""

IMPORTS = {
    "import torch",
    "from torch import nn",
    "from torch import Tensor, nn",
    "from collections import OrderedDict",
    "from __future__ import annotations",
}
BUILTINS = {
    "super", "len", "range", "zip", "enumerate", "getattr", "setattr", "str", "int", "float", "bool", "tuple", "list",
    "dict", "max", "min", "sum", "type", "isinstance", "reversed", "round", "abs",
}  # fmt: skip
"""Builtins that generated classes may name."""


def assert_harmless(source: Source) -> None:
    """The module holds nothing but definitions, and these name nothing but PyTorch, each other and their variables."""
    assert all(letter == "\n" or letter.isprintable() for letter in source.text), "a control character"
    tree = ast.parse(source.text)
    defined = definitions(source)
    title, *body = tree.body
    assert isinstance(title, ast.Expr) and isinstance(title.value, ast.Constant)
    for node in body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            assert ast.unparse(node) in IMPORTS
        else:
            assert isinstance(node, (ast.ClassDef, ast.FunctionDef)), ast.unparse(node)
    assert set(defined) == {*source.scopes, *source.supplied}
    before: set[str] = set()
    for name, definition in defined.items():
        if name in source.supplied:
            # A copy, word for word: no text of a spec gets into it.
            assert ast.unparse(definition) == SUPPLIED[name]
        else:
            _assert_harmless_class(definition, before)
        before.add(name)


def _assert_harmless_class(definition: ast.AST, defined: set[str]) -> None:
    assert isinstance(definition, ast.ClassDef)
    assert not definition.decorator_list and not definition.keywords
    assert [ast.unparse(base) in ("nn.Module", "nn.Sequential", "nn.ModuleDict") for base in definition.bases] == [True]
    title, *methods = definition.body
    assert isinstance(title, ast.Expr) and isinstance(title.value, ast.Constant)
    for method in methods:
        assert isinstance(method, ast.FunctionDef) and method.name in ("__init__", "forward")
        assert not method.decorator_list
        variables = {argument.arg for argument in method.args.args}
        _assert_hides_nothing(variables, defined)
        nodes = list(ast.walk(method))
        variables |= {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        _assert_hides_nothing(variables, defined)
        known = variables | {"torch", "nn", "Tensor", "OrderedDict"} | BUILTINS | defined
        for node in nodes:
            assert not isinstance(node, (ast.Import, ast.ImportFrom, ast.Lambda, ast.ClassDef, ast.Global, ast.Await))
            assert not isinstance(node, (ast.Try, ast.With, ast.Delete, ast.NamedExpr, ast.Yield))
            if isinstance(node, ast.Name):
                assert node.id in known, node.id
            elif isinstance(node, ast.Call):
                _assert_harmless_call(node, known)
        if method.name == "forward":
            assert isinstance(method.body[-1], ast.Return)


def _assert_hides_nothing(variables: set[str], defined: set[str]) -> None:
    """Variables must not take names that a class could need for something else."""
    # A doctest leaves its last value in the builtins under this name.
    hidden = variables & {"torch", "nn", "Tensor", "OrderedDict", *dir(builtins), *defined} - {"_"}
    assert not hidden, hidden


def _assert_harmless_call(call: ast.Call, known: set[str]) -> None:
    function: ast.expr = call.func
    while isinstance(function, (ast.Attribute, ast.Subscript)):
        if isinstance(function, ast.Attribute):
            dunder = function.attr.startswith("__") and function.attr.endswith("__")
            assert not dunder or ast.unparse(function) == "super().__init__", ast.unparse(call)
        function = function.value
    if isinstance(function, ast.Call):
        _assert_harmless_call(function, known)
    else:
        assert isinstance(function, ast.Name) and function.id in known, ast.unparse(call)
