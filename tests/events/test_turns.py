"""Whatever handlers emit, events are handled in the order of emission, each by all its handlers, at depth one."""

from collections import deque
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from turnout.events import Emitter
from turnout.testing import FakeClock


@dataclass(frozen=True)
class Rule:
    """A handler: what it hears, how urgent it is, what it emits, and whether it then fails."""

    hears: int
    priority: int
    emits: tuple[int, ...]
    fails: bool


CLASSES = [type(f"Kind{number}", (), {}) for number in range(2)]
KINDS: list[type | str] = [*CLASSES, "name.2", "name.3"]
RULES = st.lists(
    st.builds(
        Rule,
        hears=st.integers(0, 3),
        priority=st.integers(-1, 1),
        emits=st.lists(st.integers(0, 3), max_size=2).map(tuple),
        fails=st.booleans(),
    ),
    max_size=6,
)


def expected(rules: list[Rule], emitted: list[int], most: int) -> list[tuple[int, int]]:
    """Return who hears what, by a queue and nothing else."""
    calls: list[tuple[int, int]] = []
    left = most
    for kind in emitted:
        queue = deque([kind])
        while queue:
            hears = queue.popleft()
            ranked = sorted(range(len(rules)), key=lambda number: -rules[number].priority)
            for number in (number for number in ranked if rules[number].hears == hears):
                calls.append((number, hears))
                for one in rules[number].emits[:left]:
                    queue.append(one)
                    left -= 1
    return calls


@settings(max_examples=60)
@given(rules=RULES, emitted=st.lists(st.integers(0, 3), max_size=8), has_own_clock=st.booleans())
def test_events_are_handled_in_turn_whoever_emits_them(
    rules: list[Rule], emitted: list[int], *, has_own_clock: bool
) -> None:
    calls, left, depth = list[tuple[int, int]](), 30, 0
    events = Emitter(clock=FakeClock(step_ns=1) if has_own_clock else None)

    def emit(kind: int) -> None:
        events.emit(CLASSES[kind]() if kind < len(CLASSES) else KINDS[kind])

    def listen(number: int, rule: Rule) -> None:
        def hear(_: object) -> None:
            nonlocal left, depth
            depth += 1
            assert depth == 1
            calls.append((number, rule.hears))
            for kind in rule.emits[:left]:
                emit(kind)
                left -= 1
            depth -= 1
            if rule.fails:
                raise ValueError(number)

        kind = KINDS[rule.hears]
        if isinstance(kind, str):
            events.on(kind, hear, priority=rule.priority)
        else:
            events.on(kind, hear, priority=rule.priority)

    for number, rule in enumerate(rules):
        listen(number, rule)
    for kind in emitted:
        emit(kind)

    assert calls == expected(rules, emitted, 30)
    assert sum(one.latency.count for one in events.stats().handlers) == len(calls)
    assert events.stats().failed == sum(rules[number].fails for number, _ in calls)
