"""Threads that rule a fork out, and those that do not; each in a program of its own, whose threads are known."""

import subprocess
import sys

import pytest

from programs import unmeasured
from turnout.machine import usable_workers

TELL = """
import ctypes, os, signal, threading
from turnout.executors import _forkable as forkable

forks = []
real_fork = os.fork
os.fork = lambda: forks.append(0) or real_fork()


def tell(*more):
    print(forkable.thread_count() > 1, forkable.may_fork(), *more)

"""
NUMPY = TELL + "import numpy\nmatrix = numpy.ones((300, 300))\nmatrix @ matrix\n"

has_threads = pytest.mark.skipif(usable_workers() == 1, reason="NumPy has no threads where there is one core")


def said(script: str) -> list[str]:
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        env=unmeasured(),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return ran.stdout.splitlines()


@has_threads
def test_a_library_that_ends_its_threads_before_a_fork_does_not_rule_it_out() -> None:
    assert said(NUMPY + "tell(); tell(len(forks))") == ["True True", "False True 1"]


@has_threads
def test_neither_does_it_where_nobody_waits_for_children() -> None:
    assert said(NUMPY + "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\ntell()") == ["True True"]


@has_threads
@pytest.mark.parametrize("error", ["OSError(11, 'no more processes')", "RuntimeError('no fork in a subinterpreter')"])
def test_who_cannot_fork_may_not(error: str) -> None:
    assert said(NUMPY + f"def fork():\n    raise {error}\nos.fork = fork\ntell()") == ["True False"]


@has_threads
def test_it_works_after_the_fork_as_before() -> None:
    assert said(NUMPY + "tell()\nprint((matrix @ matrix)[0, 0])\ntell()") == ["True True", "300.0", "True True"]


def test_a_native_thread_that_stays_rules_it_out_and_is_tried_once() -> None:
    script = TELL + (
        "library = ctypes.CDLL(None)\n"
        "assert not library.pthread_create(ctypes.byref(ctypes.c_ulong()), None, library.pause, None)\n"
        "tell(); tell(len(forks))\n"
    )

    assert said(script) == ["True False", "True False 1"]


def test_a_python_thread_rules_it_out_without_a_try() -> None:
    script = TELL + "threading.Thread(target=threading.Event().wait, daemon=True).start()\ntell(len(forks))\n"

    assert said(script) == ["True False 0"]


def test_a_thread_that_is_known_to_do_no_harm_does_not() -> None:
    script = TELL + (
        "read, write = os.pipe()\n"
        "thread = threading.Thread(target=os.read, args=(read, 1))\n"
        "thread.start()\n"
        "forkable.harmless.add(thread)\n"
        "tell(len(forks))\n"
        "if not real_fork():\n"
        "    tell('in the copy')\n"
        "    os._exit(0)\n"
        "os.wait()\n"
        "os.write(write, b'.')\n"
    )

    assert sorted(said("import sys; sys.stdout.reconfigure(line_buffering=True)" + script)) == [
        "False True 0",
        "False True in the copy",
    ]


@has_threads
def test_a_worker_has_no_threads_that_spin_for_what_was_limited() -> None:
    script = NUMPY + (
        "import turnout\n"
        "run = turnout.run(lambda _: len(os.listdir('/proc/self/task')), [1, 2], executor='processes', workers=2)\n"
        "print(*run.values())\n"
    )

    assert said(script) == ["1 1"]


@has_threads
def test_threads_that_spin_before_the_first_item_are_ended() -> None:
    script = NUMPY + (
        "from turnout.pipeline._legs import Depot\n"
        "depot = Depot(str, range(99), None, timeout_s=None, start_method=None)\n"
        "matrix @ matrix\n"  # for some 25 ms from now on
        "depot.quieten()\n"
        "print(depot.threads_before, depot.can_fork(is_busy=False), depot.can_fork(is_busy=True))\n"
    )

    assert said(script) == ["1 True False"]


@has_threads
def test_those_that_sleep_are_left_until_a_fork_is_thought_of() -> None:
    script = NUMPY + (
        "from turnout.pipeline._legs import Depot\n"
        "from turnout.trace import count_running\n"
        "while count_running({threading.get_native_id()}):\n"
        "    pass\n"
        "depot = Depot(str, range(99), None, timeout_s=None, start_method=None)\n"
        "depot.quieten()\n"
        "print(depot.threads_before > 1, len(forks), depot.can_fork(is_busy=False), len(forks))\n"
    )

    assert said(script) == ["True 0 True 1"]


INTERRUPTED = """
import os, signal, turnout
from turnout.executors import _launch

me, plain_fork = os.getpid(), os.fork


def fork():
    pid = plain_fork()
    if not pid:
        os.kill(os.getpid(), signal.SIGINT)  # as Ctrl-C at a terminal does, at the worst moment
    return pid


os.fork = fork
_launch.Forker.__init__.__defaults__ = (fork,)
"""


@pytest.mark.parametrize("how", ["executor='processes', workers=2", "executor='auto'"])
def test_a_copy_that_is_interrupted_before_it_is_a_worker_does_not_go_on_with_the_program(how: str) -> None:
    script = INTERRUPTED + (
        "try:\n"
        f"    print(*turnout.run(abs, [-1, -2, -3], {how}).values())\n"
        "finally:\n"
        "    os.write(1, b'the end of the program\\n' if os.getpid() == me else b'the end of a copy\\n')\n"
    )

    assert sorted(said(script)) == ["1 2 3", "the end of the program"]


@has_threads
def test_nor_does_one_that_is_made_to_see_which_threads_stay() -> None:
    script = INTERRUPTED + NUMPY + "try:\n    tell()\nfinally:\n    os.write(1, b'.\\n')\n"

    assert sorted(said(script)) == [".", "True True"]


def test_who_is_interrupted_while_it_forks_leaves_no_copy() -> None:
    script = TELL + (
        "def fork():\n"
        "    pid = real_fork()\n"
        "    if pid:\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "    return pid\n"
        "try:\n"
        "    forkable.fork_deaf(fork) or os._exit(signal.pause())\n"
        "except KeyboardInterrupt:\n"
        "    try:\n"
        "        os.wait()\n"
        "    except ChildProcessError:\n"
        "        print('no child is left')\n"
    )

    assert said(script) == ["no child is left"]


def test_who_forks_hears_signals_as_before() -> None:
    script = INTERRUPTED + (
        "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})\n"
        "list(turnout.run(abs, [1, 2], executor='processes', workers=2))\n"
        "print([one.name for one in signal.pthread_sigmask(signal.SIG_BLOCK, ())])\n"
        "heard = list(turnout.run(lambda _: signal.pthread_sigmask(signal.SIG_BLOCK, ()), [1, 2], "
        "executor='processes', workers=2).values())\n"
        "print([one.name for one in heard[0]])\n"
    )

    assert said(script) == ["['SIGUSR1']", "['SIGUSR1']"]
