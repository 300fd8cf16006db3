"""The journal of a process that is killed: whatever it had reported is there."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from turnout.errors import JournalError
from turnout.executors._batches import Batch, Reply
from turnout.pipeline import Journal, read_progress

WORK = "tests.square"
COUNT = 3_000
WRITER = f"""
import os, sys
from turnout.executors._batches import Batch, Reply
from turnout.pipeline import Journal

path, size = sys.argv[1], int(sys.argv[2])
with Journal(path, work={WORK!r}) as journal:
    for first in range(0, {COUNT}, size):
        for part in journal.sort(Batch(first, range(first, min(first + size, {COUNT})))):
            if isinstance(part, Batch):
                end = part.first + len(part.items)
                failures = {{item - part.first: ValueError(item) for item in part.items if item % 10 == 7}}
                values = [None if item % 10 == 7 else item * item for item in part.items]
                journal.keep(Reply(part, values, failures, None))
                os.write(1, b"".join(b"%d\\n" % index for index in range(part.first, end)))
"""


def write_until(path: Path, size: int, patience: int) -> set[int]:
    """Start the writer, kill it after it has reported so many items, and return all that it reported."""
    command = [sys.executable, "-c", WRITER, str(path), str(size)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout
        reported = []
        for line in process.stdout:
            if line.endswith(b"\n"):
                reported.append(int(line))
            if len(reported) == patience:
                process.kill()
    return set(reported)


def finish(path: Path) -> tuple[dict[int, object], list[int]]:
    """Run what is left, and return what became of every item, and what was run."""
    found: dict[int, object] = {}
    ran: list[int] = []
    with Journal(path, work=WORK) as journal:
        for first in range(0, COUNT, 100):
            for part in journal.sort(Batch(first, range(first, first + 100))):
                reply = part
                if isinstance(reply, Batch):
                    ran += reply.items
                    values = [None if item % 10 == 7 else item * item for item in reply.items]
                    failures = {item - reply.first: ValueError(item) for item in reply.items if item % 10 == 7}
                    reply = journal.keep(Reply(reply, values, dict(failures), None))
                for place, value in enumerate(reply.values):
                    assert reply.batch.first + place not in found
                    found[reply.batch.first + place] = repr(reply.failures.get(place, value))
    return found, ran


COMPLETE = {index: f"ValueError({index})" if index % 10 == 7 else repr(index * index) for index in range(COUNT)}


@pytest.mark.parametrize("seed", range(6))
def test_what_a_killed_run_had_reported_is_not_run_again(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  moments, not a secret
    path = tmp_path / "journal"
    reported: set[int] = set()
    for _ in range(3):
        before = len(reported)
        new = write_until(path, chance.choice([1, 1, 7, 64]), chance.randrange(1, COUNT // 3))
        assert not new & reported
        reported |= new
        assert read_progress(path).finished >= len(reported) > before

    found, ran = finish(path)

    assert not reported & set(ran)
    assert found == COMPLETE
    assert [entry.name for entry in tmp_path.iterdir()] == ["journal"]


def test_a_run_killed_while_it_begins_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    (tmp_path / "journal-new").write_bytes(b"half a database")
    (tmp_path / "journal-lock").write_bytes(b"process 1, since yesterday")

    found, _ = finish(path)

    assert found == COMPLETE
    assert [entry.name for entry in tmp_path.iterdir()] == ["journal"]


def test_what_a_removed_journal_left_beside_it_does_not_get_into_the_next(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    write_until(path, 1, 100)
    path.unlink()

    with Journal(path, work="tests.other") as journal:
        assert journal.counts == (0, 0)

    assert read_progress(path).finished == 0


@pytest.mark.parametrize("seed", range(8))
def test_a_torn_log_costs_its_end_and_nothing_else(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  places, not a secret
    path, log = tmp_path / "journal", tmp_path / "journal-wal"
    write_until(path, 1, 500)
    data = bytearray(log.read_bytes())
    if seed % 2:
        del data[chance.randrange(len(data)) :]
    else:
        start = chance.randrange(len(data))
        data[start : start + 5000] = chance.randbytes(5000)
    log.write_bytes(data)
    (tmp_path / "journal-shm").unlink()

    finished = read_progress(path).finished
    found, ran = finish(path)

    assert found == COMPLETE
    assert len(ran) == COUNT - finished


def test_a_worker_that_outlives_its_killed_run_does_not_block_the_next(tmp_path: Path) -> None:
    code = (
        "import os, sys; from turnout.pipeline import Journal\n"
        f"journal = Journal(sys.argv[1], work={WORK!r})\n"
        "if os.fork() == 0:\n"
        "    os.write(1, b'ready\\n')\n"
        "    os.read(0, 1)\n"
        "    os._exit(0)\n"
        "os.read(0, 1)\n"
    )
    path = tmp_path / "journal"
    pipe = subprocess.PIPE

    with subprocess.Popen([sys.executable, "-c", code, str(path)], stdin=pipe, stdout=pipe) as process:
        assert process.stdout
        assert process.stdin
        process.stdout.readline()
        with pytest.raises(JournalError, match=f"process {process.pid},"):
            Journal(path, work=WORK)
        process.kill()
        os.waitpid(process.pid, 0)
        found, _ = finish(path)  # the child still waits for a byte
        process.stdin.close()
        process.returncode = -9

    assert found == COMPLETE


def test_a_full_disk_is_one_sentence_and_what_was_reported_is_there(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)){WRITER}"

    done = subprocess.run([sys.executable, "-c", limited, str(path), "1"], capture_output=True, text=True, check=False)
    reported = {int(line) for line in done.stdout.splitlines()}
    found, ran = finish(path)

    assert "JournalError: the journal" in done.stderr
    assert "all that was reported is in it: see to room and rights, and run the same again" in done.stderr
    assert 0 < len(reported) < COUNT
    assert not reported & set(ran)
    assert found == COMPLETE


def test_the_progress_can_be_read_while_another_process_writes(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    seen = []

    with subprocess.Popen([sys.executable, "-c", WRITER, str(path), "5"], stdout=subprocess.PIPE) as process:
        assert process.stdout
        for count, _ in enumerate(process.stdout, 1):
            if count % 300 == 0:
                seen.append(read_progress(path).finished >= count)

    assert process.returncode == 0
    assert seen == [True] * (COUNT // 300)
    assert len(list(read_progress(path).failures())) == COUNT // 10
