"""``turnout journal``."""

import json
import os
from pathlib import Path

import pytest

from turnout.cli import main
from turnout.errors import ExitStatus
from turnout.executors._batches import Batch, Reply
from turnout.pipeline import Journal, read_progress
from turnout.report._journal import journal_text


def write_journal(path: Path, *, failed: int = 3, count: int = 40, item_count: int | None = 80) -> None:
    with Journal(path, work="shop:fetch") as journal:
        if item_count is not None:
            journal.expect(item_count)
        items = [f"url {number}" for number in range(count)]
        failures: dict[int, BaseException] = {place: ValueError(f"no answer {place}") for place in range(failed)}
        journal.keep(Reply(Batch(0, items, attempt=2), [None] * count, failures, None))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "work.journal"


def test_the_progress_and_the_failures_are_shown(capsys: pytest.CaptureFixture[str], path: Path) -> None:
    write_journal(path)

    status = main(["journal", str(path)])

    out = capsys.readouterr().out
    assert status == ExitStatus.OK
    assert "The journal of shop:fetch" in out
    assert "40 of 80 items finished (50 %): 37 succeeded, 3 failed" in out
    assert [line.split() for line in out.splitlines() if "no answer" in line] == [
        [str(index), "'url", f"{index}'", "ValueError:", "no", "answer", str(index), "2"] for index in range(3)
    ]
    assert "more failure" not in out


def test_a_damaged_journal_is_called_so(capsys: pytest.CaptureFixture[str], path: Path) -> None:
    write_journal(path, count=4_000)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    status = main(["journal", str(path)])

    assert status == ExitStatus.USAGE
    assert f"turnout: the journal {str(path)!r} is damaged (" in capsys.readouterr().err


def test_only_the_first_failures_are_shown_unless_all_are_asked_for(
    capsys: pytest.CaptureFixture[str], path: Path
) -> None:
    write_journal(path, failed=25)

    main(["journal", str(path)])
    some = capsys.readouterr().out
    main(["journal", str(path), "--all"])
    everything = capsys.readouterr().out

    assert some.count("no answer") == 20
    assert "and 5 more failures; --all shows them" in some
    assert everything.count("no answer") == 25
    assert "more failure" not in everything


def test_the_progress_is_given_as_json(capsys: pytest.CaptureFixture[str], path: Path) -> None:
    write_journal(path, item_count=None)

    main(["journal", str(path), "--json"])

    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "turnout-journal/1"
    assert (told["work"], told["item_count"], told["finished"]) == ("shop:fetch", None, 40)
    assert (told["succeeded"], told["failed"]) == (37, 3)
    assert [run["finished"] for run in told["runs"]] == [40]
    assert told["failures"][1] == {"index": 1, "item": "'url 1'", "error": "ValueError: no answer 1", "attempts": 2}


def test_all_failures_can_be_written_to_a_file(capsys: pytest.CaptureFixture[str], path: Path, tmp_path: Path) -> None:
    write_journal(path, failed=33)
    file = tmp_path / "failed.jsonl"

    main(["journal", str(path), "--failures", str(file)])

    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["index"] for line in lines] == list(range(33))
    assert capsys.readouterr().err == f"failures: {file}\n"


def test_the_journal_is_not_overwritten_with_its_failures(capsys: pytest.CaptureFixture[str], path: Path) -> None:
    write_journal(path)

    status = main(["journal", str(path), "--failures", str(path)])

    assert status == ExitStatus.USAGE
    assert "is the journal itself; name another file" in capsys.readouterr().err
    assert read_progress(path).finished == 40


def test_a_journal_that_is_written_just_now_can_be_looked_at(capsys: pytest.CaptureFixture[str], path: Path) -> None:
    with Journal(path, work="shop:fetch") as journal:
        journal.keep(Reply(Batch(0, [1, 2]), [1, 2], {}, None))

        main(["journal", str(path)])

    out = capsys.readouterr().out
    assert "2 items finished of an unknown number: 2 succeeded, 0 failed" in out
    assert "goes on, or was cut off" in out


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda _: None, "does not exist; it is made by a run with --journal"),
        (lambda path: path.touch(), "is empty"),
        (lambda path: path.write_text("notes " * 1000), "is not a journal (file is not a database); name another file"),
        (lambda path: path.mkdir(), "is a folder; name a file in it"),
        (os.mkfifo, "is no regular file"),
    ],
)
def test_what_is_no_journal_is_told_in_one_sentence(
    capsys: pytest.CaptureFixture[str],
    path: Path,
    make: object,
    sentence: str,
) -> None:
    assert callable(make)
    make(path)

    status = main(["journal", str(path)])

    captured = capsys.readouterr()
    assert status == ExitStatus.USAGE
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert sentence in captured.err


def test_hostile_items_and_errors_stay_on_their_lines(capsys: pytest.CaptureFixture[str], path: Path) -> None:
    items = ["\x1b[2J", "[bold]", "\u202edesrever", "x" * 100_000]
    errors: dict[int, BaseException] = {
        0: ValueError("a\nb\x07"),
        1: ValueError("\udc80"),
        2: ValueError("[red]"),
        3: ValueError("y" * 1_000_000),
    }
    with Journal(path, work="\x1b[31mwork") as journal:
        journal.keep(Reply(Batch(0, items), [None] * 4, errors, None))

    status = main(["journal", str(path)])

    out = capsys.readouterr().out
    assert status == ExitStatus.OK
    assert not set("\x1b\x07\u202e") & set(out)
    assert "[bold]" in out
    assert max(map(len, out.splitlines())) <= 100


def test_not_quite_all_is_not_called_all(path: Path) -> None:
    write_journal(path, failed=0, count=999, item_count=1000)

    assert "999 of 1,000 items finished (almost 100 %)" in journal_text([read_progress(path)], [[]])


def write_pipeline(path: Path) -> None:
    write_journal(path, failed=1)
    with Journal(f"{path}.2", work="shop:store") as journal:
        failures: dict[int, BaseException] = {place: OSError(f"no room {place}") for place in range(25)}
        journal.keep(Reply(Batch(0, list(range(30))), [None] * 30, failures, None))
    with Journal(f"{path}.3", work="pack (batch)") as journal:
        journal.keep(Reply(Batch(0, [[1, 2]]), [None], {}, None))


def test_all_stages_of_a_pipeline_are_shown(capsys: pytest.CaptureFixture[str], path: Path) -> None:
    write_pipeline(path)

    main(["journal", str(path)])

    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == "The journal of shop:fetch | shop:store | pack (batch)"
    assert "shop:fetch: 40 of 80 items finished (50 %)" in lines
    for row in ("shop:fetch 40 39 1", "shop:store 30 5 25", "pack (batch) 1 1 0"):
        assert row in lines
    assert "shop:fetch 0 'url 0' ValueError: no answer 0 2" in lines
    assert "shop:store 19 19 OSError: no room 19 1" in lines
    assert "and 5 more failures; --all shows them" in lines


def test_the_later_stages_are_in_the_json_too(capsys: pytest.CaptureFixture[str], path: Path) -> None:
    write_pipeline(path)

    main(["journal", str(path), "--json", "--all"])

    told = json.loads(capsys.readouterr().out)
    assert (told["work"], told["finished"], told["failed"]) == ("shop:fetch", 40, 1)
    assert [(one["work"], one["finished"], one["failed"]) for one in told["later_stages"]] == [
        ("shop:store", 30, 25),
        ("pack (batch)", 1, 0),
    ]
    assert told["later_stages"][0]["failures"][24] == {
        "index": 24,
        "item": "24",
        "error": "OSError: no room 24",
        "attempts": 1,
    }


def test_the_failures_of_all_stages_are_written_with_their_stage(path: Path, tmp_path: Path) -> None:
    write_pipeline(path)
    file = tmp_path / "failed.jsonl"

    main(["journal", str(path), "--failures", str(file)])

    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["stage"] for line in lines] == ["shop:fetch"] + ["shop:store"] * 25
    assert [line["index"] for line in lines] == [0, *range(25)]


def test_no_stage_s_journal_is_overwritten_with_the_failures(capsys: pytest.CaptureFixture[str], path: Path) -> None:
    write_pipeline(path)

    status = main(["journal", str(path), "--failures", f"{path}.2"])

    assert status == ExitStatus.USAGE
    assert "is the journal itself; name another file" in capsys.readouterr().err


def test_another_file_with_a_number_behind_its_name_is_no_stage(capsys: pytest.CaptureFixture[str], path: Path) -> None:
    write_journal(path)
    path.with_name(f"{path.name}.2").write_text("notes " * 1000)

    status = main(["journal", str(path)])

    assert status == ExitStatus.OK
    assert capsys.readouterr().out.startswith("The journal of shop:fetch\n")
