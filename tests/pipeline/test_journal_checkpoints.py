"""A journal whose log is being folded into its file: whatever moment it is cut off at, it is a journal still."""

import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from turnout.executors._batches import Batch, Reply
from turnout.pipeline import Journal, read_progress

WORK = "tests.large"
COUNT = 3_000
RESULT_BYTES = 20_000  # so that 800 of them fill the log
WRITER = f"""
import os, random, sys
from turnout.executors._batches import Batch, Reply
from turnout.pipeline import Journal

with Journal(sys.argv[1], work={WORK!r}) as journal:
    for first in range({COUNT}):
        for part in journal.sort(Batch(first, [first])):
            if isinstance(part, Batch):
                journal.keep(Reply(part, [random.Random(first).randbytes({RESULT_BYTES})], {{}}, None))
                os.write(1, b"%d\\n" % first)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal"


def result(item: int) -> bytes:
    """What the writer makes of an item."""
    return random.Random(item).randbytes(RESULT_BYTES)  # noqa: S311  told again, not a secret


def write(path: Path, count: int) -> None:
    """Keep so many outcomes more than there are, and leave all of them in the log."""
    journal = Journal(path, work=WORK)
    first = journal.counts.finished
    for item in range(first, first + count):
        journal.keep(Reply(Batch(item, [item]), [result(item)], {}, None))
    kept = path.with_name("kept")
    kept.mkdir(exist_ok=True)
    for name in (path.name, f"{path.name}-wal"):
        shutil.copy(path.with_name(name), kept / name)
    journal.close()
    for name in (path.name, f"{path.name}-wal"):
        (kept / name).replace(path.with_name(name))


def fold_first_page_only(path: Path) -> None:
    """Do what a checkpoint does first: the first page tells a size that the file has only at the end."""
    log = path.with_name(f"{path.name}-wal").read_bytes()
    size = int.from_bytes(log[8:12], "big")
    frames = (log[place : place + 24 + size] for place in range(32, len(log), 24 + size))
    first = [frame[24:] for frame in frames if frame[:4] == b"\0\0\0\1"]
    with path.open("r+b") as file:
        file.write(first[-1])


def kill_in_a_checkpoint(path: Path, chance: random.Random) -> set[int]:
    """Start the writer, kill it while its journal's own file grows, and return what it had reported."""
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout
        first = process.stdout.readline()
        before, growths = path.stat().st_size, chance.randrange(1, 4)
        while growths and process.poll() is None:
            size = path.stat().st_size
            growths -= size > before
            before = size
        process.kill()
        reported = [first, *process.stdout.read().split(b"\n")[:-1]]
    return {int(line) for line in reported if line}


def test_a_checkpoint_that_was_cut_off_after_its_first_page_leaves_a_journal(path: Path) -> None:
    write(path, 30)
    fold_first_page_only(path)

    looked_at = read_progress(path).finished
    with Journal(path, work=WORK) as journal:
        (known,) = journal.sort(Batch(0, range(30)))

    assert looked_at == 30
    assert isinstance(known, Reply)
    assert known.values == [result(item) for item in range(30)]


def test_a_run_killed_in_its_checkpoints_goes_on_with_all_that_it_had_reported(path: Path) -> None:
    chance = random.Random(1)  # noqa: S311  moments, not a secret
    reported: set[int] = set()
    kills = 0
    while len(reported) < COUNT - 800 and kills < 12:
        new = kill_in_a_checkpoint(path, chance)
        kills += 1
        assert not new & reported
        reported |= new
        assert read_progress(path).finished >= len(reported)

    ran: list[int] = []
    with Journal(path, work=WORK) as journal:
        for first in range(COUNT):
            for part in journal.sort(Batch(first, [first])):
                reply = part
                if isinstance(reply, Batch):
                    ran += reply.items
                    reply = journal.keep(Reply(reply, [result(first)], {}, None))
                assert reply.values == [result(first)]

    assert not reported & {*ran}
    assert kills > 1
    assert read_progress(path).finished == COUNT


def test_a_journal_can_be_looked_at_at_any_moment_of_its_run(path: Path) -> None:
    seen = []

    with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        while process.poll() is None:
            seen.append(read_progress(path).finished)

    assert process.returncode == 0
    assert len(seen) > 10
    assert seen == sorted(seen)
