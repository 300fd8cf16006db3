"""The log of reactions."""

import json
from pathlib import Path

import pytest

from turnout.errors import UsageError
from turnout.jobs.monitor._types import Reading
from turnout.jobs.monitor.reactions import Entry, ReactionLog
from turnout.jobs.monitor.reactions._log import iso


def entry(subject: str = "z1", value: float = 31.0) -> Entry:
    cause = (Reading("r1", value, 1_500_000_000),)
    return Entry(
        time_ns=1_234_567_890, reaction="cool", subject=subject, event="done", details={"id": "7"}, cause=cause
    )


def test_each_entry_is_a_line_that_is_there_at_once(tmp_path: Path) -> None:
    file = tmp_path / "reactions.jsonl"

    with ReactionLog(file) as log:
        log(entry())
        log(entry("</script>\n\u202e\ud800"))
        lines = file.read_text(encoding="utf-8").splitlines()

    assert json.loads(lines[0]) == {
        "time": "1970-01-01T00:00:01.234Z",
        "reaction": "cool",
        "subject": "z1",
        "event": "done",
        "id": "7",
        "cause": [{"sensor": "r1", "value": 31.0, "time": "1970-01-01T00:00:01.500Z", "time_ns": 1_500_000_000}],
    }
    assert len(lines) == 2


def test_a_log_is_added_to(tmp_path: Path) -> None:
    for _ in range(2):
        with ReactionLog(tmp_path / "log") as log:
            log(entry())

    assert len((tmp_path / "log").read_text().splitlines()) == 2


def test_a_log_that_grew_too_large_makes_room(tmp_path: Path) -> None:
    with ReactionLog(tmp_path / "log", most_bytes=500) as log:
        for _ in range(20):
            log(entry())

    sizes = [file.stat().st_size for file in tmp_path.iterdir()]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["log", "log.1"]
    assert max(sizes) < 800


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_json_lacks_is_null(value: float) -> None:
    assert json.loads(entry(value=value).to_json())["cause"][0]["value"] is None


def test_a_log_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        ReactionLog(tmp_path / "no" / "log")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_is_told_once_and_keeps_nobody_from_anything(tmp_path: Path) -> None:
    said: list[str] = []
    (tmp_path / "log").symlink_to("/dev/full")

    with ReactionLog(tmp_path / "log", say=said.append) as log:
        for _ in range(3):
            log(entry())

    assert log.lost == 3
    assert len(said) == 1
    assert "cannot be written (No space left on device)" in said[0]


def test_a_log_whose_folder_went_is_written_again_when_it_is_back(tmp_path: Path) -> None:
    said: list[str] = []
    folder = tmp_path / "state"
    folder.mkdir()

    with ReactionLog(folder / "log", most_bytes=1, say=said.append) as log:
        log(entry())
        folder.rename(tmp_path / "elsewhere")
        log(entry())
        log(entry())
        folder.mkdir()
        log(entry())

    assert said[-1] == "reactions are logged again, without 2 lines"
    assert len((folder / "log").read_text().splitlines()) == 1


def test_moments_are_told_in_utc() -> None:
    assert iso(1_764_000_000_250_000_000) == "2025-11-24T16:00:00.250Z"
