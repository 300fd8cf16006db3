"""Quick changes between threads, for a while."""

import sys
import threading

BRISK_S = 0.0002
LOOKING_S = 0.0005  # for one that wakes up now and then to look: being kept waiting so long still tells
QUICK_S = 0.00004  # for a thread beside a single one that computes: more of them would do little but change
HALF_A_MICROSECOND_S = 5e-7  # the interval is cut to microseconds, and would lose one each time it is put back


class Brisk:
    """Lets threads that want the global lock have it sooner, while one that computes holds it.

    A thread that wakes up beside one that computes waits for the interpreter's switch interval, 5 ms, each time it
    has let the lock go: for a file, a socket or another thread. A hundred times that is half a second.

    There may be several at once; the last one to end leaves things as the first one found them.
    """

    _lock = threading.Lock()
    _begun: "dict[Brisk, float]" = {}  # noqa: RUF012  of all of them together, as there is one interval
    _before_s = 0.0

    def begin(self, interval_s: float = BRISK_S) -> None:
        """Begin, or go on with another interval."""
        with self._lock:
            if not self._begun:
                Brisk._before_s = sys.getswitchinterval()
            self._begun[self] = interval_s
            self._set()

    def end(self) -> None:
        """Leave things as they were."""
        with self._lock:
            if self._begun.pop(self, None) is not None:
                self._set()

    def _set(self) -> None:
        sys.setswitchinterval(min([self._before_s, *self._begun.values()]) + HALF_A_MICROSECOND_S)
