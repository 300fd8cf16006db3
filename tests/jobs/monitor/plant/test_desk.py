"""What cooling units do with commands, and without."""

import json

import pytest

from turnout.errors import UsageError
from turnout.jobs.monitor.plant._desk import Desk, Order, parse_order


def desk(now_s: float = 0.0) -> Desk:
    return Desk(2, patience_s=30.0, now_s=now_s)


@pytest.mark.parametrize(
    ("payload", "order"),
    [
        (b'{"id": "7", "level": 0.5}', Order(level=0.5, id="7")),
        (b'{"level": 1}', Order(level=1.0)),
        (b"0.25", Order(level=0.25)),
        (b" 1 ", Order(level=1.0)),
    ],
)
def test_an_order_is_json_or_a_number(payload: bytes, order: Order) -> None:
    assert parse_order(payload) == order


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"full",
        b"\xff",
        b"NaN",
        b"1e999",
        b"1" + b"0" * 400,
        b"-0.1",
        b"1.1",
        b"true",
        b"[]",
        b"{}",
        b'{"level": "1"}',
        b'{"level": 1, "id": 3}',
        b'{"level": 1, "id": "' + b"x" * 300 + b'"}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_order_is_refused(payload: bytes) -> None:
    with pytest.raises(UsageError):
        parse_order(payload)


def test_units_cool_in_full_until_somebody_commands_them() -> None:
    units = desk()

    units.take(1, Order(level=0.4, id="1"), 1.0)

    assert units.levels == [1.0, 0.4]
    assert units.alone == [True, False]


def test_the_same_order_is_obeyed_once() -> None:
    units = desk()

    news = [units.take(0, Order(level=level, id=name), 1.0) for level, name in ((0.5, "a"), (0.9, "a"), (0.9, "b"))]

    assert news == [True, False, True]
    assert units.levels[0] == 0.9


def test_orders_without_an_id_are_all_obeyed() -> None:
    units = desk()

    assert [units.take(0, Order(level=0.5), 1.0) for _ in range(2)] == [True, True]


def test_a_unit_that_hears_nothing_cools_in_full() -> None:
    units = desk()
    units.take(0, Order(level=0.5, id="a"), 0.0)
    units.take(1, Order(level=0.5, id="a"), 20.0)

    looks = [list(units.look(now_s)) for now_s in (30.0, 30.1, 40.0)]

    assert looks == [[], [0], []]
    assert units.levels == [1.0, 0.5]


def test_an_order_that_is_sent_again_keeps_a_unit_from_being_alone() -> None:
    units = desk()
    for now_s in (0.0, 20.0, 40.0, 60.0):
        units.take(0, Order(level=0.5, id="a"), now_s)

    assert list(units.look(70.0)) == []


def test_the_order_from_before_is_obeyed_again_by_a_unit_that_was_alone() -> None:
    units = desk()
    units.take(0, Order(level=0.5, id="a"), 0.0)
    units.look(100.0)

    assert units.take(0, Order(level=0.5, id="a"), 101.0)
    assert units.levels[0] == 0.5


def test_units_cool_in_full_when_their_commander_is_gone() -> None:
    units = desk()
    units.take(1, Order(level=0.5, id="a"), 0.0)

    assert list(units.lose_all()) == [1]
    assert units.levels == [1.0, 1.0]


def test_an_acknowledgement_tells_what_a_unit_does_and_why() -> None:
    units = desk()
    units.take(0, Order(level=0.5, id="a"), 0.0)

    said = [json.loads(units.acknowledgement(zone, airflow=0.4)) for zone in (0, 1)]

    assert said == [
        {"id": "a", "level": 0.5, "mode": "commanded", "airflow": 0.4},
        {"id": "", "level": 1.0, "mode": "alone", "airflow": 0.4},
    ]
