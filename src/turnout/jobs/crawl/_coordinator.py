"""Hands jobs to the shards of a crawl, and carries between them what each has found for others."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field, replace

from turnout.errors import ClusterError, WorkerDiedError
from turnout.jobs.crawl._memory import HostMemory
from turnout.jobs.crawl._shard import MOST_CARRIED, ShardJob, ShardResult, run_shard
from turnout.jobs.crawl._share import Share
from turnout.jobs.crawl._types import Found

_ATTEMPTS = 5
_OVERTIME_SHARE = 10  # times as long as it waited for its last answers, at least, a shard works until it tells again
_LONGEST_SLICE_S = 60.0

_Letter = tuple[Found, "_Shard", int]
"""An address for a shard, who has found it, and its number in that one's outbox."""


@dataclass(slots=True, eq=False)
class _Shard:
    share: Share
    inbox: deque[_Letter] = field(default_factory=deque)
    handed: list[_Letter] = field(default_factory=list)  # with the job that runs
    carried: int = 0  # the last number of the outbox that is on its way, or has arrived
    on_the_way: set[int] = field(default_factory=set)
    attempts: int = 0
    overtime_s: float = 0.0  # after its last slice
    memory: tuple[HostMemory, ...] | None = None  # of its last slice

    @property
    def delivered(self) -> int:
        """The number up to which all that it sent is on the disks of those whom it concerns."""
        return min(self.on_the_way) - 1 if self.on_the_way else self.carried


class Coordinator:
    """Keeps shards at work until none has anything to do.

    Args:
        pattern: A job for the first shard, which those of the others are made after.
        executor: Where jobs run.
        on_result: Called with the number of a shard, and what came of its job.
    """

    def __init__(
        self, pattern: ShardJob, executor: Executor, on_result: Callable[[int, ShardResult], object] | None
    ) -> None:
        self._pattern = pattern
        self._executor = executor
        self._on_result = on_result
        self._shards = [_Shard(Share(number, pattern.share.shards)) for number in range(pattern.share.shards)]
        self._running: dict[Future[ShardResult], tuple[_Shard, ShardJob]] = {}

    def run(self) -> None:
        """Work until all is done.

        Raises:
            WorkerDiedError: If five workers in a row died on a shard.
        """
        for shard in self._shards:
            self._begin(shard)
        while self._running:
            done, _ = wait(self._running, return_when=FIRST_COMPLETED)
            for future in done:
                self._take(future)
            busy = {shard for shard, _ in self._running.values()}
            for shard in self._shards:
                if shard.inbox and shard not in busy:
                    self._begin(shard)

    def _begin(self, shard: _Shard) -> None:
        shard.handed = [shard.inbox.popleft() for _ in range(min(len(shard.inbox), MOST_CARRIED))]
        job = replace(
            self._pattern,
            share=shard.share,
            inbox=tuple(found for found, _, _ in shard.handed),
            delivered=shard.delivered,
            memory=shard.memory,
            slice_s=max(self._pattern.slice_s, min(_OVERTIME_SHARE * shard.overtime_s, _LONGEST_SLICE_S)),
        )
        self._submit(shard, job)

    def _submit(self, shard: _Shard, job: ShardJob) -> None:
        self._running[self._executor.submit(run_shard, job)] = (shard, job)

    def _take(self, future: Future[ShardResult]) -> None:
        shard, job = self._running.pop(future)
        try:
            result = future.result()
        except (WorkerDiedError, ClusterError):
            shard.attempts += 1
            if shard.attempts >= _ATTEMPTS:
                raise
            self._submit(shard, job)  # it goes on from its folder; what it was sent comes once more
            return
        shard.attempts = 0
        shard.overtime_s = result.overtime_s
        shard.memory = result.memory
        for _, sender, number in shard.handed:
            sender.on_the_way.discard(number)
        shard.handed = []
        for number, found in result.outbox:
            if number > shard.carried:
                shard.carried = number
                shard.on_the_way.add(number)
                self._owner(found).inbox.append((found, shard, number))
        if self._on_result is not None:
            self._on_result(shard.share.number, result)
        if not result.is_idle:
            self._begin(shard)

    def _owner(self, found: Found) -> _Shard:
        return next(shard for shard in self._shards if shard.share.has(found.url))
