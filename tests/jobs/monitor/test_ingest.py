"""From messages to readings, whatever comes."""

import json

from hypothesis import given
from hypothesis import strategies as st

from monitor_machines import batch, rows
from turnout.jobs.monitor._ingest import Ingest
from turnout.mqtt import Message

TOPICS = {b"dc/r1": 0, b"dc/r2": 1, b"dc/r3": 2}
SECOND = 10**9


def parse(payload: bytes) -> tuple[float, int | None]:
    found = json.loads(payload)
    return float(found["value"]), found.get("time_ns")


def timed(topic: bytes, value: float, time_ns: int, *, retain: bool = False) -> Message:
    return Message(topic, json.dumps({"value": value, "time_ns": time_ns}).encode(), 1, 7, retain)


def test_plain_numbers_get_the_time_of_arrival_in_their_order() -> None:
    ingest = Ingest(TOPICS)

    found = ingest.read([Message(b"dc/r2", b"21.5"), Message(b"dc/r1", b" 19 ")], 5)

    assert rows(found) == [(1, 21.5, 5), (0, 19.0, 6)]


def test_what_is_no_reading_is_counted_and_told_and_the_rest_is_kept() -> None:
    told: list[str] = []
    ingest = Ingest(TOPICS, on_odd=lambda *words: told.append(" | ".join(words)))
    odd = [Message(b"dc/r1", payload) for payload in (b"", b"warm", b"nan", b"-inf", b"1_0", b"\xff\xfe", b"1" * 999)]

    found = ingest.read([Message(b"dc/r1", b"20"), *odd, Message(b"dc/r9", b"21"), Message(b"dc/r2", b"22")], 5)

    assert rows(found) == [(0, 20.0, 5), (1, 22.0, 14)]
    assert (ingest.intake.messages, ingest.intake.kept) == (10, 2)
    assert (ingest.intake.malformed, ingest.intake.strange) == (7, 1)
    assert told[1] == "dc/r1 | warm | the payload is not a number"
    assert told[-1] == "dc/r9 | 21 | no sensor has this topic"
    assert all(len(line) < 200 for line in told)


def test_what_devices_say_without_a_temperature_does_not_count() -> None:
    ingest = Ingest(TOPICS)

    found = ingest.read([Message(b"dc/r1", b"-999"), Message(b"dc/r2", b"-273.15"), Message(b"dc/r3", b"-300")], 5)

    assert rows(found) == [(1, -273.15, 6)]
    assert ingest.intake.malformed == 2


@given(st.lists(st.tuples(st.sampled_from([*TOPICS, b"dc/r9"]), st.binary(max_size=6) | st.just(b"20.5"))))
def test_the_quick_way_finds_what_the_slow_one_does(pairs: list[tuple[bytes, bytes]]) -> None:
    messages = [Message(topic, payload) for topic, payload in pairs]
    quick, slow = Ingest(TOPICS), Ingest(TOPICS)

    together = rows(quick.read(messages, 5))
    apart = [row for place, message in enumerate(messages) for row in rows(slow.read([message], 5 + place))]

    assert together == apart
    assert (quick.intake.malformed, quick.intake.strange) == (slow.intake.malformed, slow.intake.strange)


def test_a_reading_that_came_before_is_known_by_its_own_time() -> None:
    ingest = Ingest(TOPICS, parse)

    ingest.read([timed(b"dc/r1", 20, SECOND), timed(b"dc/r1", 20, 2 * SECOND)], 5 * SECOND)
    found = ingest.read(
        [timed(b"dc/r1", 20, SECOND), timed(b"dc/r1", 21, SECOND), timed(b"dc/r2", 20, SECOND)], 5 * SECOND
    )

    assert rows(found) == [(0, 21.0, SECOND), (1, 20.0, SECOND)]
    assert ingest.intake.again == 1


def test_a_reading_that_the_process_before_kept_is_known() -> None:
    before = [batch([0, 1], [20.0, 21.0], [SECOND, SECOND])]

    ingest = Ingest(TOPICS, parse, recall=lambda: before)
    found = ingest.read([timed(b"dc/r1", 20, SECOND), timed(b"dc/r2", 22, 2 * SECOND)], 5 * SECOND)

    assert rows(found) == [(1, 22.0, 2 * SECOND)]


def test_a_plain_number_that_is_sent_again_is_dropped_once_if_it_was_kept() -> None:
    kept = [batch([0], [20.0], [1])]
    ingest = Ingest(TOPICS, recall=lambda: kept)
    again = Message(b"dc/r1", b"20", 1, 7, is_again=True)

    ingest.disconnected()
    found = ingest.read([again, again, Message(b"dc/r1", b"20", 1, 8)], 9)

    assert rows(found) == [(0, 20.0, 10), (0, 20.0, 11)]
    assert ingest.intake.again == 1


def test_a_number_that_the_broker_kept_from_before_is_no_reading_unless_it_has_a_time() -> None:
    plain, with_times = Ingest(TOPICS), Ingest(TOPICS, parse)

    found = plain.read([Message(b"dc/r1", b"20", retain=True)], 5)
    dated = with_times.read([timed(b"dc/r1", 20, SECOND, retain=True)], 5 * SECOND)

    assert (rows(found), plain.intake.retained) == ([], 1)
    assert rows(dated) == [(0, 20.0, SECOND)]


def test_a_clock_that_is_far_ahead_is_not_believed() -> None:
    ingest = Ingest(TOPICS, parse)

    found = ingest.read([timed(b"dc/r1", 20, 9_000 * SECOND)], 5 * SECOND)

    assert (rows(found), ingest.intake.ahead) == ([(0, 20.0, 5 * SECOND)], 1)


def test_a_reading_is_remembered_as_long_as_a_broker_may_send_it_again_and_not_for_ever() -> None:
    ingest = Ingest(TOPICS, parse, most_again=100)
    first = timed(b"dc/r1", 20, SECOND)

    ingest.read([first, *(timed(b"dc/r2", 20, number) for number in range(99))], 5 * SECOND)
    after_some = ingest.read([first], 5 * SECOND)
    ingest.read([timed(b"dc/r3", 20, number) for number in range(200)], 5 * SECOND)
    after_many = ingest.read([first], 5 * SECOND)

    assert (len(after_some), len(after_many)) == (0, 1)
