"""What a search found, as text and as plain values."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rich.padding import Padding
from rich.text import Text

from turnout.report._paper import paper
from turnout.report._words import duration, listed, plain, plural

if TYPE_CHECKING:
    from collections.abc import Iterable

    from turnout.fulltext import Found, Piece

SCHEMA = "turnout-search/1"
NARROWEST = 40
WIDEST = 110
_LONGEST_ADDRESS = 200


def search_text(found: "Found", took_s: float, width: int = 80, *, colour: bool = False) -> str:
    """Return the pages as lines of at most ``width`` columns.

    Args:
        found: What the search gave.
        took_s: How long it took.
        width: Columns; taken as 40 if less, as 110 if more.
        colour: Whether to put in ANSI colours; without, matches stand between asterisks.
    """
    console, sink = paper(min(WIDEST, max(NARROWEST, width)), colour=colour)
    console.print(Text(_summary(found, took_s), style="bold"))
    for sentence in _remarks(found):
        console.print(Text(sentence, style="yellow"))
    for place, hit in enumerate(found.hits, found.offset + 1):
        console.print()
        title = _marked(hit.title, colour=colour) if hit.title else Text(plain(hit.url, _LONGEST_ADDRESS))
        title.stylize("bold")
        console.print(Text(f"{place:>2}. ").append_text(title))
        facts = [f"score {hit.score:.2f}", *([plain(hit.language, 20)] if hit.language else [])]
        facts += [f"and {plural(hit.similar, 'page')} like it"] if hit.similar else []
        address = Text(plain(hit.url, _LONGEST_ADDRESS), style="cyan", overflow="fold")
        console.print(Padding(address, (0, 0, 0, 4)))
        console.print(Padding(_marked(hit.snippet, colour=colour), (0, 0, 0, 4)))
        console.print(Text(f"    {', '.join(facts)}", style="dim"))
    return "\n".join(line.rstrip() for line in sink.getvalue().splitlines()).strip("\n") + "\n"


def search_json(found: "Found", took_s: float) -> dict[str, Any]:  # JSON's values
    """Return the pages as values that JSON has; matches are places in the texts, from and to."""
    return {
        "schema": SCHEMA,
        "query": found.asked,
        "took_s": round(took_s, 6),
        "page_count": found.page_count,
        "count": found.count,
        "offset": found.offset,
        "corrected": dict(found.corrected),
        "some_words_suffice": found.is_loose,
        "hits": [
            {
                "url": hit.url,
                "title": _joined(hit.title),
                "title_matches": _places(hit.title),
                "snippet": _joined(hit.snippet),
                "snippet_matches": _places(hit.snippet),
                "score": round(hit.score, 4),
                "popularity": round(hit.popularity, 4),
                "language": hit.language,
                "fetched": datetime.fromtimestamp(hit.fetched_s, UTC).isoformat(timespec="seconds"),
                "similar": hit.similar,
            }
            for hit in found.hits
        ],
    }


def _summary(found: "Found", took_s: float) -> str:
    among = f"of {plural(found.page_count, 'page')}, in {duration(took_s)}"
    if not found.count:
        return f"No page suits {plain(found.asked, 100)!r}, {among}"
    if not found.hits:
        return f"{found.count:,} suit {among}; none beyond {found.offset:,}"
    shown = (
        f", {found.offset + 1:,} to {found.offset + len(found.hits):,} shown" if found.count > len(found.hits) else ""
    )
    return f"{found.count:,} {'suits' if found.count == 1 else 'suit'} {among}{shown}"


def _remarks(found: "Found") -> "Iterable[str]":
    if found.corrected:
        pairs = [f"{plain(new, 60)!r} for {plain(old, 60)!r}" for old, new in found.corrected]
        yield f"Few pages have what was typed; took {listed(pairs)} as well."
    if found.is_loose:
        yield "No page has all of the words; these have some."
    if not found.count:
        yield "Fewer or other words may find more; turnout search --help tells what a search may be."


def _marked(pieces: "Iterable[Piece]", *, colour: bool) -> Text:
    text = Text()
    for piece in pieces:
        words = plain(piece.text)
        if piece.is_match:
            text.append(words if colour else f"*{words}*", style="bold yellow")
        else:
            text.append(words)
    return text


def _joined(pieces: "Iterable[Piece]") -> str:
    return "".join(piece.text for piece in pieces)


def _places(pieces: "Iterable[Piece]") -> list[list[int]]:
    places, start = [], 0
    for piece in pieces:
        if piece.is_match:
            places.append([start, start + len(piece.text)])
        start += len(piece.text)
    return places
