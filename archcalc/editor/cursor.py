"""Where a cursor stands in a text that is being typed, and may be broken: behind which keys, and beside which ones.

Only what leads to the cursor is read: the lines above it that are less and less indented, their keys, and the brackets
that are open. Everything else may be in any state.

>>> cursor = place(SourceFile("net.yaml", "layers:\\n  - conv: {out: 8, ker"), 2, 24)
>>> cursor.path, cursor.is_key, cursor.word, sorted(cursor.beside)
(('layers', 0, 'conv'), True, 'ker', ['out'])
"""

from __future__ import annotations

from typing import NamedTuple

from archcalc.patterns import compiled_later
from archcalc.source import SourceFile, parse
from archcalc.source.document import Node, Scalar, Sequence

_MARK = "\u2038"
"""Stands at the cursor: a character that no spec needs."""
_WORD = compiled_later(r"[\w-]*\Z")
_TOKEN = compiled_later(r"""(["'])(?:\\.|(?!\1).)*(?:\1|\Z)|\#.*|[\[\]{}]""")
_KEY = compiled_later(r"((?:- +)*)([^\s#\"'\[\]{},&*!|>%@`][^#\"'\[\]{}]*?|\"[^\"]*\"|'[^']*') *:(?: |$)")
_QUOTES = ("'", '"')
_CLOSING = {"[": "]", "{": "}"}
_MAX_ANCESTORS = 400
"""Keys and keys beside them that are read: a step among thousands needs no more."""


class Cursor(NamedTuple):
    """A place in the plain data of a text, and the word that is being typed there."""

    path: tuple[str | int, ...]
    """Keys and numbers of items that lead to it."""
    is_key: bool
    """Whether a key is being typed; otherwise it is a value."""
    word: str
    """The word in front of the cursor, which may be empty."""
    before: str
    """What is written in the value in front of the word."""
    beside: frozenset[str]
    """The other keys of the map in which a key is typed."""
    around: tuple[Node, ...]
    """The data of which `path` says the keys: from the whole document on, as far as it was read."""


def place(file: SourceFile, line: int, column: int) -> Cursor | None:
    """Where a cursor stands; None in a comment, or where the text around makes no sense."""
    ahead = file.line(line)[: column - 1]
    open_, from_ = _open(file, line, ahead)
    if open_ is None:
        return None
    quote = open_.pop() if open_ and open_[-1] in _QUOTES else ""
    mark = f"{_MARK}{quote}" if quote or not _is_json(file) else f'"{_MARK}"'
    word = word_before(ahead)
    rest = [*(file.line(each) for each in range(from_, line)), ahead]
    spine = _spine(file, from_) if not _is_json(file) else []
    closing = "".join(_CLOSING[bracket] for bracket in reversed(open_))
    for end in ("", ": 0") if open_ else (": ", ""):
        text = "\n".join([*spine, *rest]) + mark + end + closing + "\n"
        document, _ = parse(file.with_text(text))
        found = _found(document, ()) if document is not None else None
        if found is not None:
            return found._replace(word=word, before=found.before.removesuffix(word))
    return None


def word_before(text: str) -> str:
    """The letters, digits and hyphens at the end of a text."""
    word = _WORD.search(text)
    assert word is not None, "the expression matches the empty text"
    return word[0]


def _open(file: SourceFile, line: int, ahead: str) -> tuple[list[str] | None, int]:
    """The brackets that are open at the cursor, and a quote, and the line of the first; None inside of a comment."""
    open_: list[str] = []
    from_ = line
    for number in range(1, line + 1):
        text = file.line(number) if number < line else ahead
        if open_ and _is_behind(file, number, from_):
            open_ = []
        if not open_:
            from_ = number
        for token in _TOKEN.finditer(text):
            if token[0][0] == "#":
                if token.start() and not text[token.start() - 1].isspace():
                    continue
                if number == line:
                    return None, line
                break
            if token[0] in _CLOSING:
                open_.append(token[0])
            elif token[0][0] in _QUOTES and number == line and (token[0][-1] != token[0][0] or len(token[0]) == 1):
                return [*open_, token[0][0]], from_ if open_ else line
            elif token[0] in "]}" and open_:
                open_.pop()
    return open_, from_ if open_ else line


def _is_behind(file: SourceFile, line: int, from_: int) -> bool:
    """Whether a line is indented as one behind a bracket that nobody has closed yet, and not as one inside of it."""
    text, opening = file.line(line), file.line(from_)
    inner = text.lstrip()
    is_deeper = len(text) - len(inner) > len(opening) - len(opening.lstrip())
    return bool(inner) and not is_deeper and inner[0] not in "]}#" and not _is_json(file)


def _is_json(file: SourceFile) -> bool:
    return file.name.endswith(".json")


def _spine(file: SourceFile, line: int) -> list[str]:
    """The keys above a line that lead to it, with those beside it, from the top down."""
    found: list[str] = []
    text = file.line(line)
    indent = len(text) - len(text.lstrip())
    is_item = text.lstrip().startswith("- ") or text.strip() == "-"
    for number in range(line - 1, 0, -1):
        above = file.line(number)
        start = len(above) - len(above.lstrip())
        match = _KEY.match(above, start)
        if match is None or start > indent:
            if above.strip().startswith("-") and start < indent:
                # An item without a key of its own: the list that it begins goes on.
                found.append(f"{above[:start]}-")
                indent, is_item = start, True
            continue
        dashes, key = match[1], match[2]
        if start == indent and is_item:
            if dashes:
                continue
            # The key of a list that is not indented.
            found.append(f"{above[:start]}{key}:")
            is_item = False
        elif start + len(dashes) >= indent > start and dashes:
            if start + len(dashes) > indent:
                continue
            found.append(f"{above[:start]}{dashes}{key}:{_beside(above, match.end())}")
            indent, is_item = start, True
        elif start == indent:
            found.append(f"{above[:start]}{key}:{_beside(above, match.end())}")
        else:
            found.append(f"{above[:start]}{dashes}{key}:")
            indent, is_item = start, bool(dashes)
        if len(found) >= _MAX_ANCESTORS:
            break
    return found[::-1]


def _beside(line: str, start: int) -> str:
    """The value of a key beside the way, if all of it stands on the line; it may name the variables of a loop."""
    value = line[start:]
    brackets = [token[0] for token in _TOKEN.finditer(value) if token[0] in ("[", "{", "]", "}")]
    is_whole = sum(1 if one in _CLOSING else -1 for one in brackets) == 0
    return f" {value}" if is_whole and value.strip() and not value.lstrip().startswith(("|", ">")) else " 0"


def _found(node: Node, path: tuple[str | int, ...]) -> Cursor | None:
    """The cursor that a mark stands for."""
    if isinstance(node, Scalar):
        before, mark, _ = node.text.partition(_MARK)
        return Cursor(path, False, "", before, frozenset(), ()) if mark else None
    if isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            if found := _found(item, (*path, index)):
                return found._replace(around=(node, *found.around))
        return None
    for key, value in node.entries:
        if _MARK in key.text:
            others = frozenset(other.text for other, _ in node.entries if other is not key)
            return Cursor(path, True, "", key.text.partition(_MARK)[0], others, (node,))
        if found := _found(value, (*path, key.text)):
            return found._replace(around=(node, *found.around))
    return None
