import errno
import os
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from executors.leftovers import holdings
from executors.work import double
from turnout.errors import ExecutorError
from turnout.executors._copies import flush_quietly
from turnout.executors._launch import (
    START_METHODS,
    Forker,
    ForkServer,
    Hired,
    Launcher,
    Lifeline,
    StartMethod,
    choose_start_method,
    close_quietly,
    launcher,
    wait_for_child,
)
from turnout.executors._link import Kind, Outbox, receive
from turnout.executors._new_interpreter import interpreter_command
from turnout.executors._pickling import dumps
from turnout.executors._serve import Inherited

every_method = pytest.mark.parametrize("method", START_METHODS)


@contextmanager
def worker(start: Launcher) -> Iterator[Hired]:
    hired = start.hire(Inherited())
    try:
        yield hired
    finally:
        hired.kill()
        hired.reap()
        start.close()


def ask_for_double(hired: Hired, number: int) -> bytes:
    Outbox(hired.link).put(Kind.CALL, payload=dumps((double, (number,), {}), lambda: "the call"))
    frame = receive(hired.link)
    assert frame is not None
    return bytes(frame[-1])


@every_method
def test_a_hired_worker_makes_calls(method: StartMethod) -> None:
    with worker(launcher(method)) as hired:
        answer = ask_for_double(hired, 21)

    assert answer == dumps(42, lambda: "the number")


@every_method
def test_a_worker_that_is_told_to_go_leaves_with_status_0(method: StartMethod) -> None:
    with worker(launcher(method)) as hired:
        Outbox(hired.link).put(Kind.BYE)

        assert hired.reap() == 0
        assert hired.reap() == 0


@every_method
def test_a_worker_that_is_killed_tells_by_which_signal(method: StartMethod) -> None:
    with worker(launcher(method)) as hired:
        hired.kill()

        assert hired.reap() == -signal.SIGKILL


@every_method
def test_a_worker_whose_parent_hangs_up_leaves(method: StartMethod) -> None:
    with worker(launcher(method)) as hired:
        hired.link.shutdown(2)

        assert hired.reap() == 0


def test_a_fork_that_fails_leaves_nothing_open() -> None:
    def fork() -> int:
        raise BlockingIOError(errno.EAGAIN, "no more processes")

    forker = Forker(fork)
    before = holdings()

    with pytest.raises(BlockingIOError, match="no more processes"):
        forker.hire(Inherited())

    assert holdings().beyond(before) == []
    forker.close()


def test_a_fork_that_is_warned_of_is_not_lost() -> None:
    def fork() -> int:
        pid = os.fork()
        if pid:
            warnings.warn("this process is multi-threaded", DeprecationWarning, stacklevel=1)
        return pid

    with worker(Forker(fork)) as hired:
        assert ask_for_double(hired, 2) == dumps(4, lambda: "the number")


def test_workers_outlive_their_fork_server() -> None:
    server = ForkServer()
    with worker(server) as hired:
        ask_for_double(hired, 1)
        os.kill(server.pid, signal.SIGKILL)
        server._wait()

        answer = ask_for_double(hired, 4)

        assert answer == dumps(8, lambda: "the number")


def test_how_a_worker_ended_is_unknown_when_its_fork_server_has_ended() -> None:
    server = ForkServer()
    with worker(server) as hired:
        os.kill(server.pid, signal.SIGKILL)
        server._wait()
        hired.kill()

        assert hired.reap() is None


def test_a_fork_server_that_has_ended_starts_nobody_and_leaves_nothing_open() -> None:
    server = ForkServer()
    os.kill(server.pid, signal.SIGKILL)
    server._wait()
    before = holdings()

    with pytest.raises(ExecutorError, match="the fork server ended; see what it printed above"):
        server.hire(Inherited())

    assert holdings().beyond(before) == []
    server.close()


CLOSED_STREAMS = """
import os
import turnout

def speak(item):
    for number in range(3):
        try:
            os.write(number, b"written with code in C" * 8)
        except OSError:
            pass  # it is there to read only
    return item, [os.readlink(f"/proc/self/fd/{number}") for number in range(3)]

for number in range(3):
    os.close(number)
with open(os.environ["SAID"], "w") as said:
    run = turnout.run(speak, list(range(40)), executor="processes", workers=2, start_method=os.environ["METHOD"])
    print(list(run.values()) == [(item, ["/dev/null"] * 3) for item in range(40)], file=said)
"""


@every_method
def test_no_file_of_a_worker_stands_in_for_a_standard_stream_that_is_closed(method: str, tmp_path: Path) -> None:
    said = tmp_path / "said"
    environment = {**os.environ, "SAID": str(said), "METHOD": method}

    done = subprocess.run([sys.executable, "-c", CLOSED_STREAMS], env=environment, check=False, timeout=60)

    assert done.returncode == 0
    assert said.read_text() == "True\n"


def test_a_thread_rules_out_the_fork() -> None:
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()

    chosen = choose_start_method(None), choose_start_method("fork")
    stop.set()
    thread.join()

    assert chosen == ("forkserver", "fork")


def test_an_unknown_start_method_is_refused() -> None:
    with pytest.raises(ExecutorError, match="no start method is called 'clone'; known: fork, forkserver, spawn"):
        choose_start_method("clone")


def test_another_interpreter_has_our_options_and_search_path() -> None:
    script = "import sys; print(sys.flags.optimize, sys.warnoptions, sys._xoptions, 'turnout' in sys.modules); "
    script += "import turnout.executors._new_interpreter as new; print(new.interpreter_command('import turnout'))"
    ours = [sys.executable, "-O", "-W", "ignore::UserWarning", "-X", "utf8=1", "-X", "faulthandler", "-c", script]

    told = subprocess.run(ours, capture_output=True, text=True, check=True).stdout.splitlines()

    assert told[0].startswith("1 ['ignore::UserWarning'] {'utf8': '1', 'faulthandler': True}")
    for option in ("'-Xutf8=1'", "'-Xfaulthandler'", "'-Wignore::UserWarning'", "'-O'"):
        assert option in told[1]


def test_a_relative_search_path_is_made_absolute_for_another_interpreter() -> None:
    command = interpreter_command("import turnout")

    done = subprocess.run(command, cwd="/", check=False)

    assert done.returncode == 0


def test_the_end_of_a_child_that_somebody_else_awaited_is_unknown() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()

    assert wait_for_child(process.pid) is None


def test_a_lifeline_tells_its_reader_when_it_is_cut() -> None:
    lifeline = Lifeline()
    reader = os.dup(lifeline.reader)

    lifeline.close()

    assert os.read(reader, 1) == b""
    os.close(reader)


def test_closing_what_is_closed_harms_nobody() -> None:
    reader, writer = os.pipe()
    os.close(writer)

    close_quietly(writer)
    close_quietly(reader)

    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(reader)


def test_flushing_gives_no_error_when_nobody_listens() -> None:
    script = "import sys; from turnout.executors._serve import flush_quietly; sys.stdout.close(); sys.stderr = None; "
    script += "flush_quietly(); import os; os._exit(5)"

    done = subprocess.run([sys.executable, "-c", script], check=False)

    flush_quietly()
    assert done.returncode == 5
