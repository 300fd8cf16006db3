"""Who may have a connection, where each needs one for itself."""

from collections import Counter, deque

from turnout.transfer._exchange import Exchange


class Turns:
    """Lets so many exchanges be under way in all, and so many with one host; the others wait, in their order.

    libcurl keeps to such limits, too, but looks through its connections again and again for those that wait.

    Args:
        limit: How many in all.
        host_limit: How many with one host; 0 for no limit of its own.
    """

    def __init__(self, limit: int, host_limit: int) -> None:
        self._limit = limit
        self._host_limit = host_limit or limit
        self._count = 0
        self._counts: Counter[str] = Counter()
        self._waiting: deque[Exchange] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def take(self, exchange: Exchange) -> bool:
        """Tell whether an exchange may begin now; if not, `give` returns it later."""
        if self._count < self._limit and self._counts[exchange.host] < self._host_limit:
            self._enter(exchange)
            return True
        self._waiting.append(exchange)
        return False

    def give(self, exchange: Exchange) -> Exchange | None:
        """Take notice of an exchange's end; return the one that may begin now."""
        self._count -= 1
        if self._counts[exchange.host] == 1:
            del self._counts[exchange.host]
        else:
            self._counts[exchange.host] -= 1
        for place, following in enumerate(self._waiting):
            if self._counts[following.host] < self._host_limit:
                del self._waiting[place]
                self._enter(following)
                return following
        return None

    def waiting(self) -> list[Exchange]:
        """Return those that wait."""
        return list(self._waiting)

    def leave(self, exchange: Exchange) -> None:
        """Take notice that an exchange waits no more."""
        if exchange in self._waiting:
            self._waiting.remove(exchange)

    def _enter(self, exchange: Exchange) -> None:
        self._count += 1
        self._counts[exchange.host] += 1
