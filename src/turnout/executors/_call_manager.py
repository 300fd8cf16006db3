"""Worker processes for single calls, driven by a thread of their own, since a future must be set while nobody waits."""

import os
import pickle
import select
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import current_process
from typing import Any

from turnout.errors import WorkerDiedError
from turnout.executors._futures import Pending, broken_by, finish_at_end, settle
from turnout.executors._launch import Hired, Launcher, StartMethod, launcher
from turnout.executors._limits import DEATHS
from turnout.executors._link import Frame, Kind, Outbox, fill_standard, receive
from turnout.executors._native_pools import threads_each
from turnout.executors._pickling import dumps, unpack_error
from turnout.executors._serve import Inherited
from turnout.executors._setup import adopt_key
from turnout.machine import usable_cpus
from turnout.machine._memory_kills import MemoryKills


class CallManager:
    """Gives calls to workers and results to futures.

    Workers that are forked are started at once, while this process may still have one thread only; all others when
    there is something to do for them.

    Args:
        workers: How many there are at most.
        start_method: How they are started; replacements of forked ones come from a fork server.
        initializer: Called first in each worker, with its arguments; None for nothing.
        calls_each: After how many calls a worker is replaced; None for never.
    """

    def __init__(
        self,
        workers: int,
        start_method: StartMethod,
        initializer: tuple[Callable[..., object] | None, tuple[Any, ...]],
        calls_each: int | None,
    ) -> None:
        self._limit = workers
        self._calls_each = calls_each
        self._setup = b""
        if initializer[0] is not None:
            self._setup = dumps((initializer[0], initializer[1], {}), lambda: "the initializer")
        self._pending = Pending()
        self._crew: dict[int, _Caller] = {}
        self._poll = select.poll()
        fill_standard()
        self._wake_reader, self._wake_writer = os.pipe()
        os.set_blocking(self._wake_reader, False)
        self._poll.register(self._wake_reader, select.POLLIN)
        self._deaths = 0
        self._is_killed = False
        self._has_thread = False
        self._threads = threads_each(workers, usable_cpus())
        self._launchers: list[Launcher] = [launcher(start_method, self._threads)]
        self._memory_kills = MemoryKills()
        self._was_forked = start_method == "fork"
        if self._was_forked:
            for _ in range(workers):
                self._hire()
        self._has_thread = True
        self._thread = threading.Thread(target=self._live, name="turnout calls", daemon=True)
        self._thread.start()
        finish_at_end(self)

    def put(self, future: Future[Any], payload: bytes) -> None:
        """Have a pickled call made for ``future``.

        Raises:
            BrokenProcessPool: If the workers can't start.
            RuntimeError: If the program is ending.
        """
        self._pending.put(future, payload)
        self._wake()

    def shut_down(self, *, cancel: bool) -> None:
        """End when all calls are done, or all that have begun.

        Args:
            cancel: Whether to cancel calls that have not begun; those that a worker is free for count as begun.
        """
        busy = sum(caller.future is not None for caller in list(self._crew.values()))
        self._pending.close(cancel_from=self._limit - busy if cancel else None)
        self._wake()

    def kill(self) -> None:
        """End all workers at once; calls that are not done fail."""
        self._is_killed = True
        self._wake()

    def join(self) -> None:
        """Wait for the end."""
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _wake(self) -> None:
        try:
            os.write(self._wake_writer, b"!")
        except OSError:
            return  # it has ended already

    def _live(self) -> None:
        try:
            while self._assign():
                self._listen()
        finally:
            self._end()

    def _assign(self) -> bool:
        """Give pending calls to idle workers; return whether there is anything to wait for."""
        if self._is_killed:
            self._fail_all(BrokenProcessPool("its workers were ended"))
            return False
        while self._pending:
            idle = next((caller for caller in self._crew.values() if caller.is_idle), None)
            if idle is None:
                if len(self._crew) >= self._limit:
                    return True
                if not self._hire_or_break():
                    return False
            elif (call := self._pending.take()) is not None:
                if not idle.has_key and "multiprocessing.managers" in sys.modules:
                    idle.has_key = True
                    idle.prepare(pickle.dumps((adopt_key, (bytes(current_process().authkey),), {})))
                idle.begin(*call)
                self._watch(idle)
        return any(caller.future is not None for caller in self._crew.values()) or not self._pending.is_over

    def _hire_or_break(self) -> bool:
        try:
            self._hire()
        except Exception as error:  # noqa: BLE001  whatever keeps workers from starting, the futures must tell it
            self._break(error)
            return False
        return True

    def _hire(self) -> None:
        if self._has_thread and self._was_forked:
            self._was_forked = False
            self._launchers.append(launcher("forkserver", self._threads))
        caller = _Caller(self._launchers[-1].hire(Inherited()), has_key=self._launchers[-1].method == "fork")
        self._crew[caller.handle] = caller
        if self._setup:
            caller.prepare(self._setup)
        self._watch(caller)

    def _watch(self, caller: "_Caller") -> None:
        self._poll.register(caller.handle, select.POLLIN | (select.POLLOUT if caller.outbox else 0))

    def _listen(self) -> None:
        for handle, events in self._poll.poll():
            if handle == self._wake_reader:
                os.read(self._wake_reader, 1 << 16)
                continue
            caller = self._crew.get(handle)
            if caller is None:
                continue  # dismissed since, when another one's start failed
            if events & select.POLLOUT:
                caller.outbox.push()
                self._watch(caller)
            if events & ~select.POLLOUT:
                self._hear(caller, receive(caller.hired.link))

    def _hear(self, caller: "_Caller", frame: Frame | None) -> None:
        if frame is None:
            caller.hired.kill()
            exit_code = self._dismiss(caller)
            error = WorkerDiedError(caller.hired.pid, exit_code, self._memory_kills.explain(exit_code))
            self._deaths = self._deaths + 1 if caller.future is None else 0  # a call that ends its process fails alone
            caller.fail(error)
            if self._deaths > DEATHS or caller.is_in_setup:
                self._break(error)
            return
        self._deaths = 0
        _kind, failed, aside, _flag, payload = frame
        if caller.is_in_setup:
            caller.setups -= 1
            if failed:
                self._break(unpack_error(pickle.loads(payload)))
            return
        caller.finish(payload, aside, failed=bool(failed))
        if self._calls_each is not None and caller.calls >= self._calls_each:
            caller.outbox.put(Kind.BYE)
            self._dismiss(caller)

    def _break(self, cause: BaseException) -> None:
        self._fail_all(broken_by(cause))

    def _fail_all(self, error: BrokenProcessPool) -> None:
        self._pending.fail(error)
        for caller in list(self._crew.values()):
            caller.hired.kill()
            caller.fail(error)
            self._dismiss(caller)

    def _dismiss(self, caller: "_Caller") -> int | None:
        self._poll.unregister(caller.handle)
        del self._crew[caller.handle]
        return caller.hired.reap()

    def _end(self) -> None:
        for caller in self._crew.values():
            caller.outbox.put(Kind.BYE)
        for caller in list(self._crew.values()):
            self._dismiss(caller)
        for each in self._launchers:
            each.close()
        os.close(self._wake_writer)
        self._wake_writer = -1
        os.close(self._wake_reader)


class _Caller:
    """A worker and the call that it is on.

    Attributes:
        future: Of that call; None while there is none.
        setups: How many preparations it has not answered yet.
        calls: How many calls it has made.
        has_key: Whether it has this process's key, which proxies of a `multiprocessing` manager ask for.
    """

    def __init__(self, hired: Hired, *, has_key: bool) -> None:
        self.hired = hired
        self.handle = hired.link.fileno()
        self.outbox = Outbox(hired.link)
        self.future: Future[Any] | None = None
        self.setups = 0
        self.calls = 0
        self.has_key = has_key

    @property
    def is_idle(self) -> bool:
        return self.future is None and not self.is_in_setup

    @property
    def is_in_setup(self) -> bool:
        return self.setups > 0

    def prepare(self, payload: bytes) -> None:
        self.setups += 1
        self.outbox.put(Kind.CALL, payload=payload)

    def begin(self, future: Future[Any], payload: bytes) -> None:
        self.future = future
        self.outbox.put(Kind.CALL, payload=payload)

    def finish(self, payload: bytearray, aside: int, *, failed: bool) -> None:
        future, self.future = self.future, None
        self.calls += 1
        if future is not None:
            settle(future, partial(self.hired.board.halves[0].outbound.loads, payload, aside), failed=failed)

    def fail(self, error: BaseException) -> None:
        future, self.future = self.future, None
        if future is not None:
            future.set_exception(error)
