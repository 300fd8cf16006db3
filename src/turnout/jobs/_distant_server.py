"""The process behind `distant_site`: a site that answers late, with another picture each time, or with pages.

It ends when its standard input does, that is when the process that started it ends, however it ends. A process forked
from that one may hold the same pipe open for longer, so that the parent's number is watched too.
"""

import argparse
import asyncio
import os
import random
import re
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

from turnout.jobs._jpegs import draw_pictures, with_comment

_PICTURES = 40
_SPREAD = 0.15  # of the mean latency, to either side
_PARENT_CHECK_S = 0.5
_PAGE = re.compile(rb"/page-([0-9]{1,9})\.html")
_PARAGRAPHS = 30
_SENTENCE = "A train waits at the signal until the block before it is free. "


class Site:
    """Answers requests for ``/anything.jpg``, and for its pages: ``/``, ``/page-1.html`` and so on.

    Args:
        pictures: What to choose from.
        pages: How many pages there are; each leads to the one above it, to three below it, and to three others.
        latency_s: How long an answer takes on average, from the request to its first byte.
        seed: The same seed gives the same latencies and choices, in the order of the requests.
    """

    def __init__(self, pictures: Sequence[bytes], *, pages: int = 0, latency_s: float, seed: int) -> None:
        self._pictures = pictures
        self._pages = pages
        self._latency_s = latency_s
        self._random = random.Random(seed)  # noqa: S311  # to be repeated, not to be secret
        self._answers = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request, and close the connection."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            await asyncio.sleep(self._random.uniform(1 - _SPREAD, 1 + _SPREAD) * self._latency_s)
            writer.write(self._response(head.split(b"\r\n", 1)[0]))
            await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            pass  # the visitor left, or speaks something else
        except asyncio.CancelledError:
            pass  # the site closes; raised on, it would be printed as a mistake (Python 3.11)
        finally:
            writer.close()

    def _response(self, request_line: bytes) -> bytes:
        kind = "image/jpeg"
        match request_line.split():
            case [b"GET", path, _] if path.partition(b"?")[0].endswith(b".jpg"):
                self._answers += 1
                body = with_comment(self._random.choice(self._pictures), f"answer {self._answers}")
                status = "200 OK"
            case [b"GET", path, _] if (page := _page_number(path)) is not None and page < self._pages:
                kind, body, status = "text/html; charset=utf-8", _page(page, self._pages), "200 OK"
            case _:
                body, status = b"", "404 Not Found"
        head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        return head.encode("ascii") + body


def _page_number(path: bytes) -> int | None:
    """Return which page is at a path; None if that is none of a page."""
    if path == b"/":
        return 0
    match = _PAGE.fullmatch(path)
    return int(match[1]) if match else None


def _page(number: int, count: int) -> bytes:
    near = [(number - 1) // 3, *range(3 * number + 1, 3 * number + 4), *(number * step % count for step in (5, 7, 11))]
    targets = dict.fromkeys(one for one in near if 0 <= one < count and one != number)
    links = "".join(f'<li><a href="/page-{one}.html">page {one}</a></li>' for one in targets)
    text = "".join(f"<p>Paragraph {part} of page {number}: {_SENTENCE * 3}</p>" for part in range(_PARAGRAPHS))
    title = f"Page {number} of a distant site"
    return f"<!doctype html><title>{title}</title><h1>{title}</h1>{text}<ul>{links}</ul>".encode()


async def serve(site: Site, announce: Callable[[int], None], stop: asyncio.Event) -> None:
    """Let ``site`` answer on a free loopback port, which ``announce`` is told, until ``stop`` is set."""
    async with await asyncio.start_server(site.answer, "127.0.0.1", 0) as server:
        announce(server.sockets[0].getsockname()[1])
        await stop.wait()


async def watch_parent(parent_pid: int, stop: asyncio.Event) -> None:
    """Set ``stop`` when the parent is another one; where a process keeps its parent's number, never."""
    while not stop.is_set():
        if os.getppid() != parent_pid:
            stop.set()
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _PARENT_CHECK_S)


async def serve_for_parent(site: Site, announce: Callable[[int], None], life_line: int, parent_pid: int) -> None:
    """Serve until the parent is gone.

    Args:
        site: What answers.
        announce: Is told the port.
        life_line: A file descriptor, whose end is the parent's.
        parent_pid: The parent.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def wait_for_end() -> None:
        while os.read(life_line, 1):
            pass
        with suppress(RuntimeError):  # the loop has ended by itself
            loop.call_soon_threadsafe(stop.set)

    # Not a task: Windows cannot wait for a pipe in its event loop. Not sys.stdin: its lock would be held at the end.
    threading.Thread(target=wait_for_end, daemon=True).start()
    await asyncio.gather(serve(site, announce, stop), watch_parent(parent_pid, stop))


def main(words: Sequence[str] | None = None) -> None:
    """Draw the pictures, unless pages are asked for, write the port on standard output, and serve."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--latency-s", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--pages", type=int, default=0)
    parser.add_argument("--parent-pid", type=int, required=True)
    options = parser.parse_args(words)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    pictures = [] if options.pages else draw_pictures(_PICTURES, seed=options.seed)
    site = Site(pictures, pages=options.pages, latency_s=options.latency_s, seed=options.seed)

    def announce(port: int) -> None:
        os.write(sys.stdout.fileno(), f"{port}\n".encode("ascii"))

    with suppress(BrokenPipeError):  # the parent is gone before it was told
        asyncio.run(serve_for_parent(site, announce, sys.stdin.fileno(), options.parent_pid))


if __name__ == "__main__":
    main()
