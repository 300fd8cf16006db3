"""A Dask cluster of this machine's own, in a process of its own, which ends with the one that asked for it."""

import asyncio
import os
import signal
import socket
import subprocess
import tempfile

from turnout.errors import ClusterError
from turnout.executors._dask_api import load, local_cluster
from turnout.executors._link import fill_standard
from turnout.executors._new_interpreter import interpreter_command

START_S = 60
STOP_S = 5


class LocalDask:
    """A scheduler and worker processes on the loopback device.

    They have a parent of their own, so that the caller's script is not imported by them, Ctrl-C doesn't reach them, and
    they see when the caller is gone, however it went.

    Args:
        workers: How many worker processes.

    Attributes:
        address: Of the scheduler.

    Raises:
        ClusterError: If it doesn't start.
    """

    def __init__(self, workers: int) -> None:
        fill_standard()
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  this interpreter, and our own code
                interpreter_command(f"from {__name__} import main; main({theirs.fileno()}, {workers})"),
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        load()  # meanwhile, since we shall need it next
        self._control.settimeout(START_S)
        try:
            self.address = self._control.recv(1024).decode("ascii")
        except TimeoutError:
            self.address = ""
        if not self.address:
            self.close()
            raise ClusterError("no Dask cluster could be started on this machine; see what it printed above")

    def close(self) -> None:
        """End it, and all its processes."""
        self._control.close()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def main(control: int, workers: int) -> None:
    """Be the cluster's process.

    Args:
        control: Descriptor of the socket to the caller: the address goes there, and its end is ours.
        workers: How many worker processes.
    """
    fill_standard()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with tempfile.TemporaryDirectory(prefix="turnout-dask-") as folder, socket.socket(fileno=control) as link:
        asyncio.run(_serve(link, workers, folder))


async def _serve(link: socket.socket, workers: int, folder: str) -> None:
    link.setblocking(False)
    cluster = await local_cluster(workers, folder)
    async with cluster:
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(link, cluster.scheduler_address.encode("ascii"))
        await loop.sock_recv(link, 1)
