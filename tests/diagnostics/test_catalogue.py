"""The codes: complete, documented, findable, never ambiguous."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

import archcalc.diagnostics.model as model
from archcalc.diagnostics import Code
from archcalc.diagnostics.catalogue import MODULES, all_codes, find, suggest

HUNDREDS = {
    "text": "1",
    "language": "1",
    "graph": "2",
    "shapes": "3",
    "claims": "4",
    "export": "5",
    "configuration": "6",
}


def module_codes(name: str) -> list[Code]:
    module = __import__(f"archcalc.diagnostics.codes.{name}", fromlist=[name])
    return [value for value in vars(module).values() if isinstance(value, Code)]


def repeated(values: list[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]


def test_every_module_of_codes_is_listed() -> None:
    folder = Path(model.__file__).parent / "codes"
    assert {path.stem for path in folder.glob("*.py")} - {"__init__"} == set(MODULES)


def test_numbers_and_names_are_unique() -> None:
    assert not repeated([code.id for code in all_codes()])
    assert not repeated([code.name for code in all_codes()])


@pytest.mark.parametrize("module", MODULES)
def test_every_module_has_codes_of_its_hundred(module: str) -> None:
    codes = module_codes(module)
    assert codes
    assert set(codes) <= set(all_codes())
    if module in HUNDREDS:
        assert {code.id[2] for code in codes} == {HUNDREDS[module]}


@pytest.mark.parametrize("module", MODULES)
def test_constants_are_named_in_capitals(module: str) -> None:
    loaded = __import__(f"archcalc.diagnostics.codes.{module}", fromlist=[module])
    names = [name for name, value in vars(loaded).items() if isinstance(value, Code)]
    assert [name for name in names if not re.fullmatch(r"[A-Z][A-Z0-9_]*", name)] == []


@pytest.mark.parametrize("code", all_codes(), ids=lambda code: code.id)
def test_every_code_is_documented(code: Code) -> None:
    assert re.fullmatch(r"AC[1-9]\d\d", code.id)
    assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", code.name)
    assert code.severity in ("error", "warning", "note")
    for text in (code.title, code.meaning, code.example, code.fix):
        assert text.strip()
    assert "\n" not in code.title
    assert not code.title.endswith(".")


@pytest.mark.parametrize("code", all_codes(), ids=lambda code: code.id)
def test_every_code_is_found_by_number_and_name_in_any_case(code: Code) -> None:
    for word in (code.id, code.id.lower(), code.name, code.name.upper(), f" {code.id} "):
        assert find(word) == code


def test_what_is_not_there_is_not_found_but_something_near_is_suggested() -> None:
    assert find("AC000") is None
    assert find("fractional-outputs") is None
    assert find("") is None
    assert suggest("fractional-outputs") == "fractional-output"
    assert suggest("fractional_output") == "fractional-output"
    assert suggest("301") == "AC301"
    assert suggest("ac3001") == "AC301"
    assert suggest("photosynthesis") is None
