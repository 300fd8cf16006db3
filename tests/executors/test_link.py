import pickle
import socket
import threading
from array import array
from collections.abc import Iterator

import pytest

from turnout.executors._link import HEADER, Board, Kind, Outbox, receive, send, shared_file

BIG = b"x" * 3_000_000


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    one, other = socket.socketpair()
    yield one, other
    one.close()
    other.close()


Ends = tuple[socket.socket, socket.socket]


@pytest.mark.parametrize("payload", [b"", b"small", b"x" * (1 << 14)])
def test_a_frame_arrives_as_it_was_sent(ends: Ends, payload: bytes) -> None:
    send(ends[0], Kind.DONE, 3, payload)

    assert receive(ends[1]) == (int(Kind.DONE), 3, 0, 0, bytearray(payload))


def test_a_frame_larger_than_the_socket_arrives_in_pieces(ends: Ends) -> None:
    sender = threading.Thread(target=send, args=(ends[0], Kind.DONE, 0, BIG))
    sender.start()

    frame = receive(ends[1])

    sender.join()
    assert frame is not None
    assert frame[4] == BIG


def test_an_end_between_frames_is_no_frame(ends: Ends) -> None:
    ends[0].close()

    assert receive(ends[1]) is None


@pytest.mark.parametrize("sent", [b"head", HEADER.pack(Kind.DONE, 0, 0, 0, 10) + b"half"])
def test_an_end_within_a_frame_is_no_frame(ends: Ends, sent: bytes) -> None:
    ends[0].sendall(sent)
    ends[0].close()

    assert receive(ends[1]) is None


@pytest.mark.parametrize(
    "sent",
    [
        b"printed with code in C by the function ",
        HEADER.pack(Kind.DONE, 0, 0, 0, 1 << 62),
        HEADER.pack(Kind.DONE, 0, 0, 0, -1),
        HEADER.pack(max(Kind) + 1, 0, 0, 0, 0),
    ],
    ids=["text", "too long", "shorter than nothing", "of no kind"],
)
def test_what_cannot_be_a_frame_is_none_and_is_not_waited_for(ends: Ends, sent: bytes) -> None:
    ends[0].sendall(sent.ljust(HEADER.size))

    assert receive(ends[1]) is None


def test_an_outbox_never_waits_for_a_reader(ends: Ends) -> None:
    outbox = Outbox(ends[0])

    outbox.put(Kind.ITEMS, 1, 2, flag=True, payload=BIG)
    outbox.put(Kind.BYE)

    assert outbox
    frames = []
    reader = threading.Thread(target=lambda: frames.extend([receive(ends[1]), receive(ends[1])]))
    reader.start()
    while outbox:
        outbox.push()
    reader.join()
    assert frames == [(int(Kind.ITEMS), 1, 2, 1, bytearray(BIG)), (int(Kind.BYE), 0, 0, 0, bytearray())]


def test_an_outbox_to_nobody_is_emptied(ends: Ends) -> None:
    ends[1].close()
    outbox = Outbox(ends[0])

    outbox.put(Kind.ITEMS, payload=pickle.dumps([1]))

    assert not outbox


@pytest.fixture
def board() -> Iterator[Board]:
    import os  # noqa: PLC0415

    handle = shared_file()
    made = Board(handle)
    os.close(handle)
    yield made
    made.close()


def test_marks_tell_how_far_a_batch_came(board: Board) -> None:
    marks = board.halves[0]
    marks.clear(3)

    marks.begin(100)
    marks.ends[0] = 110

    assert (marks.start_ns, marks.cpu_ns, marks.finished(3)) == (100, 0, 1)


def test_the_next_batch_does_not_touch_the_running_one(board: Board) -> None:
    running, following = board.halves
    running.begin(100)
    running.ends[0] = 110

    following.clear(8192)
    following.begin(200)
    following.finish(7)

    assert (running.start_ns, running.ends[0]) == (100, 110)
    assert (following.start_ns, following.cpu_ns) == (200, 7)


def test_clearing_forgets_the_batch_before(board: Board) -> None:
    marks = board.halves[1]
    marks.begin(1)
    marks.finish(2)
    marks.ends[:2] = array("q", [3, 4])

    marks.clear(2)

    assert (marks.start_ns, marks.cpu_ns, marks.finished(2)) == (0, 0, 0)


def test_a_finished_batch_is_finished(board: Board) -> None:
    marks = board.halves[0]
    marks.clear(2)

    for place in range(2):
        marks.ends[place] = place + 1

    assert marks.finished(2) == 2
