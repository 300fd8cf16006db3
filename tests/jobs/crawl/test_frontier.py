"""What was found and what became of it, on disk."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programs import unmeasured
from turnout.errors import UsageError
from turnout.jobs.crawl._frontier import Frontier, HostRow, Result
from turnout.jobs.crawl._frontier_file import FolderLock, open_to_read
from turnout.jobs.crawl._types import Found, State
from turnout.pages import FRONTIER_FILE, RecentMap, SeenSet, page_key

keys = st.integers(-(2**63), 2**63 - 1).filter(bool)


def found(url: str, depth: int = 0) -> Found:
    return Found(page_key(url), url, depth)


def result(row: int, state: State = State.DONE, status: int = 200) -> Result:
    return Result(row, state, status, "", 1.0, 2.0, 3, 4, '"etag"', "yesterday")


def only_host(frontier: Frontier) -> HostRow:
    (host,) = frontier.hosts.values()
    return host


@given(st.lists(keys))
def test_a_seen_set_is_a_set(given_keys: list[int]) -> None:
    seen, model = SeenSet(), set[int]()

    for key in given_keys:
        assert seen.add(key) is (key not in model)
        model.add(key)

    assert len(seen) == len(model)
    assert all(key in seen for key in model)
    assert all((key in seen) is (key in model) for key in (1, -1, 2**63 - 1, -(2**63)))


@given(st.dictionaries(keys, keys))
def test_a_recent_map_forgets_and_does_not_lie(pairs: dict[int, int]) -> None:
    recent = RecentMap(16)

    for key, value in pairs.items():
        recent.put(key, value)

    assert all(recent.get(key) in {value, 0} for key, value in pairs.items())
    assert not pairs or any(recent.get(key) == value for key, value in pairs.items())


def test_those_near_the_seeds_come_first_and_each_once(tmp_path: Path) -> None:
    with Frontier(tmp_path) as frontier:
        frontier.add(
            [found("http://a/deep", 3), found("http://a/", 0), found("http://a/x?q=1", 1), found("http://a/x", 1)]
        )
        frontier.add([found("http://a/", 9)])

        host = only_host(frontier)
        taken = [item.url for _ in range(4) for item in frontier.take(host, 2)]

    assert taken == ["http://a/", "http://a/x", "http://a/x?q=1", "http://a/deep"]


def test_what_comes_later_and_belongs_before_is_taken_too(tmp_path: Path) -> None:
    with Frontier(tmp_path) as frontier:
        frontier.add([found("http://a/deep", 3)])
        host = only_host(frontier)
        frontier.take(host, 10)

        frontier.add([found("http://a/near", 1)])
        taken = [item.url for item in frontier.take(host, 10)]

        assert taken == ["http://a/near"]
        assert frontier.take(host, 10) == []


def test_what_is_not_committed_waits_again(tmp_path: Path) -> None:
    with Frontier(tmp_path) as frontier:
        frontier.add([found("http://a/1"), found("http://a/2")])
        frontier.commit()
        host = only_host(frontier)
        first, second = frontier.take(host, 10)
        frontier.record([(host, result(first.id))])
        frontier.commit()
        frontier.record([(host, result(second.id))])

    with Frontier(tmp_path) as frontier:
        host = only_host(frontier)
        again = frontier.take(host, 10)

        assert [item.url for item in again] == ["http://a/2"]
        assert (host.done, host.waiting, frontier.counts[State.DONE]) == (1, 1, 1)
        assert frontier.add([found("http://a/1")]) == []


def test_pages_wait_once_more_with_what_the_server_said_of_them(tmp_path: Path) -> None:
    with Frontier(tmp_path) as frontier:
        frontier.add([found("http://a/1"), found("http://a/2"), found("http://a/3")])
        host = only_host(frontier)
        one, two, three = frontier.take(host, 10)
        states = {one.id: State.DONE, two.id: State.FAILED, three.id: State.LEFT_OUT}
        frontier.record([(host, result(row, state)) for row, state in states.items()])

        count = frontier.again()
        items = frontier.take(only_host(frontier), 10)

    assert count == 2
    assert [(item.etag, item.modified) for item in items] == [('"etag"', "yesterday")] * 2


def test_a_host_is_given_up_but_for_what_is_under_way(tmp_path: Path) -> None:
    with Frontier(tmp_path) as frontier:
        frontier.add(found(f"http://a/{number}") for number in range(10))
        host = only_host(frontier)
        taken = frontier.take(host, 3)

        assert frontier.give_up(host, "it is gone", State.FAILED) == 7
        assert (host.waiting, frontier.waiting, frontier.counts[State.FAILED]) == (3, 3, 7)
        frontier.record([(host, result(item.id)) for item in taken])
        assert frontier.waiting == 0


def test_a_folder_is_held_by_one(tmp_path: Path) -> None:
    with FolderLock(tmp_path), pytest.raises(UsageError, match="another crawl works in"):
        FolderLock(tmp_path)

    with FolderLock(tmp_path):
        pass


def test_other_files_are_not_taken_for_a_frontier(tmp_path: Path) -> None:
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / FRONTIER_FILE).write_text("notes " * 1000)
    (tmp_path / "other").mkdir()
    with sqlite3.connect(tmp_path / "other" / FRONTIER_FILE) as connection:
        connection.execute("PRAGMA application_id = 7")
        connection.execute("CREATE TABLE x (y)")
    connection.close()

    for name, words in (("text", "is not a frontier"), ("other", "is a SQLite database, but not a frontier")):
        with pytest.raises(UsageError, match=words):
            Frontier(tmp_path / name)
    with pytest.raises(UsageError, match="is not the folder of a crawl"):
        open_to_read(tmp_path)


def test_the_database_of_another_program_is_left_as_it_is(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / FRONTIER_FILE) as connection:
        connection.execute("CREATE TABLE notes (text)")
    connection.close()
    before = (tmp_path / FRONTIER_FILE).read_bytes()

    with pytest.raises(UsageError, match="is a SQLite database, but not a frontier"):
        Frontier(tmp_path)

    assert (tmp_path / FRONTIER_FILE).read_bytes() == before


def test_a_damaged_frontier_is_told_of_in_one_sentence(tmp_path: Path) -> None:
    with Frontier(tmp_path) as frontier:
        frontier.add(found(f"http://a/{number}") for number in range(1000))
        frontier.commit()
    whole = (tmp_path / FRONTIER_FILE).read_bytes()
    (tmp_path / FRONTIER_FILE).write_bytes(whole[:4096] + b"?" * (len(whole) - 4096))

    with pytest.raises(UsageError, match=r"(the crawl in .* cannot be read|cannot be used as a frontier) \(.*; name"):
        Frontier(tmp_path)


def test_a_frontier_in_which_a_table_is_damaged_is_told_of_in_one_sentence(tmp_path: Path) -> None:
    with Frontier(tmp_path) as frontier:
        frontier.add(found(f"http://a/{number}") for number in range(1000))
        frontier.commit()
    with sqlite3.connect(tmp_path / FRONTIER_FILE) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'urls'").fetchone()
    connection.close()
    damaged = bytearray((tmp_path / FRONTIER_FILE).read_bytes())
    damaged[4096 * (root - 1) : 4096 * root] = b"?" * 4096
    (tmp_path / FRONTIER_FILE).write_bytes(damaged)

    with pytest.raises(UsageError, match=r"the crawl in .* cannot be read \(.*malformed\); name another folder"):
        Frontier(tmp_path)


_MILLION = """
import re, sys
from pathlib import Path
from turnout.jobs.crawl._frontier import Frontier, Result
from turnout.jobs.crawl._types import Found, State
from turnout.pages import page_key

frontier = Frontier(Path(sys.argv[1]))
count = int(sys.argv[2])
for start in range(0, count, 5000):
    urls = [f"http://host-{n % 50}.example/some/path/page-{n}.html" for n in range(start, start + 5000)]
    frontier.add(Found(page_key(url), url, 1) for url in urls)
    frontier.commit()
taken = 0
for host in frontier.hosts.values():
    while items := frontier.take(host, 500):
        frontier.record([(host, Result(item.id, State.DONE, 200, "", 1.0, 1.0, 1, 1, "", "")) for item in items])
        taken += len(items)
    frontier.commit()
megabytes = int(re.search(r"VmHWM:\\s*([0-9]+)", Path("/proc/self/status").read_text())[1]) // 1024
print(taken, frontier.waiting, len(frontier), megabytes)
"""


@pytest.mark.integration
def test_a_frontier_of_many_addresses_takes_little_memory(tmp_path: Path) -> None:
    words = [sys.executable, "-c", _MILLION, str(tmp_path), "200000"]

    ran = subprocess.run(words, capture_output=True, text=True, check=True, env=unmeasured())

    taken, waiting, known, megabytes = map(int, ran.stdout.split())
    assert (taken, waiting, known) == (200_000, 0, 200_000)
    assert megabytes < 150


def test_numbers_of_the_outbox_are_not_given_twice(tmp_path: Path) -> None:
    with Frontier(tmp_path) as frontier:
        frontier.send([found("http://a.example/1"), found("http://a.example/2")])
        first = [number for number, _ in frontier.outbox(10)]
        frontier.delivered(first[-1])
        frontier.send([found("http://a.example/3")])

        (later,) = [number for number, _ in frontier.outbox(10)]

    assert later > max(first)
