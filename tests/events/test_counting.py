from turnout.events import Emitter, Histogram
from turnout.events._histogram import histogram
from turnout.testing import FakeClock


def test_latency_is_counted_at_once_and_from_the_queue() -> None:
    clock = FakeClock(start_ns=1)
    events = Emitter(clock=clock)
    events.on(float, clock.wait)

    for _ in range(3):
        events.emit(1.0)
    events.post(8.0)
    events.drain()

    (stats,) = events.stats().handlers
    assert (stats.latency.count, stats.latency.longest_ns) == (4, 8_000_000)
    assert stats.latency.counts[(1_000_000).bit_length()] == 3
    assert stats.latency.quantile_ns(0.5) == 2**20 - 1


def test_events_are_counted_by_kind_and_how_long_they_waited() -> None:
    clock = FakeClock(start_ns=1)
    events = Emitter(clock=clock)
    events.on(float, clock.wait)

    events.emit(1.0)
    events.emit(1.0)
    events.post(1.0)
    clock.wait(5)
    events.drain()
    events.emit("nobody hears this")

    kinds = {kind.kind: (kind.count, kind.waited.count) for kind in events.stats().kinds}
    assert kinds == {"float": (3, 1), "nobody hears this": (1, 0)}


def test_counts_of_removed_handlers_stay() -> None:
    clock = FakeClock(start_ns=1)
    events = Emitter(clock=clock)

    for _ in range(3):
        events.once(float, clock.wait)
        events.emit(1.0)

    (stats,) = events.stats().handlers
    assert (stats.latency.count, stats.is_removed) == (3, True)


def test_slow_calls_are_told_with_their_event() -> None:
    clock = FakeClock(start_ns=1)
    events = Emitter(clock=clock, slow_s=0.05)
    events.on(float, clock.wait)

    for wait_ms in (10.0, 60.0):
        events.emit(wait_ms)

    assert [(slow.event, slow.took_ns) for slow in events.stats().slow] == [("60.0", 60_000_000)]


def test_names_without_end_are_counted_together() -> None:
    events = Emitter()

    for number in range(1_200):
        events.emit(f"user.{number}")

    kinds = {kind.kind: kind.count for kind in events.stats().kinds}
    assert (len(kinds), kinds["(other names)"]) == (1_001, 200)


def test_a_quantile_is_at_most_twice_the_true_one_and_never_above_the_longest() -> None:
    times = [5, 9, 100, 700, 1_000]
    counts = [0] * 65
    for took in times:
        counts[took.bit_length()] += 1
    found = histogram((counts,), longest_ns=1_000)

    quantiles = [found.quantile_ns(share) for share in (0, 0.2, 0.5, 0.8, 1)]

    assert quantiles == [7, 7, 127, 1_000, 1_000]


def test_a_histogram_without_times_has_no_quantile() -> None:
    found = Histogram(counts=(0,) * 65)

    assert (found.quantile_ns(0.99), found.total_ns, found.count) == (0, 0, 0)


def test_a_single_time_is_no_shorter_than_all_together() -> None:
    found = histogram([[0] * 11 + [1]], longest_ns=1_100)

    assert (found.total_ns, found.longest_ns) == (1_100, 1_100)
