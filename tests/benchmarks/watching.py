"""From a save to the page that shows it: `PYTHONPATH=.:tests python tests/benchmarks/watching.py [SPEC] [SAVES]`.

The time from the moment at which a file is written until the page in Chromium has the new text, as the median and the
longest of some saves.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

from chromium import Browser, Tab

from archcalc.catalogue import find
from archcalc.live.follower import Follower
from archcalc.live.page import live_page
from archcalc.live.session import Session


def main(spec: str, saves: int) -> None:
    """Measure and print."""
    found = find(spec)
    text = found.read().decode("utf-8")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "net.yaml"
        file.write_text(text, encoding="utf-8")
        with (
            Session(file, "net.yaml", found.variant) as session,
            Follower(session, lambda: live_page(session.shown.data)) as server,
            Browser() as browser,
        ):
            threading.Thread(target=server.serve_forever, daemon=True).start()
            tab = browser.open(server.guard.address)
            print(f"{spec}: from a save to the page (ms):", *measured(tab, file, text, saves))
            server.shutdown()


def measured(tab: Tab, file: Path, text: str, saves: int) -> list[str]:
    """What was measured, in words."""
    pages: list[float] = []
    for number in range(saves):
        marked = f"{text.rstrip()}\n# save {number}\n"
        start = time.perf_counter()
        file.write_text(marked, encoding="utf-8")
        while f"# save {number}" not in tab.text("#spec"):
            time.sleep(0.002)
        pages.append(1000 * (time.perf_counter() - start))
        time.sleep(0.3)
    return ["median", f"{statistics.median(pages):.0f}", "longest", f"{max(pages):.0f}"]


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "resnet:resnet50", int(sys.argv[2]) if len(sys.argv) > 2 else 20)
