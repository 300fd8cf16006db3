"""One search over all shards of a crawl."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from crawled_pages import page, write_links
from turnout.cli import main
from turnout.errors import ExitStatus, UsageError
from turnout.fulltext import Found, QueryError, Search, Searcher, ShardedSearch, open_index, open_search
from turnout.pages import INDEX_FOLDER, Page, shard_folder

pytest.importorskip("tantivy", reason="tantivy is not installed")

FIRST = [
    page("http://a.example/1", "River", "A river and a boat."),
    page("http://a.example/2", "Boat", "A boat, far from the river, among many other words that say little."),
    page("http://a.example/3", "Harbour", "Ships rest here."),
]
SECOND = [
    page("http://b.example/1", "River boat", "A boat on the river; boats like a river."),
    page("http://b.example/2", "Mountain", "No water at all."),
    page("http://b.example/3", "Harbor light", "A lighthouse."),
]


def sharded(folder: Path, *shards: Sequence[Page]) -> Searcher:
    for number, pages in enumerate(shards):
        shard = shard_folder(folder, number)
        write_links(shard, {one.url: () for one in pages})
        index = open_index(shard / INDEX_FOLDER)
        index.add(pages)
        index.close()
    return open_search(folder)


def urls(found: Found) -> list[str]:
    return [hit.url.removeprefix("http://") for hit in found.hits]


def test_what_shards_find_is_put_in_one_order(tmp_path: Path) -> None:
    search = sharded(tmp_path, FIRST, SECOND)

    found = search.find("river boat")

    assert isinstance(search, ShardedSearch)
    assert (found.count, found.page_count, search.page_count) == (3, 6, 6)
    assert sorted(urls(found)) == ["a.example/1", "a.example/2", "b.example/1"]
    assert [hit.score for hit in found.hits] == sorted((hit.score for hit in found.hits), reverse=True)


def test_pages_of_hits_go_on_where_the_last_one_ended(tmp_path: Path) -> None:
    search = sharded(tmp_path, FIRST, SECOND)

    whole = search.find("river boat")
    pieces = [search.find("river boat", limit=1, offset=offset) for offset in range(3)]

    assert [piece.hits[0].url for piece in pieces] == [hit.url for hit in whole.hits]
    assert [piece.offset for piece in pieces] == [0, 1, 2]


def test_a_shard_in_which_only_some_words_are_found_adds_nothing_to_those_with_all(tmp_path: Path) -> None:
    found = sharded(tmp_path, FIRST, SECOND).find("mountain water")

    assert (urls(found), found.count, found.is_loose) == (["b.example/2"], 1, False)


def test_pages_with_some_of_the_words_are_shown_if_no_shard_has_all(tmp_path: Path) -> None:
    found = sharded(tmp_path, FIRST, SECOND).find("ships lighthouse")

    assert (sorted(urls(found)), found.is_loose) == (["a.example/3", "b.example/3"], True)


def test_words_typed_wrong_are_corrected_in_each_shard(tmp_path: Path) -> None:
    found = sharded(tmp_path, FIRST, SECOND).find("mountian")

    assert urls(found) == ["b.example/2"]
    assert dict(found.corrected) == {"mountian": "mountain"}


def test_nothing_is_corrected_that_other_shards_have_as_it_was_typed(tmp_path: Path) -> None:
    typed = [page(f"http://c.example/{number}", "Mountian", "The mountian club.") for number in range(3)]

    found = sharded(tmp_path, SECOND, typed).find("mountian")

    assert (found.count, found.corrected) == (3, ())


def test_a_broken_search_is_told(tmp_path: Path) -> None:
    search = sharded(tmp_path, FIRST, SECOND)

    with pytest.raises(QueryError):
        search.find('"')
    with pytest.raises(UsageError, match="only the first 10,000 pages"):
        search.find("river", offset=10_000)


def test_a_crawl_without_shards_is_searched_as_it_is(tmp_path: Path) -> None:
    open_index(tmp_path / INDEX_FOLDER).close()

    assert isinstance(open_search(tmp_path), Search)


def test_the_command_asks_all_shards(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    sharded(tmp_path, FIRST, SECOND)

    status = main(["search", str(tmp_path), "river"])

    assert status == ExitStatus.OK
    assert capsys.readouterr().out.startswith("3 suit of 6 pages")
