"""Commands that are sent until they are acknowledged, or until there is a newer one."""

from dataclasses import dataclass

from turnout.jobs.monitor.reactions._options import Patience

UNANSWERED_TRIES = 3
"""After so many tries without an answer, a command does not count as acknowledged any more."""

_S_NS = 1_000_000_000


@dataclass(slots=True)
class Order:
    """The newest command to one receiver.

    Attributes:
        id: Names it in its acknowledgement; a receiver obeys each id once.
        level: What it asks for.
        sent_ns: When it was last sent.
        tries: How often it was sent since the last acknowledgement.
        is_acknowledged: Whether the receiver has said that it obeys, and has not fallen silent since.
    """

    id: str
    level: float
    sent_ns: int
    tries: int = 1
    is_acknowledged: bool = False


class Orders:
    """The newest command to each of some receivers.

    Args:
        patience: How long is waited for an acknowledgement.
        keepalive_s: A command that was acknowledged is sent again after so long.
    """

    def __init__(self, patience: Patience, keepalive_s: float) -> None:
        self._patience = patience
        self._keepalive_ns = round(keepalive_s * _S_NS)
        self._orders: dict[int, Order] = {}

    def get(self, receiver: int) -> Order | None:
        """Return the newest command to a receiver; None if there was none."""
        return self._orders.get(receiver)

    def give(self, receiver: int, level: float, now_ns: int) -> Order:
        """Make a command, which takes the place of the one before."""
        # The time makes it unlike any id of an earlier process, which need not have been able to keep its count.
        order = self._orders[receiver] = Order(f"{receiver}-{now_ns}", level, now_ns)
        return order

    def acknowledge(self, receiver: int, name: str) -> Order | None:
        """Note an acknowledgement, and return the newest command if it counts as acknowledged only now."""
        order = self._orders.get(receiver)
        if order is None or order.id != name:
            return None  # of an older command
        is_first, order.is_acknowledged, order.tries = not order.is_acknowledged, True, 0
        return order if is_first else None

    def forgotten(self, receiver: int, now_ns: int) -> None:
        """Note that a receiver that had acknowledged does something else: the command is sent again before long."""
        order = self._orders.get(receiver)
        if order is not None and order.is_acknowledged:
            order.is_acknowledged, order.tries, order.sent_ns = False, 1, now_ns

    def due(self, now_ns: int) -> list[tuple[int, Order]]:
        """Return what is to be sent again now, and note that it is."""
        again = [(receiver, order) for receiver, order in self._orders.items() if now_ns >= self._due_ns(order)]
        for _, order in again:
            order.sent_ns = now_ns
            order.tries += 1
            order.is_acknowledged = order.is_acknowledged and order.tries < UNANSWERED_TRIES
        return again

    def _due_ns(self, order: Order) -> int:
        if order.tries == 0:
            return order.sent_ns + self._keepalive_ns
        return order.sent_ns + round(self._patience.wait_s(order.tries) * _S_NS)
