"""Do the work: items in, outcomes out."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any, Generic, TypeVar

from turnout.executors import Reply, outcomes_of, values_of
from turnout.executors import executor as make_executor
from turnout.outcomes import Outcome
from turnout.trace import Recorder, Trace

R = TypeVar("R")


def run(
    function: Callable[[Any], Any],  # the caller's function, of the caller's types
    items: Iterable[Any],
    *,
    executor: str,
    workers: int | None = None,
    ordered: bool = True,
    start_method: str | None = None,
    batch_size: int | None = None,
    trace: bool = True,
) -> "Run[Any]":
    """Call ``function`` with each of ``items``.

    The work begins when the first outcome is asked for and goes on while outcomes are: at most two batches of items
    for each worker are ahead of the caller, so an endless iterator is welcome and memory stays flat.

    Args:
        function: Takes one item; plain, or ``async def``.
        items: Any iterable; pulled in the caller's thread.
        executor: ``"sequential"``, ``"threads"``, ``"processes"``, ``"asyncio"`` or ``"interpreters"``.
        workers: How many items are run at once, at most; the executor's default for None.
        ordered: Whether outcomes come in the order of the items, or as soon as they are there.
        start_method: How processes are started: ``"fork"``, ``"forkserver"``, ``"spawn"``; the best one by default.
        batch_size: How many items are handed over at once, at least 1; learned from their length by default.
        trace: Whether to record who ran what and when.

    Returns:
        An iterable of outcomes, which can be used once.

    Raises:
        ExecutorError: If the executor is unknown, or can't run such a function.
        UnavailableError: If this Python lacks the executor.
        TransferError: If the function can't be sent to the workers.
        ValueError: If ``batch_size`` is less than 1.
    """
    recorder = Recorder() if trace else None
    chosen = make_executor(executor, workers, start_method=start_method)

    replies = chosen.replies(function, items, ordered=ordered, recorder=recorder, batch_size=batch_size)
    return Run(replies, recorder)


class Run(Generic[R]):
    """Work that begins when it is iterated over.

    Args:
        replies: What the workers answer.
        recorder: Where its spans are kept, if they are.
    """

    def __init__(self, replies: Iterator[Reply], recorder: Recorder | None) -> None:
        self._replies = replies
        self._recorder = recorder
        self._begun = False

    def __iter__(self) -> Iterator[Outcome[R]]:
        self._begin()
        return chain.from_iterable(map(outcomes_of, self._replies))

    def values(self) -> Iterator[R]:
        """Yield the results, and raise the first failure's error."""
        self._begin()
        return values_of(self._replies)

    @property
    def trace(self) -> Trace:
        """What happened so far.

        Raises:
            ValueError: If the run was asked not to record.
        """
        if self._recorder is None:
            raise ValueError("this run keeps no trace; call turnout.run(..., trace=True)")
        return self._recorder.trace()

    def _begin(self) -> None:
        if self._begun:
            raise ValueError("this run was iterated over before; call turnout.run again to do the work again")
        self._begun = True
