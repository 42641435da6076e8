"""What a spec says to be meant as it stands: `# archcalc: ignore[AC302]` behind a line, or the key `ignore`.

>>> from archcalc.source import SourceFile, parse
>>> file = SourceFile("net.yaml", "input: [10, 1, 28, 28]  # archcalc: ignore[AC322]\\n")
>>> ignores, findings = in_comments(file, parse(file)[0])
>>> ignores[0].code, ignores[0].region.line, findings
('AC322', 1, [])
"""

from __future__ import annotations

from collections.abc import Iterable

from archcalc.diagnostics.codes import language as codes
from archcalc.diagnostics.model import Diagnostic, Span
from archcalc.patterns import compiled_later
from archcalc.source import SourceFile
from archcalc.source.comments import comments
from archcalc.source.document import Node, Scalar, Sequence
from archcalc.spec.model import Ignore
from archcalc.spec.structure import Findings, kind_of

COMMENT = compiled_later(r"#\s*archcalc:\s*ignore\b\s*(?:\[(?P<codes>[^\]]*)\]|(?P<bare>[^#]*))")
"""How a comment begins that silences warnings of its line."""
_WORD = compiled_later(r"[^,\s]+")
_BARE = compiled_later(r"AC\d+")


def in_comments(file: SourceFile, root: Node) -> tuple[list[Ignore], list[Diagnostic]]:
    """What comments say about their lines.

    Reports: AC151, AC152
    """
    if "archcalc:" not in file.text or "ignore" not in file.text:
        return [], []
    found: list[Ignore] = []
    problems: list[Diagnostic] = []
    for span, match in comments(file, root, COMMENT):
        line = Span(span.line, 1, span.line, len(file.line(span.line)) + 1)
        if match["codes"] is None or not match["codes"].strip():
            problems.append(_without_codes(span, match["bare"] or ""))
            continue
        start = match.start("codes")
        words = [
            (one.group(), Span(span.line, start + one.start() + 1, span.line, start + one.end() + 1))
            for one in _WORD.finditer(match["codes"])
        ]
        _read(words, line, True, found, problems)
    return found, problems


def in_key(findings: Findings, node: Node, region: Span) -> list[Ignore]:
    """What the key `ignore` of a spec or a step says: a code, or a list of codes.

    Reports: AC135, AC151, AC152
    """
    items = node.items if isinstance(node, Sequence) else [node]
    found: list[Ignore] = []
    words: list[tuple[str, Span]] = []
    for item in items:
        if isinstance(item, Scalar) and not item.is_null:
            words.append((item.text.strip(), item.span))
        else:
            message = f"`ignore` is a list of codes, not {kind_of(item)}"
            findings.report(codes.WRONG_STRUCTURE, message, item.span, "", "write `ignore: [AC302]`")
    _read(words, region, False, found, findings.diagnostics)
    return found


def _read(
    words: Iterable[tuple[str, Span]], region: Span, is_line: bool, found: list[Ignore], problems: list[Diagnostic]
) -> None:
    """The codes that words name; what cannot be ignored is reported."""
    from archcalc.diagnostics.catalogue import find, suggest

    for word, span in words:
        code = find(word)
        if code is None:
            near = suggest(word)
            help = f"did you mean `{near}`?" if near else "`archcalc explain` lists the codes"
            problems.append(
                Diagnostic(codes.UNKNOWN_IGNORE, f"there is no code `{word}` to ignore", span, help=(help,))
            )
        elif code.severity != "warning":
            kind = "an error" if code.severity == "error" else "a note"
            message = f"{code.id} is {kind}, and only warnings can be ignored"
            problems.append(Diagnostic(codes.NOT_IGNORABLE, message, span, help=("remove it",)))
        else:
            found.append(Ignore(code.id, span, region, is_line))


def _without_codes(span: Span, bare: str) -> Diagnostic:
    """A comment that does not say what it silences."""
    named = _BARE.findall(bare)
    line = f"# archcalc: ignore[{', '.join(named) or 'AC302'}]"
    return Diagnostic(
        codes.UNKNOWN_IGNORE,
        "this comment names no code to ignore: codes stand in brackets",
        span,
        help=(f"write `{line}`" if named else f"name the codes: `{line}`",),
    )
