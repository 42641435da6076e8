"""What is refused in YAML, with the place and the help; and data compared with PyYAML's own loader."""

from __future__ import annotations

import re
import subprocess
import sys
import tracemalloc
from typing import Any

import pytest
import yaml
from effort import examples
from hypothesis import example, given
from hypothesis import strategies as st
from source_oracle import only_problem, problems_of, read, under

from archcalc.source import SourceFile, parse, plain
from archcalc.source.yaml_reader import read_yaml

REFUSED = [
    # text, code, the source under the primary span, the message
    ("a: \x08b", "AC104", "\x08", "the invisible character U+0008 stands in the text"),
    ("a: b\u2028", "AC104", "\u2028", "the invisible character U+2028 stands in the text"),
    ("a: b\x85c", "AC104", "\x85", "the invisible character U+0085 stands in the text"),
    ("a: b: c", "AC105", ":", 'this ":" cannot make a key here'),
    ("a: 1\nb\nc: 2", "AC105", "b", 'a ":" is missing after this key'),
    ("a: {b: 1\nc: 2", "AC105", "{", 'this "{" is never closed'),
    ("a: [1,\nc: 2", "AC105", "[", 'this "[" is never closed'),
    ("a: {b: 1]", "AC105", "]", '"," or "}" is expected here'),
    ('a: "x\n\n', "AC105", '"', "the quote opened here is never closed"),
    ("a: 'x\nb: 1\n", "AC105", "'", "the quote opened here is never closed"),
    ("a: %x", "AC105", "%", 'a value cannot begin with "%"'),
    ("a: @x", "AC105", "@", 'a value cannot begin with "@"'),
    ("a: - b", "AC105", "-", '"- " stands where no list can begin'),
    ("  a: 1\nb: 2", "AC105", "b", "this begins further to the left than the first key of the file"),
    ("{a: 1}\nb: 2", "AC105", "b", "something follows the end of the data"),
    ("a: [1, , 2]", "AC105", ",", "a value is expected here"),
    ("a: ]", "AC105", "]", 'this "]" closes nothing'),
    ('a: "x" y', "AC105", "y", "something follows the end of the value on its line"),
    ("a: 'it's'", "AC105", "s", "something follows the end of the value on its line"),
    ("a:\n  b: 1\n c: 1", "AC105", "c", "a key is expected here"),
    ("a: 1\n- b", "AC105", "-", 'a key is expected here, not "-"'),
    ("- a\nb: 1", "AC105", "b", 'another item, "- ...", is expected here'),
    ("a:\n\tb: 1", "AC106", "\t", "a tab stands where YAML wants spaces"),
    ("a: b\n\t\tc: d", "AC106", "\t\t", "a tab stands where YAML wants spaces"),
    ("- \tconv: 3", "AC106", "\t", "a tab stands where YAML wants spaces"),
    ("a: &b 3", "AC107", "&b", "the anchor &b is not part of the language"),
    ("a: *b", "AC107", "*b", "the alias *b is not part of the language"),
    ("a: * 3", "AC107", "*", 'a value that begins with "*" is a YAML alias'),
    ("a: {<<: 3}", "AC108", "<<", "the merge key << is not part of the language"),
    (
        "a: !!python/object:x {b: 1}",
        "AC109",
        "!!python/object:x",
        "the tag !!python/object:x is not part of the language",
    ),
    ("a: !x!y 3", "AC109", "!", 'a value that begins with "!" is a YAML tag'),
    ("%TAG !a! b\n---\na: 1", "AC109", "%TAG !a! b", "the tag %TAG !a! b is not part of the language"),
    ("a: {x: 1, 'x': 2}", "AC110", "'x'", 'the key "x" stands twice in this map'),
    ("a: 1\n---\nb: 1", "AC111", "---", "a second YAML document begins here"),
    ("? [1]\n: 2", "AC112", "[", "a list is used as a key"),
    ("a: {out: {{c}}}", "AC112", "{", "a map is used as a key"),
    ("a: {{{{{c}}}}}", "AC112", "{", "a map is used as a key"),
    ("[" * 65, "AC113", "[", "maps and lists are nested more than 64 deep"),
    ("", "AC114", "", "this file is empty"),
    ("# only a comment\n", "AC114", "", "this file is empty"),
    ("---\n", "AC114", "", "this file is empty"),
    (
        "a: {out: max(1, c)}",
        "AC115",
        "max(1",
        'unbalanced parenthesis: inside { } and [ ] the comma ends the value, which is "max(1"',
    ),
    (
        "- [conv(64, 3)]",
        "AC115",
        "conv(64",
        'unbalanced parenthesis: inside { } and [ ] the comma ends the value, which is "conv(64"',
    ),
    ("a: {x: f(1}", "AC115", "f(1", 'unbalanced parenthesis: "f(1" opens one that is never closed'),
    ("a: {x: c)}", "AC115", "c)", 'unbalanced parenthesis: "c)" closes one that was never opened'),
    ("a: {k: sizes[0]}", "AC115", "[", 'unbalanced bracket: inside { } and [ ] the value ends before this "["'),
    (
        "a: {k: max(1, c[0])}",
        "AC115",
        "max(1",
        'unbalanced parenthesis: inside { } and [ ] the comma ends the value, which is "max(1"',
    ),
    ("when: >= 3", "AC118", ">= 3", 'a value that begins with ">" starts a block of text in YAML'),
    ("x: {p: >= 40M}", "AC118", ">= 40M}", 'a value that begins with ">" starts a block of text in YAML'),
    ("when: >3\nb: 1", "AC118", ">3", 'a value that begins with ">" starts a block of text in YAML'),
    ("a: | x", "AC118", "| x", 'a value that begins with "|" starts a block of text in YAML'),
]


@pytest.mark.parametrize(("text", "code", "source", "message"), REFUSED)
def test_refused(text: str, code: str, source: str, message: str) -> None:
    problem = only_problem(text)
    assert (problem.code.id, problem.message) == (code, message)
    assert problem.span is not None
    assert under(text, problem.span) == source


@pytest.mark.parametrize(
    ("text", "help"),
    [
        (
            "a: {out: max(1, c), b: 2}",
            'put the expression in quotes, out: "max(1, c)", or give each field a line of its own',
        ),
        ("- [conv(64, 3)]", 'put the expression in quotes, "conv(64, 3)", or give each field a line of its own'),
        ("a: {k: sizes[0]}", 'put the expression in quotes, "sizes[0]", or give each field a line of its own'),
        ('a: {x: f("y", z)}', "put the expression in quotes, x: 'f(\"y\", z)', or give each field a line of its own"),
        ("p: >= 40M", "ranges are written 40M.. (at least), ..61M (at most), 40M..61M, with both ends included"),
        ("a: {out: {{c}}}", "write a name without braces: every value can be an expression"),
    ],
)
def test_help(text: str, help: str) -> None:
    assert only_problem(text).help[0] == help


@pytest.mark.parametrize("text", ["a: {out: max(1, c)}", "- [conv(64, 3)]", 'a: {x: f("y", z)}', "a: {k: sizes[0]}"])
def test_the_help_works(text: str) -> None:
    # What the help proposes is pasted over what it is about; the result must read as one value.
    proposal = only_problem(text).help[0].removeprefix("put the expression in quotes, ").partition(", or give each")[0]
    quoted = proposal[proposal.index(next(char for char in proposal if char in "\"'")) :]
    whole = quoted[1:-1]
    assert whole in text
    assert whole in repr(plain(read(text.replace(whole, quoted))))


def test_a_second_label_shows_the_other_place() -> None:
    problem = only_problem("a: 1\nbb: 2\na: 3\n")
    assert problem.span == (3, 1, 3, 2)
    assert [(label.span, label.text) for label in problem.labels] == [((1, 1, 1, 2), "first here")]
    problem = only_problem("a: {out: max(1, c)}")
    assert [(label.span, label.text) for label in problem.labels] == [((1, 17, 1, 19), "read as a key of its own")]


def test_mistakes_that_leave_the_rest_sound_are_gathered_and_keep_the_node() -> None:
    text = "a: {x: 1, x: 2}\nb: &q 3\nc: !t 4\nc: 5\n"
    node, problems = parse(SourceFile("net.yaml", text))
    assert [(problem.code.id, problem.span and problem.span.line) for problem in problems] == [
        ("AC110", 1),
        ("AC107", 2),
        ("AC109", 3),
        ("AC110", 4),
    ]
    assert node is not None
    assert plain(node) == {"a": {"x": "1"}, "b": "3", "c": "4"}


def test_all_traps_are_found_before_a_syntax_error_ends_the_reading() -> None:
    text = "a: {x: max(1, c), y: min(2, c)}\nb: *c\nd: [\n"
    assert [problem.code.id for problem in problems_of(text)] == ["AC115", "AC115", "AC107", "AC105"]
    assert parse(SourceFile("net.yaml", text))[0] is None


def test_pieces_of_one_expression_are_one_finding() -> None:
    for text in ("a: {x: f(1, 2, 2, 3), y: 1}", "a: {x: f(1, [2, 3], c)}", "a: [f(a: 1, b)]", "a: {x: f(g(1, 2), 3)}"):
        assert only_problem(text).code.id == "AC115"


@pytest.mark.parametrize(
    "text",
    [
        "a: {out: (1 + c) * 2, as: conv$(i)_$j}",
        "a: {out: 'max(1, c)', k: \"e[0]\"}",
        "a: max(1, c)\nb: e[0]\nc: f(\n",
        "when: |\n  (\n",
        "a: [..61M, 40M.., <= 3]",
    ],
)
def test_no_false_alarm(text: str) -> None:
    assert problems_of(text) == []


def test_sixty_four_levels_are_allowed() -> None:
    assert problems_of("[" * 64 + "]" * 64) == []
    assert problems_of("[" * 65 + "]" * 65)[0].code.id == "AC113"


def test_tabs_are_counted() -> None:
    assert only_problem("a:\n\t- b\n\t- c").notes == ("2 lines of this file begin with tabs",)


@pytest.mark.parametrize("unit", ["[", "{", "- ", "? ", "[{", "{[", "[\n"])
def test_nesting_is_refused_after_few_events(unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if not yaml.__with_libyaml__:
        pytest.skip("libyaml is missing")
    events = 0

    class Counting(yaml.CSafeLoader):
        def get_event(self) -> Any:
            nonlocal events
            events += 1
            return super().get_event()

    monkeypatch.setattr(yaml, "CSafeLoader", Counting)
    assert problems_of(unit * 100_000)[-1].code.id == "AC113"
    assert events < 200


def test_findings_are_bounded() -> None:
    problems = problems_of("a: 1\n" * 10_000)
    assert len(problems) == 100
    assert problems[-1].notes == ("reading stops after 100 findings; there may be more",)
    problems = problems_of("{" + '"a": 1,' * 10_000 + "}", "net.json")
    assert len(problems) == 100


def test_memory_of_a_step() -> None:
    def peak(steps: int) -> int:
        text = "".join(f"- conv: {{out: {step % 97}, kernel: 3}}\n" for step in range(steps))
        tracemalloc.start()
        node = read(text)
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert node is not None
        return size

    small, large = peak(1000), peak(2000)
    assert (large - small) / 1000 < 2500  # bytes for a step: 100,000 steps stay under 250 MB


def test_yaml_is_imported_only_for_yaml() -> None:
    script = (
        "import sys; from archcalc.source import SourceFile, parse, from_data; "
        "parse(from_data('built', {'a': [1]})); parse(SourceFile('a.json', '[1]')); "
        "parse(SourceFile('-', '{\"a\": 1}')); print('yaml' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


# Random texts

_PIECES = st.sampled_from(
    [
        "a",
        "b: ",
        "c:\n",
        "- ",
        "\n",
        "\n  ",
        "\n    ",
        "{",
        "}",
        "[",
        "]",
        ", ",
        ": ",
        "'",
        '"',
        "|",
        ">",
        ">=",
        "&x ",
        "*x",
    ]
    + [
        "!t ",
        "<<: ",
        "? ",
        "# c",
        "\t",
        "---\n",
        "...\n",
        "%YAML 1.2\n",
        "max(1, c)",
        "(",
        ")",
        "é",
        "😀",
        "1",
        "\\",
        "\\u12",
    ]
)
_YAMLISH = st.lists(_PIECES, max_size=25).map("".join)


def _check(text: str, pure: bool) -> None:
    file = SourceFile("net.yaml", text)
    node, problems = read_yaml(file, pure=pure)
    assert (node is not None) or problems
    for problem in problems:
        assert problem.message
        assert problem.span is not None
        for span in (problem.span, *(label.span for label in problem.labels)):
            assert 1 <= span.line <= span.end_line
            assert span.column >= 1
            assert (span.line, span.column) <= (span.end_line, span.end_column)
            assert span.line <= len(file.lines) and span.column <= len(file.line(span.line)) + 1
    if node is not None and not problems:
        try:
            expected = yaml.load(file.text, Loader=yaml.BaseLoader)
        except yaml.YAMLError:
            # PyYAML's own scanner is stricter than libyaml on tabs, and on comments right behind | and >.
            assert "\t" in text or re.search(r"[|>][-+0-9]*#", text)
            return
        assert _without_null(plain(node)) == _without_null(expected)


def _without_null(data: object) -> object:
    """Data in which nothing, `~` and `null` are the empty text: PyYAML's base loader keeps them as written."""
    if isinstance(data, list):
        return [_without_null(item) for item in data]
    if isinstance(data, dict):
        return {key: _without_null(value) for key, value in data.items()}
    return "" if data in (None, "~", "null") else data


@examples(400)
@given(_YAMLISH, st.booleans())
@example('"\\UFFFFFFFF"', True)
@example("%YAML 1." + "9" * 5000 + "\n---\na", True)
@example("- !\n&a - x", False)
@example("|# c", False)
def test_yamlish_text_never_raises_and_agrees_with_pyyaml(text: str, pure: bool) -> None:
    _check(text, pure)


@examples(200)
@given(st.text(max_size=40), st.booleans())
def test_any_text_never_raises(text: str, pure: bool) -> None:
    _check(text, pure)
