"""Iterating in a thread, seen from the event loop."""

import asyncio
import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import aclosing
from contextvars import Context
from pathlib import Path
from typing import Any, TypeVarTuple

import pytest

import turnout
from executors.leftovers import holdings, left_since
from turnout.pipeline import iterate_in_thread
from turnout.pipeline._aside import AHEAD

Ts = TypeVarTuple("Ts")


def test_all_items_come_in_order() -> None:
    groups = [range(3), range(3, 3), range(3, 4000), *(range(place, place + 1) for place in range(4000, 5000))]

    async def take() -> list[int]:
        return [item async for item in iterate_in_thread(map(list, groups), lambda: None)]

    assert asyncio.run(take()) == list(range(5000))


def test_a_reader_that_does_not_read_holds_the_items_back() -> None:
    pulled = itertools.count()
    ahead: list[int] = []

    def groups() -> Iterator[list[int]]:
        while True:
            yield [next(pulled)] * (AHEAD // 2)

    async def take() -> None:
        iterator = iterate_in_thread(itertools.takewhile(lambda _: not ahead, groups()), lambda: ahead.append(1))
        await anext(iterator)
        for _ in range(1000):
            await asyncio.sleep(0)
        await iterator.aclose()

    asyncio.run(take())

    assert next(pulled) <= 8  # those taken, those that wait, the one that is held back, and the one that sees the end


def test_the_event_loop_goes_on_while_an_item_is_waited_for() -> None:
    go_on = threading.Event()

    def groups() -> Iterator[list[str]]:
        yield ["first"]
        go_on.wait()
        yield ["second"]

    async def take() -> list[str]:
        iterator = iterate_in_thread(groups(), lambda: None)
        found = [await anext(iterator)]
        asyncio.get_running_loop().call_soon(go_on.set)  # which never comes if the loop is blocked
        return found + [item async for item in iterator]

    assert asyncio.run(take()) == ["first", "second"]


def test_an_error_is_raised_after_the_items_before_it() -> None:
    def groups() -> Iterator[list[int]]:
        yield [1, 2]
        raise OSError("the disk is gone")

    found: list[int] = []

    async def take() -> None:
        async for item in iterate_in_thread(groups(), lambda: None):
            found.append(item)  # noqa: PERF401  those before the error

    with pytest.raises(OSError, match="the disk is gone"):
        asyncio.run(take())
    assert found == [1, 2]


@pytest.mark.parametrize("leave", ["break", "cancel"])
def test_leaving_early_stops_the_items_and_leaves_no_thread(leave: str) -> None:
    stopped = threading.Event()
    before = holdings()

    def groups() -> Iterator[list[int]]:
        for item in itertools.count():
            if stopped.is_set():
                return
            if item == 3:
                stopped.wait()
            yield [item]

    async def take() -> None:
        iterator = iterate_in_thread(groups(), stopped.set)
        async for item in iterator:
            if item == 2 and leave == "break":
                break
        await iterator.aclose()

    async def live() -> None:
        task = asyncio.create_task(take())
        if leave == "cancel":
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        await asyncio.wait([task])

    asyncio.run(live())

    assert left_since(before) == []


def test_a_run_that_is_taken_to_its_end_was_not_interrupted() -> None:
    run = turnout.run(str, range(3), executor="sequential")

    async def take() -> int:
        return len([outcome async for outcome in run])

    assert asyncio.run(take()) == 3
    assert not run.status.is_interrupted


def test_a_run_that_is_left_early_was_interrupted() -> None:
    run = turnout.run(str, itertools.count(), executor="sequential")

    async def take() -> None:
        iterator = aiter(run)
        await anext(iterator)
        await iterator.aclose()

    asyncio.run(take())

    assert run.status.is_interrupted


def fail_at_seven(item: int) -> int:
    if item == 7:
        raise LookupError(item)
    return item


WORKS = {
    "map": fail_at_seven,
    "pipeline": turnout.stage(str, executor="threads")
    | turnout.stage(int, executor="threads")
    | turnout.stage(fail_at_seven, executor="threads"),
}


@pytest.mark.parametrize("work", WORKS.values(), ids=WORKS)
@pytest.mark.parametrize("on_error", ["return", "skip"])
@pytest.mark.parametrize("progress", [False, True])
def test_the_same_comes_with_async_for_as_with_for(work: Any, on_error: Any, progress: bool) -> None:  # noqa: FBT001
    expected = list(turnout.run(work, range(500), on_error=on_error))
    run = turnout.run(work, range(500), on_error=on_error, progress=progress)

    async def take() -> list[Any]:
        return [outcome async for outcome in run]

    found = asyncio.run(take())

    assert [(type(one), one.item, one.index) for one in found] == [(type(one), one.item, one.index) for one in expected]
    assert (run.status.done, run.status.failed) == (500, 1)


@pytest.mark.parametrize("work", WORKS.values(), ids=WORKS)
def test_the_first_failure_is_raised_in_async_for_after_what_came_before_it(work: Any) -> None:
    found: list[int] = []

    async def take() -> None:
        async for outcome in turnout.run(work, range(500), on_error="raise"):
            found.append(outcome.index)  # noqa: PERF401  those before the error

    with pytest.raises(LookupError, match="7") as caught:
        asyncio.run(take())
    assert found == list(range(7))
    assert caught.value.__notes__ == ["the item was 7, at index 7"]


class CountingLoop(asyncio.SelectorEventLoop):
    """Counts how often another thread wakes it."""

    woken = 0

    def call_soon_threadsafe(
        self,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.Handle:
        self.woken += 1
        return super().call_soon_threadsafe(callback, *args, context=context)


@pytest.mark.parametrize("on_error", ["return", "raise", "skip"])
def test_outcomes_that_are_there_together_change_threads_together(on_error: Any) -> None:
    loop = CountingLoop()

    async def take() -> int:
        run = turnout.run(str, range(20_000), executor="sequential", batch_size=100, on_error=on_error)
        return len([outcome async for outcome in run])

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        found = runner.run(take())

    assert found == 20_000
    assert loop.woken < 2 * 200 + 10  # for each batch once, and again where it found room for a part only


def test_what_fails_after_the_reader_has_left_is_told_to_nobody() -> None:
    def groups() -> Iterator[list[int]]:
        yield [0]
        yield [1] * (3 * AHEAD)  # which waits for room until the reader has left
        raise LookupError

    async def take() -> int:
        async with aclosing(iterate_in_thread(groups(), lambda: None)) as iterator:
            return await anext(iterator)

    assert asyncio.run(take()) == 0


class LeavingError(Exception):
    """What a reader raises."""


@pytest.mark.parametrize("leave", ["break", "raise", "cancel", "never begin", "come to the end"])
@pytest.mark.parametrize("work", [str, WORKS["pipeline"]], ids=["map", "pipeline"])
def test_nothing_is_left_behind_an_async_with(work: Any, leave: str, tmp_path: Path) -> None:
    items = range(300) if leave == "come to the end" else itertools.count(8)
    run = turnout.run(work, items, journal=tmp_path / "journal")
    is_left: list[bool] = []

    async def take() -> None:
        async with run:
            outcomes = aiter(run)
            if leave == "never begin":
                return
            async for _ in outcomes:
                if leave == "break":
                    break
                if leave == "raise":
                    raise LeavingError
                if leave == "cancel":
                    asyncio.current_task().cancel()  # type: ignore[union-attr]  # this is a task
        is_left.append(True)

    async def live() -> None:
        before = threading.active_count()
        (found,) = await asyncio.gather(asyncio.create_task(take()), return_exceptions=True)
        kinds = {"raise": LeavingError, "cancel": asyncio.CancelledError}
        assert type(found) is kinds.get(leave, type(None))
        assert threading.active_count() == before

    asyncio.run(live())

    assert run.status.is_interrupted == (leave in {"break", "raise", "cancel"})
    assert not list(tmp_path.glob("*-lock"))


@pytest.mark.parametrize("ends", ["break", "raise"])
@pytest.mark.parametrize("executor", ["sequential", "threads"])
def test_a_run_that_is_left_early_in_async_for_leaves_nothing_behind(executor: str, ends: str) -> None:
    before = holdings()

    async def take() -> None:
        with turnout.run(str, itertools.count(), executor=executor) as run:
            async for _ in run:
                if ends == "raise":
                    raise LeavingError
                break

    if ends == "raise":
        with pytest.raises(LeavingError):
            asyncio.run(take())
    else:
        asyncio.run(take())

    assert left_since(before) == []


def test_closing_in_another_task_ends_the_iteration() -> None:
    async def take(run: Any, begun: asyncio.Event) -> int:
        count = 0
        async for _ in run:
            begun.set()
            count += 1
        return count

    async def live() -> int:
        begun = asyncio.Event()
        async with turnout.run(str, itertools.count(), executor="threads") as run:
            taking = asyncio.create_task(take(run, begun))
            await begun.wait()
        return await taking

    assert asyncio.run(live()) > 0
