"""Mutations by hand: each breaks a promise, and a test that names the promise has to fail.

A mutation is a piece of text and what it becomes, found wherever in the package it stands, so that it survives moves.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import yaml
from mutation.rooms import module_of

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PACKAGE = ROOT / "archcalc"
TIMEOUT = 300
"""Seconds of one test."""


class Promise(NamedTuple):
    """What is promised, the change that breaks it, and the test that stands for it."""

    promise: str
    original: str
    mutant: str
    test: str


class Outcome(NamedTuple):
    """What became of a promise: empty where its test fails under the mutation, as it has to."""

    promise: Promise
    problem: str


def promises(path: Path = HERE / "promises.yaml") -> list[Promise]:
    """The list of promises."""
    return [Promise(**entry) for entry in yaml.safe_load(path.read_text(encoding="utf-8"))]


def outcome(promise: Promise, package: Path = PACKAGE) -> Outcome:
    """Whether the test of a promise passes on the code as it is, and fails once the promise is broken."""
    found = homes(promise, package)
    if len(found) != 1:
        names = ", ".join(str(path.relative_to(package)) for path in found) or "no module"
        return Outcome(promise, f"its snippet stands in {names}: bring the entry along")
    (home,) = found
    text = home.read_text(encoding="utf-8")
    if text.count(promise.original) != 1:
        return Outcome(
            promise, f"its snippet stands {text.count(promise.original)} times in {home.name}: make it longer"
        )
    module = module_of(home, package.parent)
    if tested(promise.test, module, home, text, package) != 0:
        return Outcome(promise, f"its test does not pass: {promise.test}")
    status = tested(promise.test, module, home, text.replace(promise.original, promise.mutant), package)
    return Outcome(promise, "" if status == 1 else f"its test does not fail when it is broken: {promise.test}")


def homes(promise: Promise, package: Path = PACKAGE) -> list[Path]:
    """The modules in which the snippet of a promise stands."""
    return [path for path in sorted(package.rglob("*.py")) if promise.original in path.read_text(encoding="utf-8")]


def tested(test: str, module: str, path: Path, text: str, package: Path) -> int:
    """The status of pytest for one test, run by a new interpreter in which one module has another text.

    0: it passed; 1: it failed. A test that runs on beyond the limit has failed.
    """
    program = [sys.executable, str(HERE / "replaced.py"), module, str(path), "-x", "-q", "-p", "no:cacheprovider"]
    roots = [str(package.parent), str(ROOT / "tests")]
    around = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    environment = {**around, "PYTHONPATH": os.pathsep.join(roots), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            [*program, test],
            input=text.encode(),
            cwd=package.parent,
            env=environment,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return 1
    return done.returncode
