"""The journal: what is in it is not run again, and the end is as if nothing had happened in between."""

import json
import os
import random
import sqlite3
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from turnout.errors import JournalError, RemoteError, TransferError
from turnout.executors import outcomes_of
from turnout.executors._batches import Batch, Reply
from turnout.measurement import fingerprints
from turnout.outcomes import Failure, Outcome, Success
from turnout.pipeline import OMITTED, Journal, read_progress
from turnout.pipeline._journal_pieces import PIECE_BYTES

WORK = "tests.double"


class Hidden(Exception):  # noqa: N818  it is about its second argument
    """Pickles, but does not load."""

    def __init__(self, text: str, _missing: object) -> None:
        super().__init__(text)


class Unloadable:
    """Likewise, and no exception."""

    def __setstate__(self, state: object) -> None:
        raise ValueError("no way back")

    def __getstate__(self) -> object:
        return {"some": "state"}


@dataclass
class Rude:
    """Says nothing about itself."""

    number: int

    def __repr__(self) -> str:
        raise RuntimeError("mind your own business")


def answer(batch: Batch, bad: frozenset[int] = frozenset()) -> Reply:
    """What a worker says: twice the item, or an error where it is bad."""
    places = {index - batch.first for index in bad} & set(range(len(batch.items)))
    values = [None if place in places else [item, item] for place, item in enumerate(batch.items)]
    return Reply(batch, values, {place: ValueError(f"bad {batch.first + place}") for place in places}, None)


def batches(items: Sequence[Any], sizes: Sequence[int], start: int = 0) -> Iterator[Batch]:
    """All items, in batches whose sizes come again and again."""
    turn = 0
    while start < len(items):
        size = sizes[turn % len(sizes)]
        yield Batch(start, items[start : start + size])
        start += size
        turn += 1


def run_all(
    path: Path, items: Sequence[Any], *, bad: frozenset[int] = frozenset(), size: int = 3, retry_failed: bool = False
) -> tuple[list[Outcome[Any]], list[int]]:
    """Run to the end; the outcomes in order, and the indexes that were run."""
    outcomes: list[Outcome[Any]] = []
    ran: list[int] = []
    with Journal(path, work=WORK, retry_failed=retry_failed) as journal:
        for batch in batches(items, [size]):
            for part in journal.sort(batch):
                if isinstance(part, Reply):
                    outcomes += outcomes_of(part)
                else:
                    ran += range(part.first, part.first + len(part.items))
                    outcomes += outcomes_of(journal.keep(answer(part, bad)))
    return outcomes, ran


def told(outcomes: Sequence[Outcome[Any]]) -> list[tuple[object, ...]]:
    """Outcomes as values that compare."""
    return [
        (one.index, one.item, one.attempts, one.value if isinstance(one, Success) else repr(one.error))
        for one in outcomes
    ]


def uninterrupted(items: Sequence[Any], bad: frozenset[int] = frozenset()) -> list[tuple[object, ...]]:
    """What a run without a journal tells."""
    return told(list(outcomes_of(answer(Batch(0, items), bad))))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "work.journal"


def test_what_was_kept_is_not_run_again(path: Path) -> None:
    with Journal(path, work=WORK) as journal:
        journal.keep(answer(Batch(2, [12, 13])))

    outcomes, ran = run_all(path, range(10, 16))

    assert ran == [0, 1, 4, 5]
    assert told(outcomes) == uninterrupted(range(10, 16))


def test_a_finished_journal_runs_nothing(path: Path) -> None:
    run_all(path, range(10), bad=frozenset({3}))

    outcomes, ran = run_all(path, range(10), size=7)

    assert ran == []
    assert told(outcomes) == uninterrupted(range(10), frozenset({3}))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    items=st.lists(st.integers() | st.text() | st.tuples(st.text(), st.integers()) | st.floats(), max_size=60),
    bad=st.frozensets(st.integers(0, 59)),
    runs=st.lists(st.tuples(st.lists(st.integers(1, 20), min_size=1), st.integers(0, 60), st.booleans()), max_size=5),
    seed=st.integers(0, 2**32),
)
def test_whatever_happens_each_item_is_run_once_and_the_end_is_the_same(
    items: list[Any], bad: frozenset[int], runs: list[tuple[list[int], int, bool]], seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311  an order, not a secret
    finished: set[int] = set()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "journal"

        for sizes, patience, closes in runs:
            journal = Journal(path, work=WORK)
            under_way: list[Batch] = []
            for batch in batches(items, sizes):
                for part in journal.sort(batch):
                    indexes = set(range(part.first, part.first + len(part.items))) if isinstance(part, Batch) else set()
                    assert not indexes & finished
                    if isinstance(part, Batch):
                        under_way.append(part)
            chance.shuffle(under_way)
            for batch in under_way[:patience]:
                cut = chance.randrange(len(batch.items) + 1)
                for piece in (Batch(batch.first, batch.items[:cut]), Batch(batch.first + cut, batch.items[cut:])):
                    journal.keep(answer(piece, bad))
                    finished |= set(range(piece.first, piece.first + len(piece.items)))
            assert journal.counts == (len(finished), len(finished & bad))
            progress = read_progress(path)
            assert (progress.finished, progress.failed) == journal.counts
            if not closes:  # as if it were killed: the file is as it stands, the lock gone with its process
                journal._connection.close()
                journal._lock.release()
            else:
                journal.close()
        outcomes, ran = run_all(path, items, bad=bad)

        assert sorted(ran) == [index for index in range(len(items)) if index not in finished]
        assert list(fingerprints(outcomes)) == list(fingerprints(outcomes_of(answer(Batch(0, items), bad))))
        assert [one.index for one in outcomes] == list(range(len(items)))


@settings(max_examples=80, deadline=None)
@given(
    st.frozensets(st.integers(0, 40)),
    st.frozensets(st.integers(0, 40)),
    st.integers(1, 41),
    st.integers(1, 41),
    st.integers(0, 41),
)
def test_failed_items_alone_are_run_again(
    bad: frozenset[int], still_bad: frozenset[int], size: int, size_again: int, done: int
) -> None:
    items = range(100, 141)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "journal"
        run_all(path, items[:done], bad=bad, size=size)

        outcomes, ran = run_all(path, items, bad=still_bad, size=size_again, retry_failed=True)
        again, ran_again = run_all(path, items, bad=bad & still_bad)
        progress = read_progress(path)
        listed = [failure.index for failure in progress.failures()]

    kept = [one for one in outcomes if not (isinstance(one, Success) and one.value is OMITTED)]
    failed = frozenset(index for index in bad if index < done)
    assert ran == sorted(failed)
    assert told(kept) == uninterrupted(items[:done], failed & still_bad)
    assert ran_again == list(range(done, 41))
    assert [one.index for one in again] == list(range(41))
    assert listed == [one.index for one in again if isinstance(one, Failure)]
    assert progress.failed == len(listed)


def test_attempts_are_kept(path: Path) -> None:
    with Journal(path, work=WORK) as journal:
        journal.keep(answer(Batch(0, ["a"])))
        journal.keep(answer(Batch(1, ["b", "c"], attempt=3), frozenset({2})))

    outcomes, _ = run_all(path, ["a", "b", "c"])

    assert [one.attempts for one in outcomes] == [1, 3, 3]


def test_a_reply_that_has_more_to_do_is_kept_as_far_as_it_got(path: Path) -> None:
    batch = Batch(0, [1, 2, 3])
    with Journal(path, work=WORK) as journal:
        journal.keep(Reply(batch, [[1, 1]], {}, None, again=[Batch(1, [2, 3], 2)]))
        nothing = Reply(batch, [], {}, None, again=[batch])
        assert journal.keep(nothing) is nothing

    assert run_all(path, [1, 2, 3])[1] == [1, 2]


def test_items_are_known_as_they_were_before_the_work_changed_them(path: Path) -> None:
    items = [[1], [2]]
    with Journal(path, work=WORK) as journal:
        (batch,) = journal.sort(Batch(0, items))
        assert isinstance(batch, Batch)
        reply = answer(batch)
        items[0].append(7)
        journal.keep(reply)

    assert run_all(path, [[1], [2]])[1] == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (7, 8, ["item 1 is 8", "with 7 in its place"]),
        ("url a", "url b", ["item 1 is 'url b'", "with 'url a' in its place"]),
        ((1, "x"), (1, "y"), ["item 1 is (1, 'y')", "with (1, 'x') in its place"]),
        (2**70, 2**71, ["item 1 is 2361183241434822606848", "with 1180591620717411303424 in its place"]),
        (7, "7", ["item 1 is '7'", "with 7 in its place"]),
        (Rude(1), Rude(2), ["item 1 is <Rude instance", "with <Rude instance"]),
    ],
)
def test_another_item_at_an_index_is_told(path: Path, old: object, new: object, words: list[str]) -> None:
    run_all(path, [0, old, 2])

    with Journal(path, work=WORK) as journal, pytest.raises(JournalError) as caught:
        journal.sort(Batch(0, [0, new, 2]))

    assert [word for word in words if word not in str(caught.value)] == []
    assert "name another journal" in str(caught.value)


def test_an_item_without_a_value_to_compare_is_known_by_its_index(path: Path) -> None:
    run_all(path, [threading.Lock(), 1])

    with Journal(path, work=WORK) as journal:
        (known,) = journal.sort(Batch(0, [threading.Lock(), 1]))

    assert isinstance(known, Reply)


def test_marks_do_not_depend_on_the_hash_seed(path: Path) -> None:
    code = (
        "import sys; from turnout.pipeline import Journal; from turnout.executors._batches import Batch, Reply\n"
        "items = ['text', ('a', 1), frozenset('abc'), b'bytes', {'k': {'v'}}]\n"
        f"with Journal(sys.argv[1], work={WORK!r}) as journal:\n"
        "    for part in journal.sort(Batch(0, items)):\n"
        "        print(type(part).__name__)\n"
        "        journal.keep(Reply(part, items, {}, None)) if isinstance(part, Batch) else None\n"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", code, str(path)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]

    assert said == ["Batch\n", "Reply\n"]


def test_a_result_that_does_not_pickle_is_reported_as_a_failure(path: Path) -> None:
    batch = Batch(4, ["a", "b", "c"])
    with Journal(path, work=WORK) as journal:
        reported = journal.keep(Reply(batch, [1, threading.Lock(), Unloadable()], {}, None))
        counts = journal.counts

    assert reported.values == [1, None, None]
    assert [type(error) for error in reported.failures.values()] == [TransferError, TransferError]
    assert "the result of item 5 cannot be kept in the journal: a _thread.lock" in str(reported.failures[1])
    assert "no way back" in str(reported.failures[2])
    assert "run without a journal" in str(reported.failures[2])
    assert counts == (3, 2)


def test_an_error_that_does_not_load_is_told_alike_now_and_later(path: Path) -> None:
    with Journal(path, work=WORK) as journal:
        reported = journal.keep(Reply(Batch(0, [1]), [None], {0: Hidden("deep down", None)}, None))

    with Journal(path, work=WORK) as journal:
        (known,) = journal.sort(Batch(0, [1]))

    assert isinstance(known, Reply)
    assert isinstance(reported.failures[0], RemoteError)
    assert str(known.failures[0]) == str(reported.failures[0])
    assert "deep down" in str(known.failures[0])


def test_the_traceback_of_an_error_is_kept(path: Path) -> None:
    try:
        json.loads("{")
    except ValueError as raised:
        error = raised
    with Journal(path, work=WORK) as journal:
        reply = Reply(Batch(0, [1]), [None], {0: error}, None)
        assert journal.keep(reply).failures[0] is error

    with Journal(path, work=WORK) as journal:
        (known,) = journal.sort(Batch(0, [1]))

    assert isinstance(known, Reply)
    assert type(known.failures[0]) is type(error)
    assert "json.loads" in str(known.failures[0].__cause__)


@pytest.mark.parametrize(
    "item",
    ["\ud800", "line\nbreak", float("nan"), 10**5000, b"x" * 5_000_000, Rude(1), [[]] * 3, "\0", -(2**63), None],
    ids=[*"abcdefghij"],
)
def test_hostile_items_are_known_again(path: Path, item: object) -> None:
    items = ["before", item, "after"]
    run_all(path, items, bad=frozenset({1}))

    outcomes, ran = run_all(path, items)
    (failure,) = read_progress(path).failures()

    assert ran == []
    assert [type(one) for one in outcomes] == [Success, Failure, Success]
    assert failure.index == 1
    assert len(failure.item) < 200
    assert "\n" not in failure.item


def test_the_values_of_floats_come_back_bit_by_bit(path: Path) -> None:
    values = [float("nan"), -0.0, float("inf"), 5e-324]
    with Journal(path, work=WORK) as journal:
        journal.keep(Reply(Batch(0, range(4)), list(values), {}, None))

    with Journal(path, work=WORK) as journal:
        (known,) = journal.sort(Batch(0, range(4)))

    assert isinstance(known, Reply)
    assert repr(known.values) == repr(values)


def test_long_results_are_cut_into_rows(path: Path) -> None:
    heavy = [bytes([number]) * (PIECE_BYTES // 3) for number in range(7)]
    with Journal(path, work=WORK) as journal:
        journal.keep(Reply(Batch(0, range(7)), list(heavy), {3: ValueError("bad")}, None))

    with Journal(path, work=WORK) as journal:
        known = [part for first in range(7) for part in journal.sort(Batch(first, range(first, first + 1)))]

    assert [part.values[0] for part in known if isinstance(part, Reply)] == heavy
    assert [list(part.failures) for part in known if isinstance(part, Reply)] == [[]] * 3 + [[0]] + [[]] * 3


def test_what_is_omitted_is_the_same_after_a_pickle(path: Path) -> None:
    with Journal(path, work=WORK) as journal:
        journal.keep(Reply(Batch(0, [1, 2]), [OMITTED, 5], {}, None))

    with Journal(path, work=WORK) as journal:
        (known,) = journal.sort(Batch(0, [1, 2]))

    assert isinstance(known, Reply)
    assert known.values[0] is OMITTED


def test_other_work_is_refused(path: Path) -> None:
    run_all(path, [1])

    with pytest.raises(JournalError, match=r"is of other work: tests\.double, and this is tests\.triple"):
        Journal(path, work="tests.triple")

    assert run_all(path, [1])[1] == []


def test_a_second_run_is_refused_with_the_number_of_the_first(path: Path) -> None:
    with Journal(path, work=WORK), pytest.raises(JournalError, match=f"process {os.getpid()}"):
        Journal(path, work=WORK)

    assert run_all(path, [1])[1] == [0]


def test_a_second_process_is_refused_too(path: Path) -> None:
    code = f"import sys; from turnout.pipeline import Journal; Journal(sys.argv[1], work={WORK!r})"
    with Journal(path, work=WORK):
        done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False)

    assert f"in use by another run (process {os.getpid()}, since" in done.stderr


def test_a_closed_journal_is_one_file(path: Path) -> None:
    run_all(path, range(5))

    read_progress(path)

    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_closing_twice_is_no_error(path: Path) -> None:
    journal = Journal(path, work=WORK)
    journal.close()

    journal.close()


def foreign_database(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE birds (name)")
    connection.close()


def newer_journal(path: Path) -> None:
    run_all(path, [1])
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda path: path.write_text("x"), "is not a journal"),
        (lambda path: path.write_text("notes\n" * 1000), "is not a journal"),
        (foreign_database, "is a SQLite database, but not a journal of turnout"),
        (newer_journal, "has format 99"),
        (lambda path: path.mkdir(), "is a folder; name a file in it"),
        (os.mkfifo, "is no regular file"),
    ],
)
def test_what_is_no_journal_is_refused_and_left_alone(path: Path, make: Any, sentence: str) -> None:
    make(path)
    before = path.read_bytes() if path.is_file() else None

    with pytest.raises(JournalError, match=sentence):
        Journal(path, work=WORK)
    with pytest.raises(JournalError, match=sentence):
        read_progress(path)

    assert before is None or path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("no/such/folder", "in a folder that does not exist"), ("x" * 300, "cannot be used"), ("a\0b", "null")],
)
def test_where_no_file_can_be_made_the_reason_is_told(tmp_path: Path, name: str, sentence: str) -> None:
    with pytest.raises(JournalError, match=sentence):
        Journal(tmp_path / name, work=WORK)


def test_an_empty_file_becomes_a_journal(path: Path) -> None:
    path.touch()

    assert run_all(path, [1])[1] == [0]


def test_a_strange_name_is_no_hindrance(tmp_path: Path) -> None:
    path = tmp_path / "50 % of #1?mode=memory \udce4"

    run_all(path, [1])

    assert run_all(path, [1])[1] == []
    assert read_progress(path).finished == 1


def test_a_full_database_is_told_and_what_was_reported_is_there(path: Path) -> None:
    reported: list[int] = []
    with Journal(path, work=WORK) as journal:
        (pages,) = journal._connection.execute("PRAGMA page_count").fetchone()
        journal._connection.execute(f"PRAGMA max_page_count = {pages + 50}")
        with pytest.raises(JournalError, match=r"cannot be read or written \(database or disk is full\)"):  # noqa: PT012  it is filled until it is full
            for index in range(10_000):
                journal.keep(Reply(Batch(index, [index]), [f"{index}" * 100], {}, None))
                reported.append(index)
        counts = journal.counts

    assert counts == (len(reported), 0)
    assert run_all(path, range(len(reported) + 2))[1] == [len(reported), len(reported) + 1]


def test_results_that_do_not_load_any_more_are_told(path: Path) -> None:
    with Journal(path, work=WORK) as journal:
        journal.keep(Reply(Batch(3, [3, 4]), [1, 2], {}, None))
        gone = b"\x80\x05\x8c\x04gone\x8c\x05Class\x93."
        journal._connection.execute("UPDATE pieces SET results = ?", (gone,))

    with Journal(path, work=WORK) as journal, pytest.raises(JournalError, match="items 3 to 4 does not load here"):
        journal.sort(Batch(0, range(5)))


def test_the_progress_tells_the_runs_and_the_failures_in_order(path: Path) -> None:
    with Journal(path, work=WORK) as journal:
        journal.expect(5_000)
        for first in (3_000, 0):
            journal.keep(answer(Batch(first, range(first, first + 1_500)), frozenset(range(first, first + 1_200))))
        progress = read_progress(path)

    assert (progress.work, progress.item_count) == (WORK, 5_000)
    assert (progress.finished, progress.succeeded, progress.failed) == (3_000, 600, 2_400)
    assert [(run.finished, run.failed, run.ended) for run in progress.runs] == [(3_000, 2_400, None)]
    failures = list(progress.failures())
    assert [one.index for one in failures] == [*range(1_200), *range(3_000, 4_200)]
    assert (failures[7].item, failures[7].error, failures[7].attempts) == ("7", "ValueError: bad 7", 1)


def test_looking_at_the_progress_of_what_is_not_there_makes_nothing(path: Path) -> None:
    with pytest.raises(JournalError, match="does not exist"):
        read_progress(path)

    assert not path.exists()


def test_the_memory_does_not_grow_with_what_is_known(tmp_path: Path) -> None:
    peaks = []
    for count in (20_000, 80_000):
        path = tmp_path / f"{count}"
        with Journal(path, work=WORK) as journal:
            for first in range(0, count, 10):
                journal.keep(answer(Batch(first, range(first, first + 10))))
        with Journal(path, work=WORK) as journal:
            tracemalloc.start()
            for first in range(0, count, 1_000):
                assert all(isinstance(part, Reply) for part in journal.sort(Batch(first, range(first, first + 1_000))))
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()

    assert peaks[1] < 1.2 * peaks[0]
