"""Which words of the index a typed word stands for: its other forms, its continuations, its spellings.

Pages are indexed by the words that they have, not by stems, since a stemmer takes longer than all the rest of indexing
(see docs/decisions/0018). A word's forms are found when it is searched for: those words of the index that begin like it
and that have the same stem in some language.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from math import log
from typing import NamedTuple

from turnout.fulltext._engine import Reader
from turnout.fulltext._snippet import folded

LANGUAGES = {
    "en": "english",
    "fr": "french",
    "de": "german",
    "es": "spanish",
    "it": "italian",
    "pt": "portuguese",
    "nl": "dutch",
    "sv": "swedish",
    "da": "danish",
    "no": "norwegian",
    "fi": "finnish",
    "hu": "hungarian",
    "ro": "romanian",
    "ru": "russian",
}
"""Those that words are stemmed in if the index has pages in them; the first two in any case."""

_ALWAYS = ("en", "fr")
_MOST_LANGUAGES = 4
_OTHER_FORM = 0.7  # of what the very form is worth
_MOST_FORMS = 8
_MOST_CONTINUATIONS = 15
_CANDIDATES = 200
_LISTED = 4  # letters: words that begin with so many are few enough to be listed
_LONGEST_ENDING = 6
_ENDINGS_OF_WORDS = """
    s e n a o i y x es ed er ly al en et in ie ee ez it os as ar ir or te st is us um ux ing ers ies ied ier ial ion ent
    ant ais ait ees eur ons era ung ten des ings aux eux elle ette ment able ique iste euse ance ence
"""
_LIKELY_ENDINGS = ("", *_ENDINGS_OF_WORDS.split())  # of the languages below; what does not fit is found out by its stem
_NEAR_DOCUMENTS = 10
_LONG_WORD, _SHORTEST_CORRECTED = 8, 4  # letters: two may be wrong in the first, one from the second on
# A stemmer needs the accents that decide on a suffix, and neither the index nor many who type French have them.
_ENDINGS = (
    (re.compile(r"(?<=\w\w)(e)(e?s?)$"), "é"),
    (re.compile(r"(?<=i)(e)(res?)$"), "è"),
)


class Form(NamedTuple):
    """A word of the index, and what it is worth beside the word that was typed, 0 to 1."""

    word: str
    worth: float


class Lexicon:
    """The words of an index.

    Args:
        reader: Of its pages, or of what links say.
        field: Where the words are.
        languages: What words are stemmed in; those of the pages by default.
    """

    def __init__(self, reader: Reader, field: str = "text", languages: tuple[str, ...] | None = None) -> None:
        self._reader = reader
        self._field = field
        self.languages = _languages(reader) if languages is None else languages
        self.forms = lru_cache(maxsize=512)(self._forms)
        self.corrections = lru_cache(maxsize=128)(self._corrections)

    def rarity(self, frequency: int) -> float:
        """Return what a word of that document frequency is worth by BM25.

        Source: Robertson and Zaragoza (2009), "The Probabilistic Relevance Framework: BM25 and Beyond", eq. 3.3, with
        1 added in the logarithm so that no word counts against a page, as in Lucene and tantivy.
        """
        return log(1 + (max(self._reader.size - frequency, 0) + 0.5) / (frequency + 0.5))

    def continuations(self, prefix: str) -> list[Form]:
        """Return the most frequent words that begin so; none if it is so short that there would be too many."""
        if len(prefix) < _LISTED:
            return []
        return [Form(word, 1.0) for word, _ in self._reader.beginning_with(self._field, prefix, _MOST_CONTINUATIONS)]

    def _forms(self, word: str) -> list[Form]:
        """Return a word, and others with its stem; rare ones count no more than common ones of the same stem."""
        stems = self._stems([word])[0]
        if not word.isalpha() or not stems:
            return [Form(word, 1.0)]
        others = self._alike(word, min((_common(word, stem) for _, stem in stems), key=len))
        same = [
            (other, count)
            for (other, count), theirs in zip(others, self._stems([other for other, _ in others]), strict=True)
            if stems & theirs
        ][: _MOST_FORMS - 1]
        own = self._reader.frequency(self._field, word)
        whole = self.rarity(min(self._reader.size, own + sum(count for _, count in same)))
        return [
            Form(word, whole / self.rarity(own) if own else 1.0),
            *(Form(other, _OTHER_FORM * whole / self.rarity(count)) for other, count in same),
        ]

    def _alike(self, word: str, root: str) -> list[tuple[str, int]]:
        """Return other words that may have the stem of a word, and in how many pages they are, frequent ones first.

        Args:
            word: The word.
            root: What the word and its stem have in common.
        """
        longest = len(word) + _LONGEST_ENDING
        if len(root) > _LISTED:
            found = self._reader.beginning_with(
                self._field, root[:-1], _CANDIDATES
            )  # "ponies" and "pony" share "pon" only
            return [one for one in found if one[0] != word and len(one[0]) <= longest and one[0].isalpha()]
        # So many words begin like a short one that listing them takes 25 ms; asking for each likely one takes 0.5 ms.
        roots = dict.fromkeys((word, root, root[:-1], root + root[-1:]))
        likely = {f"{one}{ending}" for one in roots if len(one) > 1 for ending in _LIKELY_ENDINGS} - {word}
        counted = [(other, count) for other in likely if (count := self._reader.frequency(self._field, other))]
        return sorted(counted, key=lambda one: (-one[1], one[0]))

    def _stems(self, words: Sequence[str]) -> list[frozenset[tuple[str, str]]]:
        """Return each word's stems, in each language, with and without the accents that it may lack."""
        found: list[set[tuple[str, str]]] = [set() for _ in words]
        if not words:
            return []
        for language in self.languages:
            for spellings in (_accented if language == "fr" else _plain)(words):
                for stems, spelling in zip(
                    found, self._reader.stems(LANGUAGES[language], [one or "-" for one in spellings]), strict=True
                ):
                    if spelling != "-":
                        stems.add((language, folded(spelling)))
        return [frozenset(stems) for stems in found]

    def _corrections(self, word: str) -> list[Form]:
        """Return words of the index that are spelled nearly like this one, the likeliest first; at most three."""
        distance = 2 if len(word) >= _LONG_WORD else 1 if len(word) >= _SHORTEST_CORRECTED else 0
        if not distance or not word.isalpha():
            return []
        alike = re.compile(rf"[^\W\d_]{{{max(2, len(word) - distance)},{len(word) + distance}}}")
        letters = set(word)
        seen: dict[str, int] = {}
        # Titles first: they have what is likeliest meant, and few pages to look through where texts may have all.
        for field, allowed in ((field, allowed) for field in ("title", "text") for allowed in range(1, distance + 1)):
            _, hits = self._reader.best(self._reader.near(field, word, allowed), _NEAR_DOCUMENTS, count=False)
            texts = (self._reader.document(address).get_first(field) or "" for _, address in hits)
            others = {other for text in texts for other in alike.findall(folded(text))} - {word}
            for other in others:
                if len(letters.symmetric_difference(other)) <= 2 * distance:  # else it cannot be that near
                    seen[other] = distance_between(word, other, distance)
            if any(far <= allowed for far in seen.values()):
                break
        close = [(far, -self._reader.frequency("text", other), other) for other, far in seen.items() if far <= distance]
        if not close:
            return []
        nearest = min(close)[0]
        return [Form(other, 1.0) for far, _, other in sorted(close)[:3] if far == nearest]


def distance_between(left: str, right: str, limit: int) -> int:
    """Return how many letters were typed wrong, left out, put in or swapped; more than ``limit`` if it is more.

    Source: Damerau (1964), "A technique for computer detection and correction of spelling errors", CACM 7(3), without
    edits within swapped letters (optimal string alignment).
    """
    if abs(len(left) - len(right)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, letter in enumerate(left, 1):
        now = [i]
        for j, other in enumerate(right, 1):
            cost = min(row[j] + 1, now[j - 1] + 1, row[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == right[j - 2] and left[i - 2] == other:
                cost = min(cost, before[j - 2] + 1)
            now.append(cost)
        if min(now) > limit:
            return limit + 1
        before, row = row, now
    return row[-1]


def _common(left: str, right: str) -> str:
    """Return what both begin with."""
    length = next((place for place, (one, other) in enumerate(zip(left, right, strict=False)) if one != other), None)
    return left[: min(len(left), len(right)) if length is None else length]


def _plain(words: Sequence[str]) -> list[Sequence[str]]:
    return [words]


def _accented(words: Sequence[str]) -> list[Sequence[str]]:
    """Return the words, and what they may be in French with the accent that decides on their suffix; else ""."""
    spellings: list[Sequence[str]] = [words]
    for ending, letter in _ENDINGS:
        spellings.append([ending.sub(rf"{letter}\2", word) if ending.search(word) else "" for word in words])
    with_ity = [re.sub(r"ite(s?)$", r"ité\1", word) if re.search(r"ites?$", word) else "" for word in words]
    return [*spellings, with_ity]


def _languages(reader: Reader) -> tuple[str, ...]:
    known = [code for code, _ in reader.beginning_with("language", "", 50) if code in LANGUAGES]
    return tuple(dict.fromkeys((*_ALWAYS, *known[:_MOST_LANGUAGES])))
