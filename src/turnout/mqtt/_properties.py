"""The properties of MQTT 5 packets.

Source: OASIS MQTT 5.0 (2019), section 2.2.2.
"""

from dataclasses import dataclass, fields
from enum import Enum

from turnout.mqtt._reasons import Reason
from turnout.mqtt._wire import Cursor, MalformedError, binary, malformed, text, variable


class _Kind(Enum):
    FLAG = 1
    SHORT = 2
    LONG = 4
    VARIABLE = 5
    TEXT = 6
    BINARY = 7
    PAIRS = 8


_Value = int | bool | str | bytes | tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Properties:
    """What an MQTT 5 packet says besides; None for what it does not say.

    Attributes:
        payload_is_text: Whether the payload is UTF-8.
        message_expiry_s: After how long the message is of no use.
        content_type: What the payload is.
        response_topic: Where an answer is to be published.
        correlation: What an answer is to bring back.
        subscription_id: The number that a subscription gave itself.
        session_expiry_s: For how long a session is kept after its connection.
        assigned_client_id: The name that the broker chose for a client without one.
        keep_alive_s: What the broker wants instead of what the client asked for.
        authentication_method: Of an exchange of more than one step.
        authentication_data: Likewise.
        wants_problems: Whether packets may come with a reason text.
        will_delay_s: How long after the connection's end the will is published.
        wants_response_information: Whether CONNACK may name a response topic.
        response_information: That name.
        server_reference: Another broker to use.
        reason_text: Why, for people.
        receive_maximum: How many unacknowledged messages may be under way at a time.
        topic_alias_maximum: The highest topic alias that may be used.
        topic_alias: The number that stands for a topic from now on.
        maximum_qos: The highest quality of service that the broker knows.
        has_retain: Whether the broker retains messages.
        user: Pairs of names and values, of any meaning.
        maximum_packet_bytes: The largest packet that may be sent.
        has_wildcards: Whether topic filters may have wildcards.
        has_subscription_ids: Whether subscriptions may be numbered.
        has_shared: Whether subscriptions may be shared.
    """

    payload_is_text: bool | None = None
    message_expiry_s: int | None = None
    content_type: str | None = None
    response_topic: str | None = None
    correlation: bytes | None = None
    subscription_id: int | None = None
    session_expiry_s: int | None = None
    assigned_client_id: str | None = None
    keep_alive_s: int | None = None
    authentication_method: str | None = None
    authentication_data: bytes | None = None
    wants_problems: bool | None = None
    will_delay_s: int | None = None
    wants_response_information: bool | None = None
    response_information: str | None = None
    server_reference: str | None = None
    reason_text: str | None = None
    receive_maximum: int | None = None
    topic_alias_maximum: int | None = None
    topic_alias: int | None = None
    maximum_qos: int | None = None
    has_retain: bool | None = None
    user: tuple[tuple[str, str], ...] = ()
    maximum_packet_bytes: int | None = None
    has_wildcards: bool | None = None
    has_subscription_ids: bool | None = None
    has_shared: bool | None = None


NONE = Properties()

# the number of each property, and its type: MQTT 5, table 2-4
_TABLE: dict[int, tuple[str, _Kind]] = {
    0x01: ("payload_is_text", _Kind.FLAG),
    0x02: ("message_expiry_s", _Kind.LONG),
    0x03: ("content_type", _Kind.TEXT),
    0x08: ("response_topic", _Kind.TEXT),
    0x09: ("correlation", _Kind.BINARY),
    0x0B: ("subscription_id", _Kind.VARIABLE),
    0x11: ("session_expiry_s", _Kind.LONG),
    0x12: ("assigned_client_id", _Kind.TEXT),
    0x13: ("keep_alive_s", _Kind.SHORT),
    0x15: ("authentication_method", _Kind.TEXT),
    0x16: ("authentication_data", _Kind.BINARY),
    0x17: ("wants_problems", _Kind.FLAG),
    0x18: ("will_delay_s", _Kind.LONG),
    0x19: ("wants_response_information", _Kind.FLAG),
    0x1A: ("response_information", _Kind.TEXT),
    0x1C: ("server_reference", _Kind.TEXT),
    0x1F: ("reason_text", _Kind.TEXT),
    0x21: ("receive_maximum", _Kind.SHORT),
    0x22: ("topic_alias_maximum", _Kind.SHORT),
    0x23: ("topic_alias", _Kind.SHORT),
    0x24: ("maximum_qos", _Kind.FLAG),
    0x25: ("has_retain", _Kind.FLAG),
    0x26: ("user", _Kind.PAIRS),
    0x27: ("maximum_packet_bytes", _Kind.LONG),
    0x28: ("has_wildcards", _Kind.FLAG),
    0x29: ("has_subscription_ids", _Kind.FLAG),
    0x2A: ("has_shared", _Kind.FLAG),
}
_NUMBERS = {name: number for number, (name, _) in _TABLE.items()}
_NOT_ZERO = {"receive_maximum", "topic_alias", "maximum_packet_bytes", "subscription_id"}


def encode(properties: Properties) -> bytes:
    """Return properties behind their length.

    Raises:
        ValueError: If a value does not fit its field.
    """
    if properties is NONE:
        return b"\0"
    encoded = b"".join(
        _encode(field.name, getattr(properties, field.name))
        for field in fields(properties)
        if getattr(properties, field.name) is not None
    )
    return variable(len(encoded)) + encoded


def decode(cursor: Cursor, allowed: frozenset[str]) -> Properties:
    """Read properties behind their length.

    Args:
        cursor: Where they begin.
        allowed: Those that this kind of packet may have.

    Raises:
        MalformedError: If they cannot be read, are not allowed here, or are there twice.
    """
    length = cursor.variable()
    if not length:
        return NONE
    part = cursor.part(length)
    values: dict[str, _Value] = {}
    pairs: list[tuple[str, str]] = []
    while not part.at_end:
        number = part.variable()
        name, kind = _TABLE.get(number, ("", _Kind.FLAG))
        if name not in allowed:
            raise malformed(f"there is a property {number:#04x} where it cannot be")
        if kind is _Kind.PAIRS:
            pairs.append((part.text(), part.text()))
            continue
        if name in values and name != "subscription_id":  # a message has those of all subscriptions that it matches
            raise MalformedError(Reason.PROTOCOL_ERROR, f"the property {name} is there twice")
        values[name] = _decode(part, name, kind)
    if pairs:
        values["user"] = tuple(pairs)
    return Properties(**values)  # type: ignore[arg-type]  # the table gives each name its type


def _encode(name: str, value: _Value) -> bytes:
    number = _NUMBERS[name]
    kind = _TABLE[number][1]
    head = bytes((number,))
    try:
        match value:
            case tuple():
                return b"".join(head + text(key) + text(item) for key, item in value)
            case str():
                return head + text(value)
            case bytes():
                return head + binary(value)
            case bool():
                return head + bytes((value,))
            case int() if kind is _Kind.VARIABLE:
                return head + variable(value)
            case int():
                return head + value.to_bytes(max(1, kind.value), "big")
    except OverflowError:
        raise ValueError(f"{name} cannot be {value!r}") from None


def _decode(part: Cursor, name: str, kind: _Kind) -> _Value:
    value: _Value
    match kind:
        case _Kind.FLAG:
            value = part.byte()
            if value > 1:
                raise MalformedError(Reason.PROTOCOL_ERROR, f"the property {name} is {value}, not 0 or 1")
            return value if name == "maximum_qos" else bool(value)
        case _Kind.SHORT:
            value = part.short()
        case _Kind.LONG:
            value = part.long()
        case _Kind.VARIABLE:
            value = part.variable()
        case _Kind.TEXT:
            return part.text()
        case _:
            return part.binary()
    if value == 0 and name in _NOT_ZERO:
        raise MalformedError(Reason.PROTOCOL_ERROR, f"the property {name} is 0")
    return value


def allowed(*names: str) -> frozenset[str]:
    """Return a set of properties for `decode`; user properties are allowed everywhere."""
    unknown = set(names) - _NUMBERS.keys()
    if unknown:
        raise ValueError(f"there are no properties called {sorted(unknown)}")
    return frozenset((*names, "user"))
