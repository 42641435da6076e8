"""How fast sweeps are, beside a loop of checks and a bare polynomial in NumPy: `python tests/benchmarks/sweeping.py`.

Every rate is of the CPU time of one run, and stands beside what ran in turn with it. Nothing here is a test.
"""

from __future__ import annotations

import argparse
import random
import resource
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy

import archcalc
from archcalc.solve import search
from archcalc.sweep.choices.sums import Sums
from archcalc.sweep.forms import Form
from archcalc.sweep.kernel import CHUNK

ROWS: list[tuple[str, str]] = []


def seconds(work: Callable[[], object]) -> float:
    """CPU time; the better of two runs, of which the first also compiles."""
    times = []
    for _ in range(2):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def told(what: str, answer: str) -> None:
    ROWS.append((what, answer))
    print(f"{what:<78} {answer}", flush=True)


def rate(count: int, took: float) -> str:
    each = count / took
    return f"{each / 1e6:,.1f} M/s" if each > 1e5 else f"{each:,.0f}/s"


def counting(scale: int) -> None:
    """A count with a condition over a grid of sizes."""
    last = 31 + 10_000 // scale
    space = archcalc.load("resnet:resnet50").sweep({"H": range(32, last + 1), "W": range(32, last + 1)}, "flops <= 80G")
    took = seconds(space.count)
    told(f"ResNet-50, H and W, {space.points:,} designs with a condition: count", rate(space.points, took))
    told("  memory of the process at its most", f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")
    took = seconds(lambda: space.pareto("multiplications", "-parameters"))
    told("  front of two objectives", rate(space.points, took))


def columns() -> None:
    """The quantities of given points, beside a polynomial of as many operations on the same numbers."""
    for spec, names, values in (
        ("resnet:resnet50", ("H", "W"), range(32, 1056)),
        ("unet:paper", ("N",), range(188, 1000)),
        ("vgg:D", ("H", "W"), range(32, 600)),
        ("mobilenet_v2:1.0", ("N",), range(32, 600)),
        ("inception_v3:plain", ("H", "W"), range(75, 600)),
    ):
        space = archcalc.load(spec).sweep(dict.fromkeys(names, values), show=["multiplications", "parameters"])
        form = space.cells.at(space.cells.root)
        if not isinstance(form, Form):
            told(f"{spec}, {' and '.join(names)}", "no closed form")
            continue
        rng = numpy.random.default_rng(0)
        codes = [rng.integers(0, len(values), 4_000_000) for _ in names]
        took = seconds(lambda form=form, codes=codes: form.at(codes, 4_000_000))
        operations = sum(one.name not in ("constant", "input") for one in form.instructions.operations)
        bare = seconds(lambda codes=codes, operations=operations: polynomial(codes[0], operations))
        told(
            f"{spec}, {' and '.join(names)}: two columns and legality of 4,000,000 points",
            f"{rate(4_000_000, took)}; a polynomial of {operations} operations {rate(4_000_000, bare)}; "
            f"{took / bare:.1f} times",
        )


def polynomial(column: Any, operations: int) -> None:
    """As many multiplications and additions in chunks that stay in a cache, in place."""
    room = numpy.empty(CHUNK, "int64")
    for start in range(0, len(column), CHUNK):
        part = column[start : start + CHUNK]
        result = room[: len(part)]
        numpy.add(part, 1, out=result)
        for _ in range(operations // 2):
            numpy.multiply(result, part, out=result)
            numpy.add(result, 7, out=result)


def one_by_one(seed: int) -> None:
    """Designs of which each is another network, beside checks."""
    network = archcalc.load("resnet:resnet50")
    rng = random.Random(seed)
    lists = sorted({tuple([rng.randint(1, 6) for _ in range(4)]) for _ in range(60)})
    space = network.sweep({"depths": lists}, show=["multiplications", "parameters"])
    took = seconds(lambda: archcalc.Sweep(space.question).count())
    checks = seconds(lambda: [network.check(depths=one).totals for one in lists])
    told(f"ResNets of {len(lists)} lists of depths", f"{rate(len(lists), took)}; checks {rate(len(lists), checks)}")


def wide() -> None:
    """Numbers beyond 64 bits."""
    sizes = range(10**9, 10**9 + 300)
    space = archcalc.load("vgg:D").sweep({"H": sizes, "W": sizes})
    took = seconds(lambda: space.top(1, "-multiplications"))
    told(f"VGG-16 at sizes of ten digits, {space.bits} bits: the largest", rate(space.points, took))


def supernet() -> tuple[str, dict[str, Any]]:
    """A space as of once-for-all networks: five stages of two to four blocks, each with its kernel and its factor."""
    stages = [(24, 2), (40, 2), (80, 2), (112, 1), (160, 2)]
    names = {letter: [[f"{letter}{stage}{block}" for block in range(1, 5)] for stage in range(1, 6)] for letter in "ke"}
    lets = [f"  {name}: 3" for rows in names.values() for row in rows for name in row]
    lets += [f"  d{stage}: 4" for stage in range(1, 6)]
    lets += [
        f"  {letter}s: [{', '.join('[' + ', '.join(row) + ']' for row in rows)}]" for letter, rows in names.items()
    ]
    text = f"""
input: [3, N, N]
at: {{N: 224}}
rounding: floor
let:
{chr(10).join(lets)}
blocks:
  unit(out, kernel=1, stride=1, groups=1):
    - conv: {{out: out, kernel: kernel, stride: stride, padding: kernel // 2, groups: groups, bias: false}}
    - batch_norm
    - relu6
  inverted(out, kernel, factor, stride, wide=factor * in_channels):
    - do:
        - unit: [wide]
        - unit: [wide, kernel, stride, wide]
        - conv: {{out: out, kernel: 1, bias: false}}
        - batch_norm
    - {{add: [here, input], when: stride == 1 and channels(input) == out}}
layers:
  - unit: [16, 3, 2]
  - for:
      out: [{", ".join(str(out) for out, _ in stages)}]
      stride: [{", ".join(str(stride) for _, stride in stages)}]
      depth: [d1, d2, d3, d4, d5]
      k: ks
      e: es
    do:
      - for: {{turn: 1..4, kernel: k, factor: e}}
        do:
          - {{inverted: [out, kernel, factor, stride if turn == 1 else 1], when: turn <= depth}}
  - global_avg_pool
  - flatten
  - linear: 1000
"""
    return text, {"d?": (2, 3, 4), "k??": (3, 5, 7), "e??": (3, 4, 6), "N": range(128, 225, 4)}


def choices() -> None:
    """A space that nobody can go through: until it is ready, its designs, a count under a budget, a front."""
    text, axes = supernet()
    network = archcalc.load(text)
    network.sweep({"d1": (2, 3)}).count()
    start = time.process_time()
    space = network.sweep(axes)
    told(f"a supernet of {space.points:.2e} designs: ready", f"{time.process_time() - start:.2f} s")
    whole = space.cells.at(space.cells.root)
    assert isinstance(whole, Sums), space.cells.untabled
    count = 2_000_000
    rng = numpy.random.default_rng(0)
    codes = [rng.integers(0, space.space.sizes[place], count).astype("int16") for place in whole.axes]
    took = seconds(lambda: whole.at(codes, count))
    lines = [line for table in whole.tables for line in table.entries[:2].reshape(2, -1)]
    bare = seconds(lambda: look_ups(lines, count))
    told(
        f"  two columns and legality of {count:,} designs",
        f"{rate(count, took)}; {len(lines)} bare look-ups each {rate(count, bare)}; {took / bare:.1f} times",
    )
    start = time.process_time()
    found = space.pareto("multiplications", "-parameters")
    told(f"  front of two objectives, {len(found):,} designs", f"{time.process_time() - start:.2f} s")
    axes["N"] = (224,)
    start = time.process_time()
    found = network.sweep(axes, "multiplications <= 300M").count()
    told(f"  {found.met:,} under a budget: count", f"{time.process_time() - start:.2f} s")


TOWER = """
input: [1, N, N]
at: {N: 64}
let: {depth: 2, width: 4, kernel: 3}
layers: [{repeat: depth, do: [conv: [width, kernel], relu]}]
"""


def solving(scale: int) -> None:
    """All solutions of a question over depths, kernels and widths; and of a small one by trials and by a sweep."""
    network = archcalc.load(TOWER)
    few = ["depth=1..20", "width=1..100"], "parameters % 7 = 0", {"N": 64}
    start = time.process_time()
    by_trials = network.solve(*few)
    took = time.process_time() - start
    # From so many trials on a sweep is asked.
    search.MAX_TRIALS, kept = 10, search.MAX_TRIALS
    start = time.process_time()
    by_sweep = network.solve(*few)
    search.MAX_TRIALS = kept
    assert list(by_trials) == list(by_sweep)
    told("solve: 2,000 combinations by trials and by a sweep", f"{took:.2f} s; {time.process_time() - start:.2f} s")
    sizes = 200 // scale
    start = time.process_time()
    found = network.solve(
        ["depth=1..40", "kernel=1..5", f"width=1..{1000 // scale}", f"N=1..{sizes}"], "parameters <= 100k"
    )
    points = 40 * 5 * (1000 // scale) * sizes
    told(f"  all solutions among {points:,}: {len(found.boxes):,} patterns", rate(points, time.process_time() - start))


def look_ups(lines: Sequence[Any], count: int) -> None:
    """As many numbers taken from tables of the same lengths and added up, in chunks that stay in a cache."""
    room, total = numpy.empty(CHUNK, "int64"), numpy.zeros(CHUNK, "int64")
    places = [numpy.random.default_rng(1).integers(0, len(line), CHUNK) for line in lines]
    for _ in range(0, count, CHUNK):
        for line, own in zip(lines, places, strict=True):
            numpy.take(line, own, out=room, mode="clip")
            numpy.add(total, room, out=total)


def tables(scale: int) -> None:
    """Tables of designs, from text to file: their rate, their size, and what they take of memory."""
    network = archcalc.load("resnet:resnet50")
    with TemporaryDirectory() as folder:
        for last in (1_031, 31 + 10_000 // scale):
            sizes = range(32, last + 1)
            space = network.sweep({"H": sizes, "W": sizes})
            for name in ("designs.parquet", "designs.arrow"):
                path = Path(folder, name)
                start = time.process_time()
                rows = space.write(path).rows
                took = time.process_time() - start
                told(
                    f"ResNet-50, H and W, {rows:,} designs to {name}",
                    f"{rate(rows, took)}, {path.stat().st_size / rows:.2f} B each; "
                    f"memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB",
                )
                path.unlink()
        start = time.process_time()
        rows = pieces(network, Path(folder, "here"), None, scale)
        told(f"{rows:,} designs into a folder, by this process", rate(rows, time.process_time() - start))
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        rows = pieces(network, Path(folder, "elsewhere"), "processes:2", scale)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        took = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        told("  by two processes, with their start", rate(rows, took))


def pieces(network: archcalc.Architecture, folder: Path, on: str | None, scale: int) -> int:
    """Fill a folder."""
    sizes = range(32, 32 + 4_000 // scale)
    return network.sweep({"H": sizes, "W": sizes}).write(folder, on=on).rows


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=int, default=1, help="grids that are so many times smaller along each axis")
    options = parser.parse_args(arguments)
    counting(options.scale)
    columns()
    one_by_one(1)
    wide()
    choices()
    solving(options.scale)
    tables(options.scale)


if __name__ == "__main__":
    main()
