"""The native playground: messages are answered for its own page alone, and a file is written on a click alone."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli.command import run

from archcalc.live.guard import TOKEN_HEADER
from archcalc.live.session import Refused
from archcalc.play import build
from archcalc.play.page import FOLDER, NATIVE, ONE_FILE, Enclosed, Given, playground, sample
from archcalc.play.server import Opened, PlayServer

GOOD = "input: [1, 7, 7]\nlayers:\n  - {conv: {out: 4, kernel: 3}, as: stem}\n"
HOSTILE = "\\\"</script><img src=x onerror=alert(1)>'&<b>]]>{{7*7}}"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "net.yaml"
    path.write_bytes(GOOD.replace("\n", "\r\n").encode())
    return path


@pytest.fixture
def server(file: Path) -> Iterator[PlayServer]:
    with PlayServer(Opened("net.yaml", None, b"", file), None) as found:
        thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield found
        found.shutdown()
        thread.join()


def ask(server: PlayServer, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    port = server.guard.port
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    known = {"Host": f"127.0.0.1:{port}", TOKEN_HEADER: server.guard.token}
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    connection.request(method, path, body=data, headers={**known, **headers})
    answer = connection.getresponse()
    text = answer.read()
    return answer.status, json.loads(text) if answer.headers["Content-Type"] == "application/json" else text.decode()


def test_it_answers_the_messages_of_its_page(server: PlayServer) -> None:
    status, page = ask(server, "GET", f"/?token={server.guard.token}")
    assert status == 200 and "stem" in page
    status, found = ask(server, "POST", "/ask", {"id": 5, "kind": "check", "text": GOOD})
    assert (status, found["id"], found["result"]["ok"]) == (200, 5, True)
    assert ask(server, "POST", "/ask", {"id": 6, "kind": "sing"})[1]["error"] == "no message is of the kind sing"


@pytest.mark.parametrize(
    "headers", [{TOKEN_HEADER: "guess"}, {"Host": "archcalc.example"}, {"Origin": "http://archcalc.example"}]
)
@pytest.mark.parametrize("path", ["/ask", "/save"])
def test_nobody_else_is_answered(server: PlayServer, file: Path, path: str, headers: dict[str, str]) -> None:
    before = file.read_bytes()
    status, told = ask(server, "POST", path, {"id": 1, "kind": "catalogue", "text": "gone"}, **headers)
    assert status == 403 and told["message"].startswith("this request is refused: ")
    assert file.read_bytes() == before


@pytest.mark.parametrize("body", [b"", b"[]", b"7", b"{", b'{"text": 7}', b"[" * 9999, b"\xff"])
def test_what_is_no_message_is_told(server: PlayServer, body: bytes) -> None:
    status, told = ask(server, "POST", "/ask", body)
    assert status == 400 and told["message"].startswith("a message is an object")
    assert ask(server, "POST", "/elsewhere", {})[0] == 404


def test_a_file_is_saved_with_its_line_ends_unless_it_has_changed(server: PlayServer, file: Path) -> None:
    ask(server, "GET", f"/?token={server.guard.token}")
    text = GOOD.replace("out: 4", "out: 8")
    assert ask(server, "POST", "/save", {"text": text}) == (200, {"message": "saved"})
    assert file.read_bytes() == text.replace("\n", "\r\n").encode()
    file.write_text(GOOD, encoding="utf-8")
    status, told = ask(server, "POST", "/save", {"text": text})
    assert status == 409 and told["message"].startswith("the file has changed since the page was opened")
    assert file.read_text(encoding="utf-8") == GOOD
    # The page that is loaded again begins with the new text.
    ask(server, "GET", f"/?token={server.guard.token}")
    assert ask(server, "POST", "/save", {"text": text})[0] == 200


def test_without_a_file_nothing_is_written() -> None:
    opened = Opened.sample()
    assert opened.given() == sample() and not opened.given().saves
    with pytest.raises(Refused, match="no file was named"):
        opened.save(GOOD)


def test_the_pages_allow_themselves_no_more_than_they_need() -> None:
    def policy(page: str) -> str:
        return page.split('Content-Security-Policy" content="')[1].split('"')[0]

    native, folder, alone = (policy(playground(sample(), form, None)) for form in (NATIVE, FOLDER, ONE_FILE))
    for one in (native, folder, alone):
        assert one.startswith("default-src 'none'; script-src 'sha256-") and "unsafe-inline" not in one
    assert "connect-src 'self'" in native and "worker-src" not in native
    assert "worker-src 'self'" in folder and "connect-src" not in folder
    # The file asks nobody: not even itself.
    assert "connect-src" not in alone and "http" not in alone
    assert "'wasm-unsafe-eval' blob:" in alone and "worker-src blob:" in alone


def test_python_begins_before_the_page_is_read() -> None:
    enclosed = Enclosed("0;", {"one.bin": "AAAA", "two.bin": "BBBB"})
    for page in (playground(sample(), FOLDER, None), playground(sample(), ONE_FILE, None, enclosed)):
        assert page.index("const $first = ") < page.index("<title>") < page.index("$backend.Browser($first)")
    # What the page has in itself is read behind what it shows, and given away piece by piece.
    assert page.index("$backend.Browser($first)") < page.index(">AAAA<") < page.index(">BBBB<")
    assert page.count("$first.take(document.currentScript);</script>") == 2
    assert "$first" not in playground(sample(), NATIVE, None)


def test_a_hostile_spec_is_text_in_the_page() -> None:
    given = Given(f'name: "{HOSTILE}"\n{GOOD}', name=HOSTILE)
    page = playground(given, NATIVE, None)
    assert "<img src=x" not in page.replace("&lt;img src=x", "")
    assert page.count("</script") == 2


def test_what_cannot_be_played(file: Path) -> None:
    file.with_name("image.yaml").write_bytes(b"\x89PNG\xff\xfe")
    for arguments, message in [
        (["nosuch"], "there is neither a file nor a catalogue entry `nosuch`"),
        (["unet:nope"], "has no variant `nope`; there are paper, rgb"),
        (["image.yaml"], "image.yaml is no spec: "),
        (["--port", "99999"], "a port is a number from 0 to 65,535, not 99999"),
        (["--one-file", "page.txt"], "the file is a page of HTML: end page.txt in .html"),
        (["--static", str(file.parent)], "is not empty: --force writes the files of a playground into it"),
    ]:
        result = run("play", *arguments, "--no-browser", cwd=file.parent)
        assert result.returncode == 2 and message in result.stderr, arguments


def test_a_build_says_what_it_lacks(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build.shutil, "which", lambda name: None)
    result = run("play", "--static", "site", cwd=file.parent)
    assert result.returncode == 2
    assert "needs Node.js 20 or newer with npm, and there is no node: install it" in result.stderr
    assert not (file.parent / "site").exists()


def test_a_registry_that_does_not_answer_is_named(file: Path) -> None:
    command = ["node", "-e", "console.error('ENOTFOUND registry'); process.exit(1)"]
    if build.shutil.which("node") is None:
        command = ["false"]
    with pytest.raises(build.Unbuildable, match=r"failed; does npm's registry answer\?"):
        build._run(command, file.parent, "npm's registry")


def test_nothing_of_the_tool_chain_is_in_the_package() -> None:
    folder = build.TOOLS.parent
    names = {path.name for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert not [name for name in names if name.endswith((".wasm", ".zip", ".whl", ".js"))]
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.suffix != ".pyc" and path.is_file()) < 120_000
    pinned = json.loads((build.TOOLS / "package.json").read_text(encoding="utf-8"))
    versions = [*pinned["dependencies"].values()]
    assert all(version[0].isdigit() for version in versions), "versions are exact"
    assert all("==" in wheel for one in pinned["python"].values() for wheel in one["wheels"])


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ([], "playing; nothing is written: "),
        (["unet:paper"], "playing with unet; nothing is written: "),
        (["net.yaml"], "playing with net.yaml, which is saved on a click alone: "),
    ],
)
def test_it_says_what_is_written_and_how_it_ends(file: Path, named: list[str], said: str) -> None:
    command = [sys.executable, "-m", "archcalc", "play", *named, "--no-browser"]
    nowhere = {**os.environ, "XDG_CACHE_HOME": str(file.parent / "cache")}
    process = subprocess.Popen(command, cwd=file.parent, env=nowhere, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert process.stderr.readline().startswith("the editor is a plain field for text; ")
    line = process.stderr.readline()
    assert line.startswith(f"{said}http://127.0.0.1:"), line
    process.send_signal(signal.SIGINT)
    assert (process.communicate(timeout=60)[1], process.returncode) == ("ended\n", 0)
    assert [path.name for path in file.parent.iterdir()] == ["net.yaml"]
