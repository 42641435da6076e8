"""Expressions against Python's own arithmetic, and the notations that Python does not have."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import pytest
from effort import examples
from hypothesis import assume, given
from hypothesis import strategies as st

from archcalc import Architecture
from archcalc.diagnostics.codes.language import TOO_MANY_CALLS, UNKNOWN_NAME
from archcalc.expressions import functions
from archcalc.expressions.nodes import Path
from archcalc.expressions.parser import parse
from archcalc.expressions.values import ExpressionError, NoNames, Unresolved, Value, Word

VALUES: dict[str, Value] = {"same": Word("same"), "c": 8, "half": Fraction(1, 2), "xs": (3, 5, 7), "i": 2, "yes_": True}


class Names(NoNames):
    """A scope of fixed values."""

    def resolve(self, path: tuple[str, ...]) -> Value:
        if path[0] not in VALUES:
            raise Unresolved(UNKNOWN_NAME, path[0])
        return VALUES[path[0]]


def value(text: str) -> Value:
    return parse(text).evaluate(Names())


def code(text: str) -> str:
    with pytest.raises(ExpressionError) as caught:
        value(text)
    assert 0 <= caught.value.start < caught.value.end <= len(text) + 1
    return caught.value.code.id


numbers = st.one_of(
    st.integers(0, 40).map(str),
    st.tuples(st.integers(0, 9), st.integers(0, 99)).map(lambda pair: f"{pair[0]}.{pair[1]:02d}"),
)
arithmetic = st.recursive(
    numbers,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "//", "%"]), inner).map(" ".join),
        inner.map("({})".format),
        inner.map("-{}".format),
        inner.map("+{}".format),
        st.tuples(inner, st.sampled_from([2, 0, 1, -1])).map(lambda pair: "({})**{}".format(*pair)),
    ),
    max_leaves=12,
)
comparisons = st.lists(
    st.tuples(arithmetic, st.sampled_from(["==", "!=", "<", "<=", ">", ">="])), min_size=1, max_size=3
)
truths = st.recursive(
    st.builds(
        lambda pairs, last: " ".join([part for pair in pairs for part in pair] + [last]), comparisons, arithmetic
    ),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(" ".join),
        inner.map("not {}".format),
        inner.map("({})".format),
    ),
    max_leaves=4,
)


def python(text: str) -> Any:
    """Python's answer: its grammar and its fractions, with every number made exact."""
    exact = re.sub(r"\d+(?:\.\d+)?", lambda match: f"F('{match.group()}')", re.sub(r"\*\*(-?)(\d)", r"**\1I\2", text))
    exact = re.sub(r"IF\('(\d)'\)", r"\1", exact)
    return eval(exact, {"F": Fraction, "__builtins__": {}})


@examples(300)
@given(arithmetic)
def test_arithmetic_agrees_with_python(text: str) -> None:
    try:
        expected = python(text)
    except ZeroDivisionError:
        assert code(text) == "AC126"
        return
    # Python's floor division of fractions gives an int, and a negative power of an int a float.
    assume(not isinstance(expected, float))
    try:
        found = value(text)
    except ExpressionError as error:
        if error.code.id not in ("AC120", "AC124"):  # Too deep, or more than 1,000 digits.
            raise
        return
    assert found == expected
    assert isinstance(found, int if Fraction(expected).denominator == 1 else Fraction)


@examples(200)
@given(truths)
def test_truth_agrees_with_python(text: str) -> None:
    try:
        expected = python(text)
    except ZeroDivisionError:
        return
    try:
        found = value(text)
    except ExpressionError as error:
        if error.code.id not in ("AC120", "AC124", "AC126"):
            raise
        return
    assert found is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2 + 3 * 4", 14),
        ("-2 ** 2", -4),
        ("2 ** 3 ** 2", 512),
        ("2 ** -1", Fraction(1, 2)),
        ("10 - 4 - 3", 3),
        ("64 / 4 / 2", 8),
        ("7 // 2 * 2", 6),
        ("-7 // 2", -4),
        ("-7 % 3", 2),
        ("0.1 + 0.2", Fraction(3, 10)),
        ("1e3", 1000),
        ("1.5e-1", Fraction(3, 20)),
        ("1 if true else 1/0", 1),
        ("1 if 2 > 3 else 2 if false else 3", 3),
        ("false and 1/0 == 1", False),
        ("true or 1/0 == 1", True),
        ("not 1 == 2", True),
        ("1 < 2 < 3", True),
        ("1 < 3 < 2", False),
        ("xs == xs", True),
        ("1 == true", False),
        ("same == same", True),
        ("1..4", (1, 2, 3, 4)),
        ("3..2", ()),
        ("1 + 1..2 * 2", (2, 3, 4)),
        ("(1..9)[2]", 3),
        ("xs[i]", 7),
        ("len(xs)", 3),
        ("len(0..9)", 10),
        ("max(xs)", 7),
        ("min(2, 1/2)", Fraction(1, 2)),
        ("floor(-1/2)", -1),
        ("ceil(7/2)", 4),
        ("round(5/2)", 3),
        ("round(7/2)", 4),
        ("divisible(35.2, 8)", 32),
        ("divisible(1, 8)", 8),
        ("divisible(10, 8)", 16),
        ("c * half", 4),
    ],
)
def test_values(text: str, expected: Value) -> None:
    found = value(text)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "AC120"), ("1 +", "AC120"), ("(1", "AC120"), ("1)", "AC120"), ("1 2", "AC120"), ("a b", "AC120"),
        ("3x3", "AC120"), ("010", "AC120"), ("1:30", "AC120"), ("2^3", "AC120"), ("c = 8", "AC120"), ("'c'", "AC120"),
        ("1..", "AC120"), ("..4", "AC120"), ("$", "AC120"), ("a$(1", "AC120"), ("1 if true", "AC120"), ("[1]", "AC120"),
        ("c.", "AC120"), ("lambda: 1", "AC120"), ("__import__('os')", "AC120"), ("c @ c", "AC120"),
        ("nothing", "AC121"), ("sqrt(4)", "AC122"), ("c + yes_", "AC123"), ("not c", "AC123"), ("c[0]", "AC123"),
        ("xs + 1", "AC123"), ("xs < 3", "AC123"), ("1.5..3", "AC123"), ("floor(1, 2)", "AC123"), ("len(3)", "AC123"),
        ("divisible(3, 0)", "AC123"), ("2 ** half", "AC123"), ("channels(3)", "AC123"), ("9**9**9", "AC124"),
        ("1/0", "AC126"), ("1 % 0", "AC126"), ("xs[3]", "AC128"), ("xs[-1]", "AC128"), ("0..1000000", "AC142"),
    ],
)  # fmt: skip
def test_mistakes(text: str, expected: str) -> None:
    assert code(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("here", ("here",)),
        ("layer$i", ("layer2",)),
        ("layer$i.skip", ("layer2", "skip")),
        ("conv$(i)_$c", ("conv2_8",)),
        ("stage3.$(i - 1)", ("stage3", "1")),
        ("a$(2 * (i + 1))b", ("a6b",)),
        ("$i", ("2",)),
    ],
)
def test_templates(text: str, expected: tuple[str, ...]) -> None:
    tree = parse(text)
    assert isinstance(tree, Path)
    assert tree.spelled(Names()) == expected


@pytest.mark.parametrize("text", ["a$half", "a$yes_", "a$xs", "a$(0 - 1)"])
def test_templates_take_whole_numbers_and_words(text: str) -> None:
    tree = parse(text)
    assert isinstance(tree, Path)
    with pytest.raises(ExpressionError):
        tree.spelled(Names())


class Broken(Names):
    """A scope with bugs: nothing that it raises has anything to do with what the user wrote."""

    def size_of(self, value: Value, name: str, axis: int | None) -> Any:
        raise TypeError("a bug")

    def function(self, name: str) -> Any:
        def own(arguments: list[Value]) -> Value:
            raise {"lost": KeyError, "odd": TypeError}[name]("a bug")

        return own if name in ("lost", "odd") else None


@pytest.mark.parametrize(("text", "bug"), [("lost(1)", KeyError), ("odd(1)", TypeError), ("channels(c)", TypeError)])
def test_bugs_of_ours_are_no_mistakes_of_the_user(text: str, bug: type[Exception]) -> None:
    with pytest.raises(bug, match="a bug"):
        parse(text).evaluate(Broken())


def test_a_bug_in_a_built_in_function_is_no_mistake_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(arguments: list[Value]) -> Value:
        raise TypeError("a bug")

    monkeypatch.setitem(functions.FUNCTIONS, "floor", broken)
    with pytest.raises(TypeError, match="a bug"):
        value("floor(1/2)")


def test_functions_of_the_spec_get_the_values() -> None:
    class Own(Names):
        def function(self, name: str) -> Any:
            return sum if name == "total" else None

    assert parse("total(c, 2)").evaluate(Own()) == 10
    assert parse("max(c, 2)").evaluate(Own()) == 8


@pytest.mark.parametrize(("text", "charged"), [("1..4", [4]), ("len(xs)", [3]), ("xs == xs", [3]), ("c + 1", [])])
def test_entries_of_lists_are_charged_to_the_scope(text: str, charged: list[int]) -> None:
    class Counting(Names):
        def spend(self, count: int) -> None:
            bill.append(count)

    class Poor(Names):
        def spend(self, count: int) -> None:
            raise Unresolved(TOO_MANY_CALLS, "too many", ("make fewer",))

    bill: list[int] = []
    parse(text).evaluate(Counting())
    assert bill == charged
    if charged:
        with pytest.raises(ExpressionError) as caught:
            parse(text).evaluate(Poor())
        assert (caught.value.code, caught.value.help) == (TOO_MANY_CALLS, ("make fewer",))


@pytest.mark.parametrize(
    ("text", "start", "message"),
    [
        ("1 + channels(3)", 13, "channels takes a map, and this is 3"),
        ("here", 0, "a number is needed, not here"),
        ("1 + layer.skip", 4, "a number is needed, not layer.skip"),
        ("2 * twice(3)", 4, "there is no function `twice`"),
    ],
)
def test_without_names_there_are_numbers_only(text: str, start: int, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text).evaluate(NoNames())
    assert (caught.value.start, caught.value.message) == (start, message)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2", []), ("N", ["N"]), ("a.b", []), ("N * M - N", ["N", "M"]), ("-N ** k", ["N", "k"]),
        ("8 if N > 3 else c", ["N", "c"]), ("a if b else c", ["a", "b", "c"]), ("1 <= i < n", ["i", "n"]),
        ("not a and b or true", ["a", "b"]), ("f(x, max(y, 2))", ["x", "y"]), ("xs[i + 1]", ["xs", "i"]),
        ("first..last", ["first", "last"]), ("layer$i.skip", ["i"]), ("a$(m + n)b", ["m", "n"]),
    ],
)  # fmt: skip
def test_free_names_in_the_order_of_the_text(text: str, expected: list[str]) -> None:
    assert parse(text).names() == expected


def test_a_comparison_in_a_size_bears_its_symbol() -> None:
    text = "input: ['8 if N > 3 else 4']\nlayers: [{linear: 2}]\n"
    report = Architecture.from_text(text.replace("layers", "at: {N: 5}\nlayers")).check()
    assert [found.code.id for found in report.diagnostics] == []
    assert "N" in Architecture.from_text(text).settable()
    assert "AC121" not in {found.code.id for found in Architecture.from_text(text).check().diagnostics}


@pytest.mark.parametrize(("text", "start"), [("a$(1 + )", 7), ("a$(b$(2 ^ 3))", 8), ("c + a$(1 +* 2)", 10)])
def test_mistakes_inside_computed_names_stand_where_they_are(text: str, start: int) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert (caught.value.code.id, caught.value.start) == ("AC120", start)


@pytest.mark.parametrize("depth", [38, 60, 600])
def test_computed_names_nest_no_deeper_than_parentheses(depth: int) -> None:
    text = "a$(" * depth + "1" + ")" * depth
    if depth < 40:
        assert parse(text).names() == []
    else:
        with pytest.raises(ExpressionError, match="too deeply"):
            parse(text)
