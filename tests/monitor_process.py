"""A monitor in a process of its own, as a user starts it."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from turnout.jobs.monitor._control import ask

PATIENCE_S = 30
CONFIG = """\
[mqtt]
url = "mqtt://127.0.0.1:{port}"
qos = 1
topic = "dc/{{room}}/{{zone}}/{{rack}}/{{sensor}}"
{payload}
[layout]
racks = 20
zones = 2

[[rule]]
name = "hot"
kind = "threshold"
severity = "critical"
above = 30.0
clear = 28.0

[page]
enabled = false
{more}
"""
JSON = """
[mqtt.payload]
value = "/value"
time = "/time"
"""


class MonitorProcess:
    """Runs ``turnout monitor`` in a folder.

    Args:
        folder: Where ``monitor.toml`` is, and the state will be.
        words: More options.
    """

    def __init__(self, folder: Path, *words: str) -> None:
        self._command = [sys.executable, "-m", "turnout", "monitor", "--config", "monitor.toml", *words]
        self._folder = folder
        self.state = folder / "monitor.state"
        self.out: list[str] = []
        self.err: list[str] = []
        self._said = threading.Condition()
        self.start()

    def start(self) -> None:
        """Start it, and wait until it receives readings."""
        self._process = subprocess.Popen(
            self._command, cwd=self._folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self._readers = [
            threading.Thread(target=self._read, args=(stream, lines), daemon=True)
            for stream, lines in ((self._process.stdout, self.out), (self._process.stderr, self.err))
        ]
        known = len(self.err)
        for reader in self._readers:
            reader.start()
        self.wait_for(self.err, "connected to the broker", after=known)

    def kill(self) -> None:
        """End it as a crash would."""
        self._process.kill()
        self._wait()

    def stop(self, number: int = signal.SIGINT) -> int:
        """Tell it to end, and return its status."""
        self._process.send_signal(number)
        return self._wait()

    def ask(self) -> dict[str, Any]:  # values of JSON
        """Return how it stands."""
        return ask(self.state, {"do": "status"})

    def wait_for(self, lines: list[str], words: str, after: int = 0) -> str:
        """Wait until a line is said that has these words, and return it."""
        with self._said:
            is_said = self._said.wait_for(
                lambda: any(words in line for line in lines[after:]) or self._process.poll() is not None, PATIENCE_S
            )
        found = [line for line in lines[after:] if words in line]
        assert is_said, (words, self.out, self.err)
        assert found, (words, self.out, self.err)
        return found[0]

    def _read(self, stream: Iterator[str], lines: list[str]) -> None:
        for line in stream:
            with self._said:
                lines.append(line.rstrip("\n"))
                self._said.notify_all()
        with self._said:
            self._said.notify_all()

    def _wait(self) -> int:
        status = self._process.wait(PATIENCE_S)
        for reader in self._readers:
            reader.join(PATIENCE_S)
        for stream in (self._process.stdout, self._process.stderr):
            assert stream is not None
            stream.close()
        return status

    def end(self) -> None:
        """Make sure that nothing is left."""
        if self._process.poll() is None:
            self.kill()


@contextmanager
def monitor_process(
    folder: Path, port: int, *words: str, payload: str = "", more: str = ""
) -> Iterator[MonitorProcess]:
    """Write a configuration, and run a monitor until the block ends."""
    (folder / "monitor.toml").write_text(CONFIG.format(port=port, payload=payload, more=more), encoding="utf-8")
    process = MonitorProcess(folder, *words)
    try:
        yield process
    finally:
        process.end()


def run_turnout(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run ``turnout monitor`` with some words to its end."""
    environment = {**os.environ, "TZ": "UTC"}
    command = [sys.executable, "-m", "turnout", "monitor", *words]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
