"""Two minutes of 10,000 sensors at 1 Hz into a history: CPU and bytes for each reading, against other embedded stores.

Ours includes what the others leave to do: the summaries of 10 s and of a minute, by sensor and by zone.
"""

import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from _harness import Verdict, cpu_s, interleave, start
from turnout.jobs.monitor._layout import grid
from turnout.jobs.monitor._types import Batch
from turnout.jobs.monitor.history import History

SENSORS = 10_000
SECONDS = 120
BEGIN_NS = 1_767_225_600 * 1_000_000_000
READINGS = SENSORS * SECONDS
TIMES_FASTER = 2
HALL = grid(racks=SENSORS, zones=100)
MOST_BYTES = 6.4  # of one blob a tick in SQLite, uncompressed


def ticks() -> Iterator[Batch]:
    """Give temperatures with two decimals, in the order in which they happen to arrive."""
    random = np.random.default_rng(6)
    walk = random.normal(24, 2, SENSORS)
    for second in range(SECONDS):
        walk += random.normal(0, 0.05, SENSORS)
        sensors = random.permutation(SENSORS).astype(np.int32)
        times_ns = BEGIN_NS + np.sort(random.integers(0, 1000, SENSORS)) * 1_000_000 + second * 1_000_000_000
        yield Batch(sensors=sensors, values=np.round(walk[sensors], 2), times_ns=times_ns)


def ours(folder: Path, given: list[Batch]) -> None:
    history = History(folder, HALL)
    for second, batch in enumerate(given, 1):
        history.add(batch)
        history.commit(BEGIN_NS + second * 1_000_000_000)
    history.close()


def rows(folder: Path, given: list[Batch]) -> None:
    connection = sqlite3.connect(folder / "rows.db")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("CREATE TABLE readings (time_ns INTEGER, sensor INTEGER, value REAL)")
    for batch in given:
        columns = (batch.times_ns.tolist(), batch.sensors.tolist(), batch.values.tolist())
        connection.executemany("INSERT INTO readings VALUES (?, ?, ?)", zip(*columns, strict=True))
        connection.commit()
    connection.close()


def parquet(folder: Path, given: list[Batch]) -> None:
    schema = pa.schema([("time_ns", pa.int64()), ("sensor", pa.int32()), ("value", pa.float64())])
    with pq.ParquetWriter(folder / "readings.parquet", schema, compression="zstd") as writer:
        for batch in given:
            writer.write_table(pa.table([batch.times_ns, batch.sensors, batch.values], schema=schema))


STORES = {"turnout": ours, "SQLite rows": rows, "Parquet": parquet}


def writing(store: Callable[[Path, list[Batch]], None]) -> Callable[[], Callable[[], object]]:
    def prepare() -> Callable[[], object]:
        given = list(ticks())

        def work() -> None:
            with tempfile.TemporaryDirectory() as folder:
                store(Path(folder), given)

        return work

    return prepare


CONTENDERS = {name: writing(store) for name, store in STORES.items()}


def bytes_of(store: Callable[[Path, list[Batch]], None]) -> float:
    """Return what a reading takes on the disk."""
    with tempfile.TemporaryDirectory() as folder:
        store(Path(folder), list(ticks()))
        return sum(file.stat().st_size for file in Path(folder).iterdir()) / READINGS


def judge() -> list[Verdict]:
    timings = interleave(__file__, list(CONTENDERS), repeats=3)
    cpu_ns = {name: cpu_s(runs) / READINGS * 1e9 for name, runs in timings.items()}
    size = {name: bytes_of(store) for name, store in STORES.items()}
    ratio = cpu_ns["SQLite rows"] / cpu_ns["turnout"]
    return [
        Verdict(
            what="a reading kept in the history, with its summaries",
            found=f"{cpu_ns['turnout']:.0f} ns of CPU, {ratio:.1f} x less than a row of SQLite",
            bar=f"at least {TIMES_FASTER} x less",
            met=ratio >= TIMES_FASTER,
            details=", ".join(f"{name} {ns:.0f} ns" for name, ns in cpu_ns.items()),
        ),
        Verdict(
            what="what a reading takes on the disk, with its summaries",
            found=f"{size['turnout']:.1f} bytes",
            bar=f"at most {MOST_BYTES} bytes",
            met=size["turnout"] <= MOST_BYTES,
            details=", ".join(f"{name} {count:.1f} bytes" for name, count in size.items()),
        ),
    ]


if __name__ == "__main__":
    start(CONTENDERS, judge)
