"""What a YAML syntax error means in plain words.

The parsers (libyaml, and PyYAML's own where that is missing) word the same mistakes a little differently; a mistake
is recognised by the words that both use.
"""

from __future__ import annotations

import re

import yaml

from archcalc.diagnostics.codes.text import (
    ANCHOR_OR_ALIAS,
    BLOCK_TEXT_BY_ACCIDENT,
    TAB_INDENTATION,
    YAML_SYNTAX,
    YAML_TAG,
)
from archcalc.diagnostics.model import Code, Diagnostic, Help, Label, Replacement, Span
from archcalc.source.findings import too_deep
from archcalc.source.flow_cuts import bracket_cut
from archcalc.source.text import SourceFile
from archcalc.source.yaml_slips import flow_slip, line_slip, missing_colon, missing_comma, two_keys, with_colon

_RANGES = "ranges are written 40M.. (at least), ..61M (at most), 40M..61M, with both ends included"


def explain(file: SourceFile, error: yaml.YAMLError) -> Diagnostic:
    """The diagnostic of a syntax error that a YAML parser raised.

    Reports: AC105 yaml-syntax; where the cause is recognised AC106, AC107, AC109, AC113, AC115, AC118.
    """
    problem = str(getattr(error, "problem", None) or "")
    context = str(getattr(error, "context", None) or "")
    at = _position(file, getattr(error, "problem_mark", None)) or _end(file)
    since = _position(file, getattr(error, "context_mark", None))
    line, column = at
    rest = file.line(line)[column - 1 :]

    if "nesting depth" in problem:
        # libyaml looks ahead for the end of a key, and may refuse on the way, at a limit of its own above ours.
        return too_deep(_one(at))
    if _is_tab(file, line, column, problem):
        return _tab(file, line, column)
    if "block scalar" in context and since is not None:
        return block_text_by_accident(file.line(since[0])[since[1] - 1 :], *since)
    if "cannot start any token" in problem:
        if rest[:1] in (">", "|"):
            return block_text_by_accident(rest, line, column)
        return _diagnostic(f'a value cannot begin with "{rest[:1]}"', at, help="put the value in quotes")
    if "anchor" in context or "alias" in context:
        start = since or at
        sign = file.line(start[0])[start[1] - 1 : start[1]]
        return _diagnostic(
            f'a value that begins with "{sign}" is a YAML {"anchor" if sign == "&" else "alias"}',
            start,
            code=ANCHOR_OR_ALIAS,
            help="put the value in quotes",
        )
    if "tag" in context or "tag" in problem:
        return _diagnostic(
            'a value that begins with "!" is a YAML tag',
            since or at,
            code=YAML_TAG,
            help="negation is written `not x` and `a != b`; a text that begins with ! needs quotes",
        )
    if "directive" in context or "directive" in problem or "incompatible" in problem:
        return _diagnostic(
            'a line that begins with "%" is a YAML directive, and this is none we know', since or at, help="delete it"
        )
    if "quoted scalar" in context:
        return _quoted(problem, since or at, at)
    if "flow mapping" in context or "flow sequence" in context:
        cut = bracket_cut(file, line, column) or flow_slip(file, line, column)
        return cut or _flow(file, context, since or at, at)
    return line_slip(file, _suspects(problem, at, since)) or _structure(file, problem, context, at, since)


def _suspects(problem: str, at: tuple[int, int], since: tuple[int, int] | None) -> list[int]:
    """The lines that may have broken the structure: where it broke, where that began, and what was read as one text."""
    is_one_text = any(words in problem for words in ("could not find", "mapping values", "document start"))
    begun = [since[0]] if since is not None and "could not find" in problem else []
    above = [at[0] - 1] if is_one_text and at[0] > 1 else []
    return [at[0], *begun, *above]


def block_text_by_accident(rest: str, line: int, column: int) -> Diagnostic:
    """A value that begins with > or | and is no block of text. `rest` is the line from there on."""
    written = rest.split(" #")[0].rstrip()
    sign = rest[:1]
    return Diagnostic(
        BLOCK_TEXT_BY_ACCIDENT,
        f'a value that begins with "{sign}" starts a block of text in YAML',
        Span(line, column, line, column + max(1, len(written))),
        help=(_RANGES, "a text that begins so needs quotes") if sign == ">" else ("put the value in quotes",),
    )


def _flow(file: SourceFile, context: str, opened: tuple[int, int], at: tuple[int, int]) -> Diagnostic:
    opening, closing = ("{", "}") if "mapping" in context else ("[", "]")
    found = file.line(at[0])[at[1] - 1 : at[1]]
    if at[0] > opened[0] or not found:
        # Found lines later, or at the end: what is missing is the closing bracket, and the opening one shows where.
        where = (Label(_one(at), "read on until here"),) if found else ()
        return _diagnostic(
            f'this "{opening}" is never closed', opened, labels=where, help=f'close it with "{closing}" on its line'
        )
    return _diagnostic(
        f'"," or "{closing}" is expected here',
        at,
        labels=(Label(_one(opened), f'in this "{opening}"'),),
        help=f'"{opening}" is closed by "{closing}"' if found in ("}", "]") else missing_comma(file, *at) or "",
    )


def _quoted(problem: str, opened: tuple[int, int], at: tuple[int, int]) -> Diagnostic:
    if "end of stream" in problem or "document indicator" in problem:
        return _diagnostic("the quote opened here is never closed", opened, help="close it, with the same quote")
    return _diagnostic(
        "a backslash is followed by something that is no escape",
        at,
        labels=(Label(_one(opened), "in the text that begins here"),),
        help=r"in double quotes write \\ for a backslash, or take single quotes",
    )


def _structure(
    file: SourceFile, problem: str, context: str, at: tuple[int, int], since: tuple[int, int] | None
) -> Diagnostic:
    """Blocks that do not fit together: indentation, missing colons, values where none can stand."""
    line, column = at
    found = file.line(line)[column - 1 : column]
    if "mapping values" in problem:
        columns = 'keys of one map begin in the same column, one on each line; a text with ": " in it needs quotes'
        help = two_keys(file, line) or missing_colon(file, line) or columns
        return _diagnostic('this ":" cannot make a key here', at, help=help)
    if "could not find expected ':'" in problem and since is not None:
        span = Span(since[0], since[1], since[0], max(since[1] + 1, len(file.line(since[0]).rstrip()) + 1))
        words = with_colon(file, since[0]) or 'write key: value, with a space after the ":"'
        return Diagnostic(YAML_SYNTAX, 'a ":" is missing after this key', span, help=(words,))
    if "sequence entries" in problem:
        return _diagnostic('"- " stands where no list can begin', at, help="begin the list on a line of its own")
    if "mapping keys" in problem:
        return _diagnostic('"? " stands where no key can begin', at, help="put a text that begins with ? in quotes")
    if found in ("}", "]"):
        opening = "{" if found == "}" else "["
        help = f'delete it, or add the "{opening}" it belongs to'
        return _diagnostic(f'this "{found}" closes nothing', at, help=help)
    if "node content" in problem:
        return _diagnostic("a value is expected here", at, help=_unexpected(found))
    behind_text = file.line(line)[: column - 1].rstrip()[-1:] in ("'", '"', "}", "]")
    if behind_text:
        ended = "a value ends with its closing quote or bracket; inside single quotes write '' for '"
        rest = re.split(r"\s#", file.line(line)[column - 1 :])[0].strip()
        help = f'delete the "{rest}"' if found in (";", ",") else ended
        return _diagnostic("something follows the end of the value on its line", at, help=help)
    if "document start" in problem:
        first = next((text for text in file.lines if text.strip() and text.lstrip()[0] != "#"), "")
        if len(first) - len(first.lstrip()) >= column:
            help = "all top-level keys begin in the same column, best the first"
            return _diagnostic("this begins further to the left than the first key of the file", at, help=help)
        return _diagnostic("something follows the end of the data", at, help="one map is one file")
    if "block collection" in context:
        return _diagnostic(
            'another item, "- ...", is expected here',
            at,
            labels=_since(since, "in the list that begins here"),
            help='items of one list begin with "- " in the same column',
        )
    if "block mapping" in context:
        what = 'a key is expected here, not "-"' if found == "-" else "a key is expected here"
        return _diagnostic(
            what,
            at,
            labels=_since(since, "in the map that begins here"),
            help="keys of one map begin in the same column; check the indentation of this line",
        )
    words = problem or "something that YAML has no meaning for"
    return _diagnostic(f"this is not YAML: {words}", at, labels=_since(since, context or "begun here"))


def _unexpected(found: str) -> str:
    return 'an empty value is written ""' if found == "," else ""


def _is_tab(file: SourceFile, line: int, column: int, problem: str) -> bool:
    text = file.line(line)
    return (
        "tab character" in problem
        or text[column - 1 : column] == "\t"
        or "\t" in text[: len(text) - len(text.lstrip(" \t"))]
    )


def _indentation(text: str) -> str:
    return text[: len(text) - len(text.lstrip(" \t"))]


def _tab(file: SourceFile, line: int, column: int) -> Diagnostic:
    text = file.line(line)
    indentation = _indentation(text)
    start = indentation.find("\t") + 1 if "\t" in indentation else column
    end = start
    while text[end - 1 : end] == "\t":
        end += 1
    indented = {number: _indentation(each) for number, each in enumerate(file.lines, start=1) if each.strip()}
    tabs = {number: before for number, before in indented.items() if "\t" in before}
    # Where some lines are indented by spaces, nobody knows how many of them a tab stands for.
    is_certain = "\t" in indentation and not any(before.startswith(" ") for before in indented.values())
    changes = [
        Replacement(Span(number, 1, number, len(before) + 1), before.replace("\t", "  "))
        for number, before in (tabs.items() if is_certain else ())
    ]
    return Diagnostic(
        TAB_INDENTATION,
        "a tab stands where YAML wants spaces",
        Span(line, start, line, max(end, start + 1)),
        notes=(f"{len(tabs)} lines of this file begin with tabs",) if len(tabs) > 1 else (),
        help=(Help("replace tabs by spaces, two for each level", changes, is_certain),),
    )


def _position(file: SourceFile, mark: yaml.Mark | None) -> tuple[int, int] | None:
    """Line and column of a mark; a mark behind the last line moves to its end, where something is to be seen."""
    if mark is None:
        return None
    line, column = mark.line + 1, mark.column + 1
    end = _end(file)
    return (line, column) if line <= end[0] else end


def _end(file: SourceFile) -> tuple[int, int]:
    line = len(file.lines)
    while line > 1 and not file.line(line).strip():
        line -= 1
    return line, len(file.line(line)) + 1


def _one(at: tuple[int, int]) -> Span:
    return Span(at[0], at[1], at[0], at[1] + 1)


def _since(at: tuple[int, int] | None, text: str) -> tuple[Label, ...]:
    return () if at is None else (Label(_one(at), text),)


def _diagnostic(
    message: str,
    at: tuple[int, int],
    *,
    code: Code = YAML_SYNTAX,
    labels: tuple[Label, ...] = (),
    help: str = "",
) -> Diagnostic:
    return Diagnostic(code, message, _one(at), labels=labels, help=(help,) if help else ())
