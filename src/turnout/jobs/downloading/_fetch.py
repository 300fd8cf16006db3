"""One file: from its address to its name, in one try."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from turnout.clock import wall_ns
from turnout.errors import DownloadError, ExchangeError, PassingError
from turnout.jobs.downloading._board import Board, Line
from turnout.jobs.downloading._context import Context
from turnout.jobs.downloading._finish import Finisher
from turnout.jobs.downloading._names import NO_NAME, name_of_url
from turnout.jobs.downloading._places import Places
from turnout.jobs.downloading._terms import Saved, Terms
from turnout.jobs.downloading._try import Try
from turnout.jobs.downloading._wanted import Wanted, wanted_of
from turnout.transfer import Engine, shared_engine

_FINAL = {"url", "address", "certificate", "encoding", "redirects"}
_MOST_SPLICES = 64


class Fetcher:
    """Downloads one file after the other, many at once, as an item's function does.

    Args:
        terms: How.
        board: Tells how it stands.
    """

    def __init__(self, terms: Terms, board: Board) -> None:
        self.__qualname__ = "download"
        self._terms = terms
        self._board = board
        self._places = Places(terms.folder, "overwrite" if terms.newer else terms.if_exists)
        self._finisher = Finisher(self._places)
        self._splices = ThreadPoolExecutor(_MOST_SPLICES, "splice")
        self._engine: Engine | None = None
        self._turns: dict[str, int] = {}  # of addresses that have failed, which of their mirrors is next

    async def __call__(self, item: str | Wanted) -> Saved:
        """Download a file.

        Raises:
            PassingError: If it did not arrive, and may if it is tried again.
            DownloadError: If it did not arrive.
            ItemsError: If the item cannot be understood.
        """
        wanted = wanted_of(item)
        urls = (wanted.url, *wanted.mirrors)
        turn = self._turns.get(wanted.url, 0)
        url = urls[turn % len(urls)]
        began_ns = wall_ns()
        name = self._terms.output or wanted.name
        line = self._board.begin(name or name_of_url(wanted.url))
        try:
            saved = await self._save(wanted, name, url, urls, line)
        except BaseException as error:
            self._board.failed_tries += 1
            self._turns[wanted.url] = turn + 1
            raised = _told(error, url)
            if turn + 1 < len(urls) and type(raised) is DownloadError and raised.cause != "file":
                raised = PassingError(*raised.args)  # elsewhere it may be had
            if raised is error:
                raise
            raise raised from None
        finally:
            self._board.end(line)
        if self._turns:
            self._turns.pop(wanted.url, None)
        self._board.saved += 1
        self._board.saved_bytes += saved.size_bytes
        saved.seconds = (wall_ns() - began_ns) / 1e9
        return saved

    def close(self) -> None:
        """End what was begun in other threads, and see that the names are kept."""
        self._finisher.close()
        self._splices.shutdown(wait=False)
        if self._terms.flushes:
            self._places.flush()

    async def _save(self, wanted: Wanted, name: str | None, url: str, urls: Sequence[str], line: Line) -> Saved:
        terms, places = self._terms, self._places
        expected = line.name
        if terms.if_exists == "skip" and not terms.newer and (name or expected != NO_NAME):
            there = places.size_of(expected)
            if there is not None:
                return Saved(url=url, path=places.path(expected), size_bytes=there, status="kept")
        places.make_folder(expected)
        engine = self._engine
        if engine is None or engine.is_closed:
            engine = self._engine = await shared_engine(terms.setup)
        context = Context(
            terms=terms,
            engine=engine,
            places=places,
            finisher=self._finisher,
            splices=self._splices,
            board=self._board,
            line=line,
        )
        part = places.claim_part(expected, urls, may_continue=True)
        one = Try(context, wanted, name=name, url=url, expected=expected, part=part)
        try:
            return await one.run()
        finally:
            if not one.part.is_given:
                places.leave(one.part)


def _told(error: BaseException, url: str) -> BaseException:
    """Return what to raise instead of an error, which tells what a try ended with."""
    match error:
        case DownloadError():
            return error
        case ExchangeError():
            kind = DownloadError if error.cause in _FINAL else PassingError
            return kind(url, error.cause, error.reason)
        case OSError():
            return DownloadError(url, "file", f"it cannot be written ({error.strerror or error})")
        case _:
            return error
