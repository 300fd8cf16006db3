"""Batches as bytes."""

import math
import struct

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor_machines import batch
from turnout.jobs.monitor._packing import count_of, pack, unpack

SENSORS = st.integers(0, 2**31 - 1)
TIMES = st.integers(-(2**63), 2**63 - 1)
THOUSANDTHS = st.integers(-(10**6), 10**6).map(lambda number: number / 1000)
READINGS = st.lists(st.tuples(SENSORS, st.floats() | THOUSANDTHS, TIMES), max_size=40)


@given(READINGS)
@example([(0, -0.0, 0)])
def test_a_batch_comes_back_to_the_last_bit(readings: list[tuple[int, float, int]]) -> None:
    given_batch = batch(*(list(column) for column in zip(*readings, strict=True))) if readings else batch([], [], [])

    found = unpack(pack(given_batch))

    assert np.array_equal(found.sensors, given_batch.sensors)
    assert np.array_equal(found.times_ns, given_batch.times_ns)
    assert found.values.tobytes() == given_batch.values.tobytes()


@given(st.lists(THOUSANDTHS, min_size=1, max_size=40))
def test_values_with_three_decimals_take_four_bytes_at_most(values: list[float]) -> None:
    count = len(values)

    content = pack(batch([7] * count, values, [10**18] * count))

    assert len(content) <= 40 + 4 * count


def test_values_that_no_integer_stands_for_keep_their_bits() -> None:
    values = [-0.0, math.nan, math.inf, 1e300, 0.1 + 0.2, struct.unpack("<d", b"\x01\0\0\0\0\0\xf8\x7f")[0]]

    found = unpack(pack(batch([0] * len(values), values, [0] * len(values))))

    assert found.values.tobytes() == np.array(values).tobytes()


def test_the_count_can_be_told_without_the_rest() -> None:
    assert count_of(pack(batch([1, 2], [20.5, 21.5], [3, 4]))) == 2


@pytest.mark.parametrize("damage", [b"", b"\x01", b"\xff\xff\xff\xff\x09"])
def test_bytes_that_are_no_batch_are_refused(damage: bytes) -> None:
    with pytest.raises(ValueError, match=r"bytes|buffer"):
        unpack(damage + pack(batch([1], [2.5], [3])) if len(damage) == 1 else damage)
