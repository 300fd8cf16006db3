import asyncio
import threading
from concurrent import futures
from typing import Any

import pytest

from executors.work import Aside, Soon, double_soon, same
from turnout import Failure, Success
from turnout.executors import AsyncioExecutor, Batch
from turnout.executors.coroutines import CoroutineCrew
from turnout.trace import Recorder


def submit(pool: AsyncioExecutor, function: Any, *args: object) -> "futures.Future[Any]":
    """Submit a coroutine function, whose future has what it returns and not, as the types say, a coroutine."""
    return pool.submit(function, *args)


class Hall:
    """Where tasks wait, and whether they were told to leave."""

    def __init__(self) -> None:
        self.entered = threading.Semaphore(0)
        self.left: list[int] = []

    async def wait(self, number: int) -> int:
        """Wait for ever, unless the number is 0."""
        if number:
            self.entered.release()
            try:
                await asyncio.Event().wait()
            finally:
                self.left.append(number)
        return number


def test_leaving_early_cancels_the_tasks_that_wait() -> None:
    hall = Hall()
    outcomes = AsyncioExecutor(3).stream(hall.wait, range(3), ordered=False)

    first = next(outcomes)
    hall.entered.acquire()
    hall.entered.acquire()
    del outcomes

    assert first == Success(0, 0, 0)
    assert sorted(hall.left) == [1, 2]


def test_a_blocked_loop_does_not_hold_who_leaves() -> None:
    gate, entered = threading.Event(), threading.Event()

    def block(number: int) -> int:
        if number:
            entered.set()
            gate.wait()
        return number

    recorder = Recorder()
    outcomes = AsyncioExecutor(2).stream(Soon(block), range(2), batch_size=1, recorder=recorder)
    first = next(outcomes)
    entered.wait()

    del outcomes
    usage_while_blocked = dict(recorder.trace().usage)
    gate.set()

    assert first == Success(0, 0, 0)
    assert usage_while_blocked == {}


def test_an_item_that_cancels_itself_is_a_failure() -> None:
    async def cancel_itself(number: int) -> int:
        if number == 1:
            raise asyncio.CancelledError
        return number

    outcomes = list(AsyncioExecutor(2).stream(cancel_itself, range(3)))

    assert [type(outcome) for outcome in outcomes] == [Success, Failure, Success]


def test_items_wait_at_the_same_time() -> None:
    count = 20
    everybody = asyncio.Barrier(count)

    async def meet(_number: int) -> int:
        return await everybody.wait()

    outcomes = list(AsyncioExecutor(count).stream(meet, range(count), batch_size=1))

    assert all(isinstance(outcome, Success) for outcome in outcomes)


def test_time_on_a_core_is_told_apart_from_waiting() -> None:
    recorder = Recorder()

    list(AsyncioExecutor(2).stream(Aside(same), range(5), recorder=recorder))

    trace = recorder.trace()
    assert 0 < trace.cpu_ns < trace.busy_ns
    assert all(span.cpu_ns <= span.end_ns - span.start_ns for span in trace.spans())


def test_a_running_call_can_be_cancelled() -> None:
    hall = Hall()
    with AsyncioExecutor(1) as pool:
        future = submit(pool, hall.wait, 1)
        hall.entered.acquire()

        was_cancelled = future.cancel()
        next_one = submit(pool, double_soon, 2)

        assert was_cancelled
        assert next_one.result() == 4
    assert hall.left == [1]


def test_waiting_for_cancelled_calls_ends() -> None:
    hall = Hall()
    with AsyncioExecutor(1) as pool:
        calls: list[futures.Future[Any]] = [submit(pool, hall.wait, number) for number in (1, 2)]
        hall.entered.acquire()
        for call in reversed(calls):
            call.cancel()

        done, open_calls = futures.wait(calls)

    assert (len(done), open_calls) == (2, set())
    assert hall.left == [1]


def test_no_more_calls_run_at_once_than_allowed() -> None:
    running, most = 0, 0
    full = asyncio.Event()

    async def count(_number: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == 3:
            full.set()  # the first ones wait for it: calls may be handed over more slowly than they run
        await full.wait()
        running -= 1

    with AsyncioExecutor(3) as pool:
        futures.wait([submit(pool, count, number) for number in range(20)])

    assert most == 3


def test_a_crew_that_gets_more_workers_has_room_for_more() -> None:
    crew = CoroutineCrew(double_soon, 1, None)
    given = 0
    rooms = []

    for workers in (1, 16):
        crew.workers = workers
        while crew.has_room():
            crew.put(Batch(given, [given]))
            given += 1
        rooms.append(given)
    crew.close(None)

    assert rooms[0] <= 2
    assert rooms[1] >= 16


def test_an_executor_may_be_shut_down_from_its_own_loop() -> None:
    pool = AsyncioExecutor(1)

    async def shut_down() -> str:
        pool.shutdown(wait=True)
        return "done"

    assert submit(pool, shut_down).result() == "done"


def test_a_call_that_is_interrupted_keeps_the_loop_alive() -> None:
    async def interrupt() -> None:
        raise KeyboardInterrupt

    with AsyncioExecutor(1) as pool:
        bad = submit(pool, interrupt)
        good = submit(pool, double_soon, 1)

        with pytest.raises(KeyboardInterrupt):
            bad.result()
        assert good.result() == 2
