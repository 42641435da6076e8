"""`archcalc check` in a project: which files, which findings, which budgets, and what options change about it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import FRACTION, GOOD, run

UNREAD = "input: [3, 224, 224]\nrounding: floor\nlayers:\n  - conv: {out: 64, kernel: 7, stride: 2}\n  - relu\n"
"""A warning, AC302, at line 4."""
UNUSED = "input: [8]\nlet: {c: 1}\nlayers: [relu]\n"
"""A warning, AC149, at line 2."""
TABLE = """\
[tool.archcalc]
specs = ["nets/**/*.yaml"]
exclude = ["drafts"]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(TABLE)
    for name, text in {
        "nets/good.yaml": GOOD,
        "nets/unread.yaml": UNREAD,
        "nets/drafts/wrong.yaml": FRACTION,
        "other.yaml": FRACTION,
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def configure(project: Path, more: str) -> None:
    (project / "pyproject.toml").write_text(TABLE + more)


def codes(project: Path, *arguments: str) -> dict[str, list[str]]:
    """The codes and severities of each file."""
    done = run("check", "--format", "json", "--repairs", "0", *arguments, cwd=project)
    specs = json.loads(done.stdout)["specs"]
    return {entry["file"]: [f"{one['severity'][0]} {one['code']}" for one in entry["diagnostics"]] for entry in specs}


def test_without_a_spec_the_files_of_the_project_are_checked(project: Path) -> None:
    done = run("check", cwd=project)
    assert done.returncode == 0
    assert done.stdout.splitlines()[1:] == [
        "ok     nets/good.yaml           1,490             2,736",
        "ok     nets/unread.yaml         9,472       111,776,448  1 warning",
        "2 of 2 networks are ok",
    ]
    below = run("check", cwd=project / "nets")
    assert [line.split()[1] for line in below.stdout.splitlines()[1:-1]] == ["good.yaml", "unread.yaml"]


def test_a_folder_is_without_what_is_excluded_and_a_file_is_what_was_named(project: Path) -> None:
    assert list(codes(project, ".")) == ["nets/good.yaml", "nets/unread.yaml", "other.yaml"]
    assert list(codes(project, "nets/drafts/wrong.yaml")) == ["nets/drafts/wrong.yaml"]
    done = run("check", "nets/drafts", cwd=project)
    assert done.returncode == 2
    assert done.stderr == (
        "archcalc: `exclude` leaves out all that is in the folder nets/drafts (nets/drafts/wrong.yaml); name files\n"
    )


def test_a_named_file_is_left_out_where_that_is_asked_for(project: Path) -> None:
    named = ("nets/good.yaml", "nets/drafts/wrong.yaml")
    assert list(codes(project, *named)) == list(named)
    assert list(codes(project, *named, "--force-exclude")) == ["nets/good.yaml"]
    done = run("check", "nets/drafts/wrong.yaml", "--force-exclude", cwd=project)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert run("check", "lenet:lecture", "--force-exclude", cwd=project).returncode == 0


def test_without_a_configuration_a_spec_has_to_be_named(tmp_path: Path) -> None:
    done = run("check", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("archcalc: name a SPEC, such as net.yaml or a folder; or say in pyproject.toml")
    assert "has no such table" not in done.stderr
    (tmp_path / "pyproject.toml").write_text("[archcalc]\nspecs = ['a']\n")
    assert run("check", cwd=tmp_path).stderr.endswith("; pyproject.toml here has no such table\n")


def test_isolated_is_without_any_configuration(project: Path) -> None:
    configure(project, "ignore = ['AC999']")
    assert run("check", "--isolated", cwd=project).returncode == 2
    assert run("check", "--isolated", "nets/unread.yaml", cwd=project).returncode == 0


def test_a_wrong_configuration_is_shown_and_nothing_is_checked(project: Path) -> None:
    configure(project, "ignroe = ['AC302']\n")
    done = run("check", "nets/good.yaml", cwd=project)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(
        "error[AC602]: `[tool.archcalc]` has no `ignroe`\n"
        "  --> pyproject.toml:4:1\n"
        "   |\n"
        " 4 | ignroe = ['AC302']\n"
        "   | ^^^^^^ unknown key\n"
        "   = help: did you mean `ignore`?\n"
    )
    assert done.stderr.endswith("archcalc: nothing was checked: correct pyproject.toml, or go without it: --isolated\n")
    assert run("check", "lenet:lecture", cwd=project).returncode == 0


def test_a_pattern_that_fits_nothing_is_a_warning_of_the_whole_project(project: Path) -> None:
    configure(project, "[[tool.archcalc.budgets]]\nspecs = 'netz/*'\nlayers = '..9'\n")
    done = run("check", cwd=project)
    assert done.returncode == 0
    assert done.stderr.startswith("warning[AC606]: `netz/*` fits no spec\n  --> pyproject.toml:5:9\n")
    assert run("check", "nets/good.yaml", cwd=project).stderr == ""


def test_files_of_which_none_is_a_spec_are_a_problem(project: Path) -> None:
    (project / "pyproject.toml").write_text("[tool.archcalc]\nspecs = ['compose/*.yaml']\n")
    done = run("check", cwd=project)
    assert done.returncode == 2
    assert "archcalc: pyproject.toml names no .yaml, .yml or .json file that is there\n" in done.stderr
    (project / "compose").mkdir()
    (project / "compose" / "a.yaml").write_text("services: {}\n")
    done = run("check", cwd=project)
    assert done.returncode == 2
    assert done.stderr == (
        "archcalc: there is no spec among the files that pyproject.toml names: compose/a.yaml has neither `layers` nor "
        "`variants`\n"
    )


def test_budgets_are_claims_about_every_spec_that_they_name(project: Path) -> None:
    configure(
        project,
        "[[tool.archcalc.budgets]]\nparameters = '..1M'\nsource = 'the phone'\n"
        "[[tool.archcalc.budgets]]\nspecs = 'unread.yaml'\nmultiplications = '<= 100M'\n",
    )
    good = run("check", "nets/good.yaml", cwd=project)
    assert good.returncode == 0
    assert (
        "ok  parameters: 1,490 of at most 1,000,000 (99 % left) (the phone, budget\n           of every spec)\n"
        in good.stdout
    )
    done = run("check", "nets/unread.yaml", cwd=project)
    assert done.returncode == 1
    assert (
        "error[AC607]: multiplications: expected <= 100M, but the network has 111,776,448\n"
        "  --> nets/unread.yaml:1:8\n"
        "   |\n"
        " 1 | input: [3, 224, 224]\n"
        "   |        ^^^^^^^^^^^^^ 11,776,448 too many; conv 0 has 111,776,448\n"
        "   = note: the budget of `unread.yaml` stands at pyproject.toml:9:19\n"
    ) in done.stdout


def test_a_budget_that_is_a_number_says_how_a_bound_is_written(project: Path) -> None:
    configure(project, "[tool.archcalc.budgets]\nparameters = '5M'\noutput = [9]\n")
    done = run("check", "nets/good.yaml", cwd=project)
    assert done.stdout.count("error[AC607]") == 2
    assert done.stdout.count("= help: at most so much is `<= 5M` or `..5M`\n") == 1
    configure(project, "[tool.archcalc.budgets]\nparameters = '..1k'\n")
    assert "at most so much" not in run("check", "nets/good.yaml", cwd=project).stdout


def test_a_budget_of_the_variants_of_a_file_is_told_at_the_variant(project: Path) -> None:
    (project / "nets/v.yaml").write_text(
        "input: [8]\nlet: {c: 4}\nlayers: [linear: c]\nvariants:\n  a: {let: {c: 5}}\n  b: {let: {c: 60}}\n"
    )
    configure(project, "[tool.archcalc.budgets]\nparameters = '..100'\n")
    done = run("check", "nets/v.yaml", cwd=project)
    assert done.returncode == 1
    assert done.stdout.count("error[AC607]") == 1
    assert " 6 |   b: {let: {c: 60}}\n" in done.stdout


@pytest.mark.parametrize(
    ("budget", "said"),
    [
        ("at = {Q = 9}\nlayers = 1", "error[AC"),
        ("of = 'head'\nlayers = 1", "error[AC404]: there is no layer or scope `head`"),
        ("height = 3", "error[AC409]: the network has no height: its output 10 has channels only"),
    ],
)
def test_a_budget_that_a_network_cannot_have_says_where_it_stands(project: Path, budget: str, said: str) -> None:
    configure(project, f"[tool.archcalc.budgets]\n{budget}\n")
    done = run("check", "nets/good.yaml", cwd=project)
    assert done.returncode == 1
    assert said in done.stdout
    assert "stands at pyproject.toml:" in done.stdout


def test_repairs_are_those_of_the_spec_whatever_a_project_asks(project: Path) -> None:
    (project / "nets/unread.yaml").write_text(FRACTION)
    configure(project, "warn-as-error = true\n[tool.archcalc.budgets]\nlayers = 7\n")
    plain = run("check", "--isolated", "nets/unread.yaml", cwd=project)
    asked = run("check", "nets/unread.yaml", cwd=project)
    (help,) = [line for line in plain.stdout.splitlines() if "= help: padding: 1" in line]
    assert help in asked.stdout
    fixed = run("check", "--fix", "nets/unread.yaml", cwd=project)
    assert fixed.returncode == 1
    assert "error[AC607]" in fixed.stdout


def test_rules_of_the_configuration_and_of_options(project: Path) -> None:
    (project / "nets/good.yaml").write_text(UNUSED)
    both = ["w AC302"], ["w AC149"]
    assert codes(project) == {"nets/good.yaml": both[1], "nets/unread.yaml": both[0]}
    told = {
        ("--ignore", "AC3"): ([], ["w AC149"]),
        ("--ignore", "unread-input,AC1"): ([], []),
        ("--select", "AC302"): (["w AC302"], []),
        ("--select", "AC3", "--ignore", "AC302"): ([], []),
        ("--select", "AC302", "--ignore", "AC3"): (["w AC302"], []),
        ("--warn-as-error",): (["e AC302"], ["e AC149"]),
        ("--warn-as-error", "--select", "AC1"): ([], ["e AC149"]),
    }
    for arguments, (unread, unused) in told.items():
        assert codes(project, *arguments) == {"nets/good.yaml": unused, "nets/unread.yaml": unread}, arguments
    configure(project, "ignore = ['AC3']\nper-file-ignores = {'good.yaml' = ['ALL']}\nwarn-as-error = ['AC3']\n")
    assert codes(project) == {"nets/good.yaml": [], "nets/unread.yaml": []}
    assert codes(project, "--select", "ALL") == {"nets/good.yaml": [], "nets/unread.yaml": ["e AC302"]}
    configure(project, "select = ['AC302']\n")
    assert codes(project, "--ignore", "AC3") == {"nets/good.yaml": [], "nets/unread.yaml": []}


def test_errors_are_always_told(project: Path) -> None:
    assert codes(project, "other.yaml", "--select", "AC1", "--ignore", "AC3") == {"other.yaml": ["e AC301"]}


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--ignore", "AC301"), "--ignore: AC301 is an error, and errors are always told; remove it"),
        (("--select", "AC2x"), "--select: there is no code `AC2x`; "),
        (("--ignore", "unread-inputs"), "--ignore: there is no code `unread-inputs`; did you mean `unread-input`?"),
        (("--ignore", "\x1b[2J"), "--ignore: there is no code `\\x1b[2J`; "),
    ],
)
def test_options_name_codes_that_there_are(project: Path, arguments: tuple[str, ...], complaint: str) -> None:
    done = run("check", "other.yaml", *arguments, cwd=project)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"archcalc: {complaint}")


def test_an_ignore_in_the_text_is_of_use_also_where_its_code_is_not_told(project: Path) -> None:
    (project / "nets/unread.yaml").write_text(UNREAD.replace("stride: 2}", "stride: 2}  # archcalc: ignore[AC302]"))
    (project / "nets/good.yaml").write_text(GOOD.replace("\nat", "  # archcalc: ignore[AC302]\nat"))
    assert codes(project, "--ignore", "AC302") == {"nets/good.yaml": ["w AC150"], "nets/unread.yaml": []}
    assert codes(project, "--select", "AC302") == {"nets/good.yaml": [], "nets/unread.yaml": []}
    assert codes(project, "--ignore", "AC150,AC302") == {"nets/good.yaml": [], "nets/unread.yaml": []}
    assert codes(project, "--warn-as-error")["nets/good.yaml"][0] == "e AC150"


def test_exit_zero_is_for_findings_and_not_for_wrong_usage(project: Path) -> None:
    assert run("check", "other.yaml", "--exit-zero", cwd=project).returncode == 0
    assert run("check", "other.yaml", "--exit-zero", "--diff", cwd=project).returncode == 0
    assert run("check", "nothing.yaml", "--exit-zero", cwd=project).returncode == 2


def test_standard_input_belongs_to_the_folder_in_which_it_is_read(project: Path) -> None:
    configure(project, "warn-as-error = true\n[tool.archcalc.budgets]\nlayers = '..1'\n")
    done = run("check", "-", cwd=project, stdin=UNREAD.encode())
    assert done.returncode == 1
    assert "error[AC302]" in done.stdout
    assert "error[AC607]" in done.stdout
    assert run("check", "lenet:lecture", cwd=project).returncode == 0
