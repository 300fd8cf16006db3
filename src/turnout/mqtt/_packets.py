"""The control packets of MQTT 5 and 3.1.1, other than PUBLISH: values, to and from bytes.

Source: OASIS MQTT 5.0 (2019) and MQTT 3.1.1 (2014), chapter 3 of both.
"""

from dataclasses import dataclass
from enum import IntEnum

from turnout.mqtt import _properties
from turnout.mqtt._properties import NONE, Properties, allowed
from turnout.mqtt._reasons import Reason, old_code, reason_of, reason_of_old
from turnout.mqtt._wire import Cursor, MalformedError, malformed, packet, text

OLD, NEW = 4, 5  # the protocol levels of MQTT 3.1.1 and 5


class Kind(IntEnum):
    """The types of control packets."""

    CONNECT = 1
    CONNACK = 2
    PUBLISH = 3
    PUBACK = 4
    PUBREC = 5
    PUBREL = 6
    PUBCOMP = 7
    SUBSCRIBE = 8
    SUBACK = 9
    UNSUBSCRIBE = 10
    UNSUBACK = 11
    PINGREQ = 12
    PINGRESP = 13
    DISCONNECT = 14
    AUTH = 15


PUBACK = b"\x40\x02"  # before a packet identifier: that a message has arrived, as nearly always
PINGREQ = packet(Kind.PINGREQ << 4)
PINGRESP = packet(Kind.PINGRESP << 4)

_CONNACK = allowed(
    "session_expiry_s",
    "receive_maximum",
    "maximum_qos",
    "has_retain",
    "maximum_packet_bytes",
    "assigned_client_id",
    "topic_alias_maximum",
    "reason_text",
    "has_wildcards",
    "has_subscription_ids",
    "has_shared",
    "keep_alive_s",
    "response_information",
    "server_reference",
    "authentication_method",
    "authentication_data",
)
_SUBSCRIBE = allowed("subscription_id")
_REASON = allowed("reason_text")
_USER = allowed()
_DISCONNECT = allowed("session_expiry_s", "reason_text", "server_reference")
_MOST_QOS = 2
_MOST_RETAIN = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Connack:
    """The broker's answer to a connection.

    Attributes:
        session_present: Whether the broker goes on with a session that it has kept.
        reason: Whether the client is let in, or why not.
        properties: What the broker can do.
    """

    session_present: bool
    reason: Reason
    properties: Properties = NONE

    def encode(self, level: int) -> bytes:
        """Return the packet for a client of protocol ``level``."""
        code = self.reason if level == NEW else old_code(self.reason)
        properties = _properties.encode(self.properties) if level == NEW else b""
        return packet(Kind.CONNACK << 4, bytes((self.session_present, code)), properties)

    @classmethod
    def decode(cls, body: bytes, level: int) -> "Connack":
        """Read the packet's body.

        Raises:
            MalformedError: If it cannot be read; so for the other packets.
        """
        cursor = Cursor(body)
        flags, code = cursor.byte(), cursor.byte()
        if flags > 1:
            raise malformed("a CONNACK has unknown flags")
        if level == OLD:
            return cls(session_present=bool(flags), reason=reason_of_old(code))
        properties = _properties.decode(cursor, _CONNACK) if not cursor.at_end else NONE
        return cls(session_present=bool(flags), reason=reason_of(code), properties=properties)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ack:
    """A PUBACK, PUBREC, PUBREL or PUBCOMP.

    Attributes:
        kind: Which of them.
        packet_id: What it is about.
        reason: What became of that.
        properties: Why, for people.
    """

    kind: Kind
    packet_id: int
    reason: Reason = Reason.SUCCESS
    properties: Properties = NONE

    def encode(self, level: int) -> bytes:
        """Return the packet."""
        first = self.kind << 4 | (2 if self.kind is Kind.PUBREL else 0)
        number = self.packet_id.to_bytes(2, "big")
        if level == OLD or (self.reason is Reason.SUCCESS and self.properties is NONE):
            return packet(first, number)
        return packet(first, number, bytes((self.reason,)), _properties.encode(self.properties))

    @classmethod
    def decode(cls, kind: Kind, body: bytes) -> "Ack":
        """Read the packet's body."""
        cursor = Cursor(body)
        packet_id = _packet_id(cursor)
        reason = reason_of(cursor.byte()) if not cursor.at_end else Reason.SUCCESS
        properties = _properties.decode(cursor, _REASON) if not cursor.at_end else NONE
        return cls(kind=kind, packet_id=packet_id, reason=reason, properties=properties)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What a client wants to have.

    Attributes:
        filter: The topics: ``+`` stands for one level, ``#`` at the end for all that is below.
        qos: The highest quality of service, 0 or 1.
        no_local: Whether messages that the client itself has published are left out.
        retain_as_published: Whether messages keep the mark that they are to be retained.
        retain_handling: When retained messages are sent: 0 at each subscription, 1 if it is new, 2 never.
    """

    filter: str
    qos: int = 1
    no_local: bool = False
    retain_as_published: bool = False
    retain_handling: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribe:
    """A request for messages.

    Attributes:
        packet_id: What the answer refers to.
        subscriptions: One or more.
        properties: The number that messages are to carry.
    """

    packet_id: int
    subscriptions: tuple[Subscription, ...]
    properties: Properties = NONE

    def encode(self, level: int) -> bytes:
        """Return the packet."""
        parts = [self.packet_id.to_bytes(2, "big")]
        if level == NEW:
            parts.append(_properties.encode(self.properties))
        for wanted in self.subscriptions:
            options = wanted.qos
            if level == NEW:
                options |= wanted.no_local << 2 | wanted.retain_as_published << 3 | wanted.retain_handling << 4
            parts += [text(wanted.filter), bytes((options,))]
        return packet(Kind.SUBSCRIBE << 4 | 2, *parts)

    @classmethod
    def decode(cls, body: bytes, level: int) -> "Subscribe":
        """Read the packet's body."""
        cursor = Cursor(body)
        packet_id = _packet_id(cursor)
        properties = _properties.decode(cursor, _SUBSCRIBE) if level == NEW else NONE
        subscriptions = []
        while not cursor.at_end:
            topic_filter, options = cursor.text(), cursor.byte()
            retain_handling = options >> 4
            if options & 3 > _MOST_QOS or retain_handling > _MOST_RETAIN or (level == OLD and options > _MOST_QOS):
                raise malformed("the options of a subscription are unknown")
            subscriptions.append(
                Subscription(
                    filter=topic_filter,
                    qos=options & 3,
                    no_local=bool(options & 4),
                    retain_as_published=bool(options & 8),
                    retain_handling=retain_handling,
                )
            )
        if not subscriptions:
            raise MalformedError(Reason.PROTOCOL_ERROR, "a SUBSCRIBE asks for nothing")
        return cls(packet_id=packet_id, subscriptions=tuple(subscriptions), properties=properties)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsubscribe:
    """A request for no more messages.

    Attributes:
        packet_id: What the answer refers to.
        filters: Those of the subscriptions that end.
    """

    packet_id: int
    filters: tuple[str, ...]

    def encode(self, level: int) -> bytes:
        """Return the packet."""
        properties = b"\0" if level == NEW else b""
        number = self.packet_id.to_bytes(2, "big")
        return packet(Kind.UNSUBSCRIBE << 4 | 2, number, properties, *(text(name) for name in self.filters))

    @classmethod
    def decode(cls, body: bytes, level: int) -> "Unsubscribe":
        """Read the packet's body."""
        cursor = Cursor(body)
        packet_id = _packet_id(cursor)
        if level == NEW:
            _properties.decode(cursor, _USER)
        filters = []
        while not cursor.at_end:
            filters.append(cursor.text())
        if not filters:
            raise MalformedError(Reason.PROTOCOL_ERROR, "an UNSUBSCRIBE asks for nothing")
        return cls(packet_id=packet_id, filters=tuple(filters))


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """A SUBACK or UNSUBACK.

    Attributes:
        kind: Which of them.
        packet_id: What it answers.
        reasons: What became of each part of the request, in its order; none from a broker of MQTT 3.1.1 that was
            asked to end subscriptions.
    """

    kind: Kind
    packet_id: int
    reasons: tuple[Reason, ...]

    def encode(self, level: int) -> bytes:
        """Return the packet."""
        number = self.packet_id.to_bytes(2, "big")
        if level == NEW:
            return packet(self.kind << 4, number, b"\0", bytes(self.reasons))
        if self.kind is Kind.UNSUBACK:
            return packet(self.kind << 4, number)
        return packet(self.kind << 4, number, bytes(min(reason, Reason.UNSPECIFIED_ERROR) for reason in self.reasons))

    @classmethod
    def decode(cls, kind: Kind, body: bytes, level: int) -> "Granted":
        """Read the packet's body."""
        cursor = Cursor(body)
        packet_id = _packet_id(cursor)
        if level == NEW:
            _properties.decode(cursor, _REASON)
        return cls(kind=kind, packet_id=packet_id, reasons=tuple(map(reason_of, cursor.rest())))


@dataclass(frozen=True, slots=True, kw_only=True)
class Disconnect:
    """The end of a connection.

    Attributes:
        reason: Why.
        properties: The same for people, and a last word on the session.
    """

    reason: Reason = Reason.SUCCESS
    properties: Properties = NONE

    def encode(self, level: int) -> bytes:
        """Return the packet."""
        if level == OLD or (self.reason is Reason.SUCCESS and self.properties is NONE):
            return packet(Kind.DISCONNECT << 4)
        return packet(Kind.DISCONNECT << 4, bytes((self.reason,)), _properties.encode(self.properties))

    @classmethod
    def decode(cls, body: bytes) -> "Disconnect":
        """Read the packet's body."""
        cursor = Cursor(body)
        reason = reason_of(cursor.byte()) if not cursor.at_end else Reason.SUCCESS
        properties = _properties.decode(cursor, _DISCONNECT) if not cursor.at_end else NONE
        return cls(reason=reason, properties=properties)


def _packet_id(cursor: Cursor) -> int:
    packet_id = cursor.short()
    if packet_id == 0:
        raise MalformedError(Reason.PROTOCOL_ERROR, "a packet identifier is 0")
    return packet_id
