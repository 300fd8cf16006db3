"""Messages, and the reader that takes a stream of bytes apart: where the time of a client and a broker goes."""

import struct
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from turnout.mqtt import _properties
from turnout.mqtt._packets import NEW, Kind
from turnout.mqtt._properties import NONE, Properties, allowed
from turnout.mqtt._reasons import Reason
from turnout.mqtt._wire import MAX_VARIABLE, Cursor, MalformedError, decoded, malformed, variable

_PUBLISH = allowed(
    "payload_is_text",
    "message_expiry_s",
    "topic_alias",
    "response_topic",
    "correlation",
    "subscription_id",
    "content_type",
)
_HEAD = struct.Struct(">BBH").pack
_KNOWN_TOPICS = 100_000  # that are remembered to be right; about 10 MB
# what the first byte of each kind of packet must be, with its flags: MQTT 5, table 2-2
_KINDS = {kind << 4 | (2 if kind in {Kind.PUBREL, Kind.SUBSCRIBE, Kind.UNSUBSCRIBE} else 0): kind for kind in Kind}


class Message(NamedTuple):
    """Something that was published.

    It is a plain tuple because a monitor sees 100,000 of them a second.

    Attributes:
        topic: UTF-8, checked.
        payload: Any bytes.
        qos: 0 if it may be lost, 1 if it may come twice.
        packet_id: Names it until it is acknowledged; 0 at QoS 0.
        retain: For a subscriber: whether it was there before the subscription. For a broker: whether to keep it.
        is_again: Whether it has been sent before.
        raw_properties: The properties of MQTT 5 without their length, and without a topic alias.
    """

    topic: bytes
    payload: bytes
    qos: int = 0
    packet_id: int = 0
    retain: bool = False
    is_again: bool = False
    raw_properties: bytes = b""

    @property
    def properties(self) -> Properties:
        """What the message says besides."""
        raw = self.raw_properties
        return _properties.decode(Cursor(variable(len(raw)) + raw), _PUBLISH) if raw else NONE

    def encode(self, level: int) -> bytes:
        """Return the PUBLISH packet.

        Raises:
            ValueError: If the topic is longer than 65,535 bytes, or the packet than 256 MB.
        """
        topic, payload, qos, packet_id, retain, is_again, raw = self
        if len(topic) > 0xFFFF:  # noqa: PLR2004  two bytes of length
            raise ValueError(f"a topic has {len(topic)} bytes; MQTT has room for 65535")
        middle = packet_id.to_bytes(2, "big") if qos else b""
        if level == NEW:
            middle += variable(len(raw)) + raw if raw else b"\0"
        size = 2 + len(topic) + len(middle) + len(payload)
        first = 0x30 | is_again << 3 | qos << 1 | retain
        if size < 0x80:  # noqa: PLR2004  as nearly always: the length is one byte
            return _HEAD(first, size, len(topic)) + topic + middle + payload
        return b"".join((bytes((first,)), variable(size), len(topic).to_bytes(2, "big"), topic, middle, payload))


class Packet(NamedTuple):
    """A control packet that is no PUBLISH.

    Attributes:
        kind: Its type.
        body: What follows its fixed header.
    """

    kind: Kind
    body: bytes


Part = Packet | list[Message]


class Reader:
    """Takes the bytes of one connection apart.

    Args:
        max_packet_bytes: The largest packet that is read.
        topic_aliases: The highest topic alias that the other side may use.
        level: The protocol's version; a broker sets it once it knows.
    """

    def __init__(self, *, max_packet_bytes: int, topic_aliases: int = 0, level: int = NEW) -> None:
        self.level = level
        self._max_packet_bytes = min(max_packet_bytes, MAX_VARIABLE)
        self._topic_aliases = topic_aliases
        self._aliases: dict[int, bytes] = {}
        self._known: set[bytes] = set()
        self._rest: list[bytes] = []
        self._missing = 0  # so many bytes more, and another packet is complete

    def feed(self, data: bytes) -> Iterator[Part]:
        """Yield the packets that are complete now, in order; messages that follow each other are one list.

        Each packet is dealt with before the next one is read, because a CONNECT tells how to read on.

        Raises:
            MalformedError: If the stream breaks the protocol, after what came before that. Feed nothing more then.
        """
        if self._rest:
            if len(data) < self._missing:
                self._rest.append(data)
                self._missing -= len(data)
                return  # a large packet is joined once, not at each read
            data = b"".join((*self._rest, data))
            self._rest.clear()
        at, end = 0, len(data)
        while at < end:
            messages: list[Message] = []
            try:
                at = self._messages(data, at, messages)
            finally:
                if messages:
                    yield messages
            if at == end:
                return
            first, (size, body) = data[at], self._size(data, at)
            stop = body + size
            if stop > end:
                self._rest.append(data[at:])
                self._missing = stop - end
                return
            yield _control(data, first, body, stop)
            at = stop

    def _messages(self, data: bytes, at: int, messages: list[Message]) -> int:
        """Read messages as long as there are complete ones, and return where the first other packet begins."""
        end = len(data)
        while end - at >= 2 and data[at] >> 4 == 3:  # noqa: PLR2004  the shortest packet, and PUBLISH
            size, body = data[at + 1], at + 2
            if size >= 0x80:  # noqa: PLR2004  the length goes on in the next byte
                size, body = self._size(data, at)
            stop = body + size
            if stop > end:
                break
            messages.append(self._message(data, data[at], body, stop))
            at = stop
        return at

    def _size(self, data: bytes, at: int) -> tuple[int, int]:
        """Return a packet's remaining length and where its body begins; a byte too many if that is still to come."""
        size = shift = 0
        for place in range(at + 1, min(at + 5, len(data))):
            byte = data[place]
            size |= (byte & 0x7F) << shift
            if byte < 0x80:  # noqa: PLR2004  the last byte
                if place + 1 + size - at > self._max_packet_bytes:
                    raise MalformedError(Reason.PACKET_TOO_LARGE, f"a packet has {place + 1 + size - at} bytes")
                return size, place + 1
            shift += 7
        if len(data) >= at + 5:
            raise malformed("the length of a packet does not end")
        return 1, len(data)

    def _message(self, data: bytes, first: int, body: int, stop: int) -> Message:
        at = body + 2
        if at > stop:
            raise malformed("a PUBLISH has no topic")
        after = at + (data[body] << 8 | data[body + 1])
        topic = data[at:after]
        qos = first >> 1 & 3
        packet_id = 0
        if qos:
            packet_id = int.from_bytes(data[after : after + 2], "big")
            after += 2
            if packet_id == 0 or qos == 3:  # noqa: PLR2004  there is no such quality
                raise malformed("a PUBLISH has no packet identifier, or an unknown quality of service")
        raw = b""
        if self.level == NEW:
            if after < stop and data[after] == 0:
                after += 1  # as nearly always
            else:
                raw, after = self._raw_properties(data, after, stop)
        if after > stop:
            raise malformed("a PUBLISH is shorter than its fields")
        if raw:
            topic, raw = self._with_alias(topic, raw)
        if topic not in self._known:
            self._check(topic)
        return Message(topic, data[after:stop], qos, packet_id, bool(first & 1), bool(first & 8), raw)

    @staticmethod
    def _raw_properties(data: bytes, at: int, stop: int) -> tuple[bytes, int]:
        cursor = Cursor(data, at, stop)
        raw = cursor.take(cursor.variable())
        return raw, stop - len(cursor.rest())

    def _with_alias(self, topic: bytes, raw: bytes) -> tuple[bytes, bytes]:
        properties = _properties.decode(Cursor(variable(len(raw)) + raw), _PUBLISH)
        alias = properties.topic_alias
        if alias is None:
            return topic, raw
        if alias > self._topic_aliases:
            raise MalformedError(Reason.TOPIC_ALIAS_INVALID, f"the topic alias {alias} was not offered")
        if topic:
            self._aliases[alias] = topic
        elif alias not in self._aliases:
            raise MalformedError(Reason.PROTOCOL_ERROR, f"the topic alias {alias} stands for nothing")
        return self._aliases[alias], raw_of(replace(properties, topic_alias=None))

    def _check(self, topic: bytes) -> None:
        if not topic:
            raise MalformedError(Reason.PROTOCOL_ERROR, "a PUBLISH has an empty topic")
        decoded(topic)
        if b"+" in topic or b"#" in topic:
            raise MalformedError(Reason.TOPIC_NAME_INVALID, "a PUBLISH has a wildcard in its topic")
        if len(self._known) >= _KNOWN_TOPICS:
            self._known.clear()
        self._known.add(topic)


def raw_of(properties: Properties) -> bytes:
    """Return properties encoded, without their length."""
    cursor = Cursor(_properties.encode(properties))
    return cursor.take(cursor.variable())


def _control(data: bytes, first: int, body: int, stop: int) -> Packet:
    kind = _KINDS.get(first)
    if kind is None:
        raise malformed(f"a packet begins with the byte {first:#04x}")
    return Packet(kind, data[body:stop])
