"""The course's ways to download and to crawl."""

import json
from pathlib import Path

import pytest

from crawl_sites import html, site_of
from turnout.errors import UnavailableError
from turnout.jobs import course_crawl, course_download

pytestmark = pytest.mark.integration

SITE = {
    "/": html("Start", "/a", "/b#part", "/missing", "http://elsewhere.invalid/"),
    "/a": html("A", "/", "/c"),
    "/b": html("B", "/c"),
    "/c": html("C", "/d"),
    "/d": html("D"),
}


@pytest.mark.parametrize("threads", [1, 3])
def test_files_are_saved_and_failures_counted(threads: int, tmp_path: Path) -> None:
    said: list[str] = []

    with site_of(SITE) as site:
        urls = [f"{site.url}/a", f"{site.url}/missing", "nonsense", f"{site.url}/b"]
        course_download.main([f"--to={tmp_path}", f"--threads={threads}", *urls], said.append)

    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {"0-a": SITE["/a"], "3-b": SITE["/b"]}
    assert json.loads(said[0]) == {"done": 2, "failed": 2, "received_bytes": len(SITE["/a"]) + len(SITE["/b"])}


@pytest.mark.parametrize("threads", [1, 3])
def test_links_are_followed_on_the_host_that_it_began_on(threads: int) -> None:
    said: list[str] = []

    with site_of(SITE) as site:
        course_crawl.main(["--pages=9", f"--threads={threads}", f"{site.url}/"], said.append)
        asked = sorted(visit.path for visit in site.visits)

    assert asked == ["/", "/a", "/b", "/c", "/d", "/missing"]
    assert json.loads(said[0])["done"] == 5
    assert json.loads(said[0])["failed"] == 1


def test_no_more_pages_are_asked_for_than_wanted() -> None:
    with site_of(SITE) as site:
        sizes = course_crawl.crawl(f"{site.url}/", 2, 1)
        asked = [visit.path for visit in site.visits]

    assert (len(sizes), asked) == (2, ["/", "/a"])


def test_without_beautifulsoup_it_is_told_what_to_install() -> None:
    with pytest.raises(UnavailableError, match=r"beautifulsoup4 is not installed.*turnout\[demo\]"):
        course_crawl.require_soup(lambda _: None)
