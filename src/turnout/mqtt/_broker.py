"""A broker inside this process, for machines that have none."""

import asyncio
import hmac
import os
import secrets
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from turnout.clock import epoch_s
from turnout.errors import BrokerError
from turnout.mqtt._connect import Connect, Will
from turnout.mqtt._messages import Message, raw_of
from turnout.mqtt._packets import NEW, Subscription
from turnout.mqtt._reasons import Reason
from turnout.mqtt._serving import Serving
from turnout.mqtt._sessions import Queued, Session, Tally
from turnout.mqtt._store import KeptSession, Store
from turnout.mqtt._topics import FilterTree

_CACHED = 100_000  # topics whose subscribers are remembered; about 20 MB
_RETAINED = 100_000
_SESSIONS = 50_000
_LONGEST_S = 7 * 86_400.0  # that a session without a connection is kept
_BACKLOG = 4_096


@dataclass(frozen=True, slots=True)
class _Target:
    session: Session
    subscription: Subscription


class Broker:
    """Takes messages from clients of MQTT 5 and 3.1.1, and passes them on.

    It has what a monitor needs: QoS 0 and 1 (a client may publish at QoS 2, and is served at 1), retained messages,
    wildcards, sessions that outlive their connection, wills, expiry, user names and passwords, TLS. It has no shared
    subscriptions, no access lists and no bridges.

    Nothing that it has acknowledged at QoS 1 is dropped while it runs: a message for which a session has no room is
    refused, which its publisher is told. At QoS 0, what a slow client does not take is dropped and counted.

        async with Broker() as broker:
            print(broker.port)

    Args:
        host: The address to listen at. On another than this machine's own, give ``users``.
        port: The port; 0 for any that is free.
        users: The password of each user; None to let everyone in.
        tls: How to encrypt, see `server_tls_context`; None for not at all.
        max_packet_bytes: The largest packet that is taken.
        max_queued: How many messages of QoS 1 a session holds at most.
        max_queued_bytes: How much memory those of all sessions take at most.
        max_clients: How many may be connected at a time.
        store: A file to keep sessions and their messages in, so that nothing that was acknowledged is lost when this
            process is killed; None to keep them in memory only. While it cannot be written, nobody is served.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        users: Mapping[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
        max_packet_bytes: int = 1_000_000,
        max_queued: int = 1_000_000,
        max_queued_bytes: int = 512_000_000,
        max_clients: int = 20_000,
        store: Path | None = None,
    ) -> None:
        self._host, self._port = host, port
        self._users = users
        self._tls = tls
        self._max_queued, self._max_queued_bytes = max_queued, max_queued_bytes
        self._max_clients = max_clients
        self.max_packet_bytes = max_packet_bytes
        self._server: asyncio.Server | None = None
        self._clients: set[Serving] = set()
        self._written: list[Serving] = []
        self._sessions: dict[str, Session] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._wills: dict[str, tuple[asyncio.TimerHandle, Will]] = {}
        self._tree: FilterTree[_Target] = FilterTree()
        self._targets: dict[bytes, tuple[_Target, ...]] = {}
        self._retained: dict[bytes, tuple[Message, float | None]] = {}
        self._number = 0
        self._path = store
        self._store: Store | None = None
        self.tally = Tally()
        """What came in, went out, was dropped and refused so far."""

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def port(self) -> int:
        """The port that it listens at."""
        if self._server is None:
            return self._port
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Listen.

        Raises:
            StoreError: If nothing can be kept in the file, or it is damaged.
            BrokerError: If the address is taken or not this machine's, or the file is another's.
        """
        if self._path is not None:
            self._store = Store(self._path)
            self._load(self._store)
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(
                lambda: Serving(self), self._host, self._port, ssl=self._tls, backlog=_BACKLOG
            )
        except OSError as error:
            self._close_store()
            where = f"{self._host}:{self._port}"
            reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error  # asyncio's is longer
            raise BrokerError(
                f"a broker cannot listen at {where} ({reason}); name another port, or 0 for any that is free"
            ) from error

    async def stop(self) -> None:
        """Say goodbye to all clients, and forget everything but what is kept on disk."""
        if self._server is None:
            return
        self._server.close()
        for client in tuple(self._clients):
            client.leave(Reason.SERVER_SHUTTING_DOWN)
        gone = [asyncio.ensure_future(client.lost.wait()) for client in self._clients]
        if gone:
            await asyncio.wait(gone)  # a client is not waited for longer than a goodbye takes
        await self._server.wait_closed()
        for timer in (*self._timers.values(), *(timer for timer, _ in self._wills.values())):
            timer.cancel()
        self._close_store()
        self._server = self._store = None
        self._tree = FilterTree()
        for kept in (self._sessions, self._timers, self._wills, self._targets, self._retained):
            kept.clear()

    # ── called by connections ─────────────────────────────────────────────────────────────────────────────────────

    def joined(self, client: Serving) -> bool:
        """Count a connection, and return whether there is room for it."""
        if len(self._clients) >= self._max_clients:
            return False
        self._clients.add(client)
        return True

    def left(self, client: Serving, will: Will | None) -> None:
        """Forget a connection; its session stays for as long as it asked for."""
        self._clients.discard(client)
        session = client.session
        if session is None or session.line is not client:
            return
        session.line = None
        loop = asyncio.get_running_loop()
        if will is not None:
            delay_s = min(will.properties.will_delay_s or 0, session.expiry_s)
            timer = loop.call_later(delay_s, self._publish_will, session.client_id)
            self._wills[session.client_id] = (timer, will)
        if session.expiry_s <= 0:
            self._end_session(session)
        else:
            self._keep_session(session, ended_s=epoch_s())
            self._timers[session.client_id] = loop.call_later(session.expiry_s, self._end_session, session)

    def wrote(self, client: Serving) -> None:
        """Send what this connection has to say at the end of this turn of the event loop."""
        if not self._written:
            asyncio.get_running_loop().call_soon(self._flush)
        self._written.append(client)

    def commit(self) -> bool:
        """Return whether all that is to be kept is on disk."""
        return self._store is None or self._store.commit()

    def lets_in(self, connect: Connect) -> bool:
        """Return whether a client is who it says."""
        if self._users is None:
            return True
        given = connect.password or b""
        known = self._users.get(connect.user or "")
        # compared also for a name that is not known, so that the time it takes tells nothing
        is_right = hmac.compare_digest(given, secrets.token_bytes(16) if known is None else known.encode())
        return known is not None and is_right

    def session_for(self, connect: Connect, client: Serving) -> tuple[Session, bool] | None:
        """Return the session of a client and whether it was there, or None if it is another user's or one too many."""
        client_id = connect.client_id
        found = self._sessions.get(client_id)
        if found is not None and found.user != connect.user:
            return None
        if found is not None and isinstance(found.line, Serving):
            taken, will = found.line, found.line.will
            taken.leave(Reason.SESSION_TAKEN_OVER)
            if will is not None and not will.properties.will_delay_s:
                self._publish(will)
        pending = self._wills.pop(client_id, None)
        if pending is not None:
            pending[0].cancel()  # MQTT 5, 3.1.3.2.2
        timer = self._timers.pop(client_id, None)
        if timer is not None:
            timer.cancel()
        if found is not None and connect.clean_start:
            self._end_session(found)
            found = None
        if found is None and len(self._sessions) >= _SESSIONS:
            return None
        session = found or self._new_session(client_id, connect.user)
        session.line = client
        session.expiry_s = _expiry_s(connect)
        self._keep_session(session)
        return session, found is not None

    def subscribe(self, session: Session, wanted: Subscription) -> Iterable[Queued]:
        """Keep a subscription, and return the retained messages that come with it."""
        is_new = self._tree.put(wanted.filter, session.client_id, _Target(session, wanted))
        session.subscriptions[wanted.filter] = wanted
        self._targets.clear()
        self._keep_session(session)
        if wanted.retain_handling > (1 if is_new else 0):
            return
        tree: FilterTree[None] = FilterTree()
        tree.put(wanted.filter, "", None)
        now_s = epoch_s()
        for topic, (message, deadline_s) in tuple(self._retained.items()):
            if deadline_s is not None and deadline_s <= now_s:
                self._retain(topic, b"", message._replace(payload=b""), None)
            elif any(True for _ in tree.matching(topic.decode())):
                qos = min(message.qos, wanted.qos, 1)
                yield self._queued(message._replace(qos=qos, retain=True), deadline_s)

    def unsubscribe(self, session: Session, topic_filter: str) -> bool:
        """End a subscription, and return whether there was one."""
        session.subscriptions.pop(topic_filter, None)
        self._targets.clear()
        self._keep_session(session)
        return self._tree.remove(topic_filter, session.client_id)

    def route(self, message: Message, publisher: Session | None) -> Reason:
        """Pass a message on to all who want it, or to none of them."""
        topic, payload, qos, _, retain, _, raw = message
        self.tally.received += 1
        deadline_s = self._deadline_s(message) if raw else None
        targets = self._targets.get(topic)
        if targets is None:
            targets = self._find(topic)
        if qos and any(self._has_no_room(target) for target in targets):
            self.tally.refused += 1
            return Reason.QUOTA_EXCEEDED
        if retain and not self._retain(topic, payload, message, deadline_s):
            self.tally.refused += 1
            return Reason.QUOTA_EXCEEDED
        for target in targets:
            session, wanted = target.session, target.subscription
            if wanted.no_local and session is publisher:
                continue
            keeps_mark = retain and wanted.retain_as_published
            if qos and wanted.qos:
                queued = self._queued(Message(topic, payload, 1, 0, keeps_mark, False, raw), deadline_s)
                if self._store is not None and session.expiry_s:
                    self._store.keep(session.client_id, queued)
                session.enqueue(queued)
            elif session.line is not None:
                is_plain = not qos and retain is keeps_mark
                session.send(message if is_plain else Message(topic, payload, 0, 0, keeps_mark, False, raw))
        return Reason.SUCCESS if targets else Reason.NO_MATCHING_SUBSCRIBERS

    # ── within ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _flush(self) -> None:
        written, self._written = self._written, []
        for client in written:
            client.flush()

    def _find(self, topic: bytes) -> tuple[_Target, ...]:
        best: dict[str, _Target] = {}  # of several subscriptions of a session, that of the highest quality
        for target in self._tree.matching(topic.decode()):
            known = best.get(target.session.client_id)
            if known is None or known.subscription.qos < target.subscription.qos:
                best[target.session.client_id] = target
        if len(self._targets) >= _CACHED:
            self._targets.clear()
        found = self._targets[topic] = tuple(best.values())
        return found

    def _has_no_room(self, target: _Target) -> bool:
        if not target.subscription.qos:
            return False
        return len(target.session) >= self._max_queued or self.tally.queued_bytes >= self._max_queued_bytes

    def _retain(self, topic: bytes, payload: bytes, message: Message, deadline_s: float | None) -> bool:
        if not payload:
            self._retained.pop(topic, None)
        elif topic in self._retained or len(self._retained) < _RETAINED:
            self._retained[topic] = (message._replace(packet_id=0, is_again=False), deadline_s)
        else:
            return False
        if self._store is not None:
            self._store.retain(message, deadline_s)
        return True

    def _queued(self, message: Message, deadline_s: float | None) -> Queued:
        self._number += 1
        return Queued(self._number, message, deadline_s)

    @staticmethod
    def _deadline_s(message: Message) -> float | None:
        expiry_s = message.properties.message_expiry_s
        return None if expiry_s is None else epoch_s() + expiry_s

    def _publish_will(self, client_id: str) -> None:
        pending = self._wills.pop(client_id, None)
        if pending is not None:
            self._publish(pending[1])

    def _publish(self, will: Will) -> None:
        raw = raw_of(replace(will.properties, will_delay_s=None))
        self.route(Message(will.topic.encode(), will.payload, will.qos, 0, will.retain, False, raw), None)

    def _end_session(self, session: Session) -> None:
        self._publish_will(session.client_id)
        self._timers.pop(session.client_id, None)
        for topic_filter in tuple(session.subscriptions):
            self.unsubscribe(session, topic_filter)
        session.clear()
        self._sessions.pop(session.client_id, None)
        if self._store is not None:
            self._store.forget_session(session.client_id)

    def _new_session(self, client_id: str, user: str | None) -> Session:
        settled = None if self._store is None else self._store.settle
        session = Session(client_id, user, tally=self.tally, now_s=epoch_s, settled=settled)
        self._sessions[client_id] = session
        return session

    def _keep_session(self, session: Session, *, ended_s: float | None = None) -> None:
        if self._store is None or not session.expiry_s:
            return
        kept = KeptSession(
            client_id=session.client_id,
            user=session.user,
            expiry_s=session.expiry_s,
            ended_s=ended_s,
            subscriptions=tuple(session.subscriptions.values()),
        )
        self._store.keep_session(kept)

    def _load(self, store: Store) -> None:
        """Go on with what is on disk; sessions whose process was killed count from now on."""
        loop = asyncio.get_running_loop()
        for kept in store.sessions():
            session = self._new_session(kept.client_id, kept.user)
            session.expiry_s = kept.expiry_s
            for wanted in kept.subscriptions:
                session.subscriptions[wanted.filter] = wanted
                self._tree.put(wanted.filter, session.client_id, _Target(session, wanted))
            away_s = 0.0 if kept.ended_s is None else epoch_s() - kept.ended_s
            left_s = max(0.0, kept.expiry_s - away_s)
            self._timers[kept.client_id] = loop.call_later(left_s, self._end_session, session)
        for client_id, queued in store.messages():
            self._number = queued.number
            if client_id in self._sessions:
                self._sessions[client_id].enqueue(queued)
            else:
                store.settle(queued.number)
        for message, deadline_s in store.retained():
            self._retained[message.topic] = (message, deadline_s)

    def _close_store(self) -> None:
        if self._store is not None:
            self._store.close()


def _expiry_s(connect: Connect) -> float:
    """Return for how long a session is kept after its connection."""
    if connect.level == NEW:
        return min(float(connect.properties.session_expiry_s or 0), _LONGEST_S)
    return 0.0 if connect.clean_start else _LONGEST_S
