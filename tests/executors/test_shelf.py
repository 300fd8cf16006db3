import os
import pickle
from collections.abc import Iterator

import pytest

from turnout.executors._shelf import ASIDE_FROM, HUGE_FROM, KEPT_BYTES, Shelf

LARGE = bytes(range(256)) * (ASIDE_FROM // 256)
ONE_MORE = b"x" * (ASIDE_FROM + 1)


@pytest.fixture
def handle() -> Iterator[int]:
    opened = os.memfd_create("shelf")
    yield opened
    os.close(opened)


def lay_down(shelf: Shelf, *buffers: bytes | bytearray) -> bytes:
    shelf.clear()
    wrapped = [pickle.PickleBuffer(buffer) for buffer in buffers]
    return shelf.label(pickle.dumps(wrapped, 5, buffer_callback=shelf))


def used_bytes(handle: int) -> int:
    return os.fstat(handle).st_blocks * 512


def test_small_buffers_stay_in_the_pickle(handle: int) -> None:
    shelf = Shelf(handle, 1)

    data = lay_down(shelf, LARGE[:-1])

    assert len(shelf.sizes) == 0
    assert Shelf(handle, 1).loads(data, 0) == [LARGE[:-1]]


def test_large_buffers_are_left_out_and_found_again(handle: int) -> None:
    shelf = Shelf(handle, 1)

    data = lay_down(shelf, LARGE, b"small", bytearray(ONE_MORE))

    assert len(data) < 200
    assert list(shelf.sizes) == [ASIDE_FROM, ASIDE_FROM + 1]
    assert [bytes(part) for part in Shelf(handle, 1).loads(data, 2)] == [LARGE, b"small", ONE_MORE]


def test_shelves_of_one_file_don_t_touch_each_other(handle: int) -> None:
    one, other = Shelf(handle, 1), Shelf(handle, 2)

    first, second = lay_down(one, LARGE), lay_down(other, ONE_MORE)

    assert [bytes(part) for part in one.loads(first, 1)] == [LARGE]
    assert [bytes(part) for part in other.loads(second, 1)] == [ONE_MORE]


def test_the_next_message_takes_the_place_of_the_last(handle: int) -> None:
    shelf = Shelf(handle, 1)

    for _ in range(50):
        data = lay_down(shelf, LARGE)

    assert used_bytes(handle) == len(LARGE)
    assert [bytes(part) for part in shelf.loads(data, 1)] == [LARGE]


def test_what_was_taken_is_not_changed_by_the_next_message(handle: int) -> None:
    shelf = Shelf(handle, 1)
    (taken,) = shelf.loads(lay_down(shelf, bytearray(HUGE_FROM)), 1)

    lay_down(shelf, bytearray(b"x" * HUGE_FROM))

    assert bytes(taken) == bytes(HUGE_FROM)


@pytest.mark.parametrize(("size", "kept"), [(KEPT_BYTES, True), (KEPT_BYTES + 1, False)])
def test_much_memory_is_given_back_when_it_was_read(handle: int, size: int, *, kept: bool) -> None:
    shelf = Shelf(handle, 1)

    shelf.loads(lay_down(shelf, bytes(size)), 1)

    assert (used_bytes(handle) > 0) == kept


def test_a_file_that_cannot_be_written_leaves_all_in_the_pickle() -> None:
    reader, writer = os.pipe()
    shelf = Shelf(reader, 1)

    data = lay_down(shelf, LARGE)

    assert shelf.loads(data, len(shelf.sizes)) == [LARGE]
    os.close(reader)
    os.close(writer)


def test_a_file_that_is_too_short_is_told(handle: int) -> None:
    shelf = Shelf(handle, 1)
    data = lay_down(shelf, LARGE)
    os.ftruncate(handle, 0)

    with pytest.raises(EOFError, match="65536 of 65536 bytes in shared memory are missing"):
        shelf.loads(data, 1)
