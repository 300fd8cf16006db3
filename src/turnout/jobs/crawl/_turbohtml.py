"""The only user of turbohtml: from bytes to the parts of a page, however broken or large they are."""

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from turnout.errors import not_installed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MOST_LINKS = 10_000
MOST_HEADINGS = 200
MOST_TEXT = 1_000_000  # characters
_LONGEST_HEADING = 500
_LOOKED_AT = 800  # characters of a link's text
_LONGEST_TITLE = 1000
_LONGEST_LANGUAGE = 35
_LINKS = frozenset({"a", "area", "frame", "iframe"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_UNSEEN = frozenset({"script", "style", "noscript", "template"})
_PARTS = (*sorted(_LINKS | _HEADINGS | _UNSEEN), "base", "html", "link", "meta", "title")
_NOFOLLOW = frozenset({"nofollow", "sponsored", "ugc"})

_parse: "Callable[..., Any] | None" = None


@dataclass(slots=True)
class Markup:
    """The parts of a page, as they stand there; white space collapsed.

    Attributes:
        anchors: Of links in order, but for those that ask not to be followed: reference, text with its white space.
        robots: Names, lower case, and contents of meta tags: some may be for robots.
        refresh: Where the page sends its reader after a moment, or "".
    """

    title: str
    description: str
    headings: tuple[str, ...]
    text: str
    language: str
    canonical: str
    base: str
    refresh: str
    robots: tuple[tuple[str, str], ...]
    anchors: list[tuple[str, str]]


def read_markup(body: bytes, charset: str | None) -> Markup:
    """Return the parts of a page.

    The encoding is that of the byte order mark, else as the server says, else as the page says, else a guess.

    Args:
        body: The page, whole or cut off anywhere.
        charset: As the server says, in any spelling.

    Raises:
        UnavailableError: If turbohtml is not installed.
    """
    document = _parsed(body, charset)
    anchors: list[tuple[str, str]] = []
    page = Markup("", "", (), "", "", "", "", "", (), anchors)
    headings: list[str] = []
    robots: list[tuple[str, str]] = []
    unseen: list[Any] = []  # turbohtml.Element
    for element in document.iter_elements(_PARTS):  # one pass: each look for a selector's elements costs 10 µs
        tag = element.tag
        if tag in _LINKS:
            if len(anchors) < MOST_LINKS and (anchor := _anchor(element, tag)):
                anchors.append(anchor)
        elif tag in _UNSEEN:
            unseen.append(element)
        elif tag in _HEADINGS:
            if len(headings) < MOST_HEADINGS and (words := _tidy(element.text, _LONGEST_HEADING)):
                headings.append(words)
        else:
            _read_part(element, page, robots)
    for element in unseen:
        element.decompose()
    page.headings = tuple(headings)
    page.robots = tuple(robots)
    page.text = _text(document)
    return page


def _parsed(body: bytes, charset: str | None) -> Any:  # a turbohtml.Document
    parse = _parse or _load()
    if charset:
        try:
            return parse(body, encoding=charset, positions=False)
        except (LookupError, ValueError):  # there is no such encoding
            pass
    return parse(body, detect_encoding=True, positions=False)


def _anchor(element: Any, tag: str) -> tuple[str, str] | None:  # a turbohtml.Element
    attributes = element.attrs
    if "href" in attributes:
        reference = attributes["href"]
    elif "src" in attributes and tag != "a":
        reference = attributes["src"]
    else:
        return None
    if "rel" in attributes and not _NOFOLLOW.isdisjoint(_words(attributes["rel"])):
        return None
    words = element.text[:_LOOKED_AT]
    if not words and (image := element.find("img")) is not None:
        words = image.attrs.get("alt") or ""
    return reference or "", words


def _read_part(element: Any, page: Markup, robots: list[tuple[str, str]]) -> None:  # a turbohtml.Element
    tag, attributes = element.tag, element.attrs
    if tag == "meta":
        _read_meta(attributes, page, robots)
    elif tag == "title":
        if not page.title and element.namespace.value == "html":
            page.title = _tidy(element.text, _LONGEST_TITLE)
    elif tag == "link":
        if "canonical" in _words(attributes.get("rel")):
            page.canonical = page.canonical or attributes.get("href") or ""
    elif tag == "base":
        page.base = page.base or attributes.get("href") or ""
    else:
        page.language = _lower(attributes.get("lang") or attributes.get("xml:lang")).strip()[:_LONGEST_LANGUAGE]


def _read_meta(attributes: Any, page: Markup, robots: list[tuple[str, str]]) -> None:  # turbohtml's mapping
    name, content = _lower(attributes.get("name")), attributes.get("content") or ""
    if name == "description":
        page.description = page.description or _tidy(content, _LONGEST_TITLE)
    elif name:
        robots.append((name, content))
    elif _lower(attributes.get("http-equiv")) == "refresh":
        _, _, target = content.partition("=")
        page.refresh = page.refresh or target.strip().strip("'\"")


def _text(document: Any) -> str:  # a turbohtml.Document
    body = document.find("body")
    pieces = (body if body is not None else document).stripped_strings
    text = " ".join(pieces)
    if len(text) > MOST_TEXT:
        text = text[:MOST_TEXT]
    return _spaced(text)


def _spaced(text: str) -> str:
    """Collapse white space; many times as fast as splitting all words where there is little to collapse."""
    is_changed = False
    for blank in ("\n", "\t", "\r", "\f", "\u00a0"):
        if blank in text:
            text = text.replace(blank, " ")
            is_changed = True
    while is_changed and "  " in text:
        text = text.replace("  ", " ")
    return text


def _tidy(text: str, most: int) -> str:
    text = text.strip()
    if len(text) > most or "\n" in text or "  " in text or "\t" in text:
        text = " ".join(text[: 4 * most].split())[:most]
    return text


def _words(value: "str | Iterable[str] | None") -> list[str]:
    if value is None:
        return []
    return [word.lower() for word in (value.split() if isinstance(value, str) else value)]


def _lower(value: str | None) -> str:
    return value.lower() if value else ""


def _load() -> "Callable[..., Any]":
    global _parse  # noqa: PLW0603  # an import in each call would cost time for each page
    try:
        module = import_module("turbohtml")
    except ImportError:
        raise not_installed("reading pages", "turbohtml", "crawl") from None
    _parse = module.parse
    return module.parse  # type: ignore[no-any-return]  # a module that is imported by name has no types
