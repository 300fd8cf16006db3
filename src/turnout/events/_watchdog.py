"""A thread that looks where another one is, but only while that is late."""

import sys
import threading
from collections import Counter, deque
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from turnout.observe import short_path

SAMPLES_KEPT = 512
DEEPEST = 60  # frames of a stack that are told
_OURS = str(Path(__file__).parent)
_IMPORTING = "<frozen importlib._bootstrap"  # and _bootstrap_external


class Watchdog:
    """Samples a thread's stack while it is late.

    Args:
        thread: The thread's `threading.get_ident`.
        now_ns: Tells the time.
        late_from_ns: From when on it is late, unless it comes to what is due before; 0 for never. It is looked at
            no earlier, since each look costs a switch between threads.
        period_s: How long between two samples while it is late.
    """

    def __init__(
        self, thread: int, now_ns: Callable[[], int], late_from_ns: Callable[[], int], *, period_s: float
    ) -> None:
        self._watched = thread
        self._now_ns = now_ns
        self._late_from_ns = late_from_ns
        self._period_s = period_s
        self._samples: deque[tuple[int, tuple[str, ...]]] = deque(maxlen=SAMPLES_KEPT)
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._live, name="turnout-watchdog", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._is_over.set()
        self._thread.join()

    def find(self, start_ns: int, end_ns: int) -> tuple[str, ...]:
        """Return the stack that was seen most often between two times, outermost first; empty if none was."""
        seen = Counter(stack for at_ns, stack in tuple(self._samples) if start_ns <= at_ns <= end_ns)
        return max(seen, key=seen.__getitem__, default=())

    def look(self) -> None:
        """Take a sample if the thread is late."""
        now_ns = self._now_ns()
        if 0 < self._late_from_ns() <= now_ns:
            frame = sys._current_frames().get(self._watched)  # noqa: SLF001  which is documented
            if frame is not None:
                self._samples.append((now_ns, stack_of(frame)))

    def _live(self) -> None:
        while not self._is_over.wait(self._patience_s()):
            self.look()

    def _patience_s(self) -> float:
        left_s = (self._late_from_ns() - self._now_ns()) / 1e9
        return max(self._period_s, left_s)


def stack_of(frame: FrameType | None) -> tuple[str, ...]:
    """Return where a thread is, outermost first: ``"file.py:12 in name"``.

    It begins with what the emitter or its loop has called, if they have, and tells at most `DEEPEST` frames. As in
    tracebacks, the five or six frames of the interpreter's own between an import and the module are left out.
    """
    stack: list[str] = []
    while frame is not None and len(stack) < DEEPEST:
        code = frame.f_code
        if code.co_filename.startswith(_OURS):
            if stack:
                break
        elif not code.co_filename.startswith(_IMPORTING):
            name = getattr(code, "co_qualname", code.co_name)
            stack.append(f"{short_path(code.co_filename)}:{frame.f_lineno} in {name}")
        frame = frame.f_back
    return tuple(reversed(stack))
