"""HTTP exchanges: what comes back, and what is told of those that do not come to their end."""

import asyncio
import gzip
import os
import ssl
import subprocess
import threading
from collections.abc import Callable

import pytest

from _raw_site import RawSite, Visit
from turnout.errors import ExchangeError, UsageError
from turnout.jobs.downloading._terms import Terms
from turnout.transfer import DETACH, Engine, Manner, Request, Response, Setup, shared_engine

Answer = Callable[[Visit], None]
QUICK = Manner(proxy="", connect_s=5, stall_s=0.2, deadline_s=10)


def hello(visit: Visit) -> None:
    visit.reply("200 OK", b"hello", "X-Path: " + visit.path)


def ask(
    answer: Answer, *requests: Request, manner: Manner = QUICK, setup: Setup | None = None
) -> list[tuple[Response, bytes]]:
    """Make exchanges one after the other, with paths instead of addresses."""

    async def all_of_them() -> list[tuple[Response, bytes]]:
        with RawSite(answer) as site, Engine(setup) as engine:
            done = []
            for request in requests or (Request("/"),):
                body = bytearray()
                asked = Request(site.url + request.url, request.headers, request.method)
                response = await engine.exchange(asked, lambda _, body=body: body.extend, manner)  # type: ignore[misc]  # mypy takes the default for a second argument
                done.append((response, bytes(body)))
            return done

    return asyncio.run(all_of_them())


def cause_of(answer: Answer, manner: Manner = QUICK) -> str:
    with pytest.raises(ExchangeError) as caught:
        ask(answer, manner=manner)
    return caught.value.cause


def test_a_response_tells_its_status_headers_and_body() -> None:
    ((response, body),) = ask(hello, Request("/a?b"))

    assert (response.status, response.version, body) == (200, "1.1", b"hello")
    assert response.headers.get("x-PATH") == "/a?b"
    assert (response.received_bytes, response.body_bytes, response.address) == (5, 5, "127.0.0.1")


def test_headers_are_told_apart_however_their_lines_end() -> None:
    ((response, _),) = ask(lambda visit: visit.send(b"HTTP/1.1 200 OK\nContent-Length: 0\nA: 1\nETag: x\nA: 2\n\n"))

    assert (response.headers.get("etag"), response.headers.all("a")) == ("x", ["1", "2"])


def test_connections_are_used_again() -> None:
    (first, _), (second, _) = ask(hello, Request("/"), Request("/"))

    assert (first.is_reused, second.is_reused) == (False, True)


def test_headers_and_methods_of_one_request_do_not_reach_the_next() -> None:
    seen: list[tuple[str, str | None]] = []

    def answer(visit: Visit) -> None:
        seen.append((visit.method, visit.headers.get("x-mine")))
        hello(visit)

    bodies = [body for _, body in ask(answer, Request("/", ("X-Mine: 1",), "HEAD"), Request("/"))]

    assert seen == [("HEAD", "1"), ("GET", None)]
    assert bodies == [b"", b"hello"]


def test_redirections_are_followed_as_far_as_is_allowed() -> None:
    def answer(visit: Visit) -> None:
        if visit.path == "/end":
            hello(visit)
        else:
            visit.reply("302 Found", b"moved", "Location: /end")

    ((followed, body),) = ask(answer, manner=Manner(proxy="", redirects=1))
    ((left, left_body),) = ask(answer)

    assert (followed.status, followed.redirects, followed.url[-4:], body) == (200, 1, "/end", b"hello")
    assert (left.status, left.headers.get("Location"), left_body) == (302, "/end", b"moved")


def test_content_is_decompressed_if_asked() -> None:
    def answer(visit: Visit) -> None:
        visit.reply("200 OK", gzip.compress(b"z" * 10_000), "Content-Encoding: gzip")

    ((response, body),) = ask(answer, manner=Manner(proxy="", decode=True))

    assert body == b"z" * 10_000
    assert response.received_bytes < response.body_bytes == 10_000


def test_a_body_is_stopped_at_its_limit() -> None:
    def answer(visit: Visit) -> None:
        visit.reply("200 OK", gzip.compress(bytes(50_000_000)), "Content-Encoding: gzip")

    ((response, body),) = ask(answer, manner=Manner(proxy="", decode=True, most_bytes=100_000))

    assert response.is_stopped
    assert len(body) == 100_000


def test_whoever_takes_the_body_may_refuse_or_stop_it() -> None:
    async def both() -> list[Response]:
        with RawSite(lambda visit: visit.reply("200 OK", bytes(1_000_000))) as site, Engine() as engine:
            request = Request(site.url)
            return [
                await engine.exchange(request, lambda _: None, QUICK),
                await engine.exchange(request, lambda _: lambda _piece: False, QUICK),
            ]

    refused, stopped = asyncio.run(both())

    assert (refused.is_stopped, refused.status, refused.body_bytes) == (True, 200, 0)
    assert stopped.is_stopped
    assert 0 < stopped.body_bytes < 1_000_000


def test_what_takes_the_body_may_raise() -> None:
    def full(_piece: bytes) -> None:
        raise OSError(28, "No space left on device")

    async def one() -> None:
        with RawSite(hello) as site, Engine() as engine:
            await engine.exchange(Request(site.url), lambda _: full, QUICK)

    with pytest.raises(OSError, match="No space"):
        asyncio.run(one())


def chunked_cut(visit: Visit) -> None:
    visit.head("200 OK", "Transfer-Encoding: chunked")
    visit.send(b"5\r\nhello\r\n")
    visit.cut()


def short(visit: Visit) -> None:
    visit.reply("200 OK", b"hello", length=10)
    visit.cut()


@pytest.mark.parametrize("answer", [chunked_cut, short, Visit.reset, Visit.cut])
def test_an_end_too_soon_is_a_cut(answer: Answer) -> None:
    assert cause_of(answer) == "cut"


def test_silence_is_a_stall_before_the_head_and_after_it() -> None:
    def midway(visit: Visit) -> None:
        visit.reply("200 OK", b"hello", length=10)
        visit.hang()

    assert cause_of(Visit.hang) == "stall"
    assert cause_of(midway) == "stall"


def test_a_slow_drip_meets_the_deadline() -> None:
    def drip(visit: Visit) -> None:
        visit.head("200 OK")
        while True:
            visit.send(b"." * 1000)

    assert cause_of(drip, Manner(proxy="", deadline_s=0.3)) == "deadline"


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("http://127.0.0.1:1/", "connection"),
        ("http://nothing.invalid/", "name"),
        ("ftp://127.0.0.1/", "url"),
        ("http://127.0.0.1:99999/", "url"),
        ("http://ünïcode/", "url"),
    ],
)
def test_addresses_that_cannot_be_reached_tell_why(url: str, cause: str) -> None:
    async def one() -> None:
        with Engine() as engine:
            await engine.exchange(Request(url), None, QUICK)

    with pytest.raises(ExchangeError) as caught:
        asyncio.run(one())

    assert caught.value.cause == cause
    assert str(caught.value).startswith(f"{url}: ")


def test_an_address_is_refused_before_it_is_connected_to() -> None:
    asked: list[tuple[str, int]] = []

    def check(address: str, port: int) -> bool:
        asked.append((address, port))
        return False

    async def one() -> int:
        with RawSite(hello) as site, Engine() as engine:
            with pytest.raises(ExchangeError) as caught:
                await engine.exchange(Request(site.url), None, Manner(proxy="", check=check))
            assert caught.value.cause == "address"
            assert asked == [("127.0.0.1", site.port)]
            return site.connections

    assert asyncio.run(one()) == 0


def test_a_connection_that_another_made_is_refused_too() -> None:
    async def both() -> int:
        with RawSite(hello) as site, Engine() as engine:
            await engine.exchange(Request(site.url), lambda _: bytearray().extend, QUICK)
            with pytest.raises(ExchangeError) as caught:
                await engine.exchange(Request(site.url), None, Manner(proxy="", check=lambda _, __: False))
            assert caught.value.cause == "address"
            return len(site.visits)

    assert asyncio.run(both()) == 1


def test_no_more_connections_are_open_than_allowed() -> None:
    async def many() -> tuple[int, int]:
        with RawSite(hello) as site, Engine(Setup(host_connections=3)) as engine:
            request = Request(site.url)
            await asyncio.gather(*(engine.exchange(request, lambda _: bytearray().extend, QUICK) for _ in range(30)))
            return len(site.visits), site.connections

    assert asyncio.run(many()) == (30, 3)


def test_plain_exchanges_do_not_wait_for_each_others_connections() -> None:
    together = threading.Barrier(4, timeout=10)

    def answer_all(visit: Visit) -> None:
        together.wait()
        visit.reply("200 OK", b"hello", "Connection: close")

    async def many() -> list[int]:
        with RawSite(answer_all) as site, Engine() as engine:
            request, manner = Request(site.url), Manner(proxy="", stall_s=10)
            asked = [engine.exchange(request, lambda _: bytearray().extend, manner) for _ in range(4)]
            return [response.status for response in await asyncio.gather(*asked)]

    assert asyncio.run(many()) == [200] * 4


def test_an_exchange_whose_task_is_cancelled_is_dropped() -> None:
    async def cancelled() -> int:
        with RawSite(Visit.hang) as site, Engine() as engine:
            task = asyncio.create_task(engine.exchange(Request(site.url), None, Manner(proxy="")))
            await asyncio.sleep(0)
            assert engine.active_count == 1
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return engine.active_count

    assert asyncio.run(cancelled()) == 0


def test_a_rate_holds_for_all_bodies_together() -> None:
    async def timed() -> float:
        with (
            RawSite(lambda visit: visit.reply("200 OK", bytes(100_000))) as site,
            Engine(Setup(rate=400_000)) as engine,
        ):
            started = asyncio.get_running_loop().time()
            await asyncio.gather(
                *(engine.exchange(Request(site.url), lambda _: bytearray().extend, QUICK) for _ in range(3))
            )
            return asyncio.get_running_loop().time() - started

    assert asyncio.run(timed()) > 0.5  # 300 kB at 400 kB/s, less a burst of 40 kB, take 0.65 s


def test_the_rest_of_a_body_is_left_in_the_socket_to_whoever_wants_to_read_it() -> None:
    content = bytes(range(256)) * 4000

    async def both() -> tuple[bytes, bytes]:
        with RawSite(lambda visit: visit.reply("200 OK", content)) as site, Engine() as engine:
            body = bytearray()

            def take(piece: bytes) -> object:
                body.extend(piece)
                return DETACH

            response = await engine.exchange(Request(site.url), lambda _: take, QUICK)
            assert response.detached is not None
            first = bytes(body)
            os.set_blocking(response.detached, True)
            while len(body) < len(content):
                body += os.read(response.detached, len(content) - len(body))
            engine.give_back(response)
            assert engine.active_count == 0
            return first, bytes(body)

    first, body = asyncio.run(both())

    assert 0 < len(first) < len(content)
    assert body == content


@pytest.mark.parametrize("redirects", [False, True], ids=["asked for", "redirected to"])
def test_no_encrypted_connection_is_left_to_others(redirects: bool, tls: ssl.SSLContext) -> None:  # noqa: FBT001
    content = bytes(range(256)) * 4000

    async def both() -> tuple[Response, bytes]:
        with (
            RawSite(lambda visit: visit.reply("200 OK", content), tls=tls) as site,
            RawSite(lambda visit: visit.reply("302 Found", b"", f"Location: {site.url}")) as first,
            Engine() as engine,
        ):
            body = bytearray()

            def take(piece: bytes) -> object:
                body.extend(piece)
                return DETACH

            url = first.url if redirects else site.url
            manner = Manner(proxy="", verify=False, redirects=1, stall_s=1)
            return await engine.exchange(Request(url), lambda _: take, manner), bytes(body)

    response, body = asyncio.run(both())

    assert response.detached is None
    assert body == content


def test_a_certificate_that_nobody_trusts_is_refused(tls: ssl.SSLContext) -> None:
    async def one() -> None:
        with RawSite(hello, tls=tls) as site, Engine() as engine:
            await engine.exchange(Request(site.url), None, QUICK)

    with pytest.raises(ExchangeError) as caught:
        asyncio.run(one())

    assert caught.value.cause == "certificate"


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    folder = tmp_path_factory.mktemp("tls")
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1"]
    key, certificate = folder / "key.pem", folder / "cert.pem"
    subprocess.run([*words, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def test_cookies_that_are_set_come_back() -> None:
    def answer(visit: Visit) -> None:
        visit.reply("200 OK", visit.headers.get("cookie", "none").encode(), "Set-Cookie: a=1; Path=/")

    bodies = [body for _, body in ask(answer, Request("/"), Request("/"), setup=Setup(cookies=True))]

    assert bodies == [b"none", b"a=1"]


def test_a_name_and_a_password_are_sent() -> None:
    def answer(visit: Visit) -> None:
        visit.reply("200 OK", visit.headers.get("authorization", "none").encode())

    ((_, body),) = ask(answer, manner=Manner(proxy="", user="me:secret"))

    assert body == b"Basic bWU6c2VjcmV0"


def test_a_loop_has_one_engine_for_a_setup_and_closes_it_at_its_end() -> None:
    async def two() -> tuple[Engine, Engine, Engine]:
        return await shared_engine(Setup()), await shared_engine(Setup()), await shared_engine(Setup(connections=1))

    one, same, other = asyncio.run(two())

    assert one is same
    assert one is not other
    assert one.is_closed
    assert other.is_closed


@pytest.mark.parametrize("text", ["a\r\nX-Other: 1", "a\nX-Other: 1", "a\0", "é"])
def test_what_would_begin_another_header_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="agent must be one line of text in ASCII"):
        Manner(agent=text)
    with pytest.raises(UsageError, match="cookie must be one line of text in ASCII"):
        Manner(cookie=text)
    with pytest.raises(UsageError, match="is no header"):
        Terms(headers=(f"X-Mine: {text}",))
