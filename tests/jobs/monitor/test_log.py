"""The log: what is written is read, whatever killed the writer."""

import os
from pathlib import Path

from turnout.jobs.monitor._log import Kind, LogWriter, Record, segments
from turnout.jobs.monitor._scan import read_segment

OPENING = (Record(Kind.ABOUT, 1, b"{}"), Record(Kind.STATE, 2, b"state"))


def test_a_segment_begins_with_its_opening(tmp_path: Path) -> None:
    log = LogWriter(tmp_path, lambda: OPENING)
    log.append(Kind.FEED, 3, b"readings")
    log.close()

    records = list(read_segment(segments(tmp_path)[0][1]))

    assert records == [*OPENING, Record(Kind.FEED, 3, b"readings")]


def test_each_writer_begins_a_segment(tmp_path: Path) -> None:
    for _ in range(3):
        LogWriter(tmp_path, lambda: OPENING).close()

    assert [number for number, _ in segments(tmp_path)] == [1, 2, 3]


def test_a_long_log_is_cut_and_its_beginning_deleted(tmp_path: Path) -> None:
    log = LogWriter(tmp_path, lambda: OPENING, segment_bytes=1000, keep_bytes=3000)
    for number in range(200):
        log.append(Kind.FEED, number, bytes(100))
        if log.is_full:
            log.renew()
    log.close()

    kept = segments(tmp_path)

    assert kept[0][0] > 1
    assert sum(path.stat().st_size for _, path in kept) < 5000
    assert all(next(read_segment(path)).kind == Kind.ABOUT for _, path in kept)


def test_a_disk_that_is_full_is_told_and_tried_again(tmp_path: Path) -> None:
    log = LogWriter(tmp_path, lambda: OPENING)
    log._file = os.open("/dev/full", os.O_WRONLY)  # takes nothing, as a full disk

    log.append(Kind.FEED, 3, b"lost")
    log.append(Kind.FEED, 4, b"lost")
    trouble, lost = log.trouble, log.lost
    log.renew()
    log.append(Kind.FEED, 5, b"kept")
    log.close()

    assert (trouble, lost, log.trouble) == ("No space left on device", 2, None)
    assert list(read_segment(segments(tmp_path)[-1][1]))[-1] == Record(Kind.FEED, 5, b"kept")


def test_a_disk_that_stays_full_has_no_segment_more(tmp_path: Path) -> None:
    class Full(LogWriter):
        def _write(self, file: int, content: bytes) -> bool:
            full = os.open("/dev/full", os.O_WRONLY)
            os.dup2(full, file)
            os.close(full)
            return super()._write(file, content)

    log = Full(tmp_path, lambda: OPENING)

    assert log.trouble == "No space left on device"
    assert segments(tmp_path) == []
