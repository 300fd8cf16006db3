"""The page for searching: written whole for a browser without scripts, and its results alone for one with them."""

from datetime import UTC, datetime
from importlib.resources import files
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from turnout.report._markup import Markup, join, tag
from turnout.report._search_words import SearchWords
from turnout.report._words import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from turnout.fulltext import Found, Hit, Piece

PAGE_SIZE = 10
_PAGES_AROUND = 2
_SHOWN_ADDRESS = 90
_OPENED = frozenset({"http", "https"})


def static(name: str) -> bytes:
    """Return a file that belongs to the page."""
    return files("turnout.report").joinpath("static", name).read_bytes()


def search_page(words: SearchWords, query: str, results: Markup, heading: str) -> str:
    """Return the page.

    Args:
        words: In the reader's language.
        query: What stands in the field.
        results: By `results_of`, `start_of`, or `complaint_of`.
        heading: What is searched: the folder's name.
    """
    hints = tag("dl", [join(tag("div", tag("dt", tag("code", how)), tag("dd", what))) for how, what in words.hints])
    form = tag(
        "form",
        tag("label", words.label, for_="q"),
        tag(
            "div",
            tag(
                "input",
                type="search",
                id="q",
                name="q",
                value=query or None,
                maxlength=1000,
                autocomplete="off",
                autocapitalize="none",
                spellcheck="false",
                enterkeyhint="search",
                autofocus="",
                aria_describedby="hint",
            ),
            tag("button", words.button, type="submit"),
            class_="field",
        ),
        tag("input", type="hidden", name="lang", value=words.code),
        tag("p", words.hint, id="hint", class_="muted scripted"),
        tag("details", tag("summary", words.tips), hints),
        action="/",
        method="get",
        role="search",
    )
    head = join(
        Markup('<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup('<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">'),
        tag("title", f"{query} - {words.title}" if query else f"{words.title} - turnout"),
        Markup('<link rel="icon" href="/icon.svg" type="image/svg+xml"><link rel="stylesheet" href="/search.css">'),
        Markup('<script src="/search.js" defer></script>'),
    )
    other = tag(
        "a",
        words.other,
        href=f"/?{urlencode({'q': query, 'lang': words.other_code})}",
        lang=words.other_code,
        hreflang=words.other_code,
        id="other",
    )
    body = join(
        tag("a", words.skip, class_="skip", href="#results"),
        tag(
            "header",
            tag("p", Markup(_MARK), "turnout", class_="brand"),
            tag("p", other, class_="other"),
        ),
        tag(
            "main",
            tag("h1", words.title, " ", tag("bdi", plain(heading, 60), class_="muted")),
            form,
            tag("p", id="said", class_="unseen", role="status"),
            tag("div", results, id="results", tabindex="-1", data_failed=words.failed),
        ),
        tag("footer", tag("p", words.footer, class_="muted")),
    )
    return f'<!doctype html>\n<html lang="{words.code}"><head>{head}</head><body>{body}</body></html>\n'


def start_of(words: SearchWords, page_count: int) -> Markup:
    """Return what stands there before anything is searched."""
    return tag("p", words.start.format(count=words.number(page_count)), class_="summary muted")


def complaint_of(words: SearchWords, sentence: str) -> Markup:
    """Return what stands there if the search cannot be understood."""
    return tag(
        "div", tag("h2", words.broken, class_="summary"), tag("p", tag("bdi", plain(sentence))), class_="finding"
    )


def results_of(words: SearchWords, found: "Found", took_s: float) -> Markup:
    """Return what a search found."""
    if not found.count:
        return join(
            tag("h2", words.none.format(asked=plain(found.asked, 100)), class_="summary"),
            tag("p", words.none_remedy, class_="muted"),
        )
    parts = [tag("h2", _summary(words, found, took_s), class_="summary")]
    parts += [
        tag("p", words.corrected.format(new=plain(new, 60), old=plain(old, 60)), class_="note")
        for old, new in found.corrected
    ]
    if found.is_loose:
        parts.append(tag("p", words.loose, class_="note"))
    hits = [tag("li", _hit(words, hit)) for hit in found.hits]
    parts.append(tag("ol", hits, start=found.offset + 1, class_="hits"))
    parts.append(_paging(words, found))
    return join(parts)


def _summary(words: SearchWords, found: "Found", took_s: float) -> str:
    time = words.seconds(took_s)
    if found.count == 1:
        return words.found_one.format(time=time)
    if found.count > len(found.hits):
        first, last = found.offset + 1, found.offset + len(found.hits)
        return words.shown.format(
            first=words.number(first), last=words.number(last), count=words.number(found.count), time=time
        )
    return words.found.format(count=words.number(found.count), time=time)


def _hit(words: SearchWords, hit: "Hit") -> Markup:
    title: Sequence[str] = _pieces(hit.title) if hit.title else [plain(hit.url, _SHOWN_ADDRESS)]
    scheme = urlsplit(hit.url).scheme if hit.url.isprintable() else ""
    linked = tag("a", *title, href=hit.url, rel="noreferrer noopener") if scheme in _OPENED else tag("span", *title)
    day = datetime.fromtimestamp(hit.fetched_s, UTC).date().isoformat()
    facts = [words.fetched.format(date=day)]
    facts += [hit.language] if hit.language else []
    facts += [words.similar.format(count=words.number(hit.similar))] if hit.similar else []
    language = hit.language if hit.language.replace("-", "").isalnum() and hit.language.isascii() else None
    return join(
        tag("h3", tag("bdi", linked, lang=language)),
        tag("p", tag("bdi", plain(hit.url, _SHOWN_ADDRESS)), class_="address"),
        tag("p", *_pieces(hit.snippet), lang=language, dir="auto", class_="snippet") if hit.snippet else Markup(),
        tag("p", plain(" · ".join(facts), 200), class_="facts muted"),
    )


def _pieces(pieces: "Iterable[Piece]") -> list[Markup]:
    return [tag("mark", piece.text) if piece.is_match else join(piece.text) for piece in pieces]


def _paging(words: SearchWords, found: "Found") -> Markup:
    last = -(-min(found.count, 10_000) // PAGE_SIZE)
    here = found.offset // PAGE_SIZE + 1
    if last <= 1:
        return Markup()
    near = range(max(1, here - _PAGES_AROUND), min(last, here + _PAGES_AROUND) + 1)
    links = [_page_link(words, found.asked, here - 1, words.previous)] if here > 1 else []
    links += [_page_link(words, found.asked, number, words.number(number), is_here=number == here) for number in near]
    links += [_page_link(words, found.asked, here + 1, words.following)] if here < last else []
    return tag("nav", tag("ul", [tag("li", link) for link in links]), aria_label=words.pages)


def _page_link(words: SearchWords, query: str, number: int, text: str, *, is_here: bool = False) -> Markup:
    asked = {"q": query, "lang": words.code, **({"page": number} if number > 1 else {})}
    return tag("a", text, href=f"/?{urlencode(asked)}", aria_current="page" if is_here else None)


_MARK = '<svg viewBox="0 0 32 32" aria-hidden="true" focusable="false"><path d="M11 28V4M11 19c0-6 10-4 10-15"/></svg>'
