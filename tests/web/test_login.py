"""Pages that ask who you are."""

import asyncio
from base64 import b64encode

import pytest

from turnout.web import Login, serving
from turnout.web._login import behind_login
from turnout.web._types import Message, Receive, Send
from web_sites import request, small_site

websockets = pytest.importorskip("websockets", reason="websockets is not installed")
ADA = Login(user="ada", password="tür:1")  # noqa: S106  of nothing


def basic(user: str, password: str) -> str:
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"


@pytest.mark.parametrize("scheme", ["Basic", "bASIC"])
def test_the_right_user_with_the_right_password_is_known(scheme: str) -> None:
    assert ADA.is_shown_by(basic("ada", "tür:1").replace("Basic", scheme).encode())


@pytest.mark.parametrize(
    "header",
    [
        basic("ada", "tür:2"),
        basic("ada", ""),
        basic("eve", "tür:1"),
        basic("ada", "tür:1").replace("Basic", "Bearer"),
        f"{basic('ada', 'tür:1')}, {basic('ada', 'tür:1')}",
        "Basic =====",
        "Basic",
        "",
    ],
)
def test_nobody_else_is(header: str) -> None:
    assert not ADA.is_shown_by(header.encode())


def test_the_password_is_not_in_what_is_printed() -> None:
    assert repr(ADA) == "Login(user='ada')"


def test_a_socket_is_closed_where_the_server_cannot_send_an_answer_in_its_place() -> None:
    sent: list[Message] = []

    async def application(_scope: Message, _receive: Receive, _send: Send) -> None:
        raise AssertionError("it was asked")

    async def receive() -> Message:
        return {}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Message = {"type": "websocket", "headers": [(b"authorization", b"Basic eDp5")]}
    asyncio.run(behind_login(application, ADA)(scope, receive, send))

    assert sent == [{"type": "websocket.close", "code": 1008}]


@pytest.mark.integration
def test_pages_actions_files_and_sockets_are_all_behind_it() -> None:
    shown = {"Authorization": basic("ada", "tür:1")}

    async def ask() -> tuple[list[str], list[str | bytes], int]:
        async with serving(small_site(), login=ADA) as server:
            words = ("GET /", "HEAD /", "GET /icon.svg", "GET /nothing", "POST /echo")
            refused = [await request(server.port, each) for each in words]
            welcome = await request(server.port, "GET /?name=you", shown)
            url = f"ws://127.0.0.1:{server.port}/live?x=y"
            async with websockets.connect(url, additional_headers=shown) as live:
                await live.send("end")
                heard = [message async for message in live]
            with pytest.raises(websockets.InvalidStatus) as error:
                await websockets.connect(url)
        return [*refused, welcome], heard, error.value.response.status_code

    (*refused, welcome), heard, status = asyncio.run(ask())

    assert all(answer.startswith("HTTP/1.1 401") for answer in refused)
    assert 'www-authenticate: Basic realm="turnout", charset="UTF-8"' in refused[0]
    assert "content-security-policy" in refused[0]
    assert refused[1].endswith("\r\n\r\n")
    assert welcome.endswith("hello you")
    assert heard == ["en y"]
    assert status == 401
