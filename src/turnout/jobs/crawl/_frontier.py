"""What was found and what became of it, on disk."""

import json
import sqlite3
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from turnout.clock import timestamp
from turnout.jobs.crawl._frontier_file import cannot_be_read, open_to_write
from turnout.jobs.crawl._types import Found, Item, State
from turnout.jobs.crawl._urls import origin_of
from turnout.pages import RecentMap, SeenSet

if TYPE_CHECKING:
    from array import array

_TEXTS = 1 << 19  # of links; those that come again are not written again, as far as they are remembered
_MOST_DEPTH = 1 << 20
_INSERT = "INSERT INTO urls (key, host, state, rank, depth, hops, url) VALUES (?, ?, 0, ?, ?, ?, ?)"
_WAITING = """
SELECT urls.id, key, url, depth, hops, coalesce(etag, ''), coalesce(modified, ''), rank
FROM urls LEFT JOIN fetches ON fetches.id = urls.id WHERE state = 0
"""
_TAKE = f"{_WAITING} AND host = ? AND (rank, urls.id) > (?, ?) ORDER BY rank, urls.id LIMIT ?"
_TAKE_ROW = f"{_WAITING} AND urls.id = ?"
_KEEP = "INSERT OR REPLACE INTO fetches VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"


class Result(NamedTuple):
    """What became of an address.

    Attributes:
        id: Its row.
        state: How it stands now.
        status: Of HTTP; 0 if there was no answer.
        note: Why it is not in the index, or what failed; "" if all is well.
        fetched_s: When, in seconds since 1970.
        ms: How long it took.
        bytes: On the wire.
        content: Hash of the text, 0 if there is none.
        etag: As the server says, or "".
        modified: Likewise.
    """

    id: int
    state: State
    status: int
    note: str
    fetched_s: float
    ms: float
    bytes: int
    content: int
    etag: str
    modified: str


@dataclass(slots=True)
class HostRow:
    """A host, and how many of its addresses still wait.

    Attributes:
        id: Its row.
        origin: Scheme, host and port.
        waiting: How many addresses wait, those that are being fetched included.
        taken: The rows that are in memory: to be fetched soon, being fetched, or not yet recorded.
        done: How many pages were fetched.
        cursor: Where `Frontier.take` goes on.
    """

    id: int
    origin: str
    waiting: int
    taken: set[int]
    done: int = 0
    cursor: tuple[int, int] = (-1, -1)


class Frontier:
    """All addresses of a crawl, in a folder that is locked.

    Nothing is kept before `commit`.

    Args:
        folder: Where it is, or is made.

    Raises:
        UsageError: If something else is there, or it is damaged.
    """

    def __init__(self, folder: Path) -> None:
        self._connection = open_to_write(folder)
        self.hosts: dict[str, HostRow] = {}
        self._texts = RecentMap(_TEXTS)
        self.counts = dict.fromkeys(State, 0)
        try:
            self._seen = SeenSet(key for (key,) in self._connection.execute("SELECT key FROM urls"))
            self._load()
            self._connection.execute("BEGIN")
        except sqlite3.DatabaseError as error:
            self._connection.close()
            raise cannot_be_read(folder, error) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self._seen)

    @property
    def waiting(self) -> int:
        """How many addresses wait, those that are being fetched included."""
        return self.counts[State.WAITING]

    def __contains__(self, key: int) -> bool:
        """Tell whether the address of this key was found before."""
        return key in self._seen

    def ignore(self, key: int) -> None:
        """Take an address for found, without a row, as long as this object lives."""
        self._seen.add(key)

    def add(self, found: Iterable[Found]) -> list[HostRow]:
        """Take addresses, but for those that were found before; return the hosts that have new ones."""
        rows: list[tuple[int, int, int, int, int, str]] = []
        changed: dict[str, HostRow] = {}
        for one in found:
            if not self._seen.add(one.key):
                continue
            origin = origin_of(one.url)
            host = self.hosts.get(origin) or self._new_host(origin)
            host.waiting += 1
            changed[origin] = host
            rank = 2 * min(one.depth, _MOST_DEPTH) + ("?" in one.url)
            rows.append((one.key, host.id, rank, one.depth, one.hops, one.url))
        if rows:
            self._connection.executemany(_INSERT, rows)
            self.counts[State.WAITING] += len(rows)
        return list(changed.values())

    def take(self, host: HostRow, most: int) -> list[Item]:
        """Return addresses of a host that wait and are not taken yet, those near the seeds first."""
        items = self._take_from(host, most)
        if not items and host.waiting > len(host.taken):  # what came later, and belongs before those
            host.cursor = (-1, -1)
            while not items:
                before = host.cursor
                items = self._take_from(host, most)
                if host.cursor == before:
                    break
        return items

    def _take_from(self, host: HostRow, most: int) -> list[Item]:
        rows = self._connection.execute(_TAKE, (host.id, *host.cursor, most)).fetchall()
        if not rows:
            return []
        host.cursor = (rows[-1][7], rows[-1][0])
        items = [Item(*row[:7]) for row in rows if row[0] not in host.taken]
        host.taken.update(item.id for item in items)
        return items

    def take_rows(self, host: HostRow, rows: Iterable[int]) -> list[Item]:
        """Return those addresses of a host, given by their rows, that wait; none of them is taken yet."""
        items = [Item(*found[:7]) for row in rows for found in self._connection.execute(_TAKE_ROW, (row,))]
        host.taken.update(item.id for item in items)
        return items

    def record(self, results: Sequence[tuple[HostRow, Result]]) -> None:
        """Write down what became of addresses, each of its host."""
        states = [(int(one.state), one.id) for _, one in results]  # SQLite takes 2 µs for a member of an enumeration
        self._connection.executemany("UPDATE urls SET state = ? WHERE id = ?", states)
        self._connection.executemany(_KEEP, [(one.id, *one[2:]) for _, one in results])
        counts = self.counts
        counts[State.WAITING] -= len(results)
        for host, one in results:
            counts[one.state] += 1
            host.taken.discard(one.id)
            host.waiting -= 1
            host.done += one.state == State.DONE

    def link(self, pages: Iterable[tuple[int, "array[int]"]], texts: Iterable[tuple[int, str]]) -> None:
        """Write down what pages link to.

        Args:
            pages: A row each, and the keys of what it links to (typecode "q").
            texts: Keys of targets, and texts of links to them.
        """
        self._connection.executemany(
            "INSERT OR REPLACE INTO links VALUES (?, ?)", [(row, _little(keys)) for row, keys in pages]
        )
        self._connection.executemany(
            "INSERT INTO anchors VALUES (?, ?)", [one for one in texts if self._is_new_text(one)]
        )

    def _is_new_text(self, text: tuple[int, str]) -> bool:
        mark = hash(text) or 1
        if self._texts.get(mark):
            return False
        self._texts.put(mark, 1)
        return True

    def send(self, found: Iterable[Found]) -> None:
        """Put addresses into the outbox, but for those that were found before."""
        rows = [tuple(one) for one in found if self._seen.add(one.key)]
        self._connection.executemany("INSERT INTO outbox (key, url, depth, hops) VALUES (?, ?, ?, ?)", rows)

    def outbox(self, most: int) -> list[tuple[int, Found]]:
        """Return addresses in the outbox, each with the number of its row."""
        rows = self._connection.execute("SELECT id, key, url, depth, hops FROM outbox ORDER BY id LIMIT ?", (most,))
        return [(row[0], Found(*row[1:])) for row in rows]

    def delivered(self, last: int) -> None:
        """Take addresses up to that row out of the outbox: their owners have them on disk."""
        self._connection.execute("DELETE FROM outbox WHERE id <= ?", (last,))

    def alias(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Write down which page stands for another: keys."""
        self._connection.executemany("INSERT OR REPLACE INTO aliases VALUES (?, ?)", pairs)

    def give_up(self, host: HostRow, note: str, state: State) -> int:
        """Let no more wait on a host, but for what is taken; return how many there were."""
        kept = sorted(host.taken)
        marks = ",".join(map(str, kept))
        changed = self._connection.execute(
            f"UPDATE urls SET state = ? WHERE state = 0 AND host = ? AND id NOT IN ({marks})",  # noqa: S608  # numbers
            (state, host.id),
        ).rowcount
        self._connection.execute("UPDATE hosts SET note = ? WHERE id = ?", (note, host.id))
        host.waiting -= changed
        self.counts[State.WAITING] -= changed
        self.counts[state] += changed
        return changed

    def note(self, host: HostRow, note: str) -> None:
        """Write down why nothing is fetched from a host."""
        self._connection.execute("UPDATE hosts SET note = ? WHERE id = ?", (note, host.id))

    def rules(self, host: HostRow) -> tuple[int, bytes] | None:
        """Return the status and body of a host's robots.txt, None if they are not kept."""
        row = self._connection.execute("SELECT status, body FROM rules WHERE host = ?", (host.id,)).fetchone()
        return None if row is None else (row[0], row[1])

    def keep_rules(self, host: HostRow, status: int, body: bytes) -> None:
        """Keep the status and body of a host's robots.txt."""
        self._connection.execute("INSERT OR REPLACE INTO rules VALUES (?, ?, ?)", (host.id, status, body))

    def forget_rules(self) -> None:
        """Let all robots.txt be asked for again."""
        self._connection.execute("DELETE FROM rules")

    def again(self) -> int:
        """Let all pages that were fetched or failed wait once more; return how many they are."""
        changed = self._connection.execute(
            "UPDATE urls SET state = 0 WHERE state IN (?, ?)", (State.DONE, State.FAILED)
        ).rowcount
        self._load()
        return changed

    def retry(self, keys: Collection[int]) -> None:
        """Let those addresses that failed wait once more."""
        failed = self._connection.execute("SELECT id, key FROM urls WHERE state = ?", (State.FAILED,))
        rows = [(row,) for row, key in failed if key in keys]
        if rows:
            self._connection.executemany("UPDATE urls SET state = 0 WHERE id = ?", rows)
            self._load()

    def contents(self, most: int = 1 << 17) -> Iterator[tuple[int, int]]:
        """Yield the keys of the pages that were fetched last, and the hashes of their texts."""
        yield from self._connection.execute(
            "SELECT key, content FROM fetches JOIN urls USING (id) WHERE content != 0 ORDER BY id DESC LIMIT ?", (most,)
        )

    def about(self, name: str) -> Any:  # what JSON has
        """Return what was kept under a name, or None."""
        row = self._connection.execute("SELECT value FROM about WHERE name = ?", (name,)).fetchone()
        return None if row is None else json.loads(row[0])

    def keep_about(self, name: str, value: object) -> None:
        """Keep a value that JSON has under a name."""
        self._connection.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (name, json.dumps(value)))

    def begin_run(self) -> int:
        """Write down that a run begins; return its number."""
        cursor = self._connection.execute("INSERT INTO runs (began) VALUES (?)", (timestamp(),))
        self.commit()
        return int(cursor.lastrowid or 0)

    def keep_run(self, run: int, *, ended: bool, wall_s: float, cpu_s: float, fetched: int, indexed: int,
                 stages: dict[str, float]) -> None:  # fmt: skip
        """Write down how a run stands."""
        self._connection.execute(
            "UPDATE runs SET ended = ?, wall_s = ?, cpu_s = ?, fetched = ?, indexed = ?, stages = ? WHERE id = ?",
            (timestamp() if ended else None, wall_s, cpu_s, fetched, indexed, json.dumps(stages), run),
        )

    def keep_span(self, row: tuple[int, float, float, int, int, int, int]) -> None:
        """Write down what was done in a span of a run: a row of ``timeline``."""
        self._connection.execute("INSERT INTO timeline VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def commit(self) -> None:
        """Keep all so far, through the end of this process."""
        self._connection.execute("COMMIT")
        self._connection.execute("BEGIN")

    def close(self) -> None:
        """Drop what was not committed, and close the file."""
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        self._connection.close()

    def _new_host(self, origin: str) -> HostRow:
        cursor = self._connection.execute("INSERT INTO hosts (origin) VALUES (?)", (origin,))
        host = self.hosts[origin] = HostRow(int(cursor.lastrowid or 0), origin, 0, set())
        return host

    def _load(self) -> None:
        by_id: dict[int, HostRow] = {}
        for number, origin in self._connection.execute("SELECT id, origin FROM hosts"):
            by_id[number] = self.hosts[origin] = HostRow(number, origin, 0, set())
        self.counts = dict.fromkeys(State, 0)
        for number, state, count in self._connection.execute("SELECT host, state, count(*) FROM urls GROUP BY 1, 2"):
            self.counts[State(state)] += count
            if state == State.WAITING:
                by_id[number].waiting = count
            elif state == State.DONE:
                by_id[number].done = count


def _little(keys: "array[int]") -> bytes:
    if sys.byteorder == "big":
        keys = keys[:]
        keys.byteswap()
    return keys.tobytes()
