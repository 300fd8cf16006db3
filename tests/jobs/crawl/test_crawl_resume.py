"""A crawl that is killed, stopped or limited goes on where it was."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from threading import Event

import pytest

from _raw_site import RawSite, Visit
from crawl_sites import MemoryIndex, asked, crawled, html, page, site_of
from full_disk import full_disk
from turnout.errors import UsageError
from turnout.fulltext import Search
from turnout.jobs.crawl import Crawl, CrawlOptions, read_standing
from turnout.jobs.crawl._archive import Archive

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("unmeasured_workers")]

PAGES = 1001


class TreeSite:
    """Pages in a tree; tells when a number of them have been asked for."""

    def __init__(self, pages: int = PAGES) -> None:
        self.pages = pages
        self.waits_for = pages + 1
        self.reached = Event()
        self.site = RawSite(self._answer)

    def _answer(self, visit: Visit) -> None:
        if visit.path == "/robots.txt":
            page(visit, b"", status="404 Not Found")
            return
        number = int(visit.path[1:] or 0)
        children = [f"/{child}" for child in range(8 * number + 1, 8 * number + 9) if child < self.pages]
        page(visit, html(f"Page{number}x", *children, text=f"This is what page number{number} tells of itself."))
        if len(visit.site.visits) >= self.waits_for:
            self.reached.set()


def command(*words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "turnout", "crawl", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


@pytest.mark.parametrize("moments", [[40], [500], [950], [200, 600]])
def test_a_kill_loses_no_page_and_few_are_fetched_twice(moments: Sequence[int], tmp_path: Path) -> None:
    tree = TreeSite()
    with tree.site as site:
        for moment in moments:
            tree.waits_for = moment
            tree.reached.clear()
            process = command(site.url, "--state", str(tmp_path))
            assert tree.reached.wait(60)
            os.kill(process.pid, signal.SIGKILL)
            process.communicate()
        tree.waits_for = 10 * PAGES

        ended = command(site.url, "--state", str(tmp_path))
        said, _ = ended.communicate(timeout=120)

        counts = Counter(asked(site))

    assert (ended.returncode, f"{PAGES:,} fetched" in said) == (0, True), said
    assert len(counts) == PAGES
    assert sum(counts.values()) - PAGES <= 0.05 * PAGES * len(moments)
    assert Search(tmp_path).page_count == PAGES


def test_ctrl_c_keeps_what_is_done_and_the_same_command_goes_on(tmp_path: Path) -> None:
    tree = TreeSite(3000)
    tree.waits_for = 300
    with tree.site as site:
        process = command(site.url, "--state", str(tmp_path), "--no-index")
        assert tree.reached.wait(60)
        os.kill(process.pid, signal.SIGINT)
        said, _ = process.communicate(timeout=10)
        first = len(asked(site))
        again = command("--state", str(tmp_path), "--no-index")
        again.communicate(timeout=120)

        counts = Counter(asked(site))

    assert process.returncode == 130
    assert "stopping; what is done is kept" in said
    assert first < 1500
    assert (again.returncode, len(counts)) == (0, 3000)
    assert sum(counts.values()) - 3000 <= 80


class SlowPage:
    """A page that is answered when the crawl was stopped."""

    def __init__(self) -> None:
        self.is_asked_for = Event()
        self.may_come = Event()
        self.site = site_of({"/": self._answer})

    def _answer(self, visit: Visit) -> None:
        self.is_asked_for.set()
        assert self.may_come.wait(60)
        page(visit, html("At last"))

    def stopped_crawl(self, folder: Path, grace_s: float) -> int:
        """Crawl, and stop while the page is on its way; return how many pages came."""

        def stop_once() -> None:
            if self.is_asked_for.is_set() and not crawl.is_stopped:
                crawl.stop(grace_s=grace_s)
                if grace_s:
                    self.may_come.set()

        with Crawl([self.site.url], folder) as crawl:
            return crawl.run(stop_once).done


def test_what_is_on_its_way_when_a_crawl_is_stopped_is_waited_for(tmp_path: Path) -> None:
    slow = SlowPage()
    with slow.site:
        done = slow.stopped_crawl(tmp_path, grace_s=60)

        assert (done, asked(slow.site)) == (1, ["/"])


def test_what_does_not_come_in_time_is_asked_for_by_the_next_run(tmp_path: Path) -> None:
    slow = SlowPage()
    with slow.site:
        done = slow.stopped_crawl(tmp_path, grace_s=0)
        slow.may_come.set()
        crawled(slow.site, tmp_path)

        assert (done, asked(slow.site)) == (0, ["/", "/"])
    assert read_standing(tmp_path).done == 1


def test_a_limit_of_pages_holds_over_all_runs(tmp_path: Path) -> None:
    tree = TreeSite(200)
    with tree.site as site:
        crawled(site, tmp_path, options=CrawlOptions(max_pages=50))
        crawled(site, tmp_path, options=CrawlOptions(max_pages=80))

        assert len(asked(site)) == 80

    assert read_standing(tmp_path).done == 80


def test_a_limit_of_depth_holds(tmp_path: Path) -> None:
    with TreeSite(600).site as site:
        crawled(site, tmp_path, options=CrawlOptions(max_depth=2))

        assert len(asked(site)) == 1 + 8 + 64


def test_what_the_index_had_not_committed_is_put_in_again(tmp_path: Path) -> None:
    class Forgetful(MemoryIndex):
        def commit(self) -> None:
            """Lose everything, as a process that is killed does."""

    class Cut(BaseException):
        pass

    def cut() -> None:
        if crawl.tally.fetched > 100:
            raise Cut

    with TreeSite(400).site as site:
        forgetful = Forgetful()
        with Crawl([site.url], tmp_path, open_index=forgetful) as crawl:
            crawl._crawler._commit_index = lambda: None  # type: ignore[method-assign]  # as if it had not come to it
            with pytest.raises(Cut):
                crawl.run(cut)
        fetched = len(asked(site))
        _, index = crawled(site, tmp_path)

        again = len(asked(site)) - 400

    assert fetched > 100
    assert len(index.committed) == 400
    assert again <= 8


def test_an_archive_goes_on_after_a_crawl_that_ended_before_its_first_answer(tmp_path: Path) -> None:
    archive = tmp_path / "site.warc.gz"
    with site_of({"/": html("x")}) as site:
        with Crawl([site.url], tmp_path / "state", archive=archive):
            begun = archive.stat().st_size
        with archive.open("ab") as file:
            file.write(b"what a kill has left behind")
        with Crawl([site.url], tmp_path / "state", archive=archive):
            again = archive.stat().st_size

        with Crawl([site.url], tmp_path / "state", archive=archive) as crawl:
            crawl.run()

    assert 0 < begun == again < archive.stat().st_size


def test_a_new_archive_is_empty_until_its_position_can_have_been_kept(tmp_path: Path) -> None:
    with Archive(tmp_path / "site.warc.gz", "turnout", None) as archive:
        before = archive.path.stat().st_size
        archive.flush()

        assert (before, archive.path.stat().st_size) == (0, archive.position)


def test_a_full_disk_is_told_of_in_one_sentence_by_an_archive(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "site.warc.gz", "turnout", None)

    with full_disk(), pytest.raises(UsageError, match=r"the archive .* cannot be written .*; make room on its disk"):
        archive.close()


def test_what_ends_a_crawl_is_not_hidden_by_what_its_index_or_archive_says_then(tmp_path: Path) -> None:
    class Full(MemoryIndex):
        def close(self) -> None:
            raise UsageError("the index cannot be written")

    class Cut(BaseException):
        pass

    def cut() -> None:
        raise Cut

    with site_of({"/": html("x")}) as site, pytest.raises(Cut), Crawl([site.url], tmp_path, open_index=Full()) as crawl:
        crawl.run(cut)
    with full_disk(), pytest.raises(Cut), Archive(tmp_path / "site.warc.gz", "turnout", None):
        cut()


def test_two_crawls_do_not_share_a_folder(tmp_path: Path) -> None:
    with (
        site_of({"/": html("x")}) as site,
        Crawl([site.url], tmp_path),
        pytest.raises(UsageError, match="another crawl works in"),
    ):
        Crawl([site.url], tmp_path)


def test_pages_are_asked_for_again_only_if_they_have_changed(tmp_path: Path) -> None:
    changed = Event()

    def dated(visit: Visit) -> None:
        if visit.headers.get("if-none-match") == '"1"' and not changed.is_set():
            visit.reply("304 Not Modified", b"")
        else:
            words = "changed words" if changed.is_set() else "first words"
            page(visit, html("Dated", text=f"These are the {words}."), 'ETag: "1"')

    def gone(visit: Visit) -> None:
        if visit.number == 1:
            page(visit, html("Gone"))
        else:
            page(visit, html("Gone"), status="410 Gone")

    with site_of({"/": html("Start", "/dated", "/gone"), "/dated": dated, "/gone": gone}) as site:
        index = MemoryIndex()
        crawled(site, tmp_path, index=index)
        crawled(site, tmp_path, index=index, options=CrawlOptions(recrawls=True))
        unchanged = dict(read_standing(tmp_path).notes)
        after = index.urls
        changed.set()
        crawled(site, tmp_path, index=index, options=CrawlOptions(recrawls=True))

        assert after == {f"{site.url}/", f"{site.url}/dated"}

    assert unchanged == {"unchanged": 1}
    assert any("changed words" in found.text for found in index.committed.values())


@pytest.mark.parametrize(
    ("status", "stays"),
    [("503 Busy", True), ("500 Broken", True), ("403 Forbidden", True), ("404 Not Found", False), ("410 Gone", False)],
)
def test_a_page_that_fails_when_it_is_asked_for_again_stays_unless_it_is_gone(
    status: str, stays: object, tmp_path: Path
) -> None:
    def failing(visit: Visit) -> None:
        page(visit, html("Failing"), status="200 OK" if visit.number == 1 else status)

    with site_of({"/": html("Start", "/failing"), "/failing": failing}) as site:
        _, index = crawled(site, tmp_path)
        crawled(site, tmp_path, index=index, options=CrawlOptions(recrawls=True, tries=1))

        assert (f"{site.url}/failing" in index.urls) is stays
