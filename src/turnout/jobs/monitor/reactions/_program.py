"""One run of a program that somebody named, from which nothing stays behind."""

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Self

from turnout.errors import TurnoutError

_MOST_SAID = 2_000  # characters of what a program complains
_GOODBYE_S = 0.3


class ProgramError(TurnoutError):
    """A program that did not do what it was to; the message says how it ended, and what it said."""


async def run_program(words: Sequence[str], body: bytes, *, environment: Mapping[str, str], timeout_s: float) -> None:
    """Run a program in a process group of its own, and end what is left of the group afterwards.

    Args:
        words: The program and its arguments; no shell looks at them.
        body: What it can read from standard input.
        environment: Variables to add.
        timeout_s: How long it may take.

    Raises:
        ProgramError: If it cannot be started, takes too long or leaves with another status than 0.
    """
    name, complaint = words[0], await _Complaint.listen()
    try:
        process = await _start(words, complaint.writer, environment)
        try:
            async with asyncio.timeout(timeout_s):
                await _tell(process, body)
                status = await process.wait()
        finally:
            await _end(process)
    except TimeoutError:
        reason = f"{name} took longer than {timeout_s:g} s, and was ended{await complaint.text()}"
        raise ProgramError(reason) from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise ProgramError(f"{name} cannot be started: {why}") from None
    else:
        if status:
            how = f"by signal {-status}" if status < 0 else f"with status {status}"
            raise ProgramError(f"{name} ended {how}{await complaint.text()}")
    finally:
        complaint.close()


class _Complaint(asyncio.Protocol):
    """The end of what a program says on its standard error. The pipe is ours, to close it whoever still has it."""

    def __init__(self) -> None:
        self.writer = -1
        self._said = bytearray()
        self._ended = asyncio.Event()
        self._transport: asyncio.BaseTransport | None = None

    @classmethod
    async def listen(cls) -> Self:
        reader, writer = os.pipe()
        loop = asyncio.get_running_loop()
        _, complaint = await loop.connect_read_pipe(cls, os.fdopen(reader, "rb", buffering=0))
        complaint.writer = writer
        return complaint

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._said += data
        del self._said[:-_MOST_SAID]

    def connection_lost(self, _: Exception | None) -> None:
        self._ended.set()

    async def text(self) -> str:
        """Return what it said as the end of a sentence, once that has come."""
        self._close_writer()
        with suppress(TimeoutError):
            async with asyncio.timeout(_GOODBYE_S):
                await self._ended.wait()
        text = self._said.decode(errors="replace").strip()
        return f"; it said: {text}" if text else ""

    def close(self) -> None:
        self._close_writer()
        if self._transport is not None:
            self._transport.close()

    def _close_writer(self) -> None:
        if self.writer >= 0:
            os.close(self.writer)
            self.writer = -1


async def _start(words: Sequence[str], complaint: int, environment: Mapping[str, str]) -> Process:
    return await asyncio.create_subprocess_exec(
        *words,
        stdin=PIPE,
        stdout=DEVNULL,
        stderr=complaint,
        start_new_session=True,
        env={**os.environ, **environment},
    )


async def _tell(process: Process, body: bytes) -> None:
    assert process.stdin is not None  # noqa: S101  for mypy: it was asked for
    with suppress(BrokenPipeError, ConnectionResetError):  # it need not read
        process.stdin.write(body)
        await process.stdin.drain()
    process.stdin.close()


async def _end(process: Process) -> None:
    """End the whole group, first politely; a program that ended by itself may have left others."""
    _signal(process, signal.SIGTERM)
    if process.returncode is None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_GOODBYE_S):
                await process.wait()
    _signal(process, signal.SIGKILL)
    await process.wait()


def _signal(process: Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
