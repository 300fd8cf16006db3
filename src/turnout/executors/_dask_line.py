"""The connection to a Dask scheduler: a thread with an event loop, which sends orders and reports answers."""

import asyncio
import pickle
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import nullcontext
from itertools import count
from typing import Any
from uuid import uuid4

from turnout.clock import wall_ns
from turnout.errors import ClusterError, message_of
from turnout.executors import _dask_api
from turnout.executors._dask_cluster import LocalDask
from turnout.executors._dask_tickets import Lost, Report, Ticket, share_out
from turnout.executors._dask_worker import Answered, Order, Packed, finish

LOOK_S = 2  # how often to look for new workers, and whether the scheduler is still there
SILENCE_S = 30  # a busy scheduler may be silent for seconds
WORKERS_S = 10  # for the first worker to come
WORKERLESS_S = 60  # for another to come when all have gone; a nanny starts one anew within seconds
FINISH_S = 1
LARGE_BYTES = 1_000_000
RESUME = (
    "what was reported stays valid: with a journal, the same run goes on from there; without one, run what is missing"
)


class Line:
    """A client of one scheduler.

    Args:
        address: Of the scheduler.
        cluster: What is to be ended with the line, if the scheduler is ours.

    Attributes:
        users: How many hold it; counted by who hands it out.
        slots: How many orders the workers can obey at once.
        on_growth: Called, in the line's own thread, when there are more slots than before.
        broken: Why nothing can be sent any more; None while it can.

    Raises:
        ClusterError: If the scheduler cannot be reached, or has no workers.
    """

    def __init__(self, address: str, cluster: LocalDask | None = None) -> None:
        self.address = address
        self.users = 0
        self.on_growth: set[Callable[[], None]] = set()
        self.slots = 0
        self._threads: dict[str, int] = {}  # of each worker
        self._counting: asyncio.Task[int] | None = None
        self.broken: ClusterError | None = None
        self._cluster = cluster
        self._tickets: dict[str, Ticket] = {}
        self._name = f"turnout-{uuid4().hex}"  # the part before the hyphen is how Dask groups our tasks
        self._numbers = count()
        self._client: Any = None  # a distributed.Client, once there is one
        self._leave = asyncio.Event()
        self._is_left = False
        self._opened: Future[asyncio.AbstractEventLoop] = Future()
        self._thread = threading.Thread(target=self._live, name="turnout dask", daemon=True)
        self._thread.start()
        try:
            self._loop = self._opened.result()
        except BaseException:
            self.close()
            raise

    def send(
        self, order: Order, payload: bytes, report: Report, *, near: str | None = None, alone: bool = False
    ) -> str:
        """Have an order obeyed by whichever worker is free.

        Args:
            order: What to do.
            payload: With what.
            report: Called in the line's own thread with the order's number and the answer, once, unless it is dropped.
            near: The address of the worker that should have it; if it has gone, or by default, the least busy one has.
            alone: Whether it waits for a worker that has nothing else of ours, and gets nothing until this is done.

        Returns:
            The order's number, for `drop`.
        """
        buffers: list[pickle.PickleBuffer] = []
        data = pickle.dumps(Packed(order, payload), 5, buffer_callback=buffers.append)
        key = f"{self._name}-{next(self._numbers)}"
        self._soon(self._begin, Ticket(key, data, buffers, report, near, alone))
        return key

    @property
    def worker_count(self) -> int:
        """How many Dask workers there are."""
        return len(self._threads)

    def drop(self, keys: list[str]) -> None:
        """Cancel orders; a worker that has begun one ends its process half a second later."""
        self._soon(self._drop, keys)

    def finish(self, stream: str) -> list[tuple[str, int, Any]]:
        """End the stream's processes on all workers; return (address, pid, what it used) of those that were idle."""
        if self.broken is not None:
            return []
        try:
            future = asyncio.run_coroutine_threadsafe(self._finish(stream), self._loop)
        except RuntimeError:
            return []  # the loop has ended
        try:
            return future.result(FINISH_S + 1)
        except (FutureTimeoutError, ClusterError):
            return []

    def close(self) -> None:
        """Leave the scheduler, and end it if it is ours."""
        self._is_left = True
        if self._opened.done() and self._opened.exception() is None:
            self._soon(self._leave.set)
        if threading.current_thread() is not self._thread:
            self._thread.join()
        if self._cluster is not None:
            self._cluster.close()

    def _soon(self, function: Callable[..., object], *arguments: object) -> None:
        try:
            self._loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:  # the loop has ended, and everybody was told
            for each in arguments:
                if isinstance(each, Ticket):
                    each.report(self.broken or self._gone("the connection was closed"))

    def _live(self) -> None:
        speak_again = _dask_api.be_quiet_here()
        try:
            asyncio.run(self._run())
        except BaseException as error:  # noqa: BLE001  who waits for this thread must not wait for ever
            if self._opened.done():
                self._break(self._gone(message_of(error)))
            else:
                self._opened.set_exception(error)
        finally:
            speak_again()

    async def _run(self) -> None:
        self._client = client = await _dask_api.connect(self.address)
        try:
            await self._await_workers()
            client.subscribe_topic("all", self._hear)
            self._opened.set_result(asyncio.get_running_loop())
            if not self._is_left:
                await self._watch()
            if self.broken is None:
                client.unsubscribe_topic("all")
        finally:
            for ticket in list(self._tickets.values()):
                if ticket.task is not None:
                    ticket.task.cancel()
            await _dask_api.close(client)

    async def _await_workers(self) -> None:
        deadline = wall_ns() + WORKERS_S * 1_000_000_000
        while not await self._count():
            if wall_ns() > deadline:
                raise ClusterError(
                    f"the Dask scheduler at {self.address} has no workers, and none came within {WORKERS_S} s; "
                    f"start some with `dask worker {self.address}`"
                )
            await asyncio.sleep(0.05)

    async def _count(self) -> int:
        threads: dict[str, int] = await asyncio.wait_for(self._client.scheduler.ncores(), SILENCE_S)
        before, self._threads, self.slots = self.slots, threads, sum(threads.values())
        if self.slots > before:
            for told in tuple(self.on_growth):
                told()
        for ticket in self._tickets.values():
            if ticket.address is not None and ticket.address not in threads:
                _lose(ticket, ticket.address)  # it went before the order came
        self._share_out()
        return self.slots

    async def _watch(self) -> None:
        """Look now and then who works, until somebody leaves or the scheduler is gone."""
        seen_ns = wall_ns()
        while self.broken is None:
            try:
                await asyncio.wait_for(self._leave.wait(), LOOK_S)
            except TimeoutError:
                pass
            else:
                return
            try:
                found = await self._count()
            except Exception as error:  # noqa: BLE001  whatever keeps it from answering
                self._break(self._gone(message_of(error) or f"no answer for {SILENCE_S} s"))
                return
            seen_ns = wall_ns() if found else seen_ns
            if wall_ns() - seen_ns > WORKERLESS_S * 1_000_000_000:
                self._break(
                    ClusterError(
                        f"all workers of the Dask scheduler at {self.address} are gone; start some, then {RESUME}"
                    )
                )

    def _begin(self, ticket: Ticket) -> None:
        if self.broken is not None:
            ticket.report(self.broken)
            return
        self._tickets[ticket.key] = ticket
        self._share_out()

    def _share_out(self) -> None:
        for ticket in share_out(self._tickets.values(), self._threads):
            ticket.task = asyncio.get_running_loop().create_task(self._follow(ticket))

    async def _follow(self, ticket: Ticket) -> None:
        future: Any = None
        found: Answered | Lost | ClusterError
        try:
            future = self._submit(ticket)
            found = await future
        except asyncio.CancelledError:  # by us, or by the client when it lost the scheduler
            if ticket.key not in self._tickets:
                return
            found = self._gone("the connection was lost") if ticket.lost is None else Lost(ticket.lost)
        except Exception as error:  # noqa: BLE001  whatever Dask says must reach who waits
            lost = _dask_api.lost_worker(error)
            if lost is not None:
                found = Lost(lost)
            elif _dask_api.is_cut_off(error):
                found = self._gone("the connection was lost")
            else:
                found = self._refused(error)
        finally:
            if future is not None:
                future.release()
        self._tickets.pop(ticket.key, None)
        if isinstance(found, ClusterError):
            self._break(found)
        ticket.report(found)
        self._share_out()

    def _submit(self, ticket: Ticket) -> Any:  # a distributed.Future
        size = sum(buffer.raw().nbytes for buffer in ticket.buffers)
        # bound to a worker, or Dask would run it on another one when that dies, before we could keep it from doing so
        bound = {"workers": [ticket.address], "allow_other_workers": False}
        with _dask_api.quiet_about_size() if size > LARGE_BYTES else nullcontext():
            return self._client.submit(
                pickle.loads, ticket.data, buffers=ticket.buffers, key=ticket.key, pure=False, retries=0, **bound
            )

    def _drop(self, keys: list[str]) -> None:
        for key in keys:
            ticket = self._tickets.pop(key, None)
            if ticket is not None and ticket.task is not None:
                ticket.task.cancel()
        self._share_out()

    def _hear(self, event: tuple[float, Any]) -> None:
        """Learn who comes and goes; what a worker held that has gone is tried again by us, and not by Dask."""
        _moment, told = event
        action = told.get("action") if isinstance(told, dict) else None
        if action == "add-worker":
            self._counting = asyncio.get_running_loop().create_task(self._count())
        if action != "remove-worker":
            return
        address = str(told.get("worker"))
        self.slots -= self._threads.pop(address, 0)
        for key in {*told.get("processing-tasks", ()), *told.get("lost-computed-tasks", ())}:
            ticket = self._tickets.get(key)
            if ticket is not None:
                _lose(ticket, address)

    async def _finish(self, stream: str) -> list[tuple[str, int, Any]]:
        run: Coroutine[Any, Any, dict[str, Any]] = self._client.run(finish, stream, on_error="ignore")
        used = await asyncio.wait_for(run, FINISH_S)
        return [(address, pid, usage) for address, each in used.items() for pid, usage in each]

    def _break(self, error: ClusterError) -> None:
        """Tell everybody who waits."""
        if self.broken is None:
            self.broken = error
        tickets, self._tickets = list(self._tickets.values()), {}
        for ticket in tickets:
            if ticket.task is not None:
                ticket.task.cancel()
            ticket.report(error)

    def _gone(self, found: str) -> ClusterError:
        return ClusterError(
            f"the Dask scheduler at {self.address} went away ({found}); start it again, or name another; {RESUME}"
        )

    def _refused(self, error: Exception) -> ClusterError:
        if isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] in {
            "turnout",
            "cloudpickle",
        }:
            return ClusterError(
                f"a worker of the Dask scheduler at {self.address} cannot import {error.name}: "
                "run `pip install 'turnout[dask]'` in the environment of each worker, then start it again"
            )
        what = f"{type(error).__name__}: {message_of(error)}"
        return ClusterError(f"the Dask cluster at {self.address} did not run a batch: {what}; {RESUME}")


def _lose(ticket: Ticket, address: str) -> None:
    ticket.lost = address
    if ticket.task is not None:
        asyncio.get_running_loop().call_soon(ticket.task.cancel)  # not before it has begun, or it would tell nobody
