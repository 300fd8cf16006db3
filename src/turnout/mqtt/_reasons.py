"""The reasons that MQTT packets give.

Source: OASIS MQTT 5.0 (2019), section 2.4.
"""

from enum import IntEnum

FAILURE = 0x80  # and above it


class Reason(IntEnum):
    """What became of a request, or why a connection ends; ``str`` gives a clause for people."""

    SUCCESS = 0x00
    GRANTED_QOS_1 = 0x01
    GRANTED_QOS_2 = 0x02
    DISCONNECT_WITH_WILL = 0x04
    NO_MATCHING_SUBSCRIBERS = 0x10
    NO_SUBSCRIPTION_EXISTED = 0x11
    CONTINUE_AUTHENTICATION = 0x18
    REAUTHENTICATE = 0x19
    UNSPECIFIED_ERROR = 0x80
    MALFORMED_PACKET = 0x81
    PROTOCOL_ERROR = 0x82
    IMPLEMENTATION_SPECIFIC_ERROR = 0x83
    UNSUPPORTED_PROTOCOL_VERSION = 0x84
    CLIENT_IDENTIFIER_NOT_VALID = 0x85
    BAD_USER_NAME_OR_PASSWORD = 0x86
    NOT_AUTHORIZED = 0x87
    SERVER_UNAVAILABLE = 0x88
    SERVER_BUSY = 0x89
    BANNED = 0x8A
    SERVER_SHUTTING_DOWN = 0x8B
    BAD_AUTHENTICATION_METHOD = 0x8C
    KEEP_ALIVE_TIMEOUT = 0x8D
    SESSION_TAKEN_OVER = 0x8E
    TOPIC_FILTER_INVALID = 0x8F
    TOPIC_NAME_INVALID = 0x90
    PACKET_IDENTIFIER_IN_USE = 0x91
    PACKET_IDENTIFIER_NOT_FOUND = 0x92
    RECEIVE_MAXIMUM_EXCEEDED = 0x93
    TOPIC_ALIAS_INVALID = 0x94
    PACKET_TOO_LARGE = 0x95
    MESSAGE_RATE_TOO_HIGH = 0x96
    QUOTA_EXCEEDED = 0x97
    ADMINISTRATIVE_ACTION = 0x98
    PAYLOAD_FORMAT_INVALID = 0x99
    RETAIN_NOT_SUPPORTED = 0x9A
    QOS_NOT_SUPPORTED = 0x9B
    USE_ANOTHER_SERVER = 0x9C
    SERVER_MOVED = 0x9D
    SHARED_SUBSCRIPTIONS_NOT_SUPPORTED = 0x9E
    CONNECTION_RATE_EXCEEDED = 0x9F
    MAXIMUM_CONNECT_TIME = 0xA0
    SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED = 0xA1
    WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED = 0xA2

    def __str__(self) -> str:
        return self.name.lower().replace("_", " ").replace("qos", "QoS")


# what a CONNACK of MQTT 3.1.1 says, and the same in the words of MQTT 5; see MQTT 3.1.1, table 3.1
_OLD_REASONS = {
    1: Reason.UNSUPPORTED_PROTOCOL_VERSION,
    2: Reason.CLIENT_IDENTIFIER_NOT_VALID,
    3: Reason.SERVER_UNAVAILABLE,
    4: Reason.BAD_USER_NAME_OR_PASSWORD,
    5: Reason.NOT_AUTHORIZED,
}


def reason_of(code: int) -> Reason:
    """Return the reason of a code; of one that we do not know, the general one of its half."""
    try:
        return Reason(code)
    except ValueError:
        return Reason.UNSPECIFIED_ERROR if code >= FAILURE else Reason.SUCCESS


def old_code(reason: Reason) -> int:
    """Return what a CONNACK of MQTT 3.1.1 says for a reason."""
    return next((code for code, known in _OLD_REASONS.items() if known is reason), 3 if reason >= FAILURE else 0)


def reason_of_old(code: int) -> Reason:
    """Return the reason that a CONNACK of MQTT 3.1.1 gives."""
    return Reason.SUCCESS if code == 0 else _OLD_REASONS.get(code, Reason.UNSPECIFIED_ERROR)
