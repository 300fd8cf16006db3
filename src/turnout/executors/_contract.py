"""What every executor promises."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator
from concurrent import futures
from dataclasses import dataclass
from functools import partial
from inspect import iscoroutinefunction
from itertools import chain
from operator import index
from typing import Any, ClassVar, SupportsIndex

from turnout.errors import ExecutorError
from turnout.executors._batches import BatchSize, Reply, feed
from turnout.executors._intake import PlainIntake
from turnout.executors._stream import Crew, outcomes_of, stream
from turnout.outcomes import Outcome
from turnout.trace import Recorder


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What an executor can do.

    Attributes:
        parallel: Runs Python code on several cores at once, even where there is a GIL.
        overlaps: Waits for several items at once.
        crosses: Sends functions, items and results to workers that share no memory with the caller.
        isolates: Survives an item that ends its worker.
        stops: Can end an item that is under way.
    """

    parallel: bool
    overlaps: bool
    crosses: bool
    isolates: bool
    stops: bool


class Executor(futures.Executor):
    """A standard executor that can also stream: any number of items in, an outcome for each out.

    Attributes:
        name: What `turnout.executor` calls it.
        capabilities: What it can do.
        batch_ns: How long a batch of short items should keep a worker busy: the hand-over must cost little beside it.
    """

    name: ClassVar[str]
    capabilities: ClassVar[Capabilities]
    batch_ns: ClassVar[int] = 2_000_000

    @property
    @abstractmethod
    def workers(self) -> int:
        """How many items it runs at once, at most."""

    @abstractmethod
    def crew(
        self,
        function: Callable[[Any], Any],
        items: Iterable[Any],
        recorder: Recorder | None,
        *,
        timeout_s: float | None = None,
    ) -> Crew:
        """Return fresh workers for one stream.

        Args:
            function: Takes one item; plain, or ``async def``.
            items: What batches will be cut from, for workers that can inherit it.
            recorder: Where workers are named.
            timeout_s: How long an item may take; it then fails with a `TimeLimitError`.

        Raises:
            ValueError: If ``timeout_s`` is not a number above 0.
        """

    def stream(
        self,
        function: Callable[[Any], Any],
        items: Iterable[Any],
        *,
        ordered: bool = True,
        recorder: Recorder | None = None,
        batch_size: int | None = None,
        timeout_s: float | None = None,
    ) -> Iterator[Outcome[Any]]:
        """Yield the outcome of each item.

        Items are pulled in the caller's thread, a few at a time, as outcomes are asked for; an endless iterator is
        welcome. The order of side effects between items is not promised.

        The function sees the context variables (`contextvars`) as they are now. Each worker has a copy: what an item
        changes is seen by later items of the same worker at most. A worker that shares no memory with this process,
        and was not forked from it, has those that are attributes of a module that can be imported (not of
        ``__main__``) and whose values pickle; the others have their defaults there.

        Args:
            function: Takes one item; plain, or ``async def``.
            items: Any iterable.
            ordered: Whether outcomes come in the order of the items, or as soon as they are there.
            recorder: Where to keep spans; none are kept without one.
            batch_size: Items that are handed over at once; learned from their length by default.
            timeout_s: How many seconds an item may take, from when it begins, before it fails with a
                `TimeLimitError`; no limit by default. A late item fails even if it ends before anybody looks. What
                becomes of its worker is the executor's business: see there.

        Raises:
            ValueError: If ``timeout_s`` is not a number above 0, or ``batch_size`` is less than 1.
        """
        replies = self.replies(
            function, items, ordered=ordered, recorder=recorder, batch_size=batch_size, timeout_s=timeout_s
        )
        return chain.from_iterable(map(outcomes_of, replies))

    def replies(
        self,
        function: Callable[[Any], Any],
        items: Iterable[Any],
        *,
        ordered: bool,
        recorder: Recorder | None,
        batch_size: int | None,
        timeout_s: float | None = None,
    ) -> Iterator[Reply]:
        """Yield what the workers answer, batch by batch; else as `stream`."""
        size = BatchSize(workers=self.workers, target_ns=self.batch_ns, fixed=batch_size)
        crew = self.crew(function, items, recorder, timeout_s=timeout_s)
        return stream(crew, PlainIntake(feed(items), size), ordered=ordered, recorder=recorder)


def is_coroutine_function(function: Callable[..., Any]) -> bool:
    """Tell whether calling ``function`` makes a coroutine; looks through partials and at ``__call__``."""
    while isinstance(function, partial):
        function = function.func
    return iscoroutinefunction(function) or iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004


def checked_workers(workers: int) -> int:
    """Return ``workers``.

    Raises:
        ExecutorError: If that is not a whole number, or there would be none.
    """
    try:
        count = _index(workers)
    except TypeError:
        raise ExecutorError(
            f"an executor needs a whole number of workers, not {workers!r}; give an int, such as max_workers=2"
        ) from None
    if count < 1:
        raise ExecutorError(f"an executor needs at least 1 worker, not {count}: max_workers must be greater than 0")
    return count


def _index(number: SupportsIndex) -> int:
    if isinstance(number, bool):  # which Python takes for 0 or 1, and is a slip
        raise TypeError
    return index(number)  # which a number of NumPy's has too


def function_name(function: Callable[..., Any]) -> str:
    """Return what an error message calls ``function``."""
    return getattr(function, "__qualname__", None) or repr(function)
