"""Texts that would crash a careless program or occupy the machine get a diagnostic in time, never an exception."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from typing import Any

import pytest
from effort import parts

from archcalc import Architecture, Report

pytestmark = pytest.mark.once

INPUT = "input: [3, 32, 32]\n"
LAYERS = INPUT + "layers:\n"
THOUSAND = "1" + "0" * 300


def lets(first: str, rule: str, count: int) -> str:
    """A chain of definitions a0, a1, ...; `rule` says a{i} by {p}, the one before."""
    rows = [f"  a0: {first}", *(f"  a{i}: {rule.format(p=f'a{i - 1}', i=i)}" for i in range(1, count))]
    return "let:\n" + "\n".join(rows) + "\n"


HOSTILE: dict[str, tuple[str, set[str]]] = {
    "parentheses": (LAYERS + "  - conv: [" + "(" * 10_000 + "1" + ")" * 10_000 + ", 3]\n", {"AC120"}),
    "some parentheses": (LAYERS + "  - dropout: " + "(" * 100 + "1" + ")" * 100 + "\n", {"AC120"}),
    "signs": (LAYERS + "  - dropout: " + "-" * 1000 + "1\n", {"AC120"}),
    "nots": (LAYERS + "  - {relu, when: " + "not " * 200 + "true}\n", {"AC120"}),
    "powers": (LAYERS + "  - dropout: " + "**".join("1" * 200) + "\n", {"AC120"}),
    "conditionals": (LAYERS + "  - dropout: " + "1 if true else " * 70 + "1\n", {"AC120"}),
    "templates": (LAYERS + "  - {relu, as: " + "a$(" * 200 + "1" + ")" * 200 + "}\n", {"AC120"}),
    "long sum": (LAYERS + "  - dropout: " + "+".join("1" * 10_000) + "\n", {"AC120"}),
    "long number": (LAYERS + "  - conv: [" + "9" * 3990 + ", 3]\n", {"AC124"}),
    "long power of ten": (LAYERS + "  - conv: [" + "9" * 3900 + "e999, 3]\n", {"AC124"}),
    "huge exponent": (LAYERS + "  - conv: [1e100000000, 3]\n", {"AC124"}),
    "tower": (LAYERS + "  - conv: [9**9**9, 3]\n", {"AC124"}),
    "symbolic tower": ("input: [1, N, N]\nlayers:\n  - conv: [N**10000, 3]\n", {"AC124"}),
    "huge input": (f"input: [{THOUSAND}, {THOUSAND}, {THOUSAND}]\nlayers: [relu]\n", {"AC124"}),
    "huge kernel": (LAYERS + f"  - conv: [8, {THOUSAND}]\n", {"AC124"}),
    "huge shape": (LAYERS + f"  - reshape: [{', '.join(['2'] * 30_000)}]\n", {"AC124"}),
    "sizes that grow": (LAYERS + "  - {repeat: 50, do: [{upsample: 10**50}]}\n", {"AC124"}),
    "a sum of fractions": (LAYERS + "  - dropout: 1/(10**999+1) + 1/(10**998+3) + 1/(10**997+7)\n", {"AC124"}),
    "a huge claim": (LAYERS + "  - relu\nexpect: {parameters: " + "9" * 5000 + "M}\n", {"AC124"}),
    "terms": ("input: [1, (A+B+C+D+E+F+G)**30, H]\nlayers: [relu]\n", {"AC124"}),
    "products of sums": ("let: {x: (N+M+1)**60, y: x**4}\ninput: [1, N, M]\nlayers: [conv: [y, 1]]\n", {"AC124"}),
    "compared sums": ("let: {x: (N+M+1)**60}\ninput: [1, N, M]\nlayers: [{relu, when: x*x > x}]\n", {"AC124"}),
    "nested floors": (
        lets("N", "floor({p}/3) + floor({p}/2)", 38) + "input: [1, N, N]\nlayers: [conv: [a37, 1]]\n",
        {"AC124"},
    ),
    "nested minima": (
        lets("N", "min({p}*M, {p}+M*{i})", 30) + "input: [1, N, M]\nlayers: [conv: [a29, 1]]\n",
        {"AC124"},
    ),
    "many definitions": (lets("1", "{p} + 1", 60) + LAYERS + "  - conv: [a59, 3]\n", {"AC127"}),
    "long definitions": (lets("1", "{p}" + " + 1" * 140, 39) + LAYERS + "  - conv: [a38, 1]\n", set()),
    "long recursion": (
        "let:\n  f(n): f(n - 1)" + " + 1" * 130 + " if n > 0 else 1\n" + LAYERS + "  - conv: [f(35), 1]\n",
        set(),
    ),
    "endless recursion": ("let: {f(n): f(n + 1)}\n" + LAYERS + "  - conv: [f(1), 3]\n", {"AC127"}),
    "doubled calls": (
        "let: {f(n): f(n - 1) + f(n - 1) if n > 0 else 1}\n" + LAYERS + "  - conv: [f(35), 3]\n",
        {"AC147"},
    ),
    "doubled lists": (lets("[1, 1]", "[{p}, {p}]", 39) + LAYERS + "  - reshape: a38\n", {"AC147"}),
    "described lists": (lets("[1, 1]", "[{p}, {p}]", 15) + LAYERS + "  - dropout: 1 + a14\n", {"AC123"}),
    "doubled maps": (
        "blocks:\n  b(x, n):\n    - {b: [[x, x], n - 1], when: n > 0}\n" + LAYERS + "  - b: [here, 40]\n",
        {"AC147"},
    ),
    "forks of forks": (LAYERS + "  - repeat: 60\n    do: [{fork: [here, here]}]\n", {"AC147"}),
    "lists in a loop": (
        "let: {xs: 1..200000}\n" + LAYERS + "  - repeat: 190000\n    do: [{dropout: {rate: 1/len(xs)}}]\n",
        {"AC147"},
    ),
    "ranges in a loop": (LAYERS + "  - repeat: 190000\n    do: [{dropout: {rate: 1/len(1..200000)}}]\n", {"AC147"}),
    "a billion turns": (LAYERS + "  - {repeat: 1000000000, do: [relu]}\n", {"AC142"}),
    "a billion empty turns": (
        LAYERS + "  - {repeat: 1000, do: [{repeat: 1000, do: [{repeat: 1000, do: []}]}]}\n",
        {"AC142"},
    ),
    "a long list for `for`": (LAYERS + "  - {for: {i: 1..200001}, do: [relu]}\n", {"AC142"}),
    "a block without end": ("blocks:\n  b(): [b, b]\n" + LAYERS + "  - b\n", {"AC143"}),
    "a growing block": ("blocks:\n  b(n): [{b: n + 1}, {b: n + 1}]\n" + LAYERS + "  - b: 1\n", {"AC143"}),
    "groups in blocks": (
        "blocks:\n  b(n): [{add: [here, [{do: [{do: [{do: [{b: n - 1, when: n > 0}]}]}]}]]}]\n"
        + LAYERS
        + "  - b: 63\n",
        {"AC143"},
    ),
    "digits of other scripts": (LAYERS + "  - conv: [٣, 3]\n", {"AC120"}),
    "an escape sequence": (LAYERS + '  - {relu, as: "\\e[31mred"}\n', {"AC120"}),
    "a line break in a name": (LAYERS + '  - {relu, as: "a\\nb"}\n', {"AC120"}),
    "an accent": (LAYERS + "  - {relu, as: é}\n", {"AC136"}),
    "a superscript": (LAYERS + "  - {relu, as: ²}\n", {"AC136"}),
    "an endless name": (LAYERS + "  - {relu, as: " + "9" * 5000 + "}\n", {"AC136"}),
    "a name that is computed endlessly": (LAYERS + "  - {relu, as: a$(10**900)}\n", {"AC136"}),
    "dunder": (LAYERS + "  - {relu, as: __class__}\n", {"AC136"}),
    "python": (LAYERS + "  - conv: [__import__('os'), 3]\n", {"AC120"}),
    "attributes": ("let: {c: 3}\n" + LAYERS + "  - conv: [c.__class__, 3]\n", {"AC201"}),
}


def codes(report: Report) -> set[str]:
    """Errors of a report that can be shown in every way."""
    assert report.to_text(width=60)
    assert json.loads(json.dumps(report.to_json()))
    for found in report.diagnostics:
        assert found.span is not None
        assert len(found.message) < 500
    return {found.code.id for found in report.diagnostics if found.severity == "error"}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_gets_a_diagnostic_in_time(name: str) -> None:
    text, expected = HOSTILE[name]
    start = time.process_time()
    assert codes(Architecture.from_text(text).check()) == expected
    assert time.process_time() - start < 20


SOUND: dict[str, Any] = {
    "name": "sound",
    "archcalc": "1",
    "input": {"a": [3, 8, 8], "r": {"shape": [4], "count": "R"}},
    "at": {"R": 3},
    "let": {"c": 8, "f(x, y=2)": "x + y", "l": [1, 2]},
    "rounding": {"conv": "floor"},
    "blocks": {
        "b(w, s=1)": [
            {"conv": {"out": "w", "kernel": [3, 3], "padding": 1}},
            {"add": ["here", [{"relu": None}], {"do": ["tanh"]}]},
        ]
    },
    "layers": [
        {"b": [8], "from": "a", "as": "x"},
        {"b": {"w": "f(6)"}},
        {"do": ["relu"], "for": {"i": "1..2", "j": "l"}, "as": "g"},
        {"repeat": 2, "do": ["relu"]},
        {"concat": {"branches": ["here", "x"], "axis": 0}},
        {"fork": ["here", ["relu"]], "as": "two"},
        {"from": "two.0"},
        {"use": "x", "from": "a"},
        {"apply": "relu"},
        {"max_pool": 2, "when": "true", "trainable": "false"},
        {"roi_pool": {"boxes": "r", "size": 2}},
    ],
    "output": ["x"],
    "variants": {"v": {"let": {"c": 9}, "at": {"R": 5}, "rounding": "floor", "expect": [{"parameters": "1k"}]}},
    "expect": [{"parameters": "..10", "of": "x", "at": {"R": 1}, "holds": "false", "because": "b"}],
}
WRONG: list[Any] = [
    None, "", "x", "3", "-1", "1..", "[", [], {}, [[]], [{}], {"a": {}}, [None], {"": ""}, "here", "f", "true", "$",
    "a.b.c", "\x1b[31m", "é", "a\nb", 10**400, "(", {"do": None}, {"do": [], "for": {}}, {"as": "x"}, {"from": "x"},
    0.5, "1e400", True, "x y", "input", "1/0", "9**9**9", "i",
]  # fmt: skip
KEYS = ["", "x", "(", "a(b", "3", "if", "input", "é", "f(", "f(1)", "f(a, a)", "do", "as", "for", "relu", "$i", "b"]


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths to every part of a structure."""
    yield path
    entries = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in entries:
        yield from places(value, (*path, key))


def put(node: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The structure with another value at a path."""
    if not path:
        return value
    changed = dict(node) if isinstance(node, dict) else list(node)
    changed[path[0]] = put(node[path[0]], path[1:], value)
    return changed


def renamed(node: Any, path: tuple[Any, ...], name: str) -> Any:
    """The structure with another key at the end of a path."""
    if len(path) == 1:
        return {name if key == path[0] else key: value for key, value in node.items()}
    return put(node, path[:1], renamed(node[path[0]], path[1:], name))


def mutants() -> list[tuple[str, Any]]:
    """The sound spec with a wrong value at every place and a wrong key for every key."""
    found: list[tuple[str, Any]] = []
    for path in places(SOUND):
        found += [(f"{path} = {wrong!r}"[:100], put(SOUND, path, wrong)) for wrong in WRONG]
        if path and isinstance(path[-1], str):
            found += [(f"{path} -> {key}", renamed(SOUND, path, key)) for key in KEYS]
    return found


def test_the_sound_spec_is_sound() -> None:
    assert codes(Architecture.from_text(json.dumps(SOUND), "sound.json", "v").check()) <= {"AC401"}


@pytest.mark.parametrize("turns", parts(600, 60))
def test_wrong_structures_at_every_place_never_raise(turns: range) -> None:
    # Shuffled: all 5,000 take half a minute.
    every = mutants()
    random.Random(7).shuffle(every)
    for what, spec in (every[turn % len(every)] for turn in turns):
        architecture = Architecture.from_text(json.dumps(spec), "mutant.json")
        for variant in architecture.variants or [None]:
            report = architecture.choose(variant).check()
            assert report.to_text(width=50), what
            assert isinstance(report.to_json()["ok"], bool), what
