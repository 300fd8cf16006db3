"""From what was asked for to what the engine is asked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, assert_never

from turnout.fulltext._engine import Reader
from turnout.fulltext._index import CJK
from turnout.fulltext._lexicon import Form, Lexicon
from turnout.fulltext._query import All, Not, Phrase, Query, Some, Word
from turnout.fulltext._snippet import Sought

if TYPE_CHECKING:
    from turnout.fulltext._engine import EngineQuery

# What a word is worth where it stands, beside the text; by common practice for web pages, as in the engines' manuals.
BOOSTS = {"title": 4.0, "headings": 2.0, "text": 1.0, "address": 1.5}
ANCHORED = 30  # pages at most that are found because links say all that was asked for
_ANCHOR_SHARE = 0.5  # of what the words would score in a text
_PHRASE_BOOST, _NEAR_BOOST = 1.5, 0.7
_NEAR_SLOP = 3
_NEAR_WORDS = 5
_LIKELIER = 10  # times as many pages must have another spelling as have the one that was typed
_COMMON = 0.2  # of all pages; beyond it, looking at places costs more than it tells
_MANY = 10_000  # pages; what is on fewer is looked for everywhere in a moment


@dataclass(kw_only=True)
class Plan:
    """What to ask the engine for, and what that was made of.

    Attributes:
        query: For the engine; None if there is no word in it.
        anchors: For the texts of links, which may have all of the words; None if they could not answer alone.
        worth: What the words of a page are taken for that only links say, in units of a word's rarity.
        sought: What to mark.
        corrected: Words for which others were put in, with these.
    """

    query: "EngineQuery | None" = None
    anchors: "EngineQuery | None" = None
    worth: float = 0.0
    sought: Sought = field(default_factory=Sought)
    corrected: dict[str, str] = field(default_factory=dict)


class Planner:
    """Makes plans.

    Args:
        pages: The index.
        anchors: Its texts of links, if there are any yet.
        lexicon: Of the pages.
    """

    def __init__(self, pages: Reader, anchors: Reader | None, lexicon: Lexicon) -> None:
        self._pages = pages
        self._anchors = anchors
        self._lexicon = lexicon
        self.rarity = lexicon.rarity
        self._said = Lexicon(anchors, "anchor", lexicon.languages) if anchors is not None else lexicon

    def plan(self, asked: Query, *, corrects: Callable[[str, int], bool], loose: bool = False) -> Plan:
        """Return a plan.

        Args:
            asked: The search.
            corrects: Called with a word and in how many pages it is; tells whether like spellings count as well.
            loose: Whether some of the words are enough.
        """
        drawn = _Drawing(self._pages, self._anchors, self._lexicon, self._said, corrects)
        if loose and isinstance(asked, All):
            asked = _loosened(asked)
        query = drawn.draw(asked)
        return Plan(
            query=query,
            anchors=drawn.anchors_of(asked),
            worth=_ANCHOR_SHARE * max(1, len(drawn.forms)),
            sought=Sought(tuple(drawn.forms), frozenset(drawn.prefixes)),
            corrected=drawn.corrected,
        )


def _loosened(asked: All) -> Query:
    wanted = tuple(part for part in asked.parts if not isinstance(part, Not) and not _is_filter(part))
    kept = tuple(part for part in asked.parts if isinstance(part, Not) or _is_filter(part))
    if len(wanted) < 2:  # noqa: PLR2004  nothing to leave out
        return asked
    return All(parts=(Some(parts=wanted), *kept)) if kept else Some(parts=wanted)


def _is_filter(part: Query) -> bool:
    return isinstance(part, Word) and part.field in {"host", "language"}


class _Drawing:
    """One plan in the making."""

    def __init__(
        self,
        pages: Reader,
        anchors: Reader | None,
        lexicon: Lexicon,
        said: Lexicon,
        corrects: Callable[[str, int], bool],
    ) -> None:
        self._pages, self._anchors, self._lexicon, self._said = pages, anchors, lexicon, said
        self._corrects = corrects
        self._quiet = False
        self.forms: list[frozenset[str]] = []
        self.prefixes: set[str] = set()
        self.corrected: dict[str, str] = {}

    def draw(self, asked: Query) -> "EngineQuery | None":
        """Return what to ask the engine for; None if there is no word in it."""
        match asked:
            case Word():
                return self._word(asked)
            case Phrase():
                return self._phrase(asked.text, asked.field)
            case Some():
                parts = [part for part in map(self.draw, asked.parts) if part is not None]
                return self._pages.some(parts) if parts else None
            case All():
                return self._all(asked)
            case Not():  # is drawn by the `All` that it is a part of
                return None
            case _:
                assert_never(asked)

    def _all(self, asked: All) -> "EngineQuery | None":
        gains: list[EngineQuery] = []
        must = [self._required(one, gains) for one in asked.parts if not isinstance(one, Not)]
        self._quiet = True  # what must not be there is not marked
        must_not = [self.draw(one.part) for one in asked.parts if isinstance(one, Not)]
        self._quiet = False
        wanted = [part for part in must if part is not None]
        if not wanted:
            return None
        unwanted = [part for part in must_not if part is not None]
        return self._pages.together(wanted, unwanted, [*gains, *self._nearness(asked.parts)])

    def _required(self, asked: Query, gains: list["EngineQuery"]) -> "EngineQuery | None":
        """Return a query for one of several parts.

        A word that is on very many pages is looked for in their texts alone, where it is anyway; in titles it only adds
        to what is found. One that is on most pages tells so little that its other forms and titles are left out, too.
        That takes two thirds off the time of three such words (200,000 pages).
        """
        if isinstance(asked, Word) and asked.field is None and not asked.prefix:
            words = self._pages.words(asked.text)
            frequency = self._pages.frequency("text", words[0]) if len(words) == 1 else 0
            if frequency > max(_MANY, _COMMON * self._pages.size):
                is_on_most = frequency > self._pages.size / 2
                asked = replace(asked, field="text", exact=asked.exact or is_on_most)
                if not is_on_most:
                    gains.append(self._pages.word("title", words[0], BOOSTS["title"]))
        return self.draw(asked)

    def _nearness(self, parts: Sequence[Query]) -> list["EngineQuery"]:
        """Return what pages gain whose title or text has the words close to each other, in this order."""
        words = [self._pages.words(part.text) for part in parts if isinstance(part, Word) and part.field is None]
        row = [word for found in words for word in found]
        if not 1 < len(row) <= _NEAR_WORDS or len(words) < len(parts):
            return []
        common = max(_MANY, _COMMON * self._pages.size)
        gains = [self._pages.phrase("title", row, BOOSTS["title"] * _NEAR_BOOST, _NEAR_SLOP)]
        if all(self._pages.frequency("text", word) <= common for word in row):
            gains.append(self._pages.phrase("text", row, _NEAR_BOOST, _NEAR_SLOP))
        return gains

    def _word(self, asked: Word) -> "EngineQuery | None":
        if asked.field in {"host", "language"}:
            return self._pages.word(asked.field, asked.text.lower().removeprefix("*."))
        if CJK.search(asked.text):
            return self._unspaced(asked.text)
        words = self._pages.words(asked.text)
        if len(words) != 1:
            return self._phrase(asked.text, asked.field) if words else None
        forms = self._forms(words[0], asked)
        if asked.prefix:
            if not self._quiet:
                self.prefixes.add(words[0])
        else:
            self._mark(frozenset(form.word for form in forms))
        fields = BOOSTS if asked.field is None else {asked.field: 1.0}
        if asked.field == "anchor":
            return self._anchored(asked)
        parts = [
            self._pages.word(name, form.word, boost * form.worth) for name, boost in fields.items() for form in forms
        ]
        if asked.prefix and len(forms) == 1:
            parts = [self._pages.beginning(name, words[0]) for name in fields if name in {"text", "title"}]
        return self._pages.some(parts)

    def _forms(self, word: str, asked: Word) -> list[Form]:
        if asked.prefix:
            return self._lexicon.continuations(word) or [Form(word, 1.0)]
        if asked.exact:
            return [Form(word, 1.0)]
        forms = self._lexicon.forms(word)
        frequency = sum(self._pages.frequency("text", form.word) for form in forms)
        if asked.nearly or self._corrects(word, frequency):
            others = [other for other in self._lexicon.corrections(word) if self._is_likelier(other.word, frequency)]
            if others and not self._quiet:
                self.corrected[asked.text] = others[0].word
            more = [form for other in others for form in self._lexicon.forms(other.word)]
            forms = list({form.word: form for form in (*more, *forms)}.values())
        return forms

    def _is_likelier(self, other: str, frequency: int) -> bool:
        there = max(self._pages.frequency("text", other), self._pages.frequency("title", other))
        return there >= _LIKELIER * max(frequency, 1 / _LIKELIER)

    def _phrase(self, text: str, name: str | None) -> "EngineQuery | None":
        if name == "host":
            return self._pages.word("host", text.strip().lower())
        if CJK.search(text):
            return self._unspaced(text)
        words = self._pages.words(text)
        if not words:
            return None
        self._mark(frozenset([" ".join(words)]))
        if name == "anchor":
            return self._anchored(Phrase(text=text))
        fields = BOOSTS if name is None else {name: 1.0}
        return self._pages.some(
            [self._pages.phrase(one, words, boost * _PHRASE_BOOST) for one, boost in fields.items()]
        )

    def _unspaced(self, text: str) -> "EngineQuery | None":
        """Return a query for characters in a row, and for what else is written among them."""
        row = CJK.findall(text)
        self._mark(frozenset(["".join(row)]))
        parts = [self._pages.phrase("cjk", row)]
        rest = CJK.sub(" ", text)
        if self._pages.words(rest):
            other = self._phrase(rest, None)
            parts += [other] if other is not None else []
        return parts[0] if len(parts) == 1 else self._pages.together(parts)

    def anchors_of(self, asked: Query) -> "EngineQuery | None":
        """Return what to ask the texts of links for; None if a text of links alone could not answer."""
        parts = asked.parts if isinstance(asked, All) else (asked,)
        wanted = [part for part in parts if isinstance(part, Word | Phrase)]
        if self._anchors is None or len(wanted) < len(parts) or any(part.field or _is_cjk(part) for part in wanted):
            return None
        drawn = [query for query in map(self._anchor, wanted) if query is not None]
        return self._anchors.together(drawn) if drawn else None

    def _anchored(self, asked: Word | Phrase) -> "EngineQuery":
        query = self._anchor(asked)
        if self._anchors is None or query is None:
            return self._pages.some([])
        _, hits = self._anchors.best(query, ANCHORED, count=False)
        keys = self._anchors.values("page", [address for _, address in hits])
        return self._pages.keyed(keys, self._lexicon.rarity(len(keys))) if keys else self._pages.some([])

    def _anchor(self, asked: Word | Phrase) -> "EngineQuery | None":
        words = self._pages.words(asked.text)
        if self._anchors is None or not words:
            return None
        if isinstance(asked, Phrase) or len(words) > 1:
            return self._anchors.phrase("anchor", words)
        forms = [Form(words[0], 1.0)] if asked.exact or asked.prefix else self._said.forms(words[0])
        return self._anchors.some([self._anchors.word("anchor", form.word, form.worth) for form in forms])

    def _mark(self, forms: frozenset[str]) -> None:
        if not self._quiet and forms not in self.forms:
            self.forms.append(forms)


def _is_cjk(part: Word | Phrase) -> bool:
    return CJK.search(part.text) is not None
