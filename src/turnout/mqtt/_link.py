"""One connection of a client to a broker."""

import asyncio
from contextlib import suppress
from typing import Protocol

from turnout.errors import BrokerError
from turnout.mqtt._channel import Channel
from turnout.mqtt._connect import Connect
from turnout.mqtt._messages import Message, Packet, Reader
from turnout.mqtt._packets import NEW, PINGREQ, Ack, Connack, Disconnect, Granted, Kind, Subscribe, Subscription
from turnout.mqtt._reasons import FAILURE, Reason
from turnout.mqtt._wire import MAX_VARIABLE, MalformedError

_ALIVE_SHARE = 0.5  # of the keep-alive time: then something is sent
_GRACE_S = 2.0  # to say goodbye
_QUOTA = 65_535
_PLAIN = 2  # bytes of a PUBACK that says no more than that the message has arrived


class Owner(Protocol):
    """What a link tells its client."""

    def received(self, messages: list[Message], size: int, link: "Link") -> None:
        """Take messages that came in ``size`` bytes."""
        ...

    def acknowledged(self, packet_id: int, reason: Reason) -> None:
        """Take note of what became of a message that was published."""
        ...


class Link(Channel):
    """Speaks MQTT 5 over one transport.

    Args:
        owner: Whose it is.
        connect: The first packet.
        max_packet_bytes: The largest packet that is read.
    """

    def __init__(self, owner: Owner, connect: Connect, *, max_packet_bytes: int) -> None:
        super().__init__()
        self._owner = owner
        self._connect = connect
        aliases = connect.properties.topic_alias_maximum or 0
        self._reader = Reader(max_packet_bytes=max_packet_bytes, topic_aliases=aliases)
        self._size = 0
        self._granted: dict[int, asyncio.Future[tuple[Reason, ...]]] = {}
        self._keep_alive_s = connect.keep_alive_s
        self._timer: asyncio.TimerHandle | None = None
        self._heard = self._pinged = self._is_paused = False
        self.why_lost = BrokerError("the connection is open")
        """Why it has ended, once ``lost`` is set."""
        self._error: BrokerError | None = None
        self.welcomed: asyncio.Future[Connack] = self._loop.create_future()
        self.quota = _QUOTA
        self.max_packet_bytes = MAX_VARIABLE

    def pause(self) -> None:
        """Read nothing more for now."""
        if self._transport is not None and self.is_open:
            self._is_paused = True
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read again."""
        if self._transport is not None and self.is_open:
            self._is_paused = False
            self._heard = True  # else the silence that we asked for would count
            self._transport.resume_reading()

    async def subscribe(self, packet_id: int, subscriptions: tuple[Subscription, ...]) -> None:
        """Ask for messages.

        Raises:
            BrokerError: If the broker refuses, or the connection ends before it has answered.
        """
        answer: asyncio.Future[tuple[Reason, ...]] = self._loop.create_future()
        self._granted[packet_id] = answer
        self.write(Subscribe(packet_id=packet_id, subscriptions=subscriptions).encode(NEW))
        reasons = await answer
        for wanted, reason in zip(subscriptions, reasons, strict=False):
            if reason >= FAILURE:
                raise BrokerError(f"the broker refuses a subscription to {wanted.filter}: {reason}")

    def end(self, error: BrokerError) -> None:
        """End the connection at once, for a reason that ``why_lost`` will tell."""
        self._error = self._error or error
        self.abort()

    async def leave(self) -> None:
        """Say goodbye and close."""
        if self._transport is not None and not self.lost.is_set():
            self.write(Disconnect().encode(NEW))
            self.flush()
            self._transport.close()
            with suppress(TimeoutError):
                await asyncio.wait_for(self.lost.wait(), _GRACE_S)
            self.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Introduce the client."""
        super().connection_made(transport)
        self.write(self._connect.encode())
        self.flush()

    def data_received(self, data: bytes) -> None:
        """Take bytes apart and hand them on."""
        self._heard = True
        self._size += len(data)
        try:
            for part in self._reader.feed(data):
                if isinstance(part, Packet):
                    self._control(part)
                else:
                    size, self._size = self._size, 0
                    self._owner.received(part, size, self)
        except MalformedError as error:
            self._fail(error.reason, f"the broker broke the protocol: {error}")

    def connection_lost(self, error: Exception | None) -> None:
        """Tell those who wait."""
        if self._timer is not None:
            self._timer.cancel()
        why = self.why_lost = self._error or BrokerError(f"the connection ended: {error or 'the broker closed it'}")
        for answer in self._granted.values():
            if not answer.done():
                answer.set_exception(why)
        if not self.welcomed.done():
            self.welcomed.set_exception(why)
            self.welcomed.exception()  # nobody need wait for it
        super().connection_lost(error)

    def _control(self, packet: Packet) -> None:
        kind, body = packet
        if not self.welcomed.done() and kind is not Kind.CONNACK:
            raise MalformedError(Reason.PROTOCOL_ERROR, f"its first packet is a {kind.name}")
        match kind:
            case Kind.PUBACK if len(body) == _PLAIN and any(body):
                self._owner.acknowledged(int.from_bytes(body, "big"), Reason.SUCCESS)
            case Kind.PUBACK:
                ack = Ack.decode(kind, body)
                self._owner.acknowledged(ack.packet_id, ack.reason)
            case Kind.PINGRESP:
                pass  # like anything that was heard
            case Kind.SUBACK | Kind.UNSUBACK:
                granted = Granted.decode(kind, body, NEW)
                answer = self._granted.pop(granted.packet_id, None)
                if answer is not None and not answer.done():
                    answer.set_result(granted.reasons)
            case Kind.CONNACK if not self.welcomed.done():
                self._welcome(Connack.decode(body, NEW))
            case Kind.DISCONNECT:
                told = Disconnect.decode(body)
                self.end(BrokerError(f"the broker ends the connection: {_words(told.reason, told.properties)}"))
            case _:
                raise MalformedError(Reason.PROTOCOL_ERROR, f"it sent a {kind.name}")

    def _welcome(self, connack: Connack) -> None:
        if connack.reason >= FAILURE:
            self.end(RefusedError(_words(connack.reason, connack.properties)))
            return
        told = connack.properties
        self.quota = told.receive_maximum or _QUOTA
        self.max_packet_bytes = told.maximum_packet_bytes or MAX_VARIABLE
        if told.keep_alive_s is not None:
            self._keep_alive_s = told.keep_alive_s
        if self._keep_alive_s:
            self._keep_alive()
        self.welcomed.set_result(connack)

    def _keep_alive(self) -> None:
        if self._pinged and not self._heard and not self._is_paused:
            self.end(BrokerError(f"the broker has said nothing for {self._keep_alive_s} s"))
            return
        self._heard = False
        self._pinged = True
        self.write(PINGREQ)
        self._timer = self._loop.call_later(self._keep_alive_s * _ALIVE_SHARE, self._keep_alive)

    def _fail(self, reason: Reason, what: str) -> None:
        if self._transport is not None and self.is_open:
            self._transport.write(Disconnect(reason=reason).encode(NEW))
            self._error = self._error or BrokerError(what)
            self._transport.close()


class RefusedError(BrokerError):
    """The broker does not let the client in."""

    def __str__(self) -> str:
        return f"the broker refuses the connection: {super().__str__()}"


def _words(reason: Reason, properties: object) -> str:
    text = getattr(properties, "reason_text", None)
    return f"{reason} ({text})" if text else str(reason)
