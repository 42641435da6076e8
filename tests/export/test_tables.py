"""What the exporter knows of PyTorch, compared with PyTorch."""

from __future__ import annotations

import inspect

import pytest
from layers.oracles import load_torch

from archcalc.export.torch.layer_parts import DEFAULTS
from archcalc.export.torch.names import DICT_ATTRIBUTES, SEQUENTIAL_ATTRIBUTES
from archcalc.spec.names import MODULE_ATTRIBUTES, PRIVATE_ATTRIBUTES


@pytest.mark.parametrize("name", DEFAULTS)
def test_defaults_are_those_of_the_signature_in_its_order(name: str) -> None:
    nn = load_torch().nn
    found = getattr(nn, name.removeprefix("nn."), None) or getattr(nn, name.removeprefix("nn.") + "2d")
    signature = inspect.signature(found).parameters
    assert {key: signature[key].default for key in DEFAULTS[name]} == DEFAULTS[name]
    assert [key for key in signature if key in DEFAULTS[name]] == list(DEFAULTS[name])


def test_names_that_a_module_has_for_itself_are_known() -> None:
    nn = load_torch().nn
    module = nn.Module()
    names = {name for name in {*dir(module), *vars(module)} if not name.startswith("__")}
    # Libraries put functions of their own into the class when they are imported.
    functions = {name: getattr(module, name) for name in names if inspect.isroutine(getattr(module, name))}
    others = {name for name, function in functions.items() if "torch" not in function.__module__}
    assert names - others <= MODULE_ATTRIBUTES | PRIVATE_ATTRIBUTES
    own = {name for name in set(dir(nn.Sequential())) - names if not name.startswith("_")}
    assert own == SEQUENTIAL_ATTRIBUTES
    own = {name for name in set(dir(nn.ModuleDict())) - names if not name.startswith("_")}
    assert own == DICT_ATTRIBUTES
