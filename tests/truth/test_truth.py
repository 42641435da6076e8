"""Every published and every exactly counted figure of the lecture's systems, from what archcalc computes.

`truth.yaml` was counted by other programs: PyTorch ports, torchvision, and an interpreter of the authors' Caffe files.
Each of its entries is met by one of the readings in `systems`, or is named there with the reason why no calculator of
architectures can know it. An entry that nobody knows fails.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
import systems
from catalogue import report
from truth_reading import ENTRIES, QUANTITIES, Entry, Key, Said, meets_fractional_layers, meets_published

pytestmark = pytest.mark.once

MODULES = [importlib.import_module(f"systems.{found.name}") for found in pkgutil.iter_modules(systems.__path__)]


def stated(name: str) -> dict[Any, Any]:
    """What the modules state under a name, in one; nothing is stated twice."""
    tables = [getattr(module, name, {}) for module in MODULES]
    together = {key: value for table in tables for key, value in table.items()}
    assert len(together) == sum(map(len, tables))
    return together


COUNTS: dict[str, int] = stated("SYSTEMS")
NETWORKS: dict[tuple[str, str], str] = stated("NETWORKS")
PUBLISHED: dict[Key, list[Said]] = stated("PUBLISHED")
SINGLE: dict[tuple[str, ...], Callable[[Entry], None]] = stated("SINGLE")
NOT_COMPUTED: dict[Key, str] = stated("NOT_COMPUTED")


def single(entry: Entry) -> Callable[[Entry], None] | None:
    """The function for an entry: that of its variant, or that of its system."""
    return SINGLE.get(entry.key) or SINGLE.get((entry.system, entry.quantity))


def meet(entry: Entry) -> None:
    """Compare an entry with what archcalc computes. Raises: LookupError for an entry that nobody knows."""
    network = NETWORKS.get((entry.system, entry.variant))
    if sayings := PUBLISHED.get(entry.key):
        meets_published(entry, sayings)
    elif reading := single(entry):
        reading(entry)
    elif network is not None and entry.quantity == "fractional_layers":
        meets_fractional_layers(entry, network)
    elif network is not None and (quantity := QUANTITIES.get(entry.quantity)):
        assert report(network).ok
        assert quantity(network) == entry.value
    else:
        raise LookupError(f"nothing here reproduces {entry.key}: {entry.value}")


@pytest.mark.parametrize("entry", ENTRIES, ids=[" / ".join(entry.key) for entry in ENTRIES])
def test_entry(entry: Entry) -> None:
    if entry.key in NOT_COMPUTED:
        assert not entry.exact, f"{entry.key} is exact and has to be reproduced"
        return
    meet(entry)


def test_entries_are_all_there() -> None:
    """An emptied or shortened table would pass everything above."""
    assert Counter(entry.system for entry in ENTRIES) == COUNTS
    assert len(ENTRIES) == 770
    assert len({(entry.key, entry.input) for entry in ENTRIES}) == len(ENTRIES)


def test_little_is_left_out() -> None:
    assert len(NOT_COMPUTED) <= 3
    assert all(NOT_COMPUTED.values())


def test_nothing_is_listed_in_vain() -> None:
    keys = {entry.key for entry in ENTRIES}
    assert set(NOT_COMPUTED) <= keys
    assert set(PUBLISHED) <= keys
    assert set(SINGLE) <= keys | {(system, quantity) for system, _, quantity in keys}
    assert set(NETWORKS) <= {(system, variant) for system, variant, _ in keys}


def test_a_module_accounts_for_its_own_systems() -> None:
    def own(module: ModuleType) -> set[str]:
        return {
            key[0] for name in ("NETWORKS", "PUBLISHED", "SINGLE", "NOT_COMPUTED") for key in getattr(module, name, {})
        }

    assert {module.__name__: own(module) - set(module.SYSTEMS) for module in MODULES} == {
        module.__name__: set() for module in MODULES
    }


@pytest.mark.parametrize(
    "change",
    [
        {"quantity": "n_attention_heads"},
        {"variant": "resnet51"},
        {"value": 25_557_033},
    ],
)
def test_table_is_read_for_real(change: dict[str, Any]) -> None:
    """Unknown entries and wrong numbers are noticed."""
    entry = next(e for e in ENTRIES if e.key == ("ResNet", "50 option B v1.5", "params_total"))
    meet(entry)
    with pytest.raises((LookupError, AssertionError)):
        meet(entry._replace(**change))


@pytest.mark.parametrize("value", ["61M", "60B", ["60M", "61M"], "60 thousand"])
def test_a_number_that_no_claim_states_is_noticed(value: Any) -> None:
    entry = next(e for e in ENTRIES if e.key == ("ResNet", "152", "published_params"))
    meet(entry)
    with pytest.raises(AssertionError):
        meet(entry._replace(value=value))
