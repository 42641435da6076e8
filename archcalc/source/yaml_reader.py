"""YAML with positions, composed from the parser's events.

PyYAML's own composer would follow aliases, keep the last of two equal keys, recurse once per level, and resolve types.
The events are enough: libyaml makes them in C, and reading stops at the first one that is refused for good.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from archcalc.diagnostics.codes.text import (
    ANCHOR_OR_ALIAS,
    COMPLEX_KEY,
    INVISIBLE_CHARACTER,
    MERGE_KEY,
    SEVERAL_DOCUMENTS,
    YAML_TAG,
)
from archcalc.diagnostics.model import Diagnostic, Label, Span
from archcalc.source.digit_groups import cut_in_a_list, goes_on, is_cut_in_a_list, is_without_value, joined
from archcalc.source.document import Mapping, Node, Scalar, Sequence
from archcalc.source.findings import (
    DEPTH_LIMIT,
    FINDINGS_LIMIT,
    LIST_LIMIT,
    VALUES_LIMIT,
    Open,
    Refused,
    duplicate_key,
    empty_file,
    half_of_a_pair,
    half_pair,
    place,
    shorten,
    too_deep,
    too_long,
    too_many,
    too_many_values,
)
from archcalc.source.flow_cuts import FlowCuts
from archcalc.source.text import SourceFile
from archcalc.source.yaml_slips import in_python

# The stubs let every mark of an event be None; those that a parser makes have marks.
_Event = Any

# What YAML does not allow in a file, and the line separators that editors do not count as line ends.
# It lists those that are refused: a set that reaches beyond \uffff takes ten times as long to compile.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
# libyaml looks through all earlier tag directives for each new one: a file full of them would take forever.
_TAG_DIRECTIVE = re.compile(r"^%TAG\b.*", re.MULTILINE)
_INDENTED_HEADER = re.compile(r"[>|][-+]?[1-9]")


def read_yaml(file: SourceFile, *, pure: bool = False) -> tuple[Node | None, list[Diagnostic]]:
    """The positioned data of a YAML text; `pure` takes the parser written in Python, as where libyaml is missing.

    A syntax error ends the reading; everything else is gathered. The node is None when the text may mean something
    else than what was read.

    Reports: AC104 to AC115, AC118.

    >>> node, problems = read_yaml(SourceFile("a.yaml", "conv: {out: max(1, c)}"))
    >>> node, problems[0].span, problems[0].help[0]
    (None, Span(line=1, column=13, end_line=1, end_column=18), 'put the expression in quotes, out: "max(1, c)", \
or give each field a line of its own')
    """
    if (unseen := _UNSEEN.search(file.text)) is not None:
        return None, [_invisible(file.text, unseen.start())]
    if (directive := _TAG_DIRECTIVE.search(file.text)) is not None:
        span = place(file.text, directive.start())
        span = span._replace(end_column=span.column + len(directive.group()))
        return None, [_tag(directive.group(), span)]
    if (python := in_python(file)) is not None:
        return None, [python]
    fast = yaml.__with_libyaml__ and not pure
    loader: Any = yaml.CSafeLoader(file.text) if fast else yaml.SafeLoader(file.text)
    composer = _Composer(file)
    try:
        composer.compose(loader.get_event)
    except Refused as refused:
        composer.sound = False
        composer.findings.append(refused.diagnostic)
    except yaml.YAMLError as error:
        composer.sound = False
        # A parenthesis cut open by a comma explains the syntax error behind it, and not the other way round.
        composer.findings.append(composer.cuts.unclosed(unread=True) or _explained(file, error))
    except (ValueError, OverflowError):
        # The parser in Python lets these through for escapes beyond Unicode and for absurd version numbers.
        composer.sound = False
        composer.findings.append(_explained(file, yaml.MarkedYAMLError(problem_mark=loader.get_mark())))
    finally:
        loader.dispose()
    return composer.root if composer.sound else None, composer.findings


class _Open(Open):
    """What YAML has to know besides: the style, and what became of the key at hand."""

    __slots__ = ("flow", "goes_on", "inside_key", "repeated")

    def __init__(self, node: Mapping | Sequence, flow: bool, inside_key: bool) -> None:
        super().__init__(node)
        self.flow = flow
        self.inside_key = inside_key
        # Whether the key at hand stands in the map already, so that its value is dropped.
        self.repeated = False
        # Whether the key at hand may be digits of the number before it.
        self.goes_on = False


class _Composer:
    """The tree built from the events, on a stack of its own: depth is bounded, and nothing recurses."""

    def __init__(self, file: SourceFile) -> None:
        self.file = file
        self.root: Node | None = None
        self.sound = True
        self.findings: list[Diagnostic] = []
        self.cuts = FlowCuts(file)
        self.stack: list[_Open] = []
        # Equal texts are one object: the words of a specification are few, and its lines may be many.
        self.texts: dict[str, str] = {}

    def compose(self, next_event: Callable[[], _Event]) -> None:
        documents = values = 0
        while True:
            event = next_event()
            kind = type(event)
            if kind is ScalarEvent:
                values += 1
                self._scalar(event)
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                values += 1
                self._open(event)
                if values > VALUES_LIMIT:
                    raise Refused(too_many_values(_span(event)))
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                self._close(event)
            elif kind is AliasEvent:
                self._alias(event)
            elif kind is DocumentStartEvent:
                documents += 1
                if documents > 1:
                    raise Refused(_second_document(_span(event)))
            elif kind is StreamEndEvent:
                break
        if self.root is None or (
            isinstance(self.root, Scalar) and not self.root.text and not self.root.quoted and not self.findings
        ):
            raise Refused(empty_file())

    # One method per kind of event

    def _scalar(self, event: _Event) -> None:
        start, end, style = event.start_mark, event.end_mark, event.style
        text = self.texts.setdefault(event.value, event.value)
        line = start.line + 1
        end_line = line if end.line == start.line else end.line + 1
        scalar = Scalar(text, line, start.column + 1, end_line, end.column + 1, quoted=bool(style))
        if event.tag is not None or event.anchor is not None:
            self._decorated(event)
        if style:
            if style in "|>":
                self._block_text(scalar)
            elif (half := half_of_a_pair(text)) is not None:
                # The parser in Python takes escapes for half a pair.
                self._unsound(half_pair(half, scalar.span))
        elif self.stack and self.stack[-1].flow and (self.cuts.depth or "(" in text or ")" in text):
            self._in_flow(scalar)
            return
        self._put(scalar)

    def _in_flow(self, scalar: Scalar) -> None:
        """A plain scalar in a flow collection that holds a parenthesis, or stands behind one that is open."""
        top = self.stack[-1]
        is_key = isinstance(top.node, Mapping) and top.key is None
        cut = self.cuts.follow(scalar, top.key, len(self.stack), is_key)
        if cut is not None:
            self._unsound(cut)
        if is_key and (cut is not None or self.cuts.depth):
            # A piece of an expression is no key: that it stands there twice says nothing.
            top.key = scalar
            return
        self._put(scalar)

    def _open(self, event: _Event) -> None:
        span = _span(event)
        if len(self.stack) >= DEPTH_LIMIT:
            raise Refused(too_deep(span._replace(end_line=span.line, end_column=span.column + 1)))
        if event.tag is not None or event.anchor is not None:
            self._decorated(event)
        inside_key = False
        node = Mapping([], *span) if type(event) is MappingStartEvent else Sequence([], *span)
        if self.stack:
            top = self.stack[-1]
            if isinstance(top.node, Mapping) and top.key is None:
                inside_key = True
                # Said once for a key, however deep it is; and a key cut from an expression is reported as that.
                if not top.inside_key and not self.cuts.depth:
                    self._unsound(_complex_key(self.file, node))
            else:
                inside_key = top.inside_key
        self.stack.append(_Open(node, bool(event.flow_style), inside_key))

    def _close(self, event: _Event) -> None:
        top = self.stack.pop()
        node = top.node
        end = event.end_mark
        if top.flow:
            node.end_line, node.end_column = end.line + 1, end.column + 1
            # The map in [f(a: 1, b)] has no braces and ends without a width: what it leaves open may still be closed.
            bare = event.start_mark.column == end.column and event.start_mark.line == end.line
            if self.cuts.depth and len(self.stack) < self.cuts.level:
                if bare:
                    self.cuts.level = len(self.stack)
                elif (cut := self.cuts.unclosed()) is not None:
                    self._unsound(cut)
        else:
            # The parser ends a block where the next token begins, behind comments and empty lines.
            last: Node | None
            if isinstance(node, Mapping):
                last = node.entries[-1][1] if node.entries else top.key
            else:
                last = node.items[-1] if node.items else None
            if last is not None:
                node.end_line, node.end_column = last.end_line, last.end_column
        self._put(node)

    def _alias(self, event: _Event) -> None:
        span = _span(event)
        self._unsound(
            Diagnostic(
                ANCHOR_OR_ALIAS,
                f"the alias *{shorten(str(event.anchor))} is not part of the language",
                span,
                help=(
                    "name the value under `let`, or the steps under `blocks`, and write the name here",
                    "a text that begins with * needs quotes",
                ),
            )
        )
        self._put(Scalar(f"*{event.anchor}", *span))

    # Where a value goes

    def _put(self, node: Node) -> None:
        if not self.stack:
            self.root = node
            return
        top = self.stack[-1]
        owner = top.node
        if isinstance(owner, Sequence):
            if top.flow and owner.items and isinstance(node, Scalar) and is_cut_in_a_list(owner.items[-1], node):
                self._unsound(cut_in_a_list(owner.items[-1], node))
            owner.items.append(node)
            if len(owner.items) > LIST_LIMIT:
                raise Refused(too_long(owner, (one.key for one in self.stack), node.span))
        elif top.key is not None:
            if top.goes_on and self._went_on(owner, top, node):
                return
            if top.repeated:
                top.repeated = False
            else:
                owner.entries.append((top.key, node))
            top.key = None
        elif isinstance(node, Scalar):
            top.key = node
            top.goes_on = top.flow and bool(owner.entries) and goes_on(owner.entries[-1][1], node)
            if not top.goes_on:
                self._key(top, node)
        else:
            # A map or a list as a key has been reported; something must stand for it until its value is read.
            top.key = Scalar("", *node.span)

    def _key(self, top: _Open, key: Scalar) -> None:
        first = top.seen.setdefault(key.text, key)
        if first is not key:
            top.repeated = True
            self._report(duplicate_key(key, first))
        if key.text == "<<" and not key.quoted:
            self._unsound(_merge_key(key))

    def _went_on(self, owner: Mapping, top: _Open, value: Node) -> bool:
        """Whether the key at hand was digits of the number before it, which has them now."""
        key, top.goes_on = top.key, False
        name, before = owner.entries[-1]
        assert key is not None and isinstance(before, Scalar), "digits behind a number"
        if not is_without_value(key, value):
            self._key(top, key)
            return False
        owner.entries[-1] = (name, joined(before, key))
        top.key = None
        return True

    # What is refused

    def _report(self, finding: Diagnostic) -> None:
        if len(self.findings) + 1 >= FINDINGS_LIMIT:
            raise Refused(too_many(finding))
        self.findings.append(finding)

    def _unsound(self, finding: Diagnostic) -> None:
        self.sound = False
        self._report(finding)

    def _decorated(self, event: _Event) -> None:
        """Report the anchor and the tag before a value; the value itself is as sound as without them."""
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        rest = self.file.line(line)[column - 1 :]
        if event.anchor is not None:
            self._report(
                Diagnostic(
                    ANCHOR_OR_ALIAS,
                    f"the anchor &{shorten(str(event.anchor))} is not part of the language",
                    _mark_in(rest, "&", line, column),
                    help=(
                        "name the value under `let`, or the steps under `blocks`, and write the name where needed",
                        "a text that begins with & needs quotes",
                    ),
                )
            )
        if getattr(event, "tag", None) is not None:
            span = _mark_in(rest, "!", line, column)
            self._report(_tag(rest[span.column - column : span.end_column - column] or "!", span))

    def _block_text(self, scalar: Scalar) -> None:
        """Trim the span of a block of text to its lines, and catch `>3`, which is a header and not a comparison."""
        line, column = scalar.end_line, scalar.end_column
        while line > scalar.line and not self.file.line(line)[: column - 1].strip():
            line -= 1
            column = len(self.file.line(line)) + 1
        scalar.end_line, scalar.end_column = line, column
        header = self.file.line(scalar.line)[scalar.column - 1 :]
        if not scalar.text and _INDENTED_HEADER.match(header):
            from archcalc.source.yaml_syntax import block_text_by_accident

            self._report(block_text_by_accident(header, scalar.line, scalar.column))
            self.sound = False


def _explained(file: SourceFile, error: yaml.YAMLError) -> Diagnostic:
    from archcalc.source.yaml_syntax import explain

    return explain(file, error)


def _span(event: _Event) -> Span:
    start, end = event.start_mark, event.end_mark
    return Span(start.line + 1, start.column + 1, end.line + 1, end.column + 1)


def _mark_in(rest: str, sign: str, line: int, column: int) -> Span:
    match = re.search(re.escape(sign) + r"[^\s,\[\]{}]*", rest)
    if match is None:
        # The mark stands on a later line than the other one before the same value.
        return Span(line, column, line, column + 1)
    return Span(line, column + match.start(), line, column + match.end())


def _invisible(text: str, offset: int) -> Diagnostic:
    char = text[offset]
    half = half_of_a_pair(char)
    if half is not None:
        return half_pair(half, place(text, offset))
    return Diagnostic(
        INVISIBLE_CHARACTER,
        f"the invisible character U+{ord(char):04X} stands in the text",
        place(text, offset),
        help=(f'delete it, or write it in double quotes as "\\u{ord(char):04x}"',),
    )


def _tag(tag: str, span: Span) -> Diagnostic:
    return Diagnostic(
        YAML_TAG,
        f"the tag {shorten(tag)} is not part of the language",
        span,
        help=(
            "leave it out: the field decides the type of its value",
            "negation is written `not x` and `a != b`; a text that begins with ! needs quotes",
        ),
    )


def _merge_key(key: Scalar) -> Diagnostic:
    return Diagnostic(
        MERGE_KEY,
        "the merge key << is not part of the language",
        key.span,
        help=("write what repeats as a block with parameters, under `blocks`, and call it",),
    )


def _second_document(span: Span) -> Diagnostic:
    return Diagnostic(
        SEVERAL_DOCUMENTS,
        "a second YAML document begins here",
        span,
        help=("delete the ---, or split the file; networks that differ in a few values are `variants` of one",),
    )


def _complex_key(file: SourceFile, node: Node) -> Diagnostic:
    what = "map" if isinstance(node, Mapping) else "list"
    span = Span(node.line, node.column, node.line, node.column + 1)
    doubled = file.line(node.line)[node.column - 2 : node.column] == "{{"
    help = "write a name without braces: every value can be an expression" if doubled else "a key is a name or a text"
    labels = (Label(Span(span.line, span.column - 1, span.line, span.column), "inside this one"),) if doubled else ()
    return Diagnostic(COMPLEX_KEY, f"a {what} is used as a key", span, labels=labels, help=(help,))
