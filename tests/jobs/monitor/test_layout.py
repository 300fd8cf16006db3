"""Places: names, neighbours, and halls that are generated."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.jobs.monitor._layout import grid
from turnout.jobs.monitor._types import Layout, Sensor


@given(data=st.data())
def test_a_grid_spreads_racks_evenly_and_puts_no_two_in_one_place(data: st.DataObject) -> None:
    rooms = data.draw(st.integers(1, 5))
    zones = data.draw(st.integers(rooms, 20))
    racks = data.draw(st.integers(zones, 300))

    layout = grid(racks=racks, zones=zones, rooms=rooms)

    by_zone = Counter(sensor.zone for sensor in layout)
    by_room = Counter(layout.room_of_zone.values())
    assert (len(layout), len(layout.zones), len(layout.rooms)) == (racks, zones, rooms)
    assert max(by_zone.values()) - min(by_zone.values()) <= 1
    assert max(by_room.values()) - min(by_room.values()) <= 1
    assert len({(sensor.room, sensor.x, sensor.y) for sensor in layout}) == racks


def test_neighbours_are_the_places_around_in_the_same_room_and_of_the_same_kind() -> None:
    layout = grid(racks=18, zones=2, rooms=2, kinds=("inlet", "outlet"))

    around = {layout.sensors[index].name for index in layout.neighbours(layout.index_of("r05/inlet"))}
    corner = {layout.sensors[index].name for index in layout.neighbours(layout.index_of("r01/outlet"))}

    assert around == {f"r0{number}/inlet" for number in (1, 2, 3, 4, 6, 7, 8, 9)}
    assert corner == {"r02/outlet", "r04/outlet", "r05/outlet"}


def test_a_sensor_keeps_its_index() -> None:
    layout = grid(racks=100, zones=4)

    assert [layout.index_of(sensor.name) for sensor in layout] == list(range(100))
    assert layout.zones == ("z1", "z2", "z3", "z4")
    assert [layout.zones[layout.zone_of[index]] for index in (0, 24, 25, 99)] == ["z1", "z1", "z2", "z4"]


@pytest.mark.parametrize(("racks", "zones", "rooms"), [(3, 4, 1), (4, 2, 3), (4, 2, 0), (0, 0, 0)])
def test_too_few_racks_are_refused(racks: int, zones: int, rooms: int) -> None:
    with pytest.raises(ValueError, match="needs at least one"):
        grid(racks=racks, zones=zones, rooms=rooms)


def test_a_name_that_is_there_twice_and_a_zone_in_two_rooms_are_refused() -> None:
    one = Sensor(name="a", rack="a", zone="z", room="1", x=0, y=0)
    other = Sensor(name="b", rack="b", zone="z", room="2", x=0, y=0)

    with pytest.raises(ValueError, match="two sensors are called 'a'"):
        Layout((one, one))
    with pytest.raises(ValueError, match="zone 'z' lies in rooms '1' and '2'"):
        Layout((one, other))
