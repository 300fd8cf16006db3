"""Where files come to lie, and what becomes of those that are there."""

import gzip
import os
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import turnout
from _download_faults import LONG_AGO, TEXT, serve
from _raw_site import RawSite, Visit
from turnout.errors import DownloadError, UsageError
from turnout.jobs.downloading import Saved
from turnout.outcomes import Failure, Outcome, Success
from turnout.transfer import Manner

QUICK = Manner(proxy="", redirects=3, stall_s=1)


def hello(visit: Visit) -> None:
    visit.reply("200 OK", visit.path.encode(), f"Last-Modified: {LONG_AGO}")


def get(answer: Callable[[Visit], None], *paths: str, to: Path, **options: Any) -> list[Outcome[Saved]]:
    with RawSite(answer) as site:
        return list(turnout.download([site.url + path for path in paths], to, manner=QUICK, retries=0, **options))


def names(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def causes(outcomes: list[Outcome[Saved]]) -> list[str]:
    return [one.error.cause for one in outcomes if isinstance(one, Failure) and isinstance(one.error, DownloadError)]


def test_files_get_the_names_of_their_addresses_and_dates(tmp_path: Path) -> None:
    outcomes = get(hello, "/a/one.txt", "/b/two.txt", to=tmp_path / "new" / "folder")

    assert all(isinstance(one, Success) for one in outcomes)
    assert names(tmp_path / "new" / "folder") == {"one.txt": b"/a/one.txt", "two.txt": b"/b/two.txt"}
    assert (tmp_path / "new" / "folder" / "one.txt").stat().st_mtime == 1735689600


def test_names_that_are_taken_get_a_number(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_bytes(b"mine")

    get(hello, "/a/x.txt", "/b/x.txt", to=tmp_path)

    assert set(names(tmp_path)) == {"x.txt", "x-1.txt", "x-2.txt"}
    assert (tmp_path / "x.txt").read_bytes() == b"mine"


def test_names_that_are_taken_may_be_overwritten_or_skipped(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_bytes(b"mine")

    (kept,) = get(hello, "/x.txt", to=tmp_path, if_exists="skip")
    before = names(tmp_path)
    (saved,) = get(hello, "/x.txt", to=tmp_path, if_exists="overwrite")

    assert isinstance(kept, Success)
    assert isinstance(saved, Success)
    assert (kept.value.status, saved.value.status) == ("kept", "saved")
    assert before == {"x.txt": b"mine"}
    assert names(tmp_path) == {"x.txt": b"/x.txt"}


@pytest.mark.parametrize("name", ["../../x", "/etc/x", "C:\\x", ".x", "..%2f..%2fx"])
def test_no_server_writes_outside_the_folder(name: str, tmp_path: Path) -> None:
    def answer(visit: Visit) -> None:
        visit.reply("200 OK", b"evil", f'Content-Disposition: attachment; filename="{name}"')

    get(answer, "/y", to=tmp_path / "folder")

    assert [file.parent for file in tmp_path.rglob("*") if file.is_file()] == [tmp_path / "folder"]


def test_a_link_where_the_part_would_be_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "mine").write_bytes(b"mine")
    (tmp_path / "x.txt.part").symlink_to("mine")

    (outcome,) = get(hello, "/x.txt", to=tmp_path)

    assert isinstance(outcome, Success)
    assert (tmp_path / "mine").read_bytes() == b"mine"


def test_only_what_is_newer_is_fetched(tmp_path: Path) -> None:
    def answer(visit: Visit) -> None:
        if visit.headers.get("if-modified-since") == LONG_AGO:
            visit.head("304 Not Modified")
        else:
            hello(visit)

    (first,) = get(answer, "/x.txt", to=tmp_path, newer=True)
    (second,) = get(answer, "/x.txt", to=tmp_path, newer=True)
    os.utime(tmp_path / "x.txt", (1, 1))
    (third,) = get(answer, "/x.txt", to=tmp_path, newer=True)

    statuses = [one.value.status for one in (first, second, third) if isinstance(one, Success)]
    assert statuses == ["saved", "unchanged", "saved"]
    assert names(tmp_path) == {"x.txt": b"/x.txt"}


def compressed(visit: Visit) -> None:
    """Answer ``/KIND/TIMES/NAME``: compressed so many times, and said to be once."""
    _, kind, times, _ = visit.path.split("/")
    body = TEXT
    for _ in range(int(times)):
        body = gzip.compress(body)
    visit.reply("200 OK", body, "Content-Encoding: gzip", f"Content-Type: {kind.replace('-', '/')}")


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/text-plain/1/a.txt", TEXT),
        ("/application-gzip/2/a.txt.gz", gzip.compress(TEXT, mtime=0)),
        ("/application-gzip/1/a.txt.gz", gzip.compress(TEXT, mtime=0)),
        ("/application-octet/1/a", TEXT),
    ],
)
def test_content_is_as_it_was_before_it_was_compressed_for_the_way(path: str, content: bytes, tmp_path: Path) -> None:
    get(compressed, path, to=tmp_path)

    (saved,) = names(tmp_path).values()
    assert saved[10:] == content[10:]  # gzip's head has the time in it


def test_text_that_was_compressed_twice_is_noticed(tmp_path: Path) -> None:
    outcomes = get(compressed, "/text-plain/2/a.txt", to=tmp_path)

    assert causes(outcomes) == ["encoding"]


@pytest.mark.parametrize(
    ("body", "coding"),
    [(gzip.compress(TEXT, mtime=0)[:-9], "gzip"), (TEXT, "gzip"), (TEXT, "br"), (zlib.compress(TEXT)[:-9], "deflate")],
)
def test_compressed_content_that_is_not_whole_is_no_file(body: bytes, coding: str, tmp_path: Path) -> None:
    outcomes = get(
        lambda visit: visit.reply("200 OK", body, f"Content-Encoding: {coding}", "Content-Type: text/plain"),
        "/a.txt",
        to=tmp_path,
    )

    assert causes(outcomes) == ["encoding"]
    assert "a.txt" not in names(tmp_path)


def test_redirections_without_end_are_left(tmp_path: Path) -> None:
    def answer(visit: Visit) -> None:
        visit.reply("302 Found", b"", f"Location: {visit.path}x")

    assert causes(get(answer, "/a", to=tmp_path)) == ["redirects"]


def test_a_file_that_cannot_be_written_fails_alone(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a file where a folder would be")

    outcomes = get(serve, "/x out=a/b", "/y", to=tmp_path)

    assert causes(outcomes) == ["file"]
    assert set(names(tmp_path)) == {"a", "y"}


def test_an_address_that_is_none_fails_alone(tmp_path: Path) -> None:
    with RawSite(hello) as site:
        outcomes = list(turnout.download(["nonsense", f"{site.url}/y"], tmp_path, manner=QUICK))

    assert sorted(type(one).__name__ for one in outcomes) == ["Failure", "Success"]


@pytest.mark.parametrize(
    "options", [{"parts": -1}, {"connections": 0}, {"if_exists": "eat"}, {"bytes_per_s": 0}, {"checksum": "x"}]
)
def test_options_that_mean_nothing_are_refused(options: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        turnout.download("http://h/a", tmp_path, **options)


def test_a_name_is_for_one_file_only(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="write out=NAME"):
        turnout.download(["http://h/a", "http://h/b"], tmp_path, output="c")
