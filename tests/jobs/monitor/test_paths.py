"""Readings one by one and in batches: the same changes and the same state, to the last bit."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor_readings import EVERY_RULE, HALL, SECOND, START, Told, batch
from turnout.jobs.monitor._types import Batch, Change
from turnout.jobs.monitor.rules import Engine, Limits, Threshold

_VALUES = st.one_of(
    st.floats(10, 35),
    st.sampled_from([float("nan"), float("inf"), float("-inf"), 1e300, 131_073.0, -0.0, 25.0, 27.0, 24.0, 40.0, 0.1]),
)
_TOLD = st.tuples(st.integers(0, len(HALL) - 1), _VALUES, st.floats(-3, 12) | st.integers(0, 20) | st.just(1e6))
_STEPS = st.lists(st.lists(_TOLD, max_size=40), min_size=1, max_size=8)


def _run(
    path: Literal["auto", "readings", "batches"], steps: Sequence[Sequence[Told]], cuts: Sequence[int]
) -> tuple[list[Change], bytes]:
    """Let an engine take readings in batches that end at cuts, and let 2 s pass after each step."""
    engine = Engine(HALL, EVERY_RULE, path=path)
    changes = list(engine.tick(START))
    for number, told in enumerate(steps):
        edges = [0, *sorted(cut % (len(told) + 1) for cut in cuts), len(told)]
        for start, end in pairwise(edges):
            if start < end:
                changes += engine.feed(batch(told[start:end]))
        changes += engine.tick(START + 2 * (number + 1) * SECOND)
    return changes, engine.snapshot()


@settings(max_examples=40, deadline=None)
@given(steps=_STEPS, cuts=st.lists(st.integers(0, 40), max_size=4), again=st.integers(1, 4))
def test_both_paths_and_all_splits_bring_the_same(steps: list[list[Told]], cuts: list[int], again: int) -> None:
    steps = [told * again for told in steps]  # so that there is more than a few of a sensor in a batch

    whole = _run("batches", steps, [])

    assert _run("readings", steps, cuts) == whole
    assert _run("batches", steps, cuts) == whole
    assert _run("auto", steps, cuts) == whole


def test_long_batches_with_many_readings_of_few_sensors_bring_the_same() -> None:
    numbers = np.random.default_rng(1)
    told = [
        (int(sensor), float(value), second / 200)
        for second, (sensor, value) in enumerate(
            zip(numbers.integers(0, len(HALL), 4000), numbers.normal(24, 5, 4000), strict=True)
        )
    ]

    steps = [told[start : start + 400] for start in range(0, 4000, 400)]
    one_by_one, in_batches = _run("readings", steps, [7]), _run("batches", steps, [])

    assert one_by_one == in_batches
    assert len(one_by_one[0]) > 100


def test_the_path_follows_the_size_of_batches_and_nothing_else_changes() -> None:
    rules = (Threshold(name="hot", limits=Limits(at=27, clear=25), mean_ns=5 * SECOND),)
    engines = [Engine(HALL, rules, path=path) for path in ("auto", "readings")]
    numbers = np.random.default_rng(2)
    sizes = [500] * 100 + [5] * 300 + [500] * 100
    moment = START

    for size in sizes:
        values = numbers.normal(26, 3, size)
        sensors = numbers.integers(0, len(HALL), size).astype(np.int32)
        times = moment + np.arange(size, dtype=np.int64) * (SECOND // 100)
        moment = int(times[-1]) + 1
        told = Batch(sensors=sensors, values=values, times_ns=times)
        first, second = [engine.feed(told) for engine in engines]
        assert first == second

    assert engines[0].snapshot() == engines[1].snapshot()


@pytest.mark.parametrize("path", ["readings", "batches"])
@pytest.mark.parametrize("sensor", [-1, 18])
def test_a_sensor_that_is_not_there_is_refused_with_its_batch(
    path: Literal["readings", "batches"], sensor: int
) -> None:
    engine = Engine(HALL, EVERY_RULE, path=path)

    with pytest.raises(IndexError, match="the layout has 18 sensors"):
        engine.feed(batch([(0, 20.0, 0), (sensor, 20.0, 0)]))

    assert engine.counts.taken == 0
