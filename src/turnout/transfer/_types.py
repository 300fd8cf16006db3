"""What is asked of the engine, and what it answers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from turnout.errors import UsageError
from turnout.transfer._headers import Head, Headers
from turnout.transfer._sendable import can_be_sent

Take = Callable[[bytes], object]
"""Is given the body, piece by piece (up to 16 kB); returns False to stop there, and whatever else to go on."""

DETACH: Final = object()
"""What a `Take` returns to go on by itself: the rest of the body is left in the socket, for whoever asked to read."""

Receive = Callable[[Head], Take | None]
"""Is given the head, when the body begins or the response ends; returns what takes the body, or None to refuse it."""

Check = Callable[[str, int], bool]
"""Tells whether a connection to an IP address and a port may be made, and used."""

Protocol = Literal["auto", "1.1", "2"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What all exchanges of an engine have in common.

    Attributes:
        connections: How many connections may be open, in all.
        host_connections: How many to one host (with its port); 0 for no limit of its own.
        streams: How many exchanges share a connection over HTTP/2.
        rate: Bytes a second that all bodies together may bring; None for as many as come.
        resolve: Addresses for names, instead of asking: ``"example.org:80:127.0.0.1"``, as curl has it.
        cookies: Whether cookies that servers set are sent back to them.
        cookie_file: Cookies to begin with, in Netscape's format, which browsers export.
    """

    connections: int = 100
    host_connections: int = 50
    streams: int = 100
    rate: float | None = None
    resolve: tuple[str, ...] = ()
    cookies: bool = False
    cookie_file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)  # told apart by identity, which costs nothing
class Manner:
    """How an exchange is made. Make one for many requests: a handle that has it already need not be told again.

    Attributes:
        connect_s: How long a connection may take, with its name's look-up and TLS, seconds.
        stall_s: How long nothing may arrive, once there is a connection, seconds.
        deadline_s: How long all of it may take, seconds; None for no limit. Where connections can be shared, the wait
            for a free one is included; where each needs one for itself, it begins when that is free.
        redirects: How many redirections are followed; 0 for none: then the redirection itself is the response.
        decode: Whether compressed content is asked for and decompressed.
        most_bytes: After so many bytes of the body, decompressed, the exchange is stopped.
        protocol: ``"auto"`` for HTTP/2 over TLS if the server has it, or a version of HTTP.
        proxy: Its URL; by default as the environment says (http_proxy, https_proxy, no_proxy); ``""`` for none.
        verify: Whether the server's certificate must be good.
        authorities: A file of certificates to trust; the system's by default.
        user: ``"name:password"`` for basic authentication.
        netrc: Whether names and passwords are looked up in ``~/.netrc``; or the file to look in.
        cookie: The Cookie header.
        agent: The User-Agent header.
        check: Refuses addresses before they are connected to. With a proxy, it is asked about the proxy's address.
    """

    connect_s: float = 30.0
    stall_s: float | None = 30.0
    deadline_s: float | None = None
    redirects: int = 0
    decode: bool = False
    most_bytes: int | None = None
    protocol: Protocol = "auto"
    proxy: str | None = None
    verify: bool = True
    authorities: str | None = None
    user: str | None = None
    netrc: bool | str = False
    cookie: str | None = None
    agent: str | None = None
    check: Check | None = None

    def __post_init__(self) -> None:
        for name, value in (("agent", self.agent), ("cookie", self.cookie)):
            if value is not None and not can_be_sent(value):
                raise UsageError(f"{name} must be one line of text in ASCII, not {value!r}")


DEFAULT = Manner()


@dataclass(slots=True)  # one for each exchange: frozen, it would cost three times as much
class Request:
    """One thing to ask a server; to be read only.

    Attributes:
        url: Its address, ``http://`` or ``https://``.
        headers: Fields beside those that the manner brings: ``"Range: bytes=0-9"``.
        method: ``"GET"`` or ``"HEAD"``.
    """

    url: str
    headers: tuple[str, ...] = ()
    method: Literal["GET", "HEAD"] = "GET"


@dataclass(slots=True)  # likewise
class Response:
    """What became of an exchange that reached its end, or was stopped by whoever took its body; to be read only.

    Attributes:
        url: The address that answered, after redirections.
        status: The code.
        headers: The fields, of the last response where there were redirections.
        version: Of HTTP: ``"1.0"``, ``"1.1"``, ``"2"``, ``"3"``.
        address: The IP address that answered.
        redirects: How many redirections were followed.
        received_bytes: How many bytes the body had on the wire.
        body_bytes: How many bytes the body had, decompressed.
        connect_s: Seconds from the start to the connection; 0 if there was one already.
        first_byte_s: Seconds from the start to the first byte of the response.
        total_s: Seconds from the start to the end.
        is_stopped: Whether it was stopped before its end, by `Take`, `Receive` or ``most_bytes``.
        is_reused: Whether the connection was there before.
        detached: The socket in which the rest of the body is left, to be given back by `Engine.give_back`; None unless
            that was asked for with `DETACH` and can be had: over HTTP/1.1 and without TLS. Otherwise all went on.
    """

    url: str
    status: int
    headers: Headers
    version: str
    address: str
    redirects: int
    received_bytes: int
    body_bytes: int
    connect_s: float
    first_byte_s: float
    total_s: float
    is_stopped: bool
    is_reused: bool
    detached: int | None = None
