"""When a track is left or has more workers, by replies that are made by hand."""

import pytest

from pipeline.replies import reply
from turnout.advise import ItemCost, Prediction
from turnout.executors.threads import ThreadCrew
from turnout.pipeline._course import Course, Turn
from turnout.pipeline._legs import Leg

MS = 1_000_000
START_NS = 1000 * MS
LEFT = 1000
WAITS = ItemCost(wall_s=0.01, cpu_s=0.0, held=1.0)
COMPUTES = ItemCost(wall_s=0.01, cpu_s=0.01, held=1.0)


def track(executor: str, workers: int, wall_s: float = 1.0) -> Prediction:
    return Prediction(executor=executor, workers=workers, wall_s=wall_s)


class Way:
    """A course with a crew that is given nothing, and a clock that is set."""

    def __init__(
        self,
        start: Prediction,
        cost: ItemCost,
        ranked: list[Prediction],
        alone_s: float = 0.01,
        *,
        has_lock: bool = True,
    ) -> None:
        self.others_cpu_ms = 0.0
        self.leg = Leg(start.executor, ThreadCrew(abs, start.workers, None), None, MS)
        self.workers = start.workers
        self.now_ns = START_NS
        self.costs: list[ItemCost] = []  # that tracks were asked to be predicted for

        def rank(cost: ItemCost, _left: int) -> list[Prediction]:
            self.costs.append(cost)
            return ranked

        self.course = Course(
            rank,
            lambda: 2,
            "sequential",
            None,
            is_alone=True,
            clock=lambda: self.now_ns,
            has_lock=has_lock,
            others_cpu=lambda: int(self.others_cpu_ms * MS),
        )
        self.course.begin(self.leg, start, cost, alone_s, is_fresh=False)

    def reply(self, count: int, took_ms: float, *, busy: float = 0.0) -> None:
        took_ns = int(took_ms * MS)
        for number in range(count):
            done = reply(self.now_ns, took_ns, int(took_ns * busy), worker=number % self.workers)
            self.course.add(self.leg, done, self.workers, are_others_at_work=False)

    def look(self, after_ms: float, others_cpu_ms: float) -> bool:
        """Look at what the workers have computed by then, and return whether they compute all the time."""
        self.now_ns, self.others_cpu_ms = START_NS + int(after_ms * MS), others_cpu_ms
        self.course.look(self.leg)
        return self.course.is_flooded

    def check(self, after_ms: float) -> Turn:
        self.now_ns = START_NS + int(after_ms * MS)
        return self.course.check(self.leg, self.now_ns, self.workers, done=100, left=LEFT)


def test_a_track_that_does_what_was_predicted_is_kept() -> None:
    way = Way(track("processes", 2), COMPUTES, [track("processes", 2, 5.0), track("sequential", 1, 10.0)])
    way.reply(2 + 30, 10, busy=1.0)

    assert way.check(150) == Turn()


def test_a_track_that_is_much_slower_than_another_is_left_and_the_items_done_are_told() -> None:
    way = Way(track("threads", 2), COMPUTES, [track("processes", 2, 5.0), track("threads", 2, 11.0)])
    way.reply(2 + 30, 20, busy=0.5)

    turn = way.check(330)

    assert turn.track == track("processes", 2, 5.0)
    assert not turn.is_misjudged
    assert turn.why[0].startswith("After 100 items, threads took 11.0 ms an item")


def test_a_track_that_is_slower_than_its_own_prediction_is_left_and_was_misjudged() -> None:
    way = Way(track("threads", 2), COMPUTES, [track("threads", 2, 5.0), track("sequential", 1, 8.0)])
    way.reply(2 + 30, 20, busy=0.5)

    turn = way.check(330)

    assert turn.track == track("sequential", 1, 8.0)
    assert turn.is_misjudged


def crowded() -> Way:
    """Return a way whose 32 threads crowded each other and became fewer, which take 20 ms for an item."""
    way = Way(track("threads", 32), WAITS, [track("threads", 32, 0.3), track("processes", 15, 0.4)])
    way.reply(32, 100)
    turn = way.check(100)
    assert turn.is_fresh
    assert turn.track is not None
    assert turn.track.executor == "threads"
    assert turn.track.workers < 32
    way.course.begin(way.leg, turn.track, turn.cost, 0.0, is_fresh=True)
    way.workers = turn.track.workers
    way.course.stop_growing()
    way.reply(100, 20)
    return way


def test_items_that_wait_for_something_at_its_limit_get_fewer_workers_and_no_other_track() -> None:
    way = crowded()

    assert way.check(400) == Turn()  # ten times what was predicted, which no other executor would mend


@pytest.mark.parametrize(("took_ms", "is_fresh"), [(20, False), (80, True)])
def test_more_workers_are_tried_again_once_what_crowded_them_may_be_over(took_ms: float, is_fresh: bool) -> None:  # noqa: FBT001
    way = crowded()
    fewer = way.workers

    again = way.check(1000)
    way.workers = 2 * fewer
    way.reply(way.workers, took_ms)
    then = way.check(1000 + took_ms)

    assert again.track == track("threads", 2 * fewer, 0.0)
    assert then.track is not None
    assert (then.is_fresh, then.track.workers) == (is_fresh, fewer if is_fresh else 8 * fewer)


@pytest.mark.parametrize(("alone_ms", "wall_s"), [(30, 0.03), (0, 0.04)])
def test_what_an_item_took_until_it_was_looked_at_is_not_taken_for_all_of_it(alone_ms: float, wall_s: float) -> None:
    way = Way(track("threads", 32), ItemCost(wall_s=0.002, cpu_s=0.0, held=1.0), [track("threads", 32)], alone_s=0.0)
    if alone_ms:
        way.now_ns -= MS  # it began before the others
        way.reply(1, alone_ms)
    way.now_ns = START_NS
    way.reply(64, 40)

    way.check(80)

    assert [cost.wall_s for cost in way.costs] == [pytest.approx(wall_s, rel=0.02)]


def test_items_that_wait_where_others_computed_are_other_work_and_not_the_same_beside_others() -> None:
    mixed = ItemCost(wall_s=0.002, cpu_s=0.0008, held=1.0)
    way = Way(track("threads", 2), mixed, [track("threads", 2, 1.0)], alone_s=0.002)
    way.reply(2 + 30, 10)

    way.check(160)

    assert [cost.wall_s for cost in way.costs] == [pytest.approx(0.01)]


def test_a_try_that_failed_is_made_again_much_later() -> None:
    way = crowded()
    way.check(1000)
    way.workers *= 2
    way.reply(way.workers, 80)
    back = way.check(1080)
    assert back.track is not None
    way.course.begin(way.leg, back.track, back.cost, 0.0, is_fresh=True)
    way.workers = back.track.workers

    found = []
    for after_ms in (1800, 2400, 2600):
        way.reply(100, 20)
        found.append(way.check(after_ms).track)

    assert found == [None, None, track("threads", 2 * way.workers, 0.0)]


@pytest.mark.parametrize(("left_ms", "workers"), [(10, 128), (0.001, None)])
def test_workers_become_more_while_that_pays(left_ms: float, workers: int | None) -> None:
    way = Way(track("threads", 32), WAITS, [track("threads", 32, 0.3)], alone_s=left_ms / 1000)
    way.reply(32, left_ms)

    turn = way.check(max(left_ms, 1))

    assert (turn.track.workers if turn.track else None) == workers


def test_a_track_that_was_changed_to_of_late_is_left_only_for_one_that_is_much_better() -> None:
    ranked = [track("processes", 2, 1.0), track("threads", 2, 11.0)]
    way = Way(track("threads", 2), COMPUTES, ranked)
    changes = []
    for better_s in (5.0, 8.0, 5.0):  # than 11 s
        ranked[0] = track("processes", 2, better_s)
        way.course.begin(way.leg, track("threads", 2), COMPUTES, 0.01, is_fresh=False)
        began_ns = way.now_ns
        way.reply(2 + 30, 20, busy=0.5)
        changes.append(way.check((began_ns - START_NS) // MS + 330).track is not None)

    assert changes == [True, False, True]


def test_too_little_tells_nothing() -> None:
    way = Way(track("processes", 2), COMPUTES, [track("sequential", 1, 0.0)])
    way.reply(2, 10, busy=1.0)  # which only warm up

    assert way.check(1000) == Turn()


def test_nothing_is_told_while_those_that_were_left_keep_a_core() -> None:
    ranked = [track("sequential", 1, 6.0), track("processes", 2, 9.0)]
    way = Way(track("processes", 2), COMPUTES, ranked)

    due = []
    for number in range(80):
        way.now_ns += 10 * MS
        done = reply(way.now_ns, 20 * MS, 20 * MS, worker=number % 2)
        way.course.add(way.leg, done, 2, are_others_at_work=number < 40)
        due.append(way.course.is_due(way.now_ns, 2))
    turn = way.check(800)

    assert due.index(True) > 40
    assert turn.track == track("sequential", 1, 6.0)
    assert turn.why[0].startswith("After 100 items, processes took 9.75 ms an item")  # 40 of them in 390 ms


def test_those_that_were_left_are_not_waited_for_for_ever() -> None:
    way = Way(track("processes", 2), COMPUTES, [track("processes", 2, 5.0), track("sequential", 1, 6.0)])

    due = []
    for number in range(100):
        way.now_ns += 20 * MS
        done = reply(way.now_ns, 20 * MS, 20 * MS, worker=number % 2)
        way.course.add(way.leg, done, 2, are_others_at_work=True)
        due.append(way.course.is_due(way.now_ns, 2))

    assert due.index(True) * 20 == pytest.approx(1000, abs=50)  # then they are judged as if nobody else was there


def test_items_that_may_be_done_but_were_not_heard_of_are_waited_for() -> None:
    ranked = [track("sequential", 1, 0.5), track("processes", 2, 0.6)]
    way = Way(track("processes", 2), COMPUTES, ranked)
    way.reply(2 + 30, 1, busy=1.0)

    way.leg.given, way.leg.given_items = 2, 1000
    early = way.check(100)
    way.leg.given_items = 20
    turn = way.check(200)

    assert early == Turn()
    assert turn.track == track("sequential", 1, 0.5)


def waiting(executor: str = "threads", *, has_lock: bool = True) -> Way:
    """Return a way with workers that were taken to wait."""
    ranked = [track("processes", 2, 1.0), track(executor, 32, 10.0)]
    return Way(track(executor, 32, 0.3), WAITS, ranked, has_lock=has_lock)


def test_threads_that_compute_all_the_time_are_given_no_more_until_that_is_over() -> None:
    way = waiting()

    floods = [way.look(at, cpu) for at, cpu in ((5, 2), (10, 2), (20, 11), (30, 20))]

    assert floods == [False, False, False, True]
    assert way.course.has_room(3, 32)  # twice the cores, less one: enough to see what they take now
    assert not way.course.has_room(4, 32)
    assert not way.look(40, 20)  # it was a burst
    assert way.course.has_room(4, 32)


def test_threads_that_kept_the_caller_from_the_lock_are_told_by_one_look() -> None:
    assert waiting().look(200, 190)


def test_threads_that_need_no_lock_may_use_all_cores() -> None:
    way = waiting(has_lock=False)

    assert [way.look(10, 12), way.look(20, 24)] == [False, False]  # more than one core of two


def test_an_event_loop_is_not_asked_whether_it_computes() -> None:
    way = waiting("asyncio")

    assert way.course.look_ns is None
    assert not way.look(1000, 1000)


@pytest.mark.parametrize(("items", "executor"), [(7, None), (8, "processes")])
def test_threads_that_compute_are_judged_by_few_items_and_left(items: int, executor: str | None) -> None:
    way = waiting()
    assert way.look(20, 19)

    way.reply(items, 10, busy=1.0)
    turn = way.check(30)

    assert (turn.track.executor if turn.track else None) == executor


def test_threads_whose_number_was_found_may_have_many_answers_at_once() -> None:
    way = waiting()
    way.course.stop_growing()

    assert [way.look(20, 20), way.look(40, 40), way.look(60, 60)] == [False, False, True]


def test_threads_that_come_to_compute_later_are_left() -> None:
    way = waiting()
    way.course.stop_growing()
    assert way.look(200, 190)

    way.reply(8, 10, busy=1.0)
    turn = way.check(210)

    assert turn.track == track("processes", 2, 1.0)


def test_threads_that_compute_and_have_no_better_track_are_given_items_again() -> None:
    way = Way(track("threads", 32), WAITS, [track("threads", 32, 100.0), track("processes", 2, 200.0)])
    assert way.look(20, 19)

    way.reply(8, 10, busy=1.0)
    turn = way.check(30)

    assert turn.track is None
    assert not way.course.is_growing
    assert way.course.has_room(4, 32)


@pytest.mark.parametrize(("executor", "is_told"), [("threads", True), ("asyncio", False)])
def test_threads_that_compute_are_judged_after_a_few_items(executor: str, is_told: bool) -> None:  # noqa: FBT001
    way = waiting(executor)
    way.reply(8, 2, busy=1.0)

    assert way.course.is_due(START_NS + 19 * MS, 32) is is_told


@pytest.mark.parametrize(("has_lock", "workers"), [(True, None), (False, 128)])
def test_workers_are_enough_that_compute_all_that_can_be_computed_at_once(
    has_lock: bool,  # noqa: FBT001
    workers: int | None,
) -> None:
    way = waiting(has_lock=has_lock)
    way.reply(32, 20, busy=0.025)

    turn = way.check(20)

    assert (turn.track.workers if turn.track else None) == workers
