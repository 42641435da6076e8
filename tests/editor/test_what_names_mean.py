"""What a name stands for, place by place: each text marks all places of one name, and nothing else is found."""

from __future__ import annotations

import re

import pytest
from editor.renamed import names_of

from archcalc.diagnostics.model import Span
from archcalc.editor.names import Refusal

CASES = {
    "a let and the variants that change it": """
        input: [3, 8, 8]
        let: {«width»: 8, twice: 2 * «width»}
        layers: [conv: [«width», 3], conv: [twice, 3]]
        variants: {a: {let: {«width»: 4}}, b: {expect: {parameters: 224 + 0 * «width»}}}
    """,
    "a loop variable that hides a let": """
        input: [3, 8, 8]
        let: {«width»: 8}
        layers:
          - for: {width: ["«width»", 2 * «width»]}
            do: [conv: [width, 1]]
          - conv: [«width», 1]
    """,
    "the loop variable that hides it": """
        input: [3, 8, 8]
        let: {width: 8}
        layers:
          - for: {«width»: [width, 2 * width]}
            do: [{conv: ["«width»", 1], as: "c$«width»"}]
          - conv: [width, 1]
    """,
    "loops inside loops": """
        input: [3, 8, 8]
        layers:
          - for: {«i»: 1..2}
            do:
              - for: {i: "1..«i»"}
                do: [{conv: [i, 1]}]
              - conv: [«i», 1]
    """,
    "a parameter and the argument by its name": """
        input: [3, 8, 8]
        let: {width: 5}
        blocks:
          unit(«width», kernel=1 + «width»): [conv: {out: «width», kernel: kernel, padding: same}]
        layers: [unit: {«width»: width}, unit: [width, 1]]
    """,
    "a default is what its name means outside": """
        input: [3, 8, 8]
        let: {«width»: 5}
        blocks:
          unit(width=«width»): [conv: [width, 1]]
        layers: [unit, conv: [«width», 1]]
    """,
    "a default sees the parameters in front of it only": """
        input: [3, 8, 8]
        let: {«b»: 5}
        blocks:
          unit(a=«b», b=2): [conv: [a, 1], conv: [b, 1]]
        layers: [unit, conv: [«b», 1]]
    """,
    "a function and its calls": """
        input: [3, 8, 8]
        let: {«maps»(c): 2 * c, four: «maps»(2)}
        layers: [conv: [«maps»(four), 3]]
    """,
    "a parameter of a function": """
        input: [3, 8, 8]
        let:
          c: 7
          maps(«c», more=2 * «c»): «c» + more
        layers: [conv: [maps(c), 3]]
    """,
    "a name in front of a parenthesis is a function, whatever hides the name elsewhere": """
        input: [3, 8, 8]
        let: {«f»(n): n}
        layers:
          - for: {f: [4]}
            do: [conv: [f + «f»(1), 1]]
    """,
    "symbols of the input": """
        input: [3, «N», 2 * «N» + 1]
        at: {«N»: 9}
        layers: [flatten, linear: «N»]
        expect: {output: [«N»], at: {«N»: 3}}
        variants: {a: {at: {«N»: 8}}, b: {input: [1, «N», «N»]}}
    """,
    "symbols of at": """
        input: [3]
        at: {«classes»: 9}
        layers: [linear: «classes»]
        expect: [{output: [«classes»]}, {parameters: 8, relative_to: 2 * «classes», holds: false}]
    """,
    "inputs": """
        input: {«image»: [3, 8, 8], boxes: [4]}
        blocks: {unit: [{identity, as: image}, {add: [image, input]}]}
        layers:
          - {conv: [8, 3], from: «image», as: features}
          - unit
          - {flatten, from: «image»}
          - {linear: 4, from: boxes}
    """,
    "a step, by all who read it": """
        input: [8, 4, 4]
        layers:
          - {conv: [8, 1], as: «stem»}
          - {relu, from: «stem»}
          - add: [here, «stem»]
          - add: [here, [{from: «stem»}, relu]]
          - concat: [here, "«stem»"]
          - crop: {to: «stem»}
          - {use: «stem», from: «stem», when: channels(«stem») == 8}
          - elementwise: x + 0.5 * «stem»
          - {conv: {out: channels(«stem»), kernel: 1}, tied: «stem»}
          - register: [«stem»]
        output: [here, «stem»]
        expect:
          - {of: «stem», parameters: 72}
          - {of: ["«stem»", "1"], parameters: 72}
          - {parameters: 50%, of: "5", relative_to: «stem», holds: false}
    """,
    "a step within a group, and a block of the same name": """
        input: [8, 4, 4]
        blocks: {conv2: [conv: [8, 1]]}
        layers:
          - as: stage
            do:
              - {conv2, as: «conv2»}
              - {add: [here, «conv2»]}
              - {add: [here, stage.«conv2»]}
          - {conv2, from: stage.«conv2»}
        expect: {of: stage.«conv2», parameters: 72}
    """,
    "the block of that name": """
        input: [8, 4, 4]
        blocks: {«conv2»: [conv: [8, 1]], other(kind=«conv2»): [apply: kind]}
        layers:
          - as: stage
            do: [{«conv2», as: conv2}, {add: [here, conv2]}]
          - {«conv2», from: stage.conv2}
          - {other: «conv2»}
          - apply: «conv2»
    """,
    "a group, from inside and from outside": """
        input: [8, 4, 4]
        layers:
          - as: «stage»
            do:
              - {conv: [8, 1], as: a}
              - add: [here, «stage».a]
              - {relu, as: stage}
          - add: [here, «stage».stage]
        expect: [{of: «stage».*, parameters: 72}, {of: «stage», parameters: 72}, {of: «stage».stage, parameters: 0}]
    """,
    "an inner name hides an outer one, from its step on": """
        input: [8, 4, 4]
        layers:
          - {conv: [8, 1], as: «a»}
          - as: g
            do:
              - {conv: [8, 1], from: «a»}
              - {conv: [8, 1], as: a}
              - {add: [here, a]}
          - {add: [here, «a», g.a]}
    """,
    "names of a block are the same in all its calls": """
        input: [8, 4, 4]
        blocks:
          unit: [{conv: [8, 1], as: «first»}, {add: [here, «first»]}]
        layers:
          - {unit, as: one}
          - {unit, as: two}
          - add: [one.«first», two.«first»]
          - {use: one, as: three}
          - add: [here, three.«first», one.«first»]
        expect: [{of: "*.«first»", parameters: 144}, {of: ["one.«first»", two.«first»], parameters: 144}]
    """,
    "a block whose steps stand in the scope of its call": """
        input: [8, 4, 4]
        blocks:
          unit: [{conv: [8, 1], as: «first»}]
        layers:
          - {unit, as: none}
          - add: [here, «first»]
    """,
    "a computed name by its fixed part": """
        input: [8, 4, 4]
        layers:
          - {conv: [8, 1], as: «stage0»}
          - for: {i: 1..3}
            do: [{conv: [8, 1], from: "«stage$(i - 1)»", as: «stage$i»}]
          - add: [«stage0», «stage1», «stage3»]
          - {relu, as: stages1}
        expect: [{of: "«stage?»", parameters: 288}, {of: "«stage2»", parameters: 72}]
    """,
    "the first turn of a loop reads a step outside": """
        input: [8, 4, 4]
        layers:
          - {conv: [8, 1], as: «stage0»}
          - as: body
            do:
              - for: {i: 1..3}
                do: [{conv: [8, 1], from: "«stage$(i - 1)»", as: «stage$i»}]
    """,
    "computed names with two numbers": """
        input: [8, 4, 4]
        layers:
          - for: {i: 1..2}
            do:
              - for: {j: 1..2}
                do: [{conv: [8, 1], as: «conv$(i)_$j»}, {batch_norm, as: conv$(i)_$(j)_bn}]
              - {add: [here, conv$(i)_1_bn], as: conv$i}
          - add: [conv1, conv2, «conv1_2», conv1_2_bn]
    """,
    "steps of a shelf": """
        input: [8, 16, 16]
        layers:
          - for: {i: 0..2}
            do: [{conv: [8, 3, 1, 1], as: «convs».$i}, {batch_norm, as: norms.$i}]
          - register: [«convs», norms]
          - add: [here, «convs».0, norms.1]
    """,
    "a name that a call gives": """
        input: [8, 4, 4]
        blocks: {head(label): [{conv: [8, 1], as: $label}, {add: [here, $label]}]}
        layers:
          - {head: {label: «low_level»}, as: a}
          - {head: high, as: b}
          - add: [a.«low_level», b.high]
    """,
    "a parameter that makes names": """
        input: [8, 4, 4]
        blocks: {head(«label»): [{conv: [8, 1], as: "a_$«label»"}, {add: [here, "a_$(«label»)"]}]}
        layers: [{head: {«label»: low}}]
    """,
    "maps of a list": """
        input: [8, 4, 4]
        layers:
          - {split: 2, as: «halves»}
          - {conv: [8, 1], from: «halves».0}
          - concat: [here, «halves».1]
    """,
    "alternatives of one name": """
        input: [8, 4, 4]
        let: {wide: true}
        layers:
          - {conv: [8, 1], as: «down», when: wide}
          - {conv: [8, 3, 1, 1], as: «down», when: not wide}
          - add: [here, [{relu, from: «down»}]]
    """,
    "comments and quotes stay": """
        input: [8, 4, 4]   # stem
        name: stem
        layers:
          - {conv: [8, 1], as: '«stem»'}   # the stem
          - {relu, from: "«stem»"}
          - add: ["here",   «stem»]  # stem
    """,
    "JSON": """
        {"input": [8, 4, 4], "let": {"«w»": 8},
         "layers": [{"conv": ["«w»", 1], "as": "v"}, {"for": {"i": "1..«w»"}, "do": [{"relu": null, "as": "a$i"}]}]}
    """,
    "values over several lines": """
        input: [3, 8, 8]
        let:
          «w»: 4
          more: max(1,
            «w»,   2)
          text: >-
            «w» +
            1
        layers: [conv: [more + text, 1], conv: {out:
          «w», kernel: 1}]
    """,
    "numbers with commas": """
        input: [3, 8, 8]
        let: {«w»: 4}
        layers: [conv: [«w», 1]]
        expect: {parameters: "1,600 * «w» / 400", bytes: ..64 * «w», flops: "< 1_000 * «w»", output: [«w», 8, 8]}
    """,
    "variants": """
        input: [3]
        layers: [relu]
        variants: {«small»: {}, large: {}}
    """,
    "a let among the defaults of a function and in lists": """
        input: [3, 8, 8]
        let:
          «k»: 3
          f(n, m=«k» + 1, l=[«k», 2]): n + m + l[1]
          sizes: [«k», [1, «k»]]
        layers: [conv: [f(1), "sizes[1][0]"], apply: relu]
    """,
}


def marked(text: str) -> tuple[str, list[Span]]:
    """A text without its marks, and what they are around."""
    lines = [line.removeprefix(" " * 8) for line in text.strip("\n").splitlines()]
    spans = []
    for number, line in enumerate(lines, start=1):
        while "«" in line:
            start = line.index("«")
            end = line.index("»") - 1
            line = line.replace("«", "", 1).replace("»", "", 1)
            spans.append(Span(number, start + 1, number, end + 1))
        lines[number - 1] = line
    return "\n".join(lines), spans


@pytest.mark.parametrize("case", CASES)
def test_all_places_of_a_name(case: str) -> None:
    text, spans = marked(CASES[case])
    names = names_of(text)
    for span in spans:
        one = names.at(span.line, span.column)
        assert one is not None, span
        others = {
            place for name in names.together(one) for each in name.definitions for place in names.references(each)
        }
        assert sorted(others) == spans, span
        assert {*names.definitions(one)} <= {*names.references(one)} <= {*spans}


@pytest.mark.parametrize("case", CASES)
def test_another_name_at_these_places(case: str) -> None:
    text, spans = marked(CASES[case])
    names = names_of(text)
    first = spans[0]
    one = names.at(first.line, first.column)
    assert one is not None
    edits = names.rename(first.line, first.column, f"fresh{names.text(one)}")
    assert not isinstance(edits, Refusal), edits
    expected = re.sub("«", "fresh", CASES[case]).replace("»", "")
    assert names.changed(edits) == marked(expected)[0]
