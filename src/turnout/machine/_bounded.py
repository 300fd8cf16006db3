"""Run a program for a bounded time, and leave none of its children behind."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a program said.

    Attributes:
        output: Its standard output.
        error_text: Its standard error.
        exit_code: As in `subprocess.Popen.returncode`; None if its time was up.
    """

    output: str
    error_text: str
    exit_code: int | None

    @property
    def failure(self) -> str:
        """What went wrong in one line, or ``""``."""
        lines = [line.strip() for line in self.error_text.splitlines() if line.strip()]
        traceback = any(line.startswith("Traceback") for line in lines)
        said = f": {lines[-1 if traceback else 0]}" if lines else ""
        match self.exit_code:
            case None:
                return f"it did not end in time{said}"
            case 0:
                return ""
            case code if code < 0:
                return f"it was ended by signal {-code}{said}"
            case code:
                return f"it left with status {code}{said}"


def ask(command: Sequence[str], *, timeout_s: float, environment: Mapping[str, str] | None = None) -> Answer:
    """Run ``command`` without input and return what it said.

    It gets a session of its own, so that a wrapper script's children, which would hold its output open, end with it.

    Raises:
        OSError: If it cannot be started.
    """
    with subprocess.Popen(  # noqa: S603  the caller's own command, no shell
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        start_new_session=True,
        encoding="utf-8",
        errors="replace",
    ) as process:
        try:
            output, error_text = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            _end(process)
            output, error_text = process.communicate()
            return Answer(output=output, error_text=error_text, exit_code=None)
        except BaseException:  # Ctrl-C does not reach another session
            _end(process)
            process.wait()  # Popen leaves a zombie when it is interrupted
            raise
        return Answer(output=output, error_text=error_text, exit_code=process.returncode)


def _end(process: subprocess.Popen[str]) -> None:
    if not hasattr(os, "killpg"):  # pragma: no cover  Windows has no groups of processes
        process.kill()
        return
    with suppress(ProcessLookupError):  # it has just ended by itself
        os.killpg(process.pid, signal.SIGKILL)
