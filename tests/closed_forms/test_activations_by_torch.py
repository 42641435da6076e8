"""What layers write, counted by PyTorch while it runs the exported module."""

from __future__ import annotations

from typing import Any

import pytest

import archcalc

torch = pytest.importorskip("torch")


@pytest.mark.parametrize(
    ("network", "sizes"),
    [
        ("lenet:lecture", [{"N": 32}, {"N": 48}]),
        ("vgg:D", [{"H": 224, "W": 224}, {"H": 64, "W": 96}]),
        ("resnet:resnet50", [{"H": 224, "W": 224}, {"H": 61, "W": 70}]),
        ("googlenet_torchvision:plain", [{"H": 224, "W": 224}]),
        ("mobilenet_v2:1.0", [{"N": 224}, {"N": 97}]),
        ("inception_v3:plain", [{"H": 299, "W": 299}]),
    ],
)
def test_activations(network: str, sizes: list[dict[str, int]]) -> None:
    architecture = archcalc.load(network)
    form = architecture.check().activations
    assert form is not None
    for values in sizes:
        (shape,) = architecture.check(values).inputs.values()
        with torch.device("meta"):
            module = architecture.build_torch(values)
            found = written(module, torch.empty(2, *shape))
        assert form.at(values) * 2 == found


def written(module: Any, image: Any) -> int:
    """The elements of everything that modules and functions compute, not of what parts of a module do inside.

    What shares its memory with what it is made of is a view: nothing was written.
    """

    class Counter(torch.fx.Interpreter):  # type: ignore[misc, name-defined]
        total = 0

        def run_node(self, node: Any) -> Any:
            result = super().run_node(node)
            read = [self.env[one].untyped_storage()._cdata for one in node.all_input_nodes if one.op != "get_attr"]
            is_call = node.op in ("call_module", "call_function", "call_method")
            if is_call and result.untyped_storage()._cdata not in read:
                self.total += result.numel()
            return result

    counter = Counter(torch.fx.symbolic_trace(module))
    counter.run(image)
    return counter.total
