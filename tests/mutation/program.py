"""The two forms of the program: mutants by lot, and promises that are broken by hand."""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from random import Random

from mutation.equivalent import Equivalent, equivalents, reason_of
from mutation.killing import SECONDS, Effort, Site, Tried, tried
from mutation.operators import mutants
from mutation.promises import outcome, promises
from mutation.rooms import ROOMS, Room

COUNT = 320


def sites_of(room: Room) -> list[Site]:
    """All mutants of a room."""
    return [Site(path, mutant) for path in room.paths() for mutant in mutants(path.read_text(encoding="utf-8"))]


def drawn(room: Room, count: int, seed: int) -> list[Site]:
    """Some mutants of a room, the same for a seed as long as the room stays as it is."""
    sites = sites_of(room)
    return Random(seed).sample(sites, min(count, len(sites)))


def work(room: Room, sites: list[Site], effort: Effort) -> list[Tried]:
    """What becomes of mutants, found out by a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(tried, sites, room.modules(), room.tests, room.root, effort).result()


class Figures:
    """Counts what becomes of mutants, and prints the survivors."""

    def __init__(self, known: list[Equivalent]) -> None:
        self.known = known
        self.mutants = self.killed = self.survived = self.equivalent = 0

    def add(self, name: str, found: list[Tried]) -> None:
        """The mutants of a room."""
        self.mutants += len(found)
        for one in found:
            if one.killer:
                self.killed += 1
            elif reason_of(self.known, name, one.site.mutant):
                self.equivalent += 1
            else:
                self.survived += 1
                print(survivor(name, one), flush=True)

    def __str__(self) -> str:
        return f"mutants {self.mutants}, killed {self.killed}, survived {self.survived}, equivalent {self.equivalent}"


def survivor(name: str, one: Tried) -> str:
    """A mutant that no test notices."""
    mutant = one.site.mutant
    seen = f"survives {one.tests} tests" if one.tests else "no test calls it"
    return f"{name}: {one.site.path.name}:{mutant.line}, {mutant.function} ({seen})\n{mutant.change}\n"


def mutated(options: argparse.Namespace) -> int:
    """Draw mutants and try them."""
    figures = Figures(equivalents())
    effort = Effort(options.jobs, options.seconds, is_told=options.killers)
    started = time.monotonic()
    share = -(-options.count // len(options.rooms))
    for name in options.rooms:
        sites = drawn(ROOMS[name], share, options.seed)
        figures.add(name, work(ROOMS[name], sites, effort))
        print(f"{time.monotonic() - started:6.0f} s  {name}: {figures} so far", file=sys.stderr, flush=True)
    print(figures)
    return 1 if figures.survived else 0


def promised() -> int:
    """Break every promise by hand."""
    found = [outcome(promise) for promise in promises()]
    broken = [one for one in found if one.problem]
    for one in broken:
        print(f"{one.promise.promise}: {one.problem}")
    print(f"promises {len(found)}, kept by a test {len(found) - len(broken)}, without {len(broken)}")
    return 1 if broken else 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Mutate archcalc, and see whether the tests notice.")
    parser.add_argument("--rooms", nargs="+", choices=list(ROOMS), default=list(ROOMS), help="which rooms; all")
    parser.add_argument("--count", type=int, default=COUNT, help=f"so many mutants of all rooms together; {COUNT}")
    parser.add_argument("--seed", type=int, default=0, help="which mutants are drawn")
    parser.add_argument("--jobs", type=int, default=1, help="mutants that are tried at the same time")
    parser.add_argument(
        "--seconds", type=float, default=SECONDS, help=f"tests that a mutant is tried on, in seconds; {SECONDS:g}"
    )
    parser.add_argument("--killers", action="store_true", help="say on standard error which test killed which mutant")
    parser.add_argument("--promises", action="store_true", help="break the promises of promises.yaml instead")
    options = parser.parse_args()
    return promised() if options.promises else mutated(options)
