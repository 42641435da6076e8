"""Edits put in, joined, shown as diffs and carried into bytes."""

from __future__ import annotations

import subprocess
from pathlib import Path
from shutil import which

import pytest
from effort import examples
from hypothesis import given
from hypothesis import strategies as st

from archcalc.editing import TextEdit, apply, diff, joined, rewritten


@given(st.text("ab\n", max_size=20), st.lists(st.tuples(st.integers(0, 20), st.integers(0, 4), st.text("xy\n"))))
def test_edits_by_slices(text: str, wished: list[tuple[int, int, str]]) -> None:
    edits, at, expected = [], 0, ""
    for gap, length, new in wished:
        start, end = min(at + gap, len(text)), min(at + gap + length, len(text))
        if edits and start <= edits[-1].end:
            continue
        expected += text[at:start] + new
        edits.append(TextEdit(start, end, new))
        at = end
    expected += text[at:]
    assert apply(text, reversed(edits)) == expected
    if edits:
        assert apply(text, [joined(text, edits)]) == expected


@pytest.mark.parametrize(
    "edits",
    [[TextEdit(0, 2, ""), TextEdit(1, 3, "")], [TextEdit(2, 1, "")], [TextEdit(0, 9, "")], [TextEdit(-1, 0, "")]],
)
def test_edits_that_do_not_fit(edits: list[TextEdit]) -> None:
    with pytest.raises(ValueError, match="overlaps another edit or lies outside"):
        apply("four", edits)


LINES = st.lists(st.sampled_from(["a", "b", "", "  c", "-d", "+e", "@@", "\tf", "é"]), max_size=12)


TEXTS = st.builds(lambda lines, end: "\n".join(lines) + end, LINES, st.sampled_from(["", "\n"]))


@pytest.mark.skipif(which("patch") is None, reason="there is no program `patch`")
@examples(40)
@given(old=TEXTS, new=TEXTS)
def test_patch_takes_every_diff(tmp_path_factory: pytest.TempPathFactory, old: str, new: str) -> None:
    shown = diff(old, new, "net.yaml")
    assert (shown == "") == (old == new)
    if shown:
        path = tmp_path_factory.mktemp("patch") / "net.yaml"
        path.write_bytes(old.encode())
        done = subprocess.run(["patch", str(path)], input=f"{shown}\n".encode(), capture_output=True)
        assert done.returncode == 0, done.stdout
        assert (path.read_bytes() if path.exists() else b"") == new.encode()


def test_a_diff_shows_hostile_characters() -> None:
    shown = diff("a: 1 # \x1b[2J\n", "a: 2 # \x1b[2J\n", "evil\x1b.yaml")
    assert "\x1b" not in shown
    assert "+a: 2 # \\x1b[2J" in shown


def test_colours() -> None:
    shown = diff("a\nb\n", "a\nc\n", "n", color=True)
    assert shown.startswith("\x1b[1m--- n\x1b[0m\n\x1b[1m+++ n\x1b[0m\n\x1b[36m@@ -1,2 +1,2 @@\x1b[0m\n")
    assert "\x1b[31m-b\x1b[0m" in shown and "\x1b[32m+c\x1b[0m" in shown and "\n a\n" in shown


@pytest.mark.parametrize(
    ("data", "text", "expected"),
    [
        (b"a\r\nb\r\n", "a\nnew\nb\n", b"a\r\nnew\r\nb\r\n"),
        (b"a\r\nb", "a\nb\nc", b"a\r\nb\r\nc"),
        (b"a\nb\r\nc\n", "a\nB\nc\n", b"a\nB\r\nc\n"),
        (b"a\nb\r\nc\n", "a\nb\nnew\nc\n", b"a\nb\r\nnew\r\nc\n"),
        (b"a\nb\r\nc\n", "a\nnew\nb\nc\n", b"a\nnew\nb\r\nc\n"),
        (b"a\r\nb\nc\n", "new\na\nb\nc\n", b"new\r\na\r\nb\nc\n"),
        (b"a\rb\r", "x\ra\nb\n".replace("\r", "\n"), b"x\ra\rb\r"),
        (b"", "a\n", b"a\n"),
        (b"\xef\xbb\xbfa\n", "b\n", b"\xef\xbb\xbfb\n"),
        ("\ufeffé\r\n".encode("utf-16-be"), "è\n", "\ufeffè\r\n".encode("utf-16-be")),
        (b"a\nb\nc\n", "c\n", b"c\n"),
        (b"a\r\nb\n", "", b""),
    ],
)
def test_line_ends_and_marks_stay(data: bytes, text: str, expected: bytes) -> None:
    assert rewritten(data, text) == expected


def test_a_name_in_a_diff_is_no_path(tmp_path: Path) -> None:
    assert diff("a\n", "b\n", str(tmp_path)).splitlines()[:2] == [f"--- {tmp_path}", f"+++ {tmp_path}"]
