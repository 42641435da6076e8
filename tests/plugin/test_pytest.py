"""`pytest --archcalc`: specs as tests, run by pytest as people run it."""

from __future__ import annotations

from pathlib import Path

import pytest
from catalogue import SPECS

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parents[2]
GOOD = "input: [1, 8, 8]\nlayers: [conv: [4, 3], relu]\nexpect: {parameters: 40}\n"
FRACTION = "input: [1, 7, 7]\nlayers:\n  - conv: {out: 1, kernel: 3, stride: 3}\n"
CLAIM = "input: [8]\nlayers:\n  - linear: 4\nexpect: {parameters: 37}\n"
VARIANTS = "input: [8]\nlet: {c: 4}\nlayers: [linear: c]\nvariants:\n  small: {let: {c: 2}}\n  large: {let: {c: 16}}\n"
UNREAD = "input: [1, 8, 8]\nrounding: floor\nlayers:\n  - conv: {out: 4, kernel: 3, stride: 2}\n"


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No plugin but those that a test names, and this checkout."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)


@pytest.fixture
def specs(pytester: pytest.Pytester) -> pytest.Pytester:
    """A folder with specs, files of others, and a test of Python."""
    folder = pytester.mkdir("specs")
    files = {"good.yaml": GOOD, "several.yaml": VARIANTS, "workflow.yml": "jobs: {}\n", "data.json": "[1]\n"}
    for name, text in files.items():
        (folder / name).write_text(text)
    pytester.makepyfile(test_python="def test_of_python(): pass")
    return pytester


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    # In this process, pytester would forget afterwards what a run has imported, and leave classes of two times behind.
    return pytester.runpytest_subprocess("-p", "pytest_archcalc", "-p", "no:cacheprovider", *arguments)


def test_every_network_is_a_test(specs: pytest.Pytester) -> None:
    done = run(specs, "--archcalc", "-v")
    done.assert_outcomes(passed=4)
    done.stdout.fnmatch_lines(
        [
            "specs/good.yaml::good PASSED*",
            "specs/several.yaml::small PASSED*",
            "specs/several.yaml::large PASSED*",
            "test_python.py::test_of_python PASSED*",
        ]
    )


def test_without_being_asked_it_does_nothing_and_imports_nothing(specs: pytest.Pytester) -> None:
    specs.makeconftest(
        "import sys\n"
        "def pytest_unconfigure():\n"
        "    print('LOADED', [name for name in sys.modules if name.partition('.')[0] == 'archcalc'])\n"
    )
    done = run(specs)
    done.assert_outcomes(passed=1)
    done.stdout.fnmatch_lines(["LOADED []"])
    # Asked for, it leaves alone what is none of its files.
    done = run(specs, "--archcalc", "test_python.py")
    done.stdout.fnmatch_lines(["LOADED []"])


def test_networks_are_chosen_by_their_names(specs: pytest.Pytester) -> None:
    run(specs, "--archcalc", "-k", "small or good", "-m", "archcalc").assert_outcomes(passed=2, deselected=2)
    run(specs, "--archcalc", "specs/several.yaml::large").assert_outcomes(passed=1)


def test_what_is_wrong_is_shown_as_a_check_shows_it(specs: pytest.Pytester) -> None:
    texts = {"fraction": FRACTION, "claim": CLAIM, "broken": "layers: [relu\n", "half": VARIANTS.replace("16", "1/3")}
    for name, text in texts.items():
        (specs.path / "specs" / f"{name}.yaml").write_text(text)
    done = run(specs, "--archcalc", *[f"specs/{name}.yaml" for name in texts])
    done.assert_outcomes(failed=4, passed=1)
    for lines in (
        [
            "error[[]AC301]: conv: height and width: (7 - 3 + 0)/3 + 1 = 2.3333 is not a whole",
            "  --> specs/fraction.yaml:3:39",
            " 3 |   - conv: {out: 1, kernel: 3, stride: 3}",
            "   = help: padding: 1 on conv 0*",
            "FAILED specs/fraction.yaml::fraction - error[[]AC301]*",
        ],
        ["error[[]AC401]: parameters: expected 37, but the network has 36", "  --> specs/claim.yaml:4:*"],
        ['error[[]AC105]: this "[[]" is never closed', "  --> specs/broken.yaml:1:9"],
        ["FAILED specs/half.yaml::large - error*"],
    ):
        done.stdout.fnmatch_lines(lines)
    assert "Traceback" not in done.stdout.str()


def test_a_warning_is_told_once_at_its_line(specs: pytest.Pytester) -> None:
    (specs.path / "specs" / "unread.yaml").write_text(f"{UNREAD}variants: {{a: {{}}, b: {{}}}}\n")
    done = run(specs, "--archcalc", "specs/unread.yaml")
    done.assert_outcomes(passed=2, warnings=1)
    done.stdout.fnmatch_lines(["*/specs/unread.yaml:4: SpecWarning: AC302: conv: the last row and column of 8*"])
    done = run(specs, "--archcalc", "specs/unread.yaml", "-W", "error::pytest_archcalc.SpecWarning")
    done.assert_outcomes(passed=1, failed=1)
    done.stdout.fnmatch_lines(["FAILED specs/unread.yaml::a - AC302: conv*"])


def test_what_a_project_asks_of_its_specs_holds(specs: pytest.Pytester) -> None:
    (specs.path / "specs" / "unread.yaml").write_text(UNREAD)
    specs.makepyprojecttoml('[tool.archcalc]\nexclude = ["good.yaml"]\nwarn-as-error = ["AC302"]\n')
    done = run(specs, "--archcalc", "specs")
    done.assert_outcomes(passed=2, failed=1)
    done.stdout.fnmatch_lines(["FAILED specs/unread.yaml::unread - error[[]AC302]*"])
    specs.makepyprojecttoml('[tool.archcalc]\nexcludes = ["good.yaml"]\n')
    done = run(specs, "--archcalc", "specs")
    assert done.parseoutcomes()["errors"] == 3
    done.stdout.fnmatch_lines(["error[[]AC60?]: *excludes*"])


def test_a_file_that_is_named_is_a_spec(specs: pytest.Pytester) -> None:
    done = run(specs, "--archcalc", "specs/workflow.yml")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["error[[]AC130]: a spec has no `jobs`"])


def test_processes_share_the_work(specs: pytest.Pytester) -> None:
    pytest.importorskip("xdist")
    (specs.path / "specs" / "net.yaml").write_text(FRACTION)
    for name in ("lenet.yaml", "unet.yaml", "vgg.yaml"):
        (specs.path / "specs" / name).write_bytes((SPECS / name).read_bytes())
    done = run(specs, "-p", "xdist", "--archcalc", "-n", "2", "specs")
    assert done.parseoutcomes()["failed"] == 1
    assert done.parseoutcomes()["passed"] > 12
    done.stdout.fnmatch_lines(["error[[]AC301]: *", "FAILED specs/net.yaml::net - error[[]AC301]*"])
