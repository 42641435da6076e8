"""How long a playground takes: `PYTHONPATH=.:tests python tests/benchmarks/playing.py BUILT [SPEC] [KEYS]`.

`BUILT` holds `site` and `playground.html`. From the opening of a page to its first result, cold (another
browser) and warm (a second tab), and from a key press in a spec to the result, as the median and the longest of some
keys. Each time stands beside that of the same Pyodide in the same browser, from nothing and without archcalc, so that
what was measured on different machines, or on a busy one, can be compared.
"""

from __future__ import annotations

import http.server
import json
import os
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from chromium import Browser, Tab

from archcalc.catalogue import find
from archcalc.play.build import cache

_STARTED = "archcalc-answered"
"""The mark of a page that shows its first result."""
_BARE = f"""<!doctype html><script type="module">
import {{ loadPyodide }} from "./pyodide.mjs";
(await loadPyodide()).runPython("1 + 1");
performance.mark("{_STARTED}");
</script>"""


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


class _Bare(_Quiet):
    """A page with Pyodide and nothing else."""

    def do_GET(self) -> None:
        if self.path != "/":
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(_BARE.encode())


def main(built: Path, spec: str, keys: int) -> None:
    """Measure and print."""
    found = find(spec)
    text = found.read().decode("utf-8")
    print("load of the machine:", *(f"{one:.1f}" for one in os.getloadavg()))
    with served(_Bare, cache() / "node_modules" / "pyodide") as bare, served(_Quiet, built / "site") as site:
        for name, address in (("folder", site), ("one file", (built / "playground.html").resolve().as_uri())):
            with Browser() as browser, Browser() as other:
                for state in ("cold", "warm"):
                    started = answered(other.open(bare), 1)
                    tab = browser.open(address)
                    first = answered(tab, 1)
                    print(f"{name}, {state}: first result after {first:.0f} ms, {first / started:.2f} times", end=" ")
                    print(f"what Python without archcalc takes to start ({started:.0f} ms)")
                print(f"{name}, {spec}: from a key to the result (ms):", *typed(tab, text, found.variant, keys))


@contextmanager
def served(handler: type[_Quiet], folder: Path) -> Iterator[str]:
    """The address at which a folder is served."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


def answered(tab: Tab, times: int) -> float:
    """Milliseconds from the start of the page to an answer that is shown."""
    marks = f"performance.getEntriesByName('{_STARTED}').map(one => one.startTime)"
    while len(found := tab.run(marks)) < times:
        time.sleep(0.01)
    return float(found[times - 1])


def typed(tab: Tab, text: str, variant: str | None, keys: int) -> list[str]:
    """What keys take, in words."""
    tab.run(f"$playing.variant = {json.dumps(variant)}; $playing.editor.set({json.dumps(text)})")
    answered(tab, 2)
    took: list[float] = []
    for _ in range(keys):
        time.sleep(0.5)
        key = "$playing.editor.change([{from: 0, to: 0, insert: '#\\n'}])"
        start = tab.run(f"performance.clearMarks(); {key}; performance.now()")
        took.append(answered(tab, 1) - start)
    return ["median", f"{statistics.median(took):.0f}", "longest", f"{max(took):.0f}"]


if __name__ == "__main__":
    main(
        Path(sys.argv[1]),
        sys.argv[2] if len(sys.argv) > 2 else "resnet:resnet50",
        int(sys.argv[3]) if len(sys.argv) > 3 else 10,
    )
