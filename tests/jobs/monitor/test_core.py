"""What is logged is what a monitor goes on from, and what a replay gives the same alarms of."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_machines import HotMachine, batch, rows
from turnout.errors import UsageError
from turnout.jobs.monitor._changes import change_line
from turnout.jobs.monitor._core import Core
from turnout.jobs.monitor._log import LOG_FOLDER, Kind, segments
from turnout.jobs.monitor._recovery import latest_readings, recover
from turnout.jobs.monitor._replay import Replay, recording_of
from turnout.jobs.monitor._scan import read_segment

MOVES = st.lists(
    st.lists(st.tuples(st.integers(0, 3), st.floats(25, 35)), min_size=1, max_size=5) | st.none(), max_size=20
)


def core(folder: Path, machine: HotMachine, *, others: dict[str, bytes] | None = None, segment: int = 1 << 20) -> Core:
    return Core(
        machine,
        folder=folder / LOG_FOLDER,
        about={"config": "text"},
        now_ns=lambda: 1,
        others=lambda: others or {},
        segment_bytes=segment,
    )


def fresh(_about: bytes) -> HotMachine:
    return HotMachine()


@given(moves=MOVES, segment=st.sampled_from([300, 1 << 20]))
def test_a_killed_monitor_goes_on_where_it_was_and_a_replay_gives_the_same(
    tmp_path_factory: pytest.TempPathFactory, moves: list[list[tuple[int, float]] | None], segment: int
) -> None:
    folder = tmp_path_factory.mktemp("state")
    machine = HotMachine()
    given_lines: list[str] = []
    for lives in (moves, moves):  # the second one goes on from the first, which is killed: it never says `close`
        machine_now = HotMachine()
        recover(machine_now, folder / LOG_FOLDER)
        assert machine_now.snapshot() == machine.snapshot()
        machine = machine_now
        running = core(folder, machine, segment=segment)
        for number, move in enumerate(lives):
            if move is None:
                running.tick(number)
            else:
                sensors, values = ([pair[place] for pair in move] for place in (0, 1))
                changes = running.feed(batch(sensors, values, [number] * len(move)), number)  # type: ignore[arg-type]  # mixed columns
                given_lines += map(change_line, changes)

    replay = Replay(folder, fresh)
    found = [change_line(change) for change in replay]

    assert found == given_lines
    assert (replay.comparison.differing, replay.comparison.gaps) == (0, 0)


def test_changes_since_the_last_state_and_effects_come_back(tmp_path: Path) -> None:
    running = core(tmp_path, HotMachine(), others={"reactions": b"some\nstate"})
    running.feed(batch([1], [31.0], [5]), 6)
    running.note_effect({"done": "hot-1-5"}, 7)

    recovered = recover(machine := HotMachine(), tmp_path / LOG_FOLDER)

    assert recovered is not None
    assert [change.alarm.id for change in recovered.changes] == ["hot-1-5"]
    assert (recovered.others, recovered.effects) == ({"reactions": b"some\nstate"}, [{"done": "hot-1-5"}])
    assert recovered.last_ns == 7
    assert list(machine.active) == [1]


def test_after_an_orderly_end_nothing_is_left_to_do_again(tmp_path: Path) -> None:
    running = core(tmp_path, HotMachine())
    running.feed(batch([1], [31.0], [5]), 6)
    running.close()

    recovered = recover(machine := HotMachine(), tmp_path / LOG_FOLDER)

    assert recovered is not None
    assert recovered.changes == []
    assert list(machine.active) == [1]


def test_what_cannot_be_done_leaves_no_trace(tmp_path: Path) -> None:
    running = core(tmp_path, HotMachine())

    with pytest.raises(UsageError, match="no active alarm"):
        running.act({"alarm": "unheard of"}, 3)

    kinds = [record.kind for record in read_segment(segments(tmp_path / LOG_FOLDER)[0][1])]
    assert kinds == [Kind.ABOUT, Kind.STATE]


def test_states_are_a_small_part_of_a_long_log(tmp_path: Path) -> None:
    running = core(tmp_path, HotMachine(), segment=1 << 30)
    for number in range(3_000):
        running.feed(batch(list(range(500)), [20 + number / 7] * 500, [number] * 500), number)

    records = list(read_segment(segments(tmp_path / LOG_FOLDER)[0][1]))

    states = [record for record in records if record.kind == Kind.STATE]
    whole = sum(len(record.body) for record in records)
    assert 2 < len(states) < 20
    assert sum(len(state.body) for state in states) < whole / 4


def test_a_segment_whose_writer_was_killed_at_once_is_passed_over(tmp_path: Path) -> None:
    running = core(tmp_path, HotMachine())
    running.feed(batch([1], [31.0], [5]), 6)
    (tmp_path / LOG_FOLDER / "0000000002.log").write_bytes(segments(tmp_path / LOG_FOLDER)[0][1].read_bytes()[:30])

    recovered = recover(HotMachine(), tmp_path / LOG_FOLDER)

    assert recovered is not None
    assert len(recovered.changes) == 1


def test_the_last_readings_are_found_across_segments(tmp_path: Path) -> None:
    running = core(tmp_path, HotMachine(), segment=200)
    for number in range(20):
        running.feed(batch([number], [20.0], [number]), number)

    found = [rows(one)[0][0] for one in latest_readings(tmp_path / LOG_FOLDER, 7)]
    everything = list(latest_readings(tmp_path / LOG_FOLDER, 1000))

    assert found == list(range(13, 20))
    assert len(everything) == 20


def test_a_replay_tells_what_was_recorded_otherwise(tmp_path: Path) -> None:
    class Blind(HotMachine):
        def feed(self, _batch: object, _now_ns: int) -> tuple[()]:
            return ()

    running = core(tmp_path, HotMachine())
    running.feed(batch([1], [31.0], [5]), 6)
    running.tick(7)
    running.close()

    replay = Replay(tmp_path, lambda _about: Blind())
    found = list(replay)

    assert found == []
    assert replay.comparison.differing == 1
    assert '"alarm":"hot-1-5"' in replay.comparison.first_difference
    assert replay.comparison.first_difference.endswith("now:      nothing")


def test_a_replay_begins_at_any_segment_and_tells_of_gaps(tmp_path: Path) -> None:
    running = core(tmp_path, HotMachine(), segment=300)
    for number in range(20):
        running.feed(batch([number], [31.0], [number]), number)
    parts = recording_of(tmp_path)
    parts[1].unlink()

    whole, last = Replay(tmp_path, fresh), Replay(parts[-2], fresh)
    count = len(list(whole))

    assert (whole.comparison.gaps, whole.comparison.differing) == (1, 0)
    assert 0 < len(list(last)) < count < 20


def test_a_replay_goes_as_fast_as_it_is_told(tmp_path: Path) -> None:
    running = core(tmp_path, HotMachine())
    running.feed(batch([1], [31.0], [5]), 6)
    running.tick(9)
    moments: list[int] = []

    list(Replay(tmp_path, fresh, moments.append))

    assert moments == [6, 9]


def test_a_folder_without_recordings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no recording"):
        Replay(tmp_path, fresh)


def test_a_change_is_the_same_line_always() -> None:
    (change,) = HotMachine().feed(batch([1], [31.5], [5]), 6)

    assert json.loads(change_line(change)) == {
        "time_ns": 5,
        "change": "raised",
        "alarm": "hot-1-5",
        "rule": "hot",
        "subject": "r1/inlet",
        "zone": "z1",
        "room": "hall-1",
        "severity": "critical",
        "raised_ns": 5,
        "value": 31.5,
        "raised_value": 31.5,
        "labels": {},
        "cause": [{"sensor": "r1/inlet", "value": 31.5, "time_ns": 5}],
    }
