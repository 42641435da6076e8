"""Numbers that a network holds and nobody trains: which are written or looked up, and which a state dict has."""

from __future__ import annotations

from typing import Any

import pytest

torch: Any = pytest.importorskip("torch")

from judging import judged  # noqa: E402

from archcalc import from_torch  # noqa: E402
from archcalc.importing.pytorch import of_module  # noqa: E402
from archcalc.importing.summary import summary  # noqa: E402
from archcalc.importing.torch.inputs import Input  # noqa: E402
from archcalc.importing.torch.live.numbers import regions  # noqa: E402

nn = torch.nn


def rebuilt(found: list[Any]) -> Any:
    """The constant that regions stand for."""
    shape, numbers, places = found
    made = torch.tensor(numbers).view(shape)
    for axis, entries in enumerate(places):
        if entries is not None:
            made = made.index_select(axis, torch.tensor(entries))
    return made


def test_regions_are_the_constant_that_they_stand_for() -> None:
    torch.manual_seed(0)
    for axes in ((5, 40), (3, 4, 30), (2, 20, 20)):
        core = torch.randint(0, 3, tuple(min(3, size) for size in axes)).float()
        whole = core
        for axis, size in enumerate(axes):
            whole = whole.index_select(axis, torch.randint(0, core.shape[axis], (size,)))
        found = regions(whole)
        assert found is not None
        assert torch.equal(rebuilt(found), whole)


@pytest.mark.parametrize(
    "tensor",
    [torch.arange(400.0).view(20, 20), torch.full((9, 9), float("-inf")), torch.ones(9, 9) > 0, torch.eye(1500)],
)
def test_numbers_that_differ_too_much_have_no_regions(tensor: Any) -> None:
    assert regions(tensor) is None


class Held(nn.Module):  # type: ignore[misc]
    """A module whose buffers are filled after they were made; a state dict has one of them."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("places", torch.empty(12, dtype=torch.long), persistent=False)
        self.register_buffer("gains", torch.empty(8), persistent=True)
        self.register_buffer("mask", torch.empty(10, 12), persistent=False)
        self.places.copy_(torch.arange(12) // 3)
        self.gains.copy_(torch.arange(8))
        self.mask.copy_((torch.arange(10)[:, None] // 5 - torch.arange(12) // 4).float())

    def forward(self, x: Any) -> Any:
        """Entries of tokens at fixed places, with what is held."""
        return (x * self.gains)[:, :, self.places % 8] + self.mask


def test_a_state_dict_has_what_its_module_keeps_in_it() -> None:
    found = judged(Held(), (10, 8))
    assert found.has_equal_bits
    assert "as: gains" in found.found.text
    assert found.found.names.same == ["gains"]
    assert found.architecture.check().buffers == 8


def test_buffers_that_are_made_empty_and_filled_are_known() -> None:
    from archcalc.importing.torch.live.building import build
    from archcalc.importing.torch.source import source

    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(__file__).rpartition("/")[0])
        module = build(source("test_constants:Held")).module
    assert module.places.tolist() == [place // 3 for place in range(12)]
    assert module.gains.tolist() == [float(number) for number in range(8)]
    assert of_module(module, [Input((10, 8))]).found.opaque == []


def test_a_table_of_many_numbers_stays_one_whose_numbers_are_not_written() -> None:
    class Wide(nn.Module):  # type: ignore[misc]
        def forward(self, x: Any) -> Any:
            return x + torch.arange(80.0).view(10, 8).sin()

    text = of_module(Wide(), [Input((10, 8))]).found.text
    assert "persistent: false" in text
    assert "values" not in text


def test_tensors_under_other_names_are_told_and_loaded() -> None:
    class Zeroed(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.qkv = nn.Linear(8, 24)

        def forward(self, x: Any) -> Any:
            bias = self.qkv.bias.clone()
            bias[8:16].zero_()
            return nn.functional.linear(x, self.qkv.weight, bias)

    net = Zeroed()
    net.qkv.bias.data.uniform_(-1, 1)
    found = of_module(net, [Input((10, 8))]).found
    assert found.names.renamed == {"qkv.bias": "qkv_bias"}
    assert "1 of 2 tensors have other names: qkv.bias is qkv_bias" in list(summary(found))
    assert "as: qkv_bias}" in from_torch(net, (10, 8), verify=True).text  # Other outputs would be an error.
