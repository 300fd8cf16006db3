"""Nothing wrong under a final name, whatever a server does."""

import hashlib
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from _download_faults import CONTENT, FAULTS, LONG_AGO, OTHER, Fault, serve, site_of
from _raw_site import RawSite, Visit
from turnout.clock import wall_ns
from turnout.errors import DownloadError, PassingError
from turnout.jobs.downloading import Saved, Wanted, download
from turnout.outcomes import Failure, Outcome, Success
from turnout.pipeline import Retry
from turnout.transfer import Manner

QUICK = Manner(proxy="", redirects=20, connect_s=3, stall_s=0.3)
LARGE = CONTENT * 6  # 18 MB, which comes over several connections


def at_once(times: int) -> Retry:
    """Try again without waiting, except where the server asks for it."""
    return Retry(times=times, on=(PassingError,), wait=lambda _: 0.0)


def get(url: str, folder: Path, **options: Any) -> Outcome[Saved]:  # options of every type
    """Download one file."""
    given = {"manner": QUICK, "retries": at_once(3), "flush": False, **options}
    (outcome,) = download(url, folder, **given)
    return outcome


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_file_is_right_or_absent_and_told(fault: Fault, tmp_path: Path) -> None:
    with site_of(fault) as site:
        outcome = get(site.url + fault.path, tmp_path)

    (right,) = fault.contents
    if right is None:
        assert isinstance(outcome, Failure)
        assert contents(tmp_path) == {}
    else:
        assert isinstance(outcome, Success), outcome
        assert contents(tmp_path) == {fault.path[1:]: right}


def test_what_is_there_is_not_asked_for_again(tmp_path: Path) -> None:
    with site_of(FAULTS[0]) as site:
        get(site.url + "/file.bin", tmp_path)

    assert [visit.headers.get("range") for visit in site.visits] == [None, "bytes=995904-2999999"]
    assert site.visits[1].headers["if-range"] == '"one"'


@pytest.mark.parametrize(
    ("when", "least_s"), [("1", 1.0), ("Wed, 01 Jan 2020 00:00:00 GMT", 0.0)], ids=["seconds", "a date that is past"]
)
def test_a_server_is_given_the_time_it_asks_for(when: str, least_s: float, tmp_path: Path) -> None:
    came_ns: list[int] = []

    def answer(visit: Visit) -> None:
        came_ns.append(wall_ns())
        if visit.number == 1:
            visit.reply("429 Too Many Requests", b"", f"Retry-After: {when}")
        else:
            visit.reply("200 OK", b"hello")

    with RawSite(answer) as site:
        outcome = get(site.url + "/hello", tmp_path)

    assert isinstance(outcome, Success)
    assert outcome.attempts == 2
    assert came_ns[1] - came_ns[0] >= least_s * 1e9


@pytest.mark.parametrize(
    ("retries", "words"),
    [
        (5, "and asks to wait for 1 h; more than 10 min is not waited for"),
        (Retry(times=5, on=(PassingError,), longest_hint_s=20.0), "and asks to wait for 1 h; more than 20"),
    ],
)
def test_a_server_that_asks_for_more_time_than_is_given_is_told_of(
    retries: int | Retry, words: str, tmp_path: Path
) -> None:
    with RawSite(lambda visit: visit.reply("503 Service Unavailable", b"", "Retry-After: 3600")) as site:
        outcome = get(site.url + "/hello", tmp_path, retries=retries)

    assert isinstance(outcome, Failure)
    assert outcome.attempts == 1
    assert str(outcome.error).startswith("the server answered 503 Service Unavailable, ")
    assert words in str(outcome.error)


def test_several_connections_bring_one_file(tmp_path: Path) -> None:
    with RawSite(lambda visit: serve(visit, LARGE)) as site:
        outcome = get(site.url + "/large", tmp_path, parts=4)

    assert isinstance(outcome, Success), outcome
    assert contents(tmp_path) == {"large": LARGE}
    assert outcome.value.parts == 4
    assert all(visit.headers.get("if-range") == '"one"' for visit in site.visits if "range" in visit.headers)


def test_a_version_that_changes_between_parts_is_not_mixed_with_another(tmp_path: Path) -> None:
    other = OTHER * 6

    def answer(visit: Visit) -> None:
        if visit.asked_range() is None and visit.number == 1:
            serve(visit, LARGE, most=12_000_000)
        else:
            visit.headers.pop("if-range", None)  # ignored, which is the worst case
            serve(visit, other, etag='"two"')

    with RawSite(answer) as site:
        outcome = get(site.url + "/large", tmp_path, parts=4)

    assert isinstance(outcome, Success), outcome
    assert contents(tmp_path) == {"large": other}


def test_a_version_without_a_tag_is_told_by_what_is_there(tmp_path: Path) -> None:
    def answer(visit: Visit) -> None:
        asked = visit.asked_range()
        date = f"Last-Modified: {LONG_AGO}", "Date: Thu, 02 Jan 2025 00:00:00 GMT"
        if asked is None:
            content = CONTENT if visit.number == 1 else OTHER
            visit.reply("200 OK", content[: 1_000_000 if visit.number == 1 else None], *date, length=len(content))
            if visit.number == 1:
                visit.cut()
        else:
            span = f"Content-Range: bytes {asked[0]}-{len(OTHER) - 1}/{len(OTHER)}"
            visit.reply("206 Partial Content", OTHER[asked[0] :], span, *date)

    with RawSite(answer) as site:
        outcome = get(site.url + "/file", tmp_path)

    assert isinstance(outcome, Success), outcome
    assert contents(tmp_path) == {"file": OTHER}


@pytest.mark.parametrize("parts", [1, 4])
def test_connections_that_break_again_and_again_bring_the_file_in_the_end(parts: int, tmp_path: Path) -> None:
    with RawSite(lambda visit: serve(visit, LARGE, most=3_000_000)) as site:
        outcome = get(site.url + "/large", tmp_path, parts=parts)

    assert isinstance(outcome, Success), outcome
    assert contents(tmp_path) == {"large": LARGE}


def test_a_file_that_does_not_hash_to_its_checksum_is_removed(tmp_path: Path) -> None:
    with RawSite(serve) as site:
        outcome = get(site.url + "/file", tmp_path, checksum=f"sha256:{hashlib.sha256(OTHER).hexdigest()}")

    assert isinstance(outcome, Failure)
    assert isinstance(outcome.error, DownloadError)
    assert outcome.error.cause == "digest"
    assert contents(tmp_path) == {}


def test_a_file_that_hashes_to_its_checksum_tells_so(tmp_path: Path) -> None:
    with RawSite(serve) as site:
        outcome = get(site.url + "/file", tmp_path, checksum=hashlib.sha512(CONTENT).hexdigest())

    assert isinstance(outcome, Success)
    assert outcome.value.checked == ("length", "sha512 of --checksum")


def test_a_mirror_is_asked_where_the_first_address_fails(tmp_path: Path) -> None:
    def answer(visit: Visit) -> None:
        if visit.path == "/first":
            visit.reply("404 Not Found")
        else:
            serve(visit)

    with RawSite(answer) as site:
        wanted = Wanted(url=f"{site.url}/first", mirrors=(f"{site.url}/second",), name="file")
        (outcome,) = download(wanted, tmp_path, manner=QUICK, retries=at_once(1))

    assert isinstance(outcome, Success), outcome
    assert contents(tmp_path) == {"file": CONTENT}


@pytest.mark.integration
@pytest.mark.parametrize("parts", [1, 4])
def test_a_download_that_is_killed_goes_on_where_it_was(parts: int, tmp_path: Path) -> None:
    def answer(visit: Visit) -> None:
        asked = visit.asked_range() or (0, None)
        most = (len(LARGE) // parts) * 6 // 10
        if dead.exists() or (asked[0] == 0 and visit.number > 1):
            serve(visit, LARGE)
            return
        last = len(LARGE) - 1 if asked[1] is None else asked[1]
        status = "206 Partial Content" if "range" in visit.headers else "200 OK"
        span = f"Content-Range: bytes {asked[0]}-{last}/{len(LARGE)}"
        tags = ('ETag: "one"', "Accept-Ranges: bytes")
        visit.reply(status, LARGE[asked[0] : asked[0] + most], span, *tags, length=last + 1 - asked[0])
        visit.hang()

    dead, folder = tmp_path / "dead", tmp_path / "folder"
    words = [sys.executable, "-m", "turnout", "download", "--to", str(folder), f"--parts={parts}", "--proxy="]
    with RawSite(answer) as site:
        process = subprocess.Popen([*words, f"{site.url}/large"], stderr=subprocess.DEVNULL)
        wait_for(lambda: _bytes_there(folder) >= len(LARGE) // 2)
        process.send_signal(signal.SIGKILL)
        process.wait()
        dead.touch()
        before = len(site.visits)
        done = subprocess.run([*words, f"{site.url}/large", "--log=-"], capture_output=True, check=False, text=True)

    assert done.returncode == 0, done.stderr
    assert contents(folder) == {"large": LARGE}
    assert all("range" in visit.headers for visit in site.visits[before:])
    assert json.loads(done.stdout)["status"] == "saved"


def _bytes_there(folder: Path) -> int:
    """How much an interrupted download could go on with."""
    try:
        state = json.loads((folder / "large.part.json").read_text())
        if state["spans"] is None:
            return (folder / "large.part").stat().st_size
        return sum(end - start for start, end in state["spans"])
    except (OSError, ValueError):
        return 0


def wait_for(condition: Callable[[], bool]) -> None:
    """Look until something is so; the test's own time limit ends it otherwise."""
    done = subprocess.Popen(["sleep", "20"])
    while done.poll() is None:
        if condition():
            done.kill()
            done.wait()
            return
    raise AssertionError("it did not come so far in 20 seconds")
