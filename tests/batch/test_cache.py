"""The cache of `archcalc check`: the same answers to the byte, whatever is in it, and a folder that stays small."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from pathlib import Path

import pytest
from cli.command import COMMAND, FRACTION, GOOD, VARIANTS, Done, environment, run
from effort import parts, share
from fuzz import inputs

from archcalc.batch.cache import Cache, of_user

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[2]
FORMATS = ("text", "json", "csv", "markdown", "latex", "github", "gitlab", "sarif", "junit")
UNREAD = "input: [3, 224, 224]\nrounding: floor\nlayers:\n  - conv: {out: 64, kernel: 7, stride: 2}\n"
CLOSED = "input: [1, N, N]\nlayers: [conv: [4, 3]]\n"


def check(*arguments: str, cwd: Path) -> Done:
    """With the cache."""
    return run("check", *arguments, cwd=cwd, ARCHCALC_NO_CACHE="", XDG_CACHE_HOME=str(cwd / "home"))


def plain(*arguments: str, cwd: Path) -> Done:
    """Without it."""
    return run("check", *arguments, "--no-cache", cwd=cwd)


def same(one: Done, other: Done) -> bool:
    return (one.returncode, one.stdout, one.stderr) == (other.returncode, other.stdout, other.stderr)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("[tool.archcalc]\n[[tool.archcalc.budgets]]\nparameters = '..1M'\n")
    nets = {
        "good": GOOD,
        "fraction": FRACTION,
        "variants": VARIANTS,
        "unread": UNREAD,
        "closed": CLOSED,
        "other": "a: 1\n",
    }
    (tmp_path / "nets").mkdir()
    for name, text in nets.items():
        (tmp_path / "nets" / f"{name}.yaml").write_text(text)
    return tmp_path


def entries(project: Path) -> list[Path]:
    return sorted(path for path in (project / ".archcalc_cache").glob("??/*"))


def computed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the networks that are worked out from now on."""
    from archcalc.api.report import Report

    found: list[str] = []
    whole = Report.of

    def of(program: object, *more: object) -> object:
        found.append(program.file.name)  # type: ignore[attr-defined]
        return whole(program, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(Report, "of", of)
    return found


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    "options",
    [(), ("--symbolic",), ("--set", "H=9"), ("--warn-as-error",), ("--ignore", "AC3"), ("--repairs", "0")],
    ids=" ".join,
)
def test_answers_are_the_same_to_the_byte(project: Path, format: str, options: tuple[str, ...]) -> None:
    question = ("nets", "--format", format, *options)
    expected = plain(*question, cwd=project)
    for _ in range(3):
        assert same(check(*question, cwd=project), expected)


@pytest.mark.parametrize("format", FORMATS)
def test_the_catalogue_is_the_same_to_the_byte(format: str, tmp_path: Path) -> None:
    (tmp_path / "specs").symlink_to(ROOT / "specs")
    names = sorted(path.relative_to(tmp_path).as_posix() for path in (tmp_path / "specs").rglob("*.yaml"))
    question = (*share(names, FORMATS.index(format)), "--format", format)
    expected = plain(*question, cwd=tmp_path)
    assert expected.returncode == 0
    for _ in range(2):
        assert same(check(*question, cwd=tmp_path), expected)


@pytest.mark.parametrize("seeds", parts(200, 20), ids=str)
def test_damaged_specs_are_the_same_to_the_byte(seeds: range, tmp_path: Path) -> None:
    for seed in seeds:
        name, data = inputs.make(f"{('mutated', 'generated')[seed % 2]}/cache/{seed}")
        (tmp_path / f"{seed}-{name}").write_bytes(data)
    (tmp_path / "home").mkdir()
    for format in FORMATS:
        question = (".", "--format", format, "--repairs", "1")
        expected = plain(*question, cwd=tmp_path)
        for _ in range(2):
            assert same(check(*question, cwd=tmp_path), expected)


def test_what_is_as_it_was_is_not_worked_out_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check("nets", cwd=project)
    found = computed(monkeypatch)
    check("nets", cwd=project)
    assert found == []
    (project / "nets" / "good.yaml").write_text(GOOD.replace("linear: 10", "linear: 11"))
    assert "1,635" in check("nets", cwd=project).stdout
    assert set(found) == {"nets/good.yaml"}


@pytest.mark.parametrize(
    "change",
    ["--symbolic", "--warn-as-error", "--set H=9", "--columns memory", "--format csv", "budget", "ignore", "version"],
)
def test_the_key_holds_options_configuration_and_version(
    project: Path, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    check("nets", cwd=project)
    more: tuple[str, ...] = tuple(change.split()) if change.startswith("-") else ()
    table = project / "pyproject.toml"
    if change == "budget":
        table.write_text(table.read_text().replace("..1M", "..9"))
    elif change == "ignore":
        table.write_text(table.read_text().replace("[tool.archcalc]\n", "[tool.archcalc]\nignore = ['AC302']\n"))
    elif change == "version":
        monkeypatch.setattr("archcalc.__version__", "0.2.0")
    expected = plain("nets", *more, cwd=project)
    found = computed(monkeypatch)
    assert same(check("nets", *more, cwd=project), expected)
    assert set(found) == {f"nets/{name}.yaml" for name in ("good", "fraction", "variants", "unread", "closed")}


def test_an_answer_of_another_build_is_none(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check("nets", cwd=project)
    monkeypatch.setattr("archcalc.batch.keys.built", lambda package: "the same version with another file")
    found = computed(monkeypatch)
    check("nets", cwd=project)
    assert set(found) == {f"nets/{name}.yaml" for name in ("good", "fraction", "variants", "unread", "closed")}


def test_an_answer_by_a_convention_that_has_changed_is_none(project: Path) -> None:
    mine = project / "mine.yaml"
    mine.write_text("convention: mine\nunit: multiply-adds\nrules: {conv: products}\notherwise: 0\n")
    question = ("nets/good.yaml", "nets/variants.yaml", "--format", "json", "--convention", "mine.yaml")
    before = check(*question, cwd=project)
    mine.write_text(mine.read_text().replace("products", "products + bias"))
    assert same(check(*question, cwd=project), plain(*question, cwd=project))
    assert before.stdout != plain(*question, cwd=project).stdout


def test_a_line_of_pyproject_without_meaning_for_us_changes_nothing(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "pyproject.toml").write_text("[tool.archcalc]\n")
    check("nets", cwd=project)
    (project / "pyproject.toml").write_text("[project]\nname = 'x'\n[tool.archcalc]\n")
    found = computed(monkeypatch)
    check("nets", cwd=project)
    assert found == []


DAMAGES = {
    "cut": lambda data: data[: len(data) // 2],
    "empty": lambda data: b"",
    "bytes": lambda data: os.urandom(200),
    "one bit": lambda data: data[:-5] + bytes([data[-5] ^ 1]) + data[-4:],
    "another answer": lambda data: data.replace(b'"ok":false', b'"ok":true'),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_entry_is_worked_out_anew(project: Path, damage: str) -> None:
    expected = check("nets", cwd=project)
    before = {path: path.read_bytes() for path in entries(project)}
    assert before
    for path, data in before.items():
        path.write_bytes(DAMAGES[damage](data))
    assert same(check("nets", cwd=project), expected)
    assert {path: path.read_bytes() for path in entries(project)} == before


def test_an_entry_under_the_key_of_another_is_none(project: Path) -> None:
    expected = check("nets", cwd=project)
    paths = entries(project)
    contents = [path.read_bytes() for path in paths]
    for path, data in zip(paths, contents[1:] + contents[:1], strict=True):
        path.write_bytes(data)
    assert same(check("nets", cwd=project), expected)


def test_entries_with_a_right_checksum_and_wrong_data_are_none(tmp_path: Path) -> None:
    from archcalc.batch.codec import Damaged, read
    from archcalc.source import SourceFile

    file = SourceFile("a.yaml", "")
    for text in ("", "[]", "{}", "null", '{"is_spec": 1}', '{"is_spec": true, "outcomes": [{}]}', "[" * 100_000):
        with pytest.raises(Damaged):
            read(text, file)
    wrong = '{"is_spec":true,"outcomes":[{"name":"a","variant":null,"ok":true,"diagnostics":%s,"counts":[],'
    wrong += '"is_stated":false,"layers":1,"repaired":null}],"entries":[],"settable":[],"problems":[]}'
    assert read(wrong % "[]", file).outcomes[0].ok
    for found in (
        '[["AC999","error","m",null,"",[],[],[],null]]',
        "[[]]",
        "[1]",
        '[["AC301","error",1,null,"",[],[],[],null]]',
    ):
        with pytest.raises(Damaged):
            read(wrong % found, file)


def test_the_folder_keeps_itself_out_of_git_and_of_backups(project: Path) -> None:
    check("nets", cwd=project)
    folder = project / ".archcalc_cache"
    assert (folder / ".gitignore").read_text() == "*\n"
    assert (folder / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55")
    assert not (project / "home").exists()
    # The folder itself is looked through without it.
    assert check(".", cwd=project).stdout == plain(".", cwd=project).stdout


def test_without_a_project_the_folder_is_that_of_the_user(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.yaml").write_text(GOOD)
    check(".", cwd=tmp_path)
    assert list((tmp_path / "home" / "archcalc").glob("??/*"))
    assert of_user().name in ("archcalc", "cache")


@pytest.mark.parametrize("arguments", [("nets", "--no-cache"), ("nets/good.yaml",), ("nets", "--diff")])
def test_nothing_is_kept_where_nothing_is_gained(project: Path, arguments: tuple[str, ...]) -> None:
    check(*arguments, cwd=project)
    assert not (project / ".archcalc_cache").exists()


def test_a_folder_that_cannot_be_written_changes_no_answer(project: Path) -> None:
    (project / ".archcalc_cache").write_text("a file")
    assert same(check("nets", cwd=project), plain("nets", cwd=project))


def test_old_entries_go_and_the_oldest_where_there_are_too_many(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    keys = [f"{number:064x}"[::-1] for number in range(20)]
    for number, key in enumerate(keys):
        cache.put(key, "x" * 1000)
        os.utime(cache.folder / key[:2] / key[2:], (time.time() - 100 * number,) * 2)
    cache.tidy(most=10_000, old=450)
    assert [cache.get(key) is not None for key in keys] == [True] * 5 + [False] * 15
    cache.tidy(most=2_500, old=10**9)
    assert [cache.get(key) is not None for key in keys] == [True] * 2 + [False] * 18


def test_an_entry_that_is_read_is_not_old(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    key = "0" * 64
    cache.put(key, "text")
    path = cache.folder / key[:2] / key[2:]
    os.utime(path, (time.time() - 10**6,) * 2)
    assert cache.get(key) == "text"
    assert time.time() - path.stat().st_mtime < 100


def test_writers_and_readers_at_once_see_whole_entries_only(tmp_path: Path) -> None:
    seen: list[str | None] = []
    keys = [f"{number:02x}" * 32 for number in range(4)]

    def work(mark: str) -> None:
        cache = Cache(tmp_path / "cache")
        for number in range(100):
            key = keys[number % 4]
            cache.put(key, mark * 50_000)
            seen.append(cache.get(key))
            cache.tidy(most=120_000)

    threads = [threading.Thread(target=work, args=(mark,)) for mark in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 400
    assert {text and (len(text), len(set(text))) for text in seen} <= {None, (50_000, 1)}
    assert list((tmp_path / "cache").glob("??/*.tmp")) == []


def test_runs_at_once_answer_alike(project: Path) -> None:
    more = {"ARCHCALC_NO_CACHE": "", "XDG_CACHE_HOME": str(project / "home")}
    running = [
        subprocess.Popen([*COMMAND, "check", "nets"], cwd=project, stdout=subprocess.PIPE, env=environment(**more))
        for _ in range(3)
    ]
    expected = plain("nets", cwd=project).stdout
    assert [process.communicate()[0].decode() for process in running] == [expected] * 3


def install(root: Path, *, other: bool = False) -> Path:
    """A package as an installer leaves it."""
    package, about = root / "archcalc", root / "archcalc-0.1.0.dist-info"
    package.mkdir(parents=True)
    about.mkdir()
    lines = ["archcalc/a.py,sha256=AAAA,1", f"archcalc/b.py,sha256={'CCCC' if other else 'BBBB'},1"]
    lines += [f"archcalc/__pycache__/{root.name}.pyc,,", f"archcalc-0.1.0.dist-info/{root.name},sha256=EEEE,1"]
    (about / "RECORD").write_text("\n".join(lines if other else lines[::-1]))
    return package


def test_builds_of_one_version_are_told_apart(tmp_path: Path) -> None:
    from archcalc.batch.keys import built

    here, there = built(install(tmp_path / "here")), built(install(tmp_path / "there"))
    assert here == there, "a build is the same wherever it is installed"
    assert built(install(tmp_path / "elsewhere", other=True)) != here


def test_a_checkout_is_another_build_once_a_file_has_changed(tmp_path: Path) -> None:
    from archcalc.batch.keys import built

    package = tmp_path / "archcalc"
    package.mkdir()
    (package / "a.py").write_text("")
    first = built(package)
    assert built(package) == first
    built.cache_clear()
    os.utime(package / "a.py", (1, 1))
    assert built(package) != first
