"""A crawl cut into shards by host, each on a worker with a folder of its own.

    coordinator   -- job: addresses for you, what of your outbox has arrived -->   shard, on some worker
                  <-- result: outbox, what waits --

Each host belongs to one shard, which alone asks it, at its pace. What a shard finds on hosts of others goes to its
outbox, on disk, with the pages that led to it; the coordinator carries it to the owners, and tells the sender when they
have it on disk. So nothing is lost whichever process ends: a job whose worker died is done again, from the folder, and
what is carried twice is known already. Workers share a file system.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path

from turnout.errors import UsageError
from turnout.jobs.crawl._coordinator import Coordinator
from turnout.jobs.crawl._crawl import Around, nothing_to_begin_with, seed_url
from turnout.jobs.crawl._frontier_file import check
from turnout.jobs.crawl._options import CrawlOptions
from turnout.jobs.crawl._shard import SLICE_S, ShardJob, ShardResult
from turnout.jobs.crawl._share import Share
from turnout.jobs.crawl._standing import read_standing
from turnout.pages import FRONTIER_FILE, shard_folders
from turnout.report._crawl_types import CrawlReport


def crawl_shards(
    urls: Iterable[str],
    *,
    state: str | Path,
    shards: int,
    executor: Executor,
    around: Around | None = None,
    options: CrawlOptions | None = None,
    index: bool = True,
    slice_s: float = SLICE_S,
    on_result: Callable[[int, ShardResult], object] | None = None,
) -> CrawlReport:
    """Crawl with several workers at once, each of which owns some of the hosts.

    Args:
        urls: Where to begin; the same each time.
        state: A folder that all workers reach, in which each shard has its own.
        shards: How many; the same each time.
        executor: Where they run, such as ``turnout.executor("dask", address=...)``.
        around: What belongs to the crawl.
        options: How it is made; ``max_pages`` is shared out.
        index: Whether each shard has an index.
        slice_s: How long a shard works before it tells what it has found for others.
        on_result: Called with each shard's number and result.

    Raises:
        UsageError: If the folder belongs to a crawl with another number of shards or none, or there is nothing to begin
            with.
        WorkerDiedError: If the workers of one shard died five times.
    """
    folder = Path(state)
    seeds = tuple(seed_url(url) for url in urls)
    if not _has_shards(folder, shards) and not seeds:
        raise nothing_to_begin_with(folder)
    how = options or CrawlOptions()
    if how.max_pages is not None:
        how = replace(how, max_pages=-(-how.max_pages // shards))
    pattern = ShardJob(
        folder=str(folder),
        share=Share(0, shards),
        seeds=seeds,
        around=around or Around(),
        options=how,
        indexes=index,
        slice_s=slice_s,
    )
    Coordinator(pattern, executor, on_result).run()
    return read_standing(folder)


def _has_shards(folder: Path, shards: int) -> bool:
    """Tell whether a crawl was begun with that many shards.

    Raises:
        UsageError: If it was with another number, or without shards.
    """
    if check(folder / FRONTIER_FILE):
        raise UsageError(f"the crawl in {str(folder)!r} has no shards; go on without --shards, or name another folder")
    found = len(shard_folders(folder))
    if found not in {0, shards}:
        raise UsageError(f"the crawl in {str(folder)!r} has {found} shards, not {shards}; go on with {found}")
    return found > 0
