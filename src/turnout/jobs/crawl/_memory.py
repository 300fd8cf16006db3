"""What a shard remembers of its hosts from one job to the next, which the frontier does not keep.

Tries are counted, and hosts left alone, for a whole run. A shard's run is cut into jobs, each of them shorter than some
pauses between two tries: one that began to count anew would ask for ever.
"""

from dataclasses import dataclass
from typing import NamedTuple

from turnout.jobs.crawl._frontier import Frontier
from turnout.jobs.crawl._hosts import HostQueue, Schedule, pause_ns

_NS = 1e9


class Retry(NamedTuple):
    """A page that is asked for again.

    Attributes:
        row: Of the address.
        tries: How often it was tried.
        wait_s: How long it has to wait.
    """

    row: int
    tries: int
    wait_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HostMemory:
    """How a host stands; times are counted from the end of the job, as clocks of workers differ.

    Attributes:
        row: Of the host.
        note: Why nothing more is asked, or "".
        failures: How many requests in a row had no answer.
        robots_tries: How often its rules were asked for in vain.
        wait_s: How long nothing may be asked.
        retries: Its pages that are asked for again.
        sitemaps: Its sitemaps that are still to be read.
        known_sitemaps: Those, and the ones that were read.
    """

    row: int
    note: str
    failures: int
    robots_tries: int
    wait_s: float
    retries: tuple[Retry, ...]
    sitemaps: tuple[str, ...]
    known_sitemaps: frozenset[str]


def memory_of(host: HostQueue, now_ns: int) -> HostMemory | None:
    """Return what is to be remembered of a host; None if that is nothing."""
    wait_s = max(0.0, (host.next_ns - now_ns) / _NS)
    if not (host.note or host.failures or host.robots_tries or wait_s or host.retries or host.sitemaps):
        return None
    return HostMemory(
        row=host.row.id,
        note=host.note,
        failures=host.failures,
        robots_tries=host.robots_tries,
        wait_s=wait_s,
        retries=tuple(Retry(item.id, item.tries, (when_ns - now_ns) / _NS) for when_ns, _, item in host.retries),
        sitemaps=tuple(host.sitemaps),
        known_sitemaps=frozenset(host.known_sitemaps if host.sitemaps else ()),
    )


def recall(host: HostQueue, memory: HostMemory, frontier: Frontier, schedule: Schedule, now_ns: int) -> None:
    """Let a host that nothing was asked of yet stand as it stood."""
    host.note = memory.note
    host.failures = memory.failures
    host.robots_tries = memory.robots_tries
    host.next_ns = now_ns + pause_ns(memory.wait_s)
    host.sitemaps.extend(memory.sitemaps)
    host.known_sitemaps.update(memory.known_sitemaps)
    retries = {retry.row: retry for retry in memory.retries}
    for item in frontier.take_rows(host.row, sorted(retries)):
        item.tries = retries[item.id].tries
        schedule.retry(host, item, now_ns + pause_ns(retries[item.id].wait_s))
