"""The distant site: how it answers, and how it ends."""

import asyncio
import io
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from turnout.errors import UnavailableError
from turnout.jobs import distant_site, fetch_image_async
from turnout.jobs._distant_server import Site, serve, serve_for_parent, watch_parent


def exchange(request: bytes, *, pages: int = 0) -> bytes:
    """What a site without latency answers."""

    async def both() -> bytes:
        stop = asyncio.Event()
        port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        site = Site([b"\xff\xd8picture\xff\xd9"], pages=pages, latency_s=0, seed=1)
        serving = asyncio.create_task(serve(site, port.set_result, stop))
        reader, writer = await asyncio.open_connection("127.0.0.1", await port)
        writer.write(request)
        writer.write_eof()
        answer = await reader.read()
        writer.close()
        stop.set()
        await serving
        return answer

    return asyncio.run(both())


def test_a_picture_is_sent_with_its_length() -> None:
    head, _, body = exchange(b"GET /a/b.jpg?x=1 HTTP/1.1\r\nHost: h\r\n\r\n").partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n")
    assert f"Content-Length: {len(body)}\r\n".encode() in head
    assert body.startswith(b"\xff\xd8")


@pytest.mark.parametrize("line", [b"GET / HTTP/1.1", b"POST /a.jpg HTTP/1.1", b"nonsense", b"GET /a.jpg"])
def test_anything_else_is_not_found(line: bytes) -> None:
    assert exchange(line + b"\r\n\r\n").startswith(b"HTTP/1.1 404 Not Found\r\n")


@pytest.mark.parametrize("request_", [b"", b"GET /a.jpg HTTP/1.1\r\n", b"x" * 100_000])
def test_a_visitor_that_does_not_finish_gets_no_answer(request_: bytes) -> None:
    try:
        answer = exchange(request_)
    except ConnectionResetError:  # it was cut off while it still sent
        answer = b""

    assert answer == b""


def test_another_parent_ends_the_watch() -> None:
    async def watch() -> bool:
        stop = asyncio.Event()
        await watch_parent(os.getppid() + 1, stop)
        return stop.is_set()

    assert asyncio.run(watch())


def test_the_end_of_the_life_line_ends_the_site() -> None:
    life_line, held = os.pipe()
    ports: list[int] = []

    def announce(port: int) -> None:
        ports.append(port)
        os.write(held, b"!")
        os.close(held)

    asyncio.run(serve_for_parent(Site([], latency_s=0, seed=1), announce, life_line, os.getppid()))

    os.close(life_line)
    assert len(ports) == 1


def test_a_site_that_does_not_start_is_told_with_what_to_try() -> None:
    silent = [sys.executable, "-c", "print()"]

    with (
        pytest.raises(UnavailableError, match="its process ended before it could answer; see why with: "),
        distant_site(server=silent),
    ):
        pass


def test_a_site_that_does_not_end_is_killed() -> None:
    stubborn = [sys.executable, "-c", "import signal; print(1, flush=True); signal.pause()"]

    with distant_site(server=stubborn, patience_s=0.01) as url:
        assert url == "http://127.0.0.1:1"


@pytest.mark.integration
def test_each_answer_is_another_jpeg_and_takes_its_time(tmp_path: Path) -> None:
    async def fetch_twice(url: str) -> list[bytes]:
        contents = []
        for _ in range(2):
            name = await fetch_image_async(f"{url}/one.jpg", folder=str(tmp_path))
            contents.append((tmp_path / name).read_bytes())
        return contents

    with distant_site(latency_s=0.01) as url:
        first, second = asyncio.run(fetch_twice(url))

    assert first != second
    assert all(20_000 <= len(content) <= 200_100 for content in (first, second))
    for content in (first, second):
        Image.open(io.BytesIO(content)).load()


@pytest.mark.integration
@pytest.mark.skipif(not hasattr(os, "fork"), reason="only where processes fork can another one hold the life line")
@pytest.mark.parametrize("holds_life_line", [False, True])
def test_the_site_ends_when_its_parent_is_killed(holds_life_line: bool) -> None:  # noqa: FBT001  # a parameter of the test
    code = f"""
import os, signal, sys
from turnout.jobs import distant_site
with distant_site() as url:
    holder = os.fork() if {holds_life_line} else 0
    if holder or not {holds_life_line}:
        print(url, holder, flush=True)
    signal.pause()
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        url, holder = parent.stdout.readline().split()
        parent.kill()
    port = int(re.findall(r"\d+$", url)[0])

    ended = eventually(lambda: not is_open(port))

    if holds_life_line:
        os.kill(int(holder), signal.SIGKILL)
    assert ended


def is_open(port: int) -> bool:
    async def connect() -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()

    try:
        asyncio.run(connect())
    except OSError:
        return False
    return True


def eventually(condition: Callable[[], bool]) -> bool:
    """Tell whether the condition comes true before patience ends."""
    return any(condition() for _ in range(20_000))


def test_a_site_that_closes_in_the_middle_of_an_answer_says_nothing() -> None:
    command = [sys.executable, "-m", "turnout.jobs._distant_server", "--latency-s", "60", "--seed", "1"]
    command += ["--parent-pid", str(os.getpid())]
    pipe = subprocess.PIPE

    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout
        address = ("127.0.0.1", int(process.stdout.readline()))
        with socket.create_connection(address), socket.create_connection(address) as second:
            second.shutdown(socket.SHUT_WR)
            assert second.recv(1) == b""  # so the first, who came before, is being answered
            _, said = process.communicate()

    assert said == ""
    assert process.returncode == 0


def test_a_site_whose_parent_is_gone_before_it_is_told_says_nothing() -> None:
    command = [sys.executable, "-m", "turnout.jobs._distant_server", "--latency-s", "60", "--seed", "1"]
    command += ["--pages", "1", "--parent-pid", str(os.getpid())]
    pipe = subprocess.PIPE

    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        said = process.stderr.read()

    assert said == b""


@pytest.mark.integration
def test_the_users_own_modules_are_not_taken_for_pythons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("argparse", "asyncio", "random", "secrets", "typing"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('this is no module of Python')\n")
    monkeypatch.chdir(tmp_path)

    with distant_site(pages=1) as url:
        assert url.startswith("http://127.0.0.1:")


@pytest.mark.parametrize(("path", "links"), [(b"/", 3), (b"/page-1.html", 6)])
def test_a_page_leads_to_others(path: bytes, links: int) -> None:
    answer = exchange(b"GET " + path + b" HTTP/1.1\r\n\r\n", pages=40)

    assert answer.startswith(b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n")
    assert answer.count(b"<a href=") == links


def test_a_page_that_there_is_not_is_not_found() -> None:
    assert exchange(b"GET /page-40.html HTTP/1.1\r\n\r\n", pages=40).startswith(b"HTTP/1.1 404 Not Found\r\n")
