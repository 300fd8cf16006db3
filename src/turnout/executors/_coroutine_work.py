"""A batch of coroutine calls that one task makes, and its time limit."""

import asyncio
from array import array
from collections.abc import Callable, Coroutine, Generator
from functools import partial
from typing import Any

from turnout.clock import thread_cpu_ns, wall_ns
from turnout.executors._batches import Batch, Reply
from turnout.executors._copies import end_copy, forks
from turnout.executors._limits import GRACE_NS
from turnout.executors._stopwatch import Stopwatch


class CoroutineWork:
    """A batch that a task runs.

    With a time limit, one timer for the batch looks at how far it has got: quick items pay nothing for it.

    Args:
        batch: The items.
        worker: The task's number.
        watch: The time limit; None for none.
        when_abandoned: What to do once an item ignores that it was cancelled, and is given up.

    Attributes:
        worker: The task's number.
        is_abandoned: Whether the item at hand was given up.
    """

    __slots__ = (
        "_batch", "_began_ns", "_cancelled", "_cpus", "_ends", "_failures", "_start_ns", "_values", "_watch",
        "_when_abandoned", "is_abandoned", "worker",
    )  # fmt: skip

    def __init__(
        self,
        batch: Batch,
        worker: int,
        watch: Stopwatch | None,
        when_abandoned: "Callable[[CoroutineWork], None]",
    ) -> None:
        self.worker = worker
        self.is_abandoned = False
        self._when_abandoned = when_abandoned
        self._batch = batch
        self._watch = watch
        self._values: list[Any] = []  # the caller's results
        self._failures: dict[int, BaseException] = {}
        self._ends, self._cpus = array("q"), array("q")
        self._start_ns = self._began_ns = wall_ns()
        self._cancelled: int | None = None  # the offset of the item that was

    async def run(self, function: Callable[[Any], Any]) -> Reply:
        """Run the items one after the other; return the reply."""
        task = asyncio.current_task()
        if task is None:  # which a coroutine that a loop runs always has
            raise RuntimeError("a batch must be run by a task")
        timer = None if self._watch is None else _Timer(self._watch, partial(self._look, task))
        try:
            for offset, item in enumerate(self._batch.items):
                await self._run_item(task, function, item, offset)
                if self.is_abandoned:
                    break
        finally:
            if timer is not None:
                timer.stop()
        return self.reply()

    def reply(self) -> Reply:
        """Answer for the items that have ended."""
        done, batch = len(self._ends), self._batch
        spans = batch.spans(
            worker=self.worker, start_ns=self._start_ns, ends=self._ends, cpu_ns=sum(self._cpus), cpus=self._cpus
        )
        again = [Batch(batch.first + done, batch.items[done:], batch.attempt)] if done < len(batch.items) else []
        reply = Reply(batch, self._values, self._failures, spans, again=again)
        return reply if self._watch is None else self._watch.judge(reply)

    async def _run_item(
        self, task: "asyncio.Task[None]", function: Callable[[Any], Any], item: Any, offset: int
    ) -> None:
        metered, forked = _Metered(function, item), forks[0]
        value: Any = None  # the caller's
        failure: BaseException | None = None
        try:
            value = await metered
        except asyncio.CancelledError as error:
            # more often than by us: the stream was left
            if task.cancelling() > (offset == self._cancelled):
                raise
            failure = error
        except BaseException as error:  # noqa: BLE001  whatever an item raises is its outcome
            failure = error
        if forks[0] != forked:  # this is a process that the item forked
            end_copy(failure)
        if self.is_abandoned:
            return  # others have answered for it
        if offset == self._cancelled and self._watch is not None:
            task.uncancel()
            failure = _caused(self._watch.error("its task was cancelled"), failure)
        self._end(value, failure, metered.cpu_ns)

    def _end(self, value: Any, failure: BaseException | None, cpu_ns: int) -> None:
        if failure is not None:
            self._failures[len(self._values)] = failure
        self._values.append(value if failure is None else None)
        self._cpus.append(cpu_ns)
        self._began_ns = wall_ns()
        self._ends.append(self._began_ns)

    def _look(self, task: "asyncio.Task[None]", watch: Stopwatch) -> int | None:
        """Cancel the item at hand if it is late, and give it up if that was in vain; return when to look again."""
        late_ns, offset = self._began_ns + watch.limit_ns, len(self._ends)
        if wall_ns() < late_ns:
            return late_ns
        if offset != self._cancelled:
            self._cancelled = offset
            task.cancel()
            return wall_ns() + GRACE_NS
        self.is_abandoned = True
        self._end(None, watch.error("its task ignores that it was cancelled and goes on"), 0)
        self._when_abandoned(self)
        return None


class _Metered:
    """A coroutine function's call, whose time on a core is added up step by step."""

    __slots__ = ("_function", "_item", "cpu_ns")

    def __init__(self, function: Callable[[Any], Coroutine[Any, Any, Any]], item: Any) -> None:  # of the caller's types
        self._function = function
        self._item = item
        self.cpu_ns = 0

    def __await__(self) -> Generator[Any, Any, Any]:
        coroutine = self._function(self._item)
        step: Callable[[Any], Any] = coroutine.send
        given: Any = None  # what the event loop sends in or throws
        while True:
            before = thread_cpu_ns()
            try:
                waiting_for = step(given)
            except StopIteration as end:
                return end.value
            finally:
                self.cpu_ns += thread_cpu_ns() - before
            try:
                given, step = (yield waiting_for), coroutine.send
            except BaseException as error:  # noqa: BLE001  a cancellation belongs inside the coroutine
                given, step = error, coroutine.throw


class _Timer:
    """Calls ``look`` in the running event loop whenever that has asked for it."""

    def __init__(self, watch: Stopwatch, look: Callable[[Stopwatch], int | None]) -> None:
        self._watch = watch
        self._look = look
        self._loop = asyncio.get_running_loop()
        self._handle: asyncio.TimerHandle | None = None
        self._set(wall_ns() + watch.limit_ns)

    def stop(self) -> None:
        """Look no more."""
        if self._handle is not None:
            self._handle.cancel()

    def _set(self, look_ns: int) -> None:
        self._handle = self._loop.call_later((look_ns - wall_ns()) / 1e9, self._ring)

    def _ring(self) -> None:
        look_ns = self._look(self._watch)
        if look_ns is not None:
            self._set(look_ns)


def _caused(error: BaseException, cause: BaseException | None) -> BaseException:
    error.__cause__ = cause  # whose traceback tells where the item was
    return error
