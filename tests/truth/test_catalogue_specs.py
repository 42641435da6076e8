"""The published catalogue as a whole, and that what was copied here is still what it was copied from."""

from __future__ import annotations

from pathlib import Path

import pytest
from catalogue import FILES, ROOT, networks, report
from truth_networks import CASES

import archcalc

pytestmark = pytest.mark.once

TRUTH = Path(__file__).with_name("truth.yaml")
EXAMPLES = sorted((CASES / "examples").glob("*.yaml"))
ORIGINALS = ROOT.parent / "shared"
"""Present where the project is developed, absent in a checkout of it."""


@pytest.mark.parametrize("network", networks())
def test_network_is_ok(network: str) -> None:
    """No errors, every expectation judged, and no finding but unread rows, and what needs a batch to train."""
    found = report(network)
    assert found.ok
    assert {diagnostic.code.id for diagnostic in found.diagnostics} <= {"AC302", "AC334", "AC405"}
    assert found.verdicts
    assert {verdict.state for verdict in found.verdicts} <= {"holds", "explained"}
    assert all(verdict.because for verdict in found.verdicts if verdict.state == "explained")


@pytest.mark.parametrize("network", networks())
def test_network_expects_an_exact_figure(network: str) -> None:
    expected = {verdict.expected for verdict in report(network).verdicts if verdict.quantity == "parameters"}
    assert any(text.replace(",", "").isdecimal() for text in expected)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_spec_can_be_shown(path: Path) -> None:
    """A lecturer shows these on a slide: a source, no tabs, no endless lines."""
    text = path.read_text("utf-8")
    spec = archcalc.load(text).spec
    assert spec is not None
    assert spec.source
    assert "\t" not in text
    assert max(map(len, text.splitlines())) <= 120


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_is_ok(path: Path) -> None:
    architecture = archcalc.load(str(path))
    variants: list[str | None] = [*architecture.variants]
    for variant in variants or [None]:
        found = architecture.choose(variant).check()
        assert found.ok, [diagnostic.message for diagnostic in found.diagnostics]
        assert {verdict.state for verdict in found.verdicts} <= {"holds", "explained"}


def test_a_name_stands_on_one_shelf() -> None:
    assert len({path.stem for path in FILES}) == len(FILES)


def test_there_are_ten_examples() -> None:
    assert len(EXAMPLES) == 10


@pytest.mark.skipif(not ORIGINALS.is_dir(), reason="the originals are not beside this checkout")
@pytest.mark.parametrize(
    ("copy", "original"),
    [
        (TRUTH, ORIGINALS / "facts" / "truth.yaml"),
        *((path, ORIGINALS / "examples" / path.name) for path in EXAMPLES),
    ],
    ids=lambda path: path.name if "shared" not in path.parts else "",
)
def test_copy_is_the_original(copy: Path, original: Path) -> None:
    assert copy.read_bytes() == original.read_bytes()


@pytest.mark.skipif(not ORIGINALS.is_dir(), reason="the originals are not beside this checkout")
def test_every_example_was_copied() -> None:
    assert [path.name for path in EXAMPLES] == sorted(path.name for path in (ORIGINALS / "examples").glob("*.yaml"))


def kinds(network: str) -> str:
    return " ".join(node.kind for node in report(network).graph.nodes)


def test_alexnet_order() -> None:
    """Layers without parameters are in no table of counts: normalization before pooling, dropout behind fc6 and fc7."""
    head = "linear relu dropout linear relu dropout linear"
    stages = f"{'conv relu lrn max_pool ' * 2}{'conv relu ' * 3}max_pool flatten"
    assert kinds("alexnet:lecture") == kinds("alexnet:two-groups") == f"{stages} {head}"
    later = f"{'conv relu max_pool ' * 2}{'conv relu ' * 3}max_pool adaptive_avg_pool flatten"
    assert kinds("alexnet:torchvision") == f"{later} dropout linear relu dropout linear relu linear"


def test_vgg_normalizes_once() -> None:
    assert kinds("vgg:A-LRN").startswith("conv relu lrn max_pool conv")
    assert kinds("vgg:A-LRN").replace("lrn ", "", 1) == kinds("vgg:A")
    assert "lrn" not in kinds("vgg:A")


def test_released_unet_order() -> None:
    """The Caffe net rectifies after each up-convolution and drops out behind its two deepest levels, skip included."""
    assert kinds("unet:released").count("conv_transpose relu") == 4
    assert "conv_transpose relu" not in kinds("unet:paper")
    dropouts = [node.name for node in report("unet:released").graph.nodes if node.kind == "dropout"]
    assert dropouts == ["enc4.4", "bottom.4"]
    (skip,) = [node for node in report("unet:released").graph.nodes if node.name == "dec4.concat"]
    crops = [value.node.inputs[0].node for value in skip.inputs if value.node and value.node.kind == "crop"]
    assert [node.name if node else None for node in crops] == ["enc4.4"]
