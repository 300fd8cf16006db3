"""Packets survive the way to bytes and back, however the bytes are cut; other bytes are refused, and nothing else."""

from contextlib import suppress
from dataclasses import fields
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from turnout.mqtt import Message, Properties, Reason, Subscription, Will
from turnout.mqtt._connect import Connect
from turnout.mqtt._messages import Packet, Part, Reader, raw_of
from turnout.mqtt._packets import NEW, OLD, Ack, Connack, Disconnect, Granted, Kind, Subscribe, Unsubscribe
from turnout.mqtt._properties import _NUMBERS
from turnout.mqtt._wire import Cursor, MalformedError, packet, variable

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
TOPICS = TEXTS.filter(lambda topic: topic and not set(topic) & {"+", "#"})
SHORTS = st.integers(1, 0xFFFF)
LONGS = st.integers(1, 0xFFFF_FFFF)
PAIRS = st.lists(st.tuples(TEXTS, TEXTS), max_size=3).map(tuple)
ABOUT_MESSAGES = st.builds(
    Properties,
    payload_is_text=st.none() | st.booleans(),
    message_expiry_s=st.none() | LONGS,
    content_type=st.none() | TEXTS,
    response_topic=st.none() | TEXTS,
    correlation=st.none() | st.binary(max_size=20),
    subscription_id=st.none() | st.integers(1, 268_435_455),
    user=PAIRS,
)
ABOUT_CONNACKS = st.builds(
    Properties,
    session_expiry_s=st.none() | LONGS,
    receive_maximum=st.none() | SHORTS,
    maximum_qos=st.none() | st.integers(0, 1),
    has_retain=st.none() | st.booleans(),
    assigned_client_id=st.none() | TEXTS,
    keep_alive_s=st.none() | SHORTS,
    reason_text=st.none() | TEXTS,
    user=PAIRS,
)
WILLS = st.builds(
    Will,
    topic=TOPICS,
    payload=st.binary(max_size=20),
    qos=st.integers(0, 2),
    retain=st.booleans(),
    properties=st.builds(Properties, will_delay_s=st.none() | LONGS, user=PAIRS),
)
CONNECTS = st.builds(
    Connect,
    client_id=TEXTS,
    clean_start=st.booleans(),
    keep_alive_s=st.integers(0, 0xFFFF),
    will=st.none() | WILLS,
    user=st.none() | TEXTS,
    password=st.none() | st.binary(max_size=20),
    level=st.just(NEW),
    properties=st.builds(Properties, session_expiry_s=st.none() | LONGS, receive_maximum=st.none() | SHORTS),
)
SUBSCRIPTIONS = st.builds(
    Subscription,
    filter=TEXTS,
    qos=st.integers(0, 2),
    no_local=st.booleans(),
    retain_as_published=st.booleans(),
    retain_handling=st.integers(0, 2),
)
MESSAGES = st.builds(
    lambda topic, payload, number, retain, again, about: Message(
        topic.encode(), payload, 1 if number else 0, number, retain, again and number > 0, raw_of(about)
    ),
    TOPICS,
    st.binary(max_size=300),
    st.integers(0, 0xFFFF),
    st.booleans(),
    st.booleans(),
    ABOUT_MESSAGES,
)


def read(*pieces: bytes, level: int = NEW, max_packet_bytes: int = 1_000_000, topic_aliases: int = 0) -> list[Part]:
    reader = Reader(max_packet_bytes=max_packet_bytes, level=level, topic_aliases=topic_aliases)
    return [part for piece in pieces for part in reader.feed(piece)]


def only(data: bytes) -> Packet:
    (part,) = read(data)
    assert isinstance(part, Packet)
    return part


def messages_of(parts: list[Part]) -> list[Message]:
    return [message for part in parts if not isinstance(part, Packet) for message in part]


@settings(max_examples=40)
@given(st.integers(0, 268_435_455))
def test_numbers_of_variable_length_come_back(number: int) -> None:
    assert Cursor(variable(number)).variable() == number


@settings(max_examples=40)
@given(st.lists(MESSAGES, max_size=5), st.lists(st.integers(0, 2_000), max_size=6))
def test_messages_come_back_wherever_the_stream_is_cut(sent: list[Message], cuts: list[int]) -> None:
    stream = b"".join(message.encode(NEW) for message in sent)
    places = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})

    parts = read(*(stream[start:stop] for start, stop in pairwise(places)))

    assert messages_of(parts) == sent


@settings(max_examples=40)
@given(ABOUT_MESSAGES)
def test_a_message_tells_its_properties(about: Properties) -> None:
    (message,) = messages_of(read(Message(b"a", b"", raw_properties=raw_of(about)).encode(NEW)))

    assert message.properties == about


def test_messages_of_the_old_protocol_have_no_properties() -> None:
    sent = Message(b"a", b"\0 is payload", 1, 7)

    assert messages_of(read(sent.encode(OLD), level=OLD)) == [sent]


def test_messages_around_a_packet_keep_their_order() -> None:
    first, second = Message(b"a", b"1"), Message(b"a", b"2")

    parts = read(first.encode(NEW) + packet(Kind.PINGREQ << 4) + second.encode(NEW))

    assert parts == [[first], Packet(Kind.PINGREQ, b""), [second]]


@settings(max_examples=40)
@given(CONNECTS)
def test_a_connect_comes_back(connect: Connect) -> None:
    assert Connect.decode(only(connect.encode()).body) == connect


def test_a_connect_of_the_old_protocol_comes_back() -> None:
    will = Will(topic="gone", payload=b"x", qos=1, retain=True)
    connect = Connect(client_id="a", keep_alive_s=9, will=will, user="u", password=b"p", level=OLD)

    assert Connect.decode(only(connect.encode()).body) == connect


@settings(max_examples=40)
@given(st.booleans(), st.sampled_from(Reason), ABOUT_CONNACKS)
def test_a_connack_comes_back(present: bool, reason: Reason, about: Properties) -> None:  # noqa: FBT001  a parameter
    connack = Connack(session_present=present, reason=reason, properties=about)

    assert Connack.decode(only(connack.encode(NEW)).body, NEW) == connack


@pytest.mark.parametrize("reason", [Reason.SUCCESS, Reason.BAD_USER_NAME_OR_PASSWORD, Reason.NOT_AUTHORIZED])
def test_a_connack_of_the_old_protocol_gives_the_same_reason(reason: Reason) -> None:
    connack = Connack(session_present=False, reason=reason)

    assert Connack.decode(only(connack.encode(OLD)).body, OLD) == connack


def test_a_connack_of_the_old_protocol_has_a_number_for_every_reason() -> None:
    codes = {Connack(session_present=False, reason=reason).encode(OLD)[-1] for reason in Reason}

    assert codes <= set(range(6))


@settings(max_examples=40)
@given(st.sampled_from([Kind.PUBACK, Kind.PUBREC, Kind.PUBREL, Kind.PUBCOMP]), SHORTS, st.sampled_from(Reason), TEXTS)
def test_an_acknowledgement_comes_back(kind: Kind, number: int, reason: Reason, why: str) -> None:
    ack = Ack(kind=kind, packet_id=number, reason=reason, properties=Properties(reason_text=why))

    assert Ack.decode(kind, only(ack.encode(NEW)).body) == ack


@settings(max_examples=40)
@given(SHORTS, st.lists(SUBSCRIPTIONS, min_size=1, max_size=4).map(tuple))
def test_a_subscribe_comes_back(number: int, wanted: tuple[Subscription, ...]) -> None:
    subscribe = Subscribe(packet_id=number, subscriptions=wanted, properties=Properties(subscription_id=3))

    assert Subscribe.decode(only(subscribe.encode(NEW)).body, NEW) == subscribe


def test_requests_of_the_old_protocol_come_back() -> None:
    subscribe = Subscribe(packet_id=1, subscriptions=(Subscription(filter="a/#", qos=1),))
    unsubscribe = Unsubscribe(packet_id=2, filters=("a/#", "b"))

    assert Subscribe.decode(only(subscribe.encode(OLD)).body, OLD) == subscribe
    assert Unsubscribe.decode(only(unsubscribe.encode(OLD)).body, OLD) == unsubscribe
    assert Granted(kind=Kind.UNSUBACK, packet_id=2, reasons=(Reason.SUCCESS,)).encode(OLD) == b"\xb0\x02\x00\x02"
    assert Granted(kind=Kind.SUBACK, packet_id=2, reasons=(Reason.QUOTA_EXCEEDED,)).encode(OLD)[-1] == 0x80


@settings(max_examples=40)
@given(SHORTS, st.lists(TEXTS, min_size=1, max_size=4).map(tuple))
def test_an_unsubscribe_comes_back(number: int, filters: tuple[str, ...]) -> None:
    unsubscribe = Unsubscribe(packet_id=number, filters=filters)

    assert Unsubscribe.decode(only(unsubscribe.encode(NEW)).body, NEW) == unsubscribe


@settings(max_examples=40)
@given(st.sampled_from([Kind.SUBACK, Kind.UNSUBACK]), SHORTS, st.lists(st.sampled_from(Reason), max_size=4).map(tuple))
def test_what_was_granted_comes_back(kind: Kind, number: int, reasons: tuple[Reason, ...]) -> None:
    granted = Granted(kind=kind, packet_id=number, reasons=reasons)

    assert Granted.decode(kind, only(granted.encode(NEW)).body, NEW) == granted


@settings(max_examples=40)
@given(st.sampled_from(Reason), st.none() | TEXTS)
def test_a_disconnect_comes_back(reason: Reason, why: str | None) -> None:
    disconnect = Disconnect(reason=reason, properties=Properties(reason_text=why))

    assert Disconnect.decode(only(disconnect.encode(NEW)).body) == disconnect


def test_a_topic_alias_stands_for_its_topic() -> None:
    first = Message(b"long/topic", b"1", raw_properties=b"\x23\x00\x05")
    second = Message(b"", b"2", raw_properties=b"\x23\x00\x05")

    found = messages_of(read(first.encode(NEW) + second.encode(NEW), topic_aliases=5))

    assert found == [Message(b"long/topic", b"1"), Message(b"long/topic", b"2")]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x00\x00", Reason.MALFORMED_PACKET),
        (b"\xc1\x00", Reason.MALFORMED_PACKET),
        (b"\x30\xff\xff\xff\xff", Reason.MALFORMED_PACKET),
        (b"\x30\xff\xff\xff\x7f", Reason.PACKET_TOO_LARGE),
        (b"\x30\x01\x00", Reason.MALFORMED_PACKET),
        (b"\x30\x03\x00\x09a", Reason.MALFORMED_PACKET),
        (b"\x30\x03\x00\x00\x00", Reason.PROTOCOL_ERROR),
        (b"\x30\x05\x00\x02\xc3\x28\x00", Reason.MALFORMED_PACKET),
        (b"\x30\x04\x00\x01\x00\x00", Reason.MALFORMED_PACKET),
        (b"\x30\x04\x00\x01#\x00", Reason.TOPIC_NAME_INVALID),
        (b"\x32\x06\x00\x01a\x00\x00\x00", Reason.MALFORMED_PACKET),
        (b"\x36\x06\x00\x01a\x00\x01\x00", Reason.MALFORMED_PACKET),
        (b"\x30\x07\x00\x01a\x03\x23\x00\x05", Reason.TOPIC_ALIAS_INVALID),
        (b"\x30\x06\x00\x01a\x02\x7e\x00", Reason.MALFORMED_PACKET),
        (b"\x30\x08\x00\x01a\x04\x01\x00\x01\x00", Reason.PROTOCOL_ERROR),
        (b"\x30\x06\x00\x01a\x02\x01\x02", Reason.PROTOCOL_ERROR),
    ],
)
def test_a_stream_that_breaks_the_protocol_is_refused(data: bytes, reason: Reason) -> None:
    with pytest.raises(MalformedError) as raised:
        read(data)

    assert raised.value.reason is reason


def test_an_alias_that_stands_for_nothing_is_refused() -> None:
    with pytest.raises(MalformedError, match="stands for nothing"):
        read(Message(b"", b"2", raw_properties=b"\x23\x00\x05").encode(NEW), topic_aliases=5)


@given(st.lists(st.binary(max_size=60), max_size=4))
def test_any_bytes_are_read_or_refused(pieces: list[bytes]) -> None:
    reader = Reader(max_packet_bytes=1_000, topic_aliases=3)

    with suppress(MalformedError):
        for piece in pieces:
            list(reader.feed(piece))


@given(st.sampled_from(Kind), st.binary(max_size=60), st.sampled_from([OLD, NEW]))
def test_any_body_is_read_or_refused(kind: Kind, body: bytes, level: int) -> None:
    with suppress(MalformedError):
        match kind:
            case Kind.CONNECT:
                Connect.decode(b"\x00\x04MQTT" + bytes((level,)) + body)
            case Kind.CONNACK:
                Connack.decode(body, level)
            case Kind.SUBSCRIBE:
                Subscribe.decode(body, level)
            case Kind.UNSUBSCRIBE:
                Unsubscribe.decode(body, level)
            case Kind.SUBACK | Kind.UNSUBACK:
                Granted.decode(kind, body, level)
            case Kind.DISCONNECT:
                Disconnect.decode(body)
            case _:
                Ack.decode(kind, body)


@pytest.mark.parametrize(
    "what",
    [
        Properties(session_expiry_s=1 << 32),
        Properties(content_type="a\0"),
        Properties(subscription_id=268_435_456),
        Properties(correlation=bytes(65_536)),
        Properties(content_type="\ud800"),
    ],
)
def test_what_does_not_fit_its_field_is_not_sent(what: Properties) -> None:
    with pytest.raises(ValueError, match=r"."):
        raw_of(what)


def test_a_topic_that_is_too_long_is_not_sent() -> None:
    with pytest.raises(ValueError, match="65536 bytes"):
        Message(b"a" * 65_536, b"").encode(NEW)


def test_a_large_packet_may_come_in_many_pieces() -> None:
    sent = Message(b"a", bytes(100_000))
    stream = sent.encode(NEW)

    parts = read(*(stream[at : at + 1_000] for at in range(0, len(stream), 1_000)))

    assert messages_of(parts) == [sent]


def test_each_property_has_a_number() -> None:
    assert set(_NUMBERS) == {field.name for field in fields(Properties)}
