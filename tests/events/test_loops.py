import asyncio
import threading
from typing import TYPE_CHECKING, cast

import pytest

from events.fake_tk import FakeTk
from turnout.clock import wall_ns
from turnout.errors import UsageError
from turnout.events import AsyncioLoop, Emitter, HandlerFailed, LoopBlocked, Named, ThreadLoop, TkLoop
from turnout.testing import FakeClock

if TYPE_CHECKING:
    import tkinter as tk

PATIENCE_S = 20


def window(clock: FakeClock) -> "tuple[FakeTk, tk.Misc]":
    """Return a window, once as what it is and once as what it stands for."""
    root = FakeTk(clock)
    return root, cast("tk.Misc", root)  # it has what a loop asks of one


def busy_ms(wall_ms: int) -> None:
    until_ns = wall_ns() + wall_ms * 1_000_000
    while wall_ns() < until_ns:
        pass


def test_asyncio_handles_what_other_threads_emit_in_its_own() -> None:
    events, threads = Emitter(), set[int]()
    events.on(int, lambda _: threads.add(threading.get_ident()))

    async def main() -> None:
        async with AsyncioLoop(events):
            await asyncio.gather(*(asyncio.to_thread(events.emit, number) for number in range(20)))

    asyncio.run(main())

    assert (threads, events.stats().kinds[0].count) == ({threading.get_ident()}, 20)


def test_asyncio_calls_handlers_before_emit_returns_in_its_own_thread() -> None:
    events, order = Emitter(), list[str]()

    @events.on("first")
    def first(_: Named) -> None:
        events.emit("second")
        order.append("first")

    events.on("second", lambda _: order.append("second"))

    async def main() -> None:
        async with AsyncioLoop(events):
            events.emit("first")
            order.append("emitted")

    asyncio.run(main())

    assert order == ["first", "second", "emitted"]


def test_leaving_waits_for_coroutines_and_what_they_emit() -> None:
    events, order = Emitter(), list[object]()

    @events.on(int)
    async def count(number: int) -> None:
        await asyncio.sleep(0)
        order.append(number)
        if number:
            events.emit(number - 1)

    async def main() -> None:
        async with AsyncioLoop(events):
            events.emit(3)

    asyncio.run(main())

    assert order == [3, 2, 1, 0]
    assert events.stats().handlers[0].latency.count == 4


def test_leaving_with_an_error_cancels_coroutines() -> None:
    events, ends = Emitter(), list[str]()

    @events.on("wait")
    async def wait(_: Named) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ends.append("cancelled")

    async def main() -> None:
        async with AsyncioLoop(events):
            events.emit("wait")
            await asyncio.sleep(0)
            raise ValueError("enough")

    with pytest.raises(ValueError, match="enough"):
        asyncio.run(main())

    assert ends == ["cancelled"]


def test_an_emitter_is_bound_to_one_loop() -> None:
    events = Emitter()

    async def main() -> None:
        async with AsyncioLoop(events), AsyncioLoop(events):
            pass

    with pytest.raises(UsageError, match="the emitter events is bound to a loop already"):
        asyncio.run(main())


def test_a_burst_from_another_thread_is_handled_in_order_and_measured() -> None:
    events, seen = Emitter(), list[int]()
    events.on(int, seen.append)

    with ThreadLoop(events):
        for number in range(1_000):
            events.emit(number)

    (kind,) = events.stats().kinds
    assert (seen, kind.waited.count) == (list(range(1_000)), 1_000)


def test_a_thread_runs_coroutines_and_tells_their_failures() -> None:
    events, failures = Emitter(), list[str]()
    events.on(HandlerFailed, lambda failed: failures.append(str(failed.error)))

    @events.on("fail")
    async def fail(_: Named) -> None:
        await asyncio.sleep(0)
        raise ValueError("late")

    with ThreadLoop(events):
        events.emit("fail")

    assert failures == ["late"]


def test_a_limited_kind_holds_up_the_thread_that_floods() -> None:
    events, seen = Emitter(), list[int]()
    events.on(int, seen.append)
    events.limit(int, 5)

    with ThreadLoop(events):
        for number in range(500):
            events.emit(number)

    assert (seen, events.stats().kinds[0].most_waiting) == (list(range(500)), 5)


def test_leaving_a_thread_in_a_hurry_waits_for_nothing_that_waits() -> None:
    events, seen, gate = Emitter(), list[int](), threading.Event()

    @events.on(int)
    def hear(number: int) -> None:
        seen.append(number)
        gate.wait(PATIENCE_S)

    def leave_in_a_hurry() -> None:
        with ThreadLoop(events):
            for number in range(5):
                events.emit(number)
            while not seen:
                pass
            threading.Timer(0.05, gate.set).start()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        leave_in_a_hurry()

    assert len(seen) < 5


def test_a_thread_cannot_take_an_emitter_that_is_bound() -> None:
    events = Emitter()

    with ThreadLoop(events), pytest.raises(UsageError, match="is bound to a loop already"), ThreadLoop(events):
        pass


def test_timers_emit_once_and_again_and_again() -> None:
    events, seen, enough = Emitter(), list[str](), threading.Event()

    @events.on("*")
    def hear(event: Named) -> None:
        seen.append(event.name)
        if seen.count("tick") >= 3 and "once" in seen:
            enough.set()

    with ThreadLoop(events) as loop:
        tick = loop.every(0.001, "tick")
        loop.after(0.001, "once")
        loop.after(60, "never").remove()
        found = enough.wait(PATIENCE_S)
        tick.remove()

    assert (found, seen.count("once"), seen.count("never")) == (True, 1, 0)


def test_timers_of_a_loop_that_does_not_run_are_refused() -> None:
    loop = ThreadLoop(Emitter())

    with pytest.raises(UsageError, match="the loop does not run"):
        loop.after(1, "never")
    with pytest.raises(UsageError, match="probe_s must be above 0 seconds, not 0"):
        ThreadLoop(Emitter(), probe_s=0)


def test_a_block_is_seen_with_the_stack_of_what_blocked() -> None:
    events, blocks = Emitter(slow_s=0.05), list[LoopBlocked]()
    events.on(LoopBlocked, blocks.append)
    events.on("block", lambda _: busy_ms(400))

    with ThreadLoop(events, block_s=0.1) as loop:
        events.emit("block")

    (slow,) = events.stats().slow
    assert any("busy_ms" in line for line in slow.stack)
    assert any(one.took_ns > 100_000_000 for one in loop.lag.blocks)
    assert any("busy_ms" in line for line in blocks[0].stack)


def test_tk_calls_handlers_at_once_and_coroutines_step_by_step() -> None:
    clock = FakeClock(start_ns=1)
    root, misc = window(clock)
    events, order = Emitter(clock=clock), list[object]()

    @events.on("ask")
    async def ask(_: Named) -> None:
        order.append("asked")
        await asyncio.sleep(0)
        order.append("answered")

    events.on("key", lambda event: order.append(event.payload))

    with TkLoop(events, misc):
        events.emit("key", 1)
        events.emit("ask")
        events.emit("key", 2)
        root.run_ms(50)

    assert (order, root.timers) == ([1, 2, "asked", "answered"], 0)


def test_tk_handles_what_other_threads_emit_when_its_probe_rings() -> None:
    clock = FakeClock(start_ns=1)
    root, misc = window(clock)
    events, threads = Emitter(clock=clock), list[int]()
    events.on(int, lambda _: threads.append(threading.get_ident()))

    with TkLoop(events, misc):
        other = threading.Thread(target=lambda: [events.emit(number) for number in range(3)])  # type: ignore[func-returns-value]  # it is called
        other.start()
        other.join()
        before = len(threads)
        root.run_ms(11)

    assert (before, threads) == (0, [threading.get_ident()] * 3)


def test_tk_knows_how_late_it_was() -> None:
    clock = FakeClock(start_ns=1)
    root, misc = window(clock)
    events, blocks = Emitter(clock=clock), list[LoopBlocked]()
    events.on(LoopBlocked, blocks.append)

    with TkLoop(events, misc) as loop:
        root.run_ms(25)
        clock.wait(120)
        root.run_ms(1)
        late_ns = loop.late_ns

    assert 110_000_000 <= late_ns <= 121_000_000
    assert [block.took_ns for block in blocks] == [late_ns + 5_000_000]


def test_a_handler_that_updates_tk_is_not_entered_again() -> None:
    clock = FakeClock(start_ns=1)
    root, misc = window(clock)
    events, order = Emitter(clock=clock), list[str]()

    @events.on("slow")
    def slow(event: Named) -> None:
        order.append(f"{event.payload} begins")
        if event.payload == 1:
            events.emit("slow", 2)
            root.run_ms(30)
        order.append(f"{event.payload} ends")

    with TkLoop(events, misc):
        events.emit("slow", 1)

    assert order == ["1 begins", "1 ends", "2 begins", "2 ends"]


def test_the_loop_ends_with_the_window() -> None:
    clock = FakeClock(start_ns=1)
    root, misc = window(clock)
    events = Emitter(clock=clock)
    loop = TkLoop(events, misc)

    root.destroy()
    loop.close()

    assert root.timers == 0
    TkLoop(events, misc).close()


def test_a_report_tells_of_handlers_events_and_the_loop() -> None:
    clock = FakeClock(start_ns=1)
    root, misc = window(clock)
    events = Emitter("keys", clock=clock)

    @events.on("key")
    def draw(_: Named) -> None:
        clock.wait(150)

    @events.on("key")
    async def ask(_: Named) -> None:
        clock.wait(1)

    with TkLoop(events, misc) as loop:
        events.emit("key")
        root.run_ms(20)
        report = loop.report()

    assert (report.title, report.wall_ns, report.kinds[0].count) == ("keys", 171_000_000, 1)
    assert (report.handlers[0].longest_ns, [row.is_waiting for row in report.handlers]) == (150_000_000, [False, True])
    assert report.lanes[0].calls == ((0, 150_000_000),)
    assert report.loop is not None
    assert [block.took_ns for block in report.loop.blocks] == [146_000_000]
    assert events.report("other").loop is None


def test_a_bound_emitter_handles_events_of_its_thread_one_after_the_other() -> None:
    events, order, failures = Emitter(), list[object](), list[object]()
    events.on(HandlerFailed, lambda failed: failures.append(failed.event))

    @events.on(int)
    def hear(number: int) -> None:
        order.append(f"{number} begins")
        if number == 3:
            raise ValueError
        if number % 2:
            events.emit(number + 1)
        if number == 5:
            busy_ms(1)
        order.append(f"{number} ends")

    async def main() -> None:
        async with AsyncioLoop(events):
            for number in (1, 3, 5):
                events.emit(number)

    asyncio.run(main())

    ends = [
        f"{number} {what}" for number in (1, 2, 3, 5, 6) for what in ("begins", "ends") if (number, what) != (3, "ends")
    ]
    assert (order, failures) == (ends, [3])
    (stats,) = [one for one in events.stats().handlers if one.kind == "int"]
    assert (stats.latency.count, stats.failed) == (5, 1)
    assert stats.latency.longest_ns >= 1_000_000


def test_timers_end_with_their_loop() -> None:
    clock = FakeClock(start_ns=1)
    root, misc = window(clock)
    events, ticks = Emitter(clock=clock), list[object]()
    events.on("tick", ticks.append)

    with TkLoop(events, misc) as loop:
        loop.every(0.01, "tick")
        loop.after(0.5, "tick")
        root.run_ms(35)
    root.run_ms(1_000)

    assert (len(ticks), root.timers) == (3, 0)
    with pytest.raises(UsageError, match="the time between two events must be above 0 seconds, not 0"):
        loop.every(0, "tick")
