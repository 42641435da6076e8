"""Names that a spec defines and nothing reads: a typing error in `at`, `let` or a variant changes nothing, silently."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable

from archcalc.diagnostics import Diagnostic, Span, closest
from archcalc.diagnostics.codes import language as codes
from archcalc.expressions.functions import NAMES as FUNCTION_NAMES
from archcalc.layers.known import WORDS
from archcalc.layers.table import KINDS
from archcalc.source.document import Mapping, Node, Scalar, Sequence
from archcalc.spec.advice import written
from archcalc.spec.model import Let, Parameter, Spec
from archcalc.spec.names import RESERVED_WORDS, STEP_KEYS, WORD, problem_with_value_name
from archcalc.spec.structure import Findings, offset_of

_TEXTS = ("name", "source")
"""Keys of a spec that hold prose."""
_TEXTS_OF_CLAIMS = ("source", "because")

_MAX_COMPARED = 200_000
"""Pairs of names that are compared, letter by letter, in search of a misspelling."""
_REMOVE = "remove it, or read it"


def unused_names(findings: Findings, spec: Spec, entries: dict[str, tuple[Scalar, Node]]) -> None:
    """Warn of the keys of `at` and `let`, also in variants, that no expression names.

    Reports: AC149
    """
    defined = [*_defined(entries, "")]
    variants = entries["variants"][1] if "variants" in entries else None
    base = {key for key, *_ in defined}
    if isinstance(variants, Mapping):
        for name, changes in variants.entries:
            if isinstance(changes, Mapping):
                inner = {key.text: (key, value) for key, value in changes.entries}
                defined += [entry for entry in _defined(inner, f" of variant `{name.text}`") if entry[0] not in base]
    if not defined:
        return
    words: set[str] = set()
    sizes: set[str] = set()
    for key, (_, node) in entries.items():
        if key == "variants" and isinstance(node, Mapping):
            for part, stated in (entry for _, changes in node.entries for entry in _entries(changes)):
                collect_words(stated, words, _TEXTS_OF_CLAIMS if part.text == "expect" else ())
        elif key not in _TEXTS:
            collect_words(node, sizes if key == "input" else words, _TEXTS_OF_CLAIMS if key == "expect" else ())
    unused = [entry for entry in defined if entry[0] not in words and entry[0] not in sizes]
    if not unused:
        return
    names = {key for key, *_ in defined}
    foreign = words - names - _words_of_language(spec.blocks)
    others = sorted((names | sizes) - {entry[0] for entry in unused})
    # A generated file may have any number of names; nobody has misspelt so many.
    is_short = len(unused) * (len(foreign) + len(others)) <= _MAX_COMPARED
    for text, place, where in unused:
        if not is_short:
            findings.report(codes.UNUSED_NAME, f"nothing reads `{text}`{where}", place.span, "", _REMOVE)
            continue
        if closest(text, foreign) is not None and any(closest(word, [text]) for word in foreign if word not in sizes):
            # Where a step misspells the name, the error there says so.
            continue
        near = closest(text, others)
        help = f"did you mean `{near}`?" if near else _REMOVE
        findings.report(codes.UNUSED_NAME, f"nothing reads `{text}`{where}", place.span, "", help)


def told_otherwise(mistakes: Collection[Diagnostic], lets: Iterable[Let], found: Iterable[Diagnostic]) -> set[Span]:
    """Where names stand that nothing reads, and of whose values an error tells already: one mistake, one finding."""
    unused = {one.span for one in mistakes if one.code is codes.UNUSED_NAME}
    starts = sorted(one.span[:2] for one in (*mistakes, *found) if one.severity == "error" and one.span is not None)
    return {
        let.span
        for let in (lets if unused and starts else ())
        if let.span in unused and bisect_left(starts, let.value.span[:2]) < bisect_left(starts, let.value.span[2:])
    }


def unused_parameters(
    findings: Findings, what: str, head: Scalar, parameters: list[Parameter], body: Node, known: Iterable[str]
) -> None:
    """Warn of the parameters of a block or a function that it never reads; `known` are the names that it may read.

    Reports: AC149
    """
    words: set[str] = set()
    collect_words(body, words)
    for parameter in parameters:
        if parameter.default is not None:
            words.update(WORD.findall(written(parameter.default)))
    names = {parameter.name for parameter in parameters}
    foreign = words - names - _words_of_language(known)
    for parameter in parameters:
        if parameter.name not in words and not any(closest(word, [parameter.name]) for word in foreign):
            message = f"nothing in {what} reads its parameter `{parameter.name}`"
            place = _word_in(head, parameter.name)
            findings.report(codes.UNUSED_NAME, message, place, "", "remove it, here and where it is given, or read it")


def _words_of_language(names: Iterable[str]) -> set[str]:
    return {*KINDS, *WORDS, *FUNCTION_NAMES, *RESERVED_WORDS, *STEP_KEYS, *names}


def _word_in(key: Scalar, word: str) -> Span:
    """Where a word stands in a key behind its parenthesis; the key, where that is not known."""
    offset = offset_of(key)
    match = re.compile(rf"\b{re.escape(word)}\b").search(key.text, key.text.find("(") + 1)
    if offset is None or match is None:
        return key.span
    return Span(key.line, offset + match.start(), key.line, offset + match.end())


def _entries(node: Node) -> list[tuple[Scalar, Node]]:
    return node.entries if isinstance(node, Mapping) else []


def _defined(entries: dict[str, tuple[Scalar, Node]], where: str) -> list[tuple[str, Scalar, str]]:
    found: list[tuple[str, Scalar, str]] = []
    for word in ("at", "let"):
        node = entries[word][1] if word in entries else None
        if isinstance(node, Mapping):
            found += [(key.text.partition("(")[0].strip(), key, where) for key, _ in node.entries]
    return [entry for entry in found if problem_with_value_name(entry[0]) is None]


def collect_words(node: Node, words: set[str], texts: Collection[str] = ()) -> None:
    """Add every word in the values of a document, and in the defaults of its parameters; `texts` are keys of prose."""
    if isinstance(node, Scalar):
        words.update(WORD.findall(node.text))
    elif isinstance(node, Sequence):
        for item in node.items:
            collect_words(item, words, texts)
    else:
        for key, value in node.entries:
            if "(" in key.text:
                words.update(WORD.findall(key.text.partition("(")[2]))
            if isinstance(value, Scalar) and value.is_null:
                # An expression in braces is a key without a value: `{width}`.
                words.update(WORD.findall(key.text))
            if key.text not in texts:
                collect_words(value, words, texts)
