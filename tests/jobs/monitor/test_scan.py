"""A segment is read over what is damaged in it, which is told; a torn end is not."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.errors import UsageError
from turnout.jobs.monitor._log import HEAD, MAGIC, Kind, LogWriter, Record, segments
from turnout.jobs.monitor._scan import Damage, read_segment, scan

RECORDS = (
    Record(Kind.ABOUT, 10**18, b"{}"),
    Record(Kind.STATE, 10**18, b"state" * 20),
    *(Record(kind, 10**18 + number, bytes(number * 9)) for kind in Kind for number in range(3)),
)


def written(folder: Path) -> Path:
    """Write all records into a segment."""
    log = LogWriter(folder, lambda: RECORDS[:2])
    for record in RECORDS[2:]:
        log.append(*record)
    log.close()
    return segments(folder)[0][1]


SIZES = [HEAD.size + len(record.body) for record in RECORDS]
ENDS = [len(MAGIC) + sum(SIZES[:count]) for count in range(len(RECORDS) + 1)]


@given(place=st.integers(0, ENDS[-1] - 1), sign=st.integers(1, 255))
def test_one_byte_that_is_another_is_told_and_hides_one_record(
    tmp_path_factory: pytest.TempPathFactory, place: int, sign: int
) -> None:
    path = written(tmp_path_factory.mktemp("log"))
    content = bytearray(path.read_bytes())
    content[place] ^= sign
    path.write_bytes(content)

    found = list(scan(path))

    hit = sum(place >= end for end in ENDS) - 1  # -1 is the segment's first word
    offset, end = (ENDS[hit], ENDS[hit + 1]) if hit >= 0 else (0, len(MAGIC))
    damage = Damage(path=path, record=hit + 1, offset=offset, length=end - offset)
    left = [*RECORDS[:hit], damage, *RECORDS[hit + 1 :]] if hit >= 0 else [damage, *RECORDS]
    assert found == left
    assert list(read_segment(path)) == [entry for entry in found if entry != damage]


@given(length=st.integers(0, ENDS[-1]))
def test_an_end_that_is_torn_is_no_damage(tmp_path_factory: pytest.TempPathFactory, length: int) -> None:
    path = written(tmp_path_factory.mktemp("log"))
    path.write_bytes(path.read_bytes()[:length])

    found = list(scan(path))

    assert found == list(RECORDS[: max(0, sum(length >= end for end in ENDS) - 1)])


@pytest.mark.parametrize("filling", [b"\0", b"\xff", b"\x05", b"any text"])
def test_a_block_that_is_lost_hides_what_was_in_it(tmp_path: Path, filling: bytes) -> None:
    path = written(tmp_path)
    content = bytearray(path.read_bytes())
    start, end = ENDS[4] + 3, ENDS[9] - 2
    content[start:end] = (filling * (end - start))[: end - start]
    path.write_bytes(content)

    found = list(scan(path))

    assert found == [
        *RECORDS[:4],
        Damage(path=path, record=5, offset=ENDS[4], length=ENDS[9] - ENDS[4]),
        *RECORDS[9:],
    ]


def test_an_end_that_a_power_cut_left_empty_is_damage(tmp_path: Path) -> None:
    path = written(tmp_path)
    with path.open("ab") as file:
        file.write(bytes(4096))

    *_, last = scan(path)

    assert str(last) == (
        f"'{path}' is damaged at record {len(RECORDS) + 1}, byte {ENDS[-1]:,}: 4,096 bytes cannot be read"
    )


def test_a_long_record_is_found_by_its_time(tmp_path: Path) -> None:
    log = LogWriter(tmp_path, lambda: RECORDS[:2])
    for at_ns in (10**18, 0):
        log.append(Kind.TICK, 10**18)
        log.append(Kind.STATE, at_ns, bytes(100_000))
    log.close()
    path = segments(tmp_path)[0][1]
    content = bytearray(path.read_bytes())
    for place in (ENDS[2], ENDS[2] + 2 * HEAD.size + 100_000):  # both ticks
        content[place + HEAD.size - 1] ^= 1
    path.write_bytes(content)

    found = list(scan(path))

    assert [type(entry) for entry in found] == [Record, Record, Damage, Record, Damage]
    assert isinstance(found[-1], Damage)
    assert found[-1].length == 2 * HEAD.size + 100_000  # the one that is 30 years old is taken for a likeness


def test_a_record_of_a_later_version_is_refused(tmp_path: Path) -> None:
    log = LogWriter(tmp_path, lambda: RECORDS[:2])
    log.append(99, 10**18)  # type: ignore[arg-type]  # what does not exist yet
    log.close()

    with pytest.raises(UsageError, match="a record of kind 99, which this version of turnout does not know"):
        list(scan(segments(tmp_path)[0][1]))


@pytest.mark.parametrize("length", [0, 1, len(MAGIC) - 1, len(MAGIC)])
def test_a_segment_whose_writer_died_at_its_beginning_is_empty(tmp_path: Path, length: int) -> None:
    path = tmp_path / "0000000001.log"
    path.write_bytes(MAGIC[:length])

    assert list(read_segment(path)) == []


def test_what_is_no_segment_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "1.log"
    path.write_text("hello", encoding="utf-8")

    with pytest.raises(UsageError, match="not a recording of turnout monitor"):
        list(read_segment(path))

    with pytest.raises(UsageError, match="cannot be read"):
        list(read_segment(tmp_path))
