"""Imported networks of torchvision beside the catalogue's specs of them, which were written by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from catalogue import SPECS

pytest.importorskip("torch")

TEXTS = Path(__file__).parent / "texts"
MOST = 1.2
"""So many times the lines of the handwritten blocks and layers the imported ones take at most."""
BESIDE = {
    "resnet50": "resnet",
    "mobilenet_v2": "mobilenet_v2",
    "densenet121": "modern/densenet",
    "vit_b_16": "modern/vit",
    "convnext_tiny": "modern/convnext",
    "efficientnet_b0": "efficientnet",
    "googlenet": "googlenet_torchvision",
    "mobilenet_v3_large": "modern/mobilenet_v3",
}


def steps(text: str) -> list[str]:
    """The lines of `blocks` and `layers`."""
    found: list[str] = []
    is_in = False
    for line in text.splitlines():
        if line[:1] not in (" ", "#", ""):
            is_in = line.partition(":")[0] in ("blocks", "layers")
        if is_in and line.strip():
            found.append(line)
    return found


@pytest.mark.parametrize("name", BESIDE)
def test_an_imported_network_is_as_short_as_a_handwritten_one(name: str, models: Any, request: Any) -> None:
    torch = pytest.importorskip("torch")
    from archcalc.importing.pytorch import of_module

    options = {"init_weights": False, "aux_logits": False} if name == "googlenet" else {}
    with torch.device("meta"):
        module = models.get_model(name, weights=None, **options).eval()
    found = of_module(module).found
    assert (found.level, found.failures, found.names.renamed, found.names.unreached) == ("structured", [], {}, [])
    by_hand = (SPECS / f"{BESIDE[name]}.yaml").read_text(encoding="utf-8")
    assert len(steps(found.text)) <= MOST * len(steps(by_hand)), f"{name} takes {len(steps(found.text))} lines"
    assert max(map(len, found.text.splitlines()[3:])) <= 112
    golden = TEXTS / f"{name}.yaml"
    text = "\n".join(line for line in found.text.splitlines() if not line.startswith("#")) + "\n"
    if request.config.getoption("--update"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")
