"""The public interface is complete, documented and typed, and it changes only where somebody means it to."""

from __future__ import annotations

import builtins
import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import archcalc
from api.surface import hints, lines, members, named, public, raised

SIGNATURES = Path(__file__).with_name("signatures.txt")

INNER = {
    "Node": "a layer in its graph, for the rows of an estimate",
    "Rule": "the rule of a convention, for the rooms that count",
    "Program": "the file that was read, which an architecture hands to the other rooms of archcalc",
    "Demands": "what a project asks of a network, for the command line",
    "Settings": "the values of a check, for the other rooms of archcalc",
    "Spec": "the file as it was read, for the other rooms of archcalc",
    "Atom": "the terms of a polynomial, which is read as text, compared and computed with",
    "Found": "the values of an unknown; solutions are read by iteration, `smallest` and `largest`",
    "Letter": "a part of a derivation, for those that write it in a notation of their own",
    "Line": "a part of a derivation, for those that write it in a notation of their own",
    "Network": "what `unfold` gives to the other rooms of archcalc",
    "Part": "a part of a derivation, for those that write it in a notation of their own",
    "ReceptiveFields": "what `receptive_fields` and `misaligned` are read from",
    "Run": "a piece of an integer set, which has `modulus`, `residues`, bounds and exceptions",
}
"""Types that public ones lead to, and why nobody needs their names."""

FOREIGN = {
    "Verdict": "what a claim is about: a count, a size, several sizes, a quotient",
    "Change": "a field, a shape or a count of a layer",
    "diff": "as load",
    "batches": "batches of PyArrow, which archcalc can be installed without",
    "EvaluatedDesigns": "arrays of NumPy, which archcalc can be installed without",
    "evaluate": "columns as lists, as arrays of NumPy, or as a table of pandas",
    "build_torch": "a `torch.nn.Module`, which archcalc can be installed without",
    "certificate": "JSON",
    "from_torch": "a `torch.nn.Module`, which archcalc can be installed without",
    "factored": "a sympy expression, which has no types",
    "load": "Python data as YAML and JSON hold it",
    "to_json": "JSON",
    "to_pandas": "a `pandas.DataFrame`, which archcalc can be installed without",
    "to_polars": "a `polars.DataFrame`, which archcalc can be installed without",
    "to_sympy": "a sympy expression, which has no types",
}
"""What has parts without a type, and what they are."""


def test_signatures_are_those_of_the_golden_list(request: pytest.FixtureRequest) -> None:
    text = "".join(f"{line}\n" for line in lines())
    if request.config.getoption("--update"):
        SIGNATURES.write_text(text, encoding="utf-8")
    expected = SIGNATURES.read_text(encoding="utf-8")
    assert text == expected, "if the interface is meant to change: python -m pytest tests/api --update"


def methods() -> list[Any]:
    """Every public function with its name, and every class for its fields."""
    found: list[Any] = [pytest.param(thing, id=name) for name, thing in public().items()]
    for name, thing in public().items():
        if isinstance(thing, type):
            found.extend(pytest.param(function, id=f"{name}.{method}") for method, function in members(thing))
    return found


@pytest.mark.parametrize("thing", methods())
def test_what_is_taken_and_given_is_public(thing: Any) -> None:
    known = set(map(id, public().values()))
    for name, hint in hints(thing).items():
        for part in named(hint):
            if isinstance(part, type) and part.__module__.startswith("archcalc"):
                assert id(part) in known or part.__name__ in INNER, f"{name}: add {part.__name__} to archcalc.__all__"


@pytest.mark.parametrize("thing", methods())
def test_what_is_raised_is_public(thing: Any) -> None:
    for error in raised(thing):
        is_known = {error, error.removesuffix("s")} & {*archcalc.__all__, *vars(builtins)}
        assert is_known, f"add {error} to archcalc.__all__"


@pytest.mark.parametrize("thing", methods())
def test_what_is_taken_and_given_has_a_type(thing: Any) -> None:
    if thing.__name__ not in FOREIGN:
        for name, hint in hints(thing).items():
            assert Any not in named(hint), f"{name} may be anything"


@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_listed_as_untyped_is(name: str) -> None:
    untyped = {param.values[0].__name__ for param in methods() if _is_untyped(param.values[0])}
    assert name in untyped, f"{name} has types now: strike it from the list"


def _is_untyped(thing: Any) -> bool:
    return any(Any in named(hint) for hint in hints(thing).values())


@pytest.mark.parametrize("thing", [param for param in methods() if "__" not in param.id])
def test_everything_public_has_a_docstring(thing: Any) -> None:
    assert inspect.getdoc(thing), "say what it is"


@pytest.mark.parametrize(("name", "thing"), public().items())
def test_everything_public_but_errors_has_an_example(name: str, thing: Any) -> None:
    if not (isinstance(thing, type) and issubclass(thing, Exception)):
        assert ">>>" in (thing.__doc__ or ""), f"show {name} at work"


@pytest.mark.parametrize("name", INNER)
def test_inner_types_are_still_met(name: str) -> None:
    met = {
        getattr(part, "__name__", "")
        for param in methods()
        for hint in hints(param.values[0]).values()
        for part in named(hint)
    }
    assert name in met, f"nothing leads to {name}: strike it from the list"


def test_import_loads_nothing_of_the_interface() -> None:
    script = (
        "import sys, archcalc; dir(archcalc);"
        "print(*[name for name in sys.modules if name.startswith(('archcalc.', 'pydantic', 'sympy', 'networkx'))])"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []


def test_names_are_sorted_and_each_has_a_home() -> None:
    assert archcalc.__all__ == sorted(archcalc.__all__)
    assert dir(archcalc) == archcalc.__all__
    for name in archcalc.__all__:
        assert getattr(archcalc, name) is not None


def test_raises_sections_are_read() -> None:
    assert {"ValueError", "NoRenderer", "RenderingFailed"} <= raised(archcalc.Picture.save)
    assert raised(archcalc.LegalSizes.__and__) == {"SetOverflow"}
