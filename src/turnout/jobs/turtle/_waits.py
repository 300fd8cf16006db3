"""How long events were under way before Python was told, from stamps of a clock that is not ours."""

_NS_PER_MS = 1_000_000


class Waits:
    """Compares the sender's clock with ours, as far as that can be done.

    A display or a browser stamps each key with its own clock, whose zero is not known. The quickest event so far is
    taken to have come at once; any other waited by as much as it is later than that one. So a key that lies in the
    queue of the system while a handler blocks is seen, though Python was told of it afterwards.
    """

    def __init__(self) -> None:
        self._quickest_ns: int | None = None
        self._latest_ms = 0.0

    def waited_ns(self, stamp_ms: float, now_ns: int) -> int:
        """Return how long an event waited.

        Args:
            stamp_ms: When it happened, by the sender's clock.
            now_ns: When it arrived, by ours.
        """
        late_ns = now_ns - round(stamp_ms * _NS_PER_MS)
        is_new_clock = stamp_ms < self._latest_ms  # the display's counter has 32 bits and begins anew after 49 days
        if self._quickest_ns is None or is_new_clock or late_ns < self._quickest_ns:
            self._quickest_ns = late_ns
        self._latest_ms = stamp_ms
        return late_ns - self._quickest_ns
