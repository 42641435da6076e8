"""`Architecture.to_torch` and `build_torch`: the code as text and as a module in this process."""

from __future__ import annotations

import ast
import inspect
import pickle
import traceback

import pytest

from archcalc import Architecture, load
from archcalc.export import memory
from archcalc.export.targets import ExportError, target

SPEC = "name: Small\ninput: [1, H, H]\nat: {H: 8}\nlet: {c: 4}\nlayers: [conv: [c, 3], relu, flatten, linear: 10]\n"


def test_the_text_is_a_module() -> None:
    text = Architecture.from_text(SPEC).to_torch()
    names = [node.name for node in ast.parse(text).body if isinstance(node, ast.ClassDef)]
    assert names[-1] == "Small"


def test_values_reach_the_module() -> None:
    torch = pytest.importorskip("torch")
    architecture = Architecture.from_text(SPEC)
    for values, size, features in (({}, 8, 144), ({"H": 10}, 10, 256), ({"c": 6}, 8, 216), ({"H": 9, "c": 2}, 9, 98)):
        network = architecture.build_torch(values)
        assert isinstance(network, torch.nn.Module)
        assert [value.shape[1] for value in network.parameters() if value.ndim == 2] == [features]
        assert network(torch.zeros(3, 1, size, size)).shape == (3, 10)
    assert sum(value.numel() for value in architecture.build_torch(H=10).parameters()) == 4 * 10 + 257 * 10


def test_two_networks_do_not_get_in_each_others_way() -> None:
    pytest.importorskip("torch")
    first, second = (Architecture.from_text(SPEC).build_torch() for _ in range(2))
    assert type(first) is not type(second)
    assert type(first).__module__ != type(second).__module__


def test_tracebacks_and_debuggers_see_the_source() -> None:
    torch = pytest.importorskip("torch")
    network = Architecture.from_text(SPEC).build_torch()
    assert "class Small" in inspect.getsource(type(network))
    try:
        network(torch.zeros(1, 2, 8, 8))
    except RuntimeError as error:
        frames = traceback.extract_tb(error.__traceback__)
        shown = [frame.line for frame in frames if frame.filename.startswith("<archcalc")]
        assert all(shown)
    else:
        pytest.fail("it ran")


def test_a_network_can_be_pickled() -> None:
    torch = pytest.importorskip("torch")
    network = Architecture.from_text(SPEC).build_torch()
    again = pickle.loads(pickle.dumps(network))
    value = torch.rand(1, 1, 8, 8)
    assert torch.equal(network(value), again(value))


def test_without_torch_the_command_that_helps_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "find_spec", lambda _: None)
    with pytest.raises(ImportError, match=r"pip install 'archcalc\[torch\]'"):
        Architecture.from_text(SPEC).build_torch()


def test_errors_are_carried_by_the_exception() -> None:
    architecture = Architecture.from_text("input: [1, 7, 7]\nlayers:\n  - conv: {out: 1, kernel: 3, stride: 3}\n")
    with pytest.raises(ExportError, match=r"(?s)network cannot be exported:.*AC301.*AC501") as raised:
        architecture.to_torch()
    assert [found.code.id for found in raised.value.diagnostics] == ["AC301", "AC501"]
    assert isinstance(raised.value, ValueError)
    with pytest.raises(ExportError):
        architecture.build_torch()


def test_variants_must_be_chosen() -> None:
    with pytest.raises(LookupError, match="variants"):
        load("resnet").to_torch()
    assert "class " in load("resnet:resnet18").to_torch()


def test_an_unknown_format_is_told() -> None:
    with pytest.raises(LookupError, match="did you mean torch"):
        target("Torch")
