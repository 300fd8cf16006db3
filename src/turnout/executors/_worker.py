"""What every worker does: run a batch of items, one after the other, and time each."""

import pickle
from array import array
from collections.abc import Callable, Sequence
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from turnout.clock import thread_cpu_ns, wall_ns
from turnout.executors._copies import end_copy, forks

if TYPE_CHECKING:
    from turnout.executors._pickling import Aside

# Reading the thread's CPU clock takes 0.57 µs (2-core virtual machine, Linux 6.18): 3 % of an item of 20 µs.
FINE_CPU_FROM_NS = 20_000

Failures = dict[int, BaseException]


def run_batch(
    function: Callable[[Any], Any],  # the caller's function, of the caller's types
    items: Sequence[Any],
    marks: "BatchMarks",
    *,
    fine_cpu: bool,
    let_through: tuple[type[BaseException], ...] = (),
    values: list[Any] | None = None,
    failures: Failures | None = None,
) -> tuple[list[Any], Failures]:
    """Call ``function`` with each item in turn and mark when each ended.

    Args:
        function: Takes one item. Whatever it raises is kept.
        items: The batch.
        marks: Where to write the times; at least as long as the batch.
        fine_cpu: Whether to read the CPU clock at each item and not just at the ends of the batch.
        let_through: What is raised on and not kept: Ctrl-C, where it strikes this very thread.
        values: An empty list to keep the results in, for another thread to see; a new one by default.
        failures: Likewise for what failed.

    Returns:
        The results in order, None where the call failed, and what failed: the exceptions by offset.
    """
    values = [] if values is None else values
    failures = {} if failures is None else failures
    keep = values.append
    ends = marks.ends
    cpus = marks.cpus
    now = wall_ns
    forked = forks[0]
    before = first_cpu = thread_cpu_ns()
    marks.begin(now())
    for offset, item in enumerate(items):
        try:
            keep(function(item))
        except BaseException as error:  # noqa: BLE001  whatever an item raises is its outcome
            if forks[0] != forked:
                end_copy(error)
            _let_through(error, let_through)
            failures[offset] = error
            keep(None)
        if forks[0] != forked:  # this is a process that the item forked
            end_copy(None)
        if fine_cpu:
            after = thread_cpu_ns()
            cpus[offset] = after - before
            before = after
        ends[offset] = now()
    marks.finish(thread_cpu_ns() - first_cpu)
    return values, failures


def _let_through(error: BaseException, kinds: tuple[type[BaseException], ...]) -> None:
    """Raise the error if it is of these kinds, or one of these that the item's own code made another error of."""
    origin: BaseException | None = error
    while kinds and origin is not None:
        if isinstance(origin, kinds):
            raise origin
        origin = origin.__context__


def plain_call(function: Any, *, is_async: bool) -> tuple[Callable[[Any], Any], Callable[[], None]]:
    """Return a plain callable for ``function``, and what to call when it is no longer needed.

    Args:
        function: Takes one item; of the caller's types.
        is_async: Whether it makes a coroutine, which is then run to its end in an event loop of this worker's own.
    """
    if not is_async:
        return function, _nothing
    import asyncio  # noqa: PLC0415  a worker that needs no event loop doesn't load one

    runner = asyncio.Runner()
    return lambda item: runner.run(function(item)), runner.close


def loaded_call(payload: bytes | bytearray) -> tuple[Callable[[Any], Any], Callable[[], None]]:
    """Return what `plain_call` returns, for a pickled function and whether it makes a coroutine.

    A function that doesn't load fails each of its items, and so tells why; a worker that died of it could not.
    """
    try:
        function, is_async = pickle.loads(payload)
    except Exception as error:  # noqa: BLE001  loading runs the objects' own code, which may raise anything
        return partial(_fail, error, error.__traceback__), _nothing
    return plain_call(function, is_async=is_async)


def _fail(error: Exception, traceback: TracebackType | None, _item: object) -> NoReturn:
    raise error.with_traceback(traceback)  # which would grow with each item otherwise


def _nothing() -> None:
    return


def packed_results(values: list[Any], failures: Failures, aside: "Aside | None" = None) -> bytes:
    """Return the pickled pair of values and packed failures by offset; results that don't pickle become failures.

    Args:
        values: The results; those that don't pickle are replaced by None.
        failures: What was raised, by offset; added to.
        aside: Takes large buffers, and is empty; None to keep them in the pickle.
    """
    if not failures:
        try:
            return pickle.dumps((values, {}), pickle.HIGHEST_PROTOCOL, buffer_callback=aside)
        except Exception:  # noqa: BLE001, S110  pickling runs the objects' own code; the culprit is looked for below
            pass
    from turnout.executors._pickling import dumps_back, pack_error  # noqa: PLC0415  only when something failed

    for offset, value in enumerate(values):
        try:
            dumps_back(value, lambda: "the result", aside)
        except Exception as error:  # noqa: BLE001  as above
            failures[offset], values[offset] = error, None
    packed = {offset: pack_error(error) for offset, error in failures.items()}
    return dumps_back((values, packed), lambda: "the results", aside)


class BatchMarks(Protocol):
    """Where the times of a batch are written."""

    ends: Any  # an array, or a memoryview of one, of int64: both are indexed alike
    cpus: Any

    def begin(self, start_ns: int) -> None:
        """Keep when the batch began."""

    def finish(self, cpu_ns: int) -> None:
        """Keep what the batch cost in all."""


class Marks:
    """Times of one batch, in this process's own memory.

    Attributes:
        start_ns: When the batch began.
        ends: int64, when each item ended, ns.
        cpus: int64, time on a core for each item, ns; filled only where ``fine_cpu`` was asked for.
        cpu_ns: Time on a core for the whole batch.
    """

    __slots__ = ("cpu_ns", "cpus", "ends", "start_ns")

    def __init__(self, length: int) -> None:
        blank = bytes(8 * length)
        self.start_ns = 0
        self.cpu_ns = 0
        self.ends = array("q", blank)
        self.cpus = array("q", blank)

    def begin(self, start_ns: int) -> None:
        """Keep when the batch began."""
        self.start_ns = start_ns

    def finish(self, cpu_ns: int) -> None:
        """Keep what the batch cost in all."""
        self.cpu_ns = cpu_ns
