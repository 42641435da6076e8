"""One finding for one mistake: valid specs get a single mistake at every place, and few of them give two findings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
import yaml

import archcalc

pytestmark = pytest.mark.once

SPECS = {
    "chain": """
        {name: Chain, source: a paper, input: [3, 32, 32], let: {width: 16, twice(x): 2 * x}, layers: [
          {conv: {out: width, kernel: 3, padding: 1}}, batch_norm, {relu: {}, as: act}, {max_pool: 2},
          {conv: [twice(width), 3, 1, 1], as: deep}, global_avg_pool, flatten, {linear: 10, as: head}],
         expect: {output: [10], parameters: 1..20000}}
    """,
    "blocks": """
        {input: [16, 33, 33], blocks: {"basic(out, stride=1)": [
          {conv: {out: out, kernel: 3, stride: stride, padding: 1, bias: false}}, relu,
          {conv: {out: out, kernel: 3, padding: 1}, as: second},
          {add: [here, [{conv: [out, 1, stride], from: input, as: shortcut}]]}]},
         layers: [{basic: [32, 2]}, {basic: {out: 32}, as: again},
          {do: [{conv: [8, 1]}, {relu: {}, when: channels(here) > 4}], as: group},
          {conv: [4, 1], from: again.second, as: side}], output: [group, side]}
    """,
    "loops": """
        {input: {image: [3, N, N], mask: [1, N, N]}, at: {N: 64}, let: {widths: [8, 16, 32]}, layers: [
          {conv: [8, 3, 1, 1], from: image, as: stem},
          {for: {i: 0..2, c: widths}, do: [{conv: {out: c, kernel: 3, padding: same}, as: conv$i}, relu], as: body},
          {concat: [here, mask]}, {repeat: 2, do: [{max_pool: 2}]}, {split: {sizes: [11, 22]}, as: parts},
          {fork: [[{conv: [4, 1], from: parts.0}], [{conv: [4, 1], from: parts.1}]]},
          {identity: {}, from: body.conv1, as: middle}],
         output: middle, expect: {output: [16, 64, 64]}}
    """,
}
JUNK = (7, "two words", {"x": 1}, [1], "= 3")


def parts(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    for key in data if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ():
        yield from parts(data[key], (*path, key))


def at(data: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        data = data[key]
    return data


def misspelt(text: Any) -> str | None:
    """A word of a text with a letter twice."""
    word = re.search(r"[A-Za-z_]{3,}", text) if isinstance(text, str) else None
    return None if word is None else text[: word.start() + 2] + text[word.start() + 1 :]


def mistakes(spec: Any) -> Iterator[Any]:
    """Copies with one mistake: a key or a word misspelt, a key left out, a value of another type."""
    for path in list(parts(spec))[1:]:
        *around, key = path
        copies = [deepcopy(spec) for _ in range(3 + len(JUNK))]
        inner = [at(copy, tuple(around)) for copy in copies]
        value = inner[0][key]
        if isinstance(key, str) and (other := misspelt(key)):
            entries = [(other if name == key else name, entry) for name, entry in inner[0].items()]
            inner[0].clear()
            inner[0].update(entries)
            yield copies[0]
        if isinstance(key, str):
            del inner[1][key]
            yield copies[1]
        if other := misspelt(value):
            inner[2][key] = other
            yield copies[2]
        # Where a step with a name is gone, its name is a second mistake.
        if not (isinstance(value, dict) and "as" in value):
            for copy, place, junk in zip(copies[3:], inner[3:], JUNK, strict=True):
                place[key] = junk
                yield copy


def findings(spec: Any) -> list[tuple[str, str]]:
    report = archcalc.load(yaml.safe_dump(spec, sort_keys=False, width=1000)).check()
    return [(one.code.id, one.message) for one in report.diagnostics if one.severity != "note"]


def test_hardly_a_mistake_gives_two_findings() -> None:
    found: list[int] = []
    for text in SPECS.values():
        spec = yaml.safe_load(text)
        quiet = findings(spec)
        assert not [code for code, _ in quiet if code not in ("AC206", "AC302")]
        found += [len([one for one in findings(wrong) if one not in quiet]) for wrong in mistakes(spec)]
    assert len(found) > 900
    assert sum(count > 1 for count in found) <= 0.05 * len(found)
    assert sum(count == 0 for count in found) <= 0.12 * len(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("input_shape: [3, 32, 32]\nlayers: [conv: [8, 3], linear: 10]", ["AC130", "AC321"]),
        ("inputs: [3, 32, 32]\nlayers: [conv: [8, 3], relu]", ["AC130"]),
        ("input: [3, 32, 32]\nlayer: [conv: [8, 3], relu]\nexpect: {output: [8, 30, 30]}", ["AC130"]),
        ("input: [10]\nlets: {width: 4}\nlayers: [linear: width]", ["AC130"]),
        ("input: [10]\nlayers: [linear: 10]\noutput: [10]", ["AC135"]),
        ("input: [10]\nlayers: [linear: 10]\noutput: {a: 1}\nexpect: {output: [10]}", ["AC135"]),
        ("input: [10]\nlayers: [linear: 10]\nexpect: {flops: 1X}", ["AC140"]),
        ("input: [10]\nlayers: [linear: 10]\nexpect: [1, 2]", ["AC140"]),
        ("input: [10]\nlayers:\n  - for: i in 1..3\n    do: [linear: 10]\n", ["AC135"]),
        ("input: [10]\nlayers:\n  - {for: 3, do: [{linear: 3, as: a}]}\n  - {relu, from: a}\n", ["AC135"]),
        ("input: [10]\nblocks: {b(channels): [linear: channels]}\nlayers: [b: 3]", []),
        ("input: [10]\nblocks: 3\nlayers: [b: 3, c: 4]", ["AC135"]),
        ("input: [10]\nlayers: 3\nexpect: {parameters: 3, output: [4]}\noutput: last", ["AC135"]),
        ("input: [10]\nlet: [width, 3]\nlayers: [linear: width, linear: other]", ["AC135"]),
        ("input: [10]\nlet: {width: [[}\nlayers: [linear: width]", None),
        ("input: [10]\nlayers:\n  - {linear: 3, as: 'a b'}\n  - {relu, from: ab}\n  - add: [here, ab]\n", ["AC136"]),
        ("input: [10]\nlayers:\n  - {linear: wdth}\n  - {linear: wdth}\n  - linear: wdth + 1\n", ["AC121"]),
        ("input: [10]\nlayers:\n  - {use: {x: 1}}\n", ["AC130"]),
        ("input: {a: {shap: [3]}}\nlayers: [linear: 10]", ["AC130"]),
    ],
)
def test_one_mistake_is_told_once(text: str, expected: list[str] | None) -> None:
    codes = [one.code.id for one in archcalc.load(text).check().diagnostics if one.severity != "note"]
    assert codes == expected if expected is not None else len(codes) == 1


def test_other_places_of_a_missing_name_are_shown() -> None:
    text = "input: [10]\nlayers:\n" + "".join(f"  - linear: wdth + {number}\n" for number in range(6))
    (found,) = archcalc.load(text).check().diagnostics
    assert [(label.span.line, label.text) for label in found.labels] == [(line, "also here") for line in (4, 5, 6)]
    assert found.notes == ("and at 2 more places",)


@pytest.mark.parametrize(
    ("let", "codes"),
    [
        ("{w: foo}", ["AC121"]),
        ("{w: 1/0}", ["AC126"]),
        ("{w: w + 1}", ["AC127"]),
        ("{w: nope(3)}", ["AC122"]),
        ("{w: [8, foo]}", ["AC121"]),
        ("{w: 3 +}", ["AC120"]),
        ("{v: foo, w: 3}", ["AC121", "AC149"]),
        ("{w: 3}", ["AC149"]),
    ],
)
def test_a_value_that_is_wrong_and_not_read_is_one_mistake(let: str, codes: list[str]) -> None:
    for text in (
        f"input: [10]\nlet: {let}\nlayers: [relu]\n",
        f"input: [10]\nlayers: [relu]\nvariants: {{a: {{let: {let}}}}}",
    ):
        report = archcalc.load(text, variant="a" if "variants" in text else None).check()
        assert [one.code.id for one in report.diagnostics] == codes
