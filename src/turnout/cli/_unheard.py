"""Signals whose handler was not run, told again.

CPython notes a signal where it is caught, and runs its handler when the main thread comes to it. A signal that comes
just before the main thread waits, or that the system gives to another thread, does not end that wait: an item that
waits for a minute would keep Ctrl-C for a minute. (A bare script that writes and waits, stopped when it has written: 14
of 600 runs.)
"""

import math
import os
import signal
import threading
import time
from contextlib import suppress

from turnout.executors import harmless

_FIRST_S = 0.1  # twice as long each time: a handler may also be late since the main thread is deep in C code
_ECHO_S = 0.5
_END = 0  # no signal has this number

_waking: set[int] = set()  # files that a fork must not write to, which would tell us of signals that are its own


class Unheard:
    """Tells the main thread again of a signal, until it is heard.

    Args:
        numbers: The signals that have handlers.
    """

    def __init__(self, *numbers: int) -> None:
        self._numbers = numbers
        self._is_heard = threading.Event()
        self._told_at = -math.inf
        self._main = threading.main_thread().ident or 0
        self._thread = threading.Thread(target=self._listen, name="signals", daemon=True)
        self._read = self._write = -1
        self._former = -1

    def begin(self) -> None:
        """Listen; to be called in the main thread, where the handlers are set."""
        self._read, self._write = os.pipe()
        os.set_blocking(self._write, False)
        self._former = signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        _waking.add(self._write)
        self._thread.start()
        harmless.add(self._thread)

    def end(self) -> None:
        """Listen no more."""
        self._is_heard.set()
        now = signal.set_wakeup_fd(self._former)
        if now != self._write:
            signal.set_wakeup_fd(now)  # somebody else's, who came after us
        _waking.discard(self._write)
        with suppress(BlockingIOError):  # the thread has enough to read
            os.write(self._write, bytes([_END]))
        self._thread.join()
        harmless.discard(self._thread)
        os.close(self._read)
        os.close(self._write)

    def hear(self) -> bool:
        """Whether this call of a handler is for a signal that came, not for one told again just after it was heard."""
        is_echo = self._is_heard.is_set() and time.monotonic() - self._told_at < _ECHO_S
        self._is_heard.set()
        return not is_echo

    def _listen(self) -> None:
        number = -1
        while number not in self._numbers:
            number = os.read(self._read, 1)[0]
            if number == _END:
                return
        patience_s = _FIRST_S
        while not self._is_heard.wait(patience_s):
            self._told_at = time.monotonic()
            signal.pthread_kill(self._main, number)
            patience_s *= 2


def _leave_in_fork() -> None:
    if _waking:
        signal.set_wakeup_fd(-1)
        _waking.clear()


os.register_at_fork(after_in_child=_leave_in_fork)
