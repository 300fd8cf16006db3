"""A web server that answers as it is told, for webhooks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Hook:
    """Where it listens, what it answers, one after the other, and what came: heads and bodies.

    The answer ``b""`` hangs up, and None never comes.
    """

    url: str
    answers: list[bytes | None]
    heads: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)


def answer(status: int) -> bytes:
    """Return a whole answer."""
    return f"HTTP/1.1 {status} Reason\r\nContent-Length: 2\r\n\r\nok".encode()


@asynccontextmanager
async def hook(*answers: bytes | None) -> AsyncIterator[Hook]:
    """Answer POSTs until the block ends; the last answer is given again and again."""
    said = Hook("", list(answers))

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = int(head.lower().partition("content-length: ")[2].partition("\r\n")[0])
            said.heads.append(head)
            said.bodies.append(await reader.readexactly(length))
            said.came.set()
            told = said.answers.pop(0) if len(said.answers) > 1 else said.answers[0]
            if told is None:
                await reader.read()  # until the client gives up
            else:
                writer.write(told)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        said.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook?key=1"
        yield said
