"""The shelf of today's networks, beside the code that their authors and the libraries published."""

from __future__ import annotations

from typing import Any

import pytest
from catalogue import FILES, architecture, named
from effort import share
from export.generated import exported, namespace
from layers.oracles import load_torch, random_weights
from modern.test_language_models import MODELS
from published import PUBLISHED, SMALLEST, Published

THIRDS = 3
SHELF = [path for path in FILES if path.parent.name == "modern"]


def test_every_network_is_held_against_published_code() -> None:
    compared = {published.network for published in PUBLISHED} | {model.spec for model in MODELS}
    assert {network for path in SHELF for network in named(path)} == compared


# The networks are large: each commit has a third of them for each test, and another third for the next.
@pytest.mark.parametrize("published", share(PUBLISHED, 0, THIRDS), ids=str)
def test_parameters_have_the_published_names(models: Any, published: Published) -> None:
    """The same keys in the same order, with the same shapes: a published state_dict loads as it is."""
    theirs = {name: tuple(tensor.shape) for name, tensor in published.meta(models).state_dict().items()}
    source = exported(architecture(published.network))
    with load_torch().device("meta"):
        ours = getattr(namespace(source), source.class_name)().state_dict()
    assert {name: tuple(tensor.shape) for name, tensor in ours.items()} == theirs
    assert list(ours) == list(theirs)


@pytest.mark.parametrize("published", share(PUBLISHED, 1, THIRDS), ids=str)
def test_multiplications_are_those_that_pytorch_counts(models: Any, published: Published) -> None:
    """On the meta device, where PyTorch's counter sees attention, too; it counts two operations a multiplication."""
    torch = load_torch()
    from torch.utils.flop_counter import FlopCounterMode

    found = architecture(published.network).check(**published.settings)
    module = published.meta(models).to_empty(device=published.device)
    shapes = [node.outputs[0].shape for node in found.graph.inputs]
    kind = torch.long if published.integers else torch.float
    inputs = [torch.empty(shape.items, *shape.sizes, device=published.device, dtype=kind) for shape in shapes]
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module(*inputs)
    assert 2 * found.totals.multiplications == counter.get_total_flops()


@pytest.mark.parametrize("published", share(SMALLEST, 2, THIRDS), ids=str)
def test_outputs_are_equal(models: Any, published: Published) -> None:
    """To the last bit, or to 12 digits in double precision, where `published` says why the order of sums differs."""
    torch = load_torch()
    source = exported(architecture(published.network))
    theirs = published.loadable(models)
    with torch.device("meta"):
        mine = getattr(namespace(source), source.class_name)().eval()
    number = torch.float64 if published.because else torch.float32
    weights = {
        name: tensor.to(number) if tensor.is_floating_point() else tensor
        for name, tensor in random_weights(theirs.state_dict()).items()
    }
    for module in (mine, theirs):
        module.to(number).load_state_dict(weights, strict=True, assign=True)
    generator = torch.Generator().manual_seed(1)
    inputs = [
        torch.randint(published.integers, shape, generator=generator)
        if published.integers
        else torch.randn(shape, generator=generator, dtype=number)
        for shape in published.inputs
    ]
    with torch.no_grad():
        found, expected = _listed(mine(*inputs)), _listed(published.found(theirs(*inputs)))
    assert all(output.std() > 0 for output in found)
    for one, other in zip(found, expected, strict=True):
        assert torch.allclose(one, other, rtol=1e-12, atol=1e-12) if published.because else torch.equal(one, other)


def _listed(outputs: Any) -> tuple[Any, ...]:
    """One output or several."""
    return outputs if isinstance(outputs, tuple) else (outputs,)
