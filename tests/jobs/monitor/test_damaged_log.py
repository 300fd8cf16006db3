"""A log that is damaged in its midst: what is whole is gone on with, and what is lost is told."""

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import pytest

from monitor_machines import HotMachine, batch
from monitor_process import CONFIG
from turnout.cli._monitor_replay import run
from turnout.errors import ExitStatus, UsageError
from turnout.jobs.monitor import read_plan
from turnout.jobs.monitor._core import Core
from turnout.jobs.monitor._log import LOG_FOLDER, Kind, Record, segments
from turnout.jobs.monitor._recovery import Recovered, latest_readings, recover
from turnout.jobs.monitor._replay import Replay
from turnout.jobs.monitor._scan import scan

ADVICE = (
    "what is whole in the log counts, and what is damaged is missing: readings come again, silences do not; "
    "look at turnout monitor status, and check the disk"
)


def core(folder: Path, machine: HotMachine) -> Core:
    return Core(machine, folder=folder / LOG_FOLDER, about={}, now_ns=lambda: 1)


def damage(folder: Path, choose: Callable[[Record], bool], segment: int = -1) -> int:
    """Flip a bit of the first record of a segment that is chosen, and return which one it is, from 1."""
    path = segments(folder / LOG_FOLDER)[segment][1]
    content = bytearray(path.read_bytes())
    for number, record in enumerate(scan(path), 1):
        if isinstance(record, Record) and choose(record):
            content[content.index(record.body) + len(record.body) // 2] ^= 1
            path.write_bytes(content)
            return number
    raise AssertionError


def of(kind: Kind, at_ns: int = 1) -> Callable[[Record], bool]:
    return lambda record: (record.kind, record.at_ns) == (kind, at_ns)


def recovered_of(folder: Path, machine: HotMachine) -> Recovered:
    recovered = recover(machine, folder / LOG_FOLDER)
    assert recovered is not None
    return recovered


def test_alarms_that_are_lost_with_what_raised_them_are_told(tmp_path: Path) -> None:
    running = core(tmp_path, HotMachine())
    running.feed(batch([0, 1], [31.0, 32.0], [5, 5]), 5)
    running.act({"alarm": "hot-1-5"}, 6)
    running.feed(batch([2], [33.0], [7]), 7)
    running.feed(batch([0], [34.0], [8]), 8)
    number = damage(tmp_path, of(Kind.FEED, 5))

    recovered = recovered_of(tmp_path, machine := HotMachine())

    assert [change.alarm.id for change in recovered.changes] == ["hot-2-7", "hot-0-8"]
    assert recovered.active == {alarm.id for alarm in machine.alarms} == {"hot-2-7", "hot-0-8"}
    lost = "hot r0/inlet (hot-0-5), hot r1/inlet (hot-1-5)"
    complaint = "the recording holds something that is not understood: there is no active alarm 'hot-1-5'"
    place, *told = recovered.losses
    assert f"0000000001.log' is damaged at record {number}, byte " in place
    assert told == [
        ADVICE,
        f"2 alarms: {lost} stood and cannot be gone on with; what still holds is raised anew",
        f"1 move cannot be made without what is damaged; the first one: {complaint}",
    ]


def test_an_acknowledgement_that_is_lost_is_told(tmp_path: Path) -> None:
    running = core(tmp_path, HotMachine())
    running.feed(batch([0], [31.0], [5]), 5)
    running.act({"alarm": "hot-0-5"}, 6)
    running.feed(batch([1], [20.0], [7]), 7)
    damage(tmp_path, of(Kind.ACTION, 6))

    recovered = recovered_of(tmp_path, HotMachine())

    assert recovered.active == {"hot-0-5"}
    assert recovered.losses[-1] == ("1 alarm: hot r0/inlet (hot-0-5) had been acknowledged, and have to be once more")


def test_alarms_of_the_state_and_those_that_ended_are_not_lost(tmp_path: Path) -> None:
    running = core(tmp_path, HotMachine())
    running.feed(batch([0, 1], [31.0, 31.0], [5, 5]), 5)
    running = core(tmp_path, recovered := HotMachine())
    recovered.feed(batch([0, 1], [31.0, 31.0], [5, 5]), 5)
    assert running.log is not None
    running.log.renew()
    running.feed(batch([0], [20.0], [7]), 7)
    running.tick(8)
    damage(tmp_path, of(Kind.FEED, 7))

    losses = recovered_of(tmp_path, machine := HotMachine()).losses

    assert [alarm.id for alarm in machine.alarms] == ["hot-0-5", "hot-1-5"]  # the next reading clears the first one
    assert len(losses) == 2


def test_a_later_state_makes_up_for_all_that_is_damaged_before_it(tmp_path: Path) -> None:
    running = core(tmp_path, HotMachine())
    running.feed(batch([0], [31.0], [5]), 5)
    running.close()
    damage(tmp_path, of(Kind.FEED, 5))

    recovered = recovered_of(tmp_path, machine := HotMachine())

    assert [alarm.id for alarm in machine.alarms] == ["hot-0-5"]
    assert len(recovered.losses) == 1
    assert "how all stood later is whole, and nothing is forgotten. The recording has a gap" in recovered.losses[0]


@pytest.mark.parametrize("lives", [1, 2])
def test_without_a_state_at_the_beginning_all_that_was_recorded_counts(tmp_path: Path, lives: int) -> None:
    machine = HotMachine()
    for life in range(lives):
        running = core(tmp_path, machine)
        running.feed(batch([life], [31.0], [5]), 5)
    damage(tmp_path, of(Kind.STATE))

    recovered = recovered_of(tmp_path, again := HotMachine())

    assert again.snapshot() == machine.snapshot()
    assert [change.alarm.id for change in recovered.changes] == [f"hot-{life}-5" for life in range(lives)]
    assert len(recovered.losses) == 2


def test_readings_after_damage_are_compared_with_those_that_come_again(tmp_path: Path) -> None:
    running = core(tmp_path, HotMachine())
    for second in range(3):
        running.feed(batch([second], [20.0 + second], [second]), second)
    damage(tmp_path, of(Kind.FEED, 1))

    found = [int(each.sensors[0]) for each in latest_readings(tmp_path / LOG_FOLDER, 10)]

    assert found == [0, 2]


def test_what_is_no_segment_any_more_is_refused_with_a_remedy(tmp_path: Path) -> None:
    core(tmp_path, HotMachine()).close()
    segments(tmp_path / LOG_FOLDER)[0][1].write_bytes(b"\xff" * 999)

    with pytest.raises(UsageError, match="to go on with what is before it, move it to another folder"):
        recover(HotMachine(), tmp_path / LOG_FOLDER)


def test_a_replay_goes_on_at_the_next_state(tmp_path: Path) -> None:
    machine = HotMachine()
    for life in range(2):
        running = core(tmp_path, machine)
        for second in range(4):
            running.feed(batch([life], [30.0 + second % 2], [second]), second)
    damage(tmp_path, of(Kind.FEED, 1), segment=0)

    replay = Replay(tmp_path, lambda _: HotMachine())
    found = [change.alarm.subject for change in replay]

    comparison = replay.comparison
    assert found == ["r1/inlet"] * 3
    assert (comparison.differing, comparison.gaps, len(comparison.damage)) == (0, 0, 1)
    assert (comparison.readings, comparison.passed_over) == (5, 2)


def test_a_replay_goes_on_from_a_state_in_the_midst_of_a_segment(tmp_path: Path) -> None:
    running = core(tmp_path, HotMachine())
    running.feed(batch([0], [31.0], [1]), 1)
    running.feed(batch([0], [20.0], [2]), 2)
    running.close()
    last = segments(tmp_path / LOG_FOLDER)[0][1]
    core(tmp_path, HotMachine()).feed(batch([3], [31.0], [3]), 3)
    second = segments(tmp_path / LOG_FOLDER)[1][1]
    head = sum(17 + len(record.body) for record in scan(second) if isinstance(record, Record) and record.at_ns == 1)
    last.write_bytes(last.read_bytes() + second.read_bytes()[18 + head :])  # as if it had gone on after its state
    second.unlink()
    damage(tmp_path, of(Kind.FEED, 1))

    replay = Replay(tmp_path, lambda _: HotMachine())
    found = [change.alarm.subject for change in replay]

    assert found == ["r3/inlet"]
    assert (replay.comparison.differing, replay.comparison.passed_over) == (0, 1)


def test_the_command_tells_of_damage_and_its_status_is_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "monitor.toml").write_text(CONFIG.format(port=1, payload="", more=""), encoding="utf-8")
    plan = read_plan(tmp_path / "monitor.toml")
    running = Core(plan.make_watch(plan.layout), folder=tmp_path / LOG_FOLDER, about=plan.about, now_ns=lambda: 1)
    for second in range(1, 4):
        running.feed(batch([0], [35.0], [second * 10**9]), second * 10**9)
    running.close()
    number = damage(tmp_path, of(Kind.FEED, 2 * 10**9))
    options = Namespace(recording=str(tmp_path), speed="max", expect=None, json=False, quiet=True)

    status = run(options)

    told = capsys.readouterr().err.splitlines()
    assert status == ExitStatus.FINDING
    assert f"is damaged at record {number}, byte " in told[0]
    assert "1 reading from" in told[1]
    assert told[1].endswith(
        "1 change of alarms, all as recorded; "
        "it is damaged in 1 place, after which 1 reading had to be passed over: look for a copy"
    )
