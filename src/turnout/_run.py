"""Do the work: items in, outcomes out."""

import reprlib
import threading
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Generator, Hashable, Iterable, Iterator
from itertools import chain
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Literal, NoReturn, Self, TypeVar

from turnout.errors import UsageError, message_of, repr_of
from turnout.executors import outcomes_of, values_of
from turnout.outcomes import Failure, Outcome, Success
from turnout.pipeline import AUTO, Flow, Pipeline, Retry, RunStatus, Stage, TrackChoice, stage
from turnout.trace import Trace

if TYPE_CHECKING:
    from turnout.report import RunReport

R = TypeVar("R")
T = TypeVar("T")
OnError = Literal["return", "raise", "skip"]
ON_ERROR: tuple[OnError, ...] = ("return", "raise", "skip")


def run(
    function: Callable[[Any], Any] | Stage | Pipeline,  # the caller's function, of the caller's types
    items: Iterable[Any] | AsyncIterable[Any],
    *,
    executor: str = AUTO,
    workers: int | None = None,
    ordered: bool = True,
    on_error: OnError = "return",
    timeout_s: float | None = None,
    retries: int | Retry = 0,
    rate: float | None = None,
    key: Callable[[Any], Hashable] | None = None,
    key_limit: int | None = None,
    start_method: str | None = None,
    batch_size: int | None = None,
    address: str | None = None,
    journal: str | Path | None = None,
    retry_failed: bool = False,
    trace: bool = True,
    progress: bool = False,
) -> "Run[Any]":
    """Call ``function`` with each of ``items``, or send them through a pipeline.

    The work begins when the first outcome is asked for and goes on while outcomes are: at most two batches of items
    for each worker are ahead of the caller, and a bounded number between stages, so an endless iterator is welcome and
    memory stays flat.

    Args:
        function: Takes one item; plain, or ``async def``. Or stages, joined by ``|`` (see `turnout.stage`), which then
            have the options of their own from ``executor`` to ``address``.
        items: Any iterable, or an asynchronous one. It is pulled in the caller's thread, unless it turns out to be
            slow: then a thread of its own reads a little ahead.
        executor: ``"auto"`` to choose from what the first items show, and change while the work runs if that was
            wrong; or ``"sequential"``, ``"threads"``, ``"processes"``, ``"asyncio"``, ``"interpreters"``.
        workers: How many items are run at once, at most; chosen too, or the executor's default, for None.
        ordered: Whether outcomes come in the order of the items, or as soon as they are there.
        on_error: ``"return"`` a `Failure` for an item that fails, ``"raise"`` the first one's error, with a note of
            the item, and cancel the rest, or ``"skip"`` failures.
        timeout_s: How many seconds an item may take before it fails with a `TimeLimitError`.
        retries: How often a failed item is tried again, or a `turnout.Retry` that tells more.
        rate: How many calls may begin in a second.
        key: Returns what ``key_limit`` counts by, such as an item's host.
        key_limit: How many items of the same key may be under way, 1 by default if there is a key.
        start_method: How processes are started: ``"fork"``, ``"forkserver"``, ``"spawn"``; the best one by default.
        address: Of a Dask scheduler; without one, the dask executor starts a cluster of its own on this machine.
        batch_size: How many items are handed over at once, at least 1; learned from their length by default.
        journal: A file where each outcome is kept before it is reported. The same call goes on with it after any end,
            also a sudden one: outcomes that it knows are reported again and their items not run. Each stage after the
            first has a file of its own, with its number behind the name. Where a failure is raised, items that failed
            are run again.
        retry_failed: Whether only those items are run again that failed according to the journal.
        trace: Whether to record who ran what and when.
        progress: Whether to show how the run stands, on the terminal or in the notebook, while outcomes are taken.

    Returns:
        An iterable of outcomes, also an asynchronous one, which can be used once.

    Raises:
        ExecutorError: If the executor is unknown, or can't run such a function.
        UnavailableError: If this Python lacks the executor.
        TransferError: If the function can't be sent to the workers.
        JournalError: If the journal cannot be used, or belongs to other work or items.
        UsageError: If another argument is off.
    """
    if retry_failed and journal is None:
        raise UsageError("retry_failed asks a journal what failed; name its file too")
    if journal is not None and not isinstance(journal, str | PathLike):
        raise UsageError(f"journal must be the name of a file, not {journal!r}")
    if on_error not in ON_ERROR:
        raise UsageError(f"on_error must be one of {', '.join(ON_ERROR)}, not {on_error!r}")
    options: dict[str, Any] = {
        "executor": executor,
        "workers": workers,
        "ordered": ordered,
        "timeout_s": timeout_s,
        "retries": retries,
        "rate": rate,
        "key": key,
        "key_limit": key_limit,
        "start_method": start_method,
        "batch_size": batch_size,
        "address": address,
    }
    if isinstance(function, Stage | Pipeline):
        given = [name for name, value in options.items() if value != _DEFAULTS[name]]
        if given:
            raise UsageError(f"stages have options of their own; give {', '.join(given)} to turnout.stage instead")
        stages = function.stages
    else:
        stages = (stage(function, **options),)
    flow = Flow(stages, items, records=trace, journal=journal, retry_failed=retry_failed)
    return Run(flow, on_error, shows_progress=progress)


_DEFAULTS: dict[str, Any] = {
    **dict.fromkeys(
        ("workers", "timeout_s", "rate", "key", "key_limit", "start_method", "batch_size", "address"), None
    ),
    "executor": AUTO,
    "ordered": True,
    "retries": 0,
}


class Run(Generic[R]):
    """Work that begins when it is iterated over.

    Args:
        flow: The stages and their items.
        on_error: What to do with failures.
        shows_progress: Whether to show how it stands while outcomes are taken.
    """

    def __init__(self, flow: Flow, on_error: OnError, *, shows_progress: bool = False) -> None:
        self._flow = flow
        self._shows_progress = shows_progress
        self._on_error = on_error
        self._under_way: Generator[Any, None, None] | None = None
        self._puller: int | None = None  # the thread that takes from it for ``async for``
        self._leaves_async = False
        self._aside: AsyncGenerator[Outcome[R], None] | None = None
        if on_error == "raise":
            self.try_failed_again()

    def __iter__(self) -> Iterator[Outcome[R]]:
        match self._on_error:
            case "return":
                return self._outcomes()
            case "skip":
                return (outcome for outcome in self._outcomes() if isinstance(outcome, Success))
            case "raise":
                return self._until_failure()

    def __aiter__(self) -> AsyncGenerator[Outcome[R], None]:
        from turnout.pipeline import iterate_in_thread  # noqa: PLC0415  loads asyncio

        aside = iterate_in_thread(self._pulled(self._groups()), self._flow.stop)
        if self._leaves_async:  # otherwise nobody but the loop that takes from it holds it, and leaving that ends it
            self._aside = aside
        return aside

    def values(self) -> Iterator[R]:
        """Yield the results, and raise the first failure's error; with ``on_error="skip"``, pass failures over."""
        if self._on_error == "return":
            self.try_failed_again()
        if self._on_error == "return" and self._flow.is_plain:
            return values_of(self._begin(self._flow.replies()))
        return (outcome.value for outcome in self._raising() if isinstance(outcome, Success))

    def try_failed_again(self) -> None:
        """Run items again that failed according to the journal, beside those that it does not know.

        It must be called before the first outcome is asked for. Runs that the first failure ends, by ``"raise"`` or
        `values`, do so by themselves: else they would end at the same one each time.

        Raises:
            UsageError: If that would move items of a pipeline to other places, by which its journals know them.
        """
        try:
            self._flow.try_failed_again()
        except BaseException:
            self._flow.close()
            raise

    @property
    def status(self) -> RunStatus:
        """How the run stands, now."""
        return self._flow.status

    @property
    def choice(self) -> TrackChoice:
        """How the last stage runs, and why."""
        return self._flow.last.status.choice

    @property
    def trace(self) -> Trace:
        """What the workers of the last stage did so far.

        Raises:
            ValueError: If the run was asked not to record.
        """
        return self.traces[-1]

    @property
    def traces(self) -> tuple[Trace, ...]:
        """What the workers did so far, stage by stage.

        Raises:
            ValueError: If the run was asked not to record.
        """
        recorders = [one.recorder for one in self._flow.runs]
        if None in recorders:
            raise ValueError("this run keeps no trace; call turnout.run(..., trace=True)")
        return tuple(recorder.trace() for recorder in recorders if recorder is not None)

    def report(self, title: str | None = None) -> "RunReport":
        """Return what the run found out, now or at its end; it shows itself in a notebook, and as text.

        Args:
            title: What was run; the stages' names by default.
        """
        from turnout.measurement import read_environment  # noqa: PLC0415  only who asks for a report pays for it
        from turnout.report import FailedItem, RunReport, find_bottleneck  # noqa: PLC0415  likewise

        flow = self._flow
        recorders = [one.recorder for one in flow.runs]
        return RunReport(
            title=title or " | ".join(one.stage.name for one in flow.runs),
            status=flow.status,
            environment=read_environment(()),
            traces=tuple(recorder.trace() for recorder in recorders if recorder is not None),
            bottleneck=find_bottleneck(flow.status),
            failures=tuple(
                FailedItem(
                    index=failure.index,
                    item=_one_line(reprlib.repr(failure.item)),
                    error=_one_line(f"{type(failure.error).__name__}: {message_of(failure.error)}"),
                    attempts=failure.attempts,
                    stage=stage_name if len(flow.runs) > 1 else None,
                )
                for stage_name, failure in flow.failures
            ),
            journal=None if flow.journal is None else str(flow.journal),
        )

    def stop(self) -> None:
        """Take no further items; those under way are finished within half a second, or cancelled.

        The iteration then ends. It may be called in any thread, and in a signal's handler. After the end it does
        nothing.
        """
        self._flow.stop()

    def close(self) -> None:
        """Leave at once, and end all workers.

        With ``async for``, it only stops the run, for this may not wait; ``async with`` does.
        """
        if self._puller not in {None, threading.get_ident()}:
            self._flow.stop()  # that thread ends it
            return
        if self._under_way is not None:
            self._under_way.close()
        self._flow.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        self._leaves_async = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        aside, self._aside = self._aside, None
        if aside is not None and not aside.ag_running:  # type: ignore[attr-defined]  # it is one that a function made
            await aside.aclose()
        self.close()

    def _outcomes(self) -> Iterator[Outcome[R]]:
        outcomes = chain.from_iterable(self._together())
        return self._shown(outcomes) if self._shows_progress else outcomes

    def _together(self) -> Iterator[Iterable[Outcome[R]]]:
        """Yield what comes together, which is more than one outcome where items are short."""
        if self._flow.is_plain:
            return map(outcomes_of, self._begin(self._flow.replies()))
        return self._begin(self._flow.outcomes())

    def _groups(self) -> Iterator[list[Outcome[R]]]:
        """Yield what ``iter`` does, in lists of what comes together."""
        groups = map(list, self._together())
        shown = self._shown(groups) if self._shows_progress else groups
        match self._on_error:
            case "return":
                return shown
            case "skip":
                return ([outcome for outcome in group if isinstance(outcome, Success)] for group in shown)
            case "raise":
                return self._groups_until_failure(shown)

    def _pulled(self, groups: Iterator[T]) -> Iterator[T]:
        self._puller = threading.get_ident()
        try:
            yield from groups
        finally:
            self._puller = None

    def _shown(self, taken: Iterator[T]) -> Iterator[T]:
        from turnout.progress import show_progress  # noqa: PLC0415  loads rich

        with show_progress(self.status) as progress:
            for one in taken:
                progress.update()
                yield one

    def _raising(self) -> Iterator[Outcome[R]]:
        return iter(self) if self._on_error == "skip" else self._until_failure()

    def _until_failure(self) -> Iterator[Outcome[R]]:
        for outcome in self._outcomes():
            if isinstance(outcome, Failure):
                self._raise(outcome)
            yield outcome

    def _groups_until_failure(self, groups: Iterator[list[Outcome[R]]]) -> Iterator[list[Outcome[R]]]:
        for group in groups:
            for place, outcome in enumerate(group):
                if isinstance(outcome, Failure):
                    yield group[:place]
                    self._raise(outcome)
            yield group

    def _raise(self, failure: Failure) -> NoReturn:
        self.close()
        failure.error.add_note(f"the item was {repr_of(failure.item)}, at index {failure.index}")
        raise failure.error

    def _begin(self, generator: Generator[Any, None, None]) -> Generator[Any, None, None]:
        if self._under_way is not None:
            raise ValueError("this run was iterated over before; call turnout.run again to do the work again")
        self._under_way = generator
        return generator


def _one_line(text: str) -> str:
    return " ".join(text.split())
