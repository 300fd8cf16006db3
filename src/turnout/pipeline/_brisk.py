"""Quick changes between threads, for a while."""

import sys
import threading

BRISK_S = 0.0002
HALF_A_MICROSECOND_S = 5e-7  # the interval is cut to microseconds, and would lose one each time it is put back


class Brisk:
    """Lets threads that want the global lock have it sooner, while one that computes holds it.

    A thread that wakes up beside one that computes waits for the interpreter's switch interval, 5 ms, each time it
    has let the lock go: for a file, a socket or another thread. A hundred times that is half a second.

    There may be several at once; the last one to end leaves things as the first one found them.
    """

    _lock = threading.Lock()
    _begun: "set[Brisk]" = set()  # noqa: RUF012  of all of them together, as there is one interval
    _before_s = 0.0

    def begin(self) -> None:
        """Begin."""
        with self._lock:
            if not self._begun:
                Brisk._before_s = sys.getswitchinterval()
                sys.setswitchinterval(min(BRISK_S, self._before_s) + HALF_A_MICROSECOND_S)
            self._begun.add(self)

    def end(self) -> None:
        """Leave things as they were."""
        with self._lock:
            if self in self._begun:
                self._begun.remove(self)
                if not self._begun:
                    sys.setswitchinterval(self._before_s + HALF_A_MICROSECOND_S)
