"""For which sizes? archcalc's answers beside those of JAX and PyTorch: `python tests/benchmarks/peers_sizes.py`.

Both are asked by tracing a network with symbols for its sizes, `jax.export` and `torch.export`. What they say is judged
by what they do: sizes up to 300 are run without data, in the same framework, and an answer is right if it names
those that run. Frameworks round down, so archcalc is asked with `rounding: floor` too; its answer under exact
arithmetic stands below. Nothing here is a test.

Needs jax and torch; a tool that is missing is left out, and says so.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, NoReturn

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT = 120
SIZES = range(1, 301)
TRYING = 45
"""Seconds after which no more sizes are tried."""

PADDED = """
name: padded U-Net without crops
input: [1, N, N]
at: {N: 256}
blocks:
  double(width): [{repeat: 2, do: [conv: {out: width, kernel: 3, padding: 1}, relu]}]
layers:
  - for: {i: 1..4, width: [64, 128, 256, 512]}
    do: [{double: width, as: enc$i}, max_pool: 2]
  - double: 1024
  - for: {i: [4, 3, 2, 1], width: [512, 256, 128, 64]}
    do: [conv_transpose: [width, 2, 2], concat: [enc$i, here], double: width]
  - conv: [2, 1]
"""
TRUNK = """
name: AlexNet trunk
input: [3, N, N]
at: {N: 227}
layers:
  - for: {i: 1..5, width: [96, 256, 384, 384, 256], kernel: [11, 5, 3, 3, 3], padding: [0, 2, 1, 1, 1]}
    do:
      - conv: {out: width, kernel: kernel, stride: 4 if i == 1 else 1, padding: padding}
      - relu
      - {max_pool: [3, 2], when: i <= 2 or i == 5}
"""


class Subject(NamedTuple):
    """A network: its text, or the name of a file of the catalogue, and a variant."""

    source: str
    variant: str | None = None

    def load(self, rounding: str) -> Any:
        """The architecture under a policy of rounding, whatever it says itself."""
        import archcalc

        text = self.source
        if "\n" not in text:
            text = (ROOT / "specs" / f"{text}.yaml").read_text()
        lines = [line for line in text.splitlines() if not line.startswith("rounding:")]
        return archcalc.load("\n".join([*lines, f"rounding: {rounding}"]), variant=self.variant)


NETWORKS = {
    "U-Net 2015": Subject("unet", "paper"),
    "U-Net, padded": Subject(PADDED),
    "ResNet-50": Subject("resnet", "resnet50"),
    "ResNet-152": Subject("resnet", "resnet152"),
    "AlexNet trunk": Subject(TRUNK),
    "AlexNet with fc6": Subject("alexnet", "two-groups"),
}


class Answer(NamedTuple):
    """What a tool says to one question, the square sizes that it allows, and the seconds that it took."""

    question: str
    said: str
    allowed: list[int]
    seconds: float


def of_archcalc(subject: Subject) -> list[Answer]:
    """Both policies of rounding; the time includes reading the text, in a process that has done so before."""
    answers = []
    for rounding in ("floor", "exact"):
        subject.load(rounding).legal_sizes()
        before = time.perf_counter()
        legal = subject.load(rounding).legal_sizes()
        seconds = time.perf_counter() - before
        allowed = [size for size in SIZES if dict.fromkeys(legal.symbols, size) in legal]
        answers.append(Answer(f"rounding: {rounding}", legal.text(), allowed, seconds))
    return answers


@contextmanager
def limited() -> Iterator[None]:
    """A tool gets some time for its answer. Raises: TimeoutError."""

    def stop(*_: object) -> NoReturn:
        raise TimeoutError(f"no answer within {TIMEOUT} s")

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(TIMEOUT)
    try:
        yield
    finally:
        signal.alarm(0)


def tried(runs: Any) -> dict[int, bool]:
    """Whether each size runs, in a random order, for as many as there is time."""
    sizes = Random(0).sample(SIZES, len(SIZES))
    end = time.perf_counter() + TRYING
    return {size: runs(size) for size in sizes if time.perf_counter() < end}


def ask(tool: str, name: str) -> dict[str, Any]:
    """All that a tool has to say about one network, and what it does at the sizes that were tried."""
    subject = NETWORKS[name]
    if tool == "archcalc":
        return {"answers": of_archcalc(subject)}
    if tool == "jax.export":
        import peers_jax as peer
    else:
        import peers_torch as peer
    answers, runs = peer.ask(subject.load("floor"), subject.load("exact"))
    return {"answers": answers, "runs": list(tried(runs).items())}


def asked(tool: str, name: str) -> dict[str, Any]:
    """The answers from a process of its own."""
    command = [sys.executable, __file__, "--tool", tool, "--network", name, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason"])[-1]
        return {"answers": [Answer("", f"failed: {reason}", [], 0)]}
    found = json.loads(done.stdout.splitlines()[-1])
    return {**found, "answers": [Answer(*answer) for answer in found["answers"]]}


def verdict(allowed: Iterable[int], runs: dict[int, bool]) -> str:
    """Whether the sizes that a tool allows are those that run."""
    if not runs:
        return ""
    allowed = set(allowed)
    wrong = sorted(size for size, ran in runs.items() if size in allowed and not ran)
    missing = sorted(size for size, ran in runs.items() if size not in allowed and ran)
    told = [
        f"{what} {', '.join(map(str, sizes[:3]))}{f', ... ({len(sizes)})' if len(sizes) > 3 else ''}"
        for what, sizes in (("fails at", wrong), ("misses", missing))
        if sizes
    ]
    return f"{'; '.join(told) or 'right'} (of {len(runs)})"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tool", choices=["archcalc", "jax.export", "torch.export"])
    parser.add_argument("--network", choices=list(NETWORKS))
    parser.add_argument("--json", action="store_true", help="one tool, one network, in this process")
    options = parser.parse_args()
    if options.json:
        print(json.dumps(ask(options.tool, options.network)))
        return 0
    tools = [options.tool] if options.tool else ["torch.export", "jax.export", "archcalc"]
    print(f"{'network':17} {'tool':13} {'question':24} {'seconds':>8}  {'of the sizes that were run':50} answer")
    for name in [options.network] if options.network else NETWORKS:
        judge: dict[int, bool] = {}
        for tool in tools:
            found = asked(tool, name)
            # archcalc is judged by PyTorch, which comes first and for which it writes its networks.
            own = dict(found.get("runs", judge.items()))
            judge = judge or own
            for question, said, allowed, seconds in found["answers"]:
                judged = "" if question == "rounding: exact" else verdict(allowed, own)
                print(f"{name:17} {tool:13} {question:24} {seconds:8.3f}  {judged:50} {said}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
