"""Speed and memory, as ratios within one run: `python tests/benchmarks/run.py` prints the table.

Absolute times say more about the machine than about archcalc, so every row is compared with something that ran in turn
with it. What is measured is the installed command, which pip has compiled, as it has compiled pydantic. Nothing here is
a test. Before a release, `--keep` writes the ratios to `tests/benchmarks/ratios/VERSION.json`, and `--compare VERSION`
says what became of those of an earlier one.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from ratio_files import Ratios, comparison, kept, path_of

ROOT = Path(__file__).resolve().parents[2]
PYTHON = sys.executable
COMMAND = Path(PYTHON).with_name("archcalc")
CHECK = [str(COMMAND), "check", "specs/resnet.yaml:resnet152"]
SIZES = [str(COMMAND), "sizes", "specs/resnet.yaml:resnet152"]
BARE = [PYTHON, "-c", "pass"]
PYDANTIC = [PYTHON, "-c", "import pydantic; pydantic.create_model('A', x=(int, 1))"]
TORCHINFO = [
    PYTHON,
    "-c",
    """
import torch
library = torch.library.Library("torchvision", "DEF")
library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
import torchvision, torchinfo
with torch.device("meta"):
    network = torchvision.models.resnet152()
torchinfo.summary(network, (1, 3, 224, 224), device="meta", verbose=0)
""",
]
IMPORT = """
import time
import torch
library = torch.library.Library("torchvision", "DEF")
library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
import archcalc, torchvision

def seconds(work):
    before = time.process_time()
    work()
    return time.process_time() - before

def build():
    return torchvision.models.resnet50()

module = build()
archcalc.from_torch(module, [(3, 224, 224)])
imported, built = zip(*[
    (seconds(lambda: archcalc.from_torch(module, [(3, 224, 224)])), seconds(build)) for _ in range(7)
])
print(min(imported) / min(built))
"""
CHAIN = """
import archcalc, time
text = "input: [8, 16, 16]\\nlayers:\\n{layers}"
start = time.process_time()
report = archcalc.load(text).check()
report.totals
print(time.process_time() - start)
"""

FOR_SIZES = {
    "ResNet-152, 515 layers": "resnet:resnet152",
    "1,000 convolutions 3x3 without padding": """
input: [1, N, N]
at: {N: 2001}
layers:
  - repeat: 1000
    do: [conv: {out: 1, kernel: 3}]
""",
    "1,000 layers with 10 pools, exact": """
input: [1, N, N]
at: {N: 203578}
layers:
  - repeat: 10
    do:
      - repeat: 99
        do: [conv: {out: 1, kernel: 3}]
      - max_pool: 2
""",
}
SLOW = ("sympy", "networkx", "numpy")


def process(command: list[str]) -> tuple[float, float]:
    """Wall seconds and peak MiB of one run of a command."""
    before = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - before
    if os.waitstatus_to_exitcode(status) != 0:
        raise RuntimeError(f"{command[:3]} failed")
    return seconds, usage.ru_maxrss / 1024


def in_turn(first: list[str], second: list[str], runs: int) -> tuple[list[float], list[float], float]:
    """Wall seconds of two commands that run alternately, and the first one's peak MiB."""
    process(first)
    process(second)
    one, two, peak = [], [], 0.0
    for _ in range(runs):
        seconds, memory = process(first)
        one.append(seconds)
        peak = max(peak, memory)
        two.append(process(second)[0])
    return one, two, peak


def ratio(one: list[float], two: list[float]) -> float:
    """Median of the ratios pair by pair: it holds when the machine's speed drifts."""
    return statistics.median(a / b for a, b in zip(one, two, strict=True))


def warm() -> float:
    """Least CPU seconds of `load` and `check` of ResNet-152 in a process that has done it before."""
    import archcalc

    def once() -> float:
        before = time.process_time()
        archcalc.load("resnet:resnet152").check()
        return time.process_time() - before

    once()
    return min(once() for _ in range(20))


def sizes(source: str) -> tuple[float, float, float]:
    """Least CPU seconds of `legal_sizes` with the network still to be unfolded, and with it known; of a plain check.

    They run in turn, each but the second on an architecture that was just loaded, which is not counted.
    """
    import archcalc

    def timed(ask: Callable[[], object]) -> float:
        before = time.process_time()
        ask()
        return time.process_time() - before

    anew, known, checked = [], [], []
    for _ in range(20):
        architecture = archcalc.load(source)
        anew.append(timed(architecture.legal_sizes))
        known.append(timed(architecture.legal_sizes))
        checked.append(timed(archcalc.load(source).check))
    return min(anew), min(known), min(checked)


def slow_imports(command: list[str]) -> str:
    """Heavy modules that a command loads, or `none`."""
    code = "import sys\nfrom archcalc.cli import main\nmain(sys.argv[1:])\n"
    code += f"print(*[name for name in {SLOW} if name in sys.modules] or ['none'], sep=', ')"
    done = subprocess.run([PYTHON, "-c", code, *command[1:]], capture_output=True, text=True, check=True, cwd=ROOT)
    return done.stdout.splitlines()[-1]


def export() -> float:
    """Least CPU seconds of the PyTorch source of ResNet-152 after a check, in a process that has done it before."""
    import archcalc
    from archcalc.export.torch import write

    def once() -> float:
        architecture = archcalc.load("resnet:resnet152")
        architecture.check()
        before = time.process_time()
        write(architecture.program, {})
        return time.process_time() - before

    once()
    return min(once() for _ in range(20))


def slowest_picture(style: str) -> tuple[float, str]:
    """The most CPU seconds that a picture of the catalogue takes as SVG after the check of its network; of which."""
    import archcalc
    from archcalc.catalogue import shipped

    found: list[tuple[float, str]] = []
    for name in shipped():
        for variant in archcalc.load(name).variants or (None,):
            report = archcalc.load(name, variant).check()
            before = time.process_time()
            report.draw(style=style).svg  # type: ignore[call-overload]  # noqa: B018 (it is made when it is asked for)
            found.append((time.process_time() - before, name if variant is None else f"{name}:{variant}"))
    return max(found)


def catalogue() -> tuple[float, int]:
    """Least CPU seconds of a process that checks all networks of the catalogue, its start included; how many those are.

    Raises: RuntimeError if one is not ok.
    """
    code = "import sys, time\nfrom archcalc.cli import main\nfailed = main(['check', 'specs'])\n"
    code += "print(time.process_time())\nsys.exit(failed)"
    seconds = []
    for _ in range(3):
        done = subprocess.run([PYTHON, "-c", code], capture_output=True, text=True, cwd=ROOT)
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)
        *lines, used = done.stdout.splitlines()
        seconds.append(float(used))
    return min(seconds), len(lines) - 1


def imported() -> float | None:
    """CPU time of importing ResNet-50 from torchvision over that of building it, in turn in one process."""
    done = subprocess.run([PYTHON, "-c", IMPORT], capture_output=True, text=True, cwd=ROOT)
    return None if done.returncode else float(done.stdout)


def chain(layers: str) -> tuple[float, float]:
    """CPU seconds and peak MiB of a check in a process of its own."""
    done = subprocess.run(
        [PYTHON, "-c", CHAIN.replace("{layers}", layers)], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return float(done.stdout), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


class Table:
    """The rows as they are printed, and the ratios among them."""

    def __init__(self) -> None:
        self.ratios: dict[str, float] = {}
        self.row("what", "measured", "aim")

    def row(self, what: str, value: str, aim: str = "") -> None:
        """Print a row at once: some take minutes."""
        print(f"{what:64} {value:>10}  {aim}", flush=True)

    def ratio(self, what: str, reference: str, value: float, aim: str = "", *, of: str = "") -> None:
        """Print a ratio and keep it; `of` is the row above that a row goes on."""
        self.ratios[f"{of or what} / {reference}"] = round(value, 3)
        self.row(f"{what} / {reference}", f"{value:.2f} x", aim)


def measure(table: Table, runs: int) -> None:
    """All rows."""
    cold(table, runs)
    table.row("warm load and check of ResNet-152", f"{warm() * 1e3:.1f} ms", "at most 25 ms on a quiet core")
    table.row("export of ResNet-152 after its check", f"{export() * 1e3:.1f} ms", "at most 50 ms on a quiet core")
    for (name, source), aim in zip(FOR_SIZES.items(), ("10", "30", "30"), strict=True):
        what = f"legal sizes of {name}"
        anew, known, checked = sizes(source)
        table.row(what, f"{anew * 1e3:.1f} ms", f"at most {aim} ms on a quiet core")
        table.ratio("  the same", "a check of the loaded spec", anew / checked, of=what)
        table.ratio("  with the network known", "a check", known / checked, of=f"{what} with the network known")
    what, building = "import of ResNet-50 from PyTorch", "building it there"
    if (found := imported()) is None:
        table.row(f"{what} / {building}", "-", "needs torch and torchvision")
    else:
        table.ratio(what, building, found, "at most 3 x")
    for style in ("graph", "volumes"):
        seconds, name = slowest_picture(style)
        table.row(f"slowest picture as {style}, of {name}", f"{seconds:.2f} s", "at most 0.5 s on a quiet core")
    seconds, networks = catalogue()
    table.row(f"the catalogue, {networks} networks, in one process", f"{seconds:.2f} s", "at most 3 s on a quiet core")
    for name, written in (("in a loop", _looped), ("written out", _listed)):
        short, _ = chain(written(10_000))
        long, peak = chain(written(100_000))
        table.ratio(f"100,000 convolutions {name}", "10,000", long / short, "at most 12 x")
        table.row("  peak memory so far", f"{peak:.0f} MiB", "below 1000 MiB")


def cold(table: Table, runs: int) -> None:
    """Commands in processes of their own, beside what they are compared with."""
    what = "cold check of ResNet-152"
    ours, baseline, peak = in_turn(CHECK, PYDANTIC, runs)
    table.ratio(what, "importing pydantic, one model", ratio(ours, baseline), "at most 2 x")
    table.row("  peak memory", f"{peak:.0f} MiB", "at most 60 MiB")
    ours, bare, _ = in_turn(CHECK, BARE, runs)
    table.ratio("  the same", "a bare Python", ratio(ours, bare), of=what)
    try:
        ours, theirs, _ = in_turn(CHECK, TORCHINFO, max(3, runs // 3))
    except RuntimeError:
        table.row(f"{what} / torchinfo on torchvision's", "-", "needs torch, torchvision and torchinfo")
    else:
        table.ratio("  the same", "torchinfo on torchvision's", ratio(ours, theirs), "at most 0.1 x", of=what)
    ours, baseline, peak = in_turn(SIZES, PYDANTIC, runs)
    table.ratio("cold sizes of ResNet-152", "importing pydantic, one model", ratio(ours, baseline), "at most 2 x")
    table.row("  peak memory", f"{peak:.0f} MiB", "at most 60 MiB")
    table.row(f"  of {', '.join(SLOW)} it loads", slow_imports(SIZES), "none")


def main() -> int:
    from archcalc import __version__

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=9, help="runs of each process (default 9)")
    parser.add_argument("--keep", action="store_true", help=f"write the ratios of this version, {__version__}")
    parser.add_argument("--note", default="", help="circumstances that a reader of the kept ratios has to know")
    parser.add_argument("--compare", metavar="VERSION", help="say what became of the ratios of an earlier version")
    options = parser.parse_args()
    if not COMMAND.exists():
        parser.error("install archcalc into this environment first: python -m pip install .")
    try:
        before = kept(options.compare) if options.compare else None
    except LookupError as error:
        parser.error(str(error.args[0]))
    table = Table()
    measure(table, options.runs)
    now = Ratios(__version__, ".".join(platform.python_version_tuple()[:2]), options.note, table.ratios)
    if before is not None:
        print(f"\n{before.version} -> {now.version}")
        for what, change in comparison(before, now):
            print(f"{what:64} {change}")
    if options.keep:
        path_of(__version__).write_text(now.text(), encoding="utf-8")
    return 0


def _looped(count: int) -> str:
    return f"  - repeat: {count}\\n    do: [conv: {{out: 8, kernel: 3, padding: 1}}]\\n"


def _listed(count: int) -> str:
    return '" + "  - conv: {out: 8, kernel: 3, padding: 1}\\n" * ' + str(count) + ' + "'


if __name__ == "__main__":
    sys.exit(main())
