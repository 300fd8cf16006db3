"""Programs that are run for a change."""

import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from turnout.jobs.monitor.reactions._program import ProgramError, run_program

CHILD = (
    "import subprocess, sys; out = open(sys.argv[1], 'w');"
    "subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(600)'], pass_fds=[out.fileno()])"
)


def run(script: str, *words: str, body: bytes = b"{}", timeout_s: float = 20.0) -> None:
    command = [sys.executable, "-S", "-c", script, *words]
    asyncio.run(run_program(command, body, environment={"TURNOUT_RULE": "hot"}, timeout_s=timeout_s))


def test_a_program_gets_the_change_on_its_input_and_in_its_environment(tmp_path: Path) -> None:
    script = "import os, sys; open(sys.argv[1], 'w').write(sys.stdin.read() + os.environ['TURNOUT_RULE'])"

    run(script, str(tmp_path / "said"), body=b'{"rule": "x"}')

    assert (tmp_path / "said").read_text() == '{"rule": "x"}hot'


def test_a_program_need_not_read() -> None:
    run("pass", body=b"x" * 1_000_000)


def test_a_failure_is_told_with_what_the_program_said() -> None:
    with pytest.raises(ProgramError, match="ended with status 3; it said: no such thing"):
        run("import sys; print('no such thing', file=sys.stderr); sys.exit(3)")


def test_only_the_end_of_a_long_complaint_is_kept() -> None:
    with pytest.raises(ProgramError) as caught:
        run("import sys; sys.stderr.write('x' * 1_000_000 + 'end'); sys.exit(1)")

    assert str(caught.value).endswith("xend")
    assert len(str(caught.value)) < 3_000


def test_a_signal_is_told() -> None:
    with pytest.raises(ProgramError, match="ended by signal 9"):
        run("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")


def test_a_program_that_is_not_there_is_told() -> None:
    with pytest.raises(ProgramError, match="none cannot be started: No such file"):
        asyncio.run(run_program(["/none"], b"", environment={}, timeout_s=1))


@contextmanager
def held(folder: Path) -> Iterator[tuple[Path, Callable[[], bool]]]:
    """Give a pipe for a program to hold, and what waits until none holds it any more."""
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    def is_free() -> bool:
        os.set_blocking(reader, True)
        return os.read(reader, 1) == b""

    try:
        yield pipe, is_free
    finally:
        os.close(reader)


def test_a_program_that_takes_too_long_is_ended_with_what_it_started(tmp_path: Path) -> None:
    script = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {CHILD}.wait()"

    with held(tmp_path) as (pipe, is_free):
        with pytest.raises(ProgramError, match=r"took longer than 0\.5 s, and was ended"):
            run(script, str(pipe), timeout_s=0.5)

        assert is_free()


def test_what_a_program_leaves_behind_is_ended(tmp_path: Path) -> None:
    with held(tmp_path) as (pipe, is_free):
        run(CHILD, str(pipe))

        assert is_free()
