"""Which addresses belong to a crawl."""

import pytest

from turnout.errors import UsageError
from turnout.jobs.crawl._scope import Reach, Scope

SEED = "http://www.example.org/docs/index.html"


@pytest.mark.parametrize(
    ("reach", "inside", "outside"),
    [
        ("host", "http://www.example.org/x", "http://example.org/x"),
        ("host", "https://www.example.org/x", "http://www.example.org:8080/x"),
        ("domain", "http://a.example.org:81/x", "http://badexample.org/x"),
        ("domain", "http://example.org/x", "http://example.org.evil.com/x"),
        ("path", "http://www.example.org/docs/a/b", "http://www.example.org/docsx"),
        ("any", "http://anywhere.net/", "http://anywhere.net/film.mp4"),
    ],
)
def test_the_reach_tells_how_far_links_are_followed(reach: Reach, inside: str, outside: str) -> None:
    scope = Scope.of([SEED], reach=reach)

    assert (scope.has(inside), scope.has(outside)) == (True, False)


def test_expressions_narrow_the_scope() -> None:
    scope = Scope.of([SEED], include=[r"/docs/", r"/blog/"], exclude=[r"\?print="])

    belongs = [
        scope.has(f"http://www.example.org{path}") for path in ("/docs/a", "/blog/b", "/shop", "/docs/a?print=1")
    ]

    assert belongs == [True, True, False, False]


def test_what_is_no_page_by_its_name_is_left_out() -> None:
    scope = Scope.of([SEED])

    assert not scope.has("http://www.example.org/photo.JPG?size=2")
    assert scope.has("http://www.example.org/photo?file=a.jpg")
    assert scope.has("http://www.example.org/page.php")


def test_a_broken_expression_is_told() -> None:
    with pytest.raises(UsageError, match="is not a regular expression"):
        Scope.of([SEED], include=["("])
