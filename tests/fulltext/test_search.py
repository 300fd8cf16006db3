"""An index and searches in it, with the real engine."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from crawled_pages import described, page, write_links
from full_disk import full_disk
from turnout.errors import UsageError
from turnout.fulltext import Found, FullTextIndex, QueryError, Search, open_index
from turnout.fulltext._engine import why_not
from turnout.fulltext._index import hosts_of
from turnout.fulltext._popularity import RankFile
from turnout.pages import INDEX_FOLDER, Page, page_key

pytest.importorskip("tantivy", reason="tantivy is not installed")

PAGES = [
    page(
        "http://www.example.org/fr/uni",
        "L'Université de Paris",
        "Les universités accueillent les étudiants. Les chevaux courent. C'est la première fois.",
        language="fr",
    ),
    page("http://example.com/shoes", "Running shoes", "He runs every day along the river. Happy ponies."),
    page(
        "http://example.com:8080/river", "The river", "A river runs through it. Shoes are not needed.", language="en-gb"
    ),
    page("http://jp.example/uni", "東京大学", "私は東京大学で勉強しています。", language="ja"),
]


def indexed(folder: Path, pages: Sequence[Page] = PAGES) -> Search:
    index = open_index(folder / INDEX_FOLDER)
    index.add(pages)
    index.close()
    return Search(folder)


def paths(found: Found) -> list[str]:
    return [hit.url.split("/", 3)[3] for hit in found.hits]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("universite", {"fr/uni"}),
        ("université", {"fr/uni"}),
        ("UNIVERSITÉS", {"fr/uni"}),
        ("cheval", {"fr/uni"}),
        ("premier", {"fr/uni"}),
        ("run", {"shoes", "river"}),
        ("pony", {"shoes"}),
        ("happier", set()),
        ("river shoes", {"shoes", "river"}),
        ("river +runs -ponies", {"river"}),
        ("+run", set()),
        ('"running shoes"', {"shoes"}),
        ('"shoes running"', set()),
        ("ponies OR étudiants", {"shoes", "fr/uni"}),
        ("title:river", {"river"}),
        ("text:river title:shoes", {"shoes"}),
        ("url:uni", {"fr/uni", "uni"}),
        ("site:example.org universite", {"fr/uni"}),
        ("host:example.com:8080", {"river"}),
        ("site:example.com", {"shoes", "river"}),
        ("lang:en", {"shoes", "river"}),
        ("lang:en-gb", {"river"}),
        ("stud* OR étu*", {"fr/uni"}),
        ("東京", {"uni"}),
        ("京東", set()),
        ("universities~", {"fr/uni"}),
    ],
)
def test_pages_are_found_by_their_words(tmp_path: Path, text: str, expected: set[str]) -> None:
    search = indexed(tmp_path)

    found = search.find(text, typos="never")

    assert set(paths(found)) == expected
    assert found.count == len(expected)
    assert found.page_count == len(PAGES)


def test_a_typing_error_is_forgiven_when_nothing_else_is_found(tmp_path: Path) -> None:
    search = indexed(tmp_path)

    forgiven, refused = search.find("univrsité étudiants"), search.find("univrsité étudiants", typos="never")

    assert (paths(forgiven), forgiven.is_loose) == (["fr/uni"], False)
    assert forgiven.corrected == (("univrsité", "universite"),)
    assert (paths(refused), refused.is_loose, refused.corrected) == (["fr/uni"], True, ())


def test_some_words_are_enough_when_no_page_has_all(tmp_path: Path) -> None:
    search = indexed(tmp_path)

    found = search.find("river étudiants -ponies")

    assert set(paths(found)) == {"river", "fr/uni"}
    assert found.is_loose


def test_what_was_found_is_marked(tmp_path: Path) -> None:
    found = indexed(tmp_path).find("running")

    hit = next(hit for hit in found.hits if hit.url.endswith("/shoes"))
    assert [piece.text for piece in hit.title if piece.is_match] == ["Running"]
    assert [piece.text for piece in hit.snippet if piece.is_match] == ["runs"]


def test_a_page_that_is_crawled_again_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    index = open_index(tmp_path / INDEX_FOLDER)
    index.add(PAGES)
    index.add([page(PAGES[1].url, "Boots", "no more of that")])
    index.commit()
    search = Search(tmp_path)
    index.add([page(PAGES[2].url, "Lakes", "of water")])
    index.remove([PAGES[0].key, 12345])
    index.close()

    again = {text: search.find(text, typos="never").count for text in ("boots", "lakes", "river", "université", "pony")}

    assert again == {"boots": 1, "lakes": 1, "river": 1, "université": 0, "pony": 0}  # one river is in an address
    assert search.page_count == 3


def test_pages_can_be_searched_while_more_are_written(tmp_path: Path) -> None:
    index = open_index(tmp_path / INDEX_FOLDER)
    index.add([page("http://a.example/0", "common")])
    index.commit()
    search = Search(tmp_path)
    done = threading.Event()
    counts: list[int] = []

    def look() -> None:
        while not done.is_set():
            counts.append(search.find("common").count)

    reader = threading.Thread(target=look)
    reader.start()
    for number in range(1, 30):
        index.add([page(f"http://a.example/{number}", "common")])
        index.commit()
    index.close()
    done.set()
    reader.join()

    assert search.find("common").count == 30
    assert counts == sorted(counts)


KILLED = """
import sys
from pathlib import Path
from crawled_pages import page
from turnout.fulltext import open_index
index = open_index(Path(sys.argv[1]))
number = 0
while True:
    index.add([page(f"http://a.example/{number + place}", "kept") for place in range(50)])
    number += 50
    index.commit()
    print(number, flush=True)
"""


def test_what_was_committed_survives_kill_9_and_the_index_goes_on(tmp_path: Path) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path / INDEX_FOLDER)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    committed = [int(writer.stdout.readline()) for _ in range(9)][-1]
    writer.send_signal(signal.SIGKILL)
    committed = max([committed, *(int(line) for line in writer.stdout.read().split())])
    writer.wait()
    writer.stdout.close()

    kept = Search(tmp_path).find("kept").count
    index = open_index(tmp_path / INDEX_FOLDER)
    index.add([page(f"http://a.example/{number}", "kept") for number in range(committed + 100)])
    index.close()

    assert committed <= kept <= committed + 50
    assert Search(tmp_path).find("kept").count == committed + 100


def test_a_second_writer_is_refused_in_one_sentence(tmp_path: Path) -> None:
    first = open_index(tmp_path / INDEX_FOLDER)

    with pytest.raises(UsageError, match="is being written by another crawl; wait until it ends"):
        FullTextIndex(tmp_path / INDEX_FOLDER)

    first.close()


@pytest.mark.parametrize("kind", ["ReadOnlyFilesystem", "PermissionDenied"])
def test_an_index_that_may_not_be_locked_is_not_said_to_be_in_use(kind: str) -> None:
    error = ValueError(f"Failed to acquire Lockfile: IoError(Os {{ code: 30, kind: {kind}, message: ... }}). None")

    assert "may not be written, and the engine locks what it reads" in why_not(Path("site/index"), error)


@pytest.mark.parametrize("make", ["nothing", "file", "junk"])
def test_what_is_no_index_is_told_in_one_sentence(tmp_path: Path, make: str) -> None:
    folder = tmp_path / "crawl"
    if make == "file":
        folder.write_text("notes")
    if make == "junk":
        (folder / INDEX_FOLDER / "pages").mkdir(parents=True)
        (folder / INDEX_FOLDER / "pages" / "meta.json").write_text("{")

    with pytest.raises(UsageError) as raised:
        Search(folder)

    assert "\n" not in str(raised.value)
    assert str(folder) in str(raised.value)


def test_pages_that_are_linked_to_come_first(tmp_path: Path) -> None:
    urls = [f"http://a.example/{number}" for number in range(6)]
    write_links(tmp_path, {url: [urls[4]] for url in urls if url != urls[4]} | {urls[4]: []})

    found = indexed(tmp_path, [page(url, "alike", "the same words") for url in urls]).find("same words")

    assert paths(found)[0] == "4"
    assert found.hits[0].popularity > 1 > found.hits[1].popularity > 0


def test_a_page_is_found_by_what_links_to_it_say(tmp_path: Path) -> None:
    urls = [f"http://a.example/{name}" for name in ("home", "paper", "moved")]
    write_links(
        tmp_path,
        {url: [] for url in urls[:2]},
        [(urls[2], "quarterly figures"), (urls[0], "start page"), ("http://gone.example/", "quarterly figures")],
        aliases=f"{urls[2]} {urls[1]}",
    )
    search = indexed(tmp_path, [page(urls[0], "Home", "welcome"), page(urls[1], "", "1 2 3")])

    found, by_anchor = search.find("quarterly figure"), search.find("anchor:quarterly")

    assert (paths(found), found.count) == (["paper"], 1)
    assert paths(by_anchor) == ["paper"]
    assert search.find('"figures quarterly"').count == 0


def test_pages_that_read_the_same_are_shown_once(tmp_path: Path) -> None:
    first = page("http://a.example/1", "Same", "the same words")
    copies = [page(f"http://a.example/{number}", "Same", "the same words", similar_to=first.key) for number in (2, 3)]

    found = indexed(tmp_path, [first, *copies, page("http://a.example/4", "Other", "words")]).find("words")

    assert (found.count, len(found.hits)) == (2, 2)
    assert sorted(hit.similar for hit in found.hits) == [0, 2]


def test_pages_of_results_do_not_overlap(tmp_path: Path) -> None:
    search = indexed(tmp_path, [page(f"http://a.example/{number}", "alike", "words") for number in range(25)])

    shown = [path for offset in (0, 10, 20, 30) for path in paths(search.find("words", offset=offset))]

    assert len(shown) == len(set(shown)) == 25


def test_headings_and_descriptions_are_searched(tmp_path: Path) -> None:
    given = described(page("http://a.example/1", "t", "x"), headings=["Opening hours"], description="A tea house")

    search = indexed(tmp_path, [given])

    assert search.find("heading:opening").count == 1
    assert [piece.text for piece in search.find("tea").hits[0].snippet if piece.is_match] == ["tea"]


def test_hostile_pages_do_no_harm(tmp_path: Path) -> None:
    hostile = [
        page("http://h.example/a?%ff%00=\udcff", "\ud800 \x1b]0;owned\x07 evil", "evil \x00 \x1b[2J \u202e " * 50),
        page("http://[::1]:8080/", "", "evil " + "x" * 100_000, language="<script>"),
        page("http://h.example/" + "e" * 5_000, "evil" * 1_000, "evil", language="x" * 500),
    ]

    found = indexed(tmp_path, hostile).find("evil")

    shown = "".join(piece.text for hit in found.hits for piece in (*hit.title, *hit.snippet))
    assert found.count == 3
    assert shown.isprintable()


def test_a_broken_search_is_refused_and_so_is_a_far_page(tmp_path: Path) -> None:
    search = indexed(tmp_path)

    with pytest.raises(QueryError):
        search.find('"')
    with pytest.raises(UsageError, match="only the first 10,000 pages"):
        search.find("river", offset=10_000)


@pytest.mark.parametrize("commits", [False, True])
def test_a_full_disk_is_told_of_in_one_sentence_when_an_index_closes(commits: object, tmp_path: Path) -> None:
    write_links(tmp_path, {"http://a.example/": ["http://b.example/"]})
    index = open_index(tmp_path / INDEX_FOLDER)
    index.add(PAGES)
    if commits:
        index.commit()

    with full_disk(), pytest.raises(UsageError, match=r"the index cannot be written .*; make room on its disk"):
        index.close()


def test_a_full_disk_is_told_of_in_one_sentence_when_ranks_are_written(tmp_path: Path) -> None:
    write_links(tmp_path, {"http://a.example/": ["http://b.example/"]})
    index = open_index(tmp_path / INDEX_FOLDER)

    with full_disk(), pytest.raises(UsageError, match=r"the index cannot be written .*; make room on its disk"):
        index.refresh_popularity()


def test_a_file_of_ranks_that_is_cut_off_counts_as_none(tmp_path: Path) -> None:
    write_links(tmp_path, {"http://a.example/1": []})
    indexed(tmp_path, [page("http://a.example/1", "one")])
    file = tmp_path / INDEX_FOLDER / "ranks"
    whole = RankFile(file).score(page_key("http://a.example/1"))

    os.truncate(file, 25)

    assert whole == 1.0
    assert RankFile(file).score(page_key("http://a.example/1")) == 0.0
    assert Search(tmp_path).find("one").count == 1


def test_hosts_are_found_by_each_domain_above_them() -> None:
    assert list(hosts_of("www.example.org:8080")) == ["www.example.org:8080", "www.example.org", "example.org", "org"]
    assert list(hosts_of("127.0.0.2:80")) == ["127.0.0.2:80", "127.0.0.2"]
    assert next(iter(hosts_of("[::1]:80"))) == "[::1]:80"
