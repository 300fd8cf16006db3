"""One exchange under way: a handle of libcurl, and what it is told and tells."""

import os
import socket
from typing import TYPE_CHECKING

from turnout.errors import ExchangeError
from turnout.transfer._headers import Head, Headers, last_head
from turnout.transfer._manner import apply_manner
from turnout.transfer._pace import Pace
from turnout.transfer._pycurl import pycurl
from turnout.transfer._types import DETACH, Manner, Receive, Request, Response, Setup, Take

if TYPE_CHECKING:
    import asyncio

_STOPPED = -1  # any length but the piece's ends a transfer
_VERSIONS = {
    pycurl.CURL_HTTP_VERSION_1_0: "1.0",
    pycurl.CURL_HTTP_VERSION_1_1: "1.1",
    pycurl.CURL_HTTP_VERSION_2_0: "2",
    pycurl.CURL_HTTP_VERSION_3: "3",
}
_CAUSES = {
    pycurl.E_UNSUPPORTED_PROTOCOL: "url",
    pycurl.E_URL_MALFORMAT: "url",
    pycurl.E_COULDNT_RESOLVE_HOST: "name",
    pycurl.E_COULDNT_RESOLVE_PROXY: "proxy",
    pycurl.E_COULDNT_CONNECT: "connection",
    pycurl.E_PARTIAL_FILE: "cut",
    pycurl.E_GOT_NOTHING: "cut",
    pycurl.E_RECV_ERROR: "cut",
    pycurl.E_SEND_ERROR: "cut",
    pycurl.E_HTTP2: "cut",
    92: "cut",  # of one stream over HTTP/2; not every pycurl has a name for it
    pycurl.E_TOO_MANY_REDIRECTS: "redirects",
    pycurl.E_BAD_CONTENT_ENCODING: "encoding",
    pycurl.E_SSL_CONNECT_ERROR: "tls",
    pycurl.E_PEER_FAILED_VERIFICATION: "certificate",
    pycurl.E_SSL_CACERT_BADFILE: "certificate",
}


class _Duplicated(socket.socket):
    """A socket that pycurl duplicates for libcurl: this one is closed with the object, which is nobody's mistake."""

    def __del__(self) -> None:
        self.close()


class Exchange:
    """A handle that makes one exchange after the other.

    Args:
        setup: What all exchanges have in common.
        pace: What they wait for where there is a limit to all of them.
        cookies: What shares cookies with the other exchanges; None for no cookies.
        detaching: Where it enters itself, for `detach` to be called outside of libcurl.

    Attributes:
        handle: Of libcurl.
        manner: How the one under way is made.
        may_share: Whether it may share its connection with others.
        host: What it asks, with its port, if it may not share.
        answer: What waits for its end.
    """

    __slots__ = (
        "_cookies",
        "_count",
        "_detaching",
        "_error",
        "_head",
        "_headers",
        "_is_head_told",
        "_is_stopped",
        "_lines",
        "_method",
        "_most",
        "_pace",
        "_receive",
        "_refused",
        "_request",
        "_seen",
        "_seen_at",
        "_set_up",
        "_setup",
        "_take",
        "answer",
        "handle",
        "host",
        "manner",
        "may_share",
    )

    manner: Manner
    host: str
    answer: "asyncio.Future[Response]"
    _request: Request
    _receive: Receive | None
    _take: Take | None
    _head: Head | None
    _error: Exception | None
    _refused: str | None
    _most: int | None

    def __init__(self, setup: Setup, pace: Pace | None, cookies: object, detaching: "list[Exchange]") -> None:
        self.handle = pycurl.Curl()
        self._setup = setup
        self._pace = pace
        self._detaching = detaching
        self._cookies = cookies
        self._set_up: Manner | None = None
        self._lines: list[bytes] = []
        self._headers: tuple[str, ...] = ()
        self._method = "GET"
        self.may_share = False

    def begin(
        self, request: Request, receive: Receive | None, manner: Manner, answer: "asyncio.Future[Response]"
    ) -> None:
        """Tell the handle what is asked for."""
        handle = self.handle
        self.manner, self.answer = manner, answer
        self._request, self._receive = request, receive
        self._take = self._head = self._error = self._refused = None
        self._count = 0
        self._is_head_told = self._is_stopped = False
        self._most = manner.most_bytes
        self._seen, self._seen_at = -1, 0.0
        if self._set_up is not manner:
            handle.reset()
            self._headers, self._method, self.may_share = (), "GET", False
            apply_manner(handle, manner, self._setup, self._cookies)
            handle.setopt(pycurl.WRITEFUNCTION, self._write)
            handle.setopt(pycurl.HEADERFUNCTION, self._lines.append)
            if manner.check is not None:
                self._set_checks()
            self._set_up = manner
        handle.setopt(pycurl.URL, request.url)
        # One that may share a connection waits until it is known whether the first can be shared. In plain HTTP/1.1
        # none can, and libcurl would begin one exchange after the other where servers close their connections.
        may_share = manner.protocol == "2" or (manner.protocol == "auto" and request.url[:6].lower() == "https:")
        self.host = "" if may_share else request.url.partition("//")[2].partition("/")[0]
        if self.may_share != may_share:
            handle.setopt(pycurl.PIPEWAIT, int(may_share))
            self.may_share = may_share
        if self._headers != request.headers:
            if request.headers:
                handle.setopt(pycurl.HTTPHEADER, list(request.headers))
            else:
                handle.unsetopt(pycurl.HTTPHEADER)
            self._headers = request.headers
        if self._method != request.method:
            if request.method == "HEAD":
                handle.setopt(pycurl.NOBODY, 1)
            else:
                handle.setopt(pycurl.HTTPGET, 1)
            self._method = request.method

    def finish(self, code: int, message: str) -> None:
        """Answer for the exchange, which libcurl has ended.

        Args:
            code: Of libcurl; 0 for success.
            message: What it says of an error.
        """
        if code == 0 and not self._is_head_told:  # without a body
            try:
                self._tell_head()
            except Exception as error:  # noqa: BLE001  the caller's function; raised where the exchange was asked for
                self._error = error
        if self.answer.done():  # its task was cancelled at the same time
            return
        if self._error is not None:
            self.answer.set_exception(self._error)
        elif code == 0 or self._is_stopped:
            self.answer.set_result(self._response())
        else:
            self.answer.set_exception(self._failure(code, message))

    def detach(self) -> bool:
        """Answer with the socket, from which libcurl reads no more; return whether that could be done."""
        info = self.handle.getinfo
        is_bare = info(pycurl.EFFECTIVE_URL)[:5] == "http:" and not self._may_have_proxy()
        is_old = info(pycurl.INFO_HTTP_VERSION) <= pycurl.CURL_HTTP_VERSION_1_1
        # What libcurl has read, but not handed on, would be missing from what is read from the socket.
        if not (is_bare and is_old and info(pycurl.SIZE_DOWNLOAD_T) == self._count):
            self.handle.pause(pycurl.PAUSE_CONT)
            return False
        if not self.answer.done():
            response = self._response()
            response.detached = os.dup(info(pycurl.ACTIVESOCKET))
            self.answer.set_result(response)
        return True

    def _may_have_proxy(self) -> bool:
        """Tell whether a proxy may be between, to which the connection may be encrypted."""
        if self.manner.proxy is not None:
            return bool(self.manner.proxy)
        return any(os.environ.get(name) for name in ("http_proxy", "all_proxy", "ALL_PROXY"))

    def end(self) -> None:
        """Let go of all that belonged to the exchange."""
        if self._pace is not None:
            self._pace.forget(self.handle)
        self._lines.clear()
        self._receive = self._take = self._head = self._error = None
        del self.answer

    def has_stalled(self, now: float) -> bool:
        """Tell whether nothing has arrived for as long as the manner lets it; to be asked again and again.

        Args:
            now: By the loop's clock, seconds.
        """
        seen = self._count + len(self._lines)
        if self.answer.done():  # and its socket is read by others
            return False
        if seen != self._seen or (self._pace is not None and self._pace.is_paused(self.handle)):
            self._seen, self._seen_at = seen, now
            return False
        if now - self._seen_at < (self.manner.stall_s or now):
            return False
        if self.handle.getinfo(pycurl.PRETRANSFER_TIME) > 0:
            return True
        self._seen_at = now  # it still waits for a connection, which has a limit of its own
        return False

    def fail_stalled(self) -> None:
        """Answer for an exchange in which nothing arrives."""
        if not self.answer.done():
            text = f"nothing arrived for {self.manner.stall_s:g} s, after {self._count:,} bytes"
            self.answer.set_exception(ExchangeError(self._request.url, "stall", text))

    def _write(self, piece: bytes) -> int | None:
        if self._pace is not None and not self._pace.lets(self.handle, len(piece)):
            return pycurl.WRITEFUNC_PAUSE  # type: ignore[no-any-return]  # pycurl has no types here
        try:
            if not self._is_head_told:
                self._tell_head()
            take = self._take
            if take is None:
                self._is_stopped = True
                return _STOPPED
            self._count += len(piece)
            if self._most is not None and self._count > self._most:
                piece = piece[: self._most - self._count]
                self._count = self._most
                take(piece)
                self._is_stopped = True
                return _STOPPED
            verdict = take(piece)
            if verdict is False:
                self._is_stopped = True
                return _STOPPED
            if verdict is DETACH:
                self.handle.pause(pycurl.PAUSE_RECV)
                self._detaching.append(self)
        except Exception as error:  # noqa: BLE001  the caller's function; raised where the exchange was asked for
            self._error = error
            return _STOPPED
        return None

    def _tell_head(self) -> None:
        self._is_head_told = True
        self._head = head = last_head(self._lines)
        if head is not None and self._receive is not None:
            self._take = self._receive(head)

    def _response(self) -> Response:
        info = self.handle.getinfo
        head = self._head
        return Response(
            info(pycurl.EFFECTIVE_URL),
            info(pycurl.RESPONSE_CODE),
            head.headers if head else Headers(()),
            _VERSIONS.get(info(pycurl.INFO_HTTP_VERSION), "?"),
            info(pycurl.PRIMARY_IP),
            info(pycurl.REDIRECT_COUNT),
            info(pycurl.SIZE_DOWNLOAD_T),
            self._count,
            info(pycurl.CONNECT_TIME),
            info(pycurl.STARTTRANSFER_TIME),
            info(pycurl.TOTAL_TIME),
            self._is_stopped,
            info(pycurl.NUM_CONNECTS) == 0,
        )

    def _failure(self, code: int, message: str) -> ExchangeError:
        url = self._request.url
        if self._refused is not None:
            return ExchangeError(url, "address", f"the address {self._refused} is not to be connected to")
        cause = _CAUSES.get(code, "protocol")
        if code == pycurl.E_OPERATION_TIMEDOUT:
            is_connected = self.handle.getinfo(pycurl.PRETRANSFER_TIME) > 0
            cause = "deadline" if is_connected or "Connection" not in message else "connection"
        if self.handle.getinfo(pycurl.HTTP_CONNECTCODE) // 100 not in {0, 2}:  # what a proxy says to being a tunnel
            cause = "proxy"
        elif code == pycurl.E_RECV_ERROR and not self.handle.getinfo(pycurl.APPCONNECT_TIME) and url[:6] == "https:":
            cause = "tls"
        return ExchangeError(url, cause, f"{message} (curl {code})")

    def _set_checks(self) -> None:
        self.handle.setopt(pycurl.OPENSOCKETFUNCTION, self._open_socket)
        self.handle.setopt(pycurl.PREREQFUNCTION, self._before_request)

    def _open_socket(self, _purpose: int, address: tuple[int, int, int, tuple[str, int]]) -> object:
        family, kind, protocol, (ip, port, *_) = address
        if self._may_connect(ip, port):
            return _Duplicated(family, kind, protocol)
        return pycurl.SOCKET_BAD

    def _before_request(self, ip: str, _own_ip: str, port: int, _own_port: int) -> int:
        """Look again: a connection may have been made by another exchange, which was let."""
        return int(pycurl.PREREQFUNC_OK if self._may_connect(ip, port) else pycurl.PREREQFUNC_ABORT)

    def _may_connect(self, ip: bytes | str, port: int) -> bool:
        check = self.manner.check
        text = ip.decode("ascii") if isinstance(ip, bytes) else ip
        try:
            if check is None or check(text, port):
                return True
        except Exception as error:  # noqa: BLE001  the caller's function; raised where the exchange was asked for
            self._error = error
        self._refused = text
        return False
