"""The playground in Chromium: with archcalc on this machine, in a folder, and in one file without a network."""

from __future__ import annotations

import http.server
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from play.built import BUILT, needs_built

from archcalc.play.server import Opened, PlayServer

pytestmark = pytest.mark.browser

GOOD = "input: [1, N, N]\nat: {N: 7}\nlayers:\n  - {conv: {out: 4, kernel: 3}, as: stem}\n"
BAD = GOOD.replace("kernel: 3", "kernel: 3, stride: 3")
HOSTILE = "\\\"</script><img src=x onerror=alert(1)>'&<b>]]>{{7*7}}"


class _Site(http.server.SimpleHTTPRequestHandler):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args, directory=str(BUILT / "site"))

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "net.yaml"
    path.write_text(GOOD, encoding="utf-8")
    return path


@pytest.fixture
def native(file: Path) -> Iterator[str]:
    with PlayServer(Opened("net.yaml", None, b"", file), None) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield server.guard.address
        server.shutdown()
        thread.join()


@pytest.fixture
def site() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


def until(condition: Callable[[], Any], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


def write(tab: Any, text: str) -> None:
    tab.run(f"$playing.editor.set({json.dumps(text)})")


def played(tab: Any) -> None:
    """What every form can do."""
    until(lambda: tab.text("#playing") == "ok")
    write(tab, BAD)
    until(lambda: tab.text("#playing") == "1 error")
    until(lambda: tab.run("document.querySelectorAll('.make').length"))
    assert "AC301" in tab.text("#told") and "is not a whole number" in tab.text("#told")
    tab.run("document.querySelector('.make').click()")
    until(lambda: tab.text("#playing") == "ok")
    assert tab.run("$playing.editor.text") != BAD
    # A text that says nothing leaves the page before it, marked.
    write(tab, "input: [1, 7")
    until(lambda: tab.text("#aged").startswith("old"))
    assert tab.run("document.body.classList.contains('old')") and "stem" in tab.text("#rows")
    tab.run("(s => { s.value = 'unet'; s.dispatchEvent(new Event('change')); })(document.getElementById('catalogue'))")
    until(lambda: "U-Net" in tab.text("#title"))
    assert tab.text("#aged") == "" and "paper" in tab.text("#variant")
    tab.click("#tab-terminal")
    until(lambda: tab.text("#terminal").startswith("U-Net:paper"))
    tab.click("#tab-picture")
    until(lambda: tab.run("(i => !!i && i.complete && i.naturalWidth > 0)(document.querySelector('#picture img'))"))
    tab.click("#tab-page")
    write(tab, f'name: "{HOSTILE}"\n' + BAD.replace("stem", "s"))
    until(lambda: "onerror" in tab.text("#title"))
    assert tab.run("document.querySelectorAll('img[onerror]').length") == 0
    assert (tab.errors, tab.dialogs) == ([], [])


def test_a_field_for_text_is_enough(chromium: Any, native: str, file: Path) -> None:
    tab = chromium.open(native)
    assert "token" not in tab.run("location.href")
    played(tab)
    assert file.read_text(encoding="utf-8") == GOOD, "nothing is written without a click"
    write(tab, GOOD.replace("out: 4", "out: 8"))
    until(lambda: tab.text("#playing") == "ok")
    tab.click("#save")
    until(lambda: file.read_text(encoding="utf-8") == GOOD.replace("out: 4", "out: 8"))
    until(lambda: tab.run("document.getElementById('save').disabled"))
    tab.close()


@pytest.mark.once
@needs_built
def test_a_folder_runs_python_in_the_browser(chromium: Any, site: str) -> None:
    tab = chromium.open(site)
    played(tab)
    # What is typed goes nowhere; a link has it behind the #.
    write(tab, GOOD)
    until(lambda: tab.text("#playing") == "ok")
    tab.click("#share")
    until(lambda: "#spec=" in tab.run("location.href"))
    link = tab.run("location.href")
    assert all(one.startswith((site, "data:", "blob:")) for one in tab.requests)
    tab.close()
    tab = chromium.open(link)
    until(lambda: tab.text("#playing") == "ok")
    assert tab.run("$playing.editor.text") == GOOD and "stem" in tab.text("#rows")
    tab.close()


@pytest.mark.once
@needs_built
def test_a_folder_on_a_disk_says_what_it_needs(chromium: Any) -> None:
    tab = chromium.open((BUILT / "site" / "index.html").resolve().as_uri())
    until(lambda: "this folder needs a web server" in tab.text("#playing"))
    assert tab.text("#playing").startswith("Python could not be started: ")
    tab.close()


@pytest.mark.once
@needs_built
def test_what_is_typed_is_completed_and_underlined(chromium: Any, site: str) -> None:
    tab = chromium.open(site)
    until(lambda: tab.text("#playing") == "ok")
    inside = "document.getElementById('editor').shadowRoot"
    write(tab, BAD)
    until(lambda: tab.run(f"{inside}.querySelectorAll('.cm-lintRange-error').length"))
    tab.run("(v => { v.focus(); v.dispatch({selection: {anchor: v.state.doc.length}}) })($playing.editor.view)")
    for key in "  - ma":
        tab.press(key)
    until(lambda: "max_pool" in (tab.run(f"{inside}.querySelector('.cm-tooltip-autocomplete')?.textContent") or ""))
    tab.press("Escape")
    write(tab, GOOD)
    until(lambda: tab.text("#playing") == "ok")
    word = "$playing.editor.text.indexOf('kernel') + 2"
    x, y = tab.run(f"(r => [r.left + 2, (r.top + r.bottom) / 2])($playing.editor.view.coordsAtPos({word}))")
    for step in range(3):
        tab.send("Input.dispatchMouseEvent", type="mouseMoved", x=x + step, y=y)
    until(lambda: "Size of the window" in (tab.run(f"{inside}.querySelector('.cm-tooltip-hover')?.textContent") or ""))
    assert (tab.errors, tab.dialogs) == ([], [])
    tab.close()


AXE = os.environ.get("ARCHCALC_AXE")


@pytest.mark.once
@pytest.mark.skipif(not AXE, reason="ARCHCALC_AXE does not name axe.min.js of the npm package axe-core")
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("is_built", [False, pytest.param(True, marks=needs_built)], ids=["plain", "built"])
def test_axe_finds_nothing_serious(chromium: Any, native: str, site: str, is_built: bool, dark: bool) -> None:
    tab = chromium.open(site if is_built else native, dark=dark)
    until(lambda: tab.text("#playing") == "ok")
    tab.run(f"{Path(str(AXE)).read_text(encoding='utf-8')}; 0")
    serious = "all.violations.filter(one => ['serious', 'critical'].includes(one.impact))"
    found = f"axe.run().then(all => {serious}.map(one => [one.id, one.nodes[0].html]))"
    assert tab.run(found) == []
    write(tab, BAD)
    until(lambda: tab.run("document.querySelectorAll('.make').length"))
    assert tab.run(found) == []
    write(tab, "input: [1, 7")
    until(lambda: tab.text("#aged"))
    assert tab.run(found) == []
    tab.click("#tab-terminal")
    until(lambda: tab.text("#terminal"))
    assert tab.run(found) == []
    tab.close()


@pytest.mark.once
@needs_built
def test_one_file_works_without_a_network(chromium: Any) -> None:
    tab = chromium.open("about:blank")
    tab.send("Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=0, uploadThroughput=0)
    address = (BUILT / "playground.html").resolve().as_uri()
    tab.go(address)
    played(tab)
    assert [one for one in tab.requests if not one.startswith(("data:", "blob:"))] in (
        [address],
        ["about:blank", address],
    )
    tab.close()
