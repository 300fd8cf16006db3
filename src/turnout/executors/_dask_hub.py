"""Who holds the line to a Dask cluster: the executor, its streams and its calls; the last one closes it."""

import threading

from turnout.executors._dask_cluster import LocalDask
from turnout.executors._dask_line import Line


class Hub:
    """Makes a line when one is needed, and a cluster before it if no address was given.

    Args:
        address: Of the scheduler; None for a cluster of our own.
        workers: How many workers that has.
    """

    def __init__(self, address: str | None, workers: int) -> None:
        self.address = address
        self._workers = workers
        self._lock = threading.Lock()
        self._line: Line | None = None
        self._is_kept = True

    def acquire(self) -> Line:
        """Return a line that works; give it back with `release`.

        Raises:
            ClusterError: If there is no scheduler, or it has no workers.
        """
        with self._lock:
            if self._line is not None and self._line.broken is not None:
                self._forget()
            if self._line is None:
                self._line = self._open()
                self._line.users += self._is_kept
            self._line.users += 1
            return self._line

    def release(self, line: Line) -> None:
        """Give a line back; whoever is the last waits until it is closed."""
        with self._lock:
            is_free = self._drop(line)
        if is_free:
            line.close()

    def leave(self, *, wait: bool = True) -> None:
        """Keep no line any more for those who may come."""
        with self._lock:
            line, self._line = self._line, None
            was_kept, self._is_kept = self._is_kept, False
            is_free = line is not None and was_kept and self._drop(line)
        if line is not None and is_free:
            if wait:
                line.close()
            else:
                _close_aside(line)

    def _open(self) -> Line:
        if self.address is not None:
            return Line(self.address)
        cluster = LocalDask(self._workers)
        try:
            return Line(cluster.address, cluster)
        except BaseException:
            cluster.close()
            raise

    def _forget(self) -> None:
        line, self._line = self._line, None
        if line is not None and self._is_kept and self._drop(line):
            _close_aside(line)

    def _drop(self, line: Line) -> bool:
        line.users -= 1
        if line.users == 0 and self._line is line:
            self._line = None
        return line.users == 0


def _close_aside(line: Line) -> None:
    """Close a line without waiting for it, unless the program is ending."""
    try:
        threading.Thread(target=line.close, name="turnout dask end").start()
    except RuntimeError:  # then no thread can be started any more
        line.close()
