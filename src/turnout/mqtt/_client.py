"""A client that stays connected."""

import asyncio
import random
import ssl
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import cycle
from typing import Self

from turnout.errors import BrokerError, UsageError
from turnout.mqtt._connect import Connect, Will
from turnout.mqtt._inbox import Delivery, Inbox
from turnout.mqtt._link import Link
from turnout.mqtt._messages import Message, raw_of
from turnout.mqtt._outbox import Outbox
from turnout.mqtt._packets import NEW, Subscription
from turnout.mqtt._properties import NONE, Properties
from turnout.mqtt._reasons import Reason
from turnout.mqtt._topics import check_filter, check_topic

_FIRST_WAIT_S = 0.25
_LONGEST_WAIT_S = 30.0
_ROOM = 65_000  # messages of QoS 1 that the broker has not acknowledged
_PENDING_BYTES = 64_000_000
_SUBSCRIBE_IDS = range(65_001, 65_536)  # the outbox takes those below


class MqttClient:
    """Publishes to a broker and receives from it, over as many connections, one after the other, as that takes.

    Between two attempts to connect it waits, twice as long each time up to half a minute, and a random part of that, so
    that a thousand clients do not return at once.

        async with MqttClient("127.0.0.1", on_messages=print, subscriptions=[Subscription(filter="a/#")]) as client:
            await client.publish("a/b", b"21.5")

    Args:
        host: Where the broker is.
        port: Likewise; 1883 is usual, and 8883 with TLS.
        on_messages: Takes what arrives, in order, all that came with one read of the socket at a time. If it raises,
            nothing of that is acknowledged and the client ends; `wait_closed` raises it.
        is_manual: Whether ``on_messages`` says `Delivery.done` itself, at any later time; else its return does.
        subscriptions: What to receive. They are renewed unless the broker has kept the session.
        client_id: The name of the session; empty to be given one.
        clean_start: Whether a session that the broker has kept from before is forgotten at the start.
        session_expiry_s: For how long the broker keeps the session, with what is published at QoS 1 meanwhile, when
            this client is away; at most 4,294,967,295, which is for ever.
        user: Who the client is.
        password: What proves it.
        tls: How to encrypt, see `tls_context`; None for not at all.
        server_name: The name that the broker's certificate must have and that is sent as SNI; None for ``host``.
        keep_alive_s: A broker that is silent for that long is taken for dead; 0 for never.
        receive_maximum: How many messages of QoS 1 the broker may send before the first of them is acknowledged.
        max_packet_bytes: The largest packet that the broker may send.
        max_pending: How many messages may wait for `Delivery.done` before nothing more is read, 64 MB at most.
        topic_aliases: How many topics the broker may replace with numbers. It saves bytes and costs time.
        will: What the broker is to publish if this client goes without a word.
        on_state: Takes what becomes of the connection, as clauses for people.
        connect_timeout_s: How long one attempt to connect may take.
        spread: Returns a number from 0 to 1, by which waiting times are spread.

    Raises:
        UsageError: If a topic filter is wrong.
    """

    def __init__(
        self,
        host: str,
        port: int = 1883,
        *,
        on_messages: Callable[[Delivery], None] | None = None,
        is_manual: bool = False,
        subscriptions: Sequence[Subscription] = (),
        client_id: str = "",
        clean_start: bool = False,
        session_expiry_s: int = 0,
        user: str | None = None,
        password: str | None = None,
        tls: ssl.SSLContext | None = None,
        server_name: str | None = None,
        keep_alive_s: int = 30,
        receive_maximum: int = 65_535,
        max_packet_bytes: int = 1_000_000,
        max_pending: int = 65_536,
        topic_aliases: int = 0,
        will: Will | None = None,
        on_state: Callable[[str], None] | None = None,
        connect_timeout_s: float = 10.0,
        spread: Callable[[], float] = random.random,
    ) -> None:
        for wanted in subscriptions:
            check_filter(wanted.filter)
        self._host, self._port = host, port
        self._on_messages = on_messages
        self._is_manual = is_manual
        self._subscriptions = {wanted.filter: wanted for wanted in subscriptions}
        self._tls, self._server_name = tls, server_name
        self._max_packet_bytes = max_packet_bytes
        self._on_state = on_state
        self._connect_timeout_s = connect_timeout_s
        self._spread = spread
        self._connect = Connect(
            client_id=client_id,
            clean_start=clean_start,
            keep_alive_s=keep_alive_s,
            will=will,
            user=user,
            password=None if password is None else password.encode(),
            properties=Properties(
                session_expiry_s=session_expiry_s or None,
                receive_maximum=receive_maximum,
                maximum_packet_bytes=max_packet_bytes,
                topic_alias_maximum=topic_aliases or None,
            ),
        )
        self._outbox = Outbox(_ROOM)
        self._inbox = Inbox(max_messages=max_pending, max_bytes=_PENDING_BYTES)
        self._link: Link | None = None
        self._changed = asyncio.Event()  # there is a connection, or there will be none
        self._subscribe_ids = cycle(_SUBSCRIBE_IDS)
        self._stay: asyncio.Task[None] | None = None
        self._failure: Exception | None = None
        self._has_ended = False
        self.session_present = False
        """Whether the broker had kept the session when the client connected last."""
        self.connections = 0
        """How many connections there have been."""

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection now."""
        return self._link is not None

    @property
    def pending(self) -> int:
        """How many messages wait for `Delivery.done`."""
        return self._inbox.messages

    async def start(self, *, is_patient: bool = False) -> None:
        """Connect.

        Args:
            is_patient: Whether to go on in the background if the broker is not there yet, or refuses.

        Raises:
            BrokerError: If the first attempt fails, and ``is_patient`` is not set.
        """
        if self._stay is not None:
            raise UsageError("the client was started before; make another one")
        if not is_patient:
            await self._open()
        self._stay = asyncio.get_running_loop().create_task(self._stay_connected())

    async def stop(self) -> None:
        """Say goodbye to the broker; what is not acknowledged then is not waited for."""
        if self._stay is not None:
            self._stay.cancel()
            await asyncio.wait([self._stay])
        if self._link is not None:
            await self._link.leave()
        self._end(BrokerError("the client has stopped"))

    async def wait_closed(self) -> None:
        """Wait until the client has ended, and raise what ``on_messages`` or ``on_state`` raised, if they did."""
        if self._stay is not None:
            await asyncio.wait([self._stay])
        if self._failure is not None:
            raise self._failure

    async def publish(
        self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False, properties: Properties = NONE
    ) -> None:
        """Publish a message.

        Args:
            topic: Where.
            payload: What.
            qos: 0: returns when the message is on its way, and it may be lost. 1: returns when the broker has taken
                it, over however many connections.
            retain: Whether the broker keeps it for those who come later.
            properties: More about it.

        Raises:
            BrokerError: If the broker does not take it, or the client has ended.
            UsageError: If the topic is wrong.
        """
        await (await self.send(topic, payload, qos=qos, retain=retain, properties=properties))

    async def send(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False, properties: Properties = NONE
    ) -> asyncio.Future[None]:
        """Publish without waiting for the broker: return what will become of it.

        It waits while there is no room: at QoS 0 for a connection, at QoS 1 if 65,000 messages are not acknowledged.

        Raises:
            BrokerError: If the client has ended.
            UsageError: If the topic is wrong.
        """
        check_topic(topic)
        if qos not in {0, 1}:
            raise UsageError(f"a quality of service of {qos} was asked for; there are 0 and 1")
        self._check_open()
        raw = b"" if properties is NONE else raw_of(properties)
        message = Message(topic.encode(), payload, 0, 0, retain, raw_properties=raw)
        if qos:
            if self._link is not None:
                await self._link.drained()
            return await self._outbox.add(message)
        while self._link is None:
            await self._changed.wait()
            self._check_open()
        link = self._link
        link.write(message.encode(NEW))
        await link.drained()
        sent: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        sent.set_result(None)
        return sent

    async def subscribe(self, *subscriptions: Subscription) -> None:
        """Receive more, from now on and after each new connection.

        Raises:
            BrokerError: If the broker refuses, or the connection ends before it has answered; it is asked again then.
            UsageError: If a topic filter is wrong.
        """
        for wanted in subscriptions:
            check_filter(wanted.filter)
        self._subscriptions.update({wanted.filter: wanted for wanted in subscriptions})
        if self._link is not None and subscriptions:
            await self._link.subscribe(next(self._subscribe_ids), subscriptions)

    def received(self, messages: list[Message], size: int, link: Link) -> None:
        """Hand on what has arrived; called by the link."""
        if self._on_messages is None or self._failure is not None:
            return
        delivery = self._inbox.take(messages, size, link)
        try:
            self._on_messages(delivery)
        except Exception as error:  # noqa: BLE001  it is the user's code
            self._failure = error
            link.end(BrokerError("what takes the messages has failed"))
            return
        if not self._is_manual:
            delivery.done()

    def acknowledged(self, packet_id: int, reason: Reason) -> None:
        """Hand on what the broker says of a message; called by the link."""
        self._outbox.acknowledge(packet_id, reason)

    async def _stay_connected(self) -> None:
        try:
            await self._connect_again_and_again()
        except Exception as error:  # noqa: BLE001  `on_state` is the user's code
            self._failure = error
        self._end(BrokerError("the client has ended, because what it hands messages or states to has failed"))

    async def _connect_again_and_again(self) -> None:
        loop = asyncio.get_running_loop()
        wait_s, since = 0.0, loop.time()
        while True:
            if self._link is not None:
                link = self._link
                await link.lost.wait()
                self._detach()
                self._tell(str(link.why_lost))
                # a connection that did not last is no reason to come back sooner
                wait_s = _FIRST_WAIT_S if loop.time() - since > _LONGEST_WAIT_S else max(wait_s, _FIRST_WAIT_S)
            if self._failure is not None:
                return
            await asyncio.sleep(wait_s * (1 + self._spread()) / 2)
            wait_s = min(max(2 * wait_s, _FIRST_WAIT_S), _LONGEST_WAIT_S)
            try:
                await self._open()
                since = loop.time()
            except BrokerError as error:
                self._tell(str(error))

    async def _open(self) -> None:
        where = f"the broker at {self._host}:{self._port}"
        try:
            async with asyncio.timeout(self._connect_timeout_s):
                await self._open_link()
        except TimeoutError:
            raise BrokerError(f"{where} does not answer within {self._connect_timeout_s:g} s") from None
        except ssl.SSLError as error:
            raise BrokerError(f"{where} cannot be spoken to over TLS: {error.reason or error}") from error
        except OSError as error:
            raise BrokerError(f"{where} cannot be reached: {error.strerror or error}") from error

    async def _open_link(self) -> None:
        link = Link(self, self._connect, max_packet_bytes=self._max_packet_bytes)
        try:
            await asyncio.get_running_loop().create_connection(
                lambda: link,
                self._host,
                self._port,
                ssl=self._tls,
                server_hostname=None if self._tls is None else self._server_name or self._host,
            )
            self._inbox.attach(link)  # a session that goes on may bring messages before anything else
            connack = await link.welcomed
            wanted = tuple(self._subscriptions.values())
            if wanted and not (connack.session_present and self.connections):
                await link.subscribe(next(self._subscribe_ids), wanted)
        except BaseException:
            link.end(BrokerError("the connection is given up"))
            raise
        self.session_present = connack.session_present
        self.connections += 1
        client_id = connack.properties.assigned_client_id or self._connect.client_id
        self._connect = replace(self._connect, clean_start=False, client_id=client_id)
        self._outbox.attach(
            link.write,
            quota=link.quota,
            max_packet_bytes=link.max_packet_bytes,
            session_present=connack.session_present,
        )
        self._link = link
        self._changed.set()
        self._tell("connected")

    def _detach(self) -> None:
        self._link = None
        self._changed.clear()
        self._outbox.detach()

    def _end(self, error: BrokerError) -> None:
        self._detach()
        self._has_ended = True
        self._outbox.abandon(error)
        self._changed.set()

    def _tell(self, state: str) -> None:
        if self._on_state is not None:
            self._on_state(state)

    def _check_open(self) -> None:
        if self._has_ended:
            raise BrokerError("the client has ended")
