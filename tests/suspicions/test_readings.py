"""What a suspicion may cost: a network is read anew as often as its layers allow, and a few times at the most."""

from __future__ import annotations

import pytest

from archcalc import load
from archcalc.suspicions import reading


def network(layers: int) -> str:
    return f"input: [3, 40, 40]\nlayers:\n  - conv: [3, 16, 3]\n  - repeat: {layers}\n    do: [relu]\n"


def test_a_long_network_is_suspect_without_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_NODES", 50)
    (found,) = load(network(40)).check().suspicions
    assert found.help == (
        "write `conv: [16, 3]`: conv 0 is then 16×38×38 with 448 parameters and 623,808 multiplications",
    )
    (found,) = load(network(60)).check().suspicions
    assert found.help == ("write `conv: [16, 3]`",)


def test_readings_stop_where_they_would_take_long(monkeypatch: pytest.MonkeyPatch) -> None:
    layers = "\n".join(f"  - conv: [{2**i}, {2 ** (i + 1)}, 3, 1, 1]" for i in range(2, 9))
    text = f"input: [4, 64, 64]\nlayers:\n{layers}\n"
    assert len(load(text).check().suspicions) == 5
    monkeypatch.setattr(reading, "MAX_NODES", 20)
    assert 1 <= len(load(text).check().suspicions) < 5


def test_a_network_without_suspicion_is_not_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "Reading", None)
    assert load("input: [3, 32, 32]\nlayers: [conv: [8, 3], max_pool: 2]\n").check().suspicions == []


@pytest.mark.parametrize(
    "written",
    [
        "{conv: [3, 16, 3]}",
        "conv: [3, 16, 3]",
        "conv:\n  - 3\n  - 16\n  - 3",
        "conv:\n  - 3  # channels\n  - 16\n\n  - 3  # kernel",
        "conv:\n      - 3\n      - 16\n      - 3",
        "conv: [3,\n    16,\n    3]",
        "conv:\n    [3, 16, 3]",
        "{conv: [3, 16,\n 3\n ]}",
        '{"conv": [3,\n16, 3]}',
    ],
)
def test_a_list_is_as_suspect_in_each_notation(written: str) -> None:
    text = f"input: [3, 40, 40]\nlayers:\n- {written}\n- conv: [16, 8, 3]\n- relu\n"
    first, second = load(text).check().suspicions
    assert "conv 0 is then 16×38×38 with 448 parameters" in first.help[0]
    assert "conv 1 is then 8×36×36 with 1,160 parameters" in second.help[0]
    assert (second.span.line, second.span.column) == (text[: text.index("[16, 8")].count("\n") + 1, 9)
