"""Names that a spec defines and nothing reads: a typing error in `at`, `let` or a variant changes nothing, silently."""

from __future__ import annotations

from archcalc.diagnostics import closest
from archcalc.diagnostics.codes import language as codes
from archcalc.expressions.functions import NAMES as FUNCTION_NAMES
from archcalc.layers.known import WORDS
from archcalc.layers.table import KINDS
from archcalc.source.document import Mapping, Node, Scalar, Sequence
from archcalc.spec.model import Spec
from archcalc.spec.names import RESERVED_WORDS, STEP_KEYS, WORD, problem_with_value_name
from archcalc.spec.structure import Findings

_TEXTS = ("name", "source", "because")


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
        if key not in _TEXTS:
            collect_words(node, sizes if key == "input" else words)
    unused = [entry for entry in defined if entry[0] not in words and entry[0] not in sizes]
    if not unused:
        return
    names = {key for key, *_ in defined}
    foreign = words - names - {*KINDS, *WORDS, *FUNCTION_NAMES, *RESERVED_WORDS, *STEP_KEYS, *spec.blocks}
    for text, place, where in unused:
        if closest(text, foreign) is not None and any(closest(word, [text]) for word in foreign if word not in sizes):
            # Where a step misspells the name, the error there says so.
            continue
        near = closest(text, sorted((names | sizes) - {text} - {entry[0] for entry in unused}))
        help = f"did you mean `{near}`?" if near else "remove it, or read it"
        findings.report(codes.UNUSED_NAME, f"nothing reads `{text}`{where}", place.span, "", help)


def _defined(entries: dict[str, tuple[Scalar, Node]], where: str) -> list[tuple[str, Scalar, str]]:
    found: list[tuple[str, Scalar, str]] = []
    for word in ("at", "let"):
        node = entries[word][1] if word in entries else None
        if isinstance(node, Mapping):
            found += [(key.text.partition("(")[0].strip(), key, where) for key, _ in node.entries]
    return [entry for entry in found if problem_with_value_name(entry[0]) is None]


def collect_words(node: Node, words: set[str]) -> None:
    """Add every word in the values of a document, and in the defaults of its parameters."""
    if isinstance(node, Scalar):
        words.update(WORD.findall(node.text))
    elif isinstance(node, Sequence):
        for item in node.items:
            collect_words(item, words)
    else:
        for key, value in node.entries:
            if "(" in key.text:
                words.update(WORD.findall(key.text.partition("(")[2]))
            if key.text not in ("source", "because"):
                collect_words(value, words)
