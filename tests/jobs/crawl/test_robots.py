"""What a site allows robots, what it lists, and what its pages say."""

import gzip

import pytest

from turnout.clock import epoch_s
from turnout.jobs.crawl._likeness import NO_SKETCH, Likenesses, sketch_of
from turnout.jobs.crawl._robots import agent_token, read_directives, read_robots
from turnout.jobs.crawl._setbacks import seconds_until
from turnout.jobs.crawl._sitemaps import read_sitemap, unpack
from turnout.jobs.crawl._soft404 import says_not_found
from turnout.jobs.crawl._traps import Traps, is_sound, pattern_of

AGENT = "turnout/1.0 (+https://example.org/)"


@pytest.mark.parametrize(
    ("status", "body", "allowed"),
    [
        (200, b"User-agent: *\nDisallow: /x", False),
        (200, b"\xef\xbb\xbfUser-agent: *\nDisallow: /x", False),
        (200, b"User-agent: Turnout\nDisallow: /x\nUser-agent: *\nDisallow:", False),
        (200, b"User-agent: other\nDisallow: /x", True),
        (200, b"User-agent: *\nDisallow: /x\nAllow: /x/y", True),
        (200, b"User-agent: *\nDisallow: /*.html$", False),
        (200, b"", True),
        (200, b"\xff\xfe\x00nonsense\x00", True),
        (404, b"User-agent: *\nDisallow: /", True),
        (403, b"", True),
        (500, b"", False),
        (503, b"User-agent: *\nAllow: /", False),
        (429, b"", False),
        (None, b"", False),
    ],
)
def test_an_answer_makes_rules(status: int | None, body: bytes, allowed: object) -> None:
    robots = read_robots(status, body, AGENT)

    assert robots.allows("http://a.org/x/y.html") is allowed
    assert robots.is_known is (status in {200, 403, 404})


def test_delays_and_sitemaps_are_read() -> None:
    rules = b"Sitemap: http://a.org/s.xml\nUser-agent: turnout\nCrawl-delay: 2.5\nUser-agent: *\nRequest-rate: 1/10\n"

    ours, others = read_robots(200, rules, AGENT), read_robots(200, rules, "else/1")

    assert (ours.delay_s, others.delay_s) == (2.5, 10.0)
    assert ours.sitemaps == ("http://a.org/s.xml",)
    assert read_robots(200, b"User-agent: *\nCrawl-delay: 100000", AGENT).delay_s == 60


@pytest.mark.parametrize(
    ("metas", "headers", "expected"),
    [
        ([], [], (False, False)),
        (["NoIndex , follow"], [], (True, False)),
        (["none"], [], (True, True)),
        ([], ["noindex", "turnout: nofollow"], (True, True)),
        ([], ["otherbot: none"], (False, False)),
        ([], ["unavailable_after: 1 Jan 2030, noindex"], (True, False)),
    ],
)
def test_directives_are_read(metas: list[str], headers: list[str], expected: tuple[bool, bool]) -> None:
    assert tuple(read_directives(metas, headers, AGENT)) == expected


def test_the_token_of_an_agent_is_its_product() -> None:
    assert [agent_token(agent) for agent in (AGENT, "My-Bot", "1")] == ["turnout", "My-Bot", "1"]


def test_sitemaps_are_read_as_far_as_they_go() -> None:
    whole = b'<?xml version="1.0"?><urlset><url><loc>http://a/1?x=1&amp;y</loc><image:loc>http://a/i</image:loc></url>'
    more = whole + b"<url><sm:loc><![CDATA[http://a/2]]></sm:loc></url><url><loc>http://a/cut"
    index = b'<sitemapindex xmlns="x"><sitemap><loc>\n http://a/s.xml </loc></sitemap></sitemapindex>'

    assert read_sitemap(more) == (False, ("http://a/1?x=1&y", "http://a/2"))
    assert read_sitemap(gzip.compress(index)) == (True, ("http://a/s.xml",))
    assert read_sitemap(b"\xef\xbb\xbfhttp://a/1\r\nnothing\nhttp://a/2") == (False, ("http://a/1", "http://a/2"))
    assert read_sitemap(b"\x1f\x8bbroken") == (False, ())
    assert read_sitemap(b"") == (False, ())


def test_a_packed_file_is_unpacked_no_further_than_it_may() -> None:
    assert len(unpack(gzip.compress(b"\0" * 1_000_000), 1000)) == 1000


def test_texts_that_share_most_sentences_are_alike() -> None:
    sentences = [f"The {word} sentence of this text is long enough to count." for word in "abcdefghijklmnopqrstuvwxyz"]
    text = " ".join(sentences)
    known = Likenesses()
    known.add(sketch_of(text), 7)

    changed = text.replace(sentences[3], "Another sentence stands here in its place instead.")
    other = " ".join(reversed(text)).replace("  ", " ")

    assert known.find(sketch_of(text)) == 7
    assert known.find(sketch_of(changed)) == 7
    assert known.find(sketch_of(other)) == 0
    assert known.find(sketch_of("")) == 0
    assert sketch_of("12 34") == NO_SKETCH


def test_short_texts_that_share_a_footer_are_not_alike() -> None:
    footer = "All rights are reserved by the makers of this site."
    texts = [
        f"{word * 3} is what this short page has to say. {footer}" for word in ("ab", "cd", "ef", "gh", "ij", "kl")
    ]

    assert len({band for text in texts for band in sketch_of(text) if band}) == len(texts)


def test_digits_make_a_difference_only_if_asked_for() -> None:
    one, two = "Nothing at all happens on day 17 of the month.", "Nothing at all happens on day 18 of the month."

    assert sketch_of(one) == sketch_of(two)
    assert sketch_of(one, keeps_digits=True) != sketch_of(two, keeps_digits=True)


@pytest.mark.parametrize(
    ("title", "says"),
    [
        ("404", True),
        ("Error 404 - Shop", True),
        ("Page Not Found | Shop", True),
        ("Page introuvable", True),
        ("Cette page n\u2019existe plus", True),
        ("Room 404 of the hotel", False),
        ("Lost and found", False),
    ],
)
def test_pages_that_say_not_found(title: str, says: object) -> None:
    assert says_not_found(title, (), "A few words.") is says
    assert not says_not_found(title, (), "Very many words. " * 200)


@pytest.mark.parametrize(
    ("url", "sound"),
    [
        ("http://a/b/c/d?e=f", True),
        ("http://a/x/y/x/y/x/y", True),
        ("http://a/x/y/x/y/x/y/x/y", False),
        ("http://a/" + "/".join(map(str, range(30))), False),
        ("http://a/?" + "&".join(f"p{number}=1" for number in range(25)), False),
        ("http://a/" + "x" * 2000, False),
    ],
)
def test_addresses_that_nobody_meant_are_told(url: str, sound: object) -> None:
    assert is_sound(url) is sound


def test_a_pattern_leaves_out_what_changes() -> None:
    assert pattern_of("http://a/shop/17/deadbeef01/x?b=1&c=2") == pattern_of("http://a/shop/2/0123456789ab/x?b=7&c=")
    assert pattern_of("http://a/one") != pattern_of("http://a/two")


def test_a_deep_page_is_followed_while_it_brings_news() -> None:
    rich, poor = Traps(), Traps()

    for depth in range(300):
        rich_follows = rich.follows(f"http://a/page/{depth}", depth, is_new=True, waiting=1)
        poor_follows = poor.follows(f"http://a/page/{depth}", depth, is_new=False, waiting=1)

    assert (rich_follows, poor_follows) == (True, False)
    assert poor.follows("http://a/page/7", 3, is_new=False, waiting=1)


def test_a_path_whose_query_changes_nothing_is_left() -> None:
    same, different = Traps(), Traps()

    for number in range(10):
        same.note_variant(f"http://a/x?s={number}", 7)
        different.note_variant(f"http://a/x?s={number}", number)

    assert (same.leaves_out("http://a/x?s=99"), different.leaves_out("http://a/x?s=99")) == (True, False)
    assert not same.leaves_out("http://a/x")


@pytest.mark.parametrize(("header", "seconds"), [("7", 7.0), ("", None), ("soon", None), ("-1", None)])
def test_retry_after_is_read(header: str, seconds: float | None) -> None:
    assert seconds_until(header) == seconds


def test_retry_after_may_be_a_date() -> None:
    from email.utils import formatdate  # noqa: PLC0415  for one test

    left = seconds_until(formatdate(epoch_s() + 60, usegmt=True))

    assert left is not None
    assert 50 < left <= 60
    assert seconds_until("Thu, 01 Jan 1970 00:00:00 GMT") == 0
