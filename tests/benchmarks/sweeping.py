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
    tables(options.scale)


if __name__ == "__main__":
    main()
