"""What a broker keeps on disk, so that nothing it has acknowledged at QoS 1 is lost when its process is killed.

Changes are gathered and written in one transaction before the bytes that acknowledge them are sent. They are with the
operating system then: a killed process loses none, a power cut may lose the last moments.
"""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from turnout.errors import BrokerError, StoreError
from turnout.mqtt._messages import Message
from turnout.mqtt._packets import Subscription
from turnout.mqtt._sessions import Queued

_SCHEMA = """
CREATE TABLE IF NOT EXISTS session (
    client_id TEXT PRIMARY KEY, user TEXT, expiry_s REAL, ended_s REAL, subscriptions TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS message (
    number INTEGER PRIMARY KEY, client_id TEXT, topic BLOB, payload BLOB, retain INTEGER, properties BLOB,
    deadline_s REAL);
CREATE TABLE IF NOT EXISTS retained (
    topic BLOB PRIMARY KEY, payload BLOB, qos INTEGER, properties BLOB, deadline_s REAL) WITHOUT ROWID;
"""
_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSession:
    """A session, without its messages.

    Attributes:
        client_id: Its name.
        user: Whose it is.
        expiry_s: For how long it is kept after its connection.
        ended_s: When that ended, in seconds since 1970; None while it lasts.
        subscriptions: All of them.
    """

    client_id: str
    user: str | None
    expiry_s: float
    ended_s: float | None
    subscriptions: tuple[Subscription, ...]


class Store:
    """A file with sessions that outlive their connection, their messages, and retained messages.

    Args:
        path: The file; made if need be, with its folder. One broker at a time may use it.

    Raises:
        StoreError: If the disk takes nothing, or the file is damaged.
        BrokerError: If another broker uses it, or another version made it.
    """

    def __init__(self, path: Path) -> None:
        self._messages: dict[int, tuple[object, ...]] = {}
        self._settled: list[int] = []
        self._others: list[tuple[str, tuple[object, ...]]] = []
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._base = sqlite3.connect(path, isolation_level=None, timeout=0)
            try:
                self._open(path)
            except BaseException:
                self._base.close()
                raise
        except (OSError, sqlite3.Error) as error:
            raise _refusal(path, error) from error

    def _open(self, path: Path) -> None:
        self._base.execute("PRAGMA locking_mode = EXCLUSIVE")  # two brokers would give two messages one number
        self._base.execute("PRAGMA journal_mode = WAL")
        self._base.execute("PRAGMA synchronous = NORMAL")
        version = self._base.execute("PRAGMA user_version").fetchone()[0]
        if version not in {0, _VERSION}:
            raise BrokerError(f"{str(path)!r} was written by another version of turnout; name another file")
        self._base.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {_VERSION}; COMMIT")
        (found,) = self._base.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise StoreError(str(path), found, True)

    def close(self) -> None:
        """Write what is gathered, and close the file."""
        self.commit()
        self._base.close()

    def sessions(self) -> Iterator[KeptSession]:
        """Yield all sessions."""
        for client_id, user, expiry_s, ended_s, text in self._base.execute("SELECT * FROM session"):
            subscriptions = tuple(Subscription(**values) for values in json.loads(text))
            yield KeptSession(
                client_id=client_id, user=user, expiry_s=expiry_s, ended_s=ended_s, subscriptions=subscriptions
            )

    def messages(self) -> Iterator[tuple[str, Queued]]:
        """Yield all messages with the sessions that they are for, oldest first."""
        rows = self._base.execute("SELECT * FROM message ORDER BY number")
        for number, client_id, topic, payload, retain, properties, deadline_s in rows:
            message = Message(topic, payload, 1, 0, bool(retain), raw_properties=properties)
            yield client_id, Queued(number, message, deadline_s)

    def retained(self) -> Iterator[tuple[Message, float | None]]:
        """Yield all retained messages, and until when they are of use."""
        for topic, payload, qos, properties, deadline_s in self._base.execute("SELECT * FROM retained"):
            yield Message(topic, payload, qos, 0, retain=True, raw_properties=properties), deadline_s

    def keep_session(self, session: KeptSession) -> None:
        """Keep how a session stands."""
        subscriptions = json.dumps([asdict(wanted) for wanted in session.subscriptions])
        row = (session.client_id, session.user, session.expiry_s, session.ended_s, subscriptions)
        self._others.append(("INSERT OR REPLACE INTO session VALUES (?, ?, ?, ?, ?)", row))

    def forget_session(self, client_id: str) -> None:
        """Forget a session; its messages are settled one by one."""
        self._others.append(("DELETE FROM session WHERE client_id = ?", (client_id,)))

    def keep(self, client_id: str, queued: Queued) -> None:
        """Keep a message for a session."""
        message = queued.message
        row = (client_id, message.topic, message.payload, message.retain, message.raw_properties, queued.deadline_s)
        self._messages[queued.number] = (queued.number, *row)

    def settle(self, number: int) -> None:
        """Forget a message; one that was not written yet never is."""
        if self._messages.pop(number, None) is None:
            self._settled.append(number)

    def retain(self, message: Message, deadline_s: float | None) -> None:
        """Keep a retained message, or forget that of its topic if it is empty."""
        if message.payload:
            row = (message.topic, message.payload, message.qos, message.raw_properties, deadline_s)
            self._others.append(("INSERT OR REPLACE INTO retained VALUES (?, ?, ?, ?, ?)", row))
        else:
            self._others.append(("DELETE FROM retained WHERE topic = ?", (message.topic,)))

    def commit(self) -> bool:
        """Write what is gathered, and return whether it is written; if not, it is tried again the next time."""
        if not (self._messages or self._settled or self._others):
            return True
        try:
            self._base.execute("BEGIN IMMEDIATE")
            for statement, row in self._others:
                self._base.execute(statement, row)
            self._base.executemany(
                "INSERT OR REPLACE INTO message VALUES (?, ?, ?, ?, ?, ?, ?)", self._messages.values()
            )
            self._base.executemany("DELETE FROM message WHERE number = ?", [(number,) for number in self._settled])
            self._base.execute("COMMIT")
        except sqlite3.Error:
            if self._base.in_transaction:
                self._base.execute("ROLLBACK")
            return False
        self._messages.clear()
        self._settled.clear()
        self._others.clear()
        return True


def _refusal(path: Path, error: OSError | sqlite3.Error) -> BrokerError:
    """Return what tells that a file cannot be used."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest tells more of it; not all errors have one
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return BrokerError(f"another broker keeps its sessions in {str(path)!r}; name another file")
    return StoreError(str(path), str(error), code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
