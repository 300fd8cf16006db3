import asyncio
import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass

import psutil
import pytest

from turnout.errors import ExecutorError, UsageError
from turnout.events import AsyncioLoop, Emitter, HandlerFailed, OffloadDone, ThreadLoop, offload

PATIENCE_S = 60


@dataclass(frozen=True)
class Number:
    value: int


@offload(executor="threads", workers=4)
def square(event: Number) -> int:
    if event.value == 13:
        raise ValueError("unlucky")
    return event.value**2


def test_results_come_back_in_order_and_failures_are_events() -> None:
    with Emitter() as events:
        done, failed = list[int](), list[str]()
        events.on(Number, square)
        events.on(OffloadDone, lambda one: done.append(one.value))
        events.on(HandlerFailed, lambda one: failed.append(f"{one.handler}: {one.error}"))

        for value in range(12, 18):
            events.emit(Number(value))
        is_all = events.settle(PATIENCE_S)

    assert (is_all, done, failed) == (True, [144, 196, 225, 256, 289], ["square: unlucky"])


def test_a_callback_hears_its_own_handler_only() -> None:
    with Emitter() as events:
        doubled, heard = list[int](), list[tuple[str, int]]()

        @offload(executor="threads", then=lambda done: doubled.append(done.value))
        def double(event: Number) -> int:
            return event.value * 2

        events.on(Number, square)
        events.on(Number, double)
        events.on(Number, square)
        events.on(OffloadDone, lambda done: heard.append((done.handler.rpartition(".")[2], done.value)))
        events.emit(Number(5))
        events.settle(PATIENCE_S)

    assert (doubled, sorted(heard)) == ([10], [("double", 10), ("square", 25), ("square (2)", 25)])


def test_a_marked_function_is_still_a_function() -> None:
    assert (square(Number(3)), square.__name__) == (9, "square")


def test_the_loop_handles_other_events_meanwhile() -> None:
    order = list[str]()
    gate = threading.Event()

    @offload(executor="threads")
    def heavy(_: Number) -> str:
        gate.wait(PATIENCE_S)
        return "heavy"

    async def main() -> None:
        events = Emitter()
        events.on(Number, heavy)
        events.on("light", lambda _: order.append("light"))
        events.on(OffloadDone, lambda done: order.append(done.value))
        async with AsyncioLoop(events):
            events.emit(Number(1))
            events.emit("light")
            gate.set()

    asyncio.run(main())

    assert order == ["light", "heavy"]


def test_too_many_events_for_a_heavy_handler_are_told() -> None:
    gate = threading.Event()

    @offload(executor="threads", most=2)
    def heavy(_: Number) -> None:
        gate.wait(PATIENCE_S)

    with Emitter() as events:
        failed = list[str]()
        events.on(Number, heavy)
        events.on(HandlerFailed, lambda one: failed.append(type(one.error).__name__))
        for value in range(4):
            events.emit(Number(value))
        gate.set()
        events.settle(PATIENCE_S)

    assert failed == ["FloodError", "FloodError"]


def test_settling_gives_up_when_its_time_is_over_and_closing_ends_what_waits() -> None:
    gate = threading.Event()

    @offload(executor="threads")
    def stuck(_: Number) -> None:
        gate.wait(PATIENCE_S)

    with Emitter() as events:
        events.on(Number, stuck)
        events.emit(Number(1))
        is_all = events.settle(0.01)
        gate.set()

    assert (is_all, events.settle()) == (False, True)


def test_leaving_in_a_hurry_neither_handles_what_waits_nor_waits_for_what_is_off_loaded() -> None:
    gate, handled = threading.Event(), list[str]()

    @offload(executor="threads")
    def stuck(_: Number) -> None:
        gate.wait(PATIENCE_S)

    async def main() -> None:
        events.on(Number, stuck)
        events.on("later", lambda _: handled.append("later"))
        async with AsyncioLoop(events):
            events.emit(Number(1))
            events.post("later")
            raise KeyboardInterrupt

    with Emitter() as events:
        with pytest.raises(KeyboardInterrupt):
            asyncio.run(main())
        left = events.waiting, events.offloads is not None and events.offloads.pending
        gate.set()

    assert (handled, left) == ([], (1, 0))


def test_a_heavy_handler_loads_what_it_needs_before_its_first_event() -> None:
    script = (
        "import sys; from turnout.events import Emitter, offload; events = Emitter(); events.on('x', offload(len));"
        "loaded = set(sys.modules); events.emit('x'); print(set(sys.modules) - loaded); events.close()"
    )

    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=PATIENCE_S, check=True)

    assert ran.stdout == "set()\n"


def test_a_heavy_handler_begins_anew_after_a_close() -> None:
    events, done = Emitter(), list[int]()
    events.on(Number, square)
    events.on(OffloadDone, lambda one: done.append(one.value))

    for value in (2, 3):
        with ThreadLoop(events):
            events.emit(Number(value))

    assert done == [4, 9]


def test_coroutines_can_be_off_loaded() -> None:
    @offload(executor="asyncio")
    async def ask(event: Number) -> int:
        await asyncio.sleep(0)
        return event.value + 1

    with Emitter() as events:
        done = list[int]()
        events.on(Number, ask)
        events.on(OffloadDone, lambda one: done.append(one.value))
        events.emit(Number(1))
        events.settle(PATIENCE_S)

    assert done == [2]


def test_what_makes_no_sense_is_refused_when_it_is_written() -> None:
    with pytest.raises(ExecutorError, match="no executor is called 'fibres'"):
        offload(executor="fibres")(square.function)
    with pytest.raises(UsageError, match="at least 1 event must be able to wait for a handler, not 0"):
        offload(most=0)


def test_a_report_shows_what_ran_off_the_loop() -> None:
    with Emitter() as events:
        events.on(Number, square)
        for value in range(3):
            events.emit(Number(value))
        events.settle(PATIENCE_S)
        report = events.report()

    (lane,) = report.lanes
    assert (lane.name, lane.is_elsewhere, len(lane.calls)) == ("square", True, 3)
    assert report.handlers[0].is_waiting
    assert report.notes == ("square runs off the loop, on threads x 4. threads was asked for.",)


HEAVY = """
import threading, time
from turnout.events import Emitter, ThreadLoop, offload

def work(n):
    begin = time.thread_time()
    while time.thread_time() - begin < 0.03:
        pass
    return n

events = Emitter()

@events.on(int)
@offload
def heavy(n):
    return work(n)

seen = []
events.on(object, lambda event: seen.append(event))
with ThreadLoop(events) as loop:
    for n in range({count}):
        events.emit(n)
    {then}
values = [event.value for event in seen if hasattr(event, "value")]
print(values == list(range({count})), loop.report().notes[0])
"""

WAITING = """
    import psutil
    while len(psutil.Process().children(recursive=True)) < 2:
        pass
    print("ready", flush=True)
    time.sleep(60)
"""


MOVED = "True heavy runs off the loop, on processes x "
ATTEMPTS = 3  # where others take the cores, processes may show no gain


@pytest.mark.integration
def test_work_that_computes_is_moved_to_processes_by_itself() -> None:
    command = [sys.executable, "-c", HEAVY.format(count=12, then="pass")]

    said = ""
    for _ in range(ATTEMPTS):
        ran = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=True)
        assert ran.stderr == ""
        assert ran.stdout.startswith("True heavy runs off the loop, on ")
        said = ran.stdout
        if said.startswith(MOVED):
            break

    assert said.startswith(MOVED)


@pytest.mark.integration
def test_ctrl_c_leaves_no_process() -> None:
    script = HEAVY.format(count=400, then=WAITING)

    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
        children = psutil.Process(program.pid).children(recursive=True)
        os.kill(program.pid, signal.SIGINT)
        _, errors = program.communicate(timeout=PATIENCE_S)
        _, alive = psutil.wait_procs(children, timeout=PATIENCE_S)

    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert alive == []
