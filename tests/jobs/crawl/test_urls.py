"""One form for all the spellings of an address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.jobs.crawl._resolver import Resolver
from turnout.jobs.crawl._scope import Scope
from turnout.jobs.crawl._urls import canonical_url, host_of, name_of, origin_of, port_of, with_scheme
from turnout.pages import page_key

PAGE = "http://example.org/a/b.html?x=1"


@pytest.mark.parametrize(
    ("spelling", "form"),
    [
        ("HTTP://Example.ORG:80", "http://example.org/"),
        ("https://example.org:443/a", "https://example.org/a"),
        ("http://example.org:443/a", "http://example.org:443/a"),
        ("http://example.org./a", "http://example.org/a"),
        ("http://me:secret@example.org/", "http://example.org/"),
        ("c.html", "http://example.org/a/c.html"),
        ("../c.html#part", "http://example.org/c.html"),
        ("/x/./y/../z", "http://example.org/x/z"),
        ("/../../x", "http://example.org/x"),
        ("//other.org/x", "http://other.org/x"),
        ("?y=2", "http://example.org/a/b.html?y=2"),
        ("#top", "http://example.org/a/b.html?x=1"),
        ("  /x\n", "http://example.org/x"),
        ("/a\tb", "http://example.org/ab"),
        ("/a b", "http://example.org/a%20b"),
        ("/%7euser/%c3%a9", "http://example.org/~user/%C3%A9"),
        ("/é", "http://example.org/%C3%A9"),
        ("http://münchen.de/", "http://xn--mnchen-3ya.de/"),
        ("http://0x7f.1/", "http://127.0.0.1/"),
        ("http://[::1]:8080/x", "http://[::1]:8080/x"),
        ("/?b=2&a=1&b=1", "http://example.org/?a=1&b=2&b=1"),
        ("/?", "http://example.org/"),
        ("/?&&a=1&", "http://example.org/?a=1"),
        ("/?utm_source=x&id=7&fbclid=abc&gclid=1", "http://example.org/?id=7"),
        ("/?PHPSESSID=0123456789abcdef&id=7", "http://example.org/?id=7"),
        ("/?sid=3&id=7", "http://example.org/?id=7&sid=3"),
        ("/?sid=a1b2c3d4e5&id=7", "http://example.org/?id=7"),
        ("/x;jsessionid=0A1B?q=1", "http://example.org/x?q=1"),
        ("/(S(lit3py55t21z5v55vlm25s55))/x.aspx", "http://example.org/x.aspx"),
        ("\\x\\y", "http://example.org/x/y"),
    ],
)
def test_spellings_become_one_form(spelling: str, form: str) -> None:
    assert canonical_url(spelling, PAGE) == form


@pytest.mark.parametrize(
    "reference",
    [
        *("javascript:void(0)", "data:text/html,<a href=x>", "mailto:a@example.org", "tel:+1", "ftp://example.org/"),
        *("http://", "http://exa mple.org/", "http://[::1/", "http://example.org:99999/", "about:blank", "\ud800:"),
        *("file:///etc/passwd", "JaVaScRiPt:alert(1)", "view-source:http://example.org", "http://a..\ud800/"),
    ],
)
def test_what_is_no_address_of_the_web_is_none(reference: str) -> None:
    assert canonical_url(reference, PAGE) is None


def test_a_relative_reference_without_a_page_is_none() -> None:
    assert canonical_url("x/y") is None


@given(st.text(max_size=60))
def test_the_form_of_a_form_is_itself(reference: str) -> None:
    form = canonical_url(reference, PAGE)

    assert form is None or canonical_url(form) == form


def test_an_address_is_taken_apart() -> None:
    url = "http://[2001:db8::1]:8080/x?y"

    assert (origin_of(url), host_of(url), name_of(host_of(url)), port_of(url)) == (
        "http://[2001:db8::1]:8080",
        "[2001:db8::1]:8080",
        "2001:db8::1",
        8080,
    )
    assert (host_of("https://example.org/"), port_of("https://example.org/")) == ("example.org", 443)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("example.org", "http://example.org"),
        ("localhost:8000/x", "http://localhost:8000/x"),
        ("https://example.org", "https://example.org"),
        ("mailto:a@b", "mailto:a@b"),
    ],
)
def test_a_scheme_is_put_before_what_has_none(typed: str, meant: str) -> None:
    assert with_scheme(typed) == meant


@given(st.text("/a.-_1~%?#;:@ é", max_size=12).map(lambda text: f"/{text}"))
def test_plain_references_are_resolved_as_all_others(reference: str) -> None:
    resolver = Resolver(Scope.of([PAGE]))

    resolved = resolver.resolve(PAGE, [(reference, " the  text ")])

    url = canonical_url(reference, PAGE)
    assert resolved.texts == ([] if url is None else [(page_key(url), "the text")])
    assert list(resolved.keys) == [key for key, _ in resolved.texts]
