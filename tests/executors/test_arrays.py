"""What processes promise for arrays and other large buffers, which cross through shared memory."""

import gc
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from executors.arrays import (
    Array,
    Cargo,
    HalfWay,
    are_one,
    change_in_place,
    every_other,
    half_way_at_three,
    is_writable,
    keep_all,
    keep_and_be_killed_at_three,
    length_of,
    make_array,
    plus_one,
)
from executors.subjects import LOCAL, Subject, each
from executors.work import same
from turnout import Failure, Success
from turnout.errors import TransferError, WorkerDiedError
from turnout.executors import values_of
from turnout.executors._shelf import ASIDE_FROM, HUGE_FROM, KEPT_BYTES
from turnout.outcomes import Outcome

processes = each(subject for subject in LOCAL if subject.executor == "processes")
SIZES = pytest.mark.parametrize("size", [ASIDE_FROM, 100_003, HUGE_FROM + 1, KEPT_BYTES + 5])


def numbered(count: int, size: int = 200_000) -> Iterator[Array]:
    return (np.full(size, number % 251, dtype=np.uint8) for number in range(count))


def results(outcomes: Iterator[Outcome[Any]]) -> list[Any]:
    found = []
    for outcome in outcomes:
        assert isinstance(outcome, Success)
        found.append(outcome.value)
    return found


@processes
@SIZES
def test_arrays_arrive_whole_both_ways(subject: Subject, size: int) -> None:
    noise = np.random.default_rng(1).integers(0, 255, size, dtype=np.uint8)

    (found,) = results(subject.make().stream(plus_one, iter([noise])))

    assert np.array_equal(found, noise + 1)


@processes
def test_an_array_is_no_other_for_having_travelled_beside_larger_and_smaller_ones(subject: Subject) -> None:
    sizes = [300_000, 10, 3_000_000, 0, 65_536, 1_000_000]
    items = [[np.full(size, place, dtype=np.int16) for place, size in enumerate(sizes)] for _ in range(8)]

    found = results(subject.make().stream(same, iter(items)))

    for item in found:
        assert all(np.array_equal(array, sent) for array, sent in zip(item, items[0], strict=True))


@processes
@SIZES
def test_what_was_writable_is_writable_and_nothing_else(subject: Subject, size: int) -> None:
    free = np.zeros(size, dtype=np.uint8)
    frozen = free.copy()
    frozen.flags.writeable = False
    pool = subject.make()

    there = results(pool.stream(is_writable, iter([free, frozen])))
    back = results(pool.stream(same, iter([free, frozen])))

    assert there == [True, False]
    assert [array.flags.writeable for array in back] == [True, False]
    back[0][:] = 7
    assert back[0].sum() == 7 * size


@processes
def test_a_function_may_keep_its_items(subject: Subject) -> None:
    found = results(subject.make(workers=1).stream(keep_all, numbered(12)))

    assert found[-1] == tuple(range(12))


@processes
def test_a_caller_may_keep_its_results(subject: Subject) -> None:
    found = results(subject.make().stream(plus_one, numbered(40)))

    assert [array[0] for array in found] == list(range(1, 41))
    assert all((array == array[0]).all() for array in found)


@processes
@pytest.mark.parametrize("function", [same, change_in_place, every_other])
def test_a_result_may_be_its_item_or_a_part_of_it(subject: Subject, function: Any) -> None:
    found = results(subject.make().stream(function, numbered(10)))

    expected = [function(array) for array in numbered(10)]
    assert all(np.array_equal(array, wanted) for array, wanted in zip(found, expected, strict=True))


@processes
def test_a_worker_changes_its_own_copy(subject: Subject) -> None:
    items = list(numbered(6))

    results(subject.make().stream(change_in_place, iter(items)))

    assert [int(array.max()) for array in items] == list(range(6))


@processes
def test_an_array_that_occurs_twice_in_an_item_is_one(subject: Subject) -> None:
    array = next(numbered(1))

    ((was_one, first, second),) = results(subject.make().stream(are_one, iter([(array, array)])))

    assert was_one
    assert first is second


@processes
@pytest.mark.parametrize(
    "array",
    [
        np.arange(300_000).reshape(600, 500).T,
        np.arange(300_000)[::3],
        np.asfortranarray(np.arange(300_000).reshape(600, 500)),
        np.zeros((0, 70_000)),
        np.array([{"a": 1}, None, "x"] * 30_000, dtype=object),
        np.zeros(70_000, dtype=[("a", "<i4"), ("b", "<f8")]),
        np.arange(300_000).astype("datetime64[s]"),
    ],
    ids=["transposed", "strided", "by columns", "empty", "objects", "records", "dates"],
)
def test_odd_arrays_arrive_as_they_are(subject: Subject, array: Array) -> None:
    (found,) = results(subject.make().stream(same, iter([array])))

    assert found.dtype == array.dtype
    assert found.flags.f_contiguous == array.flags.f_contiguous or not array.flags.forc
    assert np.array_equal(found, array)


@processes
@pytest.mark.parametrize("size", [0, 10, 100_000, 5_000_000])
@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_any_type_that_gives_its_buffer_to_pickle_is_welcome(subject: Subject, kind: Any, size: int) -> None:
    data = bytes(range(250)) * (size // 250)

    found = results(subject.make().stream(same, iter([Cargo(kind(data)) for _ in range(4)])))

    assert all(cargo.tobytes() == data for cargo in found)
    assert all(memoryview(cargo.buffer).readonly == (kind is not bytearray) for cargo in found)


@processes
@pytest.mark.parametrize("kind", [bytes, bytearray])
def test_bytes_stay_what_they_are(subject: Subject, kind: Any) -> None:
    data = kind(range(250)) * 1000

    found = results(subject.make().stream(same, iter([data, data])))

    assert found == [data, data]
    assert type(found[0]) is kind


@processes
@pytest.mark.parametrize("batch_size", [1, 6])
def test_an_item_that_refuses_half_way_fails_alone(subject: Subject, batch_size: int) -> None:
    items: list[Any] = list(numbered(6))
    items[3] = HalfWay(items[3])

    outcomes = list(subject.make().stream(length_of, iter(items), batch_size=batch_size))

    assert [type(outcome) for outcome in outcomes] == [Success] * 3 + [Failure] + [Success] * 2
    assert isinstance(outcomes[3], Failure)
    assert isinstance(outcomes[3].error, TransferError)
    assert "refused half-way" in str(outcomes[3].error)


@processes
@pytest.mark.parametrize("batch_size", [1, 6])
def test_a_result_that_refuses_half_way_fails_alone(subject: Subject, batch_size: int) -> None:
    outcomes = list(subject.make().stream(half_way_at_three, numbered(6), batch_size=batch_size))

    assert isinstance(outcomes[3], Failure)
    assert isinstance(outcomes[3].error, TransferError)
    rest = [outcome.value for outcome in outcomes if isinstance(outcome, Success)]
    assert [int(array.min()) for array in rest] == [0, 1, 2, 4, 5]


@processes
def test_a_buffer_in_pieces_is_refused_in_words(subject: Subject) -> None:
    (outcome,) = subject.make().stream(same, iter([Cargo(memoryview(bytes(200_000))[::2])]))

    assert isinstance(outcome, Failure)
    assert "contiguous" in str(outcome.error)


@processes
@pytest.mark.parametrize("batch_size", [1, 6])
def test_a_worker_that_is_killed_while_it_holds_arrays_loses_only_its_item(subject: Subject, batch_size: int) -> None:
    outcomes = list(subject.make().stream(keep_and_be_killed_at_three, numbered(12), batch_size=batch_size))

    assert [outcome.index for outcome in outcomes if isinstance(outcome, Failure)] == [3]
    assert isinstance(outcomes[3], Failure)
    assert isinstance(outcomes[3].error, WorkerDiedError)
    rest = [outcome.value for outcome in outcomes if isinstance(outcome, Success)]
    assert [int(array.max()) for array in rest] == [*range(3), *range(4, 12)]


@processes
def test_results_outlive_their_workers(subject: Subject) -> None:
    (found,) = results(subject.make().stream(plus_one, iter([np.zeros(3_000_000)])))
    gc.collect()

    found += 1

    assert (found == 2).all()


@processes
def test_what_is_sent_back_is_weighed_with_its_arrays(subject: Subject) -> None:
    work = partial(make_array, size=1_000_000)

    replies = subject.make().replies(work, range(3), ordered=True, recorder=None, batch_size=1)

    assert all(1_000_000 < reply.sent_bytes < 1_001_000 for reply in replies)


@processes
def test_a_calls_result_comes_through_shared_memory_too(subject: Subject) -> None:
    with subject.make() as pool:
        futures = [pool.submit(make_array, number, 3_000_000) for number in range(6)]

        found = [future.result() for future in futures]

    assert [int(array.min()) for array in found] == list(range(6))
    found[0] += 1


def resident_bytes() -> int:
    """Return what this process and its workers hold, with what lies in memory that they share."""
    here = psutil.Process()
    return sum(process.memory_info().rss for process in (here, *here.children(recursive=True)))


@processes
def test_memory_stays_flat_over_a_stream_of_arrays(subject: Subject) -> None:
    replies = subject.make().replies(plus_one, numbered(160, 2_500_000), ordered=True, recorder=None, batch_size=None)
    values = values_of(replies)

    for _ in range(60):
        next(values)
    settled = resident_bytes()
    for _ in values:
        pass

    assert resident_bytes() < settled + 60 * 2_500_000


def test_a_limit_to_the_size_of_files_is_no_obstacle() -> None:
    script = (
        "import resource, numpy, turnout\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))\n"
        "run = turnout.run(lambda a: a + 1, (numpy.full(500_000, n) for n in range(4)), executor='processes')\n"
        "print([int(a.max()) for a in run.values()])\n"
    )

    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert ran.stdout == "[1, 2, 3, 4]\n"


@pytest.mark.parametrize("start_method", ["fork", "forkserver", "spawn"])
def test_nothing_has_a_name_so_that_nothing_stays_behind_a_killed_parent(start_method: str) -> None:
    script = (
        "import numpy, turnout, itertools, sys\n"
        "arrays = (numpy.zeros(500_000) for _ in itertools.count())\n"
        f"run = turnout.run(lambda a: a + 1, arrays, executor='processes', start_method={start_method!r}, workers=2)\n"
        "for count, value in enumerate(run.values()):\n"
        "    if count == 5:\n"
        "        print('running', flush=True)\n"
    )

    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        workers = psutil.Process(parent.pid).children(recursive=True)
        opened = [str(path.readlink()) for path in Path(f"/proc/{parent.pid}/fd").iterdir()]
        parent.send_signal(signal.SIGKILL)
    _gone, alive = psutil.wait_procs(workers, timeout=20)

    shared = {name for name in opened if "turnout" in name}
    assert shared == {"/memfd:turnout (deleted)"}
    assert not alive


def test_received_memory_is_its_owners_alone() -> None:
    """A fork of the caller would share a mapping of the worker's file, and one of them would see the other's writes."""
    (found,) = results(Subject("processes", "fork").make().stream(plus_one, iter([np.zeros(1_000_000)])))
    reader, writer = os.pipe()

    pid = os.fork()
    if not pid:
        found[:] = 99
        os.write(writer, b"!")
        os._exit(0)
    os.read(reader, 1)
    os.waitpid(pid, 0)
    os.close(reader)
    os.close(writer)

    assert found[0] == 1
