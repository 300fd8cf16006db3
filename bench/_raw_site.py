"""A server on the loopback that answers byte by byte what it is told, right or wrong; for tests and measurements."""

import socket
import ssl
import struct
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

_MOST_HEAD = 65536
_PATIENCE_S = 30


class GoneError(Exception):
    """The visitor has left, or this visit is over."""


@dataclass(slots=True, kw_only=True)
class Visit:
    """One request, and the connection to answer it on.

    Attributes:
        method: Such as ``"GET"``.
        path: With its query.
        headers: By name, in small letters.
        number: How often this path has been asked for, from 1.
        connection: A socket.
        site: Where it was asked for.
    """

    method: str
    path: str
    headers: dict[str, str]
    number: int
    connection: socket.socket
    site: "RawSite" = field(repr=False)

    def reply(self, status: str, body: bytes = b"", *headers: str, length: int | None = None) -> None:
        """Send a whole response, with the Content-Length of its body, or another one."""
        self.head(status, f"Content-Length: {len(body) if length is None else length}", *headers)
        if self.method != "HEAD":
            self.send(body)

    def head(self, status: str, *headers: str) -> None:
        """Send a status line and headers."""
        self.send("\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""]).encode("latin-1"))

    def send(self, content: bytes) -> None:
        """Send these bytes."""
        try:
            self.connection.sendall(content)
        except OSError:
            raise GoneError from None

    def cut(self) -> None:
        """Close the connection in the midst of it all."""
        raise GoneError

    def reset(self) -> None:
        """Close it so that the visitor sees a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise GoneError

    def hang(self) -> None:
        """Say nothing more until the visitor leaves."""
        with suppress(OSError):
            while self.connection.recv(65536):
                pass
        raise GoneError

    def asked_range(self) -> tuple[int, int | None] | None:
        """Return the first and the last byte that the visitor asks for; None if it asks for all."""
        kind, _, span = self.headers.get("range", "").partition("=")
        if kind != "bytes":
            return None
        first, _, last = span.partition("-")
        return int(first), int(last) if last else None


class RawSite:
    """Answers requests as a function says, each connection in a thread of its own.

    Args:
        answer: Is called with each visit.
        tls: Speaks TLS with this context.

    Attributes:
        visits: All that came, in their order.
        connections: How many there were.
        port: Where it listens.
    """

    def __init__(self, answer: Callable[[Visit], None], *, tls: ssl.SSLContext | None = None) -> None:
        self._answer = answer
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self._open: set[socket.socket] = set()
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.visits: list[Visit] = []
        self.connections = 0
        self.port = int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        """Its address."""
        return f"http{'s' if self._tls else ''}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(_PATIENCE_S)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
        except OSError:
            connection.close()
            return
        with self._lock:
            self._open.add(connection)
        try:
            rest = b""
            while True:
                visit, rest = self._next(connection, rest)
                self._answer(visit)
        except (GoneError, OSError, ValueError):
            pass
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def _next(self, connection: socket.socket, rest: bytes) -> tuple[Visit, bytes]:
        while b"\r\n\r\n" not in rest:
            more = connection.recv(_MOST_HEAD)
            if not more or len(rest) > _MOST_HEAD:
                raise GoneError
            rest += more
        head, _, rest = rest.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, path, _ = first.split(" ", 2)
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        with self._lock:
            self._counts[path] += 1
            visit = Visit(
                method=method,
                path=path,
                headers=headers,
                number=self._counts[path],
                connection=connection,
                site=self,
            )
            self.visits.append(visit)
        return visit, rest
