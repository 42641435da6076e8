"""Warnings that a spec says to be meant: where a comment or a key stands, and what it speaks of."""

from __future__ import annotations

from time import process_time

import pytest

from archcalc import Architecture, load

HALF = "rounding: floor\ninput: [64, 56, 56]\nlayers:\n  - conv: [128, 1, 2]"


def found(text: str) -> list[str]:
    return [f"{one.code.id}:{one.span.line if one.span else '-'}" for one in load(text).check().diagnostics]


@pytest.mark.parametrize(
    "comment",
    [
        "# archcalc: ignore[AC302]",
        "#archcalc:ignore[AC302]",
        "# archcalc: ignore [ ac302 ]",
        "# archcalc: ignore[unread-input]",
        "# as published # archcalc: ignore[AC302]",
        "# archcalc: ignore[AC302]: as published",
    ],
)
def test_a_comment_on_the_line_silences_its_warning(comment: str) -> None:
    assert found(f"{HALF}\n") == ["AC302:4"]
    assert found(f"{HALF}   {comment}\n") == []


def test_line_ends_of_windows_and_flow_style() -> None:
    assert found(f"{HALF}   # archcalc: ignore[AC302]\n".replace("\n", "\r\n")) == []
    text = "rounding: floor\ninput: [64, 56, 56]\nlayers: [\n  conv: [128, 1, 2], # archcalc: ignore[AC302]\n  relu ]\n"
    assert found(text) == []


def test_one_comment_names_several_codes() -> None:
    text = "rounding: floor\ninput: [64, 56, 56]\nlayers: [conv: [64, 20, 5], conv: [8, 1, 2]]"
    assert found(text) == ["AC325:3", "AC302:3", "AC302:3"]
    assert found(f"{text}   # archcalc: ignore[AC325]\n") == ["AC302:3", "AC302:3"]
    assert found(f"{text}   # archcalc: ignore[AC325, AC302]\n") == []


@pytest.mark.parametrize("name", ['"# archcalc: ignore[AC302]"', "'a # archcalc: ignore[AC302]'", "x#archcalc:ignore"])
def test_a_text_is_no_comment(name: str) -> None:
    assert found(f"{{rounding: floor, input: [64, 56, 56], name: {name}, layers: [conv: [128, 1, 2]]}}") == ["AC302:1"]


def test_a_block_of_text_is_no_comment() -> None:
    assert found(f"source: |\n  # archcalc: ignore[AC302]\n{HALF}\n") == ["AC302:6"]


def test_a_warning_of_a_block_is_silenced_where_it_stands_or_where_the_block_is_called() -> None:
    block = "blocks:\n  half:\n    - conv: [128, 1, 2]{}\nlayers:\n  - half{}\n  - half{}\n"
    block = f"rounding: floor\ninput: [64, 56, 56]\n{block}"
    ignore = "   # archcalc: ignore[AC302]"
    assert found(block.format("", "", "")) == ["AC302:5"]
    assert found(block.format(ignore, "", "")) == []
    assert found(block.format("", ignore, "")) == ["AC302:5"]
    assert found(block.format("", ignore, ignore)) == []


def test_of_a_block_only_the_silenced_call_is_silent() -> None:
    text = (
        "rounding: floor\ninput: [64, 56, 56]\nblocks:\n  half(out):\n    - conv: [out, 1, 2]\nlayers:\n"
        "  - half: 8   # archcalc: ignore[AC302]\n  - {half: 16, from: input}\noutput: here\n"
    )
    (warning,) = [one for one in load(text).check().diagnostics if one.code.id == "AC302"]
    assert [label.span.line for label in warning.labels] == [8]


def test_an_input_on_several_lines_is_silenced_on_any_of_them() -> None:
    text = "input:\n  - 10\n  - 1\n  - 28   # archcalc: ignore[AC322]\n  - 28\nlayers: [conv: {out: 8, kernel: 1}]\n"
    assert found(text) == []


def test_what_silences_nothing_says_where_the_warning_is() -> None:
    (_, unused) = load(f"# archcalc: ignore[AC302]\n{HALF}\n").check().diagnostics[::-1]
    assert unused.code.id == "AC150"
    assert unused.message == "nothing is ignored: there is no AC302 on this line"
    assert unused.help == ("AC302 is found at line 5: write it there",)
    (unused,) = load("input: [8]\nignore: AC302\nlayers: [relu]\n").check().diagnostics
    assert unused.message == "nothing is ignored: there is no AC302 here"
    assert unused.help == ("remove it",)


def test_what_silences_at_other_sizes_is_of_use() -> None:
    text = "rounding: floor\ninput: [1, N, N]\nat: {N: 31}\nlayers:\n  - conv: [6, 1, 2]   # archcalc: ignore[AC302]\n"
    assert [one.code.id for one in load(text).check().diagnostics] == ["AC150"]
    assert load(text).check(N=32).diagnostics == []
    assert load(text).check(N=33).diagnostics == []


def test_an_error_is_not_silenced_and_the_comment_says_so() -> None:
    text = "input: [1, 32, 32]\nlayers:\n  - conv: [6, 5, 2]   # archcalc: ignore[AC301]\n"
    note, error = sorted(load(text).check().diagnostics, key=lambda one: one.code.id)
    assert (error.code.id, note.code.id) == ("AC301", "AC152")
    assert note.message == "AC301 is an error, and only warnings can be ignored"


@pytest.mark.parametrize(
    ("comment", "message", "help"),
    [
        ("ignore[AC999]", "there is no code `AC999` to ignore", "`archcalc explain` lists the codes"),
        ("ignore[unread-inputs]", "there is no code `unread-inputs` to ignore", "did you mean `unread-input`?"),
        (
            "ignore AC302, AC325",
            "this comment names no code to ignore: codes stand in brackets",
            "write `# archcalc: ignore[AC302, AC325]`",
        ),
        (
            "ignore",
            "this comment names no code to ignore: codes stand in brackets",
            "name the codes: `# archcalc: ignore[AC302]`",
        ),
    ],
)
def test_a_comment_that_cannot_be_read_says_how_it_is_written(comment: str, message: str, help: str) -> None:
    (warning,) = load(f"input: [8]\nlayers:\n  - relu   # archcalc: {comment}\n").check().diagnostics
    assert (warning.message, warning.help) == (message, (help,))


def test_json_has_a_key() -> None:
    text = '{{"rounding": "floor", "input": [64, 56, 56], "layers": [{{"conv": [128, 1, 2]{}}}, "relu"]{}}}'
    for step, spec in (("", ', "ignore": ["AC302"]'), (', "ignore": ["AC302"]', ""), ("", ', "ignore": "AC302"')):
        assert Architecture.from_bytes(text.format(step, spec).encode(), "net.json").check().diagnostics == []
    other = text.replace('"relu"', '{{"relu": {{}}, "ignore": ["AC302"]}}').format("", "")
    diagnostics = Architecture.from_bytes(other.encode(), "net.json").check().diagnostics
    assert {one.code.id for one in diagnostics} == {"AC302", "AC150"}


def test_a_group_is_silenced_with_all_that_is_in_it() -> None:
    steps = (
        "  - ignore: AC302\n    do:\n      - conv: [128, 1, 2]\n      - do: [max_pool: [1, 2]]\n  - conv: [8, 1, 2]\n"
    )
    text = f"rounding: floor\ninput: [64, 56, 56]\nlayers:\n{steps}"
    assert found(text) == ["AC302:8"]
    assert found(text.replace("  - ignore: AC302\n    do", "  - do")) == ["AC302:5", "AC302:6", "AC302:7"]


def test_many_comments_and_many_texts_take_no_longer_than_reading_them() -> None:
    lines = "".join("  - {relu: , as: 'r" + str(i) + "'}   # archcalc: ignore[AC302]\n" for i in range(3000))
    text = f"input: [8]\nlayers:\n{lines}"
    plain = text.replace("# archcalc: ignore[AC302]", "# archcalc: ignored")

    def least(one: str) -> float:
        """Processor time of the fastest of three: what other tests leave to be collected counts in some."""
        times = []
        for _ in range(3):
            start = process_time()
            load(one).check()
            times.append(process_time() - start)
        return min(times)

    assert least(text) < 3 * least(plain) + 0.5
