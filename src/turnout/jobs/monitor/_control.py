"""How commands on the same machine speak with a running monitor: a line of JSON each way, over a socket in its folder.

Whoever may write in the folder may speak; nobody else can.
"""

import asyncio
import fcntl
import json
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from turnout.errors import TurnoutError, UsageError
from turnout.jobs.monitor._changes import line_of

SOCKET = "control"
_LOCK = "lock"
_LONGEST_BYTES = 1 << 20
_PATIENCE_S = 10.0

Answer = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, object]]]
"""Answers a question, both values of JSON; raises a `TurnoutError` if it cannot."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other monitors from using the folder, which is made if need be.

    Raises:
        UsageError: If one uses it already, or it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise UsageError(
            f"the state cannot be kept in {str(folder)!r} ({error.strerror}); name another folder"
        ) from None
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UsageError(
                f"a monitor that runs keeps its state in {str(folder)!r}; end it, or name another folder"
            ) from None
        yield
    finally:
        os.close(lock)


@asynccontextmanager
async def answering(folder: Path, answer: Answer) -> AsyncIterator[None]:
    """Answer questions until the block ends. The folder is `locked`."""

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                line = await reader.readline()
                writer.write(await _answered(line, answer))
                await writer.drain()
        except (OSError, ValueError):  # it went away, was silent, or sent a line that has no end
            pass
        finally:
            writer.close()

    with _short(folder) as near:
        path = near / SOCKET
        path.unlink(missing_ok=True)  # of a monitor that was killed
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(path))
        path.chmod(0o600)
        server = await asyncio.start_unix_server(speak, sock=listener, limit=_LONGEST_BYTES)
        try:
            yield
        finally:
            server.close()
            path.unlink(missing_ok=True)


def ask(folder: Path, question: Mapping[str, object]) -> dict[str, Any]:
    """Return what the monitor of a folder answers.

    Raises:
        UsageError: If none runs there, or it cannot do what it is asked for.
    """
    with _short(folder) as near, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_PATIENCE_S)
        try:
            connection.connect(str(near / SOCKET))
            connection.sendall(line_of(question).encode() + b"\n")
            with connection.makefile("rb") as lines:
                answer: dict[str, Any] = json.loads(lines.readline())
        except (OSError, ValueError):
            raise UsageError(
                f"no monitor that runs keeps its state in {str(folder)!r}, or it does not answer"
            ) from None
    if "error" in answer:
        raise UsageError(answer["error"])
    return answer


async def _answered(line: bytes, answer: Answer) -> bytes:
    try:
        question = json.loads(line)
        if not isinstance(question, dict):
            raise UsageError("a question is an object of JSON")
        found = await answer(question)
    except (TurnoutError, ValueError) as error:
        found = {"error": str(error)}
    return line_of(found).encode() + b"\n"


@contextmanager
def _short(folder: Path) -> Iterator[Path]:
    """Return a short name of a folder: the path of a socket has room for about a hundred bytes."""
    proc = Path("/proc/self/fd")
    try:
        number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise UsageError(f"there is no state of a monitor in {str(folder)!r} ({error.strerror})") from None
    try:
        yield proc / str(number) if proc.exists() else folder
    finally:
        os.close(number)
