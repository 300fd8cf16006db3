"""What the Dask executor promises beyond the contract."""

import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import islice
from pathlib import Path

import psutil
import pytest

import turnout
from executors.dask_servers import Servers, servers
from executors.leftovers import PATIENCE_NS
from executors.shared_dask import shared_address
from executors.subjects import Gate
from executors.work import (
    double,
    end_dask_worker_at_three,
    wait_at_first,
    wait_at_first_once,
    wait_long_at_three,
)
from turnout import Failure, Success
from turnout.clock import wall_ns
from turnout.errors import ClusterError, ExecutorError, TimeLimitError, WorkerDiedError
from turnout.executors._dask_cluster import LocalDask
from turnout.executors._limits import ATTEMPTS
from turnout.trace import Recorder

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("dask")]


@pytest.fixture(scope="module", autouse=True)
def cluster() -> str:
    return shared_address()


def test_workers_are_called_by_their_host_and_process() -> None:
    run = turnout.run(double, range(20), executor="dask", address=shared_address())
    outcomes = list(run)

    labels = {worker.label for worker in run.trace.workers}

    assert outcomes == [Success(2 * item, item, item) for item in range(20)]
    assert all(label.startswith(f"{socket.gethostname()}:") for label in labels)


def test_without_a_number_there_are_as_many_workers_as_the_cluster_has_threads() -> None:
    with turnout.executor("dask", address=shared_address()) as pool:
        assert pool.workers == 2


def test_only_dask_has_an_address() -> None:
    with pytest.raises(ExecutorError, match="only the dask executor has an address, not threads"):
        turnout.executor("threads", address="tcp://127.0.0.1:8786")


def test_a_large_function_is_sent_when_a_worker_asks_for_it() -> None:
    ballast = bytes(3_000_000)

    outcomes = list(
        turnout.run(
            lambda item: item + len(ballast), range(40), executor="dask", address=shared_address(), batch_size=1
        )
    )

    assert outcomes == [Success(item + 3_000_000, item, item) for item in range(40)]


@pytest.mark.parametrize("batch_size", [1, 8])
def test_an_item_that_takes_too_long_fails_alone(batch_size: int) -> None:
    with turnout.executor("dask", address=shared_address()) as pool:
        outcomes = list(pool.stream(wait_long_at_three, range(8), batch_size=batch_size, timeout_s=0.5))

    (failure,) = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    assert [outcome.index for outcome in outcomes] == list(range(8))
    assert (failure.index, failure.attempts) == (3, 1)
    assert isinstance(failure.error, TimeLimitError)
    assert "of the Dask worker tcp://127.0.0.1:" in str(failure.error)


def test_leaving_a_stream_ends_the_process_that_is_on_an_item(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    work = partial(wait_at_first_once, gate=gate.path)
    outcomes = iter(turnout.run(work, range(9), executor="dask", address=shared_address(), ordered=False, batch_size=1))
    next(outcomes)
    gate.await_somebody()
    fork_server = psutil.Process(int(Path(f"{gate.path}.who").read_text(encoding="ascii").split()[0]))
    assert fork_server.children()

    del outcomes

    await_true(lambda: not fork_server.children())


def test_nothing_of_a_cluster_of_our_own_listens_to_other_machines() -> None:
    shared = {process.pid for process in psutil.Process().children(recursive=True)}
    cluster = LocalDask(1)

    family = [process for process in psutil.Process().children(recursive=True) if process.pid not in shared]
    listening = [
        connection.laddr.ip
        for process in family
        for connection in process.net_connections()
        if connection.status == psutil.CONN_LISTEN
    ]
    cluster.close()

    assert listening
    assert set(listening) == {"127.0.0.1"}
    await_true(lambda: not any(process.is_running() for process in family))


def test_a_dask_worker_that_is_killed_loses_nothing(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    work = partial(wait_at_first_once, gate=gate.path)
    with servers(tmp_path, workers=2) as there:
        run = turnout.run(work, range(60), executor="dask", address=there.address, ordered=False, batch_size=1)
        outcomes = iter(run)
        begun = [next(outcomes) for _ in range(5)]
        gate.await_somebody()
        ancestors = set(map(int, Path(f"{gate.path}.who").read_text(encoding="ascii").split()))
        (victim,) = [process for process in there.workers.values() if process.pid in ancestors]

        victim.kill()
        found = sorted([*begun, *outcomes], key=lambda outcome: outcome.index)

    assert [type(outcome) for outcome in found] == [Success] * 60
    assert [outcome.index for outcome in found] == list(range(60))
    assert found[0].attempts == 2
    assert all(outcome.attempts == 1 for outcome in begun)


def test_an_item_that_ends_its_dask_worker_fails_after_some_attempts_and_no_other(tmp_path: Path) -> None:
    with servers(tmp_path, workers=ATTEMPTS + 1) as there:
        outcomes = list(
            turnout.run(end_dask_worker_at_three, range(12), executor="dask", address=there.address, batch_size=1)
        )

    failures = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    assert [outcome.index for outcome in outcomes] == list(range(12))
    assert [(failure.index, failure.attempts) for failure in failures] == [(3, ATTEMPTS)]
    assert isinstance(failures[0].error, WorkerDiedError)
    assert "the Dask worker tcp://127.0.0.1:" in str(failures[0].error)


def test_a_scheduler_that_is_killed_ends_the_stream_and_takes_back_nothing(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    work = partial(wait_at_first, gate=gate.path)
    with servers(tmp_path, workers=2) as there:
        run = turnout.run(work, range(60), executor="dask", address=there.address, ordered=False, batch_size=1)
        outcomes = iter(run)
        found = [next(outcomes) for _ in range(5)]
        gate.await_somebody()

        there.scheduler.kill()
        with pytest.raises(ClusterError, match=r"the Dask scheduler at tcp://127\.0\.0\.1:\d+ went away .*journal"):
            found.extend(outcomes)

    assert len(found) >= 5
    assert all(isinstance(outcome, Success) for outcome in found)


def test_calls_end_with_the_scheduler(tmp_path: Path) -> None:
    with servers(tmp_path, workers=1) as there, turnout.executor("dask", address=there.address) as pool:
        calls = [pool.submit(wait_long_at_three, 3) for _ in range(3)]

        there.scheduler.kill()

        assert all(isinstance(call.exception(), ClusterError) for call in calls)
        with pytest.raises(ClusterError, match="went away"):
            pool.submit(double, 1)


def test_workers_that_join_later_are_used(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    work = partial(wait_at_first, gate=gate.path)
    with servers(tmp_path, workers=1) as there:
        outcomes = iter(
            turnout.run(work, range(20), executor="dask", address=there.address, ordered=False, batch_size=1)
        )
        joining = threading.Thread(target=add_worker_after, args=(gate, there))
        joining.start()

        others = list(islice(outcomes, 18))  # another one may have been sent to the first worker, ahead of time
        gate.open()
        joining.join()

        assert 0 not in {outcome.index for outcome in others}
        assert len(list(outcomes)) == 2


def test_a_worker_without_this_package_is_told(tmp_path: Path) -> None:
    package = tmp_path / "path" / "turnout"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise ModuleNotFoundError('No module named turnout', name='turnout')")
    with servers(tmp_path) as there:
        there.add_workers(1, path=str(package.parent))

        with pytest.raises(ClusterError, match=r"cannot import turnout: run `pip install 'turnout\[dask\]'`"):
            list(turnout.run(double, range(3), executor="dask", address=there.address))


@pytest.mark.parametrize(
    "address", ["nonsense", "foo://127.0.0.1:8786", "tcp://no.such.host.invalid:8786", "tls://127.0.0.1:8786"]
)
def test_an_address_that_leads_nowhere_is_told(address: str) -> None:
    with pytest.raises(ClusterError, match=rf"no Dask scheduler was reached at {address}: .*`dask scheduler`"):
        list(turnout.run(double, range(3), executor="dask", address=address))


def test_a_port_where_nobody_listens_is_told() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"

        with pytest.raises(ClusterError, match="no Dask scheduler was reached"):
            turnout.executor("dask", address=address).submit(double, 1)


def test_a_listener_that_says_nothing_is_no_scheduler() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"

        with pytest.raises(ClusterError, match="no answer within 5 s"):
            list(turnout.run(double, range(3), executor="dask", address=address, workers=2))


def test_a_web_server_is_no_scheduler() -> None:
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        address = f"tcp://127.0.0.1:{server.server_port}"

        with pytest.raises(ClusterError, match="no Dask scheduler was reached"):
            list(turnout.run(double, range(3), executor="dask", address=address, workers=2))

        thread.join()


CLOSED_STREAMS = """
import os
import turnout

def speak(item):
    os.write(1, b"written with code in C")
    return item

os.close(0)
os.close(1)
assert list(turnout.run(speak, list(range(9)), executor="dask", workers=2).values()) == list(range(9))
"""


def test_no_file_of_a_cluster_stands_in_for_a_standard_stream_that_is_closed() -> None:
    words = [sys.executable, "-c", CLOSED_STREAMS]

    done = subprocess.run(words, stderr=subprocess.PIPE, text=True, check=False, timeout=120)

    assert (done.returncode, done.stderr) == (0, "")


def test_a_dask_worker_is_no_scheduler(tmp_path: Path) -> None:
    with servers(tmp_path, workers=1) as there:
        (worker,) = there.workers

        with pytest.raises(ClusterError, match=r"was asked to schedule, but is a Dask worker; give the address"):
            list(turnout.run(double, range(3), executor="dask", address=worker, workers=2))


def test_spans_lie_between_their_batch_and_its_reply() -> None:
    recorder = Recorder()
    with turnout.executor("dask", address=shared_address()) as pool:
        outcomes = list(pool.stream(double, range(500), recorder=recorder))

    trace = recorder.trace()

    assert len(outcomes) == trace.span_count
    assert all(
        trace.start_ns <= span.queued_ns <= span.start_ns <= span.end_ns <= trace.end_ns for span in trace.spans()
    )


def add_worker_after(gate: Gate, there: Servers) -> None:
    gate.await_somebody()
    there.add_workers(1)


def await_true(condition: Callable[[], bool]) -> None:
    deadline = wall_ns() + PATIENCE_NS
    never = threading.Event()
    while not condition():
        assert wall_ns() < deadline
        never.wait(0.01)
