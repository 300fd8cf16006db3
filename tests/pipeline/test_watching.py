"""What is seen of a worker while it runs the first items, and of a crew on its track: with a clock that is set."""

import threading

import pytest

from pipeline.replies import reply
from turnout.advise import ItemCost
from turnout.executors import Batch, Reply
from turnout.pipeline._observation import LATE_NS, LOOKS, RESTS, TICK_NS, Observation
from turnout.pipeline._window import LONGEST_NS, Window

MS = 1_000_000
WORKER = 4711


class FakeMeter:
    """Tells of one thread what it is told."""

    def __init__(self) -> None:
        self.cpu_ns = self.queued_ns = 0
        self.sleeps = False
        self.closed = 0

    def read(self) -> tuple[int, int]:
        return self.cpu_ns, self.queued_ns

    def is_asleep(self) -> bool:
        return self.sleeps

    def close(self) -> None:
        self.closed += 1


class Scene:
    """An observation whose clocks and meters are set by the test."""

    def __init__(self, *, is_alone: bool = True, has_lock: bool = True) -> None:
        self.now_ns = 0
        self.others_ns = 0
        self.uncounted_ns = 0  # that others have used, and the system has not counted yet
        self.is_library_at_work = False
        self.own, self.worker = FakeMeter(), FakeMeter()
        self.watch = Observation(
            is_alone=is_alone,
            clock=lambda: self.now_ns,
            others_cpu=lambda: self.others_ns,
            meter=lambda thread: self.worker if thread == WORKER else self.own,
            has_lock=has_lock,
            count_running=lambda apart_from: self.is_library_at_work and WORKER in apart_from,
            bring_up_to_date=self.count,
        )

    def count(self) -> None:
        self.others_ns += self.uncounted_ns
        self.uncounted_ns = 0

    def tick(self, *, late_ns: int = 0, queued_ns: int = 0, has_ended: bool = False) -> None:
        due_ns = self.watch.due_ns()
        self.now_ns = due_ns + late_ns
        self.own.queued_ns += queued_ns
        self.watch.tick(due_ns, has_ended=has_ended)

    def item(self, *, took_ns: int, cpu_ns: int, count: int = 1) -> None:
        """Run a batch of items, each as long as the others."""
        self.watch.begin(WORKER)
        start = self.now_ns
        self.now_ns += took_ns * count
        self.watch.end(reply(start, took_ns, cpu_ns * count, count))


def test_whoever_wakes_late_though_it_had_a_core_waited_for_the_lock() -> None:
    scene = Scene()
    scene.watch.begin(WORKER)

    for _ in range(3):
        scene.tick(late_ns=5 * MS)
    scene.tick()

    assert scene.watch.held == 3 * (5 * MS + TICK_NS) / (3 * (5 * MS + TICK_NS) + TICK_NS)


def test_whoever_wakes_late_without_a_core_tells_nothing_of_the_lock() -> None:
    scene = Scene()
    scene.watch.begin(WORKER)

    scene.tick(late_ns=5 * MS, queued_ns=5 * MS)
    scene.tick()

    assert scene.watch.held == 0.0


def test_a_little_late_is_on_time() -> None:
    scene = Scene()
    scene.watch.begin(WORKER)

    scene.tick(late_ns=LATE_NS)

    assert scene.watch.held == 0.0


def test_a_caller_that_the_end_of_an_item_let_in_soon_knows_nothing_of_the_lock() -> None:
    scene = Scene()
    scene.watch.begin(WORKER)

    scene.tick(late_ns=LATE_NS, has_ended=True)
    scene.tick(late_ns=2 * LATE_NS)

    assert scene.watch.held == 1.0


def test_a_caller_that_only_the_end_of_an_item_let_in_was_kept_out() -> None:
    scene = Scene()
    scene.watch.begin(WORKER)

    scene.tick()
    scene.tick(late_ns=2 * LATE_NS, has_ended=True)

    assert scene.watch.held == pytest.approx((TICK_NS + 2 * LATE_NS) / (2 * TICK_NS + 2 * LATE_NS))


def test_a_worker_that_sleeps_waits() -> None:
    scene = Scene()
    scene.watch.begin(WORKER)
    scene.worker.sleeps = True

    for _ in range(9):
        scene.tick()
    scene.worker.sleeps = False
    scene.tick()

    cost = scene.watch.cost_so_far()
    assert cost.wall_s == pytest.approx(10 * TICK_NS / 1e9)
    assert cost.wait_share == pytest.approx(0.9)


def test_nobody_is_looked_at_for_a_batch_that_a_thread_is_only_started_for() -> None:
    asked: list[int] = []

    def meter(thread: int) -> FakeMeter:
        asked.append(thread)
        return FakeMeter()

    watch = Observation(clock=lambda: 0, others_cpu=lambda: 0, meter=meter)

    watch.begin(None)
    watch.end(reply(0, TICK_NS // 10, TICK_NS // 10))
    before = list(asked)
    watch.meet(WORKER)
    watch.meet(WORKER)

    assert before == []
    assert asked == [threading.get_native_id(), WORKER]


def test_nothing_is_known_of_the_lock_before_the_first_look() -> None:
    assert Scene().watch.held == 1.0
    assert Scene(has_lock=False).watch.held == 0.0


def test_the_first_item_is_left_out_once_there_are_others() -> None:
    scene = Scene()

    scene.item(took_ns=100 * MS, cpu_ns=100 * MS)
    alone = scene.watch.cost()
    scene.item(took_ns=2 * MS, cpu_ns=MS)
    scene.item(took_ns=2 * MS, cpu_ns=MS, count=3)

    assert alone == ItemCost(wall_s=0.1, cpu_s=0.1, held=1.0)
    assert scene.watch.cost() == ItemCost(wall_s=0.002, cpu_s=0.001, held=1.0)
    assert (scene.watch.items, scene.watch.seen_ns) == (4, 108 * MS)


def test_the_wait_for_a_core_is_not_counted() -> None:
    scene = Scene()
    scene.watch.begin(WORKER)

    for _ in range(40 * MS // TICK_NS):
        scene.tick()
    scene.worker.queued_ns = 30 * MS
    so_far = scene.watch.cost_so_far()
    scene.watch.end(reply(0, 40 * MS, 10 * MS))

    assert so_far.wall_s == 0.01
    assert scene.watch.cost().wall_s == 0.01


def test_a_worker_that_nobody_could_look_at_is_not_taken_to_wait() -> None:
    scene = Scene()
    scene.watch.begin(WORKER)

    for _ in range(3):
        scene.tick(late_ns=5 * MS, queued_ns=5 * MS)

    assert scene.watch.cost_so_far().wall_s == 0.0


def test_a_worker_that_sleeps_is_seen_to_even_by_a_caller_who_is_short_of_a_core() -> None:
    scene = Scene()
    scene.watch.begin(WORKER)
    scene.worker.sleeps = True

    for _ in range(4):
        scene.tick(late_ns=5 * MS, queued_ns=5 * MS)

    cost = scene.watch.cost_so_far()
    assert cost.wall_s >= 4 * TICK_NS / 1e9
    assert cost.wait_share == 1.0


def test_a_worker_that_computed_while_nobody_looked_and_then_sleeps_is_known_to_have_computed() -> None:
    scene = Scene()
    scene.worker.cpu_ns = MS
    scene.watch.begin(WORKER)
    scene.worker.cpu_ns += 2 * MS
    scene.worker.sleeps = True

    scene.tick(late_ns=8 * MS - TICK_NS, queued_ns=3 * MS)  # in which the caller may have had the lock

    assert scene.watch.cost_so_far() == ItemCost(wall_s=0.005, cpu_s=0.002, held=1.0)


def test_a_worker_that_is_kept_from_a_core_is_not_taken_to_compute_for_long() -> None:
    scene = Scene()
    scene.worker.cpu_ns = MS
    scene.watch.begin(WORKER)

    for _ in range(40 * MS // TICK_NS):
        scene.tick()
    kept = scene.watch.cost_so_far()
    scene.worker.cpu_ns += 36 * MS
    computed = scene.watch.cost_so_far()

    assert kept.wall_s <= 0.01
    assert computed.wall_s == pytest.approx(0.04)


def test_an_item_takes_as_long_as_it_computes_though_the_lock_lets_nobody_look() -> None:
    scene = Scene()
    scene.watch.begin(WORKER)

    scene.tick(late_ns=5 * MS)
    scene.now_ns += 25 * MS
    scene.worker.cpu_ns = scene.others_ns = 30 * MS

    assert scene.watch.cost_so_far() == ItemCost(wall_s=0.03, cpu_s=0.03, held=1.0)


@pytest.mark.parametrize(("is_alone", "cpu_s"), [(True, 0.08), (False, 0.01)])
def test_what_a_librarys_threads_compute_counts_if_nobody_else_works(is_alone: bool, cpu_s: float) -> None:  # noqa: FBT001
    scene = Scene(is_alone=is_alone)
    scene.watch.begin(WORKER)
    scene.others_ns = 80 * MS
    scene.now_ns = 40 * MS

    scene.watch.end(reply(0, 40 * MS, 10 * MS))

    assert scene.watch.cost().cpu_s == cpu_s


@pytest.mark.parametrize(("is_alone", "cpu_ms"), [(True, 2), (False, 0)])
def test_a_library_that_computes_on_all_cores_is_seen_while_its_call_lasts(*, is_alone: bool, cpu_ms: int) -> None:
    scene = Scene(is_alone=is_alone)
    scene.watch.begin(WORKER)

    for _ in range(2):
        scene.tick()
    scene.others_ns = 2 * MS

    assert scene.watch.cost_so_far().cpu_s == pytest.approx(cpu_ms / 1000)


def test_what_others_have_used_before_an_item_is_not_taken_for_its_own() -> None:
    scene = Scene()
    scene.item(took_ns=2 * MS, cpu_ns=2 * MS)
    scene.uncounted_ns = 4 * MS
    scene.watch.begin(WORKER)
    start = scene.now_ns
    scene.now_ns += 2 * MS
    scene.count()  # by the system itself, at a tick

    scene.watch.end(reply(start, 2 * MS, 2 * MS))

    assert scene.watch.cost().cpu_s == 0.002


def test_what_others_have_used_by_the_end_of_an_item_is_its_own() -> None:
    scene = Scene()
    scene.item(took_ns=2 * MS, cpu_ns=2 * MS)
    scene.watch.begin(WORKER)
    start = scene.now_ns
    scene.now_ns += 2 * MS
    scene.uncounted_ns = 4 * MS  # its worker's 2, too

    scene.watch.end(reply(start, 2 * MS, 2 * MS))

    assert scene.watch.cost().cpu_s == 0.004


def test_looks_agree_once_they_found_the_same_several_times() -> None:
    scene = Scene()
    scene.watch.begin(WORKER)

    agreed = []
    for _ in range(LOOKS):
        agreed.append(scene.watch.agrees)
        scene.tick()

    assert not any(agreed)
    assert scene.watch.agrees


@pytest.mark.parametrize(
    ("is_alone", "is_at_work", "is_free"), [(True, False, True), (True, True, False), (False, True, True)]
)
def test_a_worker_is_free_unless_a_librarys_threads_work_for_it(
    *, is_alone: bool, is_at_work: bool, is_free: bool
) -> None:
    scene = Scene(is_alone=is_alone)
    scene.is_library_at_work = is_at_work
    scene.watch.begin(WORKER)

    for _ in range(LOOKS):
        scene.tick()
    scene.worker.cpu_ns = LOOKS * TICK_NS

    assert scene.watch.is_free is is_free


def test_a_worker_that_is_ready_and_has_no_core_is_not_free() -> None:
    scene = Scene()
    scene.watch.begin(WORKER)

    for _ in range(LOOKS):
        scene.tick()
    scene.worker.cpu_ns = TICK_NS

    assert scene.watch.agrees
    assert not scene.watch.is_free


def test_a_worker_that_keeps_the_lock_is_not_free() -> None:
    scene = Scene()
    scene.watch.begin(WORKER)

    for _ in range(LOOKS):
        scene.tick(late_ns=2 * LATE_NS)

    assert scene.watch.agrees
    assert not scene.watch.is_free


@pytest.mark.parametrize("sleeps", [True, False])
def test_looks_that_found_different_things_do_not_agree(*, sleeps: bool) -> None:
    scene = Scene()
    scene.watch.begin(WORKER)

    for _ in range(LOOKS):
        scene.tick(late_ns=2 * LATE_NS)
    scene.worker.sleeps = sleeps
    scene.tick()

    assert not scene.watch.agrees


def test_a_worker_rests_once_it_was_found_asleep_several_times_and_until_it_computes() -> None:
    scene = Scene()
    scene.watch.begin(WORKER)

    scene.worker.sleeps = True
    for _ in range(RESTS):
        scene.tick()
    rested = scene.watch.rests
    scene.worker.sleeps = False
    scene.tick()

    assert rested
    assert not scene.watch.rests


def test_an_item_that_told_nothing_is_not_counted() -> None:
    scene = Scene()
    scene.watch.begin(WORKER)

    scene.watch.end(Reply(Batch(0, [1]), [None], {0: TimeoutError()}, None))

    assert scene.watch.items == 0
    assert scene.watch.cost().wall_s == 0.0


def test_a_thread_that_begins_with_its_first_batch_is_met_later_and_all_it_used_counts() -> None:
    scene = Scene()
    scene.watch.begin(None)
    scene.now_ns = 10 * MS
    scene.worker.cpu_ns, scene.worker.sleeps = MS, True
    scene.watch.meet(WORKER)

    assert scene.watch.cost_so_far() == ItemCost(wall_s=0.01, cpu_s=0.001, held=1.0)


def test_a_first_batch_that_was_done_before_its_thread_was_met_is_counted_as_it_told() -> None:
    scene = Scene()
    scene.watch.begin(None)

    scene.watch.end(reply(0, MS // 10, MS // 20))

    assert scene.watch.cost() == ItemCost(wall_s=0.0001, cpu_s=0.00005, held=1.0)


def test_meters_are_closed_once_nobody_looks() -> None:
    scene = Scene()
    scene.watch.begin(WORKER)
    scene.watch.begin(WORKER)

    scene.watch.close()

    assert (scene.own.closed, scene.worker.closed) == (1, 1)


def test_the_thread_that_waits_is_looked_at_and_not_the_one_that_made_the_watch() -> None:
    asked: list[int] = []

    def meter(thread: int) -> FakeMeter:
        asked.append(thread)
        return FakeMeter()

    watch = Observation(meter=meter)
    assert asked == []
    waiting = threading.Thread(target=watch.begin, args=(WORKER,))
    waiting.start()
    waiting.join()

    assert asked == [waiting.native_id, WORKER]


def test_the_callers_thread_is_looked_at_with_the_systems_meter() -> None:
    watch = Observation()

    watch.begin(threading.get_native_id())
    due_ns = watch.due_ns()
    watch.tick(due_ns - 1)
    cost = watch.cost_so_far()
    watch.close()

    assert 0 <= cost.wait_share <= 1


# on a track


class FakeCrew:
    """Has threads."""

    workers = 2
    is_calling_here = False

    def __init__(self, threads: list[tuple[int, int]]) -> None:
        self._threads = threads

    def threads(self) -> list[tuple[int, int]]:
        return self._threads


def test_a_window_counts_what_was_done_in_it() -> None:
    window = Window(0, 20 * MS)

    window.add(reply(0, 2 * MS, 2 * MS, 4, failed=1))
    window.add(reply(0, 10 * MS, 10 * MS))

    assert (window.done, window.failures, window.check_ns) == (5, 1, 20 * MS)
    assert window.item_s(50 * MS) == 0.01
    assert window.is_telling(5)
    assert not window.is_telling(6)


def test_nothing_counts_before_the_workers_have_warmed_up() -> None:
    window = Window(0, 20 * MS, warm_up=2)

    for worker in (0, 0, 0, 1, 0):
        window.add(reply(0, 10 * MS, 10 * MS, worker=worker))

    assert window.done == 1
    assert window.began_ns > 0


def test_workers_that_have_nothing_to_do_are_not_waited_for() -> None:
    window = Window(0, 20 * MS, warm_up=2)

    for _ in range(4 * 2 + 1):
        window.add(reply(0, 10 * MS, 10 * MS))

    assert window.done == 1


def test_only_items_that_were_begun_in_the_window_tell_how_long_they_take_now() -> None:
    window = Window(100 * MS, 20 * MS)

    window.add(reply(90 * MS, 50 * MS, 0))
    window.add(reply(100 * MS, 10 * MS, 0))

    assert (window.done, window.fresh, window.fresh_wall_s) == (2, 1, 0.01)


def test_windows_double_up_to_a_limit_and_can_be_lengthened() -> None:
    window = Window(0, 20 * MS)

    following = window.next(100 * MS, None)
    last = following.next(200 * MS, None).next(300 * MS, None)
    window.lengthen()

    assert (following.began_ns, following.length_ns, last.length_ns) == (100 * MS, 40 * MS, LONGEST_NS)
    assert window.check_ns == 40 * MS


@pytest.mark.parametrize(
    ("executor", "workers", "wall_s"),
    [
        ("sequential", 1, 0.010),  # what it waited for a core is not counted; here it did not
        ("threads", 1, 0.010),
        ("threads", 4, 0.005),  # busy with the lock: the shortest item did not wait for it
        ("asyncio", 1, 0.010),
    ],
)
def test_an_item_costs_what_shows_on_its_track(executor: str, workers: int, wall_s: float) -> None:
    window = Window(0, 20 * MS)
    window.add(reply(0, 15 * MS, 4 * MS))
    window.add(reply(15 * MS, 5 * MS, 4 * MS))
    before = ItemCost(wall_s=1.0, cpu_s=1.0, held=0.9, send_s=0.25, receive_s=0.5)

    cost = window.cost(10 * MS, before, executor, workers, FakeCrew([]), is_alone=False)  # type: ignore[arg-type]  # all of a crew that is asked

    assert cost == ItemCost(wall_s=wall_s, cpu_s=0.004, held=0.9, send_s=0.25, receive_s=0.5)


@pytest.mark.parametrize(("is_guess", "wall_s"), [(False, 0.004), (True, 0.008)])
def test_an_item_that_was_not_done_is_no_measure_of_those_that_are(*, is_guess: bool, wall_s: float) -> None:
    window = Window(0, 20 * MS)
    window.add(reply(0, 8 * MS, 2 * MS))
    before = ItemCost(wall_s=0.004, cpu_s=0.003, held=0.0, is_guess=is_guess)

    cost = window.cost(20 * MS, before, "threads", 2, FakeCrew([]), is_alone=True)  # type: ignore[arg-type]  # likewise

    assert cost.wall_s == wall_s


@pytest.mark.parametrize(("is_alone", "cpu_s"), [(True, 0.04), (False, 0.02)])
def test_what_a_librarys_threads_compute_beside_ours_counts(*, is_alone: bool, cpu_s: float) -> None:
    spent = iter([0, 40 * MS])
    window = Window(0, 20 * MS, process_cpu=lambda: next(spent))
    window.add(reply(0, 20 * MS, 20 * MS))

    cost = window.cost(20 * MS, None, "threads", 2, FakeCrew([]), is_alone=is_alone)  # type: ignore[arg-type]  # likewise

    assert cost.cpu_s == cpu_s


def test_handing_short_items_over_is_no_work_of_theirs() -> None:
    spent = iter([0, 15 * MS])
    window = Window(0, 20 * MS, process_cpu=lambda: next(spent))
    window.add(reply(0, MS, 10 * MS, count=10))

    cost = window.cost(20 * MS, None, "threads", 2, FakeCrew([]), is_alone=True)  # type: ignore[arg-type]  # likewise

    assert cost.cpu_s == 0.001


def test_before_anything_is_known_the_lock_is_taken_to_be_held() -> None:
    window = Window(0, 20 * MS)
    window.add(reply(0, 10 * MS, 0))

    cost = window.cost(10 * MS, None, "threads", 1, FakeCrew([]), is_alone=True)  # type: ignore[arg-type]  # likewise

    assert (cost.held, cost.send_s, cost.receive_s) == (1.0, 0.0, 0.0)


def test_a_machine_with_nothing_to_tell_is_not_loaded() -> None:
    assert Window(0, 1).load(FakeCrew([])) == 1.0  # type: ignore[arg-type]  # likewise
