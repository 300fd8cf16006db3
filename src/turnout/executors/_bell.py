"""A bell that any thread may ring, for a crew that waits on file descriptors."""

import os
import threading


class Bell:
    """A descriptor that becomes readable when the bell is rung, from whichever thread, and stays so until it is heard.

    Attributes:
        handle: What to poll; -1 when it is closed.
    """

    def __init__(self) -> None:
        self.handle, self._writer = os.pipe()
        os.set_blocking(self.handle, False)
        os.set_blocking(self._writer, False)
        self._lock = threading.RLock()  # a signal's handler may ring while this very thread does

    def ring(self) -> None:
        """Wake who waits; it does nothing once the bell is closed."""
        with self._lock:  # or the descriptor might be closed, and be another's, between the look and the writing
            if self._writer >= 0:
                try:
                    os.write(self._writer, b"!")
                except BlockingIOError:
                    return  # it was rung thousands of times and nobody listened; it rings already

    def hear(self) -> None:
        """Take notice, so that it can ring anew."""
        try:
            os.read(self.handle, 1 << 16)
        except BlockingIOError:
            return

    def close(self) -> None:
        """Give the descriptors back."""
        with self._lock:
            if self._writer >= 0:
                os.close(self.handle)
                os.close(self._writer)
                self.handle = self._writer = -1
