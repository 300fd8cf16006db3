"""A pipeline at work: each stage a stream of its own, a bounded channel in front of all but the first."""

import os
import threading
import weakref
from collections.abc import AsyncIterable, Generator, Iterable, Iterator, Sized
from contextlib import ExitStack, closing, contextmanager
from itertools import pairwise, zip_longest
from pathlib import Path
from typing import Any

from turnout.clock import wall_ns
from turnout.errors import UsageError
from turnout.executors import Reply, outcomes_of
from turnout.executors._starting import start_thread
from turnout.outcomes import Failure, Outcome
from turnout.pipeline._channel import Channel, ReaderLeftError
from turnout.pipeline._crew_kinds import muster, withdraw
from turnout.pipeline._omitted import OMITTED
from turnout.pipeline._passage import outcome_of
from turnout.pipeline._source_count import source_items_through
from turnout.pipeline._stage_journals import check_places, let_go, open_journals
from turnout.pipeline._stage_run import StageRun
from turnout.pipeline._stages import AUTO, Stage
from turnout.pipeline._status import RunStatus
from turnout.trace import Recorder

FAILURES_KEPT = 100  # to be shown in a report
STOP_NS = 500_000_000  # how long those in flight may take when a run is stopped
JOIN_S = 1.0  # that stages before the last may take to end when their reader leaves


class Flow:
    """All stages at work: the last one in the thread of who asks for outcomes, each other one in a thread of its own.

    Args:
        stages: At least one.
        items: What goes in.
        records: Whether to keep spans.
        journal: The file where outcomes are kept; that of each later stage has its number behind the name.
        retry_failed: Whether only items run that failed according to the journal.

    Attributes:
        journal: The file given; None for none.
        runs: The stages at work.
        status: How the run stands.
        failures: The first items that failed, each behind the name of the stage where it did.
    """

    def __init__(
        self,
        stages: tuple[Stage, ...],
        items: "Iterable[Any] | AsyncIterable[Any]",
        *,
        records: bool,
        journal: str | Path | None = None,
        retry_failed: bool = False,
    ) -> None:
        items = _checked_items(items)
        self.journal = journal
        self._retry_failed = retry_failed
        self._journals = open_journals(stages, journal, retry_failed=retry_failed)
        recorders = [Recorder() if records else None for _ in stages]
        with ExitStack() as opened:
            for one in self._journals:
                opened.callback(one.close)
            self.runs = [
                StageRun(
                    stage,
                    items if number == 0 else None,
                    recorder,
                    ledger,
                    is_alone=len(stages) == 1,
                )
                for number, (stage, recorder, ledger) in enumerate(
                    zip_longest(stages, recorders, self._journals)  # which are as many, or none
                )
            ]
            count = len(items) if isinstance(items, Sized) else None
            if self._journals and count is not None:
                self._journals[0].expect(count)
            opened.pop_all()
        self._never_begun = weakref.finalize(self, let_go, self._journals, os.getpid())
        self.status = RunStatus(stages=tuple(run.status for run in self.runs), item_count=count)
        self.failures: list[tuple[str, Failure]] = []
        self._threads: list[threading.Thread] = []
        self._is_over = False

    @property
    def is_plain(self) -> bool:
        """Whether there is one stage, and what its workers answer is what comes out."""
        return len(self.runs) == 1 and self.last.stage.kind in {"map", "sink"} and not self._retry_failed

    @property
    def last(self) -> StageRun:
        """The last stage."""
        return self.runs[-1]

    def replies(self) -> Generator[Reply, None, None]:
        """Yield what the only stage's crew answers; for a single stage that maps."""
        name = self.last.stage.name
        with self._under_way(), closing(self.last.replies()) as replies:
            if self.last.stage.executor == AUTO:  # others fork when they must
                muster(self.last.crew)
            for reply in replies:
                self.status.done += len(reply.values)
                self.status.failed += len(reply.failures)
                self.status.replayed = self.last.status.replayed
                self.last.status.given_out += len(reply.values) - len(reply.failures)
                if reply.failures and len(self.failures) < FAILURES_KEPT:
                    self.failures += ((name, one) for one in outcomes_of(reply) if isinstance(one, Failure))
                yield reply

    def outcomes(self) -> Generator[list[Outcome[Any]], None, None]:
        """Yield what comes out at the end, in lists of what comes together; for any pipeline."""
        with self._under_way(), closing(self.last.entries()) as made:
            for run in self.runs:
                muster(run.crew)
            for run, following in pairwise(self.runs):
                thread = threading.Thread(
                    target=_drive, args=(run, following.channel), name=run.stage.name, daemon=True
                )
                start_thread(thread)
                self._threads.append(thread)
            for entries in made:
                self._count_source_items()
                kept = [entry for entry in entries if entry.value is not OMITTED]
                found = [outcome_of(entry) for entry in kept]
                failures = [
                    (entry.value.stage, outcome)
                    for entry, outcome in zip(kept, found, strict=True)
                    if isinstance(outcome, Failure)
                ]
                self.status.failed += len(failures)
                self.failures += failures[: FAILURES_KEPT - len(self.failures)]
                yield found
            if not self.status.is_interrupted:
                self._count_source_items()

    def _count_source_items(self) -> None:
        """Count them where they come out: one of them may make many outcomes, or none."""
        is_ordered = all(run.stage.ordered for run in self.runs)
        last_first = [run.handed for run in reversed(self.runs)]
        through = source_items_through(last_first[::-1], is_ordered=is_ordered)
        self.status.left_out = self.runs[0].status.left_out
        self.status.done = max(self.status.done, through - self.status.left_out)
        replayed = min(run.status.replayed + run.status.passed for run in self.runs)
        self.status.replayed = min(replayed, self.status.done)

    def try_failed_again(self) -> None:
        """Run those again that failed by the journal; for a run that a failure ends, which would never get by them.

        Raises:
            UsageError: If that would move items to other places, by which journals know them.
        """
        if self._journals and not self._retry_failed:
            stages = tuple(run.stage for run in self.runs)
            check_places(stages, self._journals, ", or have failures returned and not raised")
            for one in self._journals:
                one.try_failed_again()

    def close(self) -> None:
        """Let the journals go; for a run that has ended, or was never begun."""
        self._never_begun.detach()
        for one in self._journals:
            one.close()

    def stop(self, grace_ns: int = STOP_NS) -> None:
        """Take no further items, and give those that are under way half a second, or another time.

        It may be called in any thread, and in a signal's handler. After the end it does nothing.
        """
        if self._is_over:
            return
        self.status.is_interrupted = True
        give_up_ns = wall_ns() + grace_ns
        for number, run in enumerate(self.runs):
            run.intake.stop(give_up_ns, takes_more=number > 0)
        for run in self.runs:
            withdraw(run.crew)
            run.crew.wake()
        # then this is a signal's handler, and only an exception ends the call, or the wait for the next item
        if self.last.crew.is_calling_here or self.runs[0].is_pulling_here:
            raise KeyboardInterrupt

    @contextmanager
    def _under_way(self) -> Iterator[None]:
        self._never_begun.detach()  # from here on, whatever ends the run lets the journals go
        self.status.start_ns = wall_ns()
        try:
            yield
        except GeneratorExit:
            self.status.is_interrupted = True
            raise
        except KeyboardInterrupt:
            if not self.status.is_interrupted:  # then it is not our own
                self.status.is_interrupted = True
                raise
        finally:
            self._is_over = True
            for run in self.runs[:-1]:
                run.intake.stop(wall_ns(), takes_more=False)
                run.crew.wake()
            for run in self.runs[1:]:
                if run.channel is not None:
                    run.channel.leave()
            for thread in self._threads:
                thread.join(JOIN_S)
            self.close()
            self.status.end_ns = wall_ns()


def _checked_items(items: "Iterable[Any] | AsyncIterable[Any]") -> "Iterable[Any] | AsyncIterable[Any]":
    if not isinstance(items, Iterable | AsyncIterable):
        raise UsageError(f"items must be a list, an iterator or an asynchronous one, not {items!r}")
    return iter(items) if isinstance(items, range) and _is_beyond_counting(items) else items


def _is_beyond_counting(items: range) -> bool:
    try:
        len(items)
    except OverflowError:
        return True
    return False


def _drive(run: StageRun, channel: Channel | None) -> None:
    """Move what a stage hands on into the channel in front of the next one."""
    if channel is None:
        raise ValueError("only the first stage has no channel in front of it")
    try:
        with closing(run.entries()) as made:
            for entries in made:
                channel.put_all(entries)
    except ReaderLeftError:
        return
    except BaseException as error:  # noqa: BLE001  whoever takes from the channel raises it
        channel.end(error)
    else:
        channel.end()
