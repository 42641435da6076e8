"""The served page in Chromium: it follows the file, writes what is clicked, and other pages reach nothing."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from archcalc.live.follower import Follower
from archcalc.live.page import live_page
from archcalc.live.session import Session

pytestmark = pytest.mark.browser

GOOD = "input: [1, N, N]\nat: {N: 7}\nlayers:\n  - {conv: {out: 4, kernel: 3}, as: stem}\n"
TYPO = GOOD.replace("conv", "Conv2d")
HOSTILE = "\\\"</script><img src=x onerror=alert(1)>'&<b>{{7*7}}"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "net.yaml"
    path.write_text(GOOD, encoding="utf-8")
    return path


@pytest.fixture
def server(file: Path) -> Iterator[Follower]:
    with (
        Session(file, "net.yaml", None) as session,
        Follower(session, lambda: live_page(session.shown.data)) as found,
    ):
        thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield found
        found.shutdown()
        thread.join()


@pytest.fixture
def tab(chromium: Any, server: Follower) -> Iterator[Any]:
    found = chromium.open(server.guard.address)
    yield found
    assert (found.errors, found.dialogs) == ([], [])
    found.close()


def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


def test_the_page_follows_the_file(tab: Any, file: Path) -> None:
    until(lambda: tab.text("#watching") == "net.yaml: ok")
    assert "token" not in tab.run("location.href")
    tab.run("document.querySelector('#rows tr[data-place]').click()")
    assert "stem" in tab.text("#work h2")
    file.write_text(GOOD.replace("out: 4", "out: 8"), encoding="utf-8")
    until(lambda: "8×5×5" in tab.text("#rows"))
    # The layer that was chosen still is.
    until(lambda: "stem" in tab.text("#work h2"))
    file.write_text("input: [1, 7\n", encoding="utf-8")
    until(lambda: "below is the network as it was before" in tab.text("#watching"))
    assert tab.run("document.body.classList.contains('old')")
    # A file that is being written has no text for a moment, which may be seen.
    until(lambda: "input: [1, 7" in tab.text("#spec"))
    assert "8×5×5" in tab.text("#rows")
    file.write_text(GOOD, encoding="utf-8")
    until(lambda: tab.text("#watching") == "net.yaml: ok")
    assert not tab.run("document.body.classList.contains('old')")


def test_a_repair_is_written_by_a_click_alone(tab: Any, file: Path) -> None:
    file.write_text(TYPO, encoding="utf-8")
    until(lambda: "did you mean" in tab.text("#repairs"))
    assert "conv: {out: 4, kernel: 3}" in tab.text("#repairs .added")
    assert file.read_text(encoding="utf-8") == TYPO
    tab.run("document.querySelector('#repairs button').click()")
    until(lambda: file.read_text(encoding="utf-8") == GOOD)
    until(lambda: tab.text("#watching") == "net.yaml: ok" and tab.text("#repairs") == "")


def test_names_are_text_and_nothing_else(tab: Any, file: Path) -> None:
    file.write_text(f'name: "{HOSTILE}"\n' + GOOD, encoding="utf-8")
    until(lambda: "onerror" in tab.text("#title"))
    file.write_text(f'name: "{HOSTILE}"\n' + TYPO, encoding="utf-8")
    until(lambda: "did you mean" in tab.text("#repairs"))
    assert tab.run("document.querySelectorAll('img').length") == 0


def test_an_ended_server_is_told(tab: Any, server: Follower) -> None:
    until(lambda: tab.text("#watching") == "net.yaml: ok")
    server.shutdown()
    server.server_close()
    server.session.__exit__()
    until(lambda: "has ended" in tab.text("#watching") or "may have ended" in tab.text("#watching"))
    tab.errors.clear()  # Chromium notes that nobody answers.


EVIL = """<!doctype html><script>
const port = PORT, told = [];
const attempt = async (name, work) => {
  try { told.push([name, await work()]) } catch { told.push([name, "blocked"]) }
};
(async () => {
  await attempt("read", async () => (await fetch(`http://127.0.0.1:${port}/state`)).status);
  await attempt("token", async () =>
    (await fetch(`http://127.0.0.1:${port}/state`, { headers: { "X-Archcalc-Token": "guess" } })).status);
  await attempt("write", async () => {
    const options = { method: "POST", mode: "no-cors", body: '{"serial": 2, "repair": 0}' };
    return (await fetch(`http://127.0.0.1:${port}/repair`, options)).type;
  });
  await attempt("frame", () => new Promise((done) => {
    const frame = document.createElement("iframe");
    frame.src = `http://127.0.0.1:${port}/?token=guess`;
    frame.onload = () => { try { done(frame.contentDocument.body.textContent) } catch { done("blocked") } };
    document.body.append(frame);
  }));
  window.told = told;
})();
</script>"""


def test_another_page_reaches_nothing(chromium: Any, server: Follower, file: Path, tmp_path: Path) -> None:
    file.write_text(TYPO, encoding="utf-8")
    until(lambda: bool(server.session.shown.repairs))
    folder = tmp_path / "evil"
    folder.mkdir()
    (folder / "index.html").write_text(EVIL.replace("PORT", str(server.guard.port)), encoding="utf-8")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(folder))

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        tab = chromium.open(f"http://localhost:{other.server_address[1]}/")
        until(lambda: bool(tab.run("window.told")))
        told = dict(tab.run("window.told"))
        other.shutdown()
    tab.close()
    assert told["read"] == told["token"] == "blocked"
    # What is sent without asking goes out, and is refused; its sender cannot even see that.
    assert told["write"] in ("opaque", "blocked")
    assert "stem" not in told["frame"]
    assert file.read_text(encoding="utf-8") == TYPO
