"""A real MQTT broker for tests: mosquitto, on a free port of the loopback; it can be killed and started again."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from getpass import getuser
from pathlib import Path

import pytest

ATTEMPTS = 100
CONFIG = """\
user {user}
listener {port} 127.0.0.1
{security}
persistence true
persistence_location {folder}/
autosave_interval 1
autosave_on_changes true
max_queued_messages 1000000
max_inflight_messages 1000
log_type none
"""
OPEN = "allow_anonymous true"


class Mosquitto:
    """A broker that runs, keeps its state in ``folder`` and writes it down after each change.

    Args:
        folder: Its own.
        security: Lines of its configuration about who may come in.
    """

    def __init__(self, folder: Path, security: str = OPEN) -> None:
        program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
        if program is None:
            pytest.skip("mosquitto is not installed")
        self.port = _free_port()
        self._config = folder / "mosquitto.conf"
        config = CONFIG.format(user=getuser(), port=self.port, folder=folder, security=security)
        self._config.write_text(config, encoding="utf-8")
        self._command = [program, "-c", str(self._config)]
        self.process = self._start()

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.kill()
        self.process.wait(10)

    def restart(self) -> None:
        """Start it again with what it had written down."""
        self.process = self._start()

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(10)

    def _start(self) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(ATTEMPTS):
            assert process.poll() is None, "mosquitto ended"
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return process
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.05)
        pytest.fail("mosquitto does not answer")


@contextmanager
def mosquitto(folder: Path, security: str = OPEN) -> Iterator[Mosquitto]:
    """Run a broker until the block ends."""
    broker = Mosquitto(folder, security)
    try:
        yield broker
    finally:
        broker.stop()


def certify(folder: Path, name: str = "localhost") -> tuple[Path, Path]:
    """Return a certificate for ``name``, signed by itself, and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    words = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    words += ["-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
    words += ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(words, check=True, stderr=subprocess.DEVNULL)
    return certificate, key


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
