"""The code of six networks, each showing something else, as it is written down in `golden/`.

`pytest --update` rewrites the files. Other tests say that the code is right; these say when it changes, and how.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from export.generated import EXAMPLES, ROOT, exported

import archcalc

GOLDEN = Path(__file__).parent / "golden"
SPECS = ROOT / "specs"
NETWORKS = {
    "resnet152": f"{SPECS / 'resnet.yaml'}:resnet152",  # Blocks with conditions; long stages as comprehensions.
    "vgg16": f"{SPECS / 'vgg.yaml'}:D",  # A loop in a loop; sizes as arguments of the constructor.
    "alexnet": f"{SPECS / 'alexnet.yaml'}:torchvision",  # Plain sequences.
    "unet": f"{SPECS / 'unet.yaml'}:paper",  # Skips, crops, and functions that PyTorch does not have.
    "lenet1998": f"{SPECS / 'lenet.yaml'}:1998",  # Layers that PyTorch does not have; frozen parameters.
    "efficientnet_b0": f"{EXAMPLES / 'efficientnet.yaml'}:b0",  # Blocks with arithmetic, gates and stochastic depth.
}

CHILD = """
import json, sys
from archcalc import load
from archcalc.export.torch import write
print(json.dumps([write(load(name).program, {})[0].text for name in sys.argv[1:]]))
"""


@pytest.mark.parametrize("name", NETWORKS)
def test_code_is_as_written_down(name: str, request: pytest.FixtureRequest) -> None:
    text = exported(NETWORKS[name]).text
    golden = GOLDEN / f"{name}.py"
    if request.config.getoption("--update", default=False):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_no_golden_file_is_left_over() -> None:
    assert {path.stem for path in GOLDEN.glob("*.py")} == set(NETWORKS)


@pytest.mark.parametrize("name", NETWORKS)
def test_exporting_again_gives_the_same_code(name: str) -> None:
    architecture = archcalc.load(NETWORKS[name])
    first = exported(architecture)
    assert exported(architecture).text == first.text
    assert exported(NETWORKS[name]).text == first.text


@pytest.mark.parametrize("hash_seed", ["1", "2718"])
def test_another_process_gives_the_same_code(hash_seed: str) -> None:
    here = [exported(network).text for network in NETWORKS.values()]
    there = subprocess.run(
        [sys.executable, "-c", CHILD, *NETWORKS.values()],
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert json.loads(there.stdout) == here
