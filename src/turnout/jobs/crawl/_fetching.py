"""One request of a crawl: bounded, guarded, and no body that is no page."""

import re
from functools import lru_cache

from turnout.clock import epoch_s
from turnout.errors import ExchangeError
from turnout.jobs.crawl._guard import Guard, is_public
from turnout.jobs.crawl._options import CrawlOptions
from turnout.jobs.crawl._types import GONE, REDIRECTIONS, Fetched, Item
from turnout.jobs.crawl._urls import canonical_url, host_of, name_of, port_of
from turnout.transfer import Engine, Head, Manner, Request, Response, Setup, Take

_ACCEPT = "Accept: text/html,application/xhtml+xml,*/*;q=0.1"
_PAGES = ("text/html", "application/xhtml+xml")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([^\s;\"']+)", re.IGNORECASE)
_LOOKS_LIKE_PAGE = re.compile(rb"\s*<(?:!doctype|!--|html|head|body|title|meta|p|div|h1|a)\b", re.IGNORECASE)
_MOST_DRAINED = 65_536  # bytes of a body that is not wanted: as many are read to keep the connection
_MOST_LEARNED = 65_536
_OK = 200
_SMALL_REDIRECTS = 5
_WEB_PORTS = (80, 443)


class Fetcher:
    """Asks for pages.

    Args:
        engine: Makes the exchanges.
        options: How.
        guard: Says which addresses may be visited.
        keeps_heads: Whether the header lines are kept, for an archive.
    """

    def __init__(self, engine: Engine, options: CrawlOptions, guard: Guard, *, keeps_heads: bool = False) -> None:
        self._engine = engine
        self._guard = guard
        self._most_bytes = options.most_bytes
        self._keeps_heads = keeps_heads
        self._trusted = _manner(options, is_guarded=False)
        self._guarded = _manner(options, is_guarded=True)
        self._trusted_small = _manner(options, is_guarded=False, is_small=True)
        self._guarded_small = _manner(options, is_guarded=True, is_small=True)

    async def fetch(self, item: Item) -> Fetched:
        """Ask for a page.

        Raises:
            ExchangeError: If there is no answer, or one that was cut off.
        """
        pieces: list[bytes] = []
        kind = ""

        def receive(head: Head) -> Take | None:
            nonlocal kind
            kind = (head.headers.get("content-type") or "").lower()
            if head.status in GONE or (head.status == _OK and (not kind or kind.startswith(_PAGES))):
                return pieces.append
            return _drained if _is_short(head) else None

        headers: tuple[str, ...] = (_ACCEPT,)
        if item.etag or item.modified:
            headers = (_ACCEPT, *_conditions(item))
        manner = self._guarded if self._is_guarded(item.url) else self._trusted
        response = await self._engine.exchange(Request(item.url, headers), receive, manner)
        return self._fetched(item, response, b"".join(pieces), kind)

    async def fetch_small(self, url: str, most_bytes: int) -> tuple[int, bytes]:
        """Ask for a file of the site's own; return the status and the body's beginning.

        Redirections are followed to where links may lead, and to the same name at the ports of the web.

        Raises:
            ExchangeError: If there is no answer, or it is at an address that may not be visited.
        """
        begin = target = url
        is_trusted = not self._is_guarded(url)
        for _ in range(_SMALL_REDIRECTS + 1):
            manner = self._trusted_small if is_trusted else self._guarded_small
            response, body = await self._fetch_bytes(target, most_bytes, manner)
            location = response.headers.get("location")
            moved = canonical_url(location, target) if location and response.status in REDIRECTIONS else None
            if moved is None:
                return response.status, body
            host = host_of(moved)
            is_own = name_of(host) == name_of(host_of(target)) and port_of(moved) in _WEB_PORTS
            is_trusted = self._guard.is_trusted(host) or (is_trusted and is_own)
            if not is_trusted and not self._guard.may_name(host, name_of(host)):
                raise ExchangeError(begin, "address", f"it redirects to {moved}, which is at a private address")
            target = moved
        raise ExchangeError(begin, "redirects", f"it redirects more than {_SMALL_REDIRECTS} times")

    async def _fetch_bytes(self, url: str, most_bytes: int, manner: Manner) -> tuple[Response, bytes]:
        pieces: list[bytes] = []
        size = 0

        def take(piece: bytes) -> bool:
            nonlocal size
            pieces.append(piece)
            size += len(piece)
            return size < most_bytes

        response = await self._engine.exchange(Request(url), lambda _: take, manner)
        return response, b"".join(pieces)[:most_bytes]

    def _is_guarded(self, url: str) -> bool:
        return not self._guard.is_trusted(host_of(url))

    def _fetched(self, item: Item, response: Response, body: bytes, kind: str) -> Fetched:
        get = response.headers.get
        status = response.status
        is_page = status == _OK and bool(body) and (bool(kind) or _LOOKS_LIKE_PAGE.match(body) is not None)
        return Fetched(
            item=item,
            status=status,
            body=body if is_page or status in GONE else b"",
            is_page=is_page,
            charset=_charset_of(kind),
            language=get("content-language") or "",
            robots=tuple(response.headers.all("x-robots-tag")),
            location=get("location") or "",
            etag=get("etag") or "",
            modified=get("last-modified") or "",
            fetched_s=epoch_s(),
            total_s=response.total_s,
            received_bytes=response.received_bytes,
            is_cut=response.is_stopped and bool(body),
            content_type=kind,
            retry_after=get("retry-after") or "",
            head=tuple(response.headers) if self._keeps_heads else (),
        )


def engine_setup(options: CrawlOptions) -> Setup:
    """Return what all exchanges of a crawl have in common."""
    # The schedule limits requests. If libcurl had to, too, a request could wait for a connection that is given back a
    # moment later, and would be looked at again only when another request ends: the last ones would hang.
    return Setup(connections=4 * options.connections, host_connections=0, resolve=tuple(options.resolve))


def _manner(options: CrawlOptions, *, is_guarded: bool, is_small: bool = False) -> Manner:
    return Manner(
        connect_s=min(options.stall_s, options.deadline_s),
        stall_s=options.stall_s,
        deadline_s=options.deadline_s,
        decode=True,
        most_bytes=None if is_small else options.most_bytes,
        verify=options.verify,
        agent=options.agent,
        check=(lambda address, _port: is_public(address)) if is_guarded else None,
    )


def _conditions(item: Item) -> list[str]:
    lines = []
    if item.etag:
        lines.append(f"If-None-Match: {item.etag}")
    if item.modified:
        lines.append(f"If-Modified-Since: {item.modified}")
    return lines


@lru_cache(maxsize=256)  # of which a site has one or two
def _charset_of(kind: str) -> str | None:
    found = _CHARSET.search(kind)
    return found[1] if found else None


def _is_short(head: Head) -> bool:
    length = head.headers.get("content-length") or "0"
    return length.isdigit() and int(length) <= _MOST_DRAINED


def _drained(_: bytes) -> None:
    """Take what is not wanted."""
