"""What a playground is told: the same as the command line says, at places as JavaScript counts them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import effort
import pytest
from cli.command import run

from archcalc.catalogue import shipped
from archcalc.editor.networks import Networks
from archcalc.play.answers import Answers
from archcalc.source import SourceFile

GOOD = "input: [1, N, N]\nat: {N: 7}\nlayers:\n  - {conv: {out: 4, kernel: 3}, as: stem}\n"
BAD = GOOD.replace("kernel: 3", "kernel: 3, stride: 3")


def ask(answers: Answers, kind: str, text: str = GOOD, **more: Any) -> Any:
    return answers.answer({"id": 1, "kind": kind, "text": text, **more})["result"]


def with_changes(text: str, changes: list[dict[str, Any]]) -> str:
    """The text with changes, made as JavaScript makes them: in units of UTF-16."""
    units = text.encode("utf-16-le")
    for change in sorted(changes, key=lambda one: -one["from"]):
        inserted = change["insert"].encode("utf-16-le")
        units = units[: 2 * change["from"]] + inserted + units[2 * change["to"] :]
    return units.decode("utf-16-le")


def test_a_check_says_what_is_found_and_where() -> None:
    answers = Answers()
    assert ask(answers, "check") == {"ok": True, "variants": [], "variant": None, "findings": []}
    found = ask(answers, "check", BAD)
    (finding,) = found["findings"]
    assert (found["ok"], finding["severity"], finding["code"]) == (False, "error", "AC301")
    assert BAD[finding["from"] : finding["to"]] == "3"
    assert "is not a whole number" in finding["message"]


@pytest.mark.parametrize("mark", ["", "é", "\N{ROBOT FACE}\N{ROBOT FACE}"])
def test_repairs_repair_the_text_that_the_page_has(mark: str) -> None:
    text = f"name: {mark}x\n{BAD}"
    answers = Answers()
    repairs = ask(answers, "repairs", text)
    assert repairs and all(one["line"] == 5 and one["code"] == "AC301" for one in repairs)
    for one in repairs:
        repaired = with_changes(text, one["changes"])
        assert Networks(SourceFile("net.yaml", repaired)).network(None).report.ok, one["title"]
        assert any(line.startswith("+") for line in one["preview"])


def test_a_text_that_says_no_network_keeps_the_page_before_it_marked_as_old() -> None:
    answers = Answers()
    first = ask(answers, "page")
    assert not first["old"]
    broken = ask(answers, "page", "input: [1, 7")
    assert broken["old"] and broken["data"]["layers"] == first["data"]["layers"]
    assert broken["data"]["text"] == "input: [1, 7" and broken["data"]["diagnostics"]
    assert not ask(answers, "page")["old"]
    # Without anything before there is nothing to keep.
    assert not ask(Answers(), "page", "input: [1, 7")["old"]


def test_variants_are_chosen_and_one_that_is_gone_is_the_first() -> None:
    text = "input: [1, N]\nlayers: [max_pool: 2]\nvariants:\n  a: {at: {N: 8}}\n  b: {at: {N: 9}}\n"
    answers = Answers()
    found = [ask(answers, "check", text, variant=one) for one in ("a", "b", "c", None)]
    assert [(one["variant"], one["ok"]) for one in found] == [("a", True), ("b", False), ("a", True), ("a", True)]
    assert found[0]["variants"] == ["a", "b"]
    # Only the one that is shown is looked at.
    assert ask(answers, "repairs", text, variant="a") == []
    assert ask(answers, "repairs", text, variant="b")


def test_completion_and_hover_are_those_of_editors() -> None:
    answers = Answers()
    text = "# \N{ROBOT FACE}\ninput: [1, 8, 8]\nlayers:\n  - conv: {out: 8, str"
    at = len(text.encode("utf-16-le")) // 2
    found = ask(answers, "complete", text, at=at)
    assert found["from"] == at - 3 and "stride" in [item["label"] for item in found["items"]]
    assert "Rectifier" in ask(answers, "about", label="relu", sort="kind")
    whole = text + "ide: 1}\n"
    ask(answers, "check", whole)
    hovered = ask(answers, "hover", whole, at=at)
    units = whole.encode("utf-16-le")
    assert units[2 * hovered["from"] : 2 * hovered["to"]].decode("utf-16-le") == "stride"
    assert hovered["markdown"].startswith("**stride**")
    assert ask(answers, "hover", "input: [1", at=3) is None


def test_the_catalogue_is_at_hand_and_no_other_file(tmp_path: Path) -> None:
    answers = Answers()
    names = [name for shelf in ask(answers, "catalogue") for name in shelf["names"]]
    assert names == [*shipped()]
    assert ask(answers, "open", name="lenet") == shipped()["lenet"].read_text(encoding="utf-8")
    (tmp_path / "net.yaml").write_text(GOOD, encoding="utf-8")
    for name in (str(tmp_path / "net.yaml"), "../lenet", "", None):
        assert answers.answer({"id": 3, "kind": "open", "name": name}) == {
            "id": 3,
            "error": f"the catalogue has no {name}",
        }


def test_the_picture_is_that_of_draw_and_the_text_can_be_laid_out() -> None:
    answers = Answers()
    assert ask(answers, "picture")["svg"].startswith("<svg")
    assert ask(answers, "format", '{"input": [1],"layers":["relu"]}').startswith("{")
    told = answers.answer({"id": 1, "kind": "picture", "text": "input: [1"})
    assert told["error"] == "the text says no network that could be drawn"


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ({"kind": "check"}, "the message has no text"),
        ({"kind": "check", "text": 7}, "the message has no text"),
        ({"kind": "hover", "text": GOOD}, "the message has no place"),
        ({"kind": "terminal", "text": GOOD, "width": 10**9}, "a terminal has from 40 to 400 columns"),
        ({"kind": None}, "no message is of the kind None"),
    ],
)
def test_messages_without_an_answer(message: dict[str, Any], error: str) -> None:
    assert Answers().answer({"id": 4, **message}) == {"id": 4, "error": error}


def test_a_mistake_of_archcalc_is_told_and_the_next_message_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = Answers()

    def broken(self: Networks, variant: str | None) -> None:
        raise RuntimeError("lost")

    with monkeypatch.context() as patch:
        patch.setattr(Networks, "network", broken)
        told = json.loads(answers.answered(json.dumps({"id": 8, "kind": "check", "text": GOOD})))
    assert told["id"] == 8 and "a mistake of archcalc" in told["error"] and "lost" in told["error"]
    assert json.loads(answers.answered(json.dumps({"id": 9, "kind": "check", "text": GOOD})))["result"]["ok"]


@pytest.mark.parametrize("text", ["", "\x00", "- [", "a: &a [*a]", "{" * 5000, "\ud800", "name: '\ufeff'\n\r"])
def test_every_text_has_an_answer(text: str) -> None:
    answers = Answers()
    for kind in ("check", "page", "repairs", "hover", "complete"):
        message = json.dumps({"id": 1, "kind": kind, "text": text, "at": 0})
        assert "result" in json.loads(answers.answered(message)), kind


CHOSEN = effort.share([*shipped()], shares=12)


@pytest.mark.parametrize("name", CHOSEN)
def test_the_text_is_that_of_the_command_line(name: str) -> None:
    text = shipped()[name].read_text(encoding="utf-8")
    answers = Answers()
    variant = ask(answers, "check", text, name=name)["variant"]
    printed = run("check", name if variant is None else f"{name}:{variant}").stdout
    assert ask(answers, "terminal", text, name=name, variant=variant) + "\n" == printed


def test_after_a_rehearsal_a_first_check_imports_nothing() -> None:
    """An import in the browser is what its playground is built to spare."""
    program = (
        "import sys\n"
        "from archcalc.play.rehearsal import rehearsed\n"
        "from archcalc.catalogue import shipped\n"
        "answers = rehearsed()\n"
        "known = set(sys.modules)\n"
        "for name in ('alexnet', 'unet', 'bert'):\n"
        "    text = shipped()[name].read_text(encoding='utf-8')\n"
        "    for kind in ('check', 'page'):\n"
        "        assert 'result' in answers.answer({'id': 1, 'kind': kind, 'text': text})\n"
        "sys.stderr.write(' '.join(sorted({*sys.modules} - known)))"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    # What only some networks are suspected of is looked for when there is a reason.
    assert {*found.stderr.split()} <= {"archcalc.suspicions.rows"}


def test_a_check_on_the_command_line_loads_nothing_of_it() -> None:
    program = (
        "import sys; from archcalc.cli import main\n"
        "try: main(['check', 'lenet'])\n"
        "except SystemExit: pass\n"
        "ours = ('archcalc.play', 'archcalc.live', 'archcalc.page')\n"
        "sys.stderr.write(' '.join(name for name in sys.modules if name.startswith(ours)))"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert found.stderr == ""
