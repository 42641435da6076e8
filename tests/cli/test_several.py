"""Many failing networks: for how many of them repairs are searched, whatever the format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from archcalc import repair
from archcalc.cli import main
from archcalc.program import Program

FAILING = """\
input: [1, 7, 7]
let: {stride: 3}
layers:
  - conv: {out: 1, kernel: 3, stride: stride}
variants:
"""


@pytest.fixture
def network(tmp_path: Path) -> str:
    """Six variants: one is legal, two fail alike, three each in its own way."""
    strides = {"ok": 2, "a": 3, "b": 3, "c": 5, "d": 7, "e": 9}
    lines = [f"  {name}: {{let: {{stride: {stride}}}}}\n" for name, stride in strides.items()]
    path = tmp_path / "net.yaml"
    path.write_text(FAILING + "".join(lines), encoding="utf-8")
    return str(path)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """The variants for which repairs are searched, in the order of the searches."""
    found: list[str | None] = []
    search = repair.repairs

    def repairs(program: Program, *given: Any) -> Any:
        found.append(program.variant)
        return search(program, *given)

    monkeypatch.setattr(repair, "repairs", repairs)
    return found


def entries(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    return {entry["variant"]: entry for entry in json.loads(capsys.readouterr().out)["specs"]}


@pytest.mark.parametrize(
    ("limit", "text", "data"),
    [
        # c, d and e fail in other ways than a and b, which fail alike
        ("0", "", ""),
        ("1", "a", "a"),
        ("3", "acd", "acd"),
        ("4", "acde", "acde"),
        ("9", "abcde", "abcde"),
    ],
)
def test_both_formats_search_for_the_same_networks(
    limit: str, text: str, data: str, network: str, asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", network, "--repairs", limit]) == 1
    assert asked == list(text)
    asked.clear()
    capsys.readouterr()
    assert main(["check", network, "--repairs", limit, "--format", "json"]) == 1
    assert asked == list(data)
    for variant, entry in entries(capsys).items():
        if variant == "ok":
            assert entry["repairs"] == []
        elif variant in data:
            assert entry["repairs"]
        else:
            assert entry["repairs"] is None


@pytest.mark.parametrize("format", ["text", "json"])
def test_three_that_fail_in_their_own_way_are_the_default(format: str, network: str, asked: list[str]) -> None:
    assert main(["check", network, "--format", format]) == 1
    assert asked == ["a", "c", "d"]


def test_what_fails_alike_is_searched_once_unless_asked_for(
    network: str, asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    alike = [f"{network}:a", f"{network}:b", "--format", "json"]
    assert main(["check", *alike]) == 1
    assert [entry["repairs"] is None for entry in entries(capsys).values()] == [False, True]
    assert main(["check", *alike, "--repairs", "2"]) == 1
    assert all(entry["repairs"] for entry in entries(capsys).values())


def test_what_was_not_searched_is_said(network: str, capsys: pytest.CaptureFixture[str]) -> None:
    line = "repairs were searched for 3 of 5 failing networks; --repairs 5 searches for all"
    assert main(["check", network]) == 1
    assert capsys.readouterr().out.count(line) == 1
    # a and b fail alike: with four, every error has been looked at
    assert main(["check", network, "--repairs", "4"]) == 1
    assert "repairs were searched" not in capsys.readouterr().out


def test_one_network_without_a_search(network: str, asked: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", f"{network}:a", "--repairs", "0"]) == 1
    told = capsys.readouterr().out
    assert asked == []
    assert "\n\nno repairs were searched\n\nnot ok: 1 error" in told
    assert main(["check", f"{network}:a"]) == 1
    assert "no repairs were searched" not in capsys.readouterr().out
    assert main(["check", f"{network}:ok", "--repairs", "0"]) == 0
    assert "no repairs were searched" not in capsys.readouterr().out


@pytest.mark.parametrize("wrong", ["-1", "x", "1.5"])
def test_a_wrong_number_is_refused(wrong: str, network: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["check", network, f"--repairs={wrong}"])
    assert f"{wrong} is not a number of 0 or more" in capsys.readouterr().err


def _variants(path: Path, count: int, layers: int) -> str:
    """A file of variants that all have some layers."""
    names = "".join(f"  v{i}: {{}}\n" for i in range(count))
    path.write_text(f"input: [8]\nlayers: [{{repeat: {layers}, do: [relu]}}]\nvariants:\n{names}", encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("most", "checked", "told"),
    [
        (60, 6, ""),
        (51, 6, ""),
        (50, 5, "1 variant from `v5` on is not checked: those before have 50 layers together"),
        (41, 5, "1 variant from `v5` on is not checked: those before have 50 layers together"),
        (40, 4, "2 variants from `v4` on are not checked: those before have 40 layers together"),
        (1, 1, "5 variants from `v1` on are not checked: those before have 10 layers together"),
    ],
)
def test_variants_beyond_the_layers_of_one_run_are_named(
    most: int,
    checked: int,
    told: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("archcalc.batch.budget.CHECKED", most)
    path = _variants(tmp_path / "many.yaml", 6, 10)
    # Another file has a budget of its own.
    other = _variants(tmp_path / "other.yaml", 1, 10)
    assert main(["check", path, other]) == (2 if told else 0)
    out, err = capsys.readouterr()
    assert out.count("many.yaml:v") == checked
    assert "other.yaml:v0" in out
    assert told in err and bool(err) is bool(told)
    if told:
        assert err.rstrip().endswith(f"name them one by one: {path}:v{checked}")


def test_a_variant_that_was_left_out_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archcalc.batch.budget.CHECKED", 10)
    assert main(["check", f"{_variants(tmp_path / 'many.yaml', 6, 10)}:v5"]) == 0


def test_json_has_those_that_were_checked_and_what_was_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archcalc.batch.budget.WRITTEN", 20)
    assert main(["check", _variants(tmp_path / "many.yaml", 6, 10), "--format", "json"]) == 2
    answer = json.loads(capsys.readouterr().out)
    assert [entry["variant"] for entry in answer["specs"]] == ["v0", "v1"]
    assert not answer["ok"]
    assert "4 variants from `v2` on are not checked" in answer["problems"][0]


@pytest.mark.parametrize(
    ("command", "limit", "done"),
    [
        (["check"], "CHECKED", "checked"),
        (["check", "--fix"], "CHECKED", "checked"),
        (["check", "--diff"], "CHECKED", "checked"),
        (["check", "--format", "markdown"], "CHECKED", "checked"),
        (["check", "--format", "json"], "WRITTEN", "checked"),
        (["sizes"], "DECIDED", "decided"),
        (["sizes", "--format", "json"], "DECIDED", "decided"),
        (["sizes", "--format", "latex"], "DECIDED", "decided"),
    ],
)
def test_every_command_for_several_networks_says_what_it_leaves_out(
    command: list[str],
    limit: str,
    done: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(f"archcalc.batch.budget.{limit}", 20)
    path = _variants(tmp_path / "many.yaml", 6, 10)
    assert main([*command, path]) == 2
    told = " ".join(capsys.readouterr().err.split())
    assert f"4 variants from `v2` on are not {done}: those before have 20 layers together" in told
    monkeypatch.setattr(f"archcalc.batch.budget.{limit}", 51)
    assert main([*command, path]) == 0
    assert capsys.readouterr().err == ""


def test_a_verification_leaves_variants_out_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")
    monkeypatch.setattr("archcalc.batch.budget.DECIDED", 2)
    assert main(["verify", _variants(tmp_path / "many.yaml", 3, 1)]) == 2
    out, err = capsys.readouterr()
    assert "2 of 2 networks" in out or out.count("many.yaml:v") == 2
    assert "1 variant from `v2` on is not verified: those before have 2 layers together" in err
