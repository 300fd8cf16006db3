import asyncio
import threading
from dataclasses import dataclass

import pytest

from turnout.errors import FloodError, UsageError
from turnout.events import Emitter, HandlerFailed


@dataclass(frozen=True)
class Moved:
    mouse: int
    x: int


def emitter_of(seen: list[int]) -> Emitter:
    events = Emitter()
    events.on(Moved, lambda event: seen.append(event.x))
    return events


def post_many(events: Emitter, count: int) -> None:
    for x in range(count):
        events.post(Moved(1, x))


@pytest.mark.parametrize(("when_full", "kept"), [("drop oldest", [7, 8, 9]), ("drop newest", [0, 1, 2])])
def test_a_full_queue_drops_and_counts(when_full: str, kept: list[int]) -> None:
    seen = list[int]()
    events = emitter_of(seen)
    events.limit(Moved, 3, when_full=when_full)  # type: ignore[arg-type]  # from the parameters

    for x in range(10):
        events.post(Moved(1, x))
    events.drain()

    (kind,) = events.stats().kinds
    assert (seen, kind.dropped, kind.most_waiting) == (kept, 7, 3)


def test_coalescing_keeps_the_latest_of_each_key_in_the_place_of_the_first() -> None:
    seen = list[int]()
    events = emitter_of(seen)
    events.coalesce(Moved, key=lambda event: event.mouse)

    for mouse, x in ((1, 10), (2, 20), (1, 11), (2, 21), (1, 12)):
        events.post(Moved(mouse, x))
    events.drain()
    events.post(Moved(1, 13))
    events.drain()

    assert (seen, events.stats().kinds[0].merged) == ([12, 21, 13], 3)


def test_a_flood_of_dropped_events_takes_no_memory() -> None:
    events = emitter_of([])
    events.limit(Moved, 10, when_full="drop oldest", key=lambda event: event.x)

    for x in range(10_000):
        events.post(Moved(1, x))

    assert len(events.queue.entries) < 200


def test_the_most_special_limit_counts() -> None:
    seen = list[object]()
    events = Emitter()
    events.on(object, seen.append)
    events.limit(object, 1, when_full="drop newest")
    events.limit(Moved, 2, when_full="drop newest")

    for x in range(3):
        events.post(Moved(1, x))
        events.post("tick", x)
    events.drain()

    assert len(seen) == 3


def test_a_pattern_limits_all_names_that_fit_and_a_name_goes_before_it() -> None:
    seen = list[str]()
    events = Emitter()
    events.on("*", lambda event: seen.append(event.name))
    events.limit("mouse.*", 1, when_full="drop newest")
    events.limit("mouse.up", 2, when_full="drop newest")

    for name in ("mouse.move", "mouse.drag", "mouse.up", "mouse.up", "mouse.up", "key"):
        events.post(name)
    events.drain()

    assert seen == ["mouse.move", "mouse.up", "mouse.up", "key"]


def test_a_handler_that_floods_a_blocking_kind_is_told() -> None:
    events, failures = Emitter(), list[str]()
    events.limit(Moved, 2)
    events.on(HandlerFailed, lambda failed: failures.append(str(failed.error)))

    @events.on("go")
    def flood(_: object) -> None:
        for x in range(5):
            events.emit(Moved(1, x))

    events.emit("go")

    assert failures == [str(FloodError("Moved", 2))]


def test_another_thread_waits_for_room() -> None:
    seen = list[int]()
    events = emitter_of(seen)
    events.limit(Moved, 2)
    flood = threading.Thread(target=post_many, args=(events, 100))

    flood.start()
    while flood.is_alive() or events.queue.entries:
        events.drain()
    flood.join()

    assert (seen, events.stats().kinds[0].most_waiting) == (list(range(100)), 2)


def test_closing_lets_go_who_waits_for_room() -> None:
    events = emitter_of([])
    events.limit(Moved, 1)
    flood = threading.Thread(target=post_many, args=(events, 5))

    flood.start()
    events.close()
    flood.join(10)

    assert not flood.is_alive()


def test_send_waits_for_room_in_a_coroutine() -> None:
    seen = list[int]()
    events = emitter_of(seen)
    events.limit(Moved, 1)
    order = list[str]()

    async def main() -> None:
        events.post(Moved(1, 0))
        sending = asyncio.create_task(events.send(Moved(1, 1)))
        await asyncio.sleep(0)
        order.append("sent" if sending.done() else "waits")
        events.drain()
        await sending

    asyncio.run(main())

    assert (order, seen) == (["waits"], [0, 1])


def test_limits_that_make_no_sense_are_refused() -> None:
    events = Emitter()

    with pytest.raises(UsageError, match="at least 1 event of Moved must be able to wait, not 0"):
        events.limit(Moved, 0)
    with pytest.raises(UsageError, match="when_full must be one of"):
        events.limit(Moved, 1, when_full="panic")  # type: ignore[arg-type]  # the point
