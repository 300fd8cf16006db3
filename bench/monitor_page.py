"""The monitor's page in Chromium: 10,000 racks that all change as often as the page takes it.

How often the map is painted, and what that costs all processes of the browser. A page of the same size with an SVG
rectangle for each rack, the usual way, is the peer, in the same run.
"""

import asyncio
import sys
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
import psutil

from _harness import Verdict, show
from turnout.jobs.monitor._layout import grid
from turnout.jobs.monitor._types import Batch
from turnout.jobs.monitor.page import Board, page_app
from turnout.web import Answer, App, Asked, Socket, serving, site

if TYPE_CHECKING:
    from playwright.async_api import Browser

CHROMIUM = "/usr/bin/chromium"
RACKS = 10_000
SECONDS = 8
EVERY_S = 1 / 70
WARM = 50  # updates, after which all is loaded and compiled
LEAST_UPDATES = 50
MOST_MS = 12
PEER = """<!doctype html><script type="module" src="/static/peer.js"></script><body></body>"""
PEER_SCRIPT = """
const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
svg.setAttribute("viewBox", "0 0 100 100");
const cells = [];
for (let each = 0; each < 10000; each++) {
  const cell = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  cell.setAttribute("x", each % 100); cell.setAttribute("y", Math.floor(each / 100));
  cell.setAttribute("width", 1); cell.setAttribute("height", 1);
  svg.append(cell); cells.push(cell);
}
document.body.append(svg);
let latest = null, waits = false;
window.painted = 0;
const paint = () => {
  waits = false;
  latest.forEach((value, each) => cells[each].setAttribute("fill", `hsl(${240 - (value - 15) * 9} 80% 50%)`));
  window.painted++;
};
const socket = new WebSocket(`ws://${location.host}/live`);
socket.binaryType = "arraybuffer";
socket.onmessage = (event) => {
  latest = new Float32Array(event.data);
  if (!waits) { waits = true; requestAnimationFrame(paint); }
};
"""


class Readings:
    """Ten thousand temperatures, each another one every time."""

    def __init__(self) -> None:
        self._random = np.random.default_rng(6)
        self._sensors = np.arange(RACKS, dtype=np.int32)
        self._time_ns = 1_767_225_600 * 10**9

    def batch(self) -> Batch:
        """Return the next ones."""
        self._time_ns += int(EVERY_S * 1e9)
        values = self._random.uniform(18, 32, RACKS)
        return Batch(sensors=self._sensors, values=values, times_ns=np.full(RACKS, self._time_ns))


def ours(readings: Readings) -> tuple[App, Board]:
    layout = grid(racks=RACKS, zones=100)
    board = Board(layout)
    board.see(readings.batch(), 0)
    return page_app(board, layout, every_s=0), board


def peer(readings: Readings) -> tuple[App, None]:
    async def live(socket: Socket) -> None:
        while True:
            await socket.send(readings.batch().values.astype("<f4").tobytes())
            await asyncio.sleep(EVERY_S)

    def page(_: Asked) -> Answer:
        return Answer(body=PEER)

    files = {"peer.js": Answer(body=PEER_SCRIPT, kind="text/javascript")}
    return site(pages={"/": page}, sockets={"/live": live}, files=files), None


async def measured(
    browser: "Browser", processes: list[psutil.Process], app: App, board: Board | None
) -> tuple[float, float]:
    """Return updates a second, and milliseconds of the browser's CPU for each."""
    readings = Readings()

    async def change() -> None:
        while board is not None:
            board.see(readings.batch(), int(perf_counter() * 1e9))
            await asyncio.sleep(EVERY_S)

    async with serving(app) as server:
        changing = asyncio.create_task(change())
        page = await browser.new_page(viewport={"width": 1400, "height": 1000})
        await page.goto(server.url)
        while await page.evaluate("window.painted || 0") < WARM:  # noqa: ASYNC110  another program is waited for
            await asyncio.sleep(0.1)
        before, began, first = cpu_s(processes), perf_counter(), await page.evaluate("window.painted")
        await asyncio.sleep(SECONDS)
        painted = await page.evaluate("window.painted") - first
        took_s, used_s = perf_counter() - began, cpu_s(processes) - before
        await page.close()
        changing.cancel()
    return painted / took_s, used_s / painted * 1e3


def cpu_s(processes: list[psutil.Process]) -> float:
    total = 0.0
    for root in processes:
        for process in (root, *root.children(recursive=True)):
            times = process.cpu_times()
            total += times.user + times.system
    return total


async def visits() -> list[tuple[float, float]]:
    from playwright.async_api import async_playwright  # noqa: PLC0415  only where there is a browser

    found = []
    for make in (ours, peer):
        async with async_playwright() as engine:
            known = set(psutil.Process().children(recursive=True))
            browser = await engine.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            started = [each for each in psutil.Process().children(recursive=True) if each not in known]
            roots = [each for each in started if "chrom" in each.name() and each.parent() not in started]
            app, board = make(Readings())
            found.append(await measured(browser, roots, app, board))
            await browser.close()
    return found


def judge() -> list[Verdict]:
    if not Path(CHROMIUM).exists():
        return []
    (rate, cost), (peer_rate, peer_cost) = asyncio.run(visits())
    details = f"an SVG rectangle for each rack: {peer_rate:.0f} updates a second at {peer_cost:.0f} ms"
    return [
        Verdict(
            what="updates a second of 10,000 racks on the monitor's page",
            found=f"{rate:.0f}",
            bar=f"at least {LEAST_UPDATES}",
            met=rate >= LEAST_UPDATES,
            details=details,
        ),
        Verdict(
            what="the browser's CPU for each of them",
            found=f"{cost:.1f} ms",
            bar=f"at most {MOST_MS} ms",
            met=cost <= MOST_MS,
            details=details,
        ),
    ]


if __name__ == "__main__":
    if sys.argv[1:]:
        sys.exit("monitor_page.py takes no arguments")
    show(judge())
