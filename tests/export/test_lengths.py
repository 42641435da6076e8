"""Networks of many stages are as short in Python as an engineer writes them: loops and formulas stay what they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from export.generated import Network, exported

NETS = Path(__file__).parent / "nets"
MOST_LINES = {
    "dpn": 140,
    "efficientnet_v2:s": 150,
    "group_in_a_loop": 45,
    "hrnet": 200,
    "mobilenet_v3l": 120,
    "regnet:regnet_x_400mf": 90,
    "regnet:regnet_y_400mf": 100,
    "res2net:res2net50_14w_8s": 115,
    "wavenet": 60,
}


@pytest.mark.parametrize("name", MOST_LINES)
def test_code_is_short(name: str) -> None:
    stem, _, variant = name.partition(":")
    source = exported(Network(NETS / f"{stem}.yaml", variant or None).load())
    assert len(source.text.splitlines()) <= MOST_LINES[name]
