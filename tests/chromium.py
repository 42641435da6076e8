"""Chromium for tests: started once, driven over a pipe by its own protocol (DevTools), with nothing to be installed.

A library such as Playwright brings a browser and a Node.js of its own, 150 MB that fit no other version. The tests need
five commands of a protocol that has been stable for ten years, and take the Chromium that a machine has.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def program() -> str | None:
    """Where Chromium is; None where there is none."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


def _moved(descriptor: int) -> int:
    """The same under a number from 10 on."""
    found = fcntl.fcntl(descriptor, fcntl.F_DUPFD, 10)
    os.close(descriptor)
    return found


class Browser:
    """A running Chromium without a window."""

    def __init__(self, *options: str) -> None:
        self._home = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        theirs, self._to = os.pipe()
        self._from, ours = os.pipe()
        chosen = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--no-first-run",
            f"--user-data-dir={self._home.name}",
            "--remote-debugging-pipe",
            *options,
            "about:blank",
        ]
        # It reads from descriptor 3 and writes to descriptor 4, which none of the others may be meanwhile.
        theirs, ours = _moved(theirs), _moved(ours)
        actions = [
            (os.POSIX_SPAWN_DUP2, theirs, 3),
            (os.POSIX_SPAWN_DUP2, ours, 4),
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        ]
        self._process = os.posix_spawn(str(program()), [str(program()), *chosen], os.environ, file_actions=actions)
        os.close(theirs)
        os.close(ours)
        self._buffer = b""
        self._number = 0
        self._tabs: dict[str, Tab] = {}

    def open(self, url: str, *, width: int = 1440, height: int = 900, dark: bool = False) -> Tab:
        """A new tab that has loaded a page."""
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        tab = self._tabs[session] = Tab(self, session, target)
        for domain in ("Page", "Runtime", "Network", "Log"):
            tab.send(f"{domain}.enable")
        tab.resize(width, height)
        tab.scheme("dark" if dark else "light")
        tab.go(url)
        return tab

    def send(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Ask for something, and wait for the answer; what happens until then is told to the tabs."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while (found := self._read()).get("id") != self._number:
            pass
        if "error" in found:
            raise RuntimeError(f"{method}: {found['error']['message']}")
        result: dict[str, Any] = found["result"]
        return result

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            more = os.read(self._from, 1 << 20)
            if not more:
                raise RuntimeError("Chromium has ended")
            self._buffer += more
        text, self._buffer = self._buffer.split(b"\0", 1)
        found: dict[str, Any] = json.loads(text)
        if "id" not in found and found.get("sessionId") in self._tabs:
            self._tabs[found["sessionId"]].happened(found["method"], found["params"])
        return found

    def close(self) -> None:
        """End it."""
        with suppress(RuntimeError, OSError):
            self.send("Browser.close")
        os.waitpid(self._process, 0)
        os.close(self._to)
        os.close(self._from)
        self._home.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Tab:
    """A page that is open. What it asks for, its errors and its dialogs are kept."""

    def __init__(self, browser: Browser, session: str, target: str) -> None:
        self._browser = browser
        self._session = session
        self._target = target
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.dialogs: list[str] = []

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """A command of the protocol."""
        return self._browser.send(method, self._session, **parameters)

    def happened(self, method: str, told: dict[str, Any]) -> None:
        """Keep what the page did."""
        if method == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            details = told["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description") or details["text"])
        elif method == "Log.entryAdded" and told["entry"]["level"] == "error":
            self.errors.append(told["entry"]["text"])
        elif method == "Page.javascriptDialogOpening":
            self.dialogs.append(told["message"])

    def go(self, url: str) -> None:
        """Load a page, and wait until everything in it has run and is drawn."""
        self.send("Page.navigate", url=url)
        self.run(
            "new Promise(done => { const see = () => document.readyState === 'complete' && location.href !== "
            f"'about:blank' || {json.dumps(url)} === 'about:blank' ? done() : setTimeout(see, 5); see(); }})"
        )
        self.drawn()

    def run(self, code: str) -> Any:
        """The value of an expression of JavaScript in the page; a promise is waited for. Raises: RuntimeError."""
        for _ in range(50):
            try:
                found = self.send("Runtime.evaluate", expression=code, awaitPromise=True, returnByValue=True)
            except RuntimeError as error:
                # The page that was asked is gone: the next one answers.
                if "context" not in str(error) and "navigated" not in str(error):
                    raise
                continue
            if "exceptionDetails" in found:
                details = found["exceptionDetails"]
                raise RuntimeError(details.get("exception", {}).get("description") or details["text"])
            return found["result"].get("value")
        raise RuntimeError("the page never settled")

    def drawn(self) -> None:
        """Wait until what was changed is drawn."""
        self.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done())))")

    def press(self, *keys: str) -> None:
        """Press keys, one after the other, by their names: Tab, ArrowDown, Enter, a."""
        codes = {"Enter": 13, "Tab": 9, " ": 32, "Home": 36, "End": 35, "Escape": 27, "PageDown": 34, "PageUp": 33}
        codes |= {"ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40}
        for key in keys:
            code = codes.get(key, ord(key[0].upper()))
            text = {"text": "\r"} if key == "Enter" else {"text": key} if len(key) == 1 else {}
            self.send("Input.dispatchKeyEvent", type="keyDown", key=key, windowsVirtualKeyCode=code, **text)
            self.send("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)
        self.drawn()

    def click(self, selector: str) -> None:
        """Click the middle of an element, as a mouse does."""
        x, y = self.run(
            f"(e => {{ const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; }})"
            f"(document.querySelector({json.dumps(selector)}))"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)
        self.drawn()

    def text(self, selector: str) -> str:
        """The text of an element."""
        found: str = self.run(f"document.querySelector({json.dumps(selector)}).textContent")
        return found

    def resize(self, width: int, height: int) -> None:
        """Give the page another size, in pixels."""
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def scheme(self, name: str) -> None:
        """Ask the page for its `light` or `dark` colours."""
        self.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def screenshot(self, path: Path) -> None:
        """A picture of what is seen."""
        path.write_bytes(base64.b64decode(self.send("Page.captureScreenshot", format="png")["data"]))

    def pdf(self) -> bytes:
        """The page on paper."""
        return base64.b64decode(self.send("Page.printToPDF", printBackground=True)["data"])

    def close(self) -> None:
        """Close the tab."""
        self._browser.send("Target.closeTarget", targetId=self._target)
