"""How a crawl stands while it goes on: a line that is drawn over, or one in a log now and then."""

import shutil
from typing import Self, TextIO

from turnout.clock import wall_ns
from turnout.jobs.crawl import Crawl
from turnout.report._rates import RecentRate
from turnout.report._words import significant, size_of

_DRAWN_NS = 150_000_000
_LOGGED_NS = 10_000_000_000
_ERASE = "\r\x1b[K"


class CrawlProgress:
    """Tells how a crawl stands.

    Args:
        crawl: Which.
        stream: Where to; a terminal is drawn over.
        is_quiet: Whether nothing is told.
    """

    def __init__(self, crawl: Crawl, stream: TextIO, *, is_quiet: bool) -> None:
        self._crawl = crawl
        self._stream = stream
        self._is_terminal = stream.isatty()
        self._is_quiet = is_quiet
        self._every_ns = _DRAWN_NS if self._is_terminal else _LOGGED_NS
        self._last_ns = wall_ns()
        self._rate = RecentRate(self._last_ns)

    def tick(self) -> None:
        """Tell how it stands, if it is time to."""
        now_ns = wall_ns()
        if self._is_quiet or now_ns - self._last_ns < self._every_ns:
            return
        self._last_ns = now_ns
        self._rate.add(now_ns, self._crawl.tally.fetched)
        line = self._line(now_ns)
        if self._is_terminal:
            width = shutil.get_terminal_size().columns - 1
            self._write(f"{_ERASE}{line[:width]}")
        else:
            self._write(f"{line}\n")

    def say(self, words: str) -> None:
        """Put a line above what is drawn."""
        self._write(f"{_ERASE if self._is_terminal else ''}{words}\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_terminal and not self._is_quiet:
            self._write(_ERASE)

    def _line(self, now_ns: int) -> str:
        crawl, tally = self._crawl, self._crawl.tally
        rate = self._rate.per_second(now_ns)
        words = [
            f"{tally.fetched:,} fetched",
            f"{significant(rate or 0)} a second",
            f"{crawl.waiting:,} waiting",
            f"{tally.in_flight} in flight",
            size_of(tally.received_bytes),
        ]
        if tally.failed:
            words.append(f"{tally.failed:,} failed")
        return "  ".join(words)

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except BrokenPipeError:
            raise
        except OSError:  # the terminal is gone, which is no reason to end the crawl
            return
