import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from turnout.errors import UsageError
from turnout.jobs.monitor._layout import grid
from turnout.jobs.monitor._log import Kind, Record
from turnout.jobs.monitor._types import Batch
from turnout.jobs.monitor.scale import Division
from turnout.jobs.monitor.scale._moves import from_bytes, to_bytes


def batch_of(sensors: list[int]) -> Batch:
    size = len(sensors)
    return Batch(
        sensors=np.array(sensors, np.int32),
        values=np.arange(size, dtype=np.float64),
        times_ns=np.arange(size, dtype=np.int64),
    )


@pytest.mark.parametrize(("rooms", "count", "unit"), [(4, 4, "room"), (4, 3, "room"), (1, 3, "zone"), (4, 6, "zone")])
def test_rooms_stay_whole_where_there_are_enough_and_else_zones_do(rooms: int, count: int, unit: str) -> None:
    division = Division(grid(racks=48, zones=12, rooms=rooms), count)

    units = [{getattr(sensor, unit) for sensor in part.layout} for part in division.parts]

    assert division.unit == unit
    assert sum(len(part.layout) for part in division.parts) == 48
    assert sum(map(len, units)) == len(set.union(*units))


@settings(max_examples=25)
@given(st.integers(1, 12), st.lists(st.integers(0, 47), max_size=60))
def test_each_reading_goes_to_the_part_of_its_sensor_in_order(count: int, sensors: list[int]) -> None:
    layout = grid(racks=48, zones=12)
    division = Division(layout, count)

    split = division.split(batch_of(sensors))

    found = list[tuple[int, int, float]]()
    for number, share in split:
        whole = division.parts[number].in_whole(share)
        names = [division.parts[number].layout.sensors[place].name for place in share.sensors.tolist()]
        assert names == [layout.sensors[place].name for place in whole.sensors.tolist()]
        assert sorted(share.times_ns.tolist()) == share.times_ns.tolist()
        found += zip(whole.times_ns.tolist(), whole.sensors.tolist(), whole.values.tolist(), strict=True)
    assert sorted(found) == [(number, sensor, float(number)) for number, sensor in enumerate(sensors)]


def test_parts_are_the_same_wherever_they_are_computed_and_of_about_one_size() -> None:
    one, other = (Division(grid(racks=1_000, zones=23), 5) for _ in range(2))

    assert one.fingerprint == other.fingerprint
    assert one.fingerprint != Division(grid(racks=1_000, zones=23), 4).fingerprint
    assert max(len(part.layout) for part in one.parts) - min(len(part.layout) for part in one.parts) <= 44


@pytest.mark.parametrize("count", [0, 13])
def test_more_partitions_than_zones_are_refused(count: int) -> None:
    with pytest.raises(UsageError, match="ask for 1 to 12"):
        Division(grid(racks=48, zones=12), count)


def test_a_move_survives_its_message() -> None:
    record = Record(Kind.ACTION, 1_700_000_000_000_000_000, b'{"do":"ack"}')

    assert from_bytes(to_bytes(record)) == record


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" + bytes(8)])
def test_another_message_is_no_move(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_bytes(content)
