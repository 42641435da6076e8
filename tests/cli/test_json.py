"""What commands print as JSON is what the shipped schemas promise, over the catalogue and over specs with mistakes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sympy import Symbol, sympify

import archcalc
from archcalc.catalogue import shipped
from archcalc.cli import main
from archcalc.cli.documents import COMMANDS

jsonschema = pytest.importorskip("jsonschema")

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = {path.stem: json.loads(path.read_text("utf-8")) for path in (ROOT / "archcalc/schemas").glob("*.json")}
BROKEN = "input: [1, 7, 7]\nlayers:\n  - conv: {out: 1, kernel: 3, stride: 3}\n"
NO_NETWORK = "input: [1, 7, 7]\nlayers:\n  - convolution: 3\n"
OPAQUE = (
    "input: [1, N]\nlayers:\n  - opaque: {shape: [1, N], products: 3*N, tensors: {weight: [3]}}\n"
    "expect: [{at: {N: 8}, multiplications: 24}]\n"
)
SYMBOLIC = (
    "input: [1, N, N]\nat: {N: 8}\nlet: {width: 4}\nlayers:\n  - conv: {out: width, kernel: 3}\n  - max_pool: 2\n"
)

Printed = Callable[..., tuple[int, Any]]


@pytest.fixture
def printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Printed:
    """Runs a command among three files; gives its exit code and its JSON, which fits the schema of the command."""
    for name, text in {"broken": BROKEN, "no_network": NO_NETWORK, "symbolic": SYMBOLIC, "opaque": OPAQUE}.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    def run(command: str, *arguments: str) -> tuple[int, Any]:
        code = main([command, *arguments, "--format", "json"])
        data = json.loads(capsys.readouterr().out)
        jsonschema.Draft202012Validator(SCHEMAS[command]).validate(data)
        assert data["ok"] is (code == 0)
        return code, data

    return run


def test_each_command_that_prints_json_has_a_schema() -> None:
    assert set(SCHEMAS) == set(COMMANDS)
    for schema in SCHEMAS.values():
        jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_schema_is_printed_as_it_ships(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", command]) == 0
    assert json.loads(capsys.readouterr().out) == SCHEMAS[command]


def test_what_is_stated_is_told(printed: Printed) -> None:
    _, data = printed("check", "opaque.yaml")
    assert data["specs"][0]["stated"] == {"layers": ["0"], "parameters": 3, "multiplications": "3*N"}
    assert data["specs"][0]["legal_sizes"]["rests_on"] == ["0"]
    assert data["specs"][0]["expectations"][0]["by_authors"] == 24
    _, data = printed("sizes", "opaque.yaml", "--certificate", "proof.json")
    assert data["specs"][0]["rests_on"] == data["specs"][0]["certificate"]["rests_on"] == ["0"]


def test_counts_by_conventions_are_told(printed: Printed) -> None:
    mine = Path("mine.yaml")
    mine.write_text("convention: other\nunit: multiply-adds\nrules: {conv: products + bias}\n")
    _, data = printed("check", "resnet:resnet18", "--convention", "fvcore,multiplications", "--convention", "mine.yaml")
    (spec,) = data["specs"]
    assert list(spec["totals"]["by_convention"]) == ["fvcore-0.1.5", "multiplications", "mine.yaml"]
    assert spec["totals"]["by_convention"]["multiplications"] == spec["totals"]["multiplications"]
    for name, whole in spec["totals"]["by_convention"].items():
        assert sum(layer["by_convention"][name] for layer in spec["layers"]) == whole > 0
    _, data = printed("check", "symbolic.yaml", "--symbolic", "--convention", "torch")
    twice = data["specs"][0]["totals"]["by_convention"]["torch-2.13.0"]
    once = data["specs"][0]["totals"]["multiplications"]
    assert sympify(f"{twice} - 2 * ({once})", locals={"N": Symbol("N")}).expand() == 0
    _, data = printed("check", "symbolic.yaml", "opaque.yaml", "--convention", "fvcore")
    assert all("fvcore-0.1.5" in layer["by_convention"] for spec in data["specs"] for layer in spec["layers"])
    _, data = printed("check", "broken.yaml", "--convention", "fvcore")
    assert data["specs"][0]["totals"]["by_convention"] == {"fvcore-0.1.5": None}


@pytest.fixture(scope="module")
def systems() -> list[str]:
    """Every file of the catalogue, in its first variant."""
    first = {name: next(iter(archcalc.load(name).variants), None) for name in shipped()}
    return [name if variant is None else f"{name}:{variant}" for name, variant in first.items()]


def test_the_catalogue_is_checked_as_promised(printed: Printed, systems: list[str]) -> None:
    code, data = printed("check", *systems, "--receptive-field")
    assert code == 0
    assert len(data["specs"]) == len(systems) > 25
    assert all("receptive_field" in layer for spec in data["specs"] for layer in spec["layers"])


def test_the_sizes_of_the_catalogue_are_as_promised(printed: Printed, systems: list[str]) -> None:
    _, data = printed("sizes", *systems)
    assert len(data["specs"]) == len(systems)
    assert all(spec["symbols"] is not None for spec in data["specs"])


def test_closed_forms_and_repairs_are_as_promised(printed: Printed) -> None:
    _, data = printed("check", "symbolic.yaml", "--symbolic")
    assert isinstance(data["specs"][0]["totals"]["multiplications"], str)
    code, data = printed("check", "broken.yaml")
    assert code == 1
    assert data["specs"][0]["repairs"]


@pytest.mark.parametrize("command", ["check", "sizes"])
def test_one_network_is_a_list_of_one(printed: Printed, command: str) -> None:
    code, data = printed(command, "symbolic.yaml")
    assert code == 0
    assert data["archcalc_json"] == 1
    assert [spec["file"] for spec in data["specs"]] == ["symbolic.yaml"]


@pytest.mark.parametrize("command", ["check", "sizes"])
def test_what_is_no_network_or_no_file_is_as_promised(printed: Printed, command: str) -> None:
    code, data = printed(command, "no_network.yaml", "broken.yaml", "missing.yaml")
    assert code == 2
    assert [spec["file"] for spec in data["specs"]] == ["no_network.yaml", "broken.yaml"]
    (problem,) = data["problems"]
    assert "missing.yaml" in problem


def test_what_a_certificate_proves_is_as_promised(printed: Printed, tmp_path: Path) -> None:
    _, data = printed("sizes", "symbolic.yaml", "--certificate", str(tmp_path / "proof.json"))
    (spec,) = data["specs"]
    assert spec["certificate"]["parts"] == spec["certificate"]["proven"] == 1


def test_legal_sizes_and_neighbours_are_as_promised(printed: Printed) -> None:
    _, data = printed("sizes", "symbolic.yaml", "--near", "N=9")
    (spec,) = data["specs"]
    assert spec["near"] == {"sizes": {"N": 9}, "legal": False, "below": {"N": 8}, "above": {"N": 10}}


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("--for N", 0),
        ("--for width --where parameters<=100", 0),
        ("--for width=1..2/0.5 --for N=8,10", 0),
        ("--for width --where parameters<0", 1),
    ],
)
def test_solutions_are_as_promised(printed: Printed, question: str, code: int) -> None:
    found, data = printed("solve", "symbolic.yaml", *question.split())
    assert found == code
    (spec,) = data["specs"]
    assert spec["file"] == "symbolic.yaml"
    assert bool(spec["solutions"]) is (code == 0)


def test_verifications_are_as_promised(printed: Printed, shared_process: None) -> None:
    code, data = printed("verify", "lenet:lecture", "symbolic.yaml", "broken.yaml")
    assert code == 1
    assert [spec["ok"] for spec in data["specs"]] == [True, True, False]


@pytest.mark.parametrize("key", ["archcalc_json", "ok", "specs", "problems"])
def test_a_key_that_is_missing_breaks_the_promise(key: str) -> None:
    data = {"archcalc_json": 1, "ok": True, "specs": [archcalc.load(SYMBOLIC).check().to_json()], "problems": []}
    validator = jsonschema.Draft202012Validator(SCHEMAS["check"])
    validator.validate(data)
    del data[key]
    assert not validator.is_valid(data)


def test_a_key_that_is_new_breaks_the_promise() -> None:
    spec = {**archcalc.load(SYMBOLIC).check().to_json(), "novelty": 1}
    data = {"archcalc_json": 1, "ok": True, "specs": [spec], "problems": []}
    assert not jsonschema.Draft202012Validator(SCHEMAS["check"]).is_valid(data)
