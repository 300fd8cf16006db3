"""Sites that mean no good, or know no better."""

import gzip
import subprocess
import sys
import zlib
from collections import Counter
from pathlib import Path

import pytest

from _raw_site import RawSite, Visit
from crawl_sites import asked, crawled, html, page, site_of
from turnout.jobs.crawl import Around, Crawl, CrawlOptions, read_standing

pytestmark = pytest.mark.integration

REAL = 200
SLACK = 2000


def real(number: int) -> bytes:
    children = [f"/real/{child}" for child in (2 * number + 1, 2 * number + 2) if child < REAL]
    text = " ".join(f"sentence number {number} of its own is word{number * 7919 % 1000} here." for _ in range(5))
    return html(f"Real {number}", *children, "/trap/0", text=text)


def trap_site(trap: "object") -> RawSite:
    """A site of 200 pages, each of which leads into a trap."""

    def answer(visit: Visit) -> None:
        if visit.path == "/robots.txt":
            page(visit, b"", status="404 Not Found")
        elif visit.path == "/":
            page(visit, html("Start", "/real/0", "/trap/0"))
        elif visit.path.startswith("/real/"):
            page(visit, real(int(visit.path.rpartition("/")[2].partition("?")[0])))
        else:
            trap(visit)  # type: ignore[operator]

    return RawSite(answer)


def calendar(visit: Visit) -> None:
    day = int(visit.path.rpartition("/")[2])
    page(visit, html(f"Day {day}", f"/trap/{day + 1}", f"/trap/{day + 2}", text=f"Nothing happens on day {day}."))


def fan(visit: Visit) -> None:
    number = int(visit.path.rpartition("/")[2])
    links = [f"/trap/{10 * number + digit}" for digit in range(10)]
    page(visit, html(f"Number {number}", *links, text=f"This is number {number}, as you may well have seen."))


def deepening(visit: Visit) -> None:
    page(visit, html("Deeper", f"{visit.path}/deeper", f"{visit.path}/again", text="The same words on every page."))


@pytest.mark.parametrize("trap", [calendar, fan, deepening])
def test_an_endless_host_ends_and_its_real_pages_are_found(trap: object, tmp_path: Path) -> None:
    with trap_site(trap) as site:
        crawled(site, tmp_path)

        paths = set(asked(site))

        assert {f"/real/{number}" for number in range(REAL)} <= paths
        assert len(paths) <= 12_000 if trap is fan else len(paths) <= REAL + SLACK


def test_a_session_in_each_link_does_not_multiply_pages(tmp_path: Path) -> None:
    def answer(visit: Visit) -> None:
        number = int(visit.path.partition("?")[0].rpartition("/")[2] or 0) if visit.path != "/robots.txt" else 0
        session = f"?PHPSESSID={visit.site.port:08x}{len(visit.site.visits):024x}"
        page(visit, html(f"Page {number}", *(f"/p/{child % 30}{session}" for child in (number + 1, 2 * number))))

    with RawSite(answer) as site:
        crawled(site, tmp_path)

        paths = asked(site)

        assert Counter(path for path in paths if "?" in path) == {}
        assert len(paths) <= 31


def test_a_session_under_an_unknown_name_is_noticed(tmp_path: Path) -> None:
    def answer(visit: Visit) -> None:
        path = visit.path.partition("?")[0]
        number = int(path.rpartition("/")[2] or 0) if path != "/robots.txt" else 0
        session = f"?visit={len(visit.site.visits)}"
        text = f"What page {number} has to say is this and nothing else, word{number}."
        page(
            visit,
            html(f"Page {number}", *(f"/p/{child % 20}{session}" for child in (number + 1, 2 * number)), text=text),
        )

    with RawSite(answer) as site:
        crawled(site, tmp_path)

        paths = asked(site)

        assert {path.partition("?")[0] for path in paths} >= {f"/p/{number}" for number in range(20)}
        assert len(paths) < 400


def test_redirections_that_go_round_or_on_for_ever_end(tmp_path: Path) -> None:
    def onwards(visit: Visit) -> None:
        number = int(visit.path.rpartition("/")[2])
        visit.reply("302 Found", b"", f"Location: /on/{number + 1}")

    pages = {
        "/": html("Start", "/a", "/self", "/on/0", "/good"),
        "/a": lambda visit: visit.reply("301 Moved", b"", "Location: /b"),
        "/b": lambda visit: visit.reply("302 Found", b"", "Location: /a"),
        "/self": lambda visit: visit.reply("302 Found", b"", "Location: /self"),
        "/good": lambda visit: visit.reply("308 Moved", b"", "Location: /end"),
        "/end": html("End"),
        **{f"/on/{number}": onwards for number in range(100)},
    }
    with site_of(pages) as site:  # type: ignore[arg-type]
        _, index = crawled(site, tmp_path)

        paths = asked(site)

        assert max(Counter(paths).values()) == 1
        assert 5 < sum(path.startswith("/on/") for path in paths) < 15
        assert index.urls == {f"{site.url}/", f"{site.url}/end"}
        assert read_standing(tmp_path).notes["redirection"] > 5


def test_an_endless_body_is_cut_and_a_slow_one_left(tmp_path: Path) -> None:
    def endless(visit: Visit) -> None:
        visit.head("200 OK", "Content-Type: text/html")
        visit.send(html("Endless", "/end"))
        while True:
            visit.send(b"<p>and on it goes</p>" * 1000)

    def drip(visit: Visit) -> None:
        visit.head("200 OK", "Content-Type: text/html", "Content-Length: 100000")
        while True:
            visit.send(b"x")
            visit.connection.settimeout(0.02)
            try:
                visit.connection.recv(1)
            except TimeoutError:
                continue
            visit.cut()

    pages = {"/": html("Start", "/endless", "/drip"), "/endless": endless, "/drip": drip, "/end": html("End")}
    with site_of(pages) as site:  # type: ignore[arg-type]
        options = CrawlOptions(deadline_s=0.6, most_bytes=500_000, tries=1)
        _, index = crawled(site, tmp_path, options=options)

        assert index.urls == {f"{site.url}/{name}" for name in ("", "endless", "end")}
        assert max(found.body_bytes for found in index.pages.values()) <= 600_000
        assert [url for url, _ in read_standing(tmp_path).failures] == [f"{site.url}/drip"]


_BOMBED = """
import re, sys
from pathlib import Path
from turnout.jobs.crawl import crawl
report = crawl(sys.argv[1], state=sys.argv[2])
print(report.done, int(re.search(r"VmHWM:\\s*([0-9]+)", Path("/proc/self/status").read_text())[1]) // 1024)
"""


def test_gzip_bombs_of_a_gigabyte_take_no_memory(tmp_path: Path) -> None:
    packer = zlib.compressobj(9, wbits=31)
    start = packer.compress(b"<p>") + packer.flush(zlib.Z_FULL_FLUSH)
    megabyte = packer.compress(b"\0" * 1_000_000) + packer.flush(zlib.Z_FULL_FLUSH)  # by itself, and so again and again

    def explode(visit: Visit) -> None:
        visit.head("200 OK", "Content-Type: text/html", "Content-Encoding: gzip", "Connection: close")
        visit.send(start)
        for _ in range(1000):
            visit.send(megabyte)
        visit.cut()

    links = [f"/bomb/{number}" for number in range(5)]
    pages = {"/": html("Start", *links), **dict.fromkeys(links, explode)}
    with site_of(pages) as site:  # type: ignore[arg-type]
        words = [sys.executable, "-c", _BOMBED, site.url, str(tmp_path)]
        ran = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)

        done, megabytes = map(int, ran.stdout.split())
        assert done == 6
        assert megabytes < 200


def test_pages_that_are_no_pages_are_left_out_before_their_body_is_read(tmp_path: Path) -> None:
    def film(visit: Visit) -> None:
        visit.head("200 OK", "Content-Type: video/mp4", "Content-Length: 1000000000")
        for _ in range(10_000):
            visit.send(b"\0" * 100_000)

    links = ("/film", "javascript:x()", "data:text/html,<a href=/never>", "mailto:a@b", "/picture.png", "/nothing")
    pages = {
        "/": html("Start", *links),
        "/film": film,
        "/nothing": lambda visit: visit.reply("200 OK", b"<p>No type, but a page", "X: y"),
    }
    with site_of(pages) as site:  # type: ignore[arg-type]
        _, index = crawled(site, tmp_path)

        paths = set(asked(site))

        report = read_standing(tmp_path)
        assert paths == {"/", "/film", "/nothing"}
        assert report.notes == {"no page": 1}
        assert sum(host.received_bytes for host in report.hosts) < 10_000_000
        assert index.urls == {f"{site.url}/", f"{site.url}/nothing"}


def test_private_addresses_are_visited_from_a_private_seed_on_its_own_host_only(tmp_path: Path) -> None:
    with site_of({"/": html("Secret")}) as inner:
        pages = {
            "/": html("Start", f"{inner.url}/", "http://169.254.169.254/latest", "/moved"),
            "/moved": lambda visit: visit.reply("302 Found", b"", f"Location: {inner.url}/"),
        }
        with site_of(pages) as site, Crawl([site.url], tmp_path, around=Around("any")) as crawl:  # type: ignore[arg-type]
            crawl.run()

        assert inner.visits == []


def test_a_name_that_leads_to_a_private_address_is_refused(tmp_path: Path) -> None:
    with site_of({"/": html("Secret")}) as inner:
        elsewhere = f"http://innocent.example:{inner.port}/"
        with site_of({"/": html("Start", elsewhere)}) as site:
            options = CrawlOptions(resolve=(f"innocent.example:{inner.port}:127.0.0.1",), delay_s=0)
            with Crawl([site.url], tmp_path, around=Around("any"), options=options) as crawl:
                report = crawl.run()

        assert inner.visits == []

    assert (report.done, report.left_out, report.failed, report.waiting) == (1, 1, 0, 0)


def test_a_robots_txt_that_leads_to_another_private_host_is_not_followed(tmp_path: Path) -> None:
    with site_of({"/robots.txt": b"User-agent: *\nAllow: /"}) as inner:
        pages = {
            "/": html("S"),
            "/robots.txt": lambda visit: visit.reply("302 F", b"", f"Location: {inner.url}/robots.txt"),
        }
        with site_of(pages) as site:  # type: ignore[arg-type]
            crawl, _ = crawled(site, tmp_path)

        assert inner.visits == []
        assert len(crawl.notes) == 1


@pytest.mark.parametrize("file", ["/map", "/robots.txt"])
def test_a_file_of_a_site_that_leads_to_a_private_address_is_not_followed(file: str, tmp_path: Path) -> None:
    def answer(visit: Visit) -> None:
        if visit.path == file:
            visit.reply("302 Found", b"", f"Location: http://127.0.0.1:{visit.site.port}/private")
        elif visit.path == "/robots.txt":
            visit.reply("200 OK", f"Sitemap: http://pub.example:{visit.site.port}/map\n".encode())
        else:
            page(visit, html("Start"))

    with RawSite(answer) as site:
        options = CrawlOptions(resolve=(f"pub.example:{site.port}:127.0.0.1",), delay_s=0)
        with Crawl([f"http://pub.example:{site.port}/"], tmp_path, options=options) as crawl:
            crawl.run()

        assert file in {visit.path for visit in site.visits}
        assert "/private" not in asked(site)


def test_a_sitemap_is_followed_to_where_links_may_lead(tmp_path: Path) -> None:
    def answer(visit: Visit) -> None:
        if visit.path == "/robots.txt":
            visit.reply("200 OK", f"Sitemap: {visit.site.url}/map\n".encode())
        elif visit.path == "/map":
            visit.reply("301 Moved Permanently", b"", "Location: /moved")
        elif visit.path == "/moved":
            visit.reply("200 OK", f"{visit.site.url}/listed\n".encode(), "Content-Type: text/plain")
        else:
            page(visit, html(f"Page {visit.path}"))

    with RawSite(answer) as site:
        crawled(site, tmp_path)

        assert set(asked(site)) == {"/", "/map", "/moved", "/listed"}


def test_a_deep_and_broken_page_is_read(tmp_path: Path) -> None:
    deep = b"<html><body>" + b"<div>" * 100_000 + b'<a href="/end">end</a>'
    pages = {
        "/": html("Start", "/deep", "/zipped", "/bytes"),
        "/deep": deep,
        "/zipped": lambda visit: page(visit, gzip.compress(html("Packed", "/end")), "Content-Encoding: gzip"),
        "/bytes": b"<title>\xff\xfe\x00</title><a href='/\xff'>x</a><a href=",
        "/end": html("End"),
    }
    with site_of(pages) as site:  # type: ignore[arg-type]
        _, index = crawled(site, tmp_path)

        assert {f"{site.url}/{name}" for name in ("", "deep", "zipped", "bytes", "end")} <= index.urls
