"""How long a playground takes: `PYTHONPATH=.:tests python tests/benchmarks/playing.py BUILT [SPEC] [KEYS]`.

`BUILT` holds `site` and `playground.html`. From the opening of a page to its first result, cold (another
browser) and warm (a second tab), and from a key press in a spec to the result, as the median and the longest of some
keys.
"""

from __future__ import annotations

import http.server
import json
import os
import statistics
import sys
import threading
import time
from functools import partial
from pathlib import Path

from chromium import Browser, Tab

from archcalc.catalogue import find


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


def main(built: Path, spec: str, keys: int) -> None:
    """Measure and print."""
    found = find(spec)
    text = found.read().decode("utf-8")
    print("load of the machine:", *(f"{one:.1f}" for one in os.getloadavg()))
    handler = partial(_Quiet, directory=str(built / "site"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        site = f"http://127.0.0.1:{server.server_address[1]}/"
        for name, address in (("folder", site), ("one file", (built / "playground.html").resolve().as_uri())):
            with Browser() as browser:
                for state in ("cold", "warm"):
                    tab = browser.open(address)
                    print(f"{name}, {state}: first result after {answered(tab, 1):.0f} ms")
                print(f"{name}, {spec}: from a key to the result (ms):", *typed(tab, text, found.variant, keys))
        server.shutdown()


def answered(tab: Tab, times: int) -> float:
    """Milliseconds from the start of the page to an answer that is shown."""
    marks = "performance.getEntriesByName('archcalc-answered').map(one => one.startTime)"
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
