"""Measurements of single primitives, with a clock that counts how often it is read."""

import json
import os
from collections.abc import Callable
from importlib.util import find_spec
from io import StringIO
from pathlib import Path

import pytest

from turnout.clock import Clock
from turnout.errors import UnavailableError
from turnout.machine import CostKind
from turnout.machine.probes import _interpreters, _memory, _processes, _shared_memory, _switches, _threads
from turnout.machine.probes._main import measure
from turnout.machine.probes._table import PROBES
from turnout.testing import FakeClock


def test_every_kind_of_cost_has_its_probe() -> None:
    assert set(PROBES) == set(CostKind)


def test_subinterpreters_come_last_since_forks_beside_them_crash() -> None:
    assert list(PROBES)[-1] is CostKind.INTERPRETER_START


def test_each_probe_is_announced_and_its_samples_follow() -> None:
    out = StringIO()

    measure(["lock_free"], FakeClock(), out, {CostKind.LOCK_FREE: lambda _: [1.0, 2.0]})

    assert [json.loads(line) for line in out.getvalue().splitlines()] == [
        {"kind": "lock_free", "event": "begin"},
        {"kind": "lock_free", "event": "samples", "samples": [1.0, 2.0]},
    ]


def test_what_cannot_be_measured_does_not_end_the_rest() -> None:
    def lack(_: Clock) -> list[float]:
        raise UnavailableError("it", "not on this system", "try another")

    def fail(_: Clock) -> list[float]:
        raise OSError(28, "No space left on device")

    out = StringIO()
    measure(["fork_start", "spawn_start"], FakeClock(), out, {CostKind.FORK_START: lack, CostKind.SPAWN_START: fail})

    events = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [(event["event"], event.get("reason")) for event in events] == [
        ("begin", None),
        ("unavailable", "not on this system"),
        ("begin", None),
        ("failed", "[Errno 28] No space left on device"),
    ]


def test_the_start_of_a_thread_is_the_mean_of_a_batch() -> None:
    samples = _threads.thread_start_ns(FakeClock(step_ns=1_000), repeats=3, batch=4)

    assert samples == [250.0] * 3


def test_a_free_lock_costs_what_the_loop_alone_does_not() -> None:
    samples = _threads.free_lock_ns(FakeClock(step_ns=1_000), repeats=2, batch=10)

    assert samples == [0.0, 0.0]


def test_a_contended_lock_is_shared_by_two() -> None:
    samples = _threads.contended_lock_ns(FakeClock(step_ns=1_000), repeats=2, batch=10)

    assert samples == [50.0, 50.0]


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_the_start_of_a_process_is_timed_to_its_end(method: str) -> None:
    samples = _processes.process_start_ns(FakeClock(step_ns=1_000), method, repeats=1)

    assert samples == [1_000.0]


def test_a_start_method_that_the_system_lacks_is_told() -> None:
    with pytest.raises(UnavailableError, match="teleport"):
        _processes.start_method("teleport")


def test_a_round_trip_is_the_mean_of_a_batch() -> None:
    samples = _processes.round_trip_ns(FakeClock(step_ns=1_000), repeats=2, trips=5)

    assert samples == [200.0, 200.0]


def test_the_bandwidth_of_a_pipe_counts_all_messages() -> None:
    clock = FakeClock(step_ns=1_000_000_000)

    samples = _processes.pipe_bytes_per_s(clock, repeats=1, messages=3, message_bytes=100_000)

    assert samples == [300_000.0]


def test_the_bandwidth_of_shared_memory_counts_the_block() -> None:
    clock = FakeClock(step_ns=1_000_000_000)

    samples = _shared_memory.shared_memory_bytes_per_s(clock, repeats=1, block_bytes=65_536)

    assert samples == [65_536.0]


@pytest.mark.parametrize("probe", [_switches.thread_switch_ns, _switches.process_switch_ns])
def test_a_switch_is_never_negative_and_leaves_the_affinity_as_it_was(probe: Callable[..., list[float]]) -> None:
    before = os.sched_getaffinity(0)

    samples = probe(FakeClock(step_ns=1_000), repeats=2, trips=5)

    assert samples == [0.0, 0.0]
    assert os.sched_getaffinity(0) == before


def test_a_process_by_spawn_keeps_memory_of_its_own() -> None:
    samples = _processes.process_memory_bytes(FakeClock(), "spawn", repeats=1)

    assert samples[0] > 1 << 20


def test_a_thread_keeps_less_memory_than_a_process() -> None:
    samples = _memory.thread_memory_bytes(FakeClock(), repeats=5, count=8)

    assert 0 < min(samples) < 1 << 20  # a collection of garbage in the child copies pages


def test_private_memory_is_the_sum_of_its_kinds(tmp_path: Path) -> None:
    (tmp_path / "proc/42").mkdir(parents=True)
    (tmp_path / "proc/42/smaps_rollup").write_text(
        "55d0-7ffd ---p 00000000 00:00 0 [rollup]\nPss: 9 kB\nPrivate_Clean: 2 kB\nPrivate_Dirty: 3 kB\n"
    )

    size = _memory.private_bytes(42, tmp_path)

    assert size == 5 * 1024


def test_memory_that_the_system_does_not_tell_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="smaps_rollup"):
        _memory.private_bytes(42, tmp_path)


def test_a_child_that_dies_is_told() -> None:
    def die() -> float:
        os._exit(3)

    with pytest.raises(UnavailableError, match="died"):
        _memory.in_fresh_children(die, repeats=1)


def test_a_child_that_lacks_something_tells_it() -> None:
    def lack() -> float:
        raise UnavailableError("it", "no such thing", "none")

    with pytest.raises(UnavailableError, match="no such thing"):
        _memory.in_fresh_children(lack, repeats=1)


def test_growth_is_shared_out_among_what_was_started() -> None:
    size = _memory.grown_bytes(_memory._waiting_thread, 4)

    assert size >= 0


class Guests:
    """Stands in for `concurrent.interpreters`."""

    def __init__(self) -> None:
        self.open_count = 0

    def create(self) -> "Guests":
        self.open_count += 1
        return self

    def close(self) -> None:
        self.open_count -= 1


def test_the_start_of_a_subinterpreter_is_timed_to_its_end() -> None:
    guests = Guests()

    samples = _interpreters.interpreter_start_ns(FakeClock(step_ns=1_000), repeats=2, interpreters=guests)

    assert samples == [1_000.0, 1_000.0]
    assert guests.open_count == 0


def test_the_memory_of_subinterpreters_is_measured_in_a_child() -> None:
    guests = Guests()

    samples = _interpreters.interpreter_memory_bytes(FakeClock(), repeats=1, interpreters=guests)

    assert samples[0] >= 0
    assert guests.open_count == 0


@pytest.mark.skipif(find_spec("concurrent.interpreters") is not None, reason="this Python has subinterpreters")
def test_a_python_without_subinterpreters_says_from_when_on_there_are_some() -> None:
    with pytest.raises(UnavailableError, match=r"3\.14"):
        _interpreters.interpreter_start_ns(FakeClock())
