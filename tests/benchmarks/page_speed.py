"""How fast a page is made, opened, stepped and panned in Chromium.

Run it as `PYTHONPATH=.:tests python tests/benchmarks/page_speed.py`, with networks if others are meant.

Times are wall time on a machine that should be quiet, in software rendering, as there is no window. A step is the time
from an input of a slider to the picture that shows it, and waits for the next picture first: up to 17 ms. Behind each
stands what the main thread worked for it, which other programs do not change.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from chromium import Browser, Tab

import archcalc

NETWORKS = ("unet:paper", "resnet:resnet152", "resnet_cifar:1202")
TIMES = 9
FRAMES = 120

AFTER_PAINT = "new Promise(done => requestAnimationFrame(() => setTimeout(done)))"

UNFOLD = f"""(async () => {{
  const start = performance.now();
  document.getElementById('unfold').click();
  document.getElementById('graph').getBoundingClientRect();
  const worked = performance.now() - start;
  await {AFTER_PAINT};
  return [worked, performance.now() - start];
}})()"""

STEP = f"""(async () => {{
  const slider = document.querySelector('.size input[type=range]');
  await {AFTER_PAINT};
  const start = performance.now();
  slider.value = Number(slider.value) + 1;
  slider.dispatchEvent(new Event('input'));
  await {AFTER_PAINT};
  return performance.now() - start;
}})()"""

PAN = f"""new Promise(done => {{
  const graph = document.getElementById('graph');
  let frames = 0;
  const start = performance.now();
  const turn = () => {{
    graph.dispatchEvent(new WheelEvent('wheel', {{ deltaX: frames % 20 < 10 ? 3 : -3, deltaY: 7, cancelable: true }}));
    if (++frames < {FRAMES}) requestAnimationFrame(turn);
    else done(1000 * frames / (performance.now() - start));
  }};
  requestAnimationFrame(turn);
}})"""


def main(names: list[str]) -> None:
    """Measure and print."""
    print(f"{'':18} {'file':>8} {'made':>7} {'ready':>8}   unfold (layout; work)  step (work)  panned (work)")
    with tempfile.TemporaryDirectory() as folder, Browser() as browser:
        for name in names:
            path = Path(folder) / f"{name.replace(':', '_')}.html"
            report = archcalc.load(name).check()
            report.legal_sizes, report.explained  # noqa: B018 - the check has them anyway
            start = time.perf_counter()
            report.page().save(path)
            made = time.perf_counter() - start
            print(_row(browser, name, path, made))


def _row(browser: Browser, name: str, path: Path, made: float) -> str:
    ready = statistics.median(_ready(browser, path) for _ in range(5))
    tab = browser.open(path.as_uri())
    tab.send("Performance.enable", timeDomain="threadTicks")
    (layout, unfolded), unfolding = _worked(tab, UNFOLD)
    steps = [_worked(tab, STEP) for _ in range(TIMES)]
    step, stepping = statistics.median(one for one, _ in steps), statistics.median(work for _, work in steps)
    frames, panning = _worked(tab, PAN)
    tab.close()
    return (
        f"{name:18} {path.stat().st_size / 1000:5.0f} kB {made:5.2f} s {ready:5.0f} ms "
        f"{unfolded:6.0f} ms ({layout:.0f}; {unfolding:.0f}) {step:6.0f} ms ({stepping:.0f}) "
        f"{frames:4.0f} fps ({panning / FRAMES:.1f} ms)"
    )


def _worked(tab: Tab, code: str) -> tuple[Any, float]:
    """What an expression gives, and for how many milliseconds the main thread worked for it."""
    before = _ticks(tab)
    found = tab.run(code)
    return found, 1000 * (_ticks(tab) - before)


def _ticks(tab: Tab) -> float:
    metrics = {one["name"]: one["value"] for one in tab.send("Performance.getMetrics")["metrics"]}
    return float(metrics["TaskDuration"])


def _ready(browser: Browser, path: Path) -> Any:
    tab = browser.open(path.as_uri())
    found = tab.run("performance.getEntriesByName('archcalc-ready')[0].startTime")
    tab.close()
    return found


if __name__ == "__main__":
    main(sys.argv[1:] or list(NETWORKS))
