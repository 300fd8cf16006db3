"""What the monitor saw is kept, coarser the longer ago, and comes back."""

import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from math import isnan
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from full_disk import full_disk
from monitor_histories import SECOND, START, Kept, alarm, batch, change, steady
from turnout.errors import UsageError
from turnout.jobs.monitor._layout import grid
from turnout.jobs.monitor._types import ChangeKind, Severity
from turnout.jobs.monitor.history import HISTORY_FILE, History, Keeping, Past, Scribe, columns_of, identity_of
from turnout.jobs.monitor.history._body import summary_of_readings, summary_of_summaries
from turnout.jobs.monitor.history._keeper import Keeper

DAY_S = 86_400
GOES_ON = "it is kept in memory, and tried again, until it can; rules and reactions go on"


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    made = Kept(tmp_path)
    yield made
    made.history.close()


def raw(kept: Kept, level: str = "readings", **asked: object) -> list[tuple[str, float, float]]:
    pieces = columns_of(kept.folder, level=level, **asked)  # type: ignore[arg-type]  # options by name
    rows = []
    for piece in pieces:
        values = piece.values.get("value", piece.values.get("mean"))
        assert values is not None
        for sensor, time_ns, value in zip(piece.sensor, piece.time_ns, values, strict=True):
            rows.append((str(piece.names[sensor, 0]), (int(time_ns) - START) / SECOND, float(value)))
    return rows


def test_each_reading_comes_back_to_the_last_bit(kept: Kept) -> None:
    given = [(0, 23.4, 0.25), (3, 1e300, 0.5), (0, 0.1 + 0.2, 0.75), (1, float("inf"), 11)]
    kept.history.add(batch(given[:2]))
    kept.history.add(batch(given[2:]))
    kept.commit(12)

    rows = raw(kept)

    assert [(name[:2], second, value) for name, second, value in rows] == [
        ("r1", 0.25, 23.4),
        ("r4", 0.5, 1e300),
        ("r1", 0.75, 0.1 + 0.2),
        ("r2", 11, float("inf")),
    ]


def test_readings_become_summaries_of_10_s_a_minute_and_an_hour(kept: Kept) -> None:
    for second in range(0, 3700, 100):
        kept.history.add(steady(kept.layout, range(second, second + 100)))
        kept.commit(second + 100)
    for second in range(3701, 3720):
        kept.commit(second)

    hours, minutes, tens = raw(kept, "1h"), raw(kept, "1min"), raw(kept, "10s")

    assert [(name[:2], second) for name, second, _ in hours] == [("r1", 0), ("r2", 0), ("r3", 0), ("r4", 0)]
    assert hours[1][2] == pytest.approx(21 + 17.995, rel=1e-6)
    assert len(minutes) == 4 * 61
    assert minutes[5][2] == pytest.approx(21 + 0.895, rel=1e-6)
    assert len(tens) == 4 * 370


def test_what_is_no_finite_number_does_not_count_in_summaries(kept: Kept) -> None:
    kept.history.add(batch([(0, float("nan"), 1), (0, 20, 2), (0, float("-inf"), 3), (1, float("nan"), 4)]))
    kept.commit(15)

    assert raw(kept, "10s") == [("r1/inlet", 0, 20)]


def test_a_late_reading_changes_the_summaries_that_it_belongs_to(kept: Kept) -> None:
    kept.history.add(steady(kept.layout, range(200)))
    kept.commit(300)
    before = raw(kept, "1min")[0]
    kept.history.add(batch([(0, 80, 5)]))
    kept.commit(301)

    after = raw(kept, "1min")[0]

    assert before[2] == pytest.approx(20.295)
    assert after[2] == pytest.approx((20.295 * 60 + 80) / 61)


def test_readings_with_impossible_times_are_left_out_and_counted(kept: Kept) -> None:
    kept.history.add(batch([(0, 20, -7 * 3600), (0, 21, 0), (0, 22, 2 * 3600)]))
    kept.commit(1)

    assert [value for _, _, value in raw(kept)] == [21]
    assert (kept.history.kept_count, kept.history.misdated_count) == (1, 2)


def test_what_is_too_old_is_dropped_and_its_summaries_stay(tmp_path: Path) -> None:
    kept = Kept(tmp_path, Keeping(readings_s=600, ten_seconds_s=0, minutes_s=0, hours_s=DAY_S))
    for second in range(0, 3 * DAY_S, 1800):
        kept.history.add(batch([(0, 20 + second / DAY_S, second)]))
        for later in (0, 100, 200, 4000):
            kept.commit(second + later)

    assert raw(kept) == []
    assert len(raw(kept, "10s")) <= 2
    assert len(raw(kept, "1min")) <= 5
    assert 22 <= len(raw(kept, "1h")) <= 26
    kept.history.close()


def test_a_kill_costs_no_summary_of_what_was_committed(kept: Kept) -> None:
    kept.history.add(steady(kept.layout, range(55)))
    kept.commit(56)
    kept.again()
    kept.history.add(steady(kept.layout, range(55, 60)))
    kept.commit(63)

    assert raw(kept, "1min")[0][2] == pytest.approx(20.295)


@pytest.mark.integration
def test_a_history_that_was_killed_while_it_was_written_is_whole(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from monitor_histories import Kept, steady\n"
        "kept = Kept(Path(sys.argv[1]))\n"
        "for second in range(100_000):\n"
        "    kept.history.add(steady(kept.layout, range(second, second + 1)))\n"
        "    kept.commit(second + 1)\n"
        "    print(second, flush=True)\n"
    )
    tests = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], cwd=tests, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        while int(writer.stdout.readline()) < 130:
            pass
        writer.kill()
        told = int([b"130", *writer.stdout.read().splitlines()][-1])

    past = Past(tmp_path)

    assert past.span_ns() is not None
    series = past.series(START, START + told * SECOND, 13, zone="z1")
    assert not np.isnan(series.mean).any()
    assert sum(len(piece.sensor) for piece in columns_of(tmp_path)) >= 4 * (told + 1)
    past.close()


def test_the_state_of_any_moment_comes_back(kept: Kept) -> None:
    kept.history.add(steady(kept.layout, range(40)))
    kept.history.cool(START, {"z1": 0.25})
    kept.history.cool(START, {"z2": 1.0})
    kept.history.note(change(ChangeKind.RAISED, alarm("a", second=5), 5))
    kept.history.note(change(ChangeKind.RAISED, alarm("b", second=6, severity=Severity.CRITICAL), 6))
    kept.history.note(change(ChangeKind.CLEARED, alarm("a", second=5), 30))
    kept.commit(41)
    past = kept.past()

    then = past.state_at(START + 12 * SECOND + SECOND // 2)
    later = past.state_at(START + 35 * SECOND)
    names = past.sensors
    past.close()

    assert names[0] == "r1/inlet"
    assert then.step_s == 0
    assert then.values.tolist() == pytest.approx([20.12, 21.12, 22.12, 23.12])
    assert then.ages_s.tolist() == [0.5] * 4
    assert then.cooling == {"z1": 0.25, "z2": 1.0}
    assert [each.id for each in then.alarms] == ["b", "a"]
    assert then.alarms[1].cause[0] == alarm("a", second=5).cause[0]
    assert isnan(then.alarms[1].cause[1].value)
    assert [each.id for each in later.alarms] == ["b"]


def test_a_sensor_that_is_silent_for_longer_than_a_bucket_is_still_known(kept: Kept) -> None:
    kept.history.add(batch([(0, 20, 3), (1, 21, 31)]))
    kept.commit(40)
    past = kept.past()

    state = past.state_at(START + 33 * SECOND, lookback_s=45)
    strict = past.state_at(START + 33 * SECOND, lookback_s=5)
    past.close()

    assert state.values[:2].tolist() == [20, 21]
    assert np.isnan(state.values[2:]).all()
    assert state.ages_s[:2].tolist() == [30, 2]
    assert np.isnan(strict.values[0])


def test_where_readings_are_gone_summaries_tell_the_state(tmp_path: Path) -> None:
    kept = Kept(tmp_path, Keeping(readings_s=60))
    kept.history.add(steady(kept.layout, range(40)))
    kept.commit(60)
    kept.commit(4000)
    past = kept.past()

    state = past.state_at(START + 25 * SECOND)
    nothing = past.state_at(START + 3000 * SECOND)
    past.close()
    kept.history.close()

    assert state.step_s == 10
    assert state.values.tolist() == pytest.approx([20.245, 21.245, 22.245, 23.245])
    assert np.isnan(nothing.values).all()


@pytest.mark.parametrize("points", [7, 20, 200, 1000])
def test_a_zones_course_is_told_in_as_many_points_as_asked_for(kept: Kept, points: int) -> None:
    kept.history.add(steady(kept.layout, range(1000)))
    kept.commit(1000)
    past = kept.past()

    series = past.series(START, START + 1000 * SECOND, points, zone="z2")
    past.close()

    width = 1000 / points
    begins = np.arange(points) * width
    assert len(series.mean) == points
    assert series.mean.tolist() == pytest.approx((22.5 + (begins + width / 2) / 100).tolist(), abs=0.4)
    assert (series.low <= series.mean).all()
    assert (series.mean <= series.high).all()
    assert series.high[-1] == pytest.approx(23 + 9.99)


def test_a_sensors_course_can_be_told_too(kept: Kept) -> None:
    kept.history.add(steady(kept.layout, range(120)))
    kept.commit(200)
    past = kept.past()

    series = past.series(START, START + 120 * SECOND, 2, sensor="r3/inlet")
    past.close()

    assert series.mean.tolist() == pytest.approx([22.295, 22.895])
    assert series.low.tolist() == pytest.approx([22, 22.6])


def test_a_course_goes_on_where_its_fineness_begins_and_ends(tmp_path: Path) -> None:
    kept = Kept(tmp_path, Keeping(readings_s=100, ten_seconds_s=200, minutes_s=DAY_S))
    for second in range(0, 1000, 50):
        kept.history.add(steady(kept.layout, range(second, second + 50)))
        kept.commit(second + 50)
    past = kept.past()

    series = past.series(START, START + 1000 * SECOND, 500, sensor="r1/inlet")
    past.close()
    kept.history.close()

    assert not np.isnan(series.mean[:360]).any()
    assert not np.isnan(series.mean[-50:]).any()
    assert series.mean[10] == pytest.approx(20.295)
    assert series.mean[-1] == pytest.approx(29.985)


def test_no_course_is_made_up_for_the_time_before_the_first_reading(kept: Kept) -> None:
    kept.history.add(steady(kept.layout, range(30, 100)))
    for second in range(101, 170):
        kept.commit(second)
    past = kept.past()

    series = past.series(START, START + 100 * SECOND, 10, zone="z1")
    past.close()

    assert np.isnan(series.mean).tolist() == [True] * 3 + [False] * 7
    assert series.mean[3] == pytest.approx(20.5 + 0.345)


def test_a_gap_is_a_gap(kept: Kept) -> None:
    kept.history.add(batch([(0, 20, 5), (0, 21, 95)]))
    kept.commit(200)
    past = kept.past()

    series = past.series(START, START + 100 * SECOND, 10, zone="z1")
    past.close()

    assert np.isnan(series.mean).tolist() == [False, *[True] * 8, False]


def test_an_empty_history_tells_nothing(kept: Kept) -> None:
    past = kept.past()

    assert past.span_ns() is None
    assert np.isnan(past.state_at(START).values).all()
    assert np.isnan(past.series(START, START + SECOND, 3, zone="z1").mean).all()
    past.close()


def test_the_span_reaches_from_the_first_summary_to_the_last_reading(kept: Kept) -> None:
    kept.history.add(steady(kept.layout, range(25)))
    kept.commit(26)
    past = kept.past()

    assert past.span_ns() == (START, START + 24 * SECOND)
    past.close()


def test_sensors_that_come_go_and_move_keep_their_past(tmp_path: Path) -> None:
    small = Kept(tmp_path, racks=2)
    small.history.add(batch([(0, 20, 0), (1, 21, 1)]))
    small.commit(20)
    small.history.close()
    large = Kept(tmp_path, racks=5)
    large.history.add(batch([(4, 24, 30), (0, 20.5, 31)]))
    large.commit(100)

    assert raw(large) == [("r1/inlet", 0, 20), ("r2/inlet", 1, 21), ("r5/inlet", 30, 24), ("r1/inlet", 31, 20.5)]
    assert [second for _, second, _ in raw(large, "1min")] == [0, 0, 0]
    large.history.close()


def test_alarms_told_twice_are_kept_once(kept: Kept) -> None:
    for _ in range(2):
        kept.history.note(change(ChangeKind.RAISED, alarm("a"), 0))
        kept.commit(1)
    past = kept.past()

    assert [each.id for each, _ in past.alarms_between(START, START + SECOND)] == ["a"]
    past.close()


def test_what_people_are_told_leaves_no_alarm_standing(kept: Kept) -> None:
    over = alarm("a", second=1)
    for told in (ChangeKind.RAISED, ChangeKind.CLEARED, ChangeKind.RESOLVED):
        kept.history.note(change(told, over, 2))
    kept.history.note(change(ChangeKind.RESOLVED, alarm("long gone"), 3))
    kept.commit(4)
    past = kept.past()

    assert past.alarms_at(START + 9 * SECOND) == ()
    past.close()


def test_reactions_come_back_with_what_caused_them(kept: Kept) -> None:
    kept.history.react(START + SECOND, {"what": "cooling", "zone": "z1é", "cause": [["r1/inlet", 31.5]]})
    kept.commit(2)
    past = kept.past()

    assert list(past.reactions_between(START, START + 9 * SECOND)) == [
        (START + SECOND, {"what": "cooling", "zone": "z1é", "cause": [["r1/inlet", 31.5]]})
    ]
    past.close()


def test_only_the_zone_and_the_time_asked_for_are_exported(kept: Kept) -> None:
    kept.history.add(steady(kept.layout, range(30)))
    kept.commit(60)

    rows = raw(kept, zone="z2", start_ns=START + 5 * SECOND, end_ns=START + 7 * SECOND)
    tens = raw(kept, "10s", zone="z1", start_ns=START + 10 * SECOND, end_ns=START + 20 * SECOND)

    assert [(name[:2], second) for name, second, _ in rows] == [("r3", 5), ("r4", 5), ("r3", 6), ("r4", 6)]
    assert [(name[:2], second) for name, second, _ in tens] == [("r1", 10), ("r2", 10)]


def test_an_unknown_zone_is_told_with_those_that_there_are(kept: Kept) -> None:
    with pytest.raises(UsageError, match="no zone 'z9'; it has z1, z2"):
        next(columns_of(kept.folder, zone="z9"))


def test_a_history_is_read_while_it_is_written(kept: Kept) -> None:
    kept.history.add(steady(kept.layout, range(700)))
    kept.commit(700)
    past, pieces = kept.past(), columns_of(kept.folder)
    first = next(pieces)

    kept.history.add(steady(kept.layout, range(700, 800)))
    kept.commit(800)

    assert len(first.sensor) + sum(len(piece.sensor) for piece in pieces) == 4 * 800
    assert past.span_ns() == (START, START + 799 * SECOND)
    past.close()


def test_a_history_that_was_closed_is_one_file_even_if_it_is_being_read(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.history.add(steady(kept.layout, range(20)))
    kept.commit(20)
    past = kept.past()
    past.span_ns()

    kept.history.close()

    assert (tmp_path / f"{HISTORY_FILE}-wal").stat().st_size == 0
    past.close()


def test_there_is_no_history_in_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no history in"):
        Past(tmp_path)


def test_another_file_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / HISTORY_FILE
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    before = file.read_bytes()

    for opening in (lambda: Kept(tmp_path), lambda: Past(tmp_path)):
        with pytest.raises(UsageError, match="history"):
            opening()
    assert file.read_bytes() == before


def test_what_is_no_history_any_more_is_moved_aside_at_the_start(tmp_path: Path) -> None:
    garbage, said = b"no page of a database is here any more; it was long ago" * 99, list[str]()
    for second in range(2):  # twice within one second of the clock
        (tmp_path / HISTORY_FILE).write_bytes(garbage)
        history = History(tmp_path, grid(racks=4, zones=2), now_ns=lambda: START, say=said.append)
        history.add(batch([(0, 20, second)]))
        history.commit(START + SECOND)
        history.close()

    names = {path.name for path in tmp_path.iterdir()}
    aside = f"{HISTORY_FILE}.damaged-20260101T000000Z"
    assert names == {HISTORY_FILE, aside, f"{aside}-2"}
    assert (tmp_path / aside).read_bytes() == garbage
    assert [f"it is {tmp_path / name} now" in words for words, name in zip(said, (aside, f"{aside}-2"), strict=True)]
    assert "the history was damaged (file is not a database)" in said[0]
    with closing(Past(tmp_path)) as past:
        assert past.span_ns() == (START, START + SECOND)


def test_a_history_that_is_found_damaged_while_it_is_written_begins_anew(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.history.add(steady(kept.layout, range(40)))
    kept.commit(41)
    kept.history.close()
    content = (tmp_path / HISTORY_FILE).read_bytes()
    said: list[str] = []
    history = kept.history = History(tmp_path, kept.layout, now_ns=lambda: START, say=said.append)
    scribe = Scribe(history, lambda: START + 50 * SECOND, say=said.append)
    (tmp_path / HISTORY_FILE).write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))  # its first page is well
    history.add(batch([(0, 20, 49)]))
    history.cool(START + 49 * SECOND, {"z1": 0.5})

    scribe._commit()
    scribe._commit()

    assert [value for _, _, value in raw(kept)] == [20]
    with closing(Past(tmp_path)) as past:
        assert past.state_at(START + 50 * SECOND).cooling["z1"] == 0.5
    assert [words.partition(" (database disk image is malformed)")[::2] for words in said] == [
        ("the history was damaged", said[0].partition(")")[2]),
        ("the history cannot be written", f": {GOES_ON}"),
        ("the history is written again", ""),
    ]
    kept.history.close()


def test_a_disk_that_damages_each_new_file_is_not_filled_with_them(tmp_path: Path) -> None:
    said: list[str] = []
    keeper = Keeper(tmp_path / HISTORY_FILE, grid(racks=4, zones=2), now_ns=lambda: START, say=said.append)

    damage = sqlite3.DatabaseError("malformed")
    damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    for _ in range(5):
        with pytest.raises(sqlite3.DatabaseError), keeper.writing():
            raise damage

    assert len(said) == 1
    assert len(list(tmp_path.glob("*.damaged-*Z"))) == 1
    keeper.close()


def test_a_row_that_is_damaged_is_left_out_of_summaries_and_told(kept: Kept) -> None:
    said: list[str] = []
    kept.history._say = said.append
    kept.history.add(batch([(0, 20, 1)]))
    kept.commit(2)
    kept.history.add(batch([(0, 30, 2)]))
    kept.connection.execute("UPDATE readings SET body = substr(body, 1, 20)")
    kept.commit(15)

    with pytest.raises(UsageError, match="cannot be read on"):
        raw(kept)

    assert raw(kept, "10s") == [("r1/inlet", 0, 30)]
    assert len(said) == 1
    assert said[0].startswith("the history has lost something of 2026-01-01 00:00:00 UTC: a row is damaged")


def test_a_disk_that_is_full_at_the_start_is_told_and_tried_again(tmp_path: Path) -> None:
    said: list[str] = []
    layout = grid(racks=4, zones=2)
    with full_disk():
        history = History(tmp_path, layout, say=said.append)
        scribe = Scribe(history, lambda: START + 5 * SECOND, say=said.append)
        history.add(batch([(0, 20, 1)]))
        history.cool(START, {"z2": 0.25})
        scribe._commit()
        scribe._commit()
    scribe._commit()
    history.close()

    assert [words.partition(" (")[0] for words in said] == [
        "the history cannot be written",
        "the history is written again",
    ]
    with closing(Past(tmp_path)) as past:
        assert past.state_at(START + 5 * SECOND).cooling["z2"] == 0.25
    assert [piece.values["value"].tolist() for piece in columns_of(tmp_path)] == [[20]]


def test_a_folder_that_is_not_there_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "disk").touch()
    history = History(tmp_path / "disk", grid(racks=4, zones=2))
    with pytest.raises(OSError, match="disk"):
        history.commit(START)
    (tmp_path / "disk").unlink()

    history.commit(START)

    assert (tmp_path / "disk" / HISTORY_FILE).exists()
    history.close()


def test_a_history_of_a_later_format_is_left_alone(kept: Kept) -> None:
    kept.connection.execute("PRAGMA user_version = 9")

    with pytest.raises(UsageError, match="it is of format 9, and this version of turnout knows 1"):
        Past(kept.folder)


def test_a_folder_in_the_files_place_is_told(tmp_path: Path) -> None:
    (tmp_path / HISTORY_FILE / "full").mkdir(parents=True)

    for opening in (lambda: Kept(tmp_path), lambda: Past(tmp_path)):
        with pytest.raises(UsageError, match="it is no regular file"):
            opening()


def test_what_cannot_be_written_is_kept_and_told_once(kept: Kept) -> None:
    said: list[str] = []
    scribe = Scribe(kept.history, lambda: START + 5 * SECOND, say=said.append)
    blocker = sqlite3.connect(kept.folder / HISTORY_FILE, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    kept.connection.execute("PRAGMA busy_timeout = 0")
    kept.history.add(batch([(0, 20, 1)]))
    kept.history.note(change(ChangeKind.RAISED, alarm("a"), 0))
    scribe._commit()
    scribe._commit()
    kept.history.add(batch([(0, 21, 2)]))
    blocker.rollback()
    blocker.close()

    scribe._commit()

    assert [value for _, _, value in raw(kept)] == [20, 21]
    assert said == [
        f"the history cannot be written (database is locked): {GOES_ON}",
        "the history is written again",
    ]


def test_a_disk_that_stays_full_does_not_fill_the_memory(tmp_path: Path) -> None:
    history = History(tmp_path, grid(racks=4, zones=2), most_waiting=3)

    for second in range(5):
        history.add(batch([(0, 20, second), (1, 20, second)]))

    assert (history.kept_count, history.dropped_count) == (2, 8)
    history.close()


def test_the_scribe_writes_what_is_left_at_its_end(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    with Scribe(kept.history, lambda: START + SECOND, every_s=3600):
        kept.history.add(batch([(0, 20, 0)]))

    assert [value for _, _, value in raw(kept)] == [20]


def test_what_stands_when_a_monitor_takes_zones_over_is_all_that_stands_there(kept: Kept) -> None:
    mine, gone, elsewhere = alarm("mine", second=1), alarm("gone", second=2), replace(alarm("far"), zone="z2")
    for each in (mine, gone, elsewhere):
        kept.history.note(change(ChangeKind.RAISED, each, 2))

    kept.history.stand(START + 9 * SECOND, ["z1"], [mine, alarm("new", second=5)])
    kept.commit(10)

    with closing(kept.past()) as past:
        before, after = past.alarms_at(START + 8 * SECOND), past.alarms_at(START + 9 * SECOND)
    assert {each.id for each in before} == {"mine", "gone", "far", "new"}
    assert {each.id for each in after} == {"mine", "far", "new"}


def test_a_history_keeps_its_name_and_no_other_has_it(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    name = identity_of(one)

    one.rename(tmp_path / "moved")

    assert identity_of(tmp_path / "moved") == name
    assert identity_of(two) != name


def test_a_name_that_is_none_or_cannot_be_kept_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "history.id").write_text("*.>\n", "utf-8")

    name = identity_of(tmp_path)

    assert re.fullmatch("[0-9a-f]{12}", name)
    assert identity_of(tmp_path) == name
    assert identity_of(tmp_path / "nowhere") != identity_of(tmp_path / "nowhere")


READINGS = st.lists(
    st.tuples(st.integers(0, 3), st.floats(-50, 90, width=32), st.integers(0, 179)), min_size=1, max_size=60
)


@given(rows=READINGS, cuts=st.lists(st.integers(0, 60), max_size=4))
def test_summaries_do_not_depend_on_how_readings_are_cut(rows: list[tuple[int, float, int]], cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(rows)]
    pieces = [rows[start:end] for start, end in pairwise(edges) if start < end]

    whole = summary_of_readings([batch(rows)], 4)
    cut = summary_of_summaries([summary_of_readings([batch(piece)], 4) for piece in pieces], 4)

    assert cut.count.tolist() == whole.count.tolist()
    assert np.array_equal(cut.low, whole.low, equal_nan=True)
    assert np.array_equal(cut.high, whole.high, equal_nan=True)
    assert np.allclose(cut.mean, whole.mean, rtol=1e-4, atol=1e-3, equal_nan=True)
