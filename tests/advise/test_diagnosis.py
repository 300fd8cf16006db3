"""Each measurement is made up so that what bounds it is known."""

import pytest

from synthetic import measured
from turnout.advise import Bound, Diagnosis, diagnose
from turnout.measurement import Measurement

N = 100


def of(*measurements: Measurement, usable_cpus: float = 2.0, gil: bool = True) -> Diagnosis:
    return diagnose(measurements, usable_cpus=usable_cpus, gil=gil)


def computing(queued_s: float | None = 0.0) -> Measurement:
    return measured("sequential", item_s=0.01, cpu_share=0.99, queued_s=queued_s)


def threads_in_turns(workers: int = 2) -> Measurement:
    return measured("threads", workers, item_s=0.01 * workers, cpu_share=0.99 / workers)


def processes_at_once(workers: int = 2) -> Measurement:
    return measured("processes", workers, item_s=0.01, cpu_share=0.99, startup_s=0.02)


def waiting() -> Measurement:
    return measured("sequential", item_s=0.25, cpu_share=0.02)


def test_python_code_that_only_processes_speed_up_is_bound_by_the_gil() -> None:
    found = of(computing(), threads_in_turns(), processes_at_once())

    assert found.bound is Bound.GIL
    assert found.cpu_share == pytest.approx(0.99)
    assert found.unknown == ()
    assert found.evidence == (
        "Under sequential, items took 10.0 ms each and were computing for 99 % of that.",
        "threads x 2 was 1.00 times as fast as sequential.",
        "processes x 2 was 2.00 times as fast as sequential (1.92 with its start).",
        "Python's global lock (the GIL) lets one thread compute at a time, so threads share the time of one core.",
    )


def test_subinterpreters_tell_as_much_as_processes() -> None:
    assert of(computing(), threads_in_turns(), measured("interpreters", 2, item_s=0.01)).bound is Bound.GIL


def test_computing_that_threads_speed_up_despite_a_gil_lets_go_of_it() -> None:
    found = of(computing(), measured("threads", 2, item_s=0.01, cpu_share=0.99), processes_at_once())

    assert found.bound is Bound.CPU
    assert found.evidence[-1].endswith("so the function lets go of Python's global lock (the GIL).")


def test_computing_without_a_gil_spreads_over_threads() -> None:
    found = of(computing(), measured("threads", 2, item_s=0.01, cpu_share=0.99), gil=False)

    assert found.bound is Bound.CPU
    assert found.evidence[-1] == "The work is computing, and it spreads over the cores."


def test_waits_that_overlap_are_io() -> None:
    found = of(waiting(), measured("threads", 10, item_s=0.25, cpu_share=0.02), processes_at_once(10))

    assert found.bound is Bound.IO
    assert found.evidence[-1] == "For 98 % of its time an item waits, and the waits of several items overlap."
    assert found.unknown[0].startswith("What the items wait for")


def test_waits_that_overlap_under_asyncio_alone_are_io() -> None:
    assert of(waiting(), measured("asyncio", 50, item_s=0.25, cpu_share=0.02)).bound is Bound.IO


def test_waits_that_do_not_overlap_share_something() -> None:
    found = of(waiting(), measured("threads", 10, item_s=2.5, cpu_share=0.002))

    assert found.bound is Bound.SHARED


def test_waits_that_overlap_between_processes_but_not_threads_share_a_lock() -> None:
    found = of(
        waiting(),
        measured("threads", 2, item_s=0.5, cpu_share=0.01),
        measured("processes", 2, item_s=0.25, cpu_share=0.02),
    )

    assert found.bound is Bound.SHARED
    assert "in one process" in found.evidence[-1]


def test_items_shorter_than_their_handing_over_are_bound_by_overhead() -> None:
    found = of(
        measured("sequential", item_s=1e-6),
        measured("threads", 2, item_s=1e-6, wall_s=N * 20e-6),
        measured("processes", 2, item_s=1e-6, wall_s=N * 30e-6),
    )

    assert found.bound is Bound.OVERHEAD
    assert found.evidence[-1].startswith("An item of 1.00 µs is over sooner than it can be handed")


def test_computing_whose_data_takes_longer_than_it_saves_is_bound_by_transfer() -> None:
    found = of(computing(), threads_in_turns(), measured("processes", 2, item_s=0.01, wall_s=1.5, startup_s=0.02))

    assert found.bound is Bound.TRANSFER
    assert "had no item for 66 % of their time" in found.evidence[-1]


def test_computing_that_is_over_when_its_workers_have_started_is_bound_by_overhead() -> None:
    short = measured("sequential", item_count=20, item_s=0.001, cpu_share=0.99)
    starting = measured("processes", 2, item_count=20, item_s=0.001, wall_s=0.032, startup_s=0.006)

    found = of(short, starting)

    assert found.bound is Bound.OVERHEAD
    assert found.evidence[-1].startswith("Workers spent much of their time on their start and end")


@pytest.mark.parametrize("cpu_share", [0.02, 0.5])
def test_few_waits_that_processes_start_too_slowly_for_do_not_share_anything(cpu_share: float) -> None:
    few = measured("sequential", item_count=30, item_s=0.01, cpu_share=cpu_share)
    starting = measured("processes", 30, item_count=30, item_s=0.01, cpu_share=cpu_share, wall_s=0.28, startup_s=0.007)

    assert of(few, starting).bound is Bound.OVERHEAD


def test_waits_that_block_the_event_loop_share_it_however_few_they_are() -> None:
    few = measured("sequential", item_count=30, item_s=0.01, cpu_share=0.02)
    blocked = measured("asyncio", 30, item_count=30, item_s=0.01, cpu_share=0.02, wall_s=0.3, startup_s=0.007)

    assert of(few, blocked).bound is Bound.SHARED


def test_computing_on_one_core_lacks_cores() -> None:
    found = of(computing(), threads_in_turns(), measured("processes", 2, item_s=0.02, cpu_share=0.5), usable_cpus=1.0)

    assert found.bound is Bound.CORES
    assert found.evidence[-1] == "The work needs more cores than the 1 that may be used."


def test_a_busy_machine_does_not_hide_the_gil() -> None:
    crowded = measured("processes", 2, item_s=0.02, cpu_share=0.5, queued_s=1.0)

    found = of(computing(), threads_in_turns(), crowded)

    assert found.bound is Bound.GIL
    assert (
        "processes x 2 was ready but without a core for 50 % of its items' time, because the machine was busy; "
        "otherwise it could have been 2.00 times as fast." in found.evidence
    )


def test_a_machine_too_busy_to_give_a_second_core_lacks_cores() -> None:
    crowded = measured("processes", 2, item_s=0.025, cpu_share=0.6, queued_s=0.6)

    found = of(computing(), threads_in_turns(), crowded)

    assert found.bound is Bound.CORES
    assert found.evidence[-1] == (
        "2 cores may be used, but processes x 2 waited for one for 24 % of its items' time: other programs used them."
    )


def test_more_workers_than_cores_do_not_count_as_disturbed() -> None:
    crowded = measured("processes", 8, item_s=0.08, cpu_share=0.125, queued_s=7.0)

    found = of(computing(), threads_in_turns(8), crowded, usable_cpus=1.0)

    assert found.bound is Bound.CORES


def test_time_without_a_core_is_not_taken_for_waiting() -> None:
    slowed = measured("sequential", item_s=0.02, cpu_share=0.25, queued_s=1.5)

    found = of(slowed, processes_at_once(), threads_in_turns())

    assert found.bound is Bound.GIL
    assert found.cpu_share == pytest.approx(1.0)
    assert found.evidence[1].startswith("For 75 % of their time they were ready but had no core")


def test_computing_that_stops_each_other_across_processes_shares_something() -> None:
    assert of(computing(), measured("processes", 2, item_s=0.02, cpu_share=0.5)).bound is Bound.SHARED


def test_processes_that_compute_more_to_no_avail_are_bound_by_the_cpu() -> None:
    found = of(computing(), measured("processes", 2, item_s=0.02, cpu_share=0.99))

    assert found.bound is Bound.CPU
    assert "they slow each other down" in found.evidence[-1]


def test_threads_that_gain_nothing_tell_of_the_gil_even_alone() -> None:
    found = of(computing(), threads_in_turns())

    assert found.bound is Bound.GIL
    assert found.unknown == ("Whether processes would gain: none were raced with more than one worker.",)


def test_processes_alone_do_not_tell_what_threads_would_do() -> None:
    found = of(computing(), processes_at_once())

    assert found.bound is Bound.CPU
    assert found.unknown[0].startswith("Whether the GIL")


def test_half_waiting_half_computing_is_mixed() -> None:
    found = of(
        measured("sequential", item_s=0.02, cpu_share=0.5),
        measured("threads", 4, item_s=0.04, cpu_share=0.25),
        measured("processes", 4, item_s=0.02, cpu_share=0.5),
    )

    assert found.bound is Bound.MIXED
    assert found.evidence[-1].startswith("Items compute for 50 % and wait for 50 % of their time")


def test_half_waiting_that_nobody_speeds_up_shares_something() -> None:
    found = of(measured("sequential", item_s=0.02, cpu_share=0.5), measured("threads", 4, item_s=0.08, cpu_share=0.12))

    assert found.bound is Bound.SHARED


def test_one_long_item_is_no_transfer() -> None:
    long = measured("processes", 2, item_count=2, item_s=0.5, wall_s=0.5)
    uneven = measured("sequential", item_count=2, item_s=0.25, cpu_share=0.99)

    found = of(uneven, long)

    assert found.bound is Bound.CPU
    assert found.evidence[-1].startswith("One item alone took 500 ms of the 500 ms")


@pytest.mark.parametrize(
    ("cpu_share", "bound"), [(0.02, Bound.IO), (0.5, Bound.MIXED), (0.99, Bound.CPU)], ids=["waits", "both", "computes"]
)
def test_sequential_alone_tells_its_share_and_admits_the_rest(cpu_share: float, bound: Bound) -> None:
    found = of(measured("sequential", cpu_share=cpu_share))

    assert found.bound is bound
    assert "What other executors would gain: only sequential was raced." in found.unknown


@pytest.mark.parametrize(("cpu_share", "bound"), [(0.0002, Bound.IO), (0.0099, Bound.CPU)])
def test_asyncio_alone_tells_whether_its_loop_was_busy(cpu_share: float, bound: Bound) -> None:
    found = of(measured("asyncio", 100, item_s=0.1, cpu_share=cpu_share))

    assert found.bound is bound
    assert (
        "How long an item takes when it is alone: asyncio x 100 has the fewest workers that were raced."
        in found.unknown
    )


def test_threads_and_processes_without_sequential_still_tell_of_the_gil() -> None:
    assert of(threads_in_turns(4), measured("processes", 4, item_s=0.01, cpu_share=0.99)).bound is Bound.GIL


def test_a_system_that_tells_nothing_of_queues_is_admitted() -> None:
    found = of(computing(queued_s=None), threads_in_turns(), processes_at_once())

    assert found.bound is Bound.GIL
    assert found.unknown == ("How long items were ready but without a core: this system does not tell.",)


def test_a_long_start_is_told() -> None:
    slow_start = measured("processes", 2, item_s=0.01, startup_s=0.5)

    found = of(computing(), slow_start)

    assert "Starting processes x 2 took 500 ms, 50 % of its run." in found.evidence


def test_every_sentence_ends_with_a_full_stop() -> None:
    for found in (of(computing()), of(waiting()), of(computing(), threads_in_turns(), processes_at_once())):
        assert all(sentence.endswith(".") for sentence in found.evidence + found.unknown)


def test_a_diagnosis_needs_a_measurement() -> None:
    with pytest.raises(ValueError, match="at least one measurement"):
        of()
