"""The part of a page's text that shows best why it was found."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import NamedTuple

WIDTH = 240  # characters: some three lines of a page, or of a terminal
_MOST_MATCHES = 400  # of one text that are looked at
_BEFORE = 60  # characters that may stand before the first match
_ENDS = ".!?…\n"
_GAP = re.compile(r"[\W_]+")
_LETTERS = re.compile(r"[^\W_]")


class Piece(NamedTuple):
    """A stretch of text, and whether it was searched for."""

    text: str
    is_match: bool = False


class Sought(NamedTuple):
    """What to mark in texts.

    Attributes:
        forms: For each thing that was asked for, its words as the index has them: small letters, no accents. A phrase
            has spaces between its words.
        prefixes: Beginnings of words, likewise.
    """

    forms: tuple[frozenset[str], ...] = ()
    prefixes: frozenset[str] = frozenset()


class _Folding(dict[int, int | str]):
    """Maps a character to its small letter without accents, always one for one, so that places stay the same."""

    def __missing__(self, code: int) -> int | str:
        base = unicodedata.normalize("NFKD", chr(code))
        kept = [letter for letter in base if not unicodedata.combining(letter)]
        small = kept[0].lower() if len(kept) == 1 else chr(code).lower()
        self[code] = small if len(small) == 1 else chr(code)
        return self[code]


_folding = _Folding()


def folded(text: str) -> str:
    """Return ``text`` in small letters without accents, as long as it was."""
    return text.lower() if text.isascii() else text.translate(_folding)


def clean(text: str) -> str:
    """Return ``text`` on one line, with nothing in it that moves a cursor, hides or turns its direction around."""
    if not text.isprintable():
        text = "".join(
            " " if character.isspace() else character
            for character in text
            if character.isspace() or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn"}
        )
    return " ".join(text.split())


def marked(text: str, sought: Sought) -> tuple[Piece, ...]:
    """Return all of ``text``, cut where what was sought begins and ends."""
    text = clean(text)
    return _cut(text, [(start, end) for start, end, _ in _matches(text, sought)])


def snippet(text: str, sought: Sought, width: int = WIDTH) -> tuple[Piece, ...]:
    """Return the stretch of ``text`` that has most of what was sought, or its beginning if there is nothing of it.

    What is left out before and after is an ellipsis.

    Args:
        text: Of a page, any length, any content.
        sought: What to look for.
        width: About how many characters.
    """
    found = _matches(text, sought)
    first, last = _best(found, width - _BEFORE)
    start = found[first][0] if found else 0
    begin = _beginning(text, start)
    end = min(len(text), max(begin + width, found[last][1] if found else 0))
    if end < len(text):
        space = text.rfind(" ", start + 1, end + 1)
        end = space if space > begin + width // 2 else end
    within = clean(text[begin:end])
    pieces = _cut(within, [(place, stop) for place, stop, _ in _matches(within, sought)])
    head = (Piece("… "),) if begin > 0 and text[:begin].strip() else ()
    tail = (Piece(" …"),) if text[end:].strip() else ()
    return (*head, *pieces, *tail)


def _matches(text: str, sought: Sought) -> list[tuple[int, int, int]]:
    """Return where each match starts and ends, and to which thing it belongs; in order, none within another."""
    pattern, owners = _pattern(sought)
    if pattern is None:
        return []
    found: list[tuple[int, int, int]] = []
    for match in pattern.finditer(folded(text)):
        words = match[0]
        owner = owners.get(words)
        if owner is None:  # a phrase, or a word that was sought by its beginning
            owner = owners.get(_GAP.sub(" ", words), len(sought.forms))
        found.append((match.start(), match.end(), owner))
        if len(found) == _MOST_MATCHES:
            break
    return found


@lru_cache(maxsize=64)
def _pattern(sought: Sought) -> tuple[re.Pattern[str] | None, dict[str, int]]:
    owners = {form: place for place, forms in enumerate(sought.forms) for form in forms}
    words = [r"[\W_]+".join(map(re.escape, form.split())) for form in sorted(owners, key=len, reverse=True)]
    words += [rf"{re.escape(prefix)}[^\W_]*" for prefix in sorted(sought.prefixes, key=len, reverse=True)]
    if not words:
        return None, owners
    loose = [word for word in words if _is_unspaced(word)]
    spaced = [word for word in words if not _is_unspaced(word)]
    parts = [rf"(?<![^\W_])(?:{'|'.join(spaced)})(?![^\W_])"] if spaced else []
    return re.compile("|".join([*parts, *loose])), owners


def _is_unspaced(word: str) -> bool:
    """Tell whether it is of a script that is written without spaces between words."""
    return any("\u3040" <= letter <= "\u30ff" or "\u3400" <= letter <= "\u9fff" for letter in word)


def _best(found: Sequence[tuple[int, int, int]], width: int) -> tuple[int, int]:
    """Return the first and last of the matches within ``width`` characters that cover most: things, then matches."""
    best, chosen = (0, 0), (0, 0)
    first = 0
    counts: dict[int, int] = {}
    for last, (_, end, owner) in enumerate(found):
        counts[owner] = counts.get(owner, 0) + 1
        while first < last and end - found[first][0] > width:
            gone = found[first][2]
            counts[gone] -= 1
            if not counts[gone]:
                del counts[gone]
            first += 1
        worth = (len(counts), min(last - first + 1, 2 * len(counts)))
        if worth > best:
            best, chosen = worth, (first, last)
    return chosen


def _beginning(text: str, start: int) -> int:
    """Return where to begin: at the sentence, if it is near, else at a word."""
    if start <= _BEFORE // 2:
        return 0
    low = start - _BEFORE
    for place in range(start - 1, max(low, 0), -1):
        if text[place - 1] in _ENDS and not _LETTERS.match(text[place]):
            return place + 1 if text[place].isspace() else place
    space = text.find(" ", max(low, 0), start)
    return space + 1 if space >= 0 else start


def _cut(text: str, places: Collection[tuple[int, int]]) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    done = 0
    for start, end in places:
        if start > done:
            pieces.append(Piece(text[done:start]))
        pieces.append(Piece(text[start:end], is_match=True))
        done = end
    if done < len(text):
        pieces.append(Piece(text[done:]))
    return tuple(pieces)
