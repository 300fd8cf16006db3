"""How often to look, so that looking takes no more of a core than it may."""

SHARE = 0.03  # of all cores, of two at most: where none is free, that is what the program can lose
SLOWER, FASTER = 0.7, 1.15  # from one time to the next


class Pace:
    """Goes slower while looking takes more than its share, and faster again when it takes less.

    Args:
        most: Looks in a round at most.
        least: Likewise, at least: without looks nothing is known.
        cores: That there are for the program and for looking.

    Attributes:
        looks: In a round; a half is one in every other round.
    """

    def __init__(self, most: float, least: float, *, cores: int = 1) -> None:
        self._share = SHARE * min(2, cores)
        self.looks = self._most = most
        self._least = least
        self._last: tuple[int, int] | None = None
        self._owed = 0.0

    def adapt(self, wall_ns: int, cpu_ns: int) -> None:
        """Take notice of what looking took.

        Args:
            wall_ns: On the monotonic clock.
            cpu_ns: That looking has taken on a core so far.
        """
        last, self._last = self._last, (wall_ns, cpu_ns)
        if last is None or wall_ns <= last[0]:
            return
        spent = (cpu_ns - last[1]) / (wall_ns - last[0])
        change = min(FASTER, max(SLOWER, self._share / max(spent, 1e-9)))
        self.looks = min(self._most, max(self._least, self.looks * change))

    def turn(self, thread_count: int) -> int:
        """Return how many threads to look at in this round.

        Args:
            thread_count: Of those that there are.
        """
        self._owed += min(self.looks, thread_count)
        now = int(self._owed)
        self._owed -= now
        return min(now, thread_count)
