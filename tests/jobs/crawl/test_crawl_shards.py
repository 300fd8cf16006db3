"""A crawl cut into shards by host, on several workers."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path
from threading import Event, Lock
from typing import Any

import pytest

import turnout
from _raw_site import RawSite, Visit
from crawl_sites import asked, html, page, site_of
from executors.dask_servers import servers
from turnout.errors import UsageError
from turnout.jobs.crawl import Around, CrawlOptions, ShardResult, crawl_shards, read_standing
from turnout.jobs.crawl._coordinator import Coordinator
from turnout.jobs.crawl._shard import ShardJob
from turnout.jobs.crawl._share import Share
from turnout.pages import Edges
from turnout.report._crawl_types import CrawlReport

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


def crawl_in_short_jobs(
    sites: Sequence[RawSite], folder: Path, **options: Any
) -> CrawlReport:  # fields of CrawlOptions
    """Crawl with two shards whose jobs are shorter than the pauses between two tries."""
    jobs: Counter[int] = Counter()

    def note(number: int, _: ShardResult) -> None:
        jobs[number] += 1
        if jobs[number] > 40:
            raise AssertionError(f"shard {number} does not come to its end")

    with turnout.executor("threads", workers=2) as pool:
        return crawl_shards(
            [site.url for site in sites],
            state=folder,
            shards=2,
            executor=pool,
            options=CrawlOptions(**options),
            index=False,
            slice_s=0.2,
            on_result=note,
        )


def broken(visit: Visit) -> None:
    page(visit, b"", status="500 Internal Server Error")


def test_a_page_that_always_fails_is_tried_as_often_as_without_shards(tmp_path: Path) -> None:
    with site_of({"/": html("Start", "/a", "/e"), "/a": html("A"), "/e": broken}) as site:
        standing = crawl_in_short_jobs([site], tmp_path)

        assert (standing.done, standing.failed, standing.waiting) == (2, 1, 0)
        assert Counter(asked(site)) == {"/": 1, "/a": 1, "/e": 3}
        assert len(site.visits) - len(asked(site)) == 1


def test_a_host_whose_rules_fail_is_left_alone_with_shards_too(tmp_path: Path) -> None:
    with site_of({"/robots.txt": broken, "/": html("Start")}) as site:
        standing = crawl_in_short_jobs([site], tmp_path)

        assert [visit.path for visit in site.visits] == ["/robots.txt"] * 3
        assert [host.note for host in standing.hosts] == ["its robots.txt answers 500, so that nothing is allowed"]


def test_a_host_that_asks_for_more_patience_is_asked_once_by_a_shard(tmp_path: Path) -> None:
    def busy(visit: Visit) -> None:
        page(visit, b"", "Retry-After: 4000", status="503 Service Unavailable")

    with site_of({"/": busy}) as patient, site_of({"/": html("Start", "/e"), "/e": broken}) as other:
        standing = crawl_in_short_jobs([patient, other], tmp_path)

        assert (asked(patient), asked(other).count("/e")) == (["/"], 3)

    assert (standing.done, standing.failed, standing.waiting) == (1, 1, 1)


def test_sitemaps_are_read_once_and_to_their_end_by_a_shard(tmp_path: Path) -> None:
    def answer(visit: Visit) -> None:
        url = visit.site.url
        bodies = {
            "/robots.txt": f"Sitemap: {url}/index.xml\n".encode(),
            "/index.xml": f"<sitemapindex><loc>{url}/1.txt</loc><loc>{url}/2.txt</loc></sitemapindex>".encode(),
            "/1.txt": f"{url}/a\n".encode(),
            "/2.txt": f"{url}/b\n".encode(),
        }
        if visit.path.endswith(".txt") and visit.path != "/robots.txt":
            Event().wait(0.3)  # longer than a job
        page(visit, bodies.get(visit.path) or html(f"Page {visit.path}"))

    with RawSite(answer) as site:
        standing = crawl_in_short_jobs([site], tmp_path)

        assert sorted(visit.path for visit in site.visits) == sorted(
            ["/", "/robots.txt", "/index.xml", "/1.txt", "/2.txt", "/a", "/b"]
        )

    assert (standing.done, standing.waiting) == (3, 0)


def test_pages_are_asked_for_again_once_in_a_run_of_shards(tmp_path: Path) -> None:
    with site_of({"/": html("Start", "/a", "/e"), "/a": html("A"), "/e": broken}) as site:
        crawl_in_short_jobs([site], tmp_path)
        before = len(asked(site))
        crawl_in_short_jobs([site], tmp_path, recrawls=True)

        assert Counter(asked(site)[before:]) == {"/": 1, "/a": 1, "/e": 3}


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
