"""The mutation program itself: what it changes, that it kills, and that it reports what survives."""

from __future__ import annotations

from pathlib import Path

import pytest
from mutation.equivalent import Equivalent, equivalents, reason_of
from mutation.killing import Effort, Site, Tried
from mutation.operators import Mutant, mutants
from mutation.program import Figures, sites_of, survivor, work
from mutation.promises import PACKAGE, Promise, homes, outcome, promises
from mutation.rooms import ROOMS, Room

pytestmark = pytest.mark.once

LARGER = '''"""A module."""


def larger(first: int, second: int) -> int:
    """The larger of two numbers."""
    return first if first > second else second


def down(number: int) -> int:
    while number > 0:
        number -= 1
    return number
'''
TESTS = """from toy import down, larger


def test_larger():
    assert larger(1, 2) == larger(2, 1) == 2


def test_down():
    assert down(3) == 0
"""


@pytest.fixture(autouse=True)
def _without_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests of a toy need no plugin of pytest, and to load all of them takes longer than all else."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


@pytest.fixture
def toy(tmp_path: Path) -> Room:
    """A module with tests that see nearly everything."""
    (tmp_path / "toy.py").write_text(LARGER)
    (tmp_path / "test_toy.py").write_text(TESTS)
    return Room(("toy.py",), ("test_toy.py",), tmp_path)


def news(body: str) -> set[str]:
    """What the changed line of a function becomes in its mutants."""
    return {mutant.new for mutant in mutants(f"def f(a, b, c):\n    {body}\n")} - {"return None"}


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("return a < b", {"return (a >= b)", "return (a <= b)"}),
        ("return a is b", {"return (a is not b)"}),
        ("return a and b and c", {"return (a or b or c)", "return (b and c)", "return (a and c)", "return (a and b)"}),
        ("return not a", {"return (a)"}),
        ("return True", {"return False"}),
        ("return 2", {"return 3", "return 1"}),
        ("return a + b", {"return (a - b)"}),
        ("return a + [b]", {"return (a)", "return ([b])"}),
        ("return (*a, *b)", {"return (*b,)", "return (*a,)"}),
        ("return min(a)", {"return max(a)"}),
        ("return any(a)", {"return all(a)"}),
        ("return a if b else c", {"return (a)", "return (c)", "return a if not b else c"}),
        ("return [x for x in a if x]", {"return [x for x in a]"}),
        ("if a: b()", {"if not a: b()", "if a: pass"}),
        ("a += b", {"a -= b", "pass"}),
        ("a.b = c", {"pass"}),
        ("raise a", {"pass"}),
        ("for x in a: continue", {"for x in a: break"}),
        ("assert a < b, 'text'", set()),
        ("import a", set()),
    ],
)
def test_what_a_mutant_changes(body: str, wanted: set[str]) -> None:
    assert news(body) == wanted


def test_texts_annotations_and_defaults_stay() -> None:
    text = 'def f(a: "Literal[1]" = 1) -> int:\n    """Not 2."""\n    x: list[3] = a\n    return f"{x + 4} is 5"\n'
    assert [mutant.new for mutant in mutants(text)] == ["return None"]


def test_a_mutant_names_its_function_and_its_change() -> None:
    text = "class A:\n    def f(self):\n        def g():\n            return 1 < 2\n        return g\n"
    found = next(mutant for mutant in mutants(text) if "<=" in mutant.text)
    assert found[:4] == ("A.f", 4, "return 1 < 2", "return (1 <= 2)")
    assert found.change == "- return 1 < 2\n+ return (1 <= 2)"
    assert found.text == text.replace("1 < 2", "(1 <= 2)")


def test_tests_kill_mutants_and_what_they_cannot_see_survives(toy: Room) -> None:
    sites = sites_of(toy)
    found = {one.site.mutant.change: one.killer for one in work(toy, sites, Effort(jobs=2, patience=0))}
    assert len(found) == len(sites) > 8
    survivors = {change for change, killer in found.items() if not killer}
    # Of two equal numbers either is the larger.
    same = "return first if first > second else second", "return first if (first >= second) else second"
    assert survivors == {f"- {same[0]}\n+ {same[1]}"}
    assert found[f"- {same[0]}\n+ return (first)"] == "test_toy.py::test_larger"
    assert found["- number -= 1\n+ pass"] == "timeout"
    assert found["- while number > 0:\n+ while (number >= 0):"] == "test_toy.py::test_down"


def test_what_no_test_calls_survives(toy: Room) -> None:
    (toy.root / "toy.py").write_text(LARGER + "\n\ndef smaller(first, second):\n    return min(first, second)\n")
    sites = [site for site in sites_of(toy) if site.mutant.function == "smaller"]
    assert [(one.killer, one.tests) for one in work(toy, sites, Effort())] == [("", 0)] * len(sites) != []


def test_tests_that_fail_by_themselves_kill_nothing(toy: Room) -> None:
    (toy.root / "test_toy.py").write_text(TESTS + "\n\ndef test_wrong():\n    assert larger(1, 2) == 1\n")
    with pytest.raises(ValueError, match=r"test_toy\.py::test_wrong fails without any mutation"):
        work(toy, sites_of(toy)[:1], Effort())


def test_a_room_whose_files_have_moved_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match=r"there are no files gone\.py: bring the list of rooms along"):
        Room(("gone.py",), (), tmp_path).paths()


def test_survivors_are_printed_but_for_those_that_are_explained(capsys: pytest.CaptureFixture[str]) -> None:
    mutant = Mutant("larger", 5, "first > second", "(first >= second)", "")
    known = Equivalent(
        "toy", "larger", "- first > second\n+ (first >= second)\n", "either of two equal numbers will do"
    )
    site = Site(Path("toy.py"), mutant)
    figures = Figures([known])
    figures.add("toy", [Tried(site, "", 2), Tried(site, "test_larger", 2)])
    assert str(figures) == "mutants 2, killed 1, survived 0, equivalent 1"
    figures.add("other", [Tried(site, "", 0)])
    assert str(figures) == "mutants 3, killed 1, survived 1, equivalent 1"
    printed = capsys.readouterr().out
    assert printed.startswith("other: toy.py:5, larger (no test calls it)\n- first > second\n+ (first >= second)\n")
    assert "(survives 2 tests)" in survivor("toy", Tried(site, "", 2))


def test_a_promise_is_kept_by_a_test_that_fails_without_it(tmp_path: Path) -> None:
    package = tmp_path / "toy"
    package.mkdir()
    (package / "__init__.py").write_text(LARGER)
    (tmp_path / "test_toy.py").write_text(TESTS)
    kept = Promise("larger is larger", "first > second", "first < second", "test_toy.py::test_larger")
    assert outcome(kept, package).problem == ""
    assert "does not fail" in outcome(kept._replace(mutant="first >= second"), package).problem
    assert "does not pass" in outcome(kept._replace(test="test_toy.py::test_gone"), package).problem
    gone = outcome(kept._replace(original="first is larger"), package).problem
    assert gone == "its snippet stands in no module: bring the entry along"
    twice = outcome(kept._replace(original="return "), package).problem
    assert twice == "its snippet stands 2 times in __init__.py: make it longer"


@pytest.mark.parametrize("promise", promises(), ids=lambda promise: promise.promise)
def test_every_promise_has_its_line_and_its_test(promise: Promise) -> None:
    """The lines of promises.yaml are brought along when code is rewritten or moved."""
    (home,) = homes(promise)
    assert home.read_text(encoding="utf-8").count(promise.original) == 1
    path, _, test = promise.test.partition("::")
    assert f"def {test}(" in (PACKAGE.parent / path).read_text(encoding="utf-8")


@pytest.mark.parametrize("known", equivalents(), ids=lambda known: f"{known.room} {known.function}")
def test_every_equivalent_mutant_has_its_line_and_a_reason(known: Equivalent) -> None:
    lines = {line.strip() for path in ROOMS[known.room].paths() for line in path.read_text("utf-8").splitlines()}
    old = [line.removeprefix("- ") for line in known.change.splitlines() if line.startswith("- ")]
    assert old and set(old) <= lines
    assert len(known.reason.split()) > 4
    assert reason_of([known], known.room, Mutant(known.function, 1, "", "", "")) == ""
