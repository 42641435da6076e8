"""What a rename must leave as it was, said without the proof of `archcalc.editor`: by a mark that is taken out again.

A new name is the old one with a mark in it, which stands nowhere else. What is said of a network afterwards, in all
words and numbers, is with the marks taken out what was said before; and so is the text itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from random import Random
from typing import Any

import yaml

import archcalc
from archcalc import Report
from archcalc.editor.names import Names, Occurrence, Refusal
from archcalc.program import Program
from archcalc.source import SourceFile

MARK = "zq"


def spelled(data: Any, rng: Random) -> str:
    """Data as YAML in block style, in flow style or in both, with texts in quotes or without, or as JSON."""
    way = rng.randrange(4)
    if way == 3:
        return json.dumps(data, indent=rng.choice((None, 2)))
    style = (False, None, True)[way]
    dumper = rng.choice((yaml.SafeDumper, _dumper('"'), _dumper("'")))
    return str(yaml.dump(data, Dumper=dumper, sort_keys=False, default_flow_style=style, width=10**6))


def _dumper(quote: str) -> type[yaml.SafeDumper]:
    """A writer of YAML that puts texts in quotes, and numbers not."""

    class Quoting(yaml.SafeDumper):
        pass

    def quoted(writer: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
        return writer.represent_scalar("tag:yaml.org,2002:str", text, style=quote)

    Quoting.add_representer(str, quoted)
    return Quoting


def names_of(text: str, name: str = "net.yaml") -> Names:
    return Names.of(Program.read(SourceFile(name, text)))


def marked(old: str, kind: str) -> str:
    """A new name. Values get the mark behind, so that symbols keep their order in closed forms."""
    return f"{MARK}{old}" if kind in ("step", "block", "input", "variant") else f"{old}{MARK}"


def every_name(names: Names) -> Iterator[Occurrence]:
    """A place for every name, each at another turn: where it is given, or read for the first time, or for the last."""
    seen: set[int] = set()
    for one in names.occurrences:
        for name in one.names:
            if id(name) in seen:
                continue
            seen.add(id(name))
            places = [each for each in name.occurrences if not each.is_pattern and each.span is not None]
            yield places[len(seen) % len(places)]


def after(names: Names, one: Occurrence) -> str | Refusal:
    """The text with a mark in a name."""
    assert one.span is not None
    new = marked(names.text(one), one.kind)
    edits = names.rename(one.span.line, one.span.column, new)
    return edits if isinstance(edits, Refusal) else names.changed(edits)


def reports(text: str, name: str = "net.yaml", *, symbolic: bool = False) -> list[Report]:
    found = archcalc.load(SourceFile(name, text).text)
    chosen = [found.choose(one) for one in found.variants] or [found]
    return [one.check(symbolic=symbolic) for one in chosen]


def said(report: Report) -> list[Any]:
    """All that a report says, but for the columns where it says it, and for names that nothing reads.

    Inputs have their own names here: a report calls one `a_input` where a layer is called `a`.
    """
    graph = report.graph
    found: list[Any] = [report.title, report.ok, report.complete, report.symbols]
    for node in [*graph.inputs, *graph.nodes]:
        facts = node.facts
        tensors = [(node.key(one), one.shape) for one in (*facts.weights, *facts.buffers)] if facts else []
        reads = [(called(one.node), one.port) for one in node.inputs]
        others = [one.name if one is not None else None for one in (node.shares, node.tied)]
        written = [str(one.shape) for one in node.outputs]
        found.append((called(node), node.kind, repr(node.layer), node.span.line, reads, written, tensors, others))
    found.append([(name, called(one.node), one.port) for name, one in graph.outputs.items()])
    found += [tuple(one._replace(span=one.span.line)) for one in report.verdicts]
    told = [one for one in report.diagnostics if one.code.id not in ("AC146", "AC149")]
    found += [(one.code.id, one.message, one.span.line if one.span else 0) for one in told]
    return found


def called(node: Any) -> str | None:
    """The name of a layer or of an input."""
    return None if node is None else f"input {node.label}" if node.index < 0 else str(node.name)


def without_marks(value: Any) -> str:
    return re.sub(r"(\w)_input\b", r"\1", repr(value).replace(MARK, ""))


def same(before: list[Report], text: str, new: str, *, symbolic: bool = False) -> None:
    """Assert that a text with marks says what it said without."""
    assert without_parentheses(new.replace(MARK, "")) == without_parentheses(text)
    now = reports(new, symbolic=symbolic)
    assert len(now) == len(before)
    for old, changed in zip(before, now, strict=True):
        for one, other in zip(said(old), said(changed), strict=True):
            assert without_marks(other) == without_marks(one)


def without_parentheses(text: str) -> str:
    """A text in which `$(i)` is `$i`, which it may have to become."""
    return re.sub(r"\$\((\w+)\)", r"$\1", text)
