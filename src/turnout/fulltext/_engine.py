"""All that is used of tantivy, in one place; it is loaded when an index is opened.

pages/     page (key), similar, title, headings, text, address, cjk, host, language, about
anchors/   page (key), anchor: the texts that link to a page, made anew now and then
"""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from turnout.errors import UnavailableError, UsageError

if TYPE_CHECKING:
    import tantivy

    EngineQuery = tantivy.Query
    Address = tantivy.DocAddress

PAGES = "pages"
ANCHORS = "anchors"
LONGEST_WORD_BYTES = 60
# 40 MB hold some 20,000 pages between two commits; less of it makes more segments, which then have to be merged:
# 20 MB cost 25 % more CPU, 64 MB gain 5 % and keep 20 MB more (tantivy 0.27, pages of 4 kB of text).
HEAP_BYTES = 40_000_000
_ANALYSER = "folded"
_TRIES = 5  # a file may vanish between the list of segments and its opening, while a writer merges


def load() -> Any:  # the module; `tantivy` is named in annotations only where it is known to be there
    """Return tantivy.

    Raises:
        UnavailableError: If it is not installed.
    """
    try:
        return import_module("tantivy")
    except ImportError as error:
        raise UnavailableError(
            "full-text search", f"tantivy cannot be imported ({error})", "install it with: pip install 'turnout[crawl]'"
        ) from None


def whole(text: str) -> str:
    """Return text that can be written as UTF-8: a lone half of a surrogate pair cannot."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def cannot_be_written(error: Exception) -> UsageError:
    """Return what to do about an index that the disk does not take."""
    return UsageError(f"the index cannot be written ({error}); make room on its disk, and crawl on")


class Writer:
    """Writes one of an index's parts.

    Args:
        folder: Where the part is; made if it does not exist.
        part: `PAGES` or `ANCHORS`.
        heap_bytes: What it may hold in memory before it writes a segment.

    Raises:
        UnavailableError: If tantivy is not installed.
        UsageError: If another process writes there, or the folder cannot be written.
    """

    def __init__(self, folder: Path, part: str, heap_bytes: int = HEAP_BYTES) -> None:
        tantivy = load()
        place = folder / part
        try:
            place.mkdir(parents=True, exist_ok=True)
            index = tantivy.Index(_schema(part), path=str(place))
            index.register_tokenizer(_ANALYSER, _analyser())
            index.config_reader(reload_policy="manual")  # nobody reads by this one: it need not follow each commit
            self._writer = index.writer(heap_bytes, 1)
            self.has_pages = bool(index.searcher().num_docs)
        except (OSError, ValueError) as error:
            raise UsageError(why_not(folder, error)) from None
        self._new_document = tantivy.Document

    def document(self) -> "tantivy.Document":
        """Return an empty document."""
        document: tantivy.Document = self._new_document()
        return document

    def put(self, document: "tantivy.Document") -> None:
        """Add a document."""
        self._writer.add_document(document)

    def drop(self, key: int) -> None:
        """Remove the page of that key, if it was put before."""
        self._writer.delete_documents_by_term("page", key)

    def drop_all(self) -> None:
        """Remove everything; it is there for readers until the commit."""
        self._writer.delete_all_documents()

    def commit(self) -> None:
        """Write all to the disk, and let readers see it."""
        try:
            self._writer.commit()
        except (OSError, ValueError) as error:
            raise cannot_be_written(error) from None

    def close(self) -> None:
        """Commit, and wait until segments are merged."""
        self.commit()
        try:
            self._writer.wait_merging_threads()
        except (OSError, ValueError) as error:
            raise cannot_be_written(error) from None


class Reader:
    """Reads one of an index's parts, as of the last commit when it was made or refreshed."""

    def __init__(self, folder: Path, part: str) -> None:
        self._tantivy: Any = load()
        try:
            self._index: tantivy.Index = self._tantivy.Index.open(str(folder / part))
        except (OSError, ValueError) as error:
            raise UsageError(why_not(folder, error)) from None
        self._analyser = _analyser()
        self._stemmers: dict[str, tantivy.TextAnalyzer] = {}
        self._index.register_tokenizer(_ANALYSER, self._analyser)
        self._index.config_reader(reload_policy="manual")
        self._schema = self._index.schema
        self.refresh()

    def refresh(self) -> None:
        """Look at the last commit from now on."""
        for left in reversed(range(_TRIES)):
            try:
                self._index.reload()
                break
            except (OSError, ValueError):
                if not left:
                    raise
        self._searcher = self._index.searcher()

    @property
    def size(self) -> int:
        """How many documents there are."""
        return self._searcher.num_docs

    def words(self, text: str) -> list[str]:
        """Return the words of ``text`` as the index has them."""
        return self._analyser.analyze(text)

    def stems(self, language: str, words: Sequence[str]) -> list[str]:
        """Return the stem of each word, which is of letters and figures only."""
        if language not in self._stemmers:
            build = self._tantivy.TextAnalyzerBuilder(self._tantivy.Tokenizer.whitespace())
            self._stemmers[language] = build.filter(self._tantivy.Filter.stemmer(language)).build()
        return self._stemmers[language].analyze(" ".join(words))

    def frequency(self, field: str, word: str) -> int:
        """Return in how many documents a word is."""
        return self._searcher.doc_freq(field, word)

    def beginning_with(self, field: str, prefix: str, limit: int) -> list[tuple[str, int]]:
        """Return the most frequent words that begin so, and in how many documents each is."""
        return self._searcher.terms_with_prefix(field, prefix, None, limit)

    def word(self, field: str, word: str, boost: float = 1.0) -> "EngineQuery":
        """Return a query for documents with a word."""
        found: EngineQuery = self._tantivy.Query.term_query(self._schema, field, word)
        return found if boost == 1.0 else self._boosted(found, boost)

    def phrase(self, field: str, words: Sequence[str], boost: float = 1.0, slop: int = 0) -> "EngineQuery":
        """Return a query for documents with words in a row."""
        if len(words) == 1:
            return self.word(field, words[0], boost)
        found: EngineQuery = self._tantivy.Query.phrase_query(self._schema, field, list(words), slop)
        return self._boosted(found, boost)

    def near(self, field: str, word: str, distance: int) -> "EngineQuery":
        """Return a query for documents with a word of at most so many letters typed wrong; all score the same."""
        found: EngineQuery = self._tantivy.Query.fuzzy_term_query(self._schema, field, word, distance)
        return found

    def beginning(self, field: str, prefix: str) -> "EngineQuery":
        """Return a query for documents with a word that begins so; all score the same."""
        query = self._tantivy.Query
        found: EngineQuery = query.fuzzy_term_query(self._schema, field, prefix, 0, True, True)
        return found

    def keyed(self, keys: Sequence[int], score: float) -> "EngineQuery":
        """Return a query for the documents of these keys, each with this score."""
        # One query for each key takes 3 µs of it, a "term set" 50 (200,000 pages in 5 segments).
        query = self._tantivy.Query
        each = [query.term_query(self._schema, "page", key, "basic") for key in keys]
        found: EngineQuery = query.const_score_query(self.some(each), score)
        return found

    def together(
        self, must: Sequence["EngineQuery"], must_not: Sequence["EngineQuery"] = (), may: Sequence["EngineQuery"] = ()
    ) -> "EngineQuery":
        """Return a query for documents with all of ``must``, none of ``must_not``; ``may`` adds to their score."""
        occur = self._tantivy.Occur
        parts = [(occur.Must, part) for part in must]
        parts += [(occur.MustNot, part) for part in must_not]
        parts += [(occur.Should, part) for part in may]
        found: EngineQuery = self._tantivy.Query.boolean_query(parts)
        return found

    def some(self, parts: Sequence["EngineQuery"]) -> "EngineQuery":
        """Return a query for documents with at least one of the parts; none has no part at all."""
        if len(parts) == 1:
            return parts[0]
        query = self._tantivy.Query
        found: EngineQuery = (
            query.boolean_query([(self._tantivy.Occur.Should, part) for part in parts])
            if parts
            else query.empty_query()
        )
        return found

    def best(
        self, query: "EngineQuery", limit: int, *, count: bool = True
    ) -> tuple[int, list[tuple[float, "Address"]]]:
        """Return how many documents there are (0 if not to be counted), and the best of them with their scores."""
        found: Any = self._searcher.search(query, limit, count)  # its count is missing in tantivy's types
        return found.count or 0, found.hits

    def values(self, field: str, addresses: Sequence["Address"]) -> list[int]:
        """Return a number of each document; 0 where it has none."""
        return [int(value or 0) for value in self._searcher.fast_field_values(field, list(addresses))]

    def document(self, address: "Address") -> "tantivy.Document":
        """Return what was stored."""
        return self._searcher.doc(address)

    def _boosted(self, query: "EngineQuery", boost: float) -> "EngineQuery":
        boosted: EngineQuery = self._tantivy.Query.boost_query(query, boost)
        return boosted


def _schema(part: str) -> "tantivy.Schema":
    builder: tantivy.SchemaBuilder = load().SchemaBuilder()
    builder.add_integer_field("page", indexed=True, fast=True)
    if part == ANCHORS:
        builder.add_text_field("anchor", tokenizer_name=_ANALYSER)
        return builder.build()
    builder.add_integer_field("similar", fast=True)
    builder.add_text_field("title", stored=True, tokenizer_name=_ANALYSER)
    builder.add_text_field("text", stored=True, tokenizer_name=_ANALYSER)
    for name in ("headings", "address", "cjk"):
        builder.add_text_field(name, tokenizer_name=_ANALYSER)
    for name in ("host", "language"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    builder.add_bytes_field("about", stored=True)
    return builder.build()


def _analyser() -> "tantivy.TextAnalyzer":
    engine = load()
    filters: type[tantivy.Filter] = engine.Filter
    build: tantivy.TextAnalyzerBuilder = engine.TextAnalyzerBuilder(engine.Tokenizer.simple())
    for step in (filters.remove_long(LONGEST_WORD_BYTES), filters.lowercase(), filters.ascii_fold()):
        build = build.filter(step)
    return build.build()


def why_not(folder: Path, error: Exception) -> str:
    """Return what to say of an index that cannot be opened."""
    text = str(error)
    if "ReadOnlyFilesystem" in text or "PermissionDenied" in text:
        return f"{str(folder)!r} may not be written, and the engine locks what it reads; copy it to where it may be"
    if "LockBusy" in text or "lock" in text.lower():
        return f"{str(folder)!r} is being written by another crawl; wait until it ends, or name another folder"
    return f"{str(folder)!r} cannot be used as an index ({text.splitlines()[0][:200]}); name another folder"
