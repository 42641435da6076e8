"""`[tool.archcalc]`: what it says, what may be wrong with it, and where it is looked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from archcalc.configuration.discovery import Configurations
from archcalc.configuration.model import Configuration
from archcalc.configuration.reading import read
from archcalc.diagnostics.catalogue import all_codes
from archcalc.diagnostics.model import Code

WRONG = {
    "key": (
        "specs = []\nexcluded = ['a']",
        "AC602",
        3,
        "`[tool.archcalc]` has no `excluded`",
        "did you mean `exclude`?",
    ),
    "unknown key": (
        "colour = 1",
        "AC602",
        2,
        "`[tool.archcalc]` has no `colour`",
        "the keys are specs, exclude, select",
    ),
    "specs": ("specs = true", "AC603", 2, "`specs` is a list of patterns, not `true`", 'write ["networks/**/*.yaml"]'),
    "specs in a map": ("specs = {a = 1}", "AC603", 2, "`specs` is a list of patterns, not a map", "write ["),
    "number among patterns": ("specs = ['a',\n 1]", "AC603", 3, "`specs` is a list of patterns, not `1`", "write ["),
    "absolute": (
        "exclude = ['/nets']",
        "AC603",
        2,
        "the pattern `/nets` begins at the root of the disk",
        "patterns have",
    ),
    "drive": ("exclude = ['C:/nets']", "AC603", 2, "the pattern `C:/nets` begins at the root of the disk", "patterns"),
    "backslash": (
        "specs = ['nets\\*.yaml']",
        "AC603",
        2,
        "the pattern `nets\\*.yaml` has a backslash",
        "patterns have",
    ),
    "upwards": ("specs = ['../*.yaml']", "AC603", 2, "the pattern `../*.yaml` leaves the folder", "patterns have"),
    "empty": ("specs = ['']", "AC603", 2, "the pattern `` names nothing", "patterns have"),
    "code": ("ignore = ['AC999']", "AC604", 2, "there is no code `AC999`", ""),
    "name": (
        "select = ['unread-inputs']",
        "AC604",
        2,
        "there is no code `unread-inputs`",
        "did you mean `unread-input`?",
    ),
    "comma": ("select = 'AC3, AC1'", "AC604", 2, "there is no code `AC3, AC1`", 'write ["AC3", "AC1"]'),
    "error": ("ignore = ['AC301']", "AC605", 2, "AC301 is an error, and errors are always told", "remove it"),
    "code without list": (
        "ignore = 302",
        "AC603",
        2,
        "`ignore` is a list of codes, not `302`",
        'write ["AC302", "AC1"]',
    ),
    "severity": (
        "warn-as-error = 'AC3'",
        "AC603",
        2,
        "`warn-as-error` is true, false or a list of codes, not `AC3`",
        "write",
    ),
    "per file": (
        "per-file-ignores = ['AC302']",
        "AC603",
        2,
        "`per-file-ignores` is a table of patterns, not a list",
        "write",
    ),
    "code per file": ("[tool.archcalc.per-file-ignores]\n'a' = ['AC0']", "AC604", 3, "there is no code `AC0`", ""),
    "budget": ("budgets = ['1M']", "AC603", 2, "a budget is a table of quantities, not `1M`", "write budgets = ["),
    "quantity": (
        "[tool.archcalc.budgets]\nparams = '1M'",
        "AC140",
        3,
        "an expectation has no `params`",
        "did you mean",
    ),
    "no quantity": (
        "[[tool.archcalc.budgets]]\nspecs = 'a/*'",
        "AC140",
        2,
        "an expectation without a quantity",
        "name",
    ),
    "range": (
        "[tool.archcalc.budgets]\nflops = '5M..2M'",
        "AC140",
        3,
        "no number is in the range 5M..2M",
        "write 2M..5M",
    ),
    "expression": ("[tool.archcalc.budgets]\nflops = '2 +'", "AC120", 3, "", ""),
}


def of(text: str, path: str = "pyproject.toml") -> Configuration:
    found = read(f"[tool.archcalc]\n{text}".encode(), path)
    assert found is not None
    return found


@pytest.mark.parametrize("name", WRONG)
def test_a_mistake_is_told_at_its_place_with_a_way_out(name: str) -> None:
    text, code, line, message, help = WRONG[name]
    found = of(text)
    assert [one.code.id for one in found.diagnostics] == [code]
    (told,) = found.diagnostics
    assert told.span is not None
    assert told.span.line == line
    assert told.message.startswith(message)
    assert "".join(told.help[:1]).startswith(help)
    assert not found.is_sound


@pytest.mark.parametrize(
    "code", [code for code in all_codes() if code.id in ("AC601", "AC602", "AC603", "AC604", "AC605")], ids=repr
)
def test_the_example_of_a_page_shows_the_code(code: Code) -> None:
    found = read(code.example.encode(), "pyproject.toml")
    assert found is not None
    assert [one.code.id for one in found.diagnostics] == [code.id]


def test_a_table_that_is_none_is_told() -> None:
    found = read(b"[tool]\narchcalc = 1", "pyproject.toml")
    assert found is not None
    assert [one.message for one in found.diagnostics] == ["`tool.archcalc` is a table, not `1`"]


@pytest.mark.parametrize("data", [b"\xff\xfe\x00\xd8archcalc", b"archcalc = \xff", b"\x00archcalc"])
def test_bytes_that_are_no_text_are_told(data: bytes) -> None:
    found = read(data, "pyproject.toml")
    assert found is not None
    assert not found.is_sound


def test_a_file_without_the_table_is_no_configuration() -> None:
    assert read(b"[project]\ndependencies = ['archcalc']", "pyproject.toml") is None


def test_ten_thousand_mistakes_are_few() -> None:
    found = of("\n".join(f"key{number} = 1" for number in range(10_000)))
    assert len(found.diagnostics) == 500


def test_rules_and_budgets_are_those_of_a_file(tmp_path: Path) -> None:
    found = of(
        "select = ['AC3', 'unused-name']\nignore = ['AC302']\nwarn-as-error = ['AC3']\n"
        "per-file-ignores = {'old/*' = ['AC3']}\n"
        "[[tool.archcalc.budgets]]\nparameters = '<= 1M'\n"
        "[[tool.archcalc.budgets]]\nspecs = ['mobile', 'tiny.yaml']\noutput = [10]\nparameters = 1_000\n",
        str(tmp_path / "pyproject.toml"),
    )
    assert found.diagnostics == []
    plain, old, mobile = (found.demands(tmp_path / name) for name in ("a.yaml", "old/a.yaml", "nets/mobile/a.yaml"))
    assert plain.rules.select[0] == "AC3"
    assert (plain.rules.ignore, plain.rules.hidden, plain.rules.grave) == (("AC302",), (), ("AC3",))
    assert old.rules.hidden == ("AC3",)
    assert [one.of for one in plain.budgets] == ["every spec"]
    assert [one.of for one in mobile.budgets] == ["every spec", "`mobile`"]
    assert [list(claim.quantities) for claim in mobile.budgets[1].claims] == [["output", "parameters"]]
    assert [one.of for one in found.demands(None).budgets] == ["every spec"]
    assert [one.of for one in found.demands(tmp_path.parent / "mobile").budgets] == ["every spec"]


def test_the_nearest_table_above_a_file_holds(tmp_path: Path) -> None:
    inner = tmp_path / "inner" / "deeper"
    inner.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text("[tool.archcalc]\nignore = ['AC302']")
    (tmp_path / "inner" / "pyproject.toml").write_text("[tool.other]\nof = 'archcalc'")
    known = Configurations()
    of_inner, of_outer = known.of_file(inner / "a.yaml"), known.of_file(tmp_path / "a.yaml")
    assert of_inner is of_outer is not None
    (inner / "pyproject.toml").write_text("[tool.archcalc]\n")
    nearest = Configurations().of_file(inner / "a.yaml")
    assert nearest is not None
    assert nearest.root == inner
    assert nearest.rules.ignore == ()
