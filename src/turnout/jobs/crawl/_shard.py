"""One shard of a crawl, at work for a while on some worker."""

from dataclasses import dataclass

from turnout.clock import pause_s, wall_ns
from turnout.errors import UsageError
from turnout.fulltext import open_index
from turnout.jobs.crawl._crawl import Around, Crawl
from turnout.jobs.crawl._memory import HostMemory
from turnout.jobs.crawl._options import CrawlOptions
from turnout.jobs.crawl._share import Share
from turnout.jobs.crawl._types import Found
from turnout.pages import shard_folder

SLICE_S = 2.0
MOST_CARRIED = 20_000
_LOCKED_S = 10.0  # for the process of a worker that died, which may hold the folder a little longer


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardJob:
    """What a shard does for a while.

    Attributes:
        folder: Of the whole crawl; each shard has one in it.
        share: Its hosts.
        seeds: Where the whole crawl begins.
        around: What belongs to it.
        options: How it is made.
        indexes: Whether pages are indexed.
        inbox: Addresses that others have found.
        delivered: The last number of the outbox that has reached its owner.
        slice_s: How long it works before it tells.
        memory: What came of its last job; None for the first one of a run.
    """

    folder: str
    share: Share
    seeds: tuple[str, ...]
    around: Around
    options: CrawlOptions
    indexes: bool
    inbox: tuple[Found, ...] = ()
    delivered: int = 0
    slice_s: float = SLICE_S
    memory: tuple[HostMemory, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardResult:
    """What came of a job.

    Attributes:
        outbox: Addresses for others, each with a number.
        done: How many pages the shard has fetched.
        waiting: How many addresses wait.
        is_idle: Whether it has nothing to do until it is sent something.
        overtime_s: How long it waited for the last answers after its slice.
        memory: What its next job has to know of its hosts.
    """

    outbox: tuple[tuple[int, Found], ...]
    done: int
    waiting: int
    is_idle: bool
    overtime_s: float
    memory: tuple[HostMemory, ...] = ()


def run_shard(job: ShardJob) -> ShardResult:
    """Crawl a shard for a while; runs in a worker."""
    with _opened(job) as crawl:
        crawl.receive(job.inbox)
        crawl.delivered(job.delivered)
        end_ns = wall_ns() + round(job.slice_s * 1e9)

        def tick() -> None:
            if wall_ns() >= end_ns and not crawl.is_stopped:
                crawl.stop(grace_s=job.options.deadline_s)  # else what a slow host sends would never come whole

        report = crawl.run(tick)
        overtime_s = max(0.0, (wall_ns() - end_ns) / 1e9)
        outbox = tuple(crawl.outbox(MOST_CARRIED))
        is_idle = not crawl.is_stopped and len(outbox) < MOST_CARRIED
        return ShardResult(
            outbox=outbox,
            done=report.done,
            waiting=report.waiting,
            is_idle=is_idle,
            overtime_s=overtime_s,
            memory=crawl.memory,
        )


def _opened(job: ShardJob) -> Crawl:
    end_ns = wall_ns() + round(_LOCKED_S * 1e9)
    while True:
        try:
            return Crawl(
                job.seeds,
                shard_folder(job.folder, job.share.number),
                around=job.around,
                options=job.options,
                open_index=open_index if job.indexes else None,
                share=job.share,
                memory=job.memory,
            )
        except UsageError as error:
            if "another crawl works in" not in str(error) or wall_ns() > end_ns:
                raise
            pause_s(0.2)
