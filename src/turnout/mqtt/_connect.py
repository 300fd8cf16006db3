"""The packet that opens a connection.

Source: OASIS MQTT 5.0 (2019) and MQTT 3.1.1 (2014), section 3.1 of both.
"""

from dataclasses import dataclass

from turnout.mqtt import _properties
from turnout.mqtt._packets import NEW, OLD, Kind
from turnout.mqtt._properties import NONE, Properties, allowed
from turnout.mqtt._reasons import Reason
from turnout.mqtt._wire import Cursor, MalformedError, binary, malformed, packet, text

_NAME = "MQTT"
_CONNECT = allowed(
    "session_expiry_s",
    "receive_maximum",
    "maximum_packet_bytes",
    "topic_alias_maximum",
    "wants_response_information",
    "wants_problems",
    "authentication_method",
    "authentication_data",
)
_WILL = allowed(
    "will_delay_s",
    "payload_is_text",
    "message_expiry_s",
    "content_type",
    "response_topic",
    "correlation",
)
_MOST_QOS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Will:
    """A message that the broker publishes if a client goes without a word.

    Attributes:
        topic: Where.
        payload: What.
        qos: Its quality of service.
        retain: Whether the broker keeps it for those who come later.
        properties: More about it.
    """

    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = False
    properties: Properties = NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Connect:
    """A client's first packet.

    Attributes:
        client_id: The name of its session; empty to be given one.
        clean_start: Whether a session of that name is to be forgotten.
        keep_alive_s: The client sends something at least that often; 0 for whenever it likes.
        will: What to publish if it goes without a word.
        user: Who it is.
        password: What proves it.
        level: `OLD` for MQTT 3.1.1, `NEW` for MQTT 5.
        properties: What the client can do.
    """

    client_id: str
    clean_start: bool = True
    keep_alive_s: int = 0
    will: Will | None = None
    user: str | None = None
    password: bytes | None = None
    level: int = NEW
    properties: Properties = NONE

    def encode(self) -> bytes:
        """Return the packet."""
        flags = self.clean_start << 1
        parts = []
        if self.will is not None:
            flags |= 4 | self.will.qos << 3 | self.will.retain << 5
            if self.level == NEW:
                parts.append(_properties.encode(self.will.properties))
            parts += [text(self.will.topic), binary(self.will.payload)]
        if self.user is not None:
            flags |= 0x80
            parts.append(text(self.user))
        if self.password is not None:
            flags |= 0x40
            parts.append(binary(self.password))
        properties = _properties.encode(self.properties) if self.level == NEW else b""
        head = text(_NAME) + bytes((self.level, flags)) + self.keep_alive_s.to_bytes(2, "big")
        return packet(Kind.CONNECT << 4, head, properties, text(self.client_id), *parts)

    @classmethod
    def decode(cls, body: bytes) -> "Connect":
        """Read the packet's body.

        Raises:
            MalformedError: If it cannot be read, or is of another version.
        """
        cursor = Cursor(body)
        name, level = cursor.text(), cursor.byte()
        if name != _NAME or level not in {OLD, NEW}:
            raise MalformedError(Reason.UNSUPPORTED_PROTOCOL_VERSION, "it is neither MQTT 5 nor 3.1.1")
        flags, keep_alive_s = cursor.byte(), cursor.short()
        qos = flags >> 3 & 3
        has_will = bool(flags & 4)
        if flags & 1 or qos > _MOST_QOS or (not has_will and flags & 0x38):
            raise malformed("a CONNECT has unknown flags")
        properties = _properties.decode(cursor, _CONNECT) if level == NEW else NONE
        client_id = cursor.text()
        will = None
        if has_will:
            about = _properties.decode(cursor, _WILL) if level == NEW else NONE
            topic, payload = cursor.text(), cursor.binary()
            will = Will(topic=topic, payload=payload, qos=qos, retain=bool(flags & 0x20), properties=about)
        user = cursor.text() if flags & 0x80 else None
        password = cursor.binary() if flags & 0x40 else None
        if not cursor.at_end:
            raise malformed("a CONNECT is longer than its fields")
        return cls(
            client_id=client_id,
            clean_start=bool(flags & 2),
            keep_alive_s=keep_alive_s,
            will=will,
            user=user,
            password=password,
            level=level,
            properties=properties,
        )
