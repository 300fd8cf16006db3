"""``turnout download``."""

import argparse
import io
import json
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from _download_faults import CONTENT, serve
from _raw_site import RawSite, Visit
from turnout.cli import main
from turnout.cli._download_lines import progress_lines, summary_lines
from turnout.cli._download_options import byte_count
from turnout.cli.download import add_arguments, run
from turnout.errors import ExitStatus, UsageError
from turnout.jobs.downloading._board import Board
from turnout.outcomes import Failure


def options_of(words: list[str]) -> argparse.Namespace:
    """Read the words behind ``turnout download``."""
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(words)


def answer(visit: Visit) -> None:
    """Have every file but ``/missing``."""
    if visit.path == "/missing":
        visit.reply("404 Not Found")
    else:
        serve(visit, CONTENT[:1000] + visit.headers.get("x-mine", "").encode())


def test_files_are_saved_and_counted(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with RawSite(answer) as site:
        status = main(["download", f"{site.url}/a", f"{site.url}/b", "--to", str(tmp_path), "--proxy", ""])

    assert status == ExitStatus.OK
    assert {file.name for file in tmp_path.iterdir()} == {"a", "b"}
    assert capsys.readouterr().out.startswith(f"2 files saved in {tmp_path}, 2.00 kB in ")


def test_options_may_stand_between_addresses(tmp_path: Path) -> None:
    with RawSite(answer) as site:
        status = main(["download", f"{site.url}/a", "--to", str(tmp_path), f"{site.url}/b", "--quiet", "--proxy", ""])

    assert status == ExitStatus.OK
    assert {file.name for file in tmp_path.iterdir()} == {"a", "b"}


def test_failures_are_told_with_their_causes(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with RawSite(answer) as site:
        words = [f"{site.url}/a", f"{site.url}/missing", "--to", str(tmp_path), "--proxy", ""]
        status = main(["download", *words])

    assert status == ExitStatus.FINDING
    assert f"1 failed:\n  {site.url}/missing: the server answered 404 Not Found\n" in capsys.readouterr().out


def test_a_list_may_come_from_a_file_or_standard_input(tmp_path: Path) -> None:
    with RawSite(answer) as site:
        (tmp_path / "list").write_text(f"# two\n\n{site.url}/a\n{site.url}/b out=c\n")
        words = ["-i", str(tmp_path / "list"), "-", "--to", str(tmp_path / "out"), "--quiet", "--proxy", ""]
        status = run(options_of(words), standard_input=io.BytesIO(f"{site.url}/d\n".encode()))

    assert status == ExitStatus.OK
    assert {file.name for file in (tmp_path / "out").iterdir()} == {"a", "c", "d"}


@pytest.mark.parametrize("content", [b"", b"\n# none\n"])
@pytest.mark.parametrize("urls", [["-"], ["http://h/a", "-"]])
def test_standard_input_without_addresses_is_no_list(urls: list[str], content: bytes) -> None:
    with pytest.raises(UsageError, match="standard input has no addresses in it"):
        run(options_of(urls), standard_input=io.BytesIO(content))


def test_a_line_of_a_list_may_not_leave_out_its_name(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "list").write_text("http://h/a out=\n")

    status = main(["download", "-i", str(tmp_path / "list"), "--to", str(tmp_path / "out"), "--proxy", ""])

    assert status != ExitStatus.OK
    assert "out= has no name behind it; write out=NAME" in "".join(capsys.readouterr())


def test_a_log_that_finds_no_room_is_told_in_one_sentence(tmp_path: Path) -> None:
    with RawSite(answer) as site, pytest.raises(UsageError, match="the log '/dev/full' cannot be written"):
        run(options_of([f"{site.url}/a", "--to", str(tmp_path), "--log", "/dev/full", "--proxy", "", "--quiet"]))


def test_the_log_tells_of_each_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with RawSite(answer) as site:
        words = [f"{site.url}/a", f"{site.url}/missing", "--to", str(tmp_path), "--log", "-", "--proxy", ""]
        main(["download", *words])

    records = {record["url"][-2:]: record for record in map(json.loads, capsys.readouterr().out.splitlines())}
    assert records["/a"] | {"seconds": 0} == {
        "url": f"{site.url}/a",
        "status": "saved",
        "path": f"{tmp_path}/a",
        "size_bytes": 1000,
        "received_bytes": 1000,
        "seconds": 0,
        "parts": 1,
        "http": "1.1",
        "checked": ["length"],
        "from": f"{site.url}/a",
        "attempts": 1,
    }
    assert records["ng"] == {
        "url": f"{site.url}/missing",
        "status": "failed",
        "cause": "status",
        "reason": "the server answered 404 Not Found",
        "attempts": 1,
    }


def test_a_file_gets_the_name_and_the_headers_that_are_asked_for(tmp_path: Path) -> None:
    with RawSite(answer) as site:
        words = [f"{site.url}/a", "-o", str(tmp_path / "x" / "b"), "-H", "X-Mine: yes", "--quiet", "--proxy", ""]
        status = main(["download", *words])

    assert status == ExitStatus.OK
    assert (tmp_path / "x" / "b").read_bytes() == CONTENT[:1000] + b"yes"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "there is nothing to download"),
        (["nonsense"], "'nonsense' is not an address"),
        (["http://h/a\udcff"], "has bytes that are no text in UTF-8; write each of them as %HH"),
        (["http://h\udcff/a"], "has no proper host name"),
        (["http://h/a", "http://h/b", "-o", "c"], "write out=NAME"),
        (["-i", "/nowhere"], "'/nowhere' cannot be read"),
        (["http://h/a", "--checksum", "00"], "is no checksum"),
        (["http://h/a", "-o", ""], "argument -o/--output: it is empty"),
        (["http://h/a", "--to", ""], "argument --to: it is empty"),
        (["http://h/a", "-H", "x"], "is no header"),
        (["http://h/a", "-H", "X\r\nY: z"], "is no header"),
        (["http://h/a", "-H", "X: \0"], "is no header"),
        (["http://h/a", "--agent", "a\r\nY: z"], "must be one line of text in ASCII"),
        (["http://h/a", "--agent", "é€"], "must be one line of text in ASCII"),
        (["http://h/a", "--cookie", "a=b\nY: z"], "must be one line of text in ASCII"),
        (["http://h/a", "--cookie", "a=\0"], "must be one line of text in ASCII"),
        (["http://h/a", "-H", "Range: bytes=0-1"], "set by the download itself"),
        (["http://h/a", "--ca", "/nowhere"], "is not a file"),
        (["http://h/a", "--limit", "fast"], "is not a number of bytes"),
    ],
)
def test_what_cannot_be_done_is_told(
    words: list[str], complaint: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    status = main(["download", "--to", str(tmp_path), *words])

    assert status == ExitStatus.USAGE
    assert complaint in capsys.readouterr().err


def test_numbers_of_bytes_may_have_units() -> None:
    assert [byte_count(text) for text in ("10", "1.5k", "2M", "1GiB")] == [10, 1500, 2e6, 2**30]


def test_progress_tells_of_all_and_of_each() -> None:
    board = Board(received_bytes=3_000_000, saved=1, saved_bytes=1_000_000)
    line = board.begin("film.mp4")
    line.size_bytes, line.done_bytes, line.parts = 4_000_000, 1_000_000, 4
    board.begin("\u202eevil")

    lines = progress_lines(board, taken=1, known=3, failed=0, rate=1_000_000, width=100, height=10)

    assert lines == [
        "1 of 3 files, 3.00 MB, 1.00 MB/s, 3.00 s left",
        f"  {'film.mp4':32} █████···············  25 % of 4.00 MB over 4 connections",
        "  " + r"\u202eevil".ljust(32) + " 0 B",
    ]


def test_files_for_which_there_is_no_room_are_counted() -> None:
    board = Board()
    for number in range(10):
        board.begin(f"file {number}")

    lines = progress_lines(board, taken=0, known=None, failed=0, rate=None, width=100, height=4)

    assert lines[0] == "0 files, 0 B"
    assert lines[-1] == "  and 8 more under way"


def test_the_summary_cuts_long_lists_of_failures() -> None:
    failures = [Failure(OSError("no"), f"http://me:secret@h/{number}", number) for number in range(20)]

    lines = summary_lines(Board(), Counter(kept=2), failures, failed=30, seconds=1, folder=".")

    assert lines[1:4] == ["2 kept, as the name is taken", "30 failed:", "  http://me:***@h/0: no"]
    assert lines[-1] == "  and 10 more; --log FILE.jsonl has them all"


@pytest.mark.integration
def test_ctrl_c_keeps_what_has_come(tmp_path: Path) -> None:
    def stuck(visit: Visit) -> None:
        serve(visit, most=None) if visit.asked_range() else _half(visit)

    words = [sys.executable, "-m", "turnout", "download", "--to", str(tmp_path), "--proxy="]
    with RawSite(stuck) as site:
        process = subprocess.Popen([*words, f"{site.url}/file"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        state = tmp_path / "file.part"
        waiting = subprocess.Popen(["sleep", "20"])
        while waiting.poll() is None and not (state.exists() and state.stat().st_size > 1_000_000):
            pass
        waiting.kill()
        waiting.wait()
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=5)
        again = subprocess.run([*words, f"{site.url}/file"], capture_output=True, check=False)

    assert process.returncode == ExitStatus.INTERRUPTED
    assert out.startswith(b"0 files saved")
    assert again.returncode == ExitStatus.OK
    assert {file.name for file in tmp_path.iterdir()} == {"file"}
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert "range" in site.visits[-1].headers


def _half(visit: Visit) -> None:
    visit.head("200 OK", f"Content-Length: {len(CONTENT)}", 'ETag: "one"', "Accept-Ranges: bytes")
    visit.send(CONTENT[:2_000_000])
    visit.hang()
