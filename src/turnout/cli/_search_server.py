"""The web page of ``turnout search --serve``, for this machine only.

The standard library's server is enough for one reader: it needs nothing installed, and answers in a millisecond beside
what a search takes.

/           the page, with results if it is asked for some
/results    the results alone, for the page's script
/api        the same as JSON, as --json prints it
"""

import json
import sys
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

from turnout import clock
from turnout.cli._streams import write_out
from turnout.errors import ExitStatus, TurnoutError, UsageError
from turnout.fulltext import Found, Searcher, Typos, open_search
from turnout.report._markup import Markup
from turnout.report._search_page import (
    PAGE_SIZE,
    complaint_of,
    results_of,
    search_page,
    start_of,
    static,
)
from turnout.report._search_text import search_json
from turnout.report._search_words import LANGUAGES, WORDS, SearchWords
from turnout.web import HEADERS, ICON, LOOPBACK_NAMES, is_known_host, preferred_language

_HOST = "127.0.0.1"
_PATIENCE_S = 30.0  # for a request, and for the next one on the same connection
_FILES = {"/search.css": "text/css; charset=utf-8", "/search.js": "text/javascript; charset=utf-8"}
_MOST_PAGES = 1_000
_MOST_VALUES = 20
_MOST_DIGITS = 20  # of a number; more are none that we take
_SHOWN = 80  # characters of what was asked, in a complaint
_CALLS = 100  # hits that the JSON gives at once, at most


def serve(folder: str, port: int, ready: Callable[["SearchServer"], None] | None = None) -> int:
    """Serve the page until Ctrl-C.

    Args:
        folder: Of the crawl.
        port: On the loopback device; 0 takes any that is free.
        ready: Called with the server before it waits for requests.

    Raises:
        UsageError: If there is no index, or the port is taken.
    """
    search = open_search(folder)
    try:
        server = SearchServer(search, Path(folder).resolve().name, port)
    except OSError as error:
        raise UsageError(
            f"port {port} cannot be listened on ({error.strerror}); name another one, or 0 for any that is free"
        ) from None
    with server:
        write_out(f"{search.page_count:,} pages to search at {server.address}; Ctrl-C ends it")
        if ready is not None:
            ready(server)
        try:
            server.serve_forever(poll_interval=0.2)
        except KeyboardInterrupt:
            print(file=sys.stderr)
    return ExitStatus.OK


class SearchServer(ThreadingHTTPServer):
    """Answers requests on the loopback device.

    Args:
        search: The index.
        name: What it is called on the page.
        port: 0 for any that is free.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, search: Searcher, name: str, port: int) -> None:
        self.search = search
        self.name = name
        super().__init__((_HOST, port), _Handler)

    @property
    def address(self) -> str:
        """Where the page is."""
        return f"http://{_HOST}:{self.server_address[1]}/"

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a browser that went away; show what else went wrong."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # handed on as they came


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version = "turnout"
    sys_version = ""
    timeout = _PATIENCE_S
    server: SearchServer
    error_content_type = "text/plain; charset=utf-8"
    error_message_format = "%(code)d %(message)s\n"

    def do_GET(self) -> None:
        """Answer, if it is one of us who asks: a foreign page may have its own name lead here."""
        if not is_known_host(self.headers.get("Host", ""), LOOPBACK_NAMES):
            self.send_error(HTTPStatus.FORBIDDEN, "ask for 127.0.0.1 or localhost")
            return
        parts = urlsplit(self.path)
        values = _values(parts.query)
        match parts.path:
            case "/":
                self._give_page(values)
            case "/results":
                words, query, results = self._results(values)
                self._give(results, "text/html; charset=utf-8", title=f"{query} - {words.title}" if query else "")
            case "/api":
                self._give_json(values)
            case "/icon.svg":
                self._give(ICON, "image/svg+xml")
            case path if path in _FILES:
                self._give(static(path[1:]), _FILES[path])
            case _:
                self.send_error(HTTPStatus.NOT_FOUND, "there is nothing here but the page at /")

    def do_HEAD(self) -> None:
        """Answer without the content."""
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Keep quiet about requests."""

    def _give_page(self, values: dict[str, str]) -> None:
        words, query, results = self._results(values)
        self._give(search_page(words, query, results, self.server.name), "text/html; charset=utf-8")

    def _results(self, values: dict[str, str]) -> tuple[SearchWords, str, Markup]:
        accepted = self.headers.get("Accept-Language", "")
        words = WORDS.get(values.get("lang", "")) or WORDS[preferred_language(accepted, LANGUAGES)]
        query = values.get("q", "").strip()
        if not query:
            return words, "", start_of(words, self.server.search.page_count)
        page = _number(values.get("page"), 1, 1, _MOST_PAGES)
        try:
            found, took_s = self._find(query, PAGE_SIZE, (page - 1) * PAGE_SIZE)
        except TurnoutError as error:
            return words, query, complaint_of(words, str(error))
        return words, query, results_of(words, found, took_s)

    def _give_json(self, values: dict[str, str]) -> None:
        try:
            limit = _asked_number(values, "limit", 10, 1, _CALLS)
            offset = _asked_number(values, "offset", 0, 0, _MOST_PAGES * PAGE_SIZE)
            found, took_s = self._find(values.get("q", ""), limit, offset, _asked_typos(values))
        except TurnoutError as error:
            self._give(json.dumps({"error": str(error)}), "application/json", HTTPStatus.BAD_REQUEST)
            return
        self._give(json.dumps(search_json(found, took_s)), "application/json")

    def _find(self, query: str, limit: int, offset: int, typos: Typos = "auto") -> tuple[Found, float]:
        began_ns = clock.wall_ns()
        found = self.server.search.find(query, limit=limit, offset=offset, typos=typos)
        return found, (clock.wall_ns() - began_ns) / 1e9

    def _give(self, content: str | bytes, kind: str, status: HTTPStatus = HTTPStatus.OK, *, title: str = "") -> None:
        body = content.encode("utf-8", "replace") if isinstance(content, str) else content
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if title:
            self.send_header("X-Title", quote(title[:200].encode("utf-8", "replace")))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def end_headers(self) -> None:
        """Send what every answer says."""
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()


def _values(query: str) -> dict[str, str]:
    try:
        asked = parse_qs(query, keep_blank_values=True, max_num_fields=_MOST_VALUES, errors="replace")
    except ValueError:  # more than any of our pages asks with
        return {}
    return {name: given[0] for name, given in asked.items()}


def _asked_number(values: dict[str, str], name: str, default: int, least: int, most: int) -> int:
    text = values.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS and least <= int(text) <= most):
        raise UsageError(f"{name}={text[:_SHOWN]} is not a whole number from {least:,} to {most:,}; write one")
    return int(text)


def _asked_typos(values: dict[str, str]) -> Typos:
    match values.get("typos", "auto"):
        case "auto" | "never" | "always" as typos:
            return typos
        case other:
            raise UsageError(f"typos={other[:_SHOWN]} is none of auto, never and always; write one of them")


def _number(text: str | None, default: int, least: int, most: int) -> int:
    try:
        return min(most, max(least, int(text or default)))
    except ValueError:
        return default
