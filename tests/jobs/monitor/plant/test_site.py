"""A plant seen from outside: what it says, and what it does when it is told something."""

import json
from typing import Any

import pytest

from turnout.jobs.monitor._layout import grid
from turnout.jobs.monitor.config import Payload, reader_of
from turnout.jobs.monitor.plant import Plant, Site, Topics, make_fault

LAYOUT = grid(racks=4, zones=2)
OFFLINE = "turnout/monitor/m1/state"


class Spoken:
    """A site, and what it says."""

    def __init__(self, payload: Payload | None = None) -> None:
        self.said: list[tuple[str, dict[str, Any]]] = []  # as JSON has it
        self.plant = Plant(LAYOUT, seed=1)
        self.site = Site(
            LAYOUT,
            self.plant,
            topics=Topics(),
            publish=lambda topic, payload: self.said.append((topic, json.loads(payload))),
            payload=payload,
        )

    def order(self, payload: bytes, now_s: float = 1.0) -> dict[str, Any]:  # likewise
        self.site.message("cooling/hall-1/z1/set", payload, now_s)
        return self.said[-1][1]

    def fault(self, **said: object) -> dict[str, Any]:  # likewise
        self.site.message("plant/faults", json.dumps(said).encode(), 1.0)
        assert self.said[-1][0] == "plant/faults/state"
        return self.said[-1][1]


def test_units_say_at_the_start_that_they_cool_in_full() -> None:
    spoken = Spoken()

    assert [(topic, said["mode"], said["level"]) for topic, said in spoken.said] == [
        ("cooling/hall-1/z1/state", "alone", 1.0),
        ("cooling/hall-1/z2/state", "alone", 1.0),
    ]
    assert list(spoken.plant.levels) == [1.0, 1.0]


def test_an_order_is_obeyed_and_acknowledged() -> None:
    spoken = Spoken()

    said = spoken.order(b'{"id": "7", "level": 0.4}')

    assert (said["id"], said["level"], said["mode"]) == ("7", 0.4, "commanded")
    assert said["airflow"] == 0.6
    assert list(spoken.plant.levels) == [0.4, 1.0]


def test_an_order_that_comes_twice_is_acknowledged_twice() -> None:
    spoken = Spoken()
    spoken.order(b'{"id": "7", "level": 0.4}')
    count = len(spoken.said)

    said = spoken.order(b'{"id": "7", "level": 0.4}')

    assert (len(spoken.said), said["id"]) == (count + 1, "7")


def test_an_id_that_is_no_text_that_could_be_sent_is_acknowledged_all_the_same() -> None:
    assert Spoken().order(b'{"id": "\\ud800", "level": 0.4}')["id"] == "\ud800"


def test_what_is_no_order_is_answered_with_a_reason() -> None:
    spoken = Spoken()

    said = spoken.order(b'{"level": 7}')

    assert said == {"error": "the level is a number from 0 to 1, not 7"}
    assert spoken.plant.levels[0] == 1.0


def test_units_cool_in_full_after_a_silence() -> None:
    spoken = Spoken()
    spoken.order(b"0.4", 1.0)

    spoken.site.advance(1.0, 31.0)
    during = spoken.plant.levels[0]
    spoken.site.advance(1.0, 32.0)

    assert (during, spoken.plant.levels[0]) == (0.4, 1.0)
    assert spoken.said[-1][1]["mode"] == "alone"


def test_units_cool_in_full_when_their_monitor_is_gone() -> None:
    spoken = Spoken()
    spoken.order(b"0.4")

    spoken.site.message(OFFLINE, b"online", 2.0)
    during = spoken.plant.levels[0]
    spoken.site.message(OFFLINE, b"offline", 2.0)

    assert (during, spoken.plant.levels[0]) == (0.4, 1.0)


def test_messages_of_others_are_passed_over() -> None:
    spoken = Spoken()
    count = len(spoken.said)

    spoken.site.message("cooling/hall-1/z9/set", b"0.4", 1.0)
    spoken.site.message("elsewhere", b"offline", 1.0)

    assert len(spoken.said) == count


def test_a_fault_begins_when_it_is_told_of() -> None:
    spoken = Spoken()
    spoken.site.advance(100.0, 1.0)

    said = spoken.fault(kind="lost", place="r1/inlet", duration_s=10)
    lost = dict(spoken.site.readings(0).part(0, 1))
    spoken.site.advance(20.0, 1.0)

    assert said == {"faults": [{"kind": "lost", "place": "r1/inlet"}]}
    assert "dc/hall-1/z1/r1/inlet" not in lost
    assert "dc/hall-1/z1/r1/inlet" in dict(spoken.site.readings(0).part(0, 1))


def test_faults_are_cleared() -> None:
    spoken = Spoken()
    spoken.fault(kind="fan", place="z1")
    spoken.fault(kind="fan", place="z2")

    one, all_of_them = spoken.fault(clear="z1"), spoken.fault(clear=True)

    assert one == {"faults": [{"kind": "fan", "place": "z2"}]}
    assert all_of_them == {"faults": []}


@pytest.mark.parametrize(
    "payload", [b"", b"\xff", b"[]", b"3", b'{"kind": "fan"}', b'{"kind": "fan", "place": "z9"}', b"[" * 100_000]
)
def test_what_is_no_fault_is_answered_with_a_reason(payload: bytes) -> None:
    spoken = Spoken()

    spoken.site.message("plant/faults", payload, 1.0)

    topic, said = spoken.said[-1]
    assert topic == "plant/faults/state"
    assert said["error"]


def test_sensors_speak_in_parts_and_each_once() -> None:
    readings = Spoken().site.readings(0)

    parts = [dict(readings.part(first, 3)) for first in range(3)]

    assert [len(part) for part in parts] == [2, 1, 1]
    assert set().union(*parts) == {f"dc/hall-1/{zone}/{rack}/inlet" for zone, rack in
                                   (("z1", "r1"), ("z1", "r2"), ("z2", "r3"), ("z2", "r4"))}  # fmt: skip
    assert all(15 < float(payload) < 30 for part in parts for payload in part.values())


@pytest.mark.parametrize(
    "payload",
    [
        Payload(),
        Payload(unit="F"),
        Payload(value="/value", time="/time"),
        Payload(value="/data/1/v", time="/data/0/t", unit="K", time_unit="ms"),
        Payload(value="/a~1b/c~0d", time="/a~1b/0", time_unit="iso"),
        Payload(value="/0", time="/1", time_unit="us"),
        Payload(value="/v", unit="F"),
    ],
)
def test_readings_are_written_so_that_they_are_read_as_what_they_were(payload: Payload) -> None:
    spoken, plain = Spoken(payload), Spoken()
    now_ns = 1_764_000_000_250_000_000
    read = reader_of(payload) or (lambda body: (float(body), None))

    said = [read(body) for _, body in spoken.site.readings(now_ns).part(0, 1)]

    values = [float(body) for _, body in plain.site.readings(0).part(0, 1)]
    assert [value for value, _ in said] == pytest.approx(values, abs=1e-4)
    told_ms = {None if time_ns is None else round(time_ns / 1e6) for _, time_ns in said}
    assert told_ms == {None if payload.time is None else now_ns // 1_000_000}


def test_what_is_to_be_subscribed_to_is_told() -> None:
    assert Spoken().site.filters == ("cooling/+/+/set", "plant/faults", "turnout/monitor/+/state")


def test_a_fault_may_be_known_from_the_start() -> None:
    plant = Plant(LAYOUT, faults=(make_fault("lost", "r1/inlet"),))

    assert [fault.place for fault in plant.faults] == ["r1/inlet"]
