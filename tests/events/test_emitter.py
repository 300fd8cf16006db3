import asyncio
import gc
import logging
from dataclasses import dataclass

import pytest

from turnout.errors import UsageError
from turnout.events import Emitter, HandlerFailed, Named
from turnout.testing import FakeClock


@dataclass(frozen=True)
class KeyPressed:
    key: str


@dataclass(frozen=True)
class ArrowPressed(KeyPressed):
    pass


class Counter:
    def __init__(self) -> None:
        self.heard: list[object] = []

    def hear(self, event: object) -> None:
        self.heard.append(event)


def test_a_handler_is_called_with_the_event_before_emit_returns() -> None:
    events, heard = Emitter(), Counter()
    events.on(KeyPressed, heard.hear)

    for key in "abc":
        events.emit(KeyPressed(key))

    assert heard.heard == [KeyPressed("a"), KeyPressed("b"), KeyPressed("c")]


def test_a_decorated_handler_stays_what_it_is() -> None:
    events = Emitter()

    @events.on(KeyPressed)
    def shout(event: KeyPressed) -> str:
        return event.key.upper()

    assert shout(KeyPressed("a")) == "A"


def test_what_a_handler_emits_waits_until_all_handlers_of_the_event_have_run() -> None:
    events, order = Emitter(), list[str]()

    @events.on("first")
    def begin(_: Named) -> None:
        order.append("begin")
        events.emit("second")
        order.append("end")

    events.on("first", lambda _: order.append("neighbour"))
    events.on("second", lambda _: order.append("second"))

    events.emit("first")

    assert order == ["begin", "end", "neighbour", "second"]


def test_four_hundred_keys_within_a_handler_are_handled_at_depth_one() -> None:
    events, depths = Emitter(), list[int]()
    depth = 0

    @events.on(KeyPressed)
    def move(event: KeyPressed) -> None:
        nonlocal depth
        depth += 1
        depths.append(depth)
        if event.key == "first":
            for _ in range(399):
                events.emit(KeyPressed("next"))
        depth -= 1

    events.emit(KeyPressed("first"))

    assert depths == [1] * 400


def test_the_first_emission_of_a_kind_and_later_ones_do_not_differ() -> None:
    events, order = Emitter(), list[str]()

    @events.on(KeyPressed)
    def hear(event: KeyPressed) -> None:
        order.append(event.key)
        if len(event.key) < 3:
            events.emit(KeyPressed(f"{event.key}+"))

    events.emit(KeyPressed("a"))
    events.emit(KeyPressed("b"))

    assert order == ["a", "a+", "a++", "b", "b+", "b++"]


def test_a_base_class_hears_its_subclasses_and_object_hears_all() -> None:
    events, heard = Emitter(), list[str]()
    events.on(KeyPressed, lambda event: heard.append(f"key {event.key}"))
    events.on(object, lambda event: heard.append(f"any {type(event).__name__}"))
    events.on(ArrowPressed, lambda event: heard.append(f"arrow {event.key}"))

    events.emit(ArrowPressed("Up"))
    events.emit("ready")

    assert heard == ["key Up", "any ArrowPressed", "arrow Up", "any Named"]


def test_names_match_patterns_and_carry_a_payload() -> None:
    events, heard = Emitter(), list[tuple[str, object]]()
    events.on("key.*", lambda event: heard.append((event.name, event.payload)))

    events.emit("key.up", 3)
    events.emit("mouse.up", 4)
    events.emit(Named(name="key.down", payload=5))

    assert heard == [("key.up", 3), ("key.down", 5)]


def test_handlers_of_higher_priority_are_called_first() -> None:
    events, order = Emitter(), list[int]()
    for priority in (0, 10, -5, 10):
        events.on(KeyPressed, lambda _, priority=priority: order.append(priority), priority=priority)

    events.emit(KeyPressed("a"))

    assert order == [10, 10, 0, -5]


def test_a_handler_that_listens_once_hears_one_event() -> None:
    events, heard = Emitter(), Counter()

    @events.once(KeyPressed)
    def hear(event: KeyPressed) -> None:
        heard.hear(event)
        events.emit(KeyPressed("again"))

    events.emit(KeyPressed("a"))
    events.emit(KeyPressed("b"))

    assert heard.heard == [KeyPressed("a")]


def test_a_weak_handler_goes_with_its_object() -> None:
    events, heard = Emitter(), Counter()
    living, dying = Counter(), Counter()
    for counter in (living, dying):
        counter.heard = heard.heard
        events.on(KeyPressed, counter.hear, weak=True)

    del dying, counter
    gc.collect()
    events.emit(KeyPressed("a"))

    assert len(heard.heard) == 1


def test_what_cannot_be_held_weakly_is_refused_with_a_remedy() -> None:
    class Slotted:
        __slots__ = ()

        def __call__(self, event: object) -> None:
            pass

    events = Emitter()

    with pytest.raises(UsageError, match=r"Slotted cannot be held weakly .*; leave weak out"):
        events.on(KeyPressed, Slotted(), weak=True)


def test_a_subscription_removes_its_handler() -> None:
    events, heard = Emitter(), Counter()

    with events.on(KeyPressed, heard.hear) as subscription:
        events.emit(KeyPressed("a"))
    events.emit(KeyPressed("b"))

    assert (heard.heard, subscription.remove()) == ([KeyPressed("a")], False)


def test_off_removes_a_function_wherever_it_listens() -> None:
    events, heard = Emitter(), Counter()
    events.on(KeyPressed, heard.hear)
    events.on("ready", heard.hear, weak=True)

    removed = events.off(heard.hear)
    events.emit(KeyPressed("a"))
    events.emit("ready")

    assert (removed, heard.heard) == (2, [])


def test_a_handler_that_another_removed_meanwhile_is_not_called() -> None:
    events, heard = Emitter(), Counter()
    events.on(KeyPressed, lambda _: events.off(heard.hear))
    events.on(KeyPressed, heard.hear)

    events.emit(KeyPressed("a"))

    assert heard.heard == []


def test_a_handler_that_was_added_by_the_only_other_one_hears_the_next_event() -> None:
    events, heard = Emitter(), Counter()
    events.once(KeyPressed, lambda _: events.on(KeyPressed, heard.hear))
    adding = events.on("more", lambda _: events.on("more", heard.hear))

    events.emit(KeyPressed("a"))
    events.emit(KeyPressed("b"))
    events.emit("more")
    adding.remove()
    events.emit("more", 2)

    assert heard.heard == [KeyPressed("b"), Named(name="more", payload=2)]


def test_a_failing_handler_stops_no_other_and_its_failure_is_an_event() -> None:
    events, heard, failures = Emitter(), Counter(), list[HandlerFailed]()
    events.on(HandlerFailed, failures.append)

    @events.on(KeyPressed)
    def fail(event: KeyPressed) -> None:
        raise KeyError(event.key)

    events.on(KeyPressed, heard.hear)

    events.emit(KeyPressed("a"))

    assert heard.heard == [KeyPressed("a")]
    assert [(one.event, one.handler, repr(one.error)) for one in failures] == [
        (KeyPressed("a"), fail.__qualname__.replace("<locals>.", ""), "KeyError('a')")
    ]


def test_a_handler_of_failures_that_fails_is_logged_and_makes_no_further_event(
    caplog: pytest.LogCaptureFixture,
) -> None:
    events = Emitter()
    events.on(object, lambda _: 1 / 0)

    events.emit(KeyPressed("a"))

    assert [record.getMessage().split(" failed on ")[1][:13] for record in caplog.records] == ["HandlerFailed"]
    assert events.stats().failed == 2


def test_a_failure_that_nobody_hears_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    events = Emitter()
    events.on(KeyPressed, lambda _: 1 / 0)

    with caplog.at_level(logging.ERROR, "turnout.events"):
        events.emit(KeyPressed("a"))
        events.emit(KeyPressed("b"))

    assert [type(record.exc_info[1]) for record in caplog.records if record.exc_info] == [ZeroDivisionError] * 2


def test_ctrl_c_in_a_handler_leaves_and_what_waits_is_handled_next() -> None:
    events, heard = Emitter(), Counter()

    @events.on("stop")
    def stop(_: Named) -> None:
        events.emit("left", 1)
        raise KeyboardInterrupt

    events.on("left", heard.hear)

    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            events.emit("stop")
    events.emit("left", 2)

    assert [event.payload for event in heard.heard if isinstance(event, Named)] == [1, 1, 2]


def test_ctrl_c_on_the_short_way_leaves_the_order_as_it_is() -> None:
    events, heard = Emitter(), list[int]()
    interrupts = False

    @events.on(int)
    def hear(number: int) -> None:
        heard.append(number)
        if interrupts and number == 10:
            events.emit(11)
            raise KeyboardInterrupt

    events.emit(1)
    interrupts = True
    with pytest.raises(KeyboardInterrupt):
        events.emit(10)
    events.emit(12)

    assert heard == [1, 10, 11, 12]


def test_only_a_name_has_a_payload() -> None:
    events = Emitter()

    with pytest.raises(UsageError, match="only an event that is a name has a payload, not one of KeyPressed"):
        events.emit(KeyPressed("a"), 3)


def test_what_is_posted_is_handled_by_drain() -> None:
    events, heard = Emitter(), Counter()
    events.on(KeyPressed, heard.hear)

    events.post(KeyPressed("a"))
    events.post(KeyPressed("b"))
    handled = events.drain()

    assert (handled, heard.heard) == (2, [KeyPressed("a"), KeyPressed("b")])


def test_drain_leaves_the_rest_when_its_time_is_over() -> None:
    clock = FakeClock(start_ns=1)
    events, heard = Emitter(clock=clock), Counter()

    @events.on(KeyPressed)
    def hear(event: KeyPressed) -> None:
        clock.wait(30)
        heard.hear(event)

    for key in "abc":
        events.post(KeyPressed(key))
    handled = events.drain(within_s=0.05)

    assert (handled, len(heard.heard)) == (2, 2)


def test_drain_within_a_handler_does_nothing() -> None:
    events, order = Emitter(), list[object]()

    @events.on("outer")
    def outer(_: Named) -> None:
        events.emit("inner")
        order.append(events.drain())

    events.on("inner", lambda _: order.append("inner"))

    events.emit("outer")

    assert order == [0, "inner"]


def test_coroutines_run_to_their_end_where_no_loop_runs() -> None:
    events, order = Emitter(), list[str]()

    @events.on("ask")
    async def ask(_: Named) -> None:
        order.append("asked")
        await asyncio.sleep(0)
        events.emit("answer")
        await asyncio.sleep(0)
        order.append("done")

    events.on("answer", lambda _: order.append("answered"))

    events.emit("ask")

    assert order == ["asked", "answered", "done"]


def test_coroutines_run_in_the_loop_that_runs() -> None:
    events, failures = Emitter(), list[str]()
    gate = list[asyncio.Event]()

    @events.on("wait")
    async def wait(_: Named) -> None:
        await gate[0].wait()
        raise ValueError("late")

    failed = asyncio.Event()

    @events.on(HandlerFailed)
    def note(failure: HandlerFailed) -> None:
        failures.append(str(failure.error))
        failed.set()

    async def main() -> list[str]:
        gate.append(asyncio.Event())
        events.emit("wait")
        before = list(failures)
        gate[0].set()
        await failed.wait()
        return before

    before = asyncio.run(main())

    assert (before, failures) == ([], ["late"])


def test_a_coroutine_that_a_plain_function_returns_is_run() -> None:
    events, heard = Emitter(), Counter()

    async def hear(event: object) -> None:
        heard.hear(event)

    events.on(KeyPressed, lambda event: hear(event))  # noqa: PLW0108  the point

    events.emit(KeyPressed("a"))
    events.emit(KeyPressed("b"))

    assert heard.heard == [KeyPressed("a"), KeyPressed("b")]


def test_watchers_see_each_event_its_handlers_and_their_time() -> None:
    clock = FakeClock(start_ns=5)
    events, seen = Emitter(clock=clock), list[tuple[str, int, int, int]]()
    events.on(KeyPressed, lambda _: clock.wait(2))
    events.on(KeyPressed, lambda _: clock.wait(1))

    with events.watch(lambda one: seen.append((one.kind, one.waited_ns, one.took_ns, len(one.handlers)))):
        events.emit(KeyPressed("a"))
        events.post(KeyPressed("b"))
        clock.wait(4)
        events.drain()
    events.emit(KeyPressed("c"))

    assert seen == [("KeyPressed", 0, 3_000_000, 2), ("KeyPressed", 4_000_000, 3_000_000, 2)]


def test_a_watcher_that_fails_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    events, heard = Emitter(), Counter()
    events.on(KeyPressed, heard.hear)

    with events.watch(lambda _: 1 / 0):
        events.emit(KeyPressed("a"))

    assert (len(heard.heard), [record.levelname for record in caplog.records]) == (1, ["ERROR"])


def test_the_traceback_of_a_handler_tells_of_nothing_else() -> None:
    events, contexts = Emitter(), list[BaseException | None]()
    events.on(KeyPressed, lambda _: 1 / 0)
    events.on(HandlerFailed, lambda failed: contexts.append(failed.error.__context__))

    events.emit(KeyPressed("a"))
    events.emit(KeyPressed("b"))

    assert contexts == [None, None]
