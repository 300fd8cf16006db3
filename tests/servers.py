"""Real servers for tests, on a free port of the loopback; they can be killed and started again."""

import shutil
import socket
import subprocess
from contextlib import suppress

import pytest

ATTEMPTS = 200


class Server:
    """A program that listens on a port.

    Args:
        command: Starts it; its first word is told where it does not answer.
        port: Where it will listen.

    Attributes:
        process: As it runs now.
    """

    def __init__(self, command: list[str], port: int) -> None:
        self.port = port
        self._command = command
        self.process = self._start()

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.kill()
        self.process.wait(10)

    def restart(self) -> None:
        """Start it again, with what it had written down."""
        self.process = self._start()

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(10)

    def _start(self) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(ATTEMPTS):
            assert process.poll() is None, f"{self._command[0]} ended"
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return process
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.05)
        pytest.fail(f"{self._command[0]} does not answer")


def free_port() -> int:
    """Return a port of the loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def program(name: str, *folders: str, remedy: str = "make test brings it on Debian") -> str:
    """Return where a program is, on the path or else in ``folders``; skip the test if it is nowhere."""
    for path in (None, *folders):
        found = shutil.which(name, path=path)
        if found is not None:
            return found
    pytest.skip(f"{name} is not installed; {remedy}")
