"""A Dask scheduler and workers as an operator starts them: processes of their own, on free ports of this machine."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Servers:
    """A scheduler, and workers that can be killed one by one.

    Args:
        folder: Where they keep their files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes: list[subprocess.Popen[str]] = []
        self.scheduler = self._start(
            "scheduler", "--host", "127.0.0.1", "--port", "0", "--dashboard-address", "127.0.0.1:0"
        )
        self.address = _await_address(self.scheduler, r"Scheduler at:\s+(\S+)")
        self.workers: dict[str, subprocess.Popen[str]] = {}

    def add_workers(self, count: int, *, path: str | None = None) -> None:
        """Start workers with one thread each.

        Args:
            count: How many.
            path: Where they look for modules; as this process by default.
        """
        arguments = ("--host", "127.0.0.1", "--nthreads", "1", "--dashboard-address", "127.0.0.1:0", "--no-nanny")
        started = [self._start("worker", self.address, *arguments, path=path) for _ in range(count)]
        for process in started:
            address = _await_address(process, r"Registered to:", address=r"Start worker at:\s+(\S+)")
            self.workers[address] = process

    def close(self) -> None:
        """End them all."""
        for process in self._processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()

    def _start(self, kind: str, *arguments: str, path: str | None = None) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", kind, *arguments],
            cwd=self._folder,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path) if path is None else path},
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        self._processes.append(process)
        return process


@contextmanager
def servers(folder: Path, *, workers: int = 0) -> Iterator[Servers]:
    """Start a scheduler and so many workers, and end them."""
    found = Servers(folder)
    try:
        found.add_workers(workers)
        yield found
    finally:
        found.close()


def _await_address(process: "subprocess.Popen[str]", ready: str, address: str | None = None) -> str:
    """Read what it logs until it is ready; its address is there by then."""
    assert process.stderr is not None
    found = ""
    for line in process.stderr:
        match = re.search(address or ready, line)
        if match is not None:
            found = match[1]
        if re.search(ready, line):
            return found
    raise AssertionError(f"a Dask server ended before it was ready: {process.wait()}")
