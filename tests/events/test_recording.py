import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from turnout.errors import UsageError
from turnout.events import Emitter, HandlerFailed, Named, OffloadDone, offload, read_recording, replay
from turnout.events._codec import Decoder, encode
from turnout.testing import FakeClock


class Side(Enum):
    LEFT = 1
    RIGHT = 2


@dataclass(frozen=True)
class Turned:
    side: Side
    steps: tuple[int, ...] = ()


@dataclass(frozen=True)
class Moved:
    x: float
    why: object = None
    seen: int = field(default=0, init=False)


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.binary(max_size=5)
    | st.dates()
    | st.sampled_from(Side),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
        | st.tuples(inner, inner)
        | st.builds(Moved, st.floats(allow_nan=False), inner)
    ),
    max_leaves=8,
)


def program(events: Emitter, log: list[str]) -> None:
    """Let some handlers hear, one of which emits and one of which fails."""

    @events.on("key.*")
    def draw(event: Named) -> None:
        log.append(f"draw {event.payload}")
        events.emit(Moved(float(event.payload)))

    @events.on(Moved, priority=1)
    def follow(event: Moved) -> None:
        log.append(f"follow {event.x:g}")
        if event.x == 2:
            raise ValueError("two")

    events.on(HandlerFailed, lambda failed: log.append(f"failed {failed.handler.rpartition('.')[2]}"))
    events.on(object, lambda _: log.append("any"))


@settings(max_examples=25)
@given(PLAIN)
def test_what_is_told_can_be_made_again(value: object) -> None:
    told = json.loads(json.dumps(encode(value), allow_nan=False))

    made = Decoder([Side, Moved]).decode(told)

    assert made == value
    assert type(made) is type(value)


def test_a_replay_calls_the_same_handlers_in_the_same_order(tmp_path: Path) -> None:
    file = tmp_path / "keys.jsonl"
    first, again = list[str](), list[str]()
    events, other = Emitter(), Emitter()
    program(events, first)
    program(other, again)

    with events.record(file) as recording:
        for number in range(4):
            events.emit("key.up", number)
        events.post(Turned(Side.LEFT, (1, 2)))
        events.post(Moved(2.0))
        events.drain()
    events.emit("key.up", 99)
    replayed = replay(other, file, kinds=[Turned, Side])

    assert again == first[: len(again)]
    assert (replayed.is_same, replayed.count, recording.kept, recording.lost) == (True, 12, 12, 0)


def test_a_replay_by_other_handlers_tells_the_differences(tmp_path: Path) -> None:
    file = tmp_path / "keys.jsonl"
    events, other = Emitter(), Emitter()
    program(events, [])
    with events.record(file):
        events.emit("key.up", 1)

    @other.on("key.*")
    def draw(_: Named) -> None:
        other.emit(Moved(5.0))

    replayed = replay(other, file, kinds=[Moved])

    assert not replayed.is_same
    assert [difference.partition(":")[0] for difference in replayed.differences] == [
        "line 2",
        "line 3",
        "line 3",
        "line 2",
    ]
    assert "no handler emitted Moved(x=1.0" in replayed.differences[1]
    assert "a handler emitted Moved(x=5.0" in replayed.differences[3]


def test_a_replay_at_a_speed_keeps_the_times(tmp_path: Path) -> None:
    file, clock = tmp_path / "keys.jsonl", FakeClock(start_ns=1)
    events, at_ms = Emitter(clock=clock), list[int]()
    with events.record(file):
        for wait_ms in (100, 200, 400):
            clock.wait(wait_ms)
            events.emit("key")
    events.on("key", lambda _: at_ms.append(clock.wall_ns() // 1_000_000))

    clock = FakeClock(start_ns=0)
    events.now_ns, events.pause_s = clock.wall_ns, clock.pause_s
    replay(events, file, speed=2)

    assert at_ms == [50, 150, 350]


def test_coroutines_and_heavy_handlers_do_not_disturb_a_replay(tmp_path: Path) -> None:
    file = tmp_path / "work.jsonl"
    runs = list[int]()

    def work(event: Moved) -> float:
        runs.append(1)
        return event.x * 2

    def made(log: list[object]) -> Emitter:
        events = Emitter()
        events.on(Moved, offload(executor="threads")(work))

        @events.on(Moved)
        async def ask(event: Moved) -> None:
            await asyncio.sleep(0)
            events.emit("asked", event.x)

        events.on("asked", lambda event: log.append(event.payload))
        events.on(OffloadDone, lambda done: log.append(("done", done.value)))
        return events

    first, again = list[object](), list[object]()
    with made(first) as events, events.record(file):
        events.emit(Moved(1.0))
        events.settle(60)
    replayed = replay(made(again), file)

    assert (again, replayed.is_same, runs) == (first, True, [1])


def test_what_is_emitted_beside_a_replay_is_left_out(tmp_path: Path) -> None:
    file, seen = tmp_path / "keys.jsonl", list[str]()
    events = Emitter()
    with events.record(file):
        events.emit("key")
    events.on("key", lambda _: seen.append("key"))
    events.on("stray", lambda _: seen.append("stray"))

    def emit_beside(seconds: float) -> None:
        del seconds
        events.emit("stray")
        events.post("stray")

    events.pause_s = emit_beside
    replayed = replay(events, file, speed=1e-9)

    assert (seen, replayed.ignored) == (["key"], 2)


def test_an_event_that_cannot_be_recorded_is_handled_and_told_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file, seen = tmp_path / "odd.jsonl", list[object]()
    events = Emitter()
    events.on(socket.socket, seen.append)
    itself: list[object] = []
    itself.append(itself)

    with socket.socket() as odd, events.record(file) as recording:
        events.emit(odd)
        events.emit("deep", itself)

    assert (len(seen), recording.lost, len(caplog.records)) == (1, 2, 1)
    with pytest.raises(UsageError, match=r"line 2: the event was not recorded: socket: a socket cannot be recorded"):
        replay(Emitter(), file)


def test_a_full_recording_ends_and_the_program_goes_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file, seen = tmp_path / "keys.jsonl", list[object]()
    events = Emitter()
    events.on(int, seen.append)

    with events.record(file, limit_bytes=600) as recording:
        for number in range(50):
            events.emit(number)

    assert file.stat().st_size <= 600
    assert (len(seen), recording.kept + recording.lost, len(caplog.records)) == (50, 50, 1)
    assert len(list(read_recording(file))) == recording.kept


def test_a_recording_overwrites_nothing_and_there_is_one_at_a_time(tmp_path: Path) -> None:
    file = tmp_path / "keys.jsonl"
    file.write_text("precious")
    events = Emitter()

    with pytest.raises(UsageError, match="is there already; name another file"):
        events.record(file)
    with events.record(tmp_path / "one.jsonl"), pytest.raises(UsageError, match=r"recorded in .*one.jsonl already"):
        events.record(tmp_path / "two.jsonl")

    assert file.read_text() == "precious"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("hello\n", "line 1: this is not JSON"),
        ("hello", "line 1: this is not JSON"),
        ("", "line 1: this is not JSON"),
        ("[" * 100_000 + "\n", "line 1: this is not JSON"),
        ("[]\n", "line 1: this is no line of a recording"),
        ('{"some": "thing"}\n', "is no recording of events"),
        ('{"turnout": "events", "version": 9}\n', "is of version 9, and this turnout knows version 1 only"),
        ('HEAD{"t":1}\n', "line 2: this is no line of a recording: KeyError"),
        (
            'HEAD{"t":1,"from":"outside","event":{"$":"os:system","fields":{}},"calls":[]}\n',
            "has a os:system, which no",
        ),
        ('HEAD{"t":1,"from":"outside","event":{"$spell":1},"calls":[]}\n', "this version has no"),
        (
            'HEAD{"t":1,"from":"outside","event":{"$":"m:Moved","fields":{"z":1}},"calls":[]}\n',
            "Moved is not what it was",
        ),
        ('HEAD{"t":1,"from":"outside","event":{"$enum":"m:Side","name":"UP"},"calls":[]}\n', "KeyError"),
    ],
)
def test_what_is_no_recording_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "odd.jsonl"
    file.write_text(text.replace("HEAD", '{"turnout": "events", "version": 1}\n'))

    with pytest.raises(UsageError, match=complaint):
        list(read_recording(file, [Moved, Side]))


def test_a_replay_waits_for_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "keys.jsonl"
    events = Emitter()
    with events.record(file):
        events.emit("key")
    events.post("waits")

    with pytest.raises(UsageError, match="a replay begins when nothing is being handled, and nothing waits"):
        replay(events, file)
    with pytest.raises(UsageError, match="the speed of a replay must be above 0, not 0"):
        replay(events, file, speed=0)


def test_dates_and_odd_floats_come_back() -> None:
    told = [encode(value) for value in (datetime(2026, 1, 2, tzinfo=UTC), date(2026, 1, 2), float("inf"), {1: {2}})]

    made = [Decoder([]).decode(json.loads(json.dumps(one))) for one in told]

    assert made == [datetime(2026, 1, 2, tzinfo=UTC), date(2026, 1, 2), float("inf"), {1: {2}}]


KILLED = """
import sys, time
from turnout.events import Emitter
events = Emitter()
events.record(sys.argv[1])
for number in range(1000):
    events.emit("tick", number)
print("ready", flush=True)
time.sleep(60)
"""


@pytest.mark.integration
def test_a_killed_program_leaves_all_it_recorded(tmp_path: Path) -> None:
    file = tmp_path / "ticks.jsonl"

    with subprocess.Popen([sys.executable, "-c", KILLED, str(file)], stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
        os.kill(program.pid, signal.SIGKILL)
    with file.open("ab") as torn:
        torn.write(b'{"t":1,"from":"out')
    ticks = [one.event for one in read_recording(file)]

    assert ticks == [Named(name="tick", payload=number) for number in range(1000)]
