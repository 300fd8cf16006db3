"""Another Python, started for one function: asked over two pipes, for a bounded time, and gone in the end."""

import os
import selectors
import signal
import struct
import subprocess
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from pickle import dumps, loads
from typing import Any, Self

from turnout.clock import wall_ns
from turnout.measurement._heat import HeatError, OverdueError

SCRIPT = Path(__file__).parent / "guest" / "turnout_guest.py"
PROTOCOL = 2  # the newest pickles that Python 2 reads
SAID_KEPT = 4_000  # bytes at the end of what it wrote to standard error
LEAVE_S = 2.0  # for what a Python does when it ends by itself
_LOOK_S = 0.2  # a worker that outlives its guest may keep the pipe open, so the guest itself is looked at, too
_HEAD = struct.Struct(">Q")

Reply = dict[str, Any]  # plain values, of a shape that depends on the request


class Guest:
    """A Python that runs ``guest/turnout_guest.py``.

    It is the leader of a session of its own: Ctrl-C does not reach it, and whatever it starts ends with it.

    Args:
        command: How that Python is started.
        environment: What it finds in `os.environ`.
        script: What it runs.

    Raises:
        HeatError: If it cannot be started.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], script: Path = SCRIPT) -> None:
        self._begun_ns = wall_ns()
        theirs, self._request = os.pipe()
        self._reply, theirs_too = os.pipe()
        self._said: deque[bytes] = deque()
        self._incoming = bytearray()
        try:
            self._process = subprocess.Popen(  # noqa: S603  the user's own interpreter, no shell
                [*command, str(script), str(theirs), str(theirs_too)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=environment,
                pass_fds=(theirs, theirs_too),
                start_new_session=True,
            )
        except OSError as error:
            os.close(self._request)
            os.close(self._reply)
            raise HeatError(f"it cannot be started: {error.strerror or error}") from None
        finally:
            os.close(theirs)
            os.close(theirs_too)
        stderr = self._process.stderr
        self._stderr = stderr.fileno() if stderr is not None else -1
        for descriptor in (self._request, self._reply, self._stderr):
            os.set_blocking(descriptor, False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """The process that was started."""
        return self._process.pid

    @property
    def age_s(self) -> float:
        """Seconds since its start."""
        return (wall_ns() - self._begun_ns) / 1e9

    def hear(self, limit_s: float) -> Reply:
        """Return the next reply.

        Args:
            limit_s: How long it may take.

        Raises:
            OverdueError: If it takes longer; the guest has then been ended.
            HeatError: If the guest ends instead, or says what it should not.
        """
        return self._exchange(b"", limit_s)

    def ask(self, request: str, argument: object, limit_s: float) -> Reply:
        """Send a request and return its reply, as `hear` does."""
        payload = dumps((request, argument), PROTOCOL)
        return self._exchange(_HEAD.pack(len(payload)) + payload, limit_s)

    def quit(self) -> None:
        """Ask it to leave by itself; `close` sees to it that it does."""
        payload = dumps(("quit", None), PROTOCOL)
        with suppress(OSError):
            os.write(self._request, _HEAD.pack(len(payload)) + payload)

    def close(self, leave_s: float = 0.0) -> None:
        """End it, and all that it started.

        Args:
            leave_s: How long it may take to leave by itself, after `quit`.
        """
        if self._request < 0:
            return
        with suppress(subprocess.TimeoutExpired):
            if leave_s > 0:
                self._process.wait(leave_s)
        with suppress(ProcessLookupError, PermissionError):  # all of them have ended; macOS says it in other words
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for descriptor in (self._request, self._reply):
            os.close(descriptor)
        self._request = -1
        if self._process.stderr is not None:
            self._process.stderr.close()

    def _exchange(self, outgoing: bytes, limit_s: float) -> Reply:
        end_ns = wall_ns() + int(limit_s * 1e9)
        unsent = memoryview(outgoing)
        with selectors.DefaultSelector() as ready:
            ready.register(self._reply, selectors.EVENT_READ)
            ready.register(self._stderr, selectors.EVENT_READ)
            if unsent:
                ready.register(self._request, selectors.EVENT_WRITE)
            while True:
                left_s = (end_ns - wall_ns()) / 1e9
                if left_s <= 0:
                    self.close()
                    raise OverdueError(f"it did not finish within {limit_s:.3g} s")
                gone, heard = self._process.poll() is not None, False
                for key, _ in ready.select(0 if gone else min(left_s, _LOOK_S)):
                    if key.fd == self._request:
                        unsent = unsent[self._write(unsent) :]
                        if not unsent:
                            ready.unregister(self._request)
                    elif self._read(key.fd):
                        heard = True
                    else:
                        ready.unregister(key.fd)
                        gone = gone or key.fd == self._reply
                reply = self._whole_frame()
                if reply is not None:
                    return reply
                if gone and not heard:
                    raise HeatError(self._how_it_ended())

    def _write(self, unsent: memoryview) -> int:
        try:
            return os.write(self._request, unsent)
        except BlockingIOError:
            return 0
        except BrokenPipeError:  # how it ended is told by who reads
            return len(unsent)

    def _read(self, descriptor: int) -> bool:
        """Take what is there; False at the end."""
        try:
            piece = os.read(descriptor, 1 << 20)
        except BlockingIOError:
            return True
        if descriptor == self._reply:
            self._incoming += piece
        else:
            self._said.append(piece[-SAID_KEPT:])
            while len(self._said) > 1 and sum(map(len, self._said)) - len(self._said[0]) >= SAID_KEPT:
                self._said.popleft()
        return bool(piece)

    def _whole_frame(self) -> Reply | None:
        if len(self._incoming) < _HEAD.size:
            return None
        end = _HEAD.size + _HEAD.unpack_from(self._incoming)[0]
        if len(self._incoming) < end:
            return None
        payload = bytes(self._incoming[_HEAD.size : end])
        del self._incoming[:end]
        try:
            reply: Reply = loads(payload, encoding="latin-1")  # of Python 2, whose texts are bytes
        except Exception as error:
            raise HeatError(f"its reply cannot be read: {type(error).__name__}: {error}") from error
        return reply

    def _how_it_ended(self) -> str:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(LEAVE_S)
        with suppress(OSError):
            self._read(self._stderr)
        code = self._process.returncode
        self.close()
        match code:
            case None:
                how = "it stopped answering"
            case code if code < 0:
                how = f"it was ended by signal {-code}"
            case code:
                how = f"it ended with exit status {code}"
        lines = b"".join(self._said).decode("utf-8", "replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        return f"{how}: {last}" if last else how
