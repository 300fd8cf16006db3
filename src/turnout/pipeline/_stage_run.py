"""One stage at work: its source, its crew, and what comes of both."""

from collections.abc import AsyncIterable, Generator, Iterable, Sized
from contextlib import closing
from typing import Any

from turnout.clock import wall_ns
from turnout.executors import BatchSize, Crew, Feed, Reply, feed, shortage_of, stream
from turnout.executors import executor as make_executor
from turnout.pipeline import _reasons as reasons
from turnout.pipeline._channel import Channel
from turnout.pipeline._intake import StageIntake
from turnout.pipeline._passage import (
    Entry,
    Ledger,
    Numbered,
    Packer,
    Roots,
    has_passed_by,
    source_entries,
)
from turnout.pipeline._source import READ_AHEAD, IteratorSource, start_async_feeder
from turnout.pipeline._source_count import Handed
from turnout.pipeline._stages import AUTO, Stage
from turnout.pipeline._status import StageStatus, Track, TrackChoice
from turnout.pipeline._throttle import Keys, Rate
from turnout.trace import Recorder

QUEUE_LIMIT = 256  # entries that may wait in front of a stage


class StageRun:
    """One stage at work.

    Args:
        stage: What it does, and how.
        items: The items of a first stage; None for a later one.
        recorder: Where its spans are kept; None for nowhere.
        ledger: Knows and keeps outcomes; None for nothing.
        is_alone: Whether there is no other stage.

    Attributes:
        status: How it stands.
        channel: What a later stage is given.
        handed: What it has handed on so far.
    """

    def __init__(
        self,
        stage: Stage,
        items: "Iterable[Any] | AsyncIterable[Any] | None",
        recorder: Recorder | None,
        ledger: Ledger | None,
        *,
        is_alone: bool,
    ) -> None:
        self._is_alone = is_alone
        self.handed = Handed()
        self.stage = stage
        self.recorder = recorder
        self._roots = None if items is not None and stage.kind != "batch" else Roots(ledger)
        source = self._open(items)
        self._feed = source if stage.kind != "batch" else self._packed(source, is_first=items is not None)
        size = BatchSize(workers=1, target_ns=1, fixed=stage.batch_size)
        choice = TrackChoice(executor=stage.executor, workers=stage.workers or 1)
        self.status = StageStatus(name=stage.name, kind=stage.kind, choice=choice, rate=stage.rate)
        self.status.queue_limit = self.channel.limit if self.channel is not None else 0
        inherited = items if isinstance(items, list | tuple | range) and self._roots is None else iter(())
        self.crew = self._hire(size, inherited)
        self.intake = StageIntake(
            self._feed,
            size,
            self.status,
            workers=lambda: self.crew.workers,
            retry=stage.retry,
            rate=Rate(stage.rate) if stage.rate is not None else None,
            keys=Keys(stage.key, stage.key_limit) if stage.key is not None and stage.key_limit is not None else None,
            ledger=ledger if self._roots is None else self._roots,
        )
        for one in (self.channel, self._source):
            if one is not None:
                one.wake = self.crew.wake

    @property
    def is_pulling_here(self) -> bool:
        """Whether this very thread waits for the next item of the user's iterator, at this moment."""
        return self._source is not None and self._source.is_pulling_here

    def replies(self) -> Generator[Reply, None, None]:
        """Yield what the crew answers; the work begins with the first one asked for."""
        self.status.start_ns = wall_ns()
        if self._async_items is not None and self.channel is not None:
            start_async_feeder(self.channel, self._async_items)
        try:
            work = stream(self.crew, self.intake, ordered=self.stage.ordered, recorder=self.recorder)
            with closing(work) as replies:
                for reply in replies:
                    if self.crew.workers < self.status.choice.workers and self.stage.executor != AUTO:
                        self._do_with(self.crew.workers)
                    yield reply
        finally:
            self.status.end_ns = wall_ns()
            for one in (self.channel, self._source):
                if one is not None:
                    one.leave()

    def entries(self) -> Generator[list[Entry], None, None]:
        """Yield what the stage hands on."""
        roots = self._roots
        handed_on = roots.entries if roots is not None else source_entries
        with closing(self.replies()) as replies:
            for reply in replies:
                made = list(handed_on(reply, self.stage.kind, self.stage.name))
                self.status.given_out += len(made) - sum(map(has_passed_by, made))
                if roots is not None:
                    newly = roots.consumed - self.handed.consumed
                    self.handed = self.handed.and_more(len(made), newly, roots.reached)
                else:
                    count = len(reply.values)
                    self.handed = self.handed.and_more(len(made), count, reply.batch.first + count)
                self.status.queued = len(self.channel) if self.channel is not None else 0
                yield made

    def _do_with(self, workers: int) -> None:
        """Tell that the system started fewer workers than were asked for."""
        choice = self.status.choice
        choice.workers = workers
        choice.reasons.insert(
            0, reasons.fewer_started(workers, shortage_of(self.crew))
        )  # the first one is always shown
        for track in choice.tracks:
            track.workers = workers

    def _open(self, items: "Iterable[Any] | AsyncIterable[Any] | None") -> Feed:
        self.channel: Channel | None = None
        self._source: IteratorSource | None = None
        self._async_items: AsyncIterable[Any] | None = None
        if items is None:
            self.channel = Channel(QUEUE_LIMIT)
            return self.channel
        if isinstance(items, list | tuple | range):
            return feed(items)
        if isinstance(items, Iterable):
            self._source = IteratorSource(items, len(items) if isinstance(items, Sized) else None)
            return self._source
        self.channel = Channel(READ_AHEAD)
        self._async_items = items
        return self.channel

    def _packed(self, source: Feed, *, is_first: bool) -> Feed:
        return Packer(Numbered(source) if is_first else source, self.stage.size, self.stage.linger_s)

    def _hire(self, size: BatchSize, inherited: Iterable[Any]) -> Crew:
        stage = self.stage
        if stage.executor == AUTO:
            from turnout.pipeline._autopilot import Autopilot  # noqa: PLC0415  it takes long to load

            return Autopilot(
                stage.function,
                inherited,
                size,
                self.status,
                self.recorder,
                self._feed.remaining,
                workers=stage.workers,
                timeout_s=stage.timeout_s,
                start_method=stage.start_method,
                is_alone=self._is_alone,
            )
        executor = make_executor(stage.executor, stage.workers, start_method=stage.start_method, address=stage.address)
        size.retarget(executor.workers, executor.batch_ns)
        choice = self.status.choice
        choice.workers = executor.workers
        choice.reasons.append(f"{stage.executor} was asked for.")
        choice.tracks.append(Track(executor=stage.executor, workers=executor.workers, since_ns=wall_ns(), done=0))
        return executor.crew(stage.function, inherited, self.recorder, timeout_s=stage.timeout_s)
