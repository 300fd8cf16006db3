"""Ctrl-C and SIGTERM, as the run command takes them."""

import errno
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress

import pytest

from turnout.cli._stopping import Stopping
from turnout.errors import UsageError


def test_threads_that_compute_keep_the_end_waiting_only_a_little() -> None:
    with Stopping(lambda: None, lambda _: None):
        os.kill(os.getpid(), signal.SIGTERM)

    assert sys.getswitchinterval() < 0.001


def test_the_first_signal_is_said_and_then_passed_on() -> None:
    happened: list[str] = []

    with Stopping(lambda: happened.append("stop"), happened.append) as stopping:
        os.kill(os.getpid(), signal.SIGTERM)

    assert happened == ["turnout: stopping; what is done is kept", "stop"]
    assert stopping.exit_status == 143
    assert not stopping.is_urgent


def test_the_second_one_interrupts() -> None:
    with Stopping(lambda: None, lambda _: None) as stopping:
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)

    assert stopping.exit_status == 143
    assert stopping.is_urgent


def test_a_lost_connection_that_is_told_twice_is_one() -> None:
    happened: list[str] = []

    with Stopping(lambda: happened.append("stop"), happened.append) as stopping:
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGHUP)

    assert happened == ["turnout: stopping; what is done is kept", "stop"]
    assert stopping.exit_status == 129
    assert not stopping.is_urgent


def test_a_terminal_that_is_gone_does_not_hinder_the_end(capfd: pytest.CaptureFixture[str]) -> None:
    stopped = threading.Event()

    def say(_: str) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with Stopping(stopped.set, say):
        os.kill(os.getpid(), signal.SIGHUP)

    assert stopped.is_set()
    assert capfd.readouterr().err == "\nturnout: stopping\n"


def test_what_cannot_be_printed_is_an_error_while_there_is_a_terminal() -> None:
    with (
        pytest.raises(UsageError, match="cannot be written"),
        Stopping(pytest.fail, pytest.fail) as stopping,
        stopping.or_nobody_reads(),
    ):
        raise UsageError("standard output cannot be written")


def test_who_cannot_be_interrupted_is_left_at_the_second_one() -> None:
    happened: list[str] = []

    def leave_later(status: int) -> Callable[[], None]:
        happened.append(f"leave with {status}")
        return lambda: happened.append("stay")

    with Stopping(lambda: None, lambda _: None, leave_later):
        for _ in range(3):
            with suppress(KeyboardInterrupt):
                os.kill(os.getpid(), signal.SIGINT)
        happened.append("ended after all")

    assert happened == ["leave with 130", "ended after all", "stay"]


def test_a_stream_that_is_being_written_to_is_passed_by(capfd: pytest.CaptureFixture[str]) -> None:
    stopped = threading.Event()

    def say(_: str) -> None:
        raise RuntimeError("reentrant call")

    with Stopping(stopped.set, say):
        os.kill(os.getpid(), signal.SIGINT)

    assert stopped.is_set()
    assert capfd.readouterr().err == "\nturnout: stopping\n"


def test_a_signal_that_does_not_interrupt_a_wait_is_told_again() -> None:
    class StoppedError(Exception):
        pass

    def stop() -> None:
        raise StoppedError

    waits = threading.Condition()

    def signal_to_another_thread() -> None:
        with waits:  # the main thread has it until it waits
            signal.pthread_kill(threading.get_ident(), signal.SIGINT)

    with Stopping(stop, lambda _: None) as stopping:
        sender = threading.Thread(target=signal_to_another_thread)
        with waits:
            sender.start()
            with pytest.raises(StoppedError):
                waits.wait(60)
        sender.join()

    assert stopping.exit_status == 130
    assert not stopping.is_urgent


def test_a_signal_to_a_forked_process_is_not_ours() -> None:
    with Stopping(pytest.fail, pytest.fail):
        pid = os.fork()
        if not pid:
            signal.signal(signal.SIGTERM, lambda *_: os._exit(7))
            os.kill(os.getpid(), signal.SIGTERM)
            os._exit(1)
        _, status = os.waitpid(pid, 0)
        assert not threading.Event().wait(0.3)  # three times as long as a signal has to be heard

    assert os.waitstatus_to_exitcode(status) == 7


def test_whoever_is_woken_by_signals_still_is_afterwards() -> None:
    read, write = os.pipe()
    os.set_blocking(write, False)
    former = signal.set_wakeup_fd(write)
    try:
        with Stopping(pytest.fail, pytest.fail):
            pass

        assert signal.set_wakeup_fd(former) == write
    finally:
        signal.set_wakeup_fd(former)
        os.close(read)
        os.close(write)


def test_without_a_signal_nothing_happens() -> None:
    before = signal.getsignal(signal.SIGINT)

    with Stopping(pytest.fail, pytest.fail) as stopping:
        pass

    assert stopping.exit_status is None
    assert signal.getsignal(signal.SIGINT) is before


def test_another_thread_than_the_main_one_sets_no_handlers() -> None:
    before = signal.getsignal(signal.SIGINT)
    seen: list[object] = []

    def look() -> None:
        with Stopping(pytest.fail, pytest.fail):
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()

    assert seen == [before]
