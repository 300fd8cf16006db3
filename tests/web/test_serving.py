"""A real server on the loopback device, asked by a program."""

import asyncio
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from turnout.errors import UsageError
from turnout.web import Server, serving
from turnout.web._types import Message, Receive, Send
from web_sites import request, small_site

websockets = pytest.importorskip("websockets", reason="websockets is not installed")
pytest.importorskip("starlette", reason="Starlette is not installed")
pytest.importorskip("uvicorn", reason="uvicorn is not installed")
pytestmark = pytest.mark.integration


def asked(words: str, headers: dict[str, str] | None = None, body: bytes = b"") -> str:
    async def ask() -> str:
        async with serving(small_site()) as server:
            return await request(server.port, words, headers, body)

    return asyncio.run(ask())


def test_a_page_answers_in_the_readers_language() -> None:
    french = asked("GET /?name=you", {"Accept-Language": "fr-FR"})
    chosen = asked("GET /?lang=en&name=you", {"Accept-Language": "fr-FR"})

    assert french.endswith("\r\n\r\nbonjour you")
    assert chosen.endswith("\r\n\r\nhello you")
    assert "content-security-policy: default-src 'none'" in french
    assert "uvicorn" not in french


def test_a_foreign_page_cannot_post() -> None:
    assert asked("POST /echo", {"Origin": "https://evil.example"}).startswith("HTTP/1.1 403")


def test_a_mistake_of_a_page_is_told_and_the_others_go_on() -> None:
    async def ask() -> tuple[str, str, list[dict[str, Any]]]:  # what asyncio hands to exception handlers
        told: list[dict[str, Any]] = []  # likewise
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
        async with serving(small_site()) as server:
            return await request(server.port, "GET /broken"), await request(server.port, "GET /"), told

    failed, fine, told = asyncio.run(ask())

    assert failed.startswith("HTTP/1.1 500")
    assert "LookupError" not in failed
    assert fine.startswith("HTTP/1.1 200")
    assert [(each["message"], type(each["exception"])) for each in told] == [
        ("the page at /broken failed", LookupError)
    ]


def test_a_failing_application_of_another_make_gets_an_answer_too() -> None:
    async def fail(*words: object) -> None:
        raise LookupError(words)

    async def ask() -> str:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        async with serving(fail) as server:
            return await request(server.port, "GET /")

    assert asyncio.run(ask()).startswith("HTTP/1.1 500")


def test_messages_go_both_ways_over_a_socket() -> None:
    async def talk() -> list[str | bytes]:
        async with (
            serving(small_site()) as server,
            websockets.connect(f"ws://127.0.0.1:{server.port}/live?x=y") as live,
        ):
            await live.send("text")
            await live.send(b"\0\1")
            await live.send("end")
            return [message async for message in live]

    assert asyncio.run(talk()) == ["en y", "text", b"\0\1"]


def test_a_foreign_page_cannot_open_a_socket() -> None:
    async def talk() -> int:
        async with serving(small_site()) as server:
            try:
                await websockets.connect(f"ws://127.0.0.1:{server.port}/live", origin="https://evil.example")
            except websockets.InvalidStatus as refused:
                return int(refused.response.status_code)
            return 0

    assert asyncio.run(talk()) == 403


def test_a_browser_that_goes_away_is_no_failure() -> None:
    async def leave() -> list[dict[str, Any]]:  # what asyncio hands to exception handlers
        told: list[dict[str, Any]] = []  # likewise
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
        async with serving(small_site()) as server:
            live = await websockets.connect(f"ws://127.0.0.1:{server.port}/live")
            await live.recv()
            live.transport.abort()
            await request(server.port, "GET /")
        return told

    assert asyncio.run(leave()) == []


def test_leaving_waits_for_no_reader() -> None:
    async def leave() -> float:
        loop = asyncio.get_running_loop()
        async with serving(flooding) as server:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1)
            writer.write(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode())
            await reader.read(1)
            live = await websockets.connect(f"ws://127.0.0.1:{server.port}/live")
            began = loop.time()
        took_s = loop.time() - began
        await live.close()
        writer.close()
        return took_s

    assert asyncio.run(leave()) < 5


async def flooding(scope: Message, receive: Receive, send: Send) -> None:
    await receive()
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        await asyncio.Event().wait()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while True:
        await send({"type": "http.response.body", "body": bytes(100_000), "more_body": True})


def test_a_port_in_use_is_told_with_a_remedy() -> None:
    async def enter(port: int) -> None:
        async with serving(small_site(), port=port):
            pass

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(UsageError, match=rf"port {port} of 127\.0\.0\.1 cannot .* name another one, or 0"):
            asyncio.run(enter(port))


@pytest.mark.parametrize(
    ("host", "port", "message"),
    [
        ("some.where", 0, "'some.where' is not an address to listen on"),
        ("127.0.0.1", 70_000, "port 70000 does not exist"),
    ],
)
def test_where_nothing_can_listen_is_told(host: str, port: int, message: str) -> None:
    async def enter() -> None:
        async with serving(small_site(), host=host, port=port):
            pass

    with pytest.raises(UsageError, match=message):
        asyncio.run(enter())


def test_the_address_is_one_that_a_browser_here_can_open() -> None:
    urls = [Server(host=host, port=80).url for host in ("127.0.0.1", "0.0.0.0", "::", "10.0.0.1")]  # noqa: S104  none is bound

    assert urls == ["http://127.0.0.1:80/", "http://127.0.0.1:80/", "http://[::1]:80/", "http://10.0.0.1:80/"]


@pytest.mark.parametrize("missing", ["starlette", "uvicorn", "websockets"])
def test_what_is_not_installed_is_named_with_the_command_that_brings_it(missing: str) -> None:
    script = (
        f"import sys; sys.modules[{missing!r}] = sys.modules[{missing + '.applications'!r}] = None\n"
        "from turnout.web import serve, site\n"
        "from turnout.errors import UnavailableError\n"
        "try: serve(site(pages={}))\n"
        "except UnavailableError as error: print(error)\n"
    )

    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert ran.stdout.lower().startswith(f"a local web page is not available: {missing} is not installed"), ran.stderr
    assert ran.stdout.endswith("install it with: pip install 'turnout[web]'\n")


def test_ctrl_c_ends_the_server_and_the_next_one_can_have_its_port() -> None:
    script = (
        "from web_sites import small_site\n"
        "from turnout.web import serve\n"
        "try: serve(small_site(), ready=lambda server: print(server.port, flush=True))\n"
        "except KeyboardInterrupt: print('stopped')\n"
    )
    here = Path(__file__).parents[1]  # where `web_sites` is
    words = [sys.executable, "-W", "error", "-c", script]

    with subprocess.Popen(words, cwd=here, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with socket.create_connection(("127.0.0.1", port)):
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=10)

    assert (process.returncode, out, err) == (0, "stopped\n", "")
    socket.create_server(("127.0.0.1", port)).close()
