"""A server that answers late, and a relay that makes another one late; both leave the measured clients alone."""

import argparse
import asyncio
import sys
from pathlib import Path


class Late(asyncio.Protocol):
    """Answers each request with the same bytes, after a while.

    Args:
        response: All of it.
        latency_s: How long after the request.
    """

    def __init__(self, response: bytes, latency_s: float) -> None:
        self._response = response
        self._latency_s = latency_s
        self._rest = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer what is complete, later."""
        self._rest += data
        while b"\r\n\r\n" in self._rest:
            _, _, self._rest = self._rest.partition(b"\r\n\r\n")
            asyncio.get_running_loop().call_later(self._latency_s, self._answer)

    def _answer(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(self._response)


async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int, latency_s: float) -> None:
    """Pass on what a client says after a while, and what the server says at once."""
    loop = asyncio.get_running_loop()
    back, out = await asyncio.open_connection("127.0.0.1", port)

    async def requests() -> None:
        while data := await reader.read(65536):
            loop.call_later(latency_s, out.write, data)
        loop.call_later(latency_s, out.close)

    async def responses() -> None:
        while data := await back.read(262144):
            writer.write(data)
            await writer.drain()
        writer.close()

    await asyncio.gather(requests(), responses(), return_exceptions=True)


async def main() -> None:
    """Serve until standard input ends; write the port."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--latency-s", type=float, required=True)
    parser.add_argument("--file", help="what each answer brings")
    parser.add_argument("--relay", type=int, help="the port to pass on to")
    options = parser.parse_args()
    loop = asyncio.get_running_loop()
    if options.relay:
        server = await asyncio.start_server(
            lambda reader, writer: relay(reader, writer, options.relay, options.latency_s), "127.0.0.1", 0, backlog=512
        )
    else:
        body = Path(options.file).read_bytes()  # noqa: ASYNC240  nobody waits yet
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: {len(body)}\r\n\r\n"
        response = head.encode() + body
        server = await loop.create_server(lambda: Late(response, options.latency_s), "127.0.0.1", 0, backlog=512)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
