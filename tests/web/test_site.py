"""What a site answers, without a server."""

import asyncio

import pytest

from turnout.web import Answer, packaged
from web_sites import answer_of, small_site

pytest.importorskip("starlette", reason="Starlette is not installed")


def answered(method: str, path: str, body: bytes = b"") -> tuple[int, str]:
    site = small_site({"a.js": Answer(body="let a", kind="text/javascript")})
    return asyncio.run(answer_of(site, method, path, body))


def test_files_are_there_under_their_names() -> None:
    assert answered("GET", "/static/a.js") == (200, "let a")
    assert answered("GET", "/icon.svg")[1].startswith("<svg")


@pytest.mark.parametrize("path", ["/static/../a.js", "/static/%2e%2e/a.js", "/static/", "/nothing", "//evil.example/"])
def test_there_is_nothing_else(path: str) -> None:
    assert answered("GET", path)[0] == 404


def test_what_is_posted_comes_to_the_page() -> None:
    assert answered("POST", "/echo", b"\0silence") == (200, "\0silence")


def test_too_much_is_refused() -> None:
    assert answered("POST", "/echo", bytes(70_000))[0] == 413


def test_what_is_posted_to_is_not_read() -> None:
    assert answered("GET", "/echo")[0] == 405


def test_the_files_of_a_package_are_found() -> None:
    files = packaged("turnout.report")

    assert files["search.css"].kind == "text/css; charset=utf-8"
    assert b"color-scheme" in files["search.css"].body
