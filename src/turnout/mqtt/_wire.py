"""The data types of MQTT, to and from bytes.

Source: OASIS MQTT 5.0 (2019), section 1.5.
"""

import struct

from turnout.mqtt._reasons import Reason

MAX_VARIABLE = 268_435_455  # four bytes of seven bits each
_CONTINUES = 0x80
_SHORT = 0xFFFF


class MalformedError(ValueError):
    """Bytes that break the protocol; the connection that they came by is closed.

    Args:
        reason: What to tell the other side.
        what: The same as a clause.
    """

    def __init__(self, reason: Reason, what: str) -> None:
        super().__init__(reason, what)
        self.reason = reason
        self.what = what

    def __str__(self) -> str:
        return self.what


def malformed(what: str) -> MalformedError:
    """Return the error of bytes that cannot be read."""
    return MalformedError(Reason.MALFORMED_PACKET, what)


def variable(number: int) -> bytes:
    """Return a variable byte integer: seven bits a byte, the lowest first.

    Raises:
        ValueError: If it is below 0 or above `MAX_VARIABLE`.
    """
    if not 0 <= number <= MAX_VARIABLE:
        raise ValueError(f"{number} does not fit into a variable byte integer, which ends at {MAX_VARIABLE}")
    encoded = bytearray()
    while number >= _CONTINUES:
        encoded.append(number & 0x7F | _CONTINUES)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def binary(value: bytes) -> bytes:
    """Return bytes behind their length.

    Raises:
        ValueError: If there are more than 65,535.
    """
    if len(value) > _SHORT:
        raise ValueError(f"{len(value)} bytes are too long: MQTT has room for {_SHORT} in a text or binary field")
    return len(value).to_bytes(2, "big") + value


def text(value: str) -> bytes:
    """Return a text as UTF-8 behind its length.

    Raises:
        ValueError: If it holds U+0000 or a surrogate, or is longer than 65,535 bytes.
    """
    if "\0" in value:
        raise ValueError(f"{value!r} holds the character U+0000, which MQTT forbids")
    return binary(value.encode())


def packet(first: int, *parts: bytes) -> bytes:
    """Return a control packet.

    Args:
        first: Its first byte: the packet's type in the upper four bits, flags in the lower.
        parts: What follows the fixed header.
    """
    body = b"".join(parts)
    return bytes((first,)) + variable(len(body)) + body


class Cursor:
    """Reads fields from bytes, one after the other.

    Args:
        data: What to read from.
        start: Where the first field begins.
        stop: Where the last one must end; None for the end of ``data``.
    """

    __slots__ = ("_at", "_data", "_stop")

    def __init__(self, data: bytes, start: int = 0, stop: int | None = None) -> None:
        self._data = data
        self._at = start
        self._stop = len(data) if stop is None else stop

    @property
    def at_end(self) -> bool:
        """Whether all is read."""
        return self._at >= self._stop

    def take(self, count: int) -> bytes:
        """Read ``count`` bytes.

        Raises:
            MalformedError: If there are fewer. So do all other methods, and for what is not of their type.
        """
        end = self._at + count
        if end > self._stop:
            raise malformed("a field is longer than its packet")
        taken = self._data[self._at : end]
        self._at = end
        return taken

    def rest(self) -> bytes:
        """Read all that is left."""
        return self.take(self._stop - self._at)

    def part(self, count: int) -> "Cursor":
        """Return a cursor of the next ``count`` bytes, and go on behind them."""
        return Cursor(self.take(count))

    def byte(self) -> int:
        """Read a byte."""
        return self.take(1)[0]

    def short(self) -> int:
        """Read a number of two bytes."""
        (number,) = struct.unpack(">H", self.take(2))
        return int(number)

    def long(self) -> int:
        """Read a number of four bytes."""
        (number,) = struct.unpack(">I", self.take(4))
        return int(number)

    def variable(self) -> int:
        """Read a variable byte integer."""
        number = shift = 0
        while True:
            byte = self.byte()
            number |= (byte & 0x7F) << shift
            if byte < _CONTINUES:
                if byte == 0 and shift:
                    raise malformed("a variable byte integer is longer than it need be")
                return number
            shift += 7
            if shift > 21:  # noqa: PLR2004  four bytes at most
                raise malformed("a variable byte integer does not end")

    def binary(self) -> bytes:
        """Read bytes behind their length."""
        return self.take(self.short())

    def text(self) -> str:
        """Read a text behind its length."""
        return decoded(self.binary())


def decoded(raw: bytes) -> str:
    """Return the text of UTF-8 bytes.

    Raises:
        MalformedError: If they are not UTF-8, or hold U+0000.
    """
    try:
        value = raw.decode()
    except UnicodeDecodeError:
        raise malformed("a text is not UTF-8") from None
    if "\0" in value:
        raise malformed("a text holds the character U+0000")
    return value
