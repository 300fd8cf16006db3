"""A site on this machine that behaves as if it were far away."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from turnout.errors import UnavailableError
from turnout.jobs._jpegs import require_pillow

_LATENCY_S = 0.2
_PATIENCE_S = 5
_SERVER = (sys.executable, "-P", "-m", "turnout.jobs._distant_server")


@contextmanager
def distant_site(
    *,
    pages: int = 0,
    latency_s: float = _LATENCY_S,
    seed: int = 103,
    server: Sequence[str] = _SERVER,
    patience_s: float = _PATIENCE_S,
) -> Iterator[str]:
    """Run a site for the length of a ``with`` block, and give its address, such as ``http://127.0.0.1:4711``.

    It answers any ``GET /name.jpg`` after the latency with a JPEG of 20 to 200 kB, another one each time; or, if it has
    pages, ``/`` and what that leads to with HTML of 6 kB. It runs in a process of its own, so that it shares neither
    the GIL nor the threads of its visitors, and ends with this process.

    Args:
        pages: How many pages it has; then it has no pictures, and does not need Pillow.
        latency_s: How long an answer takes on average, seconds; single ones differ by up to 15 %.
        seed: The same seed gives the same pictures and latencies.
        server: The command that runs the site, and writes its port.
        patience_s: How long the site may take to end, seconds; then it is killed.

    Raises:
        UnavailableError: If Pillow, which draws the pictures, is not installed, or the site does not start.
    """
    if not pages:
        require_pillow()
    words = [*server, f"--latency-s={latency_s}", f"--seed={seed}", f"--pages={pages}", f"--parent-pid={os.getpid()}"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with subprocess.Popen(  # noqa: S603  # our own interpreter and module
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True
    ) as process:
        try:
            yield f"http://127.0.0.1:{_port(process)}"
        finally:
            _end(process, patience_s)


def _port(process: "subprocess.Popen[str]") -> int:
    line = process.stdout.readline() if process.stdout else ""
    if not line.strip().isdigit():
        raise UnavailableError(
            "the demo's picture site",
            "its process ended before it could answer",
            f"see why with: {sys.executable} -m turnout.jobs._distant_server --latency-s=0 --seed=1 --parent-pid=0",
        )
    return int(line)


def _end(process: "subprocess.Popen[str]", patience_s: float) -> None:
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(patience_s)
    except subprocess.TimeoutExpired:
        process.kill()
