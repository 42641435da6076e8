"""The abilities of streams, and text made fit for them."""

from __future__ import annotations

import io
import os
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcalc.terminal import Terminal, display_width, examine, paint, visible, wrap


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environ", "on_screen", "in_file"),
    [
        ({}, True, False),
        ({"NO_COLOR": "1"}, False, False),
        ({"NO_COLOR": ""}, True, False),  # no-color.org: an empty value does not count
        ({"FORCE_COLOR": "1"}, True, True),
        ({"FORCE_COLOR": "0"}, False, False),
        ({"FORCE_COLOR": ""}, True, False),
        ({"CLICOLOR_FORCE": "1"}, True, True),
        ({"CLICOLOR_FORCE": "0"}, True, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1", "CLICOLOR_FORCE": "1"}, False, False),
        ({"TERM": "dumb"}, False, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, True, True),
        ({"TERM": "xterm-256color"}, True, False),
        ({"CLICOLOR": "0"}, False, False),
    ],
)
def test_colour(environ: dict[str, str], on_screen: bool, in_file: bool) -> None:
    assert examine(Screen(), environ).color is on_screen
    assert examine(io.StringIO(), environ).color is in_file


@pytest.mark.parametrize(
    ("columns", "width"),
    [("120", 120), ("1", 1), ("", 80), ("0", 80), ("-5", 80), ("wide", 80), ("1" * 5000, 80), ("\u0661", 80)],
)
def test_width_from_the_environment(columns: str, width: int) -> None:
    assert examine(io.StringIO(), {"COLUMNS": columns}).width == width
    assert examine(Screen(), {"COLUMNS": columns}).width == width


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are a matter of POSIX")
@pytest.mark.parametrize(("columns", "width"), [(93, 93), (0, 80)])
def test_width_of_a_terminal(columns: int, width: int) -> None:
    import fcntl
    import struct
    import termios

    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with os.fdopen(ours, "rb"), os.fdopen(theirs, "w", encoding="utf-8") as stream:
        assert examine(stream, {}) == Terminal(width, True, "utf-8")


def test_closed_stream_is_no_terminal() -> None:
    stream = Screen()
    closed = io.StringIO()
    closed.close()
    assert not examine(closed, {}).color
    assert examine(stream, {}).color


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("utf-8", "2\u00d73 → ─…"),
        ("ascii", "2x3 -> -..."),
        ("latin-1", "2\u00d73 -> -..."),
        ("cp437", "2x3 -> ─..."),
    ],
)
def test_our_typography_on_each_stream(encoding: str, shown: str) -> None:
    terminal = examine(io.TextIOWrapper(io.BytesIO(), encoding=encoding), {})
    assert terminal.encoding == encoding
    assert visible("2\u00d73 → ─…", encoding) == shown


def test_unknown_encoding_is_ascii() -> None:
    class Odd(io.StringIO):
        encoding = "klingon"

    assert examine(Odd(), {}).encoding == "ascii"


def test_paint() -> None:
    assert paint("", "bold", color=True) == ""
    assert paint("a", color=True) == "a"
    assert paint("a", "dim", "green", color=True) == "\x1b[2;32ma\x1b[0m"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x9b31m", r"\x9b31m"),  # the control sequence introducer in one character
        ("a\tb\r\nc\x00\x7f", r"a\tb\r\nc\x00\x7f"),
        ("\u202eabc\u2066\u200f", r"\u202eabc\u2066\u200f"),
        ("\u2028\u00a0\ufeff\u200b", r"\u2028\xa0\ufeff\u200b"),
        ("\udc80", r"\udc80"),
        ("\U000e0041", r"\U000e0041"),
        ("שלום", "שלום"),
    ],
)
def test_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_visible_for_a_poor_encoding() -> None:
    assert visible("┌─┐ 2 \u00d7 3 … ü", "ascii") == r"+-+ 2 x 3 ... \xfc"
    assert visible("2 \u00d7 ü ≤ 日", "latin-1") == "2 \u00d7 ü <= \\u65e5"


@given(st.text(), st.sampled_from(["utf-8", "ascii", "cp1252", "shift_jis"]))
def test_visible_text_is_printable_and_can_be_written(text: str, encoding: str) -> None:
    shown = visible(text, encoding)
    assert shown.isprintable()
    shown.encode(encoding)
    assert visible(shown, encoding) == shown


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("", 0),
        ("abc", 3),
        ("日本", 4),
        ("\uff57", 2),
        ("e\u0301\u0323", 1),
        ("\u1112\u1161\u11ab", 2),
        ("\t", 4),
        ("abc\td", 5),
        ("🙂", 2),
    ],
)
def test_display_width(text: str, cells: int) -> None:
    assert display_width(text) == cells


def test_wrap() -> None:
    assert wrap("", 10) == [""]
    assert wrap("two  spaces", 20) == ["two  spaces"]
    assert wrap("    - conv: {out: 1, kernel: 3}", 20) == ["    - conv: {out: 1,", "    kernel: 3}"]
    assert wrap("abcdefghij kl", 4) == ["abcd", "efgh", "ij", "kl"]
    assert wrap("日本語", 5) == ["日本", "語"]


@given(st.text(alphabet="ab 日\u0301"), st.integers(4, 20))
def test_wrapped_text_fits_and_loses_no_letter(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(display_width(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
