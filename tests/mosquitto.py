"""A real MQTT broker for tests: mosquitto, on a free port of the loopback; it can be killed and started again."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getuser
from pathlib import Path

from servers import Server, free_port, program

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


class Mosquitto(Server):
    """A broker that runs, keeps its state in ``folder`` and writes it down after each change.

    Args:
        folder: Its own.
        security: Lines of its configuration about who may come in.
    """

    def __init__(self, folder: Path, security: str = OPEN) -> None:
        name, port, file = program("mosquitto", "/usr/sbin"), free_port(), folder / "mosquitto.conf"
        config = CONFIG.format(user=getuser(), port=port, folder=folder, security=security)
        file.write_text(config, encoding="utf-8")
        super().__init__([name, "-c", str(file)], port)


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
    openssl = program("openssl")
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    words = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    words += ["-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
    words += ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(words, check=True, stderr=subprocess.DEVNULL)
    return certificate, key
