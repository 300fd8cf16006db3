"""Single calls on their way to futures: those that wait for a worker, what comes back, and the end of the program."""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import Any, Protocol
from weakref import WeakSet

from turnout.executors._pickling import unpack_error

Call = tuple[Future[Any], bytes]


class Pending:
    """Pickled calls that wait for a worker: any thread puts them, one takes them in the same order."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque()
        self._lock = threading.Lock()
        self._is_closing = False
        self._broken: BaseException | None = None

    def __len__(self) -> int:
        return len(self._calls)

    @property
    def is_over(self) -> bool:
        """Whether there are none, and none will come."""
        with self._lock:
            return self._is_closing and not self._calls

    def put(self, future: Future[Any], payload: bytes) -> None:
        """Have a call wait.

        Raises:
            BaseException: What `fail` was given.
            RuntimeError: If the program is ending.
        """
        with self._lock:
            if _program_is_ending:
                raise RuntimeError("cannot schedule new futures after interpreter shutdown")
            if self._broken is not None:
                raise self._broken
            self._calls.append((future, payload))

    def take(self) -> Call | None:
        """Take the first call, which now counts as running; None if it was cancelled."""
        with self._lock:
            call = self._calls.popleft()
        return call if call[0].set_running_or_notify_cancel() else None

    def close(self, *, cancel_from: int | None) -> None:
        """Tell that no more will come, and cancel all from this place on; none for None."""
        with self._lock:
            if cancel_from is not None:
                for future, _payload in islice(self._calls, cancel_from, None):
                    future.cancel()
            self._is_closing = True

    def fail(self, error: BaseException) -> None:
        """Give all calls, and whoever puts another, an error."""
        with self._lock:
            self._broken, self._is_closing = error, True
            calls = list(self._calls)
            self._calls.clear()
        for future, _payload in calls:
            if future.set_running_or_notify_cancel():
                future.set_exception(error)


def broken_by(cause: BaseException) -> BrokenProcessPool:
    """Return the error of all calls when no worker lives long enough to make one."""
    error = BrokenProcessPool(f"no worker can start: {cause}")
    error.__cause__ = cause
    return error


def settle(future: Future[Any], load: Callable[[], Any], *, failed: bool) -> None:  # whatever was pickled
    """Set the result that ``load`` returns, or the error that `pack_error` made of it."""
    try:
        value = load()
        error = unpack_error(value) if failed else None
    except BaseException as failure:  # noqa: BLE001  loading runs the objects' own code, which may even exit
        value, error = None, failure
    if error is None:
        future.set_result(value)
    else:
        future.set_exception(error)


class Caller(Protocol):
    """Who makes calls in a thread of its own."""

    def shut_down(self, *, cancel: bool) -> None:
        """End when all calls are done, or all that have begun."""

    def join(self) -> None:
        """Wait for the end."""


_alive: "WeakSet[Caller]" = WeakSet()
_program_is_ending = False


def finish_at_end(caller: Caller) -> None:
    """Have calls finished before the program ends, as the standard library's pools do."""
    _alive.add(caller)


def _finish_all() -> None:
    global _program_is_ending  # noqa: PLW0603  the program's state, not ours
    _program_is_ending = True
    callers = list(_alive)
    for caller in callers:
        caller.shut_down(cancel=False)
    for caller in callers:
        caller.join()


# Where the standard library's pools register too: it runs before `atexit` functions, which then may not submit.
threading._register_atexit(_finish_all)  # type: ignore[attr-defined]  # noqa: SLF001  no public name
