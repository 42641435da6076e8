"""Results are values: a pickle and a copy of one equal it, what is asked twice is equal, and other answers differ."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, islice
from pathlib import Path
from typing import Any

import pytest
from effort import examples, share
from hypothesis import given
from strategies.hypothesis_strategies import specs

import archcalc
from archcalc.api.architecture import Architecture
from archcalc.api.report import Report
from archcalc.graph import scopes
from archcalc.receptive import ReceptiveField
from archcalc.sizes.legal import LegalSizes
from archcalc.sizes.runs import SetOverflow
from archcalc.sizes.sets import IntegerSet

COPIES: list[Callable[[Any], Any]] = [lambda value: pickle.loads(pickle.dumps(value)), copy.deepcopy, copy.copy]

CATALOGUE = sorted(path.stem for path in (Path(__file__).parents[2] / "specs").rglob("*.yaml"))

BROKEN = """
input: [1, 7, 7]
layers:
- {conv: {out: 1, kernel: 3, stride: 3}, as: narrow}
expect: {parameters: 11}
"""
TIED = "input: [1, H, W]\nat: {H: 28, W: 28}\nlayers: [conv: [6, 5], max_pool: 2, flatten, linear: 10]"


def results(report: Report) -> Iterator[tuple[str, Any]]:
    """All that a report gives, by what asks for it; of layers and scopes the first ones and the last one."""
    yield "report", report
    for name in ("totals", "inputs", "outputs", "diagnostics", "verdicts", "conditions", "symbols", "file"):
        yield name, getattr(report, name)
    yield "receptive_fields", report.receptive_fields
    yield "misaligned", report.misaligned
    yield "graph", report.graph
    yield "closed_forms", report.closed_forms()
    yield "draw", report.draw(depth=1)
    for layer in [*islice(report, 2), *report.layers[-1:]]:
        yield f"layer {layer.name}", layer
        yield f"derivation of {layer.name}", report.explain(layer.name)
        yield f"forms of {layer.name}", report.closed_forms(layer.name)
    for name in islice(scopes(report.graph), 1):
        yield f"derivations of {name}", report.explain(name)


def _hash(value: Any) -> int | None:
    try:
        return hash(value)
    except TypeError:
        return None  # It holds maps or lists.


def assert_values(found: Iterator[tuple[str, Any]], copies: Sequence[Callable[[Any], Any]] = COPIES) -> None:
    for name, value in found:
        for copied in copies:
            again = copied(value)
            assert again == value, f"a copy of {name} differs"
            assert (again != value) is False, f"a copy of {name} is both equal and different"
            assert repr(again) == repr(value), f"a copy of {name} says something else"
            assert _hash(again) == _hash(value), f"a copy of {name} is equal and has another hash"


@pytest.mark.parametrize("name", share(CATALOGUE, shares=4))
def test_results_for_the_catalogue_are_values(name: str) -> None:
    """A fourth of the networks with one sort of copies each in a run, and all with the others in time."""
    copies = share(COPIES, CATALOGUE.index(name), len(COPIES))
    architecture = archcalc.load(name)
    chosen = architecture.choose(next(iter(architecture.variants), None))
    report = chosen.check()
    assert_values(results(report), copies)
    assert_values(iter([("legal_sizes", report.legal_sizes)]), copies)
    assert report == archcalc.load(name, chosen.variant).check(), "two checks of the same text are equal"


@given(specs())
@examples(6)
def test_results_for_any_network_are_values(data: dict[str, Any]) -> None:
    architecture = archcalc.load(data)
    chosen = architecture.choose(next(iter(architecture.variants), None))
    for symbolic in (False, True):
        report = chosen.check(symbolic=symbolic)
        assert_values(results(report))
        assert report == archcalc.load(data, chosen.variant).check(symbolic=symbolic)


@given(specs())
@examples(10)
def test_legal_sizes_of_any_network_are_values(data: dict[str, Any]) -> None:
    architecture = archcalc.load(data)
    report = architecture.choose(next(iter(architecture.variants), None)).check()
    try:
        legal = report.legal_sizes
    except ValueError:
        return  # There is no network.
    assert_values(iter([("legal sizes", legal), ("sets", legal.axes)]))


def answers() -> dict[str, Any]:
    """Answers to questions that are no part of a report."""
    broken = Architecture.from_text(BROKEN)
    tied = Architecture.from_text(TIED)
    unet = archcalc.load("unet:paper")
    return {
        "repairs": broken.repairs(),
        "repair": broken.repairs()[0],
        "verdict": broken.check().verdicts[0],
        "tied sizes": tied.legal_sizes(),
        "sizes with other weights": tied.legal_sizes().with_new_weights,
        "causes": tied.legal_sizes().causes,
        "conditions": tied.legal_sizes().asked,
        "certificate": unet.legal_sizes().certificate(),
        "joined sizes": unet.legal_sizes() | archcalc.load("unet:padded").legal_sizes(),
        "solutions": unet.solve("N=1..400", "multiplications <= 10G"),
        "no solutions": unet.solve("N=1..400", "multiplications <= 10"),
        "form on a set": unet.check().closed_forms().on(unet.legal_sizes()),
    }


def test_answers_are_values() -> None:
    assert_values(iter(answers().items()))


def test_the_same_question_has_an_equal_answer() -> None:
    once, again = answers(), answers()
    for name, answer in once.items():
        assert answer == again[name], f"{name} differ the second time"


def test_answers_are_equal_in_another_process() -> None:
    """Another process hashes texts in another way, and numbers symbols in another order."""
    script = (
        "import pickle, sys; from archcalc.dims import symbol; [symbol(name) for name in 'XWNH'];"
        "sys.path.insert(0, 'tests'); from values.test_results_as_values import answers, reports;"
        "sent = pickle.load(sys.stdin.buffer); mine = {**answers(), **reports()};"
        "print([name for name, answer in mine.items() if not answer == sent[name]])"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        input=pickle.dumps({**answers(), **reports()}),
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONHASHSEED": "7"},
    )
    assert run.stdout.decode().strip() == "[]", run.stderr.decode()


def reports() -> dict[str, Report]:
    """Reports of networks that differ in one thing each."""
    layers = "layers: [{conv: {out: 4, kernel: 3}, as: first}, relu]"
    text = f"input: [1, N, N]\nat: {{N: 8}}\n{layers}"
    return {
        "plain": Architecture.from_text(text).check(),
        "other size": Architecture.from_text(text).check(N=9),
        "symbolic": Architecture.from_text(text).check(symbolic=True),
        "other name": Architecture.from_text(text, name="net.yaml").check(),
        "other field": Architecture.from_text(text.replace("kernel: 3", "kernel: 2")).check(),
        "other layer": Architecture.from_text(text.replace("relu", "tanh")).check(),
        "with a claim": Architecture.from_text(f"{text}\nexpect: {{parameters: 40}}").check(),
        "with an error": Architecture.from_text(text.replace("kernel: 3", "kernel: 30")).check(),
    }


def test_reports_of_different_checks_differ() -> None:
    for (one, report), (two, other) in combinations(reports().items(), 2):
        assert report != other, f"the reports {one} and {two} are equal"
        assert report.graph != other.graph or one in ("plain", "with a claim") or "name" in (one + two), (one, two)


def pictures() -> dict[str, Any]:
    """Pictures that differ in one thing each."""
    plain, other = reports()["plain"], reports()["other field"]
    return {"plain": plain.draw(), "right": plain.draw(direction="right"), "other": other.draw()}


def legal_sizes() -> dict[str, LegalSizes]:
    """Legal sizes that differ in one thing each."""
    tied = Architecture.from_text(TIED).legal_sizes()
    made: dict[str, Any] = {name: getattr(tied, name) for name in ("undecided", "causes", "ties", "asked", "stated")}
    made |= {"fixed": tied.fixed, "never": tied.never, "with_new_weights": tied.with_new_weights, "exact": tied.exact}
    changes: dict[str, Any] = {
        "plain": {},
        "causes": {"causes": ()},
        "ties": {"ties": tied.asked},
        "asked": {"asked": None},
        "stated": {"stated": {"H": 30, "W": 28}},
        "fixed": {"fixed": {"k": 1}},
        "never": {"never": "a reason"},
        "with_new_weights": {"with_new_weights": None},
        "exact": {"exact": tied},
    }
    return {
        "other sets": LegalSizes(tied.symbols, [{"H": IntegerSet.of([28]), "W": IntegerSet.of([28])}], **made),
        **{name: LegalSizes(tied.symbols, tied.boxes, **(made | change)) for name, change in changes.items()},
    }


def solutions() -> dict[str, Any]:
    """Solutions that differ in one thing each."""
    convolution = archcalc.load("convolution:stride1")
    return {
        "plain": convolution.solve("padding", "size = 7"),
        "other unknown": convolution.solve("kernel=3,5", "size = 7"),
        "other condition": convolution.solve("padding", "size = size(input)"),
        "other domain": convolution.solve("padding=0..9", "size = 7"),
        "other size": convolution.solve("padding", "size = 9"),
    }


@pytest.mark.parametrize("made", [pictures, legal_sizes, solutions])
def test_different_ones_differ(made: Callable[[], dict[str, Any]]) -> None:
    for (one, value), (two, other) in combinations(made().items(), 2):
        assert value != other, f"{made.__name__}: {one} and {two} are equal"
        assert value != str(value), "a value is no text"


def test_boxes_stand_in_no_order() -> None:
    small, large = IntegerSet.of([1, 2]), IntegerSet.between(8, None)
    boxes = [{"H": small, "W": large}, {"H": large, "W": small}]
    once, again = LegalSizes(("H", "W"), boxes), LegalSizes(("H", "W"), boxes[::-1])
    assert once == again
    assert hash(once) == hash(again)


def test_unions_of_legal_sizes_do_not_depend_on_the_order() -> None:
    one = Architecture.from_text("input: [1, N, N]\nlayers: [conv: [6, 5], max_pool: 2]").legal_sizes()
    two = Architecture.from_text("input: [1, N, N]\nlayers: [conv: [6, 5], max_pool: 3]").legal_sizes()
    assert one != two
    assert one | two == two | one


def test_legal_sizes_are_kept_in_sets_and_as_keys() -> None:
    once = [Architecture.from_text(TIED).legal_sizes() for _ in range(3)]
    assert len(set(once)) == 1


def test_a_copy_of_a_report_answers_as_the_report_does() -> None:
    report = Architecture.from_text(BROKEN).check()
    whole = archcalc.load("unet:paper").check()
    assert isinstance(whole.receptive_fields["enc1.0"], ReceptiveField), "it is asked before it is copied"
    for copied in COPIES[:2]:
        again = copied(whole)
        assert again.receptive_fields == whole.receptive_fields
        assert again.legal_sizes == whole.legal_sizes
        assert again.to_text() == whole.to_text()
        assert again.to_json(receptive_field=True) == whole.to_json(receptive_field=True)
        assert [*again] == [*whole]
        assert again.graph.nodes[0] is not whole.graph.nodes[0], "a deep copy has a network of its own"
        assert copied(report).repairs == report.repairs


def _named_groups(count: int) -> str:
    groups = "".join(f"- {{do: [relu, {{conv: {{out: 3, kernel: 1}}}}], as: g{index}}}\n" for index in range(count))
    return f"input: [3, 8, 8]\nlayers:\n{groups}"


def test_deep_networks_are_pickled_and_copied() -> None:
    report = Architecture.from_text(_named_groups(500)).check()
    limit = sys.getrecursionlimit()
    for copied in COPIES[:2]:
        assert copied(report.layers[-1]) == report.layers[-1]
        assert copied(report) == report
    assert sys.getrecursionlimit() == limit


def test_layers_of_one_network_are_pickled_with_one_network() -> None:
    report = Architecture.from_text(_named_groups(100)).check()
    one, all_of_them = len(pickle.dumps(report.layers[0])), len(pickle.dumps(report.layers))
    assert all_of_them < len(report.layers) * one / 20, "the text of the network is in the pickle once"
    first, *_, last = pickle.loads(pickle.dumps(report.layers))
    assert last.derivation.node.module.graph is first.derivation.node.module.graph


def test_export_errors_keep_their_diagnostics() -> None:
    with pytest.raises(archcalc.ExportError) as caught:
        Architecture.from_text(BROKEN).to_torch()
    for copied in COPIES:
        again = copied(caught.value)
        assert type(again) is type(caught.value)
        assert (str(again), again.diagnostics) == (str(caught.value), caught.value.diagnostics)


def test_sets_that_are_written_differently_are_equal() -> None:
    once = IntegerSet.progression(0, 2)
    again = IntegerSet.progression(0, 4) | IntegerSet.progression(2, 4)
    assert once == again
    assert hash(once) == hash(again)
    assert once != IntegerSet.progression(1, 2)
    with pytest.raises(SetOverflow):
        once & IntegerSet.progression(1, 999_983) & IntegerSet.progression(1, 999_979)
