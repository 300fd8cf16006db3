"""Who hears what: handlers, and for each kind of event that was emitted the calls that it comes to."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count

from turnout.events._handlers import Call, Handler
from turnout.events._histogram import SHORT, empty_counts
from turnout.events._kinds import key_of, kind_name

NAMES_KEPT = 1_000  # kinds by name that are told apart; the rest, made of user input perhaps, are counted together
OTHER_NAMES = "(other names)"


class Site:
    """One handler in the plan of one kind of event, and how long its calls took.

    Attributes:
        handler: Whom to call.
        at_once: Histogram of the short calls for events that found nothing else under way (see `Emitter.emit`).
        otherwise: Histogram of all other calls.
        longest_ns: The longest call among those that were noted.
        failed: How many calls raised.
        is_plain: Whether a call is all there is to do: nothing to await, nor to remove.
        heir: Where counting goes on when the handler has been removed.
    """

    __slots__ = ("at_once", "failed", "handler", "heir", "is_plain", "kind", "longest_ns", "otherwise")

    def __init__(self, handler: Handler, kind: str) -> None:
        self.handler = handler
        self.kind = kind
        self.at_once = empty_counts(SHORT)
        self.otherwise = empty_counts()
        self.longest_ns = 0
        self.failed = 0
        self.is_plain = not (handler.is_async or handler.once or handler.stream is not None)
        self.heir: Site | None = None

    def inherit(self, other: "Site") -> None:
        """Take over what another one counted, and will count."""
        other.heir = self
        for mine, theirs in ((self.at_once, other.at_once), (self.otherwise, other.otherwise)):
            for bits, calls in enumerate(theirs):
                mine[bits] += calls
        self.longest_ns = max(self.longest_ns, other.longest_ns)
        self.failed += other.failed


@dataclass(slots=True, kw_only=True)
class Plan:
    """What is done with events of one kind.

    Attributes:
        kind: What reports call it.
        sites: Whom to call, in that order; None until it is worked out anew.
        handled: How many events were handled, without those at once.
        waited: Histogram of how long events waited in the queue.
        known: The sites of all handlers that it has.
        retired: What was counted for handlers that were removed, by their name.
    """

    kind: str
    sites: tuple[Site, ...] | None
    handled: int
    waited: list[int]
    known: dict[Handler, Site]
    retired: dict[str, Site]

    @property
    def event_count(self) -> int:
        """How many events were handled, those at once included."""
        return self.handled + sum(sum(site.at_once) for site in self.all_sites())

    def all_sites(self) -> Iterator[Site]:
        """Yield the sites of those who hear it, and of those who did."""
        yield from self.known.values()
        yield from self.retired.values()


class Registry:
    """The handlers of an emitter.

    Args:
        changed: Called before the set of handlers is another one.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._handlers: dict[Handler, tuple[int, int]] = {}  # each with its rank: the lowest is called first
        self._numbers = count()
        self.plans: dict[type | str, Plan] = {}

    @property
    def handlers(self) -> tuple[Handler, ...]:
        """Who hears anything, in no order."""
        return tuple(self._handlers)

    def add(self, handler: Handler) -> None:
        """Let a handler hear."""
        self._handlers[handler] = (-handler.priority, next(self._numbers))
        self._replan()

    def remove(self, handler: Handler) -> bool:
        """Let a handler hear no more, and tell whether it did; what was counted for it stays."""
        handler.is_removed = True
        if self._handlers.pop(handler, None) is None:
            return False
        self._replan()
        for plan in tuple(self.plans.values()):
            site = plan.known.pop(handler, None)
            if site is not None:
                plan.retired.setdefault(handler.name, Site(handler, plan.kind)).inherit(site)
        return True

    def calling(self, function: Call) -> list[Handler]:
        """Return the handlers that call this function."""
        return [handler for handler in tuple(self._handlers) if handler.is_of(function)]

    def plan(self, event: object) -> tuple[Plan, tuple[Site, ...]]:
        """Return what is done with an event, and whom to call."""
        key = key_of(event)
        plan = self.plans.get(key)
        if plan is None:
            if isinstance(key, str) and len(self.plans) >= NAMES_KEPT:
                key = OTHER_NAMES  # which is worked out for each event anew
            plan = self.plans.get(key) or self._new(key)
        if plan.sites is None or plan.kind == OTHER_NAMES:
            plan.sites = self._sites(plan, event)
        return plan, plan.sites

    def _new(self, key: type | str) -> Plan:
        plan = Plan(kind=kind_name(key), sites=None, handled=0, waited=empty_counts(), known={}, retired={})
        self.plans[key] = plan
        return plan

    def _sites(self, plan: Plan, event: object) -> tuple[Site, ...]:
        hearing = [handler for handler in tuple(self._handlers) if handler.hears(event)]
        for handler in hearing:
            plan.known.setdefault(handler, Site(handler, plan.kind))
        return tuple(plan.known[handler] for handler in sorted(hearing, key=self._handlers.__getitem__))

    def _replan(self) -> None:
        self._changed()
        for plan in tuple(self.plans.values()):
            plan.sites = None
