"""What worksheets say about numbers and answers."""

from __future__ import annotations

from fractions import Fraction

import pytest

from archcalc.worksheet import agree, exercise, table, together


@pytest.mark.parametrize(
    ("stated", "computed"),
    [
        ("~470M", "5*5*200*32*32*92"),
        ("60M", 60_965_224),
        ("61M", 60_965_224),
        ("2.3333", "(7 - 3)/3 + 1"),
        ("1/10", Fraction(1, 10)),
        (61_706, 61_706),
        ("18%", Fraction(3_644_493_824, 19_632_062_464)),
    ],
)
def test_agrees(stated: str | int, computed: str | int | Fraction) -> None:
    found = agree(stated, computed, source="lecture")
    assert found.holds
    assert found.verdict.startswith("agrees")
    assert "lecture" in found._repr_html_()


@pytest.mark.parametrize(("stated", "computed"), [("60M", 62_378_344), ("1/10", Fraction(2, 23)), (60_000, 61_706)])
def test_a_difference_needs_a_reason(stated: str | int, computed: int | Fraction) -> None:
    with pytest.raises(AssertionError, match="differs"):
        agree(stated, computed, source="lecture")
    found = agree(stated, computed, source="lecture", because="of <b>something</b>")
    assert not found.holds
    assert "of &lt;b&gt;something" in found._repr_html_()


def test_a_reason_needs_a_difference() -> None:
    with pytest.raises(AssertionError, match="although"):
        agree("60M", 60_192_808, source="lecture", because="of something")


def test_the_difference_is_told() -> None:
    assert agree("1/10", "40960000/471040000", source="", because="of it").verdict == (
        "differs, 2/23 = 0.0869565 (86.96% of it)"
    )


@pytest.mark.parametrize("stated", ["sixty", "60 millions", "", "N"])
def test_what_is_no_number(stated: str) -> None:
    with pytest.raises(ValueError, match=f"'{stated}'"):
        agree(stated, 3, source="")


@pytest.mark.parametrize(
    ("answer", "right", "state", "remark"),
    [
        (..., 5, "open", "put your answer"),
        (5, 5, "right", ""),
        (4, 5, "wrong", "too small"),
        (6, 5, "wrong", "too large"),
        ("five", 5, "wrong", "a number is asked for"),
        ([6, 28, 28], (6, 28, 28), "right", ""),
        ([6, 28], (6, 28, 28), "wrong", "not these"),
        (7, (6, 28, 28), "wrong", "not these"),
        (Fraction(1, 2), 0.5, "right", ""),
        (True, 1, "wrong", "a number is asked for"),
        ("2,416", 2416, "right", ""),
        ("2416", 2416, "right", ""),
        ("2_416", 2416, "right", ""),
        ("16*6*5**2 + 16", 2416, "right", ""),
        ("16·6·25 + 16", 2416, "right", ""),
        ("(28 - 5 + 2×2)/1 + 1", 28, "right", ""),
        ("1/2", Fraction(1, 2), "right", ""),
        ("2,417", 2416, "wrong", "too large"),
        ("K*C", 2416, "wrong", "a number is asked for"),
        ("true", 1, "wrong", "a number is asked for"),
        ("24,16", 2416, "wrong", "a number is asked for"),
    ],
)
def test_values(answer: object, right: object, state: str, remark: str) -> None:
    found = exercise(3, "How many?", answer, lambda: right)
    assert found.state == state
    assert found.remark.startswith(remark)
    assert state in found._repr_html_()


def test_an_open_exercise_is_not_solved() -> None:
    def solution() -> int:
        raise AssertionError("nobody has answered")

    assert exercise(1, "How many?", ..., solution, hint="Count them.").remark == "Count them."


@pytest.mark.parametrize(
    ("answer", "state", "remark"),
    [
        ("input: [4]\nlayers: [linear: 10]", "right", ""),
        ("input: [4]\nlayers: [linear: 10]\n\n", "right", ""),
        ({"input": [4], "layers": [{"linear": 10}]}, "right", ""),
        ("input: [4]\nlayers: [linear: 11]", "wrong", "output: expected [10], but the network has [11]"),
        ("input: [40]\nlayers: [linear: 10]", "wrong", "parameters: expected ..100"),
        ("input: [4]\nlayers: [linaer: 10]", "wrong", "there is no layer or block `linaer`"),
        ("input: [4]\nlayers: [linear: 10]\nexpect: {parameters: 51}", "right", ""),
        ('{"input": [4], "layers": [{"linear": 10}]}', "right", ""),
        ("input: [4", "wrong", ""),
        ("", "wrong", ""),
        (17, "wrong", "a spec is asked for"),
    ],
)
def test_specs(answer: object, state: str, remark: str) -> None:
    found = exercise(1, "Ten outputs", answer, requires=[{"output": [10]}, {"parameters": "..100"}])
    assert found.state == state
    assert found.remark.startswith(remark)


def test_hints_follow_wrong_answers_only() -> None:
    assert exercise(1, "How many?", 4, lambda: 5, hint="More.").remark == "too small. More."
    assert exercise(1, "How many?", 5, lambda: 5, hint="More.").remark == ""


def test_questions_are_no_markup() -> None:
    shown = exercise(1, "<script>alert(1)</script>", "<b>", lambda: 5)._repr_html_()
    assert "<script" not in shown


def test_several_statements_are_one_table() -> None:
    plain = agree(61_706, 61_706, source="a"), agree("60k", 60_000, source="b")
    shown = together(*plain)._repr_html_()
    assert shown.count("<table") == 1
    assert "formula" not in shown
    with_formula = together(*plain, agree("~470M", "5*5*200*32*32*92", source="c"))._repr_html_()
    assert with_formula.count("<table") == 1
    assert "5·5·200·32·32·92" in with_formula


def test_thousands_are_set_apart() -> None:
    shown = agree(15_367_503_872, "15470264320 - 102760448", source="")._repr_html_()
    assert "15,470,264,320 - 102,760,448" in shown
    assert shown.count("15,367,503,872") == 3
    assert "2.3333" in agree("2.3333", "(7 - 3)/3 + 1", source="")._repr_html_()


def test_tables() -> None:
    shown = table(["F", "S = 1", "S = 2"], [[3, 5, 3], [4, 4, "**2.5**"]])
    assert shown._repr_markdown_() == (
        "| F | S = 1 | S = 2 |\n| :--- | ---: | ---: |\n| 3 | 5 | 3 |\n| 4 | 4 | **2.5** |"
    )
    assert repr(shown) == "F  S = 1    S = 2\n3      5        3\n4      4  **2.5**"
    assert table(["a", "b"], [], align="cl")._repr_markdown_() == "| a | b |\n| :---: | :--- |"
    assert table(["a|b"], [])._repr_markdown_().startswith("| a\\|b |")
    with pytest.raises(ValueError, match="as many cells"):
        table(["a", "b"], [[1]])
