"""What a write keeps of the file that was there: rights, owner, links, attributes; what it would lose, it refuses."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli.command import run

from archcalc import files

BROKEN = "input: [1, 7, 7]\nlayers:\n  - conv: {out: 1, kernel: 3, stride: 3}\n"
COMMANDS = {
    "fix": ["check", "--fix", "net.yaml"],
    "export": ["export", "lenet:lecture", "-o", "net.yaml", "--force"],
    "show": ["show", "lenet:lecture", "-o", "net.yaml", "--force"],
    "certificate": ["sizes", "lenet:lecture", "--certificate", "net.yaml", "--force"],
    "draw": ["draw", "lenet:lecture", "--format", "dot", "-o", "net.yaml", "--force"],
}

pytestmark = pytest.mark.skipif(os.name != "posix", reason="rights and links are those of POSIX")


@pytest.fixture
def net(tmp_path: Path) -> Path:
    path = tmp_path / "net.yaml"
    path.write_text(BROKEN, encoding="utf-8")
    return path


@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755, 0o2644, 0o1666])
def test_rights_are_kept(net: Path, arguments: list[str], mode: int) -> None:
    net.chmod(mode)
    assert run(*arguments, cwd=net.parent).returncode == 0
    assert net.read_text(encoding="utf-8") != BROKEN
    assert stat.S_IMODE(net.stat().st_mode) == mode
    assert [path.name for path in net.parent.iterdir()] == ["net.yaml"]


@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS)
def test_another_name_of_the_file_is_a_reason_to_refuse(net: Path, arguments: list[str]) -> None:
    (net.parent / "other.yaml").hardlink_to(net)
    done = run(*arguments, cwd=net.parent)
    assert done.returncode == 2
    assert "cannot write net.yaml: it has 2 names (hard links), and the others would keep the old text" in done.stderr
    assert net.read_text(encoding="utf-8") == BROKEN
    assert net.stat().st_nlink == 2


@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize("mode", [0o444, 0o400, 0o555])
def test_nobody_writes_a_read_only_file(net: Path, arguments: list[str], mode: int) -> None:
    """Also root does not, whom rights do not bind."""
    net.chmod(mode)
    done = run(*arguments, cwd=net.parent)
    assert done.returncode == 2
    assert "cannot write net.yaml: it is read-only" in done.stderr
    assert net.read_text(encoding="utf-8") == BROKEN


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")
def test_the_owner_is_kept(net: Path) -> None:
    os.chown(net, 1234, 2345)
    net.chmod(0o2664)
    assert run("check", "--fix", "net.yaml", cwd=net.parent).returncode == 0
    assert (net.stat().st_uid, net.stat().st_gid) == (1234, 2345)
    # Another owner takes the special bits away, unless they are set after it.
    assert stat.S_IMODE(net.stat().st_mode) == 0o2664


def _denied(*_: Any) -> None:
    raise PermissionError(errno.EPERM, "Operation not permitted")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")
def test_a_file_that_would_change_its_owner_stays(net: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.chown(net, 1234, 2345)
    monkeypatch.setattr(os, "chown", _denied)
    done = run("check", "--fix", "net.yaml", cwd=net.parent)
    assert done.returncode == 2
    assert "cannot write net.yaml: it would change its owner or its group" in done.stderr
    assert net.read_text(encoding="utf-8") == BROKEN


def test_attributes_are_kept(net: Path) -> None:
    try:
        os.setxattr(net, "user.note", b"mine")
    except (AttributeError, OSError):
        pytest.skip("this disk has no extended attributes")
    assert run("check", "--fix", "net.yaml", cwd=net.parent).returncode == 0
    assert os.getxattr(net, "user.note") == b"mine"


@pytest.mark.parametrize("name", ["export", "show", "certificate", "draw"])
def test_a_link_to_nowhere_is_there(tmp_path: Path, name: str) -> None:
    (tmp_path / "net.yaml").symlink_to("elsewhere.yaml")
    arguments = [one for one in COMMANDS[name] if one != "--force"]
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert "net.yaml exists; --force overwrites it" in done.stderr
    assert not (tmp_path / "elsewhere.yaml").exists()
    assert run(*arguments, "--force", cwd=tmp_path).returncode == 0
    assert (tmp_path / "net.yaml").is_symlink() and (tmp_path / "elsewhere.yaml").is_file()


def _no_unnamed_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "O_TMPFILE", raising=False)


def _as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    pass


@pytest.mark.parametrize("system", [_no_unnamed_files, _as_it_is])
def test_the_disk_has_the_data_before_the_name(
    tmp_path: Path, system: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    system(monkeypatch)
    events: list[str] = []
    for name in ("fsync", "replace", "link"):
        real = getattr(os, name)
        monkeypatch.setattr(
            os, name, lambda *given, name=name, real=real, **more: (events.append(name), real(*given, **more))[1]
        )
    for force, text in ((False, b"one"), (True, b"two"), (True, b"three")):
        events.clear()
        files.write(tmp_path / "net.yaml", text, force=force)
        assert (tmp_path / "net.yaml").read_bytes() == text
        assert events[0] == "fsync" and {*events[1:]} & {"replace", "link"}
    with pytest.raises(FileExistsError):
        files.write(tmp_path / "net.yaml", b"four", force=False)
    assert [path.name for path in tmp_path.iterdir()] == ["net.yaml"]


@pytest.mark.skipif(not hasattr(os, "O_TMPFILE"), reason="this system knows no files without names")
def test_a_process_that_is_killed_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until the data are on the disk, the new file has no name that could stay behind."""

    def look(descriptor: int) -> None:
        seen.append(sorted(path.name for path in tmp_path.iterdir()))

    seen: list[list[str]] = []
    monkeypatch.setattr(os, "fsync", look)
    files.write(tmp_path / "net.yaml", b"one", force=True)
    assert seen[0] == []
