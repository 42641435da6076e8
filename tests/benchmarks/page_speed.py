"""How fast a page is made, opened, stepped and panned in Chromium.

Run it as `PYTHONPATH=.:tests python tests/benchmarks/page_speed.py`, with networks if others are meant.

On a quiet machine; software rendering, as there is no window. A step is the time from an input of a slider to the
picture that shows it, and waits for the next picture first: up to 17 ms.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from chromium import Browser

import archcalc

NETWORKS = ("unet:paper", "resnet:resnet152", "resnet_cifar:1202")
TIMES = 9

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

PAN = """new Promise(done => {
  const graph = document.getElementById('graph');
  let frames = 0;
  const start = performance.now();
  const turn = () => {
    graph.dispatchEvent(new WheelEvent('wheel', { deltaX: frames % 20 < 10 ? 3 : -3, deltaY: 7, cancelable: true }));
    if (++frames < 120) requestAnimationFrame(turn);
    else done(1000 * frames / (performance.now() - start));
  };
  requestAnimationFrame(turn);
})"""


def main(names: list[str]) -> None:
    """Measure and print."""
    print(f"{'':18} {'file':>8} {'made':>7} {'ready':>7} {'unfold':>15} {'step':>12} {'panned':>7}")
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
    layout, unfolded = tab.run(UNFOLD)
    steps = sorted(tab.run(STEP) for _ in range(TIMES))
    frames = tab.run(PAN)
    tab.close()
    size = f"{path.stat().st_size / 1000:.0f} kB"
    step = f"{statistics.median(steps):.0f} ({steps[-1]:.0f}) ms"
    return (
        f"{name:18} {size:>8} {made:6.2f}s {ready:4.0f} ms {layout:4.0f} + {unfolded - layout:4.0f} ms {step:>12} "
        f"{frames:3.0f} fps"
    )


def _ready(browser: Browser, path: Path) -> Any:
    tab = browser.open(path.as_uri())
    found = tab.run("performance.getEntriesByName('archcalc-ready')[0].startTime")
    tab.close()
    return found


if __name__ == "__main__":
    main(sys.argv[1:] or list(NETWORKS))
