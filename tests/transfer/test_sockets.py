"""Sockets that are watched as one, in each way."""

import socket
from collections.abc import Callable, Iterator
from select import select

import pytest

from turnout.transfer._sockets import BOTH, IN, OUT, EpollSockets, SelectorSockets, Sockets, sockets

NOTHING = 4  # as libcurl says that a socket need not be watched any more


@pytest.fixture(params=[EpollSockets, SelectorSockets])
def watched(request: pytest.FixtureRequest) -> Iterator[Sockets]:
    make: Callable[[], Sockets] = request.param
    found = make()
    yield found
    found.close()


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def is_readable(watched: Sockets) -> bool:
    return bool(select([watched], [], [], 0)[0])


def test_a_socket_is_ready_for_what_it_is_watched_for(
    watched: Sockets, pair: tuple[socket.socket, socket.socket]
) -> None:
    ours, theirs = pair
    watched.watch(ours.fileno(), IN)
    before = watched.ready(), is_readable(watched)

    theirs.send(b"1")

    assert before == ([], False)
    assert (watched.ready(), is_readable(watched)) == ([(ours.fileno(), IN)], True)
    watched.watch(ours.fileno(), OUT)
    assert watched.ready() == [(ours.fileno(), OUT)]
    watched.watch(ours.fileno(), BOTH)
    assert watched.ready() == [(ours.fileno(), BOTH)]


def test_a_socket_that_is_not_watched_any_more_is_never_ready(
    watched: Sockets, pair: tuple[socket.socket, socket.socket]
) -> None:
    ours, _ = pair
    watched.watch(ours.fileno(), OUT)

    watched.watch(ours.fileno(), NOTHING)
    watched.watch(ours.fileno(), NOTHING)

    assert watched.ready() == []


def test_a_socket_with_the_number_of_one_that_was_closed_is_watched(watched: Sockets) -> None:
    first, _peer = socket.socketpair()
    number = first.fileno()
    watched.watch(number, OUT)
    first.close()
    watched.watch(number, NOTHING)
    second, peer = socket.socketpair()

    with second, peer, _peer:
        watched.watch(second.fileno(), OUT)

        assert watched.ready() == [(second.fileno(), OUT)]


def test_a_socket_whose_other_end_is_gone_is_ready(watched: Sockets, pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    watched.watch(ours.fileno(), IN)

    theirs.close()

    assert [descriptor for descriptor, _ in watched.ready()] == [ours.fileno()]


def test_each_system_has_a_way() -> None:
    found = sockets()

    assert found.fileno() >= 0
    found.close()
