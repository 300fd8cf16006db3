import gc
import os
import signal
import subprocess
import sys
import weakref
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from executors.subjects import Gate
from executors.work import (
    Explosive,
    double,
    exit_at_three,
    explode,
    my_pid,
    remember,
    wait_at,
)
from turnout.errors import WorkerDiedError
from turnout.executors import ProcessExecutor
from turnout.executors._call_manager import CallManager
from turnout.executors._launch import ForkServer
from turnout.executors._pickling import dumps

NOTHING = (None, ())


def call(function: Any, *args: object) -> bytes:
    return dumps((function, args, {}), lambda: "the call")


def put(manager: CallManager, function: Any, *args: object) -> "Future[Any]":
    future: Future[Any] = Future()
    manager.put(future, call(function, *args))
    return future


def end(manager: CallManager, *, cancel: bool = False) -> None:
    manager.shut_down(cancel=cancel)
    manager.join()


def test_calls_are_made_in_the_order_in_which_they_came(tmp_path: Path) -> None:
    path = tmp_path / "calls"
    manager = CallManager(1, "fork", NOTHING, None)

    for number in range(20):
        put(manager, remember, str(number), str(path))
    end(manager)

    assert path.read_text(encoding="ascii").split() == [str(number) for number in range(20)]


def test_workers_that_are_killed_fail_their_calls(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    with ProcessExecutor(2) as executor:
        calls = [executor.submit(wait_at, gate.path) for _ in range(3)]
        gate.await_somebody()

        executor.kill_workers()

        for made in calls:
            with pytest.raises(BrokenProcessPool, match="its workers were ended"):
                made.result()
        with pytest.raises(RuntimeError):
            executor.submit(double, 1)


def test_there_are_no_more_workers_than_allowed(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    manager = CallManager(2, "spawn", NOTHING, None)
    held = put(manager, wait_at, gate.path)
    gate.await_somebody()

    pids = {put(manager, my_pid, None).result() for _ in range(5)}
    gate.open()
    end(manager)

    assert held.result() == "open"
    assert len(pids) == 1


def test_a_worker_that_dies_is_replaced() -> None:
    manager = CallManager(1, "fork", NOTHING, None)

    dead = put(manager, exit_at_three, 3)
    alive = put(manager, exit_at_three, 4)
    end(manager)

    assert isinstance(dead.exception(), WorkerDiedError)
    assert alive.result() == 4


def test_an_idle_worker_may_die_unnoticed() -> None:
    manager = CallManager(1, "fork", NOTHING, None)
    put(manager, double, 1).result()
    (caller,) = manager._crew.values()

    caller.hired.kill()
    after = put(manager, double, 2)
    end(manager)

    assert after.exception() is None or isinstance(after.exception(), WorkerDiedError)


def test_an_initializer_runs_once_in_each_worker_before_its_calls(tmp_path: Path) -> None:
    path = tmp_path / "workers"
    manager = CallManager(1, "fork", (remember, ("ready", str(path))), None)

    results = [put(manager, double, number).result() for number in range(3)]
    end(manager)

    assert results == [0, 2, 4]
    assert path.read_text(encoding="ascii").split() == ["ready"]


def test_an_initializer_that_kills_its_worker_breaks_the_pool() -> None:
    manager = CallManager(1, "fork", (exit_at_three, (3,)), None)

    try:
        error = put(manager, double, 1).exception()
    except BrokenProcessPool as raised:  # the worker was quicker
        error = raised
    end(manager)

    assert isinstance(error, BrokenProcessPool)
    assert "exit status 7" in str(error)


def test_a_broken_pool_takes_no_calls() -> None:
    manager = CallManager(1, "fork", (explode, ("starting",)), None)
    manager.join()

    with pytest.raises(BrokenProcessPool, match="no worker can start: exploded when starting"):
        put(manager, double, 1)


def test_a_result_that_does_not_load_fails_its_call() -> None:
    manager = CallManager(1, "fork", NOTHING, None)

    bad = put(manager, Explosive)
    good = put(manager, double, 2)
    end(manager)

    assert isinstance(bad.exception(), ArithmeticError)
    assert good.result() == 4


def test_a_call_that_does_not_load_fails_alone() -> None:
    manager = CallManager(1, "fork", NOTHING, None)

    bad = put(manager, double, Explosive())
    good = put(manager, double, 2)
    end(manager)

    assert isinstance(bad.exception(), ArithmeticError)
    assert good.result() == 4


def test_cancelled_calls_are_not_made(tmp_path: Path) -> None:
    gate, path = Gate(tmp_path), tmp_path / "calls"
    manager = CallManager(1, "fork", NOTHING, None)
    put(manager, wait_at, gate.path)
    futures = [put(manager, remember, str(number), str(path)) for number in range(3)]
    gate.await_somebody()

    futures[1].cancel()
    gate.open()
    end(manager)

    assert path.read_text(encoding="ascii").split() == ["0", "2"]


def test_ending_with_cancellation_finishes_only_what_has_begun(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    manager = CallManager(1, "fork", NOTHING, None)
    begun = put(manager, wait_at, gate.path)
    pending = [put(manager, double, number) for number in range(3)]
    gate.await_somebody()

    manager.shut_down(cancel=True)
    gate.open()
    manager.join()

    assert begun.result() == "open"
    assert all(future.cancelled() for future in pending)


def test_a_manager_that_has_ended_may_be_told_so_again() -> None:
    manager = CallManager(1, "fork", NOTHING, None)
    end(manager)

    end(manager, cancel=True)

    assert not manager._thread.is_alive()


def test_a_call_may_be_made_from_the_callback_of_another() -> None:
    later: list[Future[Any]] = []
    with ProcessExecutor(1, start_method="fork") as pool:
        first = pool.submit(double, 1)
        first.add_done_callback(lambda done: later.append(pool.submit(double, done.result())))
        first.result()
        pool.submit(double, 0).result()

    assert [future.result() for future in later] == [4]


def test_an_executor_that_is_forgotten_ends_its_workers() -> None:
    pool = ProcessExecutor(1, start_method="fork")
    pool.submit(double, 1).result()
    manager = weakref.ref(pool._manager)
    thread = pool._manager._thread  # type: ignore[union-attr]  # likewise

    del pool
    thread.join()
    gc.collect()

    assert manager() is None


@pytest.mark.parametrize("chunksize", [1, 3, 100])
def test_map_gives_the_same_for_each_chunk_size(chunksize: int) -> None:
    with ProcessExecutor(2, start_method="fork") as pool:
        results = list(pool.map(pow, range(10), range(10), chunksize=chunksize))

    assert results == [number**number for number in range(10)]


def test_a_chunk_size_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="chunksize must be at least 1, not 0"):
        ProcessExecutor(1).map(double, [1], chunksize=0)


def test_less_than_one_call_each_is_refused() -> None:
    with pytest.raises(ValueError, match="max_tasks_per_child must be at least 1, not 0"):
        ProcessExecutor(1, max_tasks_per_child=0)


def test_a_partial_of_a_lambda_can_be_submitted() -> None:
    with ProcessExecutor(1, start_method="spawn") as pool:
        assert pool.submit(partial(lambda left, right: left - right, 10), 4).result() == 6


def test_calls_are_told_when_no_worker_can_start() -> None:
    manager = CallManager(1, "forkserver", NOTHING, None)
    (server,) = manager._launchers
    assert isinstance(server, ForkServer)
    os.kill(server.pid, signal.SIGKILL)
    server._wait()

    future = put(manager, double, 1)
    end(manager)

    assert isinstance(future.exception(), BrokenProcessPool)
    assert "the fork server ended" in str(future.exception())


CLOSED_STREAMS = """
import os
import sys
import turnout

os.close(0)
os.close(1)
with turnout.executor("processes", workers=1) as calls:
    print([calls.submit(os.readlink, f"/proc/self/fd/{number}").result() for number in range(2)], file=sys.stderr)
"""


def test_no_file_of_calls_stands_in_for_a_standard_stream_that_is_closed() -> None:
    words = [sys.executable, "-c", CLOSED_STREAMS]

    done = subprocess.run(words, stderr=subprocess.PIPE, text=True, check=False, timeout=60)

    assert (done.returncode, done.stderr) == (0, "['/dev/null', '/dev/null']\n")
