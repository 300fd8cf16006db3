"""A small site, and requests to it as a program or a foreign page would send them."""

import asyncio
from collections.abc import Mapping

from turnout.web import Answer, App, Asked, Socket, site
from turnout.web._types import Message

HELLO = {"en": "hello", "fr": "bonjour"}


def greeting(asked: Asked) -> Answer:
    return Answer(body=f"{HELLO[asked.language]} {asked.query.get('name', '')}")


async def echo_back(asked: Asked) -> Answer:
    await asyncio.sleep(0)
    return Answer(body=asked.body, kind="application/octet-stream")


def broken(_: Asked) -> Answer:
    raise LookupError("a mistake of the page's own")


async def echo(socket: Socket) -> None:
    await socket.send(f"{socket.asked.language} {socket.asked.query.get('x', '')}")
    async for message in socket:
        if message == "end":
            return
        await socket.send(message)


def small_site(files: Mapping[str, Answer] | None = None) -> App:
    return site(
        pages={"/": greeting, "/broken": broken}, actions={"/echo": echo_back}, sockets={"/live": echo}, files=files
    )


async def request(port: int, words: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> str:
    """Send one request, and return the whole answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    sent = {"Host": f"127.0.0.1:{port}", "Connection": "close", "Content-Length": str(len(body)), **(headers or {})}
    lines = [f"{words} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items()), "", ""]
    writer.write("\r\n".join(lines).encode() + body)
    answer = await reader.read()
    writer.close()
    return answer.decode()


async def answer_of(
    app: App, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Return status and text of an application's answer, without a server."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    place, _, query = path.partition("?")
    pairs = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    await app(
        {
            "type": "http",
            "method": method,
            "path": place,
            "raw_path": place.encode(),
            "query_string": query.encode(),
            "headers": pairs,
            "scheme": "http",
            "server": ("127.0.0.1", 80),
        },
        receive,
        send,
    )
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:]).decode()
