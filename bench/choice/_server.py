"""A server that takes its time, and its clients; ``python -m choice._server 0.02`` prints its port.

It lives in a process of its own, on the loopback, and ends with the one that started it.
"""

import asyncio
import socket
import subprocess
import sys
from typing import IO

BACKLOG = 1024


def serving(delay_s: float, knee: int | None = None) -> int:
    """Start a server and return its port.

    Args:
        delay_s: How long an answer takes.
        knee: From how many callers at once on an answer takes longer; never if None.
    """
    command = [sys.executable, "-m", "choice._server", str(delay_s), *([] if knee is None else [str(knee)])]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    _servers.append(server)
    if server.stdout is None:
        raise RuntimeError("a server without a pipe")
    return int(server.stdout.readline())


_servers: list[subprocess.Popen[bytes]] = []  # held, or their pipes would close, which ends them


def stop_servers() -> None:
    """End the servers that were started here, and wait for that."""
    for server in _servers:
        server.communicate()
    _servers.clear()


def ask_blocking(port: int) -> bytes:
    """Ask once and wait for the answer."""
    with socket.create_connection(("127.0.0.1", port)) as link:
        link.sendall(b"?")
        return link.recv(1)


async def ask(port: int) -> bytes:
    """Ask once, and let others run until the answer is there."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(b"?")
        return await reader.readexactly(1)
    finally:
        writer.close()


def latency_s(delay_s: float, knee: int | None, callers: int) -> float:
    """Return how long an answer takes.

    Beyond the knee it grows with the callers to the power of 1.5: faster than they do, so each more lessens what is
    answered in a second, as on a server that begins to thrash.
    """
    return delay_s if knee is None or callers <= knee else delay_s * (callers / knee) ** 1.5


async def serve(delay_s: float, knee: int | None, until: IO[bytes]) -> None:
    """Answer on a free port, printed, until the pipe closes."""
    callers = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal callers
        callers += 1
        try:
            await reader.readexactly(1)
            await asyncio.sleep(latency_s(delay_s, knee, callers))
            writer.write(b"!")
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # a caller that was ended; the others want their answers
        finally:
            callers -= 1
            writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0, backlog=BACKLOG) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.to_thread(until.read)


if __name__ == "__main__":
    delay, *limit = sys.argv[1:]
    asyncio.run(serve(float(delay), int(limit[0]) if limit else None, sys.stdin.buffer))
