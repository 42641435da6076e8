"""PyTorch runs exported modules inside the legal sizes, and refuses those outside that it has to refuse."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from catalogue import FILES, named
from effort import TIMES, commit, parts, share
from export.generated import batches, built, exported, promised, ran
from layers.oracles import load_torch

import archcalc
from archcalc.export.torch import Source
from archcalc.graph import Graph
from archcalc.sizes.legal import LegalSizes
from archcalc.verify.legality import must_fail
from sizes.random_networks import network
from sizes.subject import Subject, of_the_catalogue

MOST_VARIANTS = 1
"""Networks of every file of the catalogue that are run."""
RANDOM = 120
PART = 12
"""Random networks of a test."""
FARTHEST = {"meta": 1000, "cpu": 40}
"""Largest sizes that are run; only the processor looks at everything, and it takes its time."""
FEWEST = 4
LAYERS = 1500 if TIMES else 500
"""Sizes at which a network is run: as many as make about so many layers, and never fewer than a few."""
MOST_ELEMENTS = 60_000
LONGEST = 1_000
"""Maps that are computed on the processor."""
REFUSALS = (RuntimeError, ValueError, IndexError, NotImplementedError)


def outcome(source: Source, image: dict[str, int], sizes: dict[str, int], graph: Graph, device: str) -> Any:
    """What a module returns for inputs of these sizes, or None if PyTorch refuses. Its weights are for the `image`."""
    try:
        return ran(built(source, device, **{**sizes, **image}), batches(graph.inputs, device))
    except REFUSALS:
        return None


def is_stretched(subject: Subject, sizes: dict[str, int]) -> bool:
    """Whether a table of positions differs from its map by a size of 1, which PyTorch repeats without being asked."""
    here, stated = subject.at(sizes).weights, subject.at({**sizes, **subject.stated_image}).weights
    tables = [node.name for node in subject.graph.nodes if node.kind == "position_embedding" and node.name in here]
    pairs = [pair for name in tables for pair in zip(here[name][0], stated[name][0], strict=True)]
    return any(1 in pair and pair[0] != pair[1] for pair in pairs)


def is_cheap(graph: Graph) -> bool:
    """Whether maps are small enough to be computed, and those of attention to be squared. Symbols may stay small."""
    shapes = [output.shape for node in graph.nodes for output in node.outputs if output.shape is not None]
    numbers = [shape for shape in shapes if all(isinstance(size, int) for size in shape.sizes)]
    return all(shape.elements <= MOST_ELEMENTS and max(shape.spatial, default=1) <= LONGEST for shape in numbers)


def samples(subject: Subject, legal: LegalSizes, rng: Random, most: int) -> list[dict[str, int]]:
    """Sizes at and around the edge of the set, then others inside and outside."""
    names = legal.symbols
    smallest = dict.fromkeys(names, 1)
    found = [smallest]
    if (least := legal.nearest(smallest)[1]) is not None:
        found += [least, *({**least, name: size - 1} for name, size in least.items() if size > 1)]
    for _ in range(3):
        sizes = {name: rng.randrange(1, most) for name in names} | subject.stated
        sizes[rng.choice(names)] = rng.randrange(1, most)
        found += [near for near in legal.nearest(sizes) if near is not None]
        found.append(sizes)
    unique = [dict(sizes) for sizes in dict.fromkeys(tuple(one.items()) for one in found)]
    affordable = [sizes for sizes in unique if max(sizes.values()) <= most]
    return affordable[: max(FEWEST, LAYERS // len(subject.graph.nodes))]


def judge(subject: Subject, rng: Random, device: str, most: int) -> Counter[str]:
    """Assert that PyTorch agrees at some sizes; how many of which sort there were."""
    architecture, legal = subject.architecture, subject.legal
    seen: Counter[str] = Counter()
    source = exported(architecture)
    image = subject.stated_image if subject.has_weights else {}
    for sizes in samples(subject, legal, rng, most):
        report = architecture.check(sizes)
        graph = report.graph
        if device == "cpu" and not is_cheap(graph):
            continue
        if any(node.outputs[0].shape is None for node in graph.inputs):
            assert sizes not in legal
            continue
        got = outcome(source, image, sizes, graph, device)
        if sizes in legal:
            assert got == promised(graph), (sizes, got)
            seen["inside"] += 1
        elif legal.with_new_weights is not None and sizes in legal.with_new_weights:
            assert got is None or is_stretched(subject, sizes), (sizes, "the weights are for other sizes", got)
            got = outcome(exported(architecture, **sizes), {}, sizes, graph, device)
            assert got == promised(graph), (sizes, got)
            seen["other weights"] += 1
        elif must_fail(report.diagnostics, graph) is not None:
            assert got is None, (sizes, report.diagnostics, got)
            seen["refused"] += 1
        else:
            assert not report.ok, sizes
            seen["may run"] += 1
    return seen


@pytest.mark.parametrize("path", share(FILES, shares=3), ids=lambda path: path.stem)
def test_networks_of_the_catalogue_run_where_they_are_legal(path: Path) -> None:
    load_torch()
    for name in named(path)[:MOST_VARIANTS]:
        subject = of_the_catalogue(name)
        if subject.frees_axes:
            pytest.skip("its sizes are numbers, and a check takes no others")
        assert judge(subject, Random(f"{commit()} {name}"), "meta", FARTHEST["meta"])["inside"] > 0, name


@pytest.mark.parametrize("seeds", parts(RANDOM, PART))
def test_random_networks_run_where_they_are_legal(seeds: range) -> None:
    load_torch()
    seen: Counter[str] = Counter()
    for seed in seeds:
        architecture = archcalc.load(network(f"torch {seed}"))
        report = architecture.check()
        is_stated = any(node.kind == "opaque" for node in report.graph.nodes)
        if report.ok and not is_stated and is_cheap(report.graph):
            seen += judge(Subject(architecture), Random(seed), "cpu", FARTHEST["cpu"])
    assert min(seen["inside"], seen["refused"] + seen["may run"]) > 0
