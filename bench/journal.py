"""What a journal costs an item, however long it is, and how soon a run that has one goes on."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from _harness import Prepare, Verdict, interleave, start, wall_s
from turnout.executors import Reply
from turnout.executors._batches import Batch
from turnout.pipeline import Journal

LENGTHS = (0, 100_000, 1_000_000)  # items that are there already, each in a row of its own
SINGLES = 10_000  # added in batches of one
MANY = 200_000  # added in batches of SIZE
SIZE = 1_000
LIMIT_US = 60.0
LIMIT_S = 3.0
WORK = "bench.double"
FOLDER = "TURNOUT_BENCH_JOURNALS"  # the variable that tells a timed process where the journals lie


def journal_of(length: int) -> Path:
    return Path(os.environ[FOLDER], f"{length}.journal")


def batches(first: int, count: int, size: int) -> list[Batch]:
    """Return items of a common kind, text, in batches."""
    return [
        Batch(start, [f"item {index}" for index in range(start, min(start + size, first + count))])
        for start in range(first, first + count, size)
    ]


def run_all(journal: Journal, given: list[Batch]) -> None:
    """Do what a run does with a journal, without the work."""
    for batch in given:
        for part in journal.sort(batch):
            if isinstance(part, Batch):
                journal.keep(Reply(part, list(part.items), {}, None))


def adding(length: int, count: int, size: int) -> Callable[[], object]:
    copied = journal_of(length).with_suffix(".copy")
    shutil.copyfile(journal_of(length), copied)
    return partial(run_all, Journal(copied, work=WORK), batches(length, count, size))


def resuming(size: int) -> Callable[[], object]:
    length = max(LENGTHS)
    given = batches(0, length, size)

    def work() -> None:
        with Journal(journal_of(length), work=WORK) as journal:
            run_all(journal, given)

    return work


def plain_rows() -> Callable[[], object]:
    """Return what SQLite alone takes for as many commits of one row."""
    path = Path(os.environ[FOLDER], "plain.sqlite")
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript("PRAGMA page_size = 1024; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
    connection.execute("CREATE TABLE kept (item INTEGER PRIMARY KEY, value TEXT)")

    def work() -> None:
        for index in range(SINGLES):
            connection.execute("INSERT INTO kept VALUES (?, ?)", (index, f"item {index}"))

    return work


ADDED = {
    f"batches of {size:,} after {length:,} items": (length, count, size)
    for size, count in ((1, SINGLES), (SIZE, MANY))
    for length in LENGTHS
}
RESUMED = f"resume in batches of {SIZE:,}"
CONTENDERS: dict[str, Prepare] = {
    **{name: partial(adding, *how) for name, how in ADDED.items()},
    RESUMED: partial(resuming, SIZE),
    "resume in batches of one": partial(resuming, 1),
    "plain rows": plain_rows,
}


def judge() -> list[Verdict]:
    with TemporaryDirectory(prefix="turnout-bench-") as folder:
        os.environ[FOLDER] = folder
        for shorter, length in pairwise((0, *LENGTHS)):
            if shorter:
                shutil.copyfile(journal_of(shorter), journal_of(length))
            with Journal(journal_of(length), work=WORK) as journal:
                run_all(journal, batches(shorter, length - shorter, 1))
        timings = interleave(__file__, list(CONTENDERS), repeats=3)
    took_s = {name: wall_s(runs) for name, runs in timings.items()}
    item_us = {name: 1e6 * took_s[name] / count for name, (_, count, _) in ADDED.items()}
    worst = max(item_us, key=item_us.__getitem__)
    plain_us = 1e6 * took_s["plain rows"] / SINGLES
    return [
        Verdict(
            what="keeping an item in a journal",
            found=f"{item_us[worst]:.1f} µs at worst, in {worst}",
            bar=f"at most {LIMIT_US:.0f} µs at any length",
            met=item_us[worst] <= LIMIT_US,
            details=", ".join(
                [f"{name} {took:.1f} µs" for name, took in item_us.items()] + [f"SQLite alone {plain_us:.1f} µs"]
            ),
        ),
        Verdict(
            what=f"going on after {max(LENGTHS):,} finished items",
            found=f"{took_s[RESUMED]:.2f} s",
            bar=f"less than {LIMIT_S:.0f} s",
            met=took_s[RESUMED] < LIMIT_S,
            details=f"all results loaded, in batches of {SIZE:,}; in batches of one "
            f"{took_s['resume in batches of one']:.2f} s",
        ),
    ]


if __name__ == "__main__":
    start(CONTENDERS, judge)
