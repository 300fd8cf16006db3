"""Files of results."""

import csv
import gzip
import io
import json
import os
import stat
import subprocess
import sys
from argparse import ArgumentTypeError
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from full_disk import full_disk
from turnout import Failure, Success
from turnout.cli._drafts import Draft
from turnout.cli._parquet import KEPT, ROWS_IN_GROUP, ParquetSheet
from turnout.cli._results import open_results, results_file
from turnout.cli._table import Table
from turnout.errors import RemoteError, UsageError
from turnout.outcomes import Outcome

FULL = Path("/dev/full")
DRAFTS = ["r.csv", "r.csv.gz", "r.jsonl.gz", "r.parquet"]
LONE = "\ud800"


@dataclass
class Page:
    url: str
    size: int


def successes(*values: Any) -> list[Outcome[Any]]:  # as a run gives them
    return [Success(value, f"item {index}", index) for index, value in enumerate(values)]


def failure(index: int, error: BaseException | None = None) -> Failure:
    return Failure(error or ValueError("bad\nline"), f"item {index}", index, 3)


def write(name: Path, outcomes: Iterable[Outcome[Any]], said: list[str] | None = None) -> list[str]:
    """Write results; return what was said, which is put into the list that is given."""
    said = [] if said is None else said
    with open_results(str(name), said.append, io.BytesIO()) as results:
        for outcome in outcomes:
            results.add(outcome)
    return said


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def break_off(name: Path, outcomes: Iterable[Outcome[Any]], error: BaseException) -> None:
    """Write results until an error that is not the file's."""
    with open_results(str(name), print, io.BytesIO()) as results:
        for outcome in outcomes:
            results.add(outcome)
        raise error


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_json_lines_hold_one_object_for_each_outcome(tmp_path: Path) -> None:
    name = tmp_path / "r.jsonl"

    write(name, [Success(Page("u", 1), "a", 0), failure(1, RemoteError("lib.Odd", "told"))])

    first, second = map(json.loads, name.read_text().splitlines())
    assert first == {"index": 0, "item": "a", "value": {"url": "u", "size": 1}, "attempts": 1}
    assert second == {"index": 1, "item": "item 1", "error": {"type": "lib.Odd", "message": "told"}, "attempts": 3}


def test_json_lines_are_whole_at_any_time(tmp_path: Path) -> None:
    name = tmp_path / "r.jsonl"

    with open_results(str(name), print, io.BytesIO()) as results:
        for outcome in successes("a" * 100_000, "b"):
            results.add(outcome)
            lines = name.read_text().split("\n")
            assert [json.loads(line)["index"] for line in lines[:-1]] == list(range(outcome.index + 1))
            assert lines[-1] == ""


@pytest.mark.parametrize("name", ["r.jsonl", "r.csv", "r.jsonl.gz", "r.csv.gz", "r.parquet"])
def test_odd_text_is_written_in_any_format(tmp_path: Path, name: str) -> None:
    odd = f'{LONE}\r\n\0"\u202e שלום \U0001f600,;'

    write(tmp_path / name, [Success(odd, odd, 0), Failure(ValueError(odd), odd, 1), Success({odd: odd}, odd, 2)])

    assert (tmp_path / name).stat().st_size


def test_a_lone_surrogate_comes_back_from_json_as_it_was(tmp_path: Path) -> None:
    name = tmp_path / "r.jsonl"

    write(name, successes(f"a{LONE}é"))

    assert json.loads(name.read_bytes())["value"] == f"a{LONE}é"
    assert "é".encode() in name.read_bytes()


def test_a_packed_file_is_the_same_packed(tmp_path: Path) -> None:
    write(tmp_path / "r.csv", successes(1, "two"))
    write(tmp_path / "r.csv.gz", successes(1, "two"))

    assert gzip.decompress((tmp_path / "r.csv.gz").read_bytes()) == (tmp_path / "r.csv").read_bytes()


def test_a_table_has_a_column_for_the_value(tmp_path: Path) -> None:
    name = tmp_path / "r.csv"

    write(name, [failure(0), *successes(None, [1, {"a": None}], True, 'a "b",\nc')])

    assert rows_of(name.read_text()) == [
        ["index", "item", "value", "error"],
        ["0", "item 0", "", "ValueError: bad\nline"],
        ["0", "item 0", "", ""],
        ["1", "item 1", '[1, {"a": null}]', ""],
        ["2", "item 2", "true", ""],
        ["3", "item 3", 'a "b",\nc', ""],
    ]


def test_a_table_has_columns_for_the_first_values_fields(tmp_path: Path) -> None:
    name = tmp_path / "r.csv"

    said = write(name, [failure(7), *successes(Page("u", 1), {"size": 2, "more": 3}, "none", {"url": "v", "index": 1})])

    assert rows_of(name.read_text()) == [
        ["index", "item", "url", "size", "error"],
        ["7", "item 7", "", "", "ValueError: bad\nline"],
        ["0", "item 0", "u", "1", ""],
        ["1", "item 1", "", "2", ""],
        ["2", "item 2", "", "", ""],
        ["3", "item 3", "v", "", ""],
    ]
    assert [sentence.split(";")[0] for sentence in said] == [
        "the first value had no field 'more', so there is no column for it",
        "a value has no fields, unlike the first",
        "the first value had no field 'index', so there is no column for it",
    ]


def test_fields_called_as_our_columns_are_told_apart(tmp_path: Path) -> None:
    name = tmp_path / "r.csv"

    write(name, successes({"index": 5, "error": None, "x": 1}))

    assert rows_of(name.read_text())[0] == ["index", "item", "value.index", "value.error", "x", "error"]


def test_failures_wait_for_the_first_value_only_so_long(tmp_path: Path) -> None:
    name = tmp_path / "r.csv"

    write(name, [*(failure(index) for index in range(1_500)), *successes({"a": 1})])

    rows = rows_of(name.read_text())
    assert rows[0] == ["index", "item", "value", "error"]
    assert [row[0] for row in rows[1:]] == [*map(str, range(1_500)), "0"]
    assert rows[-1][2] == '{"a": 1}'


@pytest.mark.parametrize("name", DRAFTS)
def test_a_table_appears_when_it_is_complete(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("older")

    with open_results(str(tmp_path / name), print, io.BytesIO()) as results:
        results.add(Success(1, "a", 0))
        while_open = (tmp_path / name).read_text()

    assert while_open == "older"
    assert (tmp_path / name).read_bytes() != b"older"
    assert names_in(tmp_path) == [name]


@pytest.mark.parametrize("name", ["r.csv", "r.jsonl.gz", "r.jsonl"])
def test_an_interrupted_run_keeps_what_was_done(tmp_path: Path, name: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        break_off(tmp_path / name, successes("done"), KeyboardInterrupt())

    data = (tmp_path / name).read_bytes()
    assert b"done" in (gzip.decompress(data) if name.endswith("gz") else data)
    assert names_in(tmp_path) == [name]


def test_a_run_that_did_nothing_leaves_an_older_file_alone(tmp_path: Path) -> None:
    name = tmp_path / "r.csv"
    name.write_text("older")

    with pytest.raises(KeyboardInterrupt):
        break_off(name, [], KeyboardInterrupt())

    assert name.read_text() == "older"
    assert names_in(tmp_path) == ["r.csv"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "r.csv").symlink_to(tmp_path / "real.csv")

    write(tmp_path / "r.csv", successes(1))

    assert (tmp_path / "r.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text().startswith("index,")


@pytest.mark.parametrize("name", DRAFTS)
def test_the_mode_of_the_file_that_is_there_is_kept(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch(0o600)

    write(tmp_path / name, successes("secret"))

    assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / name).stat().st_size


@pytest.mark.parametrize("name", ["r.csv", "r.jsonl", "r.jsonl.gz"])
def test_a_pipe_is_written_into_and_stays(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    reader = os.open(tmp_path / name, os.O_RDONLY | os.O_NONBLOCK)
    (tmp_path / f"link-{name}").symlink_to(tmp_path / name)

    write(tmp_path / f"link-{name}", successes("through"))

    data = os.read(reader, 1 << 16)
    os.close(reader)
    assert b"through" in (gzip.decompress(data) if name.endswith("gz") else data)
    assert (tmp_path / name).is_fifo()
    assert sorted(names_in(tmp_path)) == sorted([name, f"link-{name}"])


def test_no_parquet_file_is_put_in_the_place_of_a_pipe(tmp_path: Path) -> None:
    name = tmp_path / "r.parquet"
    os.mkfifo(name)
    reader = os.open(name, os.O_RDONLY | os.O_NONBLOCK)

    with pytest.raises(UsageError, match="is a device or a pipe, where no Parquet file can be; name a file"):
        write(name, successes(1))

    os.close(reader)
    assert name.is_fifo()
    assert names_in(tmp_path) == ["r.parquet"]


def test_a_device_that_is_full_is_told_and_stays(tmp_path: Path) -> None:
    device, link = tmp_path / "full", tmp_path / "r.csv"
    try:
        os.mknod(device, 0o666 | stat.S_IFCHR, os.makedev(1, 7))  # one of our own, as a mistake here would replace it
        device.open("wb").close()
    except PermissionError:
        pytest.skip("only root can make a device, and not everywhere")
    link.symlink_to(device)

    with pytest.raises(UsageError, match=r"\(No space left on device\); name another file"):
        write(link, successes(1))

    assert device.is_char_device()
    assert link.is_symlink()
    assert sorted(names_in(tmp_path)) == ["full", "r.csv"]


@pytest.mark.skipif(not FULL.exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize("suffix", [".jsonl", "-"])
def test_a_full_disk_is_told_in_a_sentence(tmp_path: Path, suffix: str) -> None:
    link = tmp_path / "full.jsonl"
    link.symlink_to(FULL)
    name = "-" if suffix == "-" else str(link)

    with (
        FULL.open("wb", buffering=0) as full,
        open_results(name, print, full) as results,
        pytest.raises(UsageError, match=r"\(No space left on device\); name another file, or make room"),
    ):
        results.add(Success(1, "a", 0))


@pytest.mark.parametrize("name", DRAFTS)
def test_results_that_find_no_more_room_are_one_sentence_and_no_file(tmp_path: Path, name: str) -> None:
    said: list[str] = []

    with full_disk(), pytest.raises(UsageError, match=r"cannot be written \(File too large\); .* or make room"):
        write(tmp_path / name, (Success(index, token_hex(4), index) for index in range(ROWS_IN_GROUP + 1)), said)

    assert said == []
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("name", DRAFTS)
def test_results_that_find_no_room_in_the_end_leave_no_file(tmp_path: Path, name: str) -> None:
    with full_disk(), pytest.raises(UsageError, match=r"cannot be written .* or make room"):
        write(tmp_path / name, successes(1))

    assert names_in(tmp_path) == []


@pytest.mark.parametrize("name", DRAFTS)
def test_results_so_far_that_find_no_room_are_told_beside_the_error_that_ended_the_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    with full_disk(), pytest.raises(ValueError, match="mine"):
        break_off(tmp_path / name, successes(1), ValueError("mine"))

    said = capsys.readouterr().out
    assert said.startswith(f"{str(tmp_path / name)!r} cannot be written (File too large); ")
    assert "results so far" not in said
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("name", [*DRAFTS, "r.jsonl"])
def test_results_so_far_are_told_only_if_there_are_any(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    for outcomes, said in (([], ""), (successes(1), f"results so far: {tmp_path / name}\n")):
        with pytest.raises(ValueError, match="mine"):
            break_off(tmp_path / name, outcomes, ValueError("mine"))

        assert capsys.readouterr().out == said


def test_an_error_of_the_work_is_not_taken_for_one_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="mine"):
        break_off(tmp_path / "r.csv", successes(1), OSError("mine"))


def test_the_error_that_ended_a_run_is_told_even_if_its_results_cannot_be_kept(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()

    def outcomes() -> Iterator[Outcome[Any]]:
        yield from successes(1)
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()

    with pytest.raises(ValueError, match="mine"):
        break_off(folder / "r.csv", outcomes(), ValueError("mine"))


def test_a_file_that_cannot_be_begun_anew_keeps_what_it_had(tmp_path: Path) -> None:
    draft = Draft(str(tmp_path / "r.bin"))
    draft.stream.write(b"older")

    def fail_anew() -> None:
        with draft.anew() as former:
            draft.stream.write(former.read_bytes()[:1])
            raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        fail_anew()
    draft.publish()

    assert (tmp_path / "r.bin").read_bytes() == b"older"
    assert names_in(tmp_path) == ["r.bin"]


def test_standard_output_gets_each_line_at_once() -> None:
    raw = io.BytesIO()
    buffered = io.BufferedWriter(raw)

    with open_results("-", print, buffered) as results:
        results.add(Success(1, "a", 0))
        seen = raw.getvalue()

    assert json.loads(seen)["value"] == 1


@pytest.mark.parametrize("name", ["r.txt", "r", "", "r.json", "r.parquet.gz", ".gz"])
def test_an_unknown_suffix_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(ArgumentTypeError, match=r"end it in \.jsonl, \.csv or \.parquet"):
        results_file(name)


def test_a_folder_that_is_not_there_is_refused() -> None:
    with pytest.raises(ArgumentTypeError, match="folder that does not exist"):
        results_file("/nowhere/r.csv")


def test_a_name_too_long_is_refused_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="File name too long"):
        write(tmp_path / f"{'x' * 300}.csv", [])


def read_parquet(name: Path) -> list[dict[str, Any]]:  # what pyarrow gives
    pq = pytest.importorskip("pyarrow.parquet")
    rows: list[dict[str, Any]] = pq.read_table(name, use_threads=False).to_pylist()
    return rows


def write_parquet(name: Path, outcomes: Iterable[Outcome[Any]], rows_in_group: int = 2) -> list[str]:
    """Write a table in small groups; return what was said."""
    pytest.importorskip("pyarrow")
    said: list[str] = []
    draft = Draft(str(name))
    table = Table(ParquetSheet(draft, said.append, rows_in_group), said.append, KEPT)
    for outcome in outcomes:
        table.add(outcome)
    table.close()
    draft.publish()
    assert names_in(name.parent) == [name.name]
    return said


def values_of(name: Path) -> list[Any]:  # what pyarrow gives
    return [row["value"] for row in read_parquet(name)]


def test_parquet_keeps_types_that_json_lacks(tmp_path: Path) -> None:
    name = tmp_path / "r.parquet"
    value = {"raw": b"\0\xff", "day": date(2025, 1, 2), "x": float("inf"), "tags": ["a"], "deep": {"n": 1}}

    said = write(name, [Success(value, 7, 0), failure(1)])

    first, second = read_parquet(name)
    assert first == {"index": 0, "item": "7", **value, "error": None}
    assert second["error"] == "ValueError: bad\nline"
    assert second["raw"] is None
    assert said == ["the column 'item' holds values of several kinds; it is written as text"]


def test_parquet_is_written_in_groups(tmp_path: Path) -> None:
    name = tmp_path / "r.parquet"
    pq = pytest.importorskip("pyarrow.parquet")

    write_parquet(name, successes(*range(5)))

    assert pq.ParquetFile(name).num_row_groups == 3
    assert values_of(name) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("values", "read", "is_text"),
    [
        ([1, 2, 0.5, 4], [1.0, 2.0, 0.5, 4.0], False),
        ([None, None, "a", "b"], [None, None, "a", "b"], False),
        ([1, 2, "a", "b", 3], ["1", "2", "a", "b", "3"], True),
        ([1, "a"], ["1", "a"], True),
        ([2**60 + 1, 1, 0.5, 1], [str(2**60 + 1), "1", "0.5", "1.0"], True),
        ([2**70, 1], [str(2**70), "1"], True),
        ([[1], [2], [0.5], [1]], [[1.0], [2.0], [0.5], [1.0]], False),
        ([[{}], [{}]], ["[{}]", "[{}]"], True),
        ([[1], [2], {"a": 1}, [3]], ["[1]", "[2]", '{"a": 1}', "[3]"], True),
    ],
)
def test_a_type_that_changes_on_the_way_loses_nothing(
    tmp_path: Path, values: list[Any], read: list[Any], *, is_text: bool
) -> None:
    name = tmp_path / "r.parquet"

    said = write_parquet(name, successes(*values))

    assert values_of(name) == read
    assert len(said) == is_text


def test_an_empty_table_is_a_table(tmp_path: Path) -> None:
    name = tmp_path / "r.parquet"

    write_parquet(name, [])

    assert read_parquet(name) == []


@settings(deadline=None)  # it writes a file each time
@given(
    st.lists(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.lists(st.integers())
    )
)
def test_parquet_takes_any_values(tmp_path_factory: pytest.TempPathFactory, values: list[Any]) -> None:
    name = tmp_path_factory.mktemp("any") / "r.parquet"

    write_parquet(name, successes(*values))

    assert [row["index"] for row in read_parquet(name)] == list(range(len(values)))


def test_without_pyarrow_the_remedy_is_told_before_the_work() -> None:
    code = "import sys; sys.modules['pyarrow'] = None; from turnout.cli import main; sys.exit(main(sys.argv[1:]))"
    words = ["run", "math:sqrt", "--range", "1..3", "--output", "r.parquet"]

    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert done.stderr == (
        "turnout: a .parquet file is not available: pyarrow is not installed; pip install 'turnout[parquet]'\n"
    )
