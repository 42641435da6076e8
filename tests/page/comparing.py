"""The page's numbers held against archcalc's: the page's own program computes them in Node, a check from the spec."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from archcalc import Architecture, Report
from archcalc.derivations.notation import TEXT
from archcalc.page.assembly import FRONT, wrapped
from archcalc.page.data import network
from archcalc.sizes.legal import LegalSizes
from archcalc.tally import activations

HERE = Path(__file__).parent
COUNTS = ("parameters", "frozen", "buffers", "multiplications", "activations")

LARGEST = "resnet_cifar:1202"
"""A network of 4,211 layers, which takes a minute."""

Sizes = dict[str, int]

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")


Asked = Sequence[tuple[Report, Sequence[Mapping[str, int]]]]
"""Networks, and several sizes for each."""


def questions(asked: Asked) -> str:
    """What is asked, as JSON for `saying.mjs`."""
    return json.dumps(
        [
            {
                "data": network(report, report.diagnostics),
                "sizes": [{name: str(size) for name, size in one.items()} for one in sizes],
            }
            for report, sizes in asked
        ]
    )


def in_node(asked: Asked) -> list[dict[str, Any]]:
    """What the page says about networks in Node."""
    command = ["node", str(HERE / "at_sizes.mjs")]
    done = subprocess.run(command, input=questions(asked), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def in_chromium(browser: Any, asked: Asked) -> list[dict[str, Any]]:
    """What the page says about networks in Chromium."""
    names = ["exact", "legality", "network", "work"]
    texts = [(name, (FRONT / f"{name}.mjs").read_text(encoding="utf-8")) for name in names]
    texts.append(("saying", (HERE / "saying.mjs").read_text(encoding="utf-8")))
    program = "".join(wrapped(name, text) for name, text in texts)
    tab = browser.open("about:blank")
    found: list[dict[str, Any]] = tab.run(f"(() => {{ {program} return $saying.answers({questions(asked)}); }})()")
    tab.close()
    return found


def sizes_of(report: Report) -> tuple[LegalSizes | None, list[Sizes], list[Sizes]]:
    """The legal sizes of a network, some of them, and some others; a network without symbols has one size."""
    if not report.symbols:
        return None, [{}], []
    legal = report.legal_sizes
    if not set(legal.symbols) <= report.symbols.keys():
        return None, [{}], []
    return legal, *some_sizes(legal, report.title)


def some_sizes(legal: LegalSizes, seed: str) -> tuple[list[Sizes], list[Sizes]]:
    """Up to five legal sizes and three that are not, the stated ones among them, spread around those."""
    chosen = random.Random(seed)
    start = {name: legal.stated.get(name, 64) for name in legal.symbols}
    good: list[Sizes] = [start] if start in legal else []
    bad: list[Sizes] = []
    for _ in range(60):
        near = {name: max(1, size + chosen.randrange(-40, 200)) for name, size in start.items()}
        if near not in legal and near not in bad:
            bad.append(near)
        for found in legal.nearest(near):
            if found is not None and found not in good:
                good.append(found)
        if len(good) >= 5 and len(bad) >= 3:
            break
    return good[:5], bad[:3]


def differences(checked: Report, sizes: Sizes, said: dict[str, Any]) -> Iterator[str]:
    """Where the page says something else at legal sizes than a check does."""
    assert checked.complete, f"{checked.title} is legal at {sizes}"
    if not said["legal"]:
        yield f"{sizes} is legal"
    totals = [*checked.totals, activations(checked.graph.nodes)]
    if said["totals"] != list(map(str, totals)):
        yield f"totals at {sizes}: {said['totals']} and not {totals}"
    layers = {layer["name"]: layer for layer in said["layers"]}
    for node, layer in zip(checked.graph.nodes, checked.layers, strict=True):
        theirs = layers[layer.name]
        counts = [layer.parameters, layer.frozen, layer.buffers, layer.multiplications, activations([node])]
        if theirs["counts"] != list(map(str, counts)):
            yield f"{layer.name} at {sizes}: {theirs['counts']} and not {counts}"
        shapes = ["×".join(map(str, sizes or ())) or "1" for sizes in layer.outputs]
        if theirs["shapes"] != shapes:
            yield f"{layer.name} at {sizes}: {theirs['shapes']} and not {shapes}"


def other_work(checked: Report, said: dict[str, Any]) -> Iterator[str]:
    """Where the page shows other work than `archcalc explain`, for what both have a line for.

    A page has no words about a rounding at these sizes, and where a symbol is free, a formula may be another one: H·W
    and not H² where H and W need not be equal, and no minimum of which one side always wins. The value is the same.
    """
    theirs = {layer["name"]: layer["work"] for layer in said["layers"]}
    for layer in checked.layers:
        shown = {line["quantity"]: line["chain"] for line in theirs[layer.name]["lines"]}
        for line in layer.derivation.lines:
            chain = line.chain(TEXT)
            found = shown.get(line.quantity, chain)
            if found != chain and (found[0] == chain[0] or found[-1] != chain[-1]):
                yield f"{layer.name}: {found} and not {chain}"


def compared(architectures: Sequence[Architecture]) -> tuple[Counter[str], list[str]]:
    """How much of networks was compared, at legal sizes and at others, and what differs."""
    reports = [architecture.check() for architecture in architectures]
    chosen = [sizes_of(report) for report in reports]
    answers = in_node([(report, [*good, *bad]) for report, (_, good, bad) in zip(reports, chosen, strict=True)])
    tally: Counter[str] = Counter(networks=len(reports))
    wrong: list[str] = []
    for architecture, (legal, good, bad), answer in zip(architectures, chosen, answers, strict=True):
        fixed = legal.fixed if legal is not None else {}
        for sizes, said in zip([*good, *bad], answer["at"], strict=True):
            tally["legalities"] += 1
            if legal is not None and sizes not in legal:
                tally["illegal sizes"] += 1
                wrong += [f"{architecture.name}: {one}" for one in shown_at_no_size(legal, sizes, said)]
                continue
            checked = architecture.check(**sizes, **fixed)
            tally["legal sizes"] += 1
            tally["values"] += sum(len(one["counts"]) + sum(map(_axes, one["shapes"])) for one in said["layers"])
            tally["lines of work"] += sum(len(one["work"]["lines"]) for one in said["layers"] if one["work"])
            wrong += [f"{architecture.name}: {one}" for one in differences(checked, sizes, said)]
            wrong += [f"{architecture.name}: {one}" for one in other_work(checked, said)]
    return tally, wrong


def shown_at_no_size(legal: LegalSizes, sizes: Sizes, said: dict[str, Any]) -> Iterator[str]:
    """What a page must not say at sizes that are not legal, and whether it knows the nearest that are."""
    counts = [*said["totals"], *(count for layer in said["layers"] for count in layer["counts"])]
    if said["legal"] or any(count is not None for count in counts):
        yield f"{sizes} is not legal, and numbers are shown"
    near = [one and {name: int(size) for name, size in one.items()} for one in said["nearest"]]
    if near != list(legal.nearest(sizes)):
        yield f"the nearest of {sizes}: {near} and not {legal.nearest(sizes)}"


def _axes(shape: str) -> int:
    return shape.count("×") + 1
