"""A spec on a page: new states at every save, repairs only on a click, nothing for anybody else."""

from __future__ import annotations

import http.client
import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from archcalc.live.follower import Follower
from archcalc.live.guard import TOKEN_HEADER
from archcalc.live.session import Refused, Session

GOOD = "input: [1, 7, 7]\nlayers:\n  - {conv: {out: 4, kernel: 3}, as: stem}\n"
BAD = "input: [1, 7, 7]\nlayers:\n  - {conv: {out: 4, kernel: 3, stride: 3}, as: stem}\n"
TYPO = "input: [1, 7, 7]\nlayers:\n  - {Conv2d: {out: 4, kernel: 3}, as: stem}\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "net.yaml"
    path.write_text(GOOD, encoding="utf-8")
    return path


@pytest.fixture
def server(file: Path) -> Iterator[Follower]:
    with Session(file, "net.yaml", None) as session, Follower(session, lambda: "<!doctype html>page") as found:
        thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield found
        found.shutdown()
        thread.join()


def ask(server: Follower, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any, dict[str, str]]:
    port = server.guard.port
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    known = {"Host": f"127.0.0.1:{port}", TOKEN_HEADER: server.guard.token}
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    connection.request(method, path, body=data, headers={**known, **told})
    answer = connection.getresponse()
    text = answer.read()
    found = json.loads(text) if answer.headers["Content-Type"] == "application/json" else text
    return answer.status, found, dict(answer.headers)


def state(server: Follower, after: int = 0) -> dict[str, Any]:
    status, found, _ = ask(server, "GET", f"/state?after={after}")
    assert status == 200
    assert isinstance(found, dict)
    return found


def settled(server: Follower, text: str) -> dict[str, Any]:
    """The state of a text, with its repairs.

    How many states come before it is up to the machine: a file that is written is empty for a moment, and a slow
    reader meets a text and its repairs at once.
    """
    found = state(server)
    while found["data"]["text"] != text or found["repairs"] is None:
        found = state(server, found["serial"])
    return found


def test_the_page_and_its_first_state(server: Follower) -> None:
    status, page, headers = ask(server, "GET", f"/?token={server.guard.token}")
    assert (status, page) == (200, b"<!doctype html>page")
    assert headers["X-Frame-Options"] == "DENY" and headers["Cache-Control"] == "no-store"
    assert not any(name.startswith("Access-Control") for name in headers)
    found = settled(server, GOOD)
    assert [layer["name"] for layer in found["data"]["layers"]] == ["input", "stem"]
    assert (found["old"], found["repairs"], found["data"]["diagnostics"]) == (False, [], [])


def test_every_save_is_a_new_state(server: Follower, file: Path) -> None:
    first = settled(server, GOOD)
    file.write_text(BAD, encoding="utf-8")
    found = settled(server, BAD)
    (error,) = [one for one in found["data"]["diagnostics"] if one["severity"] == "error"]
    assert (error["code"], error["line"]) == ("AC301", 3)
    # Editors also put another file in the place of the old one.
    new = file.with_suffix(".new")
    wider = GOOD.replace("out: 4", "out: 8")
    new.write_text(wider, encoding="utf-8")
    os.replace(new, file)
    again = settled(server, wider)
    assert again["data"]["diagnostics"] == []
    assert first["serial"] < found["serial"] < again["serial"]


def test_a_save_that_changes_nothing_is_no_new_state(server: Follower, file: Path) -> None:
    first = settled(server, GOOD)
    new = file.with_suffix(".new")
    new.write_text(GOOD, encoding="utf-8")
    os.replace(new, file)
    time.sleep(0.3)
    assert server.session.after(first["serial"], 0.1) is None


def test_a_broken_text_keeps_the_last_network_and_says_so(server: Follower, file: Path) -> None:
    settled(server, GOOD)
    broken = "input: [1, 7\nlayers:\n"
    file.write_text(broken, encoding="utf-8")
    found = settled(server, broken)
    assert found["old"] is True
    assert [layer["name"] for layer in found["data"]["layers"]] == ["input", "stem"]
    assert any(one["severity"] == "error" for one in found["data"]["diagnostics"])
    file.write_bytes(b"input: \xff\xfe")
    assert settled(server, "")["old"] is True


def test_a_repair_is_written_when_it_is_clicked_and_not_before(server: Follower, file: Path) -> None:
    settled(server, GOOD)
    crlf = TYPO.replace("\n", "\r\n").encode()
    file.write_bytes(crlf)
    found = settled(server, TYPO)
    (repair,) = [one for one in found["repairs"] if one["safe"]]
    assert repair["line"] == 3
    assert repair["preview"] == [
        "-  - {Conv2d: {out: 4, kernel: 3}, as: stem}",
        "+  - {conv: {out: 4, kernel: 3}, as: stem}",
    ]
    assert file.read_bytes() == crlf
    status, told, _ = ask(
        server, "POST", "/repair", {"serial": found["serial"], "repair": found["repairs"].index(repair)}
    )
    assert (status, told) == (200, {"message": "written"})
    assert file.read_bytes() == GOOD.replace("\n", "\r\n").encode()  # With the line ends that it had.
    assert settled(server, GOOD)["data"]["diagnostics"] == []


def test_a_repair_of_an_earlier_text_is_refused(server: Follower, file: Path) -> None:
    settled(server, GOOD)
    file.write_text(TYPO, encoding="utf-8")
    found = settled(server, TYPO)
    later = TYPO + "# a remark\n"
    file.write_text(later, encoding="utf-8")
    status, told, _ = ask(server, "POST", "/repair", {"serial": found["serial"], "repair": 0})
    assert status == 409 and "look again" in told["message"]
    assert file.read_text(encoding="utf-8") == later


def test_what_was_saved_a_moment_ago_is_not_written_over(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two looks at the file, so that the session still takes its text for the present one."""
    monkeypatch.setattr("archcalc.live.session.PAUSE", 600.0)
    file.write_text(TYPO, encoding="utf-8")
    with Session(file, "net.yaml", None) as session:
        shown = session.shown
        while shown.repairs is None:
            later = session.after(shown.serial, 60)
            assert later is not None
            shown = later
        saved = TYPO + "# a remark\n"
        file.write_text(saved, encoding="utf-8")
        with pytest.raises(Refused, match="the file has changed since"):
            session.repair(shown.serial, 0)
    assert file.read_text(encoding="utf-8") == saved


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b'{"serial": "1", "repair": 0}', 400),
        (b'{"serial": true, "repair": 0}', 400),
        (b"[" * 9_000, 400),
        (b"x" * 10_001, 413),
        (b'{"serial": 0, "repair": 0}', 409),
        (b'{"serial": 99, "repair": -1}', 409),
    ],
)
def test_nonsense_changes_nothing(server: Follower, file: Path, body: bytes, status: int) -> None:
    assert ask(server, "POST", "/repair", body)[0] == status
    assert file.read_text(encoding="utf-8") == GOOD


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["/", "/state", "/repair", "/../../etc/passwd", "/net.yaml"])
@pytest.mark.parametrize(
    "headers",
    [
        {TOKEN_HEADER: "wrong"},
        {"Host": "rebound.example"},
        {"Origin": "http://evil.example"},
        {"Sec_Fetch_Site": "cross-site"},
    ],
    ids=["token", "host", "origin", "site"],
)
def test_others_are_refused(server: Follower, method: str, path: str, headers: dict[str, str]) -> None:
    status, told, answered = ask(server, method, path, b"{}" if method == "POST" else None, **headers)
    assert status == 403 and "refused" in told["message"]
    assert not any(name.startswith("Access-Control") for name in answered)


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "DELETE", "TRACE"])
def test_other_methods_are_unknown(server: Follower, method: str) -> None:
    port = server.guard.port
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, "/state", headers={"Host": f"127.0.0.1:{port}"})
    assert connection.getresponse().status == 501


def test_no_file_is_served(server: Follower) -> None:
    assert ask(server, "GET", "/net.yaml")[0] == 404
    assert ask(server, "GET", "/..%2fnet.yaml")[0] == 404


def test_it_listens_on_this_machine_alone(server: Follower) -> None:
    assert server.server_address[0] == "127.0.0.1"
    assert server.guard.address.startswith("http://127.0.0.1:")
