"""Who may ask a page on the loopback device."""

import asyncio
from collections.abc import Mapping

import pytest

from turnout.web import HEADERS, guarded, is_known_host
from turnout.web._types import Message, Receive, Send

OURS = {"host": "127.0.0.1:8000"}


async def welcoming(scope: Message, receive: Receive, send: Send) -> None:
    await receive()
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
    else:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"cache-control", b"max-age=5")]})


def first_answer(headers: Mapping[str, str], method: str = "GET", kind: str = "http") -> Message:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope: Message = {"type": kind, "method": method, "path": "/", "headers": pairs}
    asyncio.run(guarded(welcoming)(scope, receive, send))
    return sent[0]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:80", "localhost:8000", "LOCALHOST", "[::1]:8000"])
def test_this_machine_may_be_asked_for_by_its_own_names(host: str) -> None:
    assert first_answer({"host": host})["status"] == 200


@pytest.mark.parametrize(
    "host", ["", "evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "10.0.0.1", "[", "[::1", "a:b:c"]
)
def test_a_foreign_name_that_leads_here_is_refused(host: str) -> None:
    assert first_answer({"host": host})["status"] == 403


def test_a_request_without_a_host_is_refused() -> None:
    assert first_answer({})["status"] == 403


def test_any_address_will_do_where_the_whole_network_may_ask() -> None:
    known = [is_known_host(host, {"m.example"}, any_address=True) for host in ("10.0.0.1:80", "[fe80::1]", "m.example")]

    assert known == [True, True, True]
    assert not is_known_host("evil.example", {"m.example"}, any_address=True)


@pytest.mark.parametrize(("kind", "method"), [("http", "POST"), ("http", "DELETE"), ("websocket", "GET")])
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:8001", "http://["])
def test_another_sites_page_may_not_change_anything(kind: str, method: str, origin: str) -> None:
    answer = first_answer({**OURS, "origin": origin}, method, kind)

    assert answer.get("status") == 403 or answer == {"type": "websocket.close", "code": 1008}


@pytest.mark.parametrize(("kind", "method"), [("http", "POST"), ("websocket", "GET")])
@pytest.mark.parametrize("more", [{"origin": "http://127.0.0.1:8000"}, {}, {"sec-fetch-site": "same-origin"}])
def test_our_own_page_and_a_program_may(kind: str, method: str, more: Mapping[str, str]) -> None:
    answer = first_answer({**OURS, **more}, method, kind)

    assert answer.get("status") == 200 or answer == {"type": "websocket.accept"}


def test_a_form_of_another_site_without_an_origin_is_refused() -> None:
    assert first_answer({**OURS, "sec-fetch-site": "cross-site"}, "POST")["status"] == 403


def test_each_answer_forbids_what_a_page_does_not_need() -> None:
    refused = dict(first_answer({"host": "evil.example"})["headers"])
    given = dict(first_answer(OURS)["headers"])

    assert refused[b"content-security-policy"].decode() == HEADERS["Content-Security-Policy"]
    assert given[b"content-security-policy"] == refused[b"content-security-policy"]
    assert given[b"cache-control"] == b"max-age=5"


def test_what_is_no_request_passes() -> None:
    assert first_answer({}, kind="lifespan")["type"] == "http.response.start"
