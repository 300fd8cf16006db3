"""What happens where the system starts no more workers: those there are do the work."""

import errno
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest

from executors.work import double
from turnout.errors import UnavailableError
from turnout.executors._batches import BatchSize, feed
from turnout.executors._forkserver import main
from turnout.executors._intake import PlainIntake
from turnout.executors._launch import Forker, Hired, StartMethod
from turnout.executors._process_crew import ProcessCrew
from turnout.executors._serve import Inherited
from turnout.executors._starting import start_thread
from turnout.executors._stream import Crew, stream
from turnout.executors.threads import ThreadCrew

ITEMS = range(100)


class Scarce(Forker):
    """Forks so many workers, and then fails as a system at its limit does."""

    method: StartMethod = "fork"

    def __init__(self, count: int) -> None:
        super().__init__()
        self._left = count

    def hire(self, inherited: Inherited) -> Hired:
        """Fork a worker, or raise."""
        if not self._left:
            raise OSError(errno.EAGAIN, "Resource temporarily unavailable")
        self._left -= 1
        return super().hire(inherited)


def starting(count: int) -> Callable[[threading.Thread], None]:
    """Return what starts so many threads, and then fails as a system at its limit does."""
    started: list[threading.Thread] = []

    def start(thread: threading.Thread) -> None:
        if len(started) == count:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        thread.start()

    return start


def run_all(crew: Crew) -> list[int]:
    """Run all items, and return their results in order."""
    intake = PlainIntake(feed(ITEMS), BatchSize(workers=crew.workers, target_ns=1, fixed=1))
    return [value for reply in stream(crew, intake, ordered=True, recorder=None) for value in reply.values]


def limited(limit: str, code: str) -> "subprocess.CompletedProcess[str]":
    """Run a program under a limit of the system."""
    command = [sys.executable, "-c", f"import resource; resource.setrlimit({limit})\nimport turnout\n{code}"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_threads_that_cannot_be_started_leave_the_work_to_the_others() -> None:
    crew = ThreadCrew(double, 20, None, start=starting(3))

    values = run_all(crew)

    assert values == [double(item) for item in ITEMS]
    assert crew.workers == 3


def test_processes_that_cannot_be_started_leave_the_work_to_the_others() -> None:
    crew = ProcessCrew(double, ITEMS, 20, start_method=None, recorder=None, sleeper=Scarce(2))

    values = run_all(crew)

    assert values == [double(item) for item in ITEMS]
    assert crew.workers == 2


def test_without_any_worker_the_system_s_reason_is_told() -> None:
    with pytest.raises(UnavailableError, match=r"the system starts none \(can't start new thread\); raise its limits"):
        run_all(ThreadCrew(double, 2, None, start=starting(0)))
    with pytest.raises(UnavailableError, match=r"the system starts none \(Resource temporarily unavailable\); raise"):
        run_all(ProcessCrew(double, ITEMS, 2, start_method=None, recorder=None, sleeper=Scarce(0)))


def test_a_thread_that_a_run_cannot_do_without_is_told() -> None:
    with pytest.raises(UnavailableError, match=r"the system starts none \(can't start new thread\); raise its limits"):
        start_thread(threading.Thread(), starting(0))


def test_a_fork_server_that_cannot_fork_says_so_and_goes_on() -> None:
    ours, theirs = socket.socketpair()
    before = signal.getsignal(signal.SIGINT)

    def fork() -> int:
        raise OSError(errno.EAGAIN, "Resource temporarily unavailable")

    with ours:
        for _ in range(2):
            socket.send_fds(ours, [b"hire    "], [ours.fileno(), ours.fileno()])
        ours.shutdown(socket.SHUT_WR)
        main(theirs.detach(), 0, fork=fork)
        signal.signal(signal.SIGINT, before)
        answers = ours.recv(16)

    assert [int.from_bytes(answers[at : at + 8], "little", signed=True) for at in (0, 8)] == [-errno.EAGAIN] * 2


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_a_run_at_the_limit_of_open_files_goes_on_with_fewer_processes_and_tells(method: str) -> None:
    code = (
        f"run = turnout.run(abs, range(300), executor='processes', workers=60, start_method={method!r})\n"
        "assert list(run.values()) == [*range(300)]\n"
        "assert 1 <= run.choice.workers < 40, run.choice\n"
        "open('/dev/null').close()\n"
        "print(run.choice.reasons[0])\n"
    )

    done = limited("resource.RLIMIT_NOFILE, (40, 40)", code)

    assert done.stderr == ""
    assert "the system starts no more (" in done.stdout


@pytest.mark.parametrize("executor", ["auto", "threads"])
def test_a_run_at_the_limit_of_threads_goes_on_with_fewer_and_tells(executor: str) -> None:
    code = (
        "import threading\n"
        "threading.stack_size(1 << 30)\n"
        "gate = threading.Event()\n"
        "def nap(item):\n"
        "    gate.wait(0.005)\n"
        "    return item\n"
        f"run = turnout.run(nap, range(2000), executor={executor!r}, workers=100)\n"
        "assert list(run.values()) == [*range(2000)]\n"
        "threads = [track.workers for track in run.choice.tracks if track.executor == 'threads']\n"
        "assert 1 <= (threads or [run.choice.workers])[-1] < 20, run.choice\n"
        "print(*run.choice.reasons)\n"
    )

    done = limited("resource.RLIMIT_AS, (20 << 30, 20 << 30)", code)

    assert done.stderr == ""
    assert "the system starts no more (" in done.stdout


def test_an_event_loop_that_cannot_be_had_is_told_and_not_waited_for() -> None:
    code = (
        "import asyncio, os\n"
        "async def same(item): return item\n"
        "run = turnout.run(same, range(3), executor='asyncio')\n"
        "handles = []\n"
        "try:\n"
        "    while True: handles.append(os.dup(0))\n"
        "except OSError: pass\n"
        "try: list(run)\n"
        "except turnout.errors.UnavailableError as error:\n"
        "    print(error)\n"
    )

    done = limited("resource.RLIMIT_NOFILE, (40, 40)", code)

    assert done.stdout.startswith("an event loop is not available: the system refuses it (Too many open files); raise")
