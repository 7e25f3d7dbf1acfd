"""A real browser without a screen, driven by its own protocol (Chrome DevTools Protocol) through aiohttp."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
PATIENCE_S = 90
_OPTIONS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-extensions", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--remote-debugging-port=0", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)  # fmt: skip


def program() -> str | None:
    """Where a browser is installed; None: there is none."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


class Tab:
    """One page in the browser."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._ids = count(1)
        self.requested: list[str] = []  # every address that the page asked for
        self.complaints: list[str] = []  # of the console: what the content security policy refused

    async def call(self, method: str, **params: Any) -> Mapping[str, Any]:
        number = next(self._ids)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        while True:
            said = await self._next()
            if said.get("id") == number:
                assert "error" not in said, said
                return said["result"]  # type: ignore[no-any-return]

    async def open(self, url: str) -> None:
        await self.call("Page.navigate", url=url)
        await self._event("Page.loadEventFired")

    async def press(self, selector: str) -> None:
        """Clicks, and waits for the page that follows."""
        await self.read(f"void document.querySelector({json.dumps(selector)}).click()")
        await self._event("Page.loadEventFired")

    async def read(self, expression: str) -> Any:
        """What a script of the tester's own gives: the page itself may run none."""
        said = await self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in said, said["exceptionDetails"]
        return said["result"].get("value")

    async def look(self, width: int = 390, height: int = 844, *, whole: bool = True) -> bytes:
        """A picture (PNG) of the page on a telephone."""
        await self.size(width, height)
        said = await self.call("Page.captureScreenshot", captureBeyondViewport=whole)
        return base64.b64decode(said["data"])

    async def size(self, width: int, height: int = 844) -> None:
        await self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=2, mobile=True
        )

    async def _event(self, method: str) -> None:
        while (await self._next()).get("method") != method:
            pass

    async def _next(self) -> Mapping[str, Any]:
        said: Mapping[str, Any] = await self._socket.receive_json(timeout=PATIENCE_S)
        if said.get("method") == "Network.requestWillBeSent":
            self.requested.append(said["params"]["request"]["url"])
        if said.get("method") == "Log.entryAdded":
            self.complaints.append(said["params"]["entry"]["text"])
        return said


@asynccontextmanager
async def browser(path: str) -> AsyncIterator[Tab]:
    """A browser with one empty page, on a folder of its own."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        process = await asyncio.create_subprocess_exec(
            path,
            *_OPTIONS,
            f"--user-data-dir={folder}",
            "about:blank",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(PATIENCE_S), aiohttp.ClientSession() as session:
                port = await _port(process)
                yield_tab = await _tab(session, port)
            async with aiohttp.ClientSession() as session, session.ws_connect(yield_tab, max_msg_size=0) as socket:
                tab = Tab(socket)
                for domain in ("Page", "Runtime", "Network", "Log"):
                    await tab.call(f"{domain}.enable")
                yield tab
        finally:
            process.kill()
            await process.wait()


async def _port(process: asyncio.subprocess.Process) -> int:
    assert process.stderr is not None
    while line := await process.stderr.readline():
        text = line.decode("utf-8", "replace")
        if "DevTools listening on" in text:
            return int(text.partition("127.0.0.1:")[2].partition("/")[0])
    raise AssertionError("the browser ended before it listened")


async def _tab(session: aiohttp.ClientSession, port: int) -> str:
    async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
        tabs = await answer.json(content_type=None)
    return next(str(tab["webSocketDebuggerUrl"]) for tab in tabs if tab["type"] == "page")


def kept(folder: Path, name: str, png: bytes) -> Path:
    path = folder / f"{name}.png"
    path.write_bytes(png)
    return path
