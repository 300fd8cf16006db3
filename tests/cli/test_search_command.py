"""``turnout search``."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from crawled_pages import page
from turnout.cli import main
from turnout.cli._search_server import SearchServer
from turnout.errors import ExitStatus
from turnout.fulltext import Search, open_index
from turnout.pages import INDEX_FOLDER

pytest.importorskip("tantivy", reason="tantivy is not installed")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    index = open_index(tmp_path / INDEX_FOLDER)
    index.add([page(f"http://a.example/{number}", f"Tale {number}", "a river of words") for number in range(12)])
    index.add([page("http://evil.example/", "<script>\x1b[2J", "a hostile \x1b]0;x\x07\u202etext")])
    index.close()
    return tmp_path


@pytest.fixture
def server(folder: Path) -> Iterator[SearchServer]:
    with SearchServer(Search(folder), "tales", 0) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def ask(server: SearchServer, path: str, method: str = "GET", **headers: str) -> tuple[HTTPResponse, str]:
    connection = HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer, text


def test_pages_are_shown_with_their_matches(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    status = main(["search", str(folder), "river", "words", "--limit", "2"])

    out = capsys.readouterr().out
    assert status == ExitStatus.OK
    assert out.startswith("12 suit of 13 pages, in ")
    assert ", 1 to 2 shown" in out.splitlines()[0]
    assert out.count("a *river* of *words*") == 2
    assert "http://a.example/" in out


def test_pages_are_given_as_json(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    status = main(["search", str(folder), "title:5", "--json"])

    told = json.loads(capsys.readouterr().out)
    assert status == ExitStatus.OK
    assert (told["schema"], told["count"], told["page_count"]) == ("turnout-search/1", 1, 13)
    (hit,) = told["hits"]
    assert (hit["url"], hit["title"], hit["title_matches"]) == ("http://a.example/5", "Tale 5", [[5, 6]])
    assert hit["fetched"] == "2023-11-14T22:13:20+00:00"


def test_hostile_text_cannot_move_the_cursor(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    main(["search", str(folder), "hostile"])

    out = capsys.readouterr().out
    assert "a *hostile* ]0;xtext" in out
    assert out.replace("\n", "").isprintable()


def test_the_status_says_whether_a_page_suits(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    status = main(["search", str(folder), "nothing", "--typos", "never"])

    assert status == ExitStatus.FINDING
    assert capsys.readouterr().out.startswith("No page suits 'nothing', of 13 pages, in ")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["a AND"], "AND needs a word before and after it"),
        ([], "no words to look for are named"),
        (["x", "--limit", "0"], "'0' is not a whole number of at least 1"),
        (["x", "--port", "1"], "--port is of the web page; add --serve"),
        (["x", "--serve"], "--serve shows a page to search from"),
        (["--serve", "--port", "70000"], "'70000' is not a port"),
        (["x", "--offset", "99999"], "only the first 10,000 pages"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_sentence(
    capsys: pytest.CaptureFixture[str], folder: Path, words: list[str], sentence: str
) -> None:
    status = main(["search", str(folder), *words])

    error = capsys.readouterr().err
    assert status == ExitStatus.USAGE
    assert sentence in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [["FOLDER", "--limit", "1", "river"], ["FOLDER", "river", "--json", "--limit", "1"], ["--json", "FOLDER", "river"]],
)
def test_options_may_stand_anywhere(words: list[str], capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    status = main(["search", *(word.replace("FOLDER", str(folder)) for word in words)])

    assert status == ExitStatus.OK
    assert "river" in capsys.readouterr().out


def test_a_folder_without_an_index_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    status = main(["search", str(tmp_path), "x"])

    assert status == ExitStatus.USAGE
    assert "has no index of pages yet; make one with: turnout crawl" in capsys.readouterr().err


def test_the_page_is_whole_without_scripts(server: SearchServer) -> None:
    answer, text = ask(server, "/?q=river&page=2", **{"Accept-Language": "fr-CH, en;q=0.8"})

    assert answer.status == 200
    assert '<html lang="fr">' in text
    assert "11 à 12 sur 12 pages" in text
    assert text.count("<mark>river</mark>") == 2
    assert 'aria-current="page">2</a>' in text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_hostile_pages_stay_text(server: SearchServer) -> None:
    _, text = ask(server, "/?q=hostile+OR+%22%3Cb%3E%22&lang=en")

    assert "<script>\\x1b" not in text
    assert "&lt;script&gt;" in text
    assert 'value="hostile OR &quot;&lt;b&gt;&quot;"' in text


@pytest.mark.parametrize(
    ("path", "status", "part"),
    [
        ("/results?q=", 200, "13 pages can be searched."),
        ("/results?q=%22", 200, "a quotation mark is not closed"),
        ("/results?q=nothing&page=x", 200, "No page suits"),
        ("/api?q=river&limit=3", 200, '"schema": "turnout-search/1"'),
        ("/api?q=(", 400, '"error": "'),
        ("/api?q=rivers&limit=1&offset=2&typos=never", 200, '"offset": 2'),
        ("/api?q=river&limit=abc", 400, "limit=abc is not a whole number from 1 to 100; write one"),
        ("/api?q=river&limit=101", 400, "limit=101 is not a whole number from 1 to 100; write one"),
        ("/api?q=river&limit=", 400, "limit= is not a whole number"),
        ("/api?q=river&limit=" + 9_000 * "0" + "1", 400, "is not a whole number"),
        ("/api?q=river&offset=-1", 400, "offset=-1 is not a whole number from 0 to 10,000; write one"),
        ("/api?q=river&typos=x", 400, "typos=x is none of auto, never and always; write one of them"),
        ("/search.js", 200, '"use strict"'),
        ("/../secret", 404, "there is nothing here"),
        ("/?" + "a=1&" * 500, 200, "13 pages"),
    ],
)
def test_every_address_answers(server: SearchServer, path: str, status: int, part: str) -> None:
    answer, text = ask(server, path)

    assert answer.status == status
    assert part in text


def test_a_foreign_name_is_refused(server: SearchServer) -> None:
    answer, text = ask(server, "/?q=river", Host="attacker.example")

    assert answer.status == 403
    assert "river" not in text


def test_the_head_alone_can_be_asked_for(server: SearchServer) -> None:
    answer, text = ask(server, "/", "HEAD")

    assert (answer.status, text) == (200, "")
    assert int(answer.headers["Content-Length"]) > 1000


def test_a_port_that_is_taken_is_told(capsys: pytest.CaptureFixture[str], folder: Path, server: SearchServer) -> None:
    port = server.server_address[1]

    status = main(["search", str(folder), "--serve", "--port", str(port)])

    assert status == ExitStatus.USAGE
    assert f"port {port} cannot be listened on (Address already in use); name another one" in capsys.readouterr().err


def test_the_command_serves_until_it_is_interrupted(folder: Path) -> None:
    command = [sys.executable, "-m", "turnout", "search", str(folder), "--serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        line = running.stdout.readline()
        port = int(line.split("127.0.0.1:")[1].split("/")[0])
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/api?q=river")
        told = json.loads(connection.getresponse().read())
        connection.close()
        os.kill(running.pid, signal.SIGINT)
        _, errors = running.communicate(timeout=10)

    assert line.startswith("13 pages to search at http://127.0.0.1:")
    assert told["count"] == 12
    assert (running.returncode, errors) == (0, "\n")
