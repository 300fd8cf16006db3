"""What comes goes through the core, and to all who want to know."""

from pathlib import Path

from monitor_machines import HotMachine, batch
from turnout.jobs.monitor._core import Core
from turnout.jobs.monitor._hub import Hub, Sink
from turnout.jobs.monitor._log import Kind, segments
from turnout.jobs.monitor._scan import read_segment
from turnout.jobs.monitor._types import Batch, Change


class Noting(Sink):
    """Notes what it is told."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def see(self, batch: Batch, now_ns: int) -> None:
        self.seen.append(f"{len(batch)} at {now_ns}")

    def change(self, change: Change, now_ns: int) -> None:
        self.seen.append(f"{change.alarm.id} {change.kind} at {now_ns}")

    def tick(self, now_ns: int) -> None:
        self.seen.append(f"tick at {now_ns}")

    def close(self) -> None:
        self.seen.append("close")


class Failing(Sink):
    """Cannot do anything."""

    def see(self, batch: Batch, now_ns: int) -> None:
        raise RuntimeError(f"see {len(batch)} at {now_ns}")

    def change(self, change: Change, now_ns: int) -> None:
        raise RuntimeError(f"{change.kind} at {now_ns}")

    def tick(self, now_ns: int) -> None:
        raise RuntimeError(f"tick at {now_ns}")

    def close(self) -> None:
        raise RuntimeError("close")


def core(folder: Path | None = None) -> Core:
    return Core(HotMachine(), folder=folder, about={}, now_ns=lambda: 0)


def test_a_sink_is_told_of_readings_and_then_of_what_became_of_them() -> None:
    sink = Noting()
    hub = Hub(core(), [sink], print)

    hub.take(batch([1], [31.0], [5]), 6)
    hub.tick(7)
    hub.act({"alarm": "hot-1-5"}, 8)
    hub.close()

    assert sink.seen == ["1 at 6", "hot-1-5 raised at 6", "tick at 7", "hot-1-5 acknowledged at 8", "close"]


def test_a_sink_that_fails_is_told_of_once_and_harms_nobody() -> None:
    complaints: list[str] = []
    sink = Noting()
    hub = Hub(core(), [Failing(), sink], complaints.append)

    for number in (1, 2):
        hub.take(batch([number], [31.0], [5]), 6)
        hub.tick(7)
    hub.close()

    assert len(sink.seen) == 7
    assert complaints == [
        f"Failing failed: RuntimeError: {what}" for what in ("see 1 at 6", "raised at 6", "tick at 7", "close")
    ]


def test_readings_are_settled_when_they_are_in_the_log_and_before_anybody_sees_them(tmp_path: Path) -> None:
    order: list[str] = []

    class Watching(Sink):
        def see(self, batch: Batch, now_ns: int) -> None:  # noqa: ARG002  only when matters
            order.append("seen")

    def settle() -> None:
        kinds = [record.kind for record in read_segment(segments(tmp_path)[0][1])]
        order.append(f"settled after {kinds[-1].name}")

    hub = Hub(core(tmp_path), [Watching()], print)

    hub.take(batch([1], [20.0], [5]), 6, settle)
    hub.take(batch([], [], []), 6, settle)

    assert order == [f"settled after {Kind.FEED.name}", "seen", f"settled after {Kind.FEED.name}"]
