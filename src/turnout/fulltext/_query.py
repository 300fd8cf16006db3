"""What a search asks for, read from the words that a person types.

cats dogs          pages with both words, in any of their forms
"cats and dogs"    these words, one after the other
cats OR dogs       at least one of them; AND binds closer, parentheses group
cats -dogs         cats without dogs; NOT dogs is the same
+cats              this very form of the word
cat*               words that begin like that
kats~              words that are spelled nearly so
title:cats         in one field: title, heading, text, url, anchor, host (or site), lang

Words without anything between them all have to be there.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NamedTuple

from turnout.errors import UsageError

FIELDS = {
    "title": "title",
    "heading": "headings",
    "headings": "headings",
    "text": "text",
    "url": "address",
    "anchor": "anchor",
    "host": "host",
    "site": "host",
    "lang": "language",
    "language": "language",
}
"""Names that may stand before a colon, and the field each of them is about."""

LONGEST = 1_000  # characters; nobody types more, and each word costs
SHORTEST_BEGINNING = 3  # letters; words that begin with two are so many that they take 40 ms
DEEPEST = 50  # parentheses
_QUOTES = {"“": '"', "”": '"', "«": '"', "»": '"', "„": '"'}
_PIECE = re.compile(r'\s*(?P<mark>[()"]|[-+](?=[^\s)+-]))|\s*(?P<field>[A-Za-z]+):(?=[^\s:/)])|\s*(?P<word>[^\s()"]+)')
_REST = re.compile(r'[^\s()"]+')
_WORDY = re.compile(r"[^\W_]")


class QueryError(UsageError):
    """A search cannot be understood; the message says where and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word, or what is written like one: ``e-mail``, ``192.0.2.1``.

    Attributes:
        text: As it was typed.
        field: Where it has to be; None for anywhere.
        exact: Whether only this form counts.
        prefix: Whether it is the beginning of a word.
        nearly: Whether words that are spelled nearly so count, too.
    """

    text: str
    field: str | None = None
    exact: bool = False
    prefix: bool = False
    nearly: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """Words that follow each other."""

    text: str
    field: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """What must not be there; only ever a part of an `All`."""

    part: "Query"


@dataclass(frozen=True, slots=True, kw_only=True)
class All:
    """Every part; at least one of them is no `Not`."""

    parts: "tuple[Query, ...]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Some:
    """At least one part."""

    parts: "tuple[Query, ...]"


Query = Word | Phrase | Not | All | Some


def parse_query(text: str) -> Query:
    """Return what ``text`` asks for.

    Raises:
        QueryError: If it is empty or broken.
    """
    if len(text) > LONGEST:
        raise QueryError(f"a search has at most {LONGEST:,} characters, this one has {len(text):,}; leave words out")
    reader = _Reader(text)
    if reader.is_done():
        raise QueryError("the search is empty; name a word to look for")
    found = reader.alternatives(None)
    if not reader.is_done():
        raise QueryError("a closing parenthesis has no opening one before it; remove it, or put it in quotes")
    return found


class _Piece(NamedTuple):
    kind: str  # "(", ")", "-", "+", "AND", "OR", "NOT", "field", "word", "phrase"
    text: str = ""


class _Reader:
    """Reads by recursive descent; ``None`` stands for the end."""

    def __init__(self, text: str) -> None:
        self._pieces = list(_pieces(text))
        self._place = 0
        self._depth = 0

    @property
    def kind(self) -> str | None:
        return self._pieces[self._place].kind if self._place < len(self._pieces) else None

    def is_done(self) -> bool:
        return self.kind is None

    def _take(self) -> _Piece:
        self._place += 1
        return self._pieces[self._place - 1]

    def alternatives(self, field: str | None) -> Query:
        parts = [self._together(field)]
        while self.kind == "OR":
            self._take()
            parts.append(self._together(field))
        return parts[0] if len(parts) == 1 else Some(parts=tuple(parts))

    def _together(self, field: str | None) -> Query:
        parts: list[Query] = []
        while self.kind not in {None, ")", "OR"}:
            if self.kind == "AND":
                self._take()
                if not parts or self.kind in {None, ")", "OR", "AND"}:
                    raise QueryError("AND needs a word before and after it; add one, or write it in small letters")
            parts.append(self._part(field))
        if not parts:
            if self.kind is None and self._depth and self._pieces[self._place - 1].kind == "(":
                raise QueryError("an opening parenthesis is not closed; put a word and ) after it, or remove it")
            if self.kind == ")":
                raise QueryError("a pair of parentheses is empty or ends early; put a word there, or remove it")
            raise QueryError("OR needs a word before and after it; add one, or write it in small letters")
        if all(isinstance(part, Not) for part in parts):
            raise QueryError("the search, or one side of its OR, only says what to leave out; say what to find, too")
        return parts[0] if len(parts) == 1 else All(parts=tuple(parts))

    def _part(self, field: str | None) -> Query:
        piece = self._take()
        match piece.kind:
            case "(":
                return self._group(field)
            case "phrase":
                return Phrase(text=piece.text, field=field)
            case "word":
                return _word(piece.text, field)
            case _:
                return self._changed(piece, field)

    def _changed(self, piece: _Piece, field: str | None) -> Query:
        """Return the part that follows, changed by what stands before it."""
        name = f"{piece.text}:" if piece.kind == "field" else piece.kind
        if self.kind in {None, ")", "AND", "OR"}:
            raise QueryError(f"{name} needs a word after it; add one, or remove it")
        part = self._part(FIELDS[piece.text.lower()] if piece.kind == "field" else field)
        if piece.kind in {"-", "NOT"}:
            return part.part if isinstance(part, Not) else Not(part=part)
        if piece.kind == "+" and isinstance(part, Word):
            return Word(text=part.text, field=part.field, exact=True)
        return part

    def _group(self, field: str | None) -> Query:
        self._depth += 1
        if self._depth > DEEPEST:
            raise QueryError(f"parentheses are nested more than {DEEPEST} deep; take some away")
        found = self.alternatives(field)
        if self.kind != ")":
            raise QueryError("an opening parenthesis is not closed; add ) where its part ends")
        self._take()
        self._depth -= 1
        return found


def _pieces(text: str) -> Iterator[_Piece]:
    for quote, plain in _QUOTES.items():
        text = text.replace(quote, plain)
    text = text.rstrip()
    place = 0
    while place < len(text):
        found = _PIECE.match(text, place)
        if found is None:  # a lone minus or plus, say
            place += 1
            continue
        place = found.end()
        if found["mark"] == '"':
            end = text.find('"', place)
            if end < 0:
                raise QueryError('a quotation mark is not closed; add " where the phrase ends')
            piece = _Piece("phrase", text[place:end])
            place = end + 1
        elif found["mark"]:
            piece = _Piece(found["mark"])
        elif found["field"]:
            piece, place = _named(found["field"], text, place)
        elif found["word"].endswith(":") and found["word"][:-1].lower() in FIELDS:
            raise QueryError(f"{found['word']} needs a word right after it; add one, or put it in quotes to search it")
        else:
            piece = _Piece(found["word"] if found["word"] in {"AND", "OR", "NOT"} else "word", found["word"])
        if piece.kind not in {"word", "phrase"} or _WORDY.search(piece.text):
            yield piece


def _named(name: str, text: str, place: int) -> tuple[_Piece, int]:
    """Return the field of that name, or what only looks like one, such as "localhost:8000"; and where it ends."""
    if name.lower() in FIELDS:
        return _Piece("field", name), place
    close = get_close_matches(name.lower(), FIELDS, n=1, cutoff=0.75)
    if close:
        raise QueryError(f"there is no field {name}:; did you mean {close[0]}:? Put it in quotes to search it")
    if not text[place].isdecimal():  # as in localhost:8000
        known = ", ".join(FIELDS)
        raise QueryError(f"there is no field {name}:; known are {known}; put it in quotes to search it")
    rest = _REST.match(text, place)
    return _Piece("word", f"{name}:{rest[0] if rest else ''}"), rest.end() if rest else place


def _word(text: str, field: str | None) -> Word:
    bare = text.rstrip("*~?!.,;:")
    if text.endswith("*") and len(bare) < SHORTEST_BEGINNING:
        raise QueryError(f"{text} begins too many words; give at least {SHORTEST_BEGINNING} letters before the star")
    return Word(text=bare, field=field, prefix=text.endswith("*"), nearly=text.endswith("~"))
