"""A process with one thread that forks workers when its parent asks."""

import os
import signal
import socket
from collections.abc import Callable

from turnout.executors._forkable import hear_signals
from turnout.executors._link import fill_standard
from turnout.executors._serve import Inherited
from turnout.executors._serve import main as serve_as_worker


def main(
    control_handle: int, lifeline: int, inherited: Inherited | None = None, fork: Callable[[], int] = os.fork
) -> None:
    """Fork workers and tell how they ended, until the parent closes its end.

    Args:
        control_handle: Descriptor of the socket to the parent. A request has 8 bytes: ``hire`` with two descriptors
            (link, board), or a worker's pid to wait for. An answer has 8: the pid, or the exit code; a negative
            error number if no worker could be forked.
        lifeline: Descriptor of the pipe that the parent holds open.
        inherited: What this process was forked with, and its workers are; None for nothing.
        fork: As `os.fork`.
    """
    fill_standard()
    for number in (signal.SIGINT, signal.SIGHUP):  # the parent says what to do
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a copy of our parent has its handler
    hear_signals()
    with socket.socket(fileno=control_handle) as control:
        while _answer(control, lifeline, inherited, fork):
            pass


def _answer(control: socket.socket, lifeline: int, inherited: Inherited | None, fork: Callable[[], int]) -> bool:
    """Do what the parent asks next; return whether it asked for anything."""
    data, handles, _flags, _address = socket.recv_fds(control, 8, 2)
    if not data:
        return False
    if not handles:
        status = os.waitpid(int.from_bytes(data, "little"), 0)[1]
        control.sendall(os.waitstatus_to_exitcode(status).to_bytes(8, "little", signed=True))
        return True
    try:
        pid = fork()
    except OSError as error:
        pid = -(error.errno or 1)
    if not pid:
        control.close()
        _work(handles[0], handles[1], lifeline, inherited)
    for handle in handles:
        os.close(handle)
    control.sendall(pid.to_bytes(8, "little", signed=True))
    return True


def _work(link: int, board: int, lifeline: int, inherited: Inherited | None) -> None:
    status = 1
    try:
        serve_as_worker(link, board, lifeline, inherited)
        status = 0
    finally:
        os._exit(status)
