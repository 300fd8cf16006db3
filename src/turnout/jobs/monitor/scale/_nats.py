"""All that is asked of NATS, beside messages that nothing keeps; the only module that imports it.

    NAME-moves     stream: NAME.moves.PART, what moves the machine of a part, written by the bridge
    NAME-changes   stream: NAME.changes.PART, what became of its alarms, written by the part's owner
    NAME-tenures   stream: NAME.tenures.PART, who has looked after a part since when
    NAME-leases    keys with a time to live: who is there, who owns what
    NAME-states    objects: how the machine of a part stood after a move

Whoever writes to a stream names the last message of the subject that it knows of, and is refused if there is another
one: a process that was thought dead and wakes up cannot write. A state may be overwritten by an older one, which costs
no more than the time to make the moves since.
"""

import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from turnout.errors import ClusterError, UsageError, not_installed
from turnout.jobs.monitor._log import Record
from turnout.jobs.monitor.scale._connecting import connected, where
from turnout.jobs.monitor.scale._messages import Messages
from turnout.jobs.monitor.scale._moves import Moves, to_bytes

if TYPE_CHECKING:
    from nats.js import JetStreamContext
    from nats.js.kv import KeyValue
    from nats.js.object_store import ObjectStore

_WRONG_LAST = (10_071, 10_164)  # of NATS's error codes: another last message than was named
_DUPLICATES_S = 120.0
_MOVES_BYTES = 4 << 30
_CHANGES = 100_000  # of a part; never none, because writers name the last one
_TENURES = 1_000  # likewise
_PATIENCE_S = 2.0
_IDLE_S = 30.0
LEASE_S = 3.0
"""How long a lease lasts without being renewed: so long nobody looks after the parts of a process that died."""


class TakenOverError(ClusterError):
    """Somebody else does what this process thought it did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Last:
    """The last message of a subject.

    Attributes:
        sequence: Its number in the stream; 0 if there is none.
        move: The number of the move that it is about; 0 likewise.
        message_id: What its writer called it.
    """

    sequence: int = 0
    move: int = 0
    message_id: str = ""


class Nats(Messages):
    """A connection to a NATS server with JetStream.

    Args:
        url: Where it is: ``nats://user:password@host:4222`` or ``tls://``; several, separated by commas, for a cluster.
        name: What the streams' names begin with: monitors of one name work together.
        tell: Called with what becomes of the connection.
        user: Who the monitor is; None for nobody in particular, or as the URL has it.
        password: What proves it.
        tls: How to encrypt: nothing is said to a server that does not. None for as the server asks for.
        lease_s: How long a lease lasts.
        connect_s: How long the server is looked for at the start.

    Raises:
        UnavailableError: If nats-py is not installed.
    """

    def __init__(
        self,
        url: str,
        name: str,
        *,
        tell: Callable[[str], None],
        user: str | None = None,
        password: str | None = None,
        tls: ssl.SSLContext | None = None,
        lease_s: float = LEASE_S,
        connect_s: float = 5.0,
    ) -> None:
        try:
            self._library = import_module("nats")
            self._api = import_module("nats.js.api")
            self._errors = import_module("nats.js.errors")
        except ImportError:
            raise not_installed("turnout monitor --nats", "nats-py", "monitor") from None
        super().__init__(url, name, (self._library.errors.Error, OSError, TimeoutError))
        self._tell = tell
        self._user, self._password, self._tls = user, password, tls
        self._connect_s = connect_s
        self._is_closing = False
        self.lease_s = lease_s
        self._stream: JetStreamContext
        self._leases: KeyValue
        self._states: ObjectStore

    async def open(self, fingerprint: str, parts: int) -> None:
        """Connect, and make streams and buckets if they are not there.

        Args:
            fingerprint: Of what is watched, and how it is divided.
            parts: Into how many parts.

        Raises:
            ClusterError: If the server cannot be reached, refuses us, does not encrypt, or has no JetStream.
            UsageError: If monitors of the same name watch something else.
        """

        async def lost() -> None:
            if not self._is_closing:
                self._tell("the connection to NATS has ended; it is looked for")

        async def found() -> None:
            self._tell("connected to NATS again")

        self._client = await connected(
            self._library,
            self._url,
            user=self._user,
            password=self._password,
            tls=self._tls,
            lost=lost,
            found=found,
            patience_s=self._connect_s,
        )
        self._stream = self._client.jetstream(timeout=_PATIENCE_S)
        try:
            await self._prepare(fingerprint, parts)
        except self._library.errors.Error as error:
            await self._client.close()
            raise ClusterError(
                f"NATS at {where(self._url)} is of no use: {error}; does it run with JetStream (-js)?"
            ) from error

    async def close(self) -> None:
        """End the connection."""
        self._is_closing = True
        with suppress(*self.troubles):  # a server that is gone cannot be told
            await self._client.close()

    # ── who does what ─────────────────────────────────────────────────────────────────────────────────────────────

    async def take_lease(self, key: str, holder: str) -> int | None:
        """Return the revision of a lease that is ours now, or None if somebody has it."""
        try:
            return await self._leases.create(key, holder.encode())
        except self._errors.KeyWrongLastSequenceError:
            return None

    async def renew_lease(self, key: str, holder: str, revision: int) -> int:
        """Return the next revision of a lease that is still ours.

        Raises:
            TakenOverError: If it is not.
        """
        try:
            return await self._leases.update(key, holder.encode(), last=revision)
        except self._errors.KeyWrongLastSequenceError:
            raise TakenOverError(f"the lease of {key} has passed to another process") from None

    async def end_lease(self, key: str, revision: int) -> None:
        """Let somebody else have a lease, if it is still ours."""
        if not self.is_connected:
            return  # it ends by itself
        try:
            await self._leases.delete(key, last=revision)
        except self.troubles:
            return  # it ends by itself

    async def leases(self) -> set[str]:
        """Return the keys of all leases that somebody has."""
        try:
            return set(await self._leases.keys())
        except self._errors.NoKeysError:
            return set()

    # ── what moves the parts ──────────────────────────────────────────────────────────────────────────────────────

    async def last_move(self, part: int) -> Last:
        """Return the last move of a part."""
        return await self._last(f"{self._name}-moves", self._subject("moves", part))

    async def put_move(self, part: int, record: Record, *, message_id: str, after: int) -> int:
        """Add a move, and return its number.

        Args:
            part: Whose.
            record: What happened.
            message_id: Unlike that of any other; if it is the same, the move is added once.
            after: The number of the part's last move.

        Raises:
            TakenOverError: If that is not its last move.
        """
        content = to_bytes(record)
        return await self._put("moves", part, content, message_id=message_id, after=after, headers={})

    def moves(self, part: int, start: int) -> Moves:
        """Return what reads the moves of a part, from one with a number of at least ``start`` on."""
        return Moves(partial(self._open_moves, part), start, self._library.errors.Error)

    async def forget_moves(self, part: int, before: int) -> None:
        """Delete the moves of a part that have a lower number."""
        stream = f"{self._name}-moves"
        await self._stream.purge_stream(stream, seq=before, subject=self._subject("moves", part))

    # ── what follows from them ────────────────────────────────────────────────────────────────────────────────────

    async def last_changes(self, part: int) -> Last:
        """Return the last changes of a part that were put."""
        return await self._last(f"{self._name}-changes", self._subject("changes", part))

    async def put_changes(self, part: int, content: bytes, *, move: int, message_id: str, after: int) -> int:
        """Tell what followed from a move, and return the number of that message.

        Args:
            part: Whose.
            content: A line of JSON for each change.
            move: The number of the move.
            message_id: Unlike that of any other.
            after: The number of the part's last message.

        Raises:
            TakenOverError: If that is not its last message.
        """
        headers = {"Turnout-Move": str(move)}
        return await self._put("changes", part, content, message_id=message_id, after=after, headers=headers)

    async def state(self, part: int) -> bytes | None:
        """Return what `keep_state` kept last."""
        try:
            return (await self._states.get(f"part-{part}")).data
        except (self._errors.ObjectNotFoundError, self._errors.ObjectDeletedError):
            return None

    async def keep_state(self, part: int, content: bytes) -> None:
        """Keep how the machine of a part stands."""
        await self._states.put(f"part-{part}", content)

    # ── who looked after what ─────────────────────────────────────────────────────────────────────────────────────

    async def begin_tenure(self, part: int, content: bytes) -> None:
        """Keep who looks after a part from now on."""
        await self._stream.publish(self._subject("tenures", part), content)

    async def tenures(self, after: int) -> list[tuple[int, int, bytes]]:
        """Return number, part and content of what was kept of tenures after a number, in its order.

        Raises:
            ClusterError: If there is no connection.
        """
        stream, subjects, found = f"{self._name}-tenures", f"{self._name}.tenures.*", []
        try:
            while True:
                message = await self._stream.get_msg(stream, after + 1, subject=subjects, next=True)
                after = message.seq or after + 1
                found.append((after, int((message.subject or "").rpartition(".")[2]), message.data or b""))
        except self._errors.NotFoundError:
            return found
        except self.troubles as error:
            raise ClusterError("there is no connection to NATS at the moment; ask again in a few seconds") from error

    # ── within ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _subject(self, kind: str, part: int) -> str:
        return f"{self._name}.{kind}.{part}"

    async def _prepare(self, fingerprint: str, parts: int) -> None:
        api, name = self._api, self._name
        common = {"storage": api.StorageType.FILE, "duplicate_window": _DUPLICATES_S}
        # moves are refused rather than dropped if nobody looks after a part: the MQTT broker keeps them then
        moves = api.StreamConfig(
            name=f"{name}-moves",
            subjects=[f"{name}.moves.*"],
            max_bytes=_MOVES_BYTES,
            discard=api.DiscardPolicy.NEW,
            metadata={"turnout-watches": fingerprint, "turnout-parts": str(parts)},
            **common,
        )
        changes = api.StreamConfig(
            name=f"{name}-changes", subjects=[f"{name}.changes.*"], max_msgs_per_subject=_CHANGES, **common
        )
        tenures = api.StreamConfig(
            name=f"{name}-tenures", subjects=[f"{name}.tenures.*"], max_msgs_per_subject=_TENURES, **common
        )
        for wanted in (moves, changes, tenures):
            try:
                await self._stream.stream_info(wanted.name)
            except self._errors.NotFoundError:
                await self._stream.add_stream(wanted)
        found = (await self._stream.stream_info(moves.name)).config.metadata or {}
        if found.get("turnout-watches") != fingerprint:
            raise UsageError(
                f"monitors that are called {name!r} at {where(self._url)} watch other sensors, or in "
                f"{found.get('turnout-parts', 'other')} partitions; take the same configuration, or another --nats-name"
            )
        self._leases = await self._stream.create_key_value(bucket=f"{name}-leases", ttl=self.lease_s, history=1)
        self._states = await self._stream.create_object_store(f"{name}-states")

    async def _last(self, stream: str, subject: str) -> Last:
        try:
            found = await self._stream.get_last_msg(stream, subject)
        except self._errors.NotFoundError:
            return Last()
        headers: Mapping[str, str] = found.headers or {}
        return Last(
            sequence=found.seq or 0, move=int(headers.get("Turnout-Move", 0)), message_id=headers.get("Nats-Msg-Id", "")
        )

    async def _put(
        self, kind: str, part: int, content: bytes, *, message_id: str, after: int, headers: Mapping[str, str]
    ) -> int:
        subject = self._subject(kind, part)
        told = {"Nats-Msg-Id": message_id, "Nats-Expected-Last-Subject-Sequence": str(after), **headers}
        try:
            return (await self._stream.publish(subject, content, headers=told)).seq
        except self._errors.APIError as error:
            if error.err_code not in _WRONG_LAST:
                raise
        last = await self._last(f"{self._name}-{kind}", subject)
        if last.message_id == message_id:
            return last.sequence  # it arrived before, and the answer to that was lost
        raise TakenOverError(f"another process writes {subject}")

    async def _open_moves(self, part: int, start: int) -> "JetStreamContext.PullSubscription":
        api = self._api
        config = api.ConsumerConfig(
            deliver_policy=api.DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=max(1, start),
            ack_policy=api.AckPolicy.NONE,
            inactive_threshold=_IDLE_S,
            mem_storage=True,
        )
        return await self._stream.pull_subscribe(
            self._subject("moves", part), stream=f"{self._name}-moves", config=config
        )
