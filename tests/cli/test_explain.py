"""The manual: every code, layer, field and word has a page, and what is not there gets a suggestion."""

from __future__ import annotations

import pytest

from archcalc.cli import main
from archcalc.diagnostics.catalogue import all_codes
from archcalc.layers.table import KINDS, layer_class
from archcalc.spec.manual import layer_page
from archcalc.terminal import Terminal, display_width


@pytest.mark.parametrize("code", [code.id for code in all_codes()])
def test_codes(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", code]) == 0
    assert capsys.readouterr().out.startswith(code)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", [40, 80])
def test_layers(kind: str, width: int) -> None:
    page = layer_page(kind, Terminal(width))
    assert page.startswith(f"{kind} (")
    assert "Shape" in page
    assert "Cost" in page
    for field in layer_class(kind).model_fields:
        assert f"\n  {field}" in page
    # What is to be written stands as it is written.
    assert all(display_width(line) <= width for line in page.split("\n") if not line.startswith("  - "))


def test_lists(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "layers"]) == 0
    layers = capsys.readouterr().out
    assert all(f"\n  {kind} " in layers for kind in KINDS)
    assert main(["explain", "codes"]) == 0
    codes = capsys.readouterr().out
    assert all(code.id in codes for code in all_codes())


@pytest.mark.parametrize(
    ("asked", "near"), [("convv", "conv"), ("AC31", "AC131"), ("fractional-outputs", "fractional-output")]
)
def test_unknown(asked: str, near: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", asked]) == 2
    assert f"did you mean {near}" in capsys.readouterr().err


def test_fields_and_words_share_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "kernel"]) == 0
    page = capsys.readouterr().out
    assert page.startswith("kernel (Windows)")
    assert "kernel is a field of\n  conv, " in page


def test_every_field_has_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    for field in {field for kind in KINDS for field in layer_class(kind).model_fields}:
        assert main(["explain", field]) == 0, field
        assert capsys.readouterr().out.strip(), field
