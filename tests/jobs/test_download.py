"""Fetching an image, from a site in the same event loop."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from turnout.jobs import fetch_image, fetch_image_async
from turnout.jobs._distant_server import Site

PICTURE = b"\xff\xd8 not much of a picture \xff\xd9"
Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Fetch = Callable[..., Any]  # one gives a name, the other a coroutine


@pytest.fixture(params=[fetch_image, fetch_image_async])
def fetch(request: pytest.FixtureRequest) -> Fetch:
    """Each of the two ways to fetch."""
    way: Fetch = request.param
    return way


def fetched(fetch: Fetch, answer: Answer, path: str, folder: Path) -> str:
    """The result of fetching ``path`` from a site that gives ``answer``."""

    async def both() -> str:
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}{path}"
            if fetch is fetch_image:
                return await asyncio.to_thread(fetch_image, url, folder=str(folder))
            return await fetch_image_async(url, folder=str(folder))

    return asyncio.run(both())


def answering(response: bytes) -> Answer:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(response)
        writer.close()

    return answer


def site() -> Answer:
    return Site([PICTURE], latency_s=0, seed=1).answer


def test_an_image_is_saved_under_the_last_part_of_its_address(fetch: Fetch, tmp_path: Path) -> None:
    name = fetched(fetch, site(), "/sports/3.jpg?size=small", tmp_path)

    assert name == "3.jpg"
    assert [file.name for file in tmp_path.iterdir()] == ["3.jpg"]
    content = (tmp_path / name).read_bytes()
    assert content.startswith(b"\xff\xd8\xff\xfe\x00\x0aanswer 1")
    assert content.endswith(PICTURE[2:])


def test_an_image_that_was_there_is_replaced(fetch: Fetch, tmp_path: Path) -> None:
    (tmp_path / "3.jpg").write_bytes(b"old")

    fetched(fetch, site(), "/3.jpg", tmp_path)

    assert (tmp_path / "3.jpg").read_bytes().endswith(PICTURE[2:])


@pytest.mark.parametrize(
    ("response", "said"),
    [
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "404 Not Found"),
        (b"HTTP/1.1 200 OK\r\nX-Other: 1\r\n\r\nabc", "and no image"),
        (b"SSH-2.0-nonsense\r\n\r\n", " answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "broke off its answer"),
        (b"HTTP/1.", "broke off its answer"),
        (b"x" * 100_000, "broke off its answer"),
        (b"", "broke off its answer"),
    ],
)
def test_an_answer_that_is_no_whole_image_leaves_no_file(
    fetch: Fetch, tmp_path: Path, response: bytes, said: str
) -> None:
    with pytest.raises(ConnectionError, match=re.escape(said)):
        fetched(fetch, answering(response), "/3.jpg", tmp_path)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["file:///etc/passwd", "https://h/x.jpg", "http:///x.jpg", "http://h", "http://h/", ""])
def test_what_is_no_address_of_a_file_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(ValueError, match="is not the address of a file"):
        fetch_image(url, folder=str(tmp_path))
    with pytest.raises(ValueError, match="is not the address of a file"):
        asyncio.run(fetch_image_async(url, folder=str(tmp_path)))
