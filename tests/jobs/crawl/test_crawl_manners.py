"""How a crawl behaves on sites: rules, paces, failures, and pages of every kind."""

import gzip
from collections.abc import Sequence
from pathlib import Path

import pytest

from _raw_site import RawSite, Visit
from crawl_sites import MemoryIndex, asked, crawled, html, page, site_of
from turnout.errors import UsageError
from turnout.jobs.crawl import Around, Crawl, CrawlOptions, read_standing
from turnout.pages import Edges, page_key, read_aliases, read_anchors

pytestmark = pytest.mark.integration


def test_robots_txt_is_obeyed_with_its_byte_order_mark(tmp_path: Path) -> None:
    pages = {
        "/robots.txt": b"\xef\xbb\xbfUser-agent: *\nDisallow: /private\n",
        "/": html("Start", "/private/x", "/public"),
        "/private/x": html("Private"),
        "/public": html("Public"),
    }
    with site_of(pages) as site:
        crawled(site, tmp_path)

        assert set(asked(site)) == {"/", "/public"}

    assert read_standing(tmp_path).notes == {"forbidden by robots.txt": 1}


def test_robots_txt_is_ignored_only_if_asked_for(tmp_path: Path) -> None:
    pages = {"/robots.txt": b"User-agent: *\nDisallow: /\n", "/": html("Start", "/x"), "/x": html("X")}
    with site_of(pages) as site:
        crawled(site, tmp_path, options=CrawlOptions(obeys_robots=False))

        assert [visit.path for visit in site.visits] == ["/", "/x"]


def test_a_site_whose_robots_txt_fails_is_left_alone_and_waits(tmp_path: Path) -> None:
    def broken(visit: Visit) -> None:
        page(visit, b"", status="500 Internal Server Error" if visit.number <= 3 else "404 Not Found")

    with site_of({"/robots.txt": broken, "/": html("Start")}) as site:
        first, _ = crawled(site, tmp_path)
        between = asked(site)
        standing = read_standing(tmp_path)
        _, index = crawled(site, tmp_path)

        assert index.urls == {f"{site.url}/"}
        assert first.notes == {site.url: "its robots.txt answers 500, so that nothing is allowed"}

    assert between == []
    assert (standing.waiting, standing.done, standing.failed) == (1, 0, 0)


def test_the_pages_of_sitemaps_are_found(tmp_path: Path) -> None:
    def listed(kind: str, *addresses: str) -> bytes:
        entries = "".join(f"<entry><loc> {address} </loc></entry>" for address in addresses)
        return f'<?xml version="1.0"?><{kind} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</{kind}>'.encode()

    def answer(visit: Visit) -> None:
        url = visit.site.url
        bodies = {
            "/robots.txt": f"Sitemap: {url}/index.xml\n".encode(),
            "/index.xml": listed("sitemapindex", f"{url}/one.xml.gz", f"{url}/two.txt"),
            "/one.xml.gz": gzip.compress(listed("urlset", f"{url}/a?x=1&amp;y=2", "http://elsewhere.org/b")),
            "/two.txt": f"{url}/c\nnot an address\n".encode(),
        }
        page(visit, bodies.get(visit.path) or html(f"Page {visit.path}"))

    with RawSite(answer) as site:
        _, index = crawled(site, tmp_path)

        assert index.urls == {f"{site.url}{path}" for path in ("/", "/a?x=1&y=2", "/c")}


@pytest.mark.parametrize(
    ("body", "headers", "indexed", "followed"),
    [
        (b"<meta name=robots content='noindex'>", (), False, True),
        (b"<meta name=ROBOTS content='NOFOLLOW'>", (), True, False),
        (b"<meta name=turnout content=none>", (), False, False),
        (b"<meta name=googlebot content=noindex>", (), True, True),
        (b"", ("X-Robots-Tag: noindex, nofollow",), False, False),
        (b"", ("X-Robots-Tag: otherbot: noindex",), True, True),
        (b"", ("X-Robots-Tag: unavailable_after: 25 Jun 2030 15:00:00 PST",), True, True),
    ],
)
def test_what_pages_ask_robots_is_done(
    body: bytes, headers: Sequence[str], indexed: object, followed: object, tmp_path: Path
) -> None:
    pages = {"/": lambda visit: page(visit, body + html("Start", "/x"), *headers), "/x": html("X")}
    with site_of(pages) as site:  # type: ignore[arg-type]
        _, index = crawled(site, tmp_path)

        assert (f"{site.url}/" in index.urls, "/x" in asked(site)) == (indexed, followed)


def test_links_that_ask_not_to_be_followed_are_not(tmp_path: Path) -> None:
    body = b"<a href=/a rel='nofollow noopener'>a</a><a href=/b rel=UGC>b</a><a href=/c rel=next>c</a>"
    with site_of({"/": body, "/c": html("C")}) as site:
        crawled(site, tmp_path)

        assert asked(site) == ["/", "/c"]


def test_a_page_is_taken_apart(tmp_path: Path) -> None:
    body = (
        "<html lang=FR-ca><head><title> Un\n titre </title><meta name=description content='De quoi'>"
        "<link rel='canonical nothing' href='/vrai?utm_source=x'><base href='/sous/'><style>p{}</style></head>"
        "<body><h1>Le <b>grand</b> titre</h1><script>never()</script><p>Été &amp;\n hiver</p>"
        "<a href='page'>Une  page</a><a href=/img><img src=x alt='Une image'></a><h2></h2></body>"
    )

    def answer(visit: Visit) -> None:
        visit.reply(
            "200 OK", body.encode("latin-1"), "Content-Type: text/html; charset=ISO-8859-1", "Last-Modified: today"
        )

    with site_of({"/": answer}) as site:
        _, index = crawled(site, tmp_path)
        url = site.url
        found = index.pages[page_key(f"{url}/")]

        assert (found.title, found.description, found.headings) == ("Un titre", "De quoi", ("Le grand titre",))
        assert (found.text, found.language) == ("Le grand titre Été & hiver Une page", "fr-ca")
        assert (found.canonical, found.modified, found.status) == (f"{url}/vrai", "today", 200)
        targets = {page_key(f"{url}/sous/page"): "Une page", page_key(f"{url}/img"): "Une image"}
        assert [list(links) for source, links in Edges(tmp_path) if source == found.key] == [list(targets)]
        assert dict(read_anchors(tmp_path)) == targets


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        ("text/html; charset=utf-8", "Été".encode(), "Été"),
        ("text/html", "<meta charset=windows-1251>Привет".encode("cp1251"), "Привет"),
        ("text/html", "Été ça".encode(), "Été ça"),
        ("text/html; charset=nonsense", "Été ça".encode(), "Été ça"),
        ("text/html; charset=iso-8859-1", "\ufeffÉté".encode(), "Été"),
        ("text/html", "Été".encode("utf-16"), "Été"),
    ],
)
def test_the_encoding_is_found_out(kind: str, body: bytes, text: str, tmp_path: Path) -> None:
    with site_of({"/": lambda visit: visit.reply("200 OK", body, f"Content-Type: {kind}")}) as site:
        _, index = crawled(site, tmp_path)

    assert [found.text for found in index.pages.values()] == [text]


def test_duplicates_are_indexed_once_and_known_as_such(tmp_path: Path) -> None:
    text = "The very same words stand on both of these pages, which is a pity."
    near = "Words of a different kind. " + "One more sentence that is long enough to count. " * 3
    pages = {
        "/": html("Start", "/one", "/two", "/near/1", "/near/2"),
        "/one": html("Same", text=text),
        "/two": html("Same", text=text),
        "/near/1": html("First", text=near),
        "/near/2": html("Second", text=near),
    }
    with site_of(pages) as site:
        _, index = crawled(site, tmp_path, options=CrawlOptions(host_connections=1))
        one, two = page_key(f"{site.url}/one"), page_key(f"{site.url}/two")

        assert dict(read_aliases(tmp_path)) == {two: one}
        assert {found.title for found in index.pages.values()} == {"Start", "Same", "First", "Second"}


def test_pages_that_say_not_found_are_not_indexed(tmp_path: Path) -> None:
    own = html("Oh dear", text="We looked everywhere for this page and could not find it for you.")
    pages = {
        "/": html("Start", "/really", "/lies", "/learned", "/day-404"),
        "/really": lambda visit: page(visit, own, status="404 Not Found"),
        "/lies": html("Page not found"),
        "/learned": own,
        "/day-404": html("Day 404 of the journey"),
    }
    with site_of(pages) as site:  # type: ignore[arg-type]
        _, index = crawled(site, tmp_path, options=CrawlOptions(host_connections=1))

        assert index.urls == {f"{site.url}/", f"{site.url}/day-404"}


def test_what_fails_for_a_moment_is_tried_again(tmp_path: Path) -> None:
    def twice(visit: Visit) -> None:
        if visit.number < 3:
            page(visit, b"", status="503 Service Unavailable")
        else:
            page(visit, html("At last"))

    def cut(visit: Visit) -> None:
        if visit.number == 1:
            visit.head("200 OK", "Content-Type: text/html", "Content-Length: 1000")
            visit.send(b"<p>half")
            visit.cut()
        page(visit, html("Whole"))

    def later(visit: Visit) -> None:
        if visit.number == 1:
            page(visit, b"", "Retry-After: 1", status="429 Too Many Requests")
        else:
            page(visit, html("Later"))

    pages = {
        "/": html("Start", "/twice", "/cut", "/later", "/never"),
        "/twice": twice,
        "/cut": cut,
        "/later": later,
        "/never": lambda visit: page(visit, b"", status="500 Internal Server Error"),
    }
    with site_of(pages) as site:  # type: ignore[arg-type]
        _, index = crawled(site, tmp_path)

        assert index.urls == {f"{site.url}/{name}" for name in ("", "twice", "cut", "later")}
        assert asked(site).count("/never") == 3

    assert [reason for _, reason in read_standing(tmp_path).failures] == ["status 500"]


def test_a_host_that_asks_for_more_patience_waits_for_the_next_run(tmp_path: Path) -> None:
    def busy(visit: Visit) -> None:
        if visit.number == 1:
            page(visit, b"", "Retry-After: 4000", status="503 Service Unavailable")
        else:
            page(visit, html("Ready"))

    with site_of({"/": html("Start", "/busy"), "/busy": busy}) as site:
        first, _ = crawled(site, tmp_path)
        waiting = read_standing(tmp_path).waiting
        _, index = crawled(site, tmp_path)

        assert first.notes == {site.url: "it asks to come back in 4000 s (503)"}
        assert f"{site.url}/busy" in index.urls

    assert waiting == 1


def test_a_delay_is_kept_between_requests(tmp_path: Path) -> None:
    links = [f"/{number}" for number in range(5)]
    with site_of({"/": html("Start", *links), **{link: html(f"Page {link}") for link in links}}) as site:
        with Crawl([site.url], tmp_path, options=CrawlOptions(delay_s=0.1)) as crawl:
            crawl.run()

        assert len(asked(site)) == 6

    assert read_standing(tmp_path).runs[0].wall_s >= 0.5


def test_the_delay_that_robots_txt_asks_for_is_kept(tmp_path: Path) -> None:
    pages = {
        "/robots.txt": b"User-agent: *\nCrawl-delay: 0.2\n",
        "/": html("S", "/a", "/b"),
        "/a": html("A"),
        "/b": html("B"),
    }
    with site_of(pages) as site:
        crawled(site, tmp_path)

    assert read_standing(tmp_path).runs[0].wall_s >= 0.4


def test_a_huge_host_does_not_starve_a_small_one(tmp_path: Path) -> None:
    def huge(visit: Visit) -> None:
        links = [f"/{number}" for number in range(400)]
        page(visit, html(f"Page {visit.path}", *links))

    with RawSite(huge) as large, site_of({"/": html("S", "/a"), "/a": html("A", "/b"), "/b": html("B")}) as small:
        ends = []
        with Crawl([large.url, small.url], tmp_path) as crawl:
            crawl.run(lambda: ends.append((len(small.visits), len(large.visits))))

        assert len(asked(small)) == 3
        assert next(many for few, many in ends if few == 4) < 300


def test_the_graph_of_links_can_be_read(tmp_path: Path) -> None:
    pages = {
        "/": b"<title>S</title><a href=/a>the first</a><a href=/b rel=nofollow>no</a>",
        "/a": html("A", "/"),
        "/old": lambda visit: visit.reply("301 Moved", b"", "Location: /a"),
    }
    with site_of(pages) as site:  # type: ignore[arg-type]
        with Crawl([site.url, f"{site.url}/old"], tmp_path) as crawl:
            crawl.run()
        home, first, old = (page_key(f"{site.url}/{name}") for name in ("", "a", "old"))

    assert {source: list(targets) for source, targets in Edges(tmp_path)} == {home: [first], first: [home]}
    assert (first, "the first") in set(read_anchors(tmp_path))
    assert dict(read_aliases(tmp_path)) == {old: first}


def test_a_seed_that_has_moved_takes_the_scope_with_it(tmp_path: Path) -> None:
    with site_of({"/": html("New home", "/x"), "/x": html("X")}) as new:
        moved = {"/": lambda visit: visit.reply("301 Moved", b"", f"Location: {new.url}/")}
        with site_of(moved) as old:
            options = CrawlOptions(allows_private=True)
            _, index = crawled(old, tmp_path, options=options)

        assert index.urls == {f"{new.url}/", f"{new.url}/x"}


def test_what_belongs_to_a_crawl_is_kept_for_the_next_run(tmp_path: Path) -> None:
    pages = {"/a/": html("A", "/a/b", "/c"), "/a/b": html("B"), "/c": html("C")}
    with site_of(pages) as site:
        index = MemoryIndex()
        around = Around("path", exclude=["never"])
        with Crawl(
            [f"{site.url}/a/"], tmp_path, around=around, options=CrawlOptions(max_pages=1), open_index=index
        ) as one:
            one.run()
        with Crawl([], tmp_path, open_index=index) as two:
            two.run()

        assert asked(site) == ["/a/", "/a/b"]


@pytest.mark.parametrize("seed", ["", "ftp://example.org", "javascript:x", "http://", "not an address"])
def test_a_seed_that_is_no_address_is_told(seed: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not an address of the web"):
        Crawl([seed], tmp_path)


def test_a_host_that_does_not_answer_is_told(tmp_path: Path) -> None:
    with site_of({}) as site:
        dead = site.url
    with Crawl([dead], tmp_path) as crawl:
        crawl.run()

    assert list(crawl.notes) == [dead]
    assert read_standing(tmp_path).waiting == 1
