"""A clock that a test is in charge of."""


class FakeClock:
    """Time that passes only when it is told to.

    Args:
        start_ns: What it shows first.
        step_ns: How much passes at each reading of `wall_ns`, after the reading.
    """

    def __init__(self, *, start_ns: int = 0, step_ns: int = 0) -> None:
        self._wall_ns = start_ns
        self._cpu_ns = 0
        self._step_ns = step_ns

    def wall_ns(self) -> int:
        """Return what it shows, in nanoseconds."""
        shown = self._wall_ns
        self._wall_ns += self._step_ns
        return shown

    def cpu_ns(self) -> int:
        """Return the nanoseconds that went by in `work`."""
        return self._cpu_ns

    def pause_s(self, seconds: float) -> None:
        """Let ``seconds`` pass at once, off the core."""
        self._wall_ns += round(seconds * 1e9)

    def wait(self, wall_ms: float) -> None:
        """Let ``wall_ms`` milliseconds pass off the core."""
        self._wall_ns += round(wall_ms * 1e6)

    def work(self, wall_ms: float) -> None:
        """Let ``wall_ms`` milliseconds pass on the core."""
        self._wall_ns += round(wall_ms * 1e6)
        self._cpu_ns += round(wall_ms * 1e6)
