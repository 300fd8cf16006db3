"""What it costs to send something to another process."""

import pickle
import threading
from pathlib import Path

import pytest

from executors.work import Explosive
from turnout.pipeline._crossing import Crossing, crossing, process_start_s


class Buffered:
    """Large, and pickles without its buffer being copied."""

    def __init__(self, data: bytearray) -> None:
        self.data = data

    def __reduce_ex__(self, protocol: object) -> tuple[object, tuple[object]]:
        return Buffered, (pickle.PickleBuffer(self.data),)


def test_what_is_long_takes_longer_than_what_is_short() -> None:
    short = crossing(1, "a")
    long = crossing(list(range(200_000)), ["text"] * 400_000)

    assert short is not None
    assert long is not None
    assert short.item_out_s < long.item_out_s
    assert short.result_in_s < long.result_in_s


def test_a_buffer_that_is_not_pickled_is_copied_all_the_same() -> None:
    found = crossing(Buffered(bytearray(50_000_000)), None)

    assert found is not None
    assert found.item_out_s > 0.01 < found.item_in_s  # as computed, and not as measured


@pytest.mark.parametrize(
    ("item", "result"), [(threading.Lock(), 1), (1, threading.Lock()), (Explosive(), 1), (1, Explosive())]
)
def test_what_cannot_cross_is_told(item: object, result: object) -> None:
    assert crossing(item, result) is None


def test_a_worker_that_inherited_the_items_is_sent_none() -> None:
    found = Crossing(1.0, 2.0, 4.0, 8.0)

    assert (found.send_s(inherits=True), found.receive_s(inherits=True)) == (8.0, 4.0)
    assert (found.send_s(inherits=False), found.receive_s(inherits=False)) == (9.0, 6.0)


def test_a_fork_is_dearer_in_a_larger_process_and_a_server_dearest(tmp_path: Path) -> None:
    small, large, gone = (tmp_path / name for name in ("small", "large", "gone"))
    small.write_text("5 1000 1", encoding="ascii")
    large.write_text("5 1000000 1", encoding="ascii")

    forks = [process_start_s(can_fork=True, memory=path) for path in (gone, small, large)]

    assert forks == sorted(forks)
    assert len(set(forks)) == 3
    assert process_start_s(can_fork=False)[0] > forks[0][0]
    assert process_start_s(can_fork=False, modules=1) < process_start_s(can_fork=False, modules=10_000)
