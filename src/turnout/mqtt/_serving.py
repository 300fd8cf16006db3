"""The broker's side of one client's connection."""

import asyncio
import secrets
from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol

from turnout.errors import UsageError
from turnout.mqtt._channel import Channel
from turnout.mqtt._connect import Connect, Will
from turnout.mqtt._messages import Message, Packet, Reader
from turnout.mqtt._packets import (
    NEW,
    PINGRESP,
    PUBACK,
    Ack,
    Connack,
    Disconnect,
    Granted,
    Kind,
    Subscribe,
    Subscription,
    Unsubscribe,
)
from turnout.mqtt._properties import Properties
from turnout.mqtt._reasons import FAILURE, Reason
from turnout.mqtt._sessions import Queued, Session
from turnout.mqtt._topics import check_filter, check_topic
from turnout.mqtt._wire import MAX_VARIABLE, MalformedError

_PATIENCE_S = 10.0  # until the first packet
_GRACE = 1.5  # of the keep-alive time: MQTT 5, 3.1.2.10
_BUFFER_BYTES = 1_000_000  # that the operating system does not take; then the client counts as slow
_FLOOD_BYTES = 16_000_000  # likewise; then it is let go
_GOODBYE_S = 2.0
_QUOTA = 65_535
_PLAIN = 2  # bytes of a PUBACK that says no more than that the message has arrived
_SUBSCRIPTIONS = 10_000


class House(Protocol):
    """What a connection asks of its broker; `Broker` tells what each is."""

    max_packet_bytes: int

    def joined(self, client: "Serving") -> bool:
        """Return whether there is room for one more."""
        ...

    def left(self, client: "Serving", will: Will | None) -> None:
        """Hear that a client has gone."""
        ...

    def wrote(self, client: "Serving") -> None:
        """Hear that a client has something to flush."""
        ...

    def commit(self) -> bool:
        """Return whether all that is to be kept is on disk."""
        ...

    def lets_in(self, connect: Connect) -> bool:
        """Return whether a client is who it says."""
        ...

    def session_for(self, connect: Connect, client: "Serving") -> tuple[Session, bool] | None:
        """Return a client's session, and whether it was there."""
        ...

    def subscribe(self, session: Session, wanted: Subscription) -> Iterable[Queued]:
        """Keep a subscription, and return what was retained for it."""
        ...

    def unsubscribe(self, session: Session, topic_filter: str) -> bool:
        """Return whether a subscription was there and has ended."""
        ...

    def route(self, message: Message, publisher: Session | None) -> Reason:
        """Pass a message on."""
        ...


class Serving(Channel):
    """Speaks MQTT 5 or 3.1.1 with one client. Whatever the client sends, it can end its own connection only.

    Args:
        house: The broker.
    """

    def __init__(self, house: House) -> None:
        super().__init__()
        self._house = house
        self._reader = Reader(max_packet_bytes=house.max_packet_bytes)
        self._timer: asyncio.TimerHandle | None = None
        self._keep_alive_s = 0
        self._heard = False
        self._is_leaving = False
        self.session: Session | None = None
        """None until the client is let in."""
        self.will: Will | None = None
        self.level = NEW
        self.quota = _QUOTA
        self.max_packet_bytes = MAX_VARIABLE

    def schedule(self) -> None:
        """Have `flush` called at the end of this turn of the loop, together with other connections'."""
        self._house.wrote(self)

    def flush(self) -> None:
        """Send what was written, unless that cannot be kept, or the client has left megabytes of answers unread."""
        if not self._house.commit():
            self.abort()  # it comes back with what was not acknowledged
            return
        super().flush()
        if self._transport is not None and self._transport.get_write_buffer_size() > _FLOOD_BYTES:
            self.abort()

    def leave(self, reason: Reason) -> None:
        """Tell the client why, and close; what is on its way to it may be lost."""
        if self.is_open and self._transport is not None:
            self._is_leaving = True
            if self.level == NEW and self.session is not None:
                self.write(Disconnect(reason=reason).encode(NEW))
            self.flush()
            self._transport.close()
            self._loop.call_later(_GOODBYE_S, self.abort)  # a client that takes nothing is not waited for

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait for the first packet."""
        super().connection_made(transport)
        if self._transport is not None:
            self._transport.set_write_buffer_limits(_BUFFER_BYTES)
            if not self._house.joined(self):
                self._transport.abort()
        self._timer = self._loop.call_later(_PATIENCE_S, self._check_alive)

    def data_received(self, data: bytes) -> None:
        """Do what the client asks for."""
        if not self._heard and self.session is None and data[0] != Kind.CONNECT << 4:
            self.abort()  # it speaks something else, and may never complete what looks like a packet
            return
        self._heard = True
        try:
            for part in self._reader.feed(data):
                if self._is_leaving:
                    return
                if isinstance(part, Packet):
                    self._control(part)
                else:
                    self._publish(part)
        except MalformedError as error:
            self.leave(error.reason)

    def resume_writing(self) -> None:
        """Go on with what waits for a client that has caught up."""
        super().resume_writing()
        if self.session is not None and self.session.line is self:
            self.session.pump()

    def connection_lost(self, error: Exception | None) -> None:
        """Tell the broker."""
        super().connection_lost(error)
        if self._timer is not None:
            self._timer.cancel()
        self._waiting.clear()
        self._house.left(self, self.will)

    def _publish(self, messages: list[Message]) -> None:
        session, route = self.session, self._house.route
        if session is None:
            raise MalformedError(Reason.PROTOCOL_ERROR, "its first packet is a PUBLISH")
        for message in messages:
            if message.raw_properties and message.properties.subscription_id is not None:
                raise MalformedError(Reason.PROTOCOL_ERROR, "a client sends no subscription identifier")
            if message.qos == 0:
                route(message, session)
            else:
                self._publish_surely(message, session)

    def _publish_surely(self, message: Message, session: Session) -> None:
        _, _, qos, packet_id, *_ = message
        kind, reason = Kind.PUBACK, Reason.SUCCESS
        if qos == 1:
            reason = self._house.route(message, session)
            if reason < FAILURE:
                self.write(PUBACK + packet_id.to_bytes(2, "big"))  # that nobody subscribes is not told
                return
        else:
            kind = Kind.PUBREC
            if packet_id not in session.incoming:  # else it has been passed on
                reason = self._house.route(message, session)
                if reason < FAILURE:
                    session.incoming.add(packet_id)
        if reason >= FAILURE and self.level != NEW:
            raise MalformedError(reason, "there is no room, and MQTT 3.1.1 has no other way to say so")
        self.write(Ack(kind=kind, packet_id=packet_id, reason=reason).encode(self.level))

    def _control(self, packet: Packet) -> None:
        kind, body = packet
        session = self.session
        if session is None:
            if kind is not Kind.CONNECT:
                raise MalformedError(Reason.PROTOCOL_ERROR, f"its first packet is a {kind.name}")
            self._connect(Connect.decode(body))
            return
        match kind:
            case Kind.PUBACK if len(body) == _PLAIN and any(body):
                session.acknowledge(int.from_bytes(body, "big"))
            case Kind.PUBACK:
                session.acknowledge(Ack.decode(kind, body).packet_id)
            case Kind.PUBREL:
                packet_id = Ack.decode(kind, body).packet_id
                known = packet_id in session.incoming
                session.incoming.discard(packet_id)
                reason = Reason.SUCCESS if known else Reason.PACKET_IDENTIFIER_NOT_FOUND
                self.write(Ack(kind=Kind.PUBCOMP, packet_id=packet_id, reason=reason).encode(self.level))
            case Kind.PINGREQ:
                self.write(PINGRESP)
            case Kind.SUBSCRIBE:
                self._subscribe(Subscribe.decode(body, self.level), session)
            case Kind.UNSUBSCRIBE:
                asked = Unsubscribe.decode(body, self.level)
                gone = (self._house.unsubscribe(session, name) for name in asked.filters)
                reasons = tuple(Reason.SUCCESS if one else Reason.NO_SUBSCRIPTION_EXISTED for one in gone)
                self.write(Granted(kind=Kind.UNSUBACK, packet_id=asked.packet_id, reasons=reasons).encode(self.level))
            case Kind.DISCONNECT:
                self._disconnect(Disconnect.decode(body), session)
            case _:
                raise MalformedError(Reason.PROTOCOL_ERROR, f"a client sends no {kind.name}")

    def _connect(self, connect: Connect) -> None:
        self.level = self._reader.level = connect.level
        reason = self._refusal(connect)
        asked = connect
        if not connect.client_id:
            connect = replace(connect, client_id=f"turnout-{secrets.token_hex(8)}")
        found = self._house.session_for(connect, self) if reason is None else None
        if found is None:
            self._refuse(reason or Reason.CLIENT_IDENTIFIER_NOT_VALID)
            return
        self.session, was_there = found
        self.will = connect.will
        self.quota = connect.properties.receive_maximum or _QUOTA
        self.max_packet_bytes = connect.properties.maximum_packet_bytes or MAX_VARIABLE
        self._keep_alive_s = connect.keep_alive_s
        self._renew_timer()
        is_shorter = (connect.properties.session_expiry_s or 0) > self.session.expiry_s
        told = Properties(
            assigned_client_id=None if asked.client_id else connect.client_id,
            session_expiry_s=int(self.session.expiry_s) if is_shorter else None,
            maximum_packet_bytes=self._house.max_packet_bytes,
            has_subscription_ids=False,
            has_shared=False,
        )
        self.write(Connack(session_present=was_there, reason=Reason.SUCCESS, properties=told).encode(self.level))
        self.session.attach(self)

    def _refusal(self, connect: Connect) -> Reason | None:
        if not connect.client_id and connect.level != NEW and not connect.clean_start:
            return Reason.CLIENT_IDENTIFIER_NOT_VALID
        if connect.properties.authentication_method is not None:
            return Reason.BAD_AUTHENTICATION_METHOD
        if not self._house.lets_in(connect):
            return Reason.BAD_USER_NAME_OR_PASSWORD
        if connect.will is not None and not _is_topic(connect.will.topic):
            return Reason.TOPIC_NAME_INVALID
        return None

    def _refuse(self, reason: Reason) -> None:
        self.write(Connack(session_present=False, reason=reason).encode(self.level))
        self.leave(reason)

    def _subscribe(self, asked: Subscribe, session: Session) -> None:
        if asked.properties.subscription_id is not None:
            raise MalformedError(Reason.SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED, "subscriptions have no numbers here")
        reasons, retained = [], []
        for wanted in asked.subscriptions:
            reason = _verdict(wanted, session)
            reasons.append(reason)
            if reason < FAILURE:
                retained += list(self._house.subscribe(session, wanted))
        self.write(Granted(kind=Kind.SUBACK, packet_id=asked.packet_id, reasons=tuple(reasons)).encode(self.level))
        for queued in retained:
            if queued.message.qos:
                session.enqueue(queued)
            else:
                session.send(queued.message)

    def _disconnect(self, told: Disconnect, session: Session) -> None:
        if told.reason is not Reason.DISCONNECT_WITH_WILL:
            self.will = None
        expiry_s = told.properties.session_expiry_s
        if expiry_s is not None:
            if expiry_s and not session.expiry_s:
                raise MalformedError(Reason.PROTOCOL_ERROR, "a session that was to end with its connection cannot stay")
            session.expiry_s = min(float(expiry_s), session.expiry_s)
        self._is_leaving = True
        if self._transport is not None:
            self._transport.close()

    def _check_alive(self) -> None:
        if self.session is None or not self._heard:
            self.leave(Reason.KEEP_ALIVE_TIMEOUT)
        else:
            self._renew_timer()

    def _renew_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._heard = False
        if self._keep_alive_s:
            self._timer = self._loop.call_later(self._keep_alive_s * _GRACE, self._check_alive)


def _verdict(wanted: Subscription, session: Session) -> Reason:
    try:
        check_filter(wanted.filter)
    except UsageError:
        return Reason.TOPIC_FILTER_INVALID
    if wanted.filter.startswith("$share/"):
        return Reason.SHARED_SUBSCRIPTIONS_NOT_SUPPORTED
    if len(session.subscriptions) >= _SUBSCRIPTIONS and wanted.filter not in session.subscriptions:
        return Reason.QUOTA_EXCEEDED
    return Reason(min(wanted.qos, 1))


def _is_topic(topic: str) -> bool:
    try:
        check_topic(topic)
    except UsageError:
        return False
    return True
