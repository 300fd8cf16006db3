"""A crawl cut into shards by host, on several workers."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from pathlib import Path
from threading import Event, Lock

import pytest

import turnout
from _raw_site import RawSite, Visit
from crawl_sites import html, page
from executors.dask_servers import servers
from turnout.errors import UsageError
from turnout.jobs.crawl import Around, CrawlOptions, ShardResult, crawl_shards, read_standing
from turnout.jobs.crawl._coordinator import Coordinator
from turnout.jobs.crawl._shard import ShardJob
from turnout.jobs.crawl._share import Share
from turnout.pages import Edges

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("unmeasured_workers")]

HOSTS = 8
PAGES = 40


class Web:
    """Eight hosts at one address, each with forty pages that lead to the next page, and to one of the next host."""

    def __init__(self) -> None:
        self.site = RawSite(self._answer)
        self.counts: Counter[str] = Counter()
        self.most_at_once: dict[str, int] = defaultdict(int)
        self.waits_for = HOSTS * PAGES + 1
        self.reached = Event()
        self._at_once: Counter[str] = Counter()
        self._lock = Lock()

    def _answer(self, visit: Visit) -> None:
        host = visit.headers["host"].partition(":")[0]
        if visit.path == "/robots.txt":
            page(visit, b"", status="404 Not Found")
            return
        with self._lock:
            self._at_once[host] += 1
            self.most_at_once[host] = max(self.most_at_once[host], self._at_once[host])
            self.counts[f"{host}{visit.path}"] += 1
            if sum(self.counts.values()) >= self.waits_for:
                self.reached.set()
        number, place = int(visit.path[1:] or 0), int(host.partition(".")[0][1:])
        port = visit.site.port
        links = [f"/{number + 1}"] if number + 1 < PAGES else []
        links.append(f"http://h{(place + 1) % HOSTS}.example:{port}/{number}")
        with self._lock:
            self._at_once[host] -= 1
        page(
            visit,
            html(f"Page {number} of {host}", *links, text=f"Page {number} of {host} says word{place * 100 + number}."),
        )

    def options(self) -> CrawlOptions:
        names = tuple(f"h{place}.example:{self.site.port}:127.0.0.1" for place in range(HOSTS))
        return CrawlOptions(resolve=names, allows_private=True, delay_s=0.005)


@pytest.fixture
def web() -> Iterator[Web]:
    found = Web()
    with found.site:
        yield found


def everything() -> set[str]:
    return {f"h{place}.example/{number or ''}" for place in range(HOSTS) for number in range(PAGES)} | {
        f"h{place}.example/0" for place in range(HOSTS)
    }


def run(web: Web, folder: Path, executor: Executor, **more: object) -> None:
    begin = [f"http://h0.example:{web.site.port}/"]
    crawl_shards(
        begin,
        state=folder,
        shards=3,
        executor=executor,
        around=Around("any"),
        options=web.options(),
        index=False,
        slice_s=0.5,
        **more,  # type: ignore[arg-type]
    )


def test_each_host_has_one_owner() -> None:
    shares = [Share(number, 3) for number in range(3)]

    owners = [[share.number for share in shares if share.has(f"http://h{place}.example/x")] for place in range(40)]

    assert all(len(found) == 1 for found in owners)
    assert {found[0] for found in owners} == {0, 1, 2}
    assert Share(0, 3).has("http://a.example/") == Share(0, 3).has("https://a.example:8443/x")


def test_shards_find_all_pages_and_keep_the_pace_of_each_host(web: Web, tmp_path: Path) -> None:
    with turnout.executor("processes", workers=3) as pool:
        run(web, tmp_path, pool)

    standing = read_standing(tmp_path)
    assert everything() - set(web.counts) <= {f"h{place}.example/" for place in range(1, HOSTS)}
    assert max(web.counts.values()) == 1
    assert max(web.most_at_once.values()) == 1
    assert (standing.done, standing.waiting) == (sum(web.counts.values()), 0)
    assert sum(1 for number in range(3) for _ in Edges(tmp_path / f"shard-{number}")) == standing.done


def test_a_dask_worker_that_is_killed_half_way_loses_no_page(web: Web, tmp_path: Path) -> None:
    results: list[tuple[int, ShardResult]] = []
    web.waits_for = 60
    with servers(tmp_path, workers=3) as there:
        with turnout.executor("dask", workers=3, address=there.address) as pool:

            def note(number: int, result: ShardResult) -> None:
                results.append((number, result))
                if web.reached.is_set() and there.workers:
                    there.workers.popitem()[1].kill()
                    web.reached.clear()
                    web.waits_for = 10_000

            run(web, tmp_path / "state", pool, on_result=note)

        assert len(there.workers) == 2

    standing = read_standing(tmp_path / "state")
    assert everything() - set(web.counts) <= {f"h{place}.example/" for place in range(1, HOSTS)}
    assert sum(web.counts.values()) - len(web.counts) <= 0.05 * len(web.counts)
    assert (standing.done, standing.waiting) == (len(web.counts), 0)


class OneShard(Executor):
    """Hands back results that are given, and keeps what was asked for."""

    def __init__(self, *results: ShardResult) -> None:
        self.jobs: list[ShardJob] = []
        self._results = list(results)

    def submit(self, _: object, job: ShardJob) -> "Future[ShardResult]":  # type: ignore[override]
        self.jobs.append(job)
        future: Future[ShardResult] = Future()
        future.set_result(self._results.pop(0))
        return future


def test_a_shard_that_waits_long_for_its_last_answers_works_longer_between() -> None:
    def result(overtime_s: float, *, is_idle: bool = False) -> ShardResult:
        return ShardResult(outbox=(), done=0, waiting=0, is_idle=is_idle, overtime_s=overtime_s)

    executor = OneShard(result(0.01), result(3.0), result(20.0), result(0.0, is_idle=True))
    job = ShardJob(
        folder="", share=Share(0, 1), seeds=(), around=Around(), options=CrawlOptions(), indexes=False, slice_s=2.0
    )
    Coordinator(job, executor, None).run()

    assert [job.slice_s for job in executor.jobs] == [2.0, 2.0, 30.0, 60.0]


def test_the_number_of_shards_stays(web: Web, tmp_path: Path) -> None:
    with turnout.executor("processes", workers=2) as pool:
        run(web, tmp_path, pool)
        with pytest.raises(UsageError, match="has 3 shards, not 5; go on with 3"):
            crawl_shards(["http://a.example"], state=tmp_path, shards=5, executor=pool)
