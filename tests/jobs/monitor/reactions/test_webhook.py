"""Webhooks against a server on the loopback."""

import asyncio
import json
import pickle
from pathlib import Path

import pytest

from jobs.monitor.reactions.hooks import Hook, answer, hook
from nginx import nginx
from turnout.errors import UsageError
from turnout.jobs.monitor.reactions._webhook import WebhookError, check_url, post


def posted(*answers: bytes | None, timeout_s: float = 10.0) -> tuple[int, Hook]:
    async def go() -> tuple[int, Hook]:
        async with hook(*answers) as server:
            headers = (("X-Token", "secret"),)
            return await post(server.url, b'{"a": 1}', headers=headers, timeout_s=timeout_s), server

    return asyncio.run(go())


def test_a_change_is_posted_as_json() -> None:
    status, server = posted(answer(204))

    assert status == 204
    assert json.loads(server.bodies[0]) == {"a": 1}
    lines = server.heads[0].split("\r\n")
    assert lines[0] == "POST /hook?key=1 HTTP/1.1"
    assert {"Content-Type: application/json", "X-Token: secret", "Connection: close"} <= set(lines)


def test_an_interim_answer_is_passed_over() -> None:
    status, _ = posted(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + answer(200))

    assert status == 200


@pytest.mark.parametrize(
    ("told", "words", "may_pass"),
    [
        (answer(500), "answered 500", True),
        (answer(429), "answered 429", True),
        (answer(404), "answered 404", False),
        (answer(302), "answered 302", False),
        (b"", "hung up before it had answered", True),
        (b"SSH-2.0-x\r\n\r\n", "not HTTP/1.1", True),
        (b"HTTP/1.1\r\n\r\n", "not HTTP/1.1", True),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000 + b"\r\n\r\n", "a head without an end", True),
    ],
)
def test_what_is_no_success_is_told(told: bytes, words: str, may_pass: bool) -> None:  # noqa: FBT001  a parameter
    with pytest.raises(WebhookError, match=words) as caught:
        posted(told)

    assert caught.value.may_pass == may_pass
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_a_server_that_never_answers_is_given_up() -> None:
    with pytest.raises(WebhookError, match=r"did not answer within 0\.05 s"):
        posted(None, timeout_s=0.05)


def test_a_server_that_is_not_there_is_told() -> None:
    async def go() -> None:
        async with hook(answer(200)) as server:
            url = server.url
        await post(url, b"{}")

    with pytest.raises(WebhookError, match="cannot be reached"):
        asyncio.run(go())


def test_a_server_without_tls_is_told() -> None:
    def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.org\r\n")
        writer.close()

    async def go() -> None:
        server = await asyncio.start_server(greet, "127.0.0.1", 0)
        async with server:
            await post(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/", b"{}")

    with pytest.raises(WebhookError, match="cannot be reached"):
        asyncio.run(go())


@pytest.mark.integration
def test_certificates_are_looked_at(tmp_path: Path) -> None:
    with nginx(tmp_path) as server:
        with pytest.raises(WebhookError, match=r"the certificate of .* is not good"):
            asyncio.run(post(server.tls_url, b"{}"))
        with pytest.raises(WebhookError, match=r"answered 40\d"):  # it only has files to give
            asyncio.run(post(server.tls_url, b"{}", authorities=str(server.certificate)))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "ftp://example.org",
        "http://",
        "http://a b/",
        "http://example.org/\r\nX: y",
        "http://example.org:99999/",
        "http://example.org:0/",
        "http://[::1",
        "http://exämple.org/",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="is not an address"):
        check_url(url)


def test_a_password_in_an_address_is_refused_without_being_told() -> None:
    with pytest.raises(UsageError, match="must hold no password") as caught:
        check_url("https://me:secret@example.org/")

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("field", [("X: y", "1"), ("", "1"), ("X", "1\r\nY: 2"), ("X", "ü")])
def test_a_header_is_of_one_line(field: tuple[str, str]) -> None:
    with pytest.raises(UsageError, match="header"):
        asyncio.run(post("http://127.0.0.1:9/", b"{}", headers=[field]))
