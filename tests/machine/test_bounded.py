"""Other programs, run for a bounded time."""

import os
import signal
import sys
from pathlib import Path
from types import FrameType

import pytest

from turnout.machine._bounded import Answer, ask


def test_a_program_that_ends_has_said_all() -> None:
    answer = ask([sys.executable, "-c", "print('hello')"], timeout_s=30)

    assert answer.output == "hello\n"
    assert answer.failure == ""


def test_a_wrapper_whose_child_keeps_the_output_open_is_ended_with_the_child(tmp_path: Path) -> None:
    wrapper = tmp_path / "wrapper"
    wrapper.write_text("#!/bin/sh\necho begun\nsleep 600 &\nwait\n")
    wrapper.chmod(0o755)

    answer = ask([str(wrapper)], timeout_s=0.3)

    assert answer.exit_code is None
    assert "did not end in time" in answer.failure


def test_an_interrupted_question_ends_the_program(tmp_path: Path) -> None:
    def interrupt(_: int, __: FrameType | None) -> None:
        raise KeyboardInterrupt

    said = tmp_path / "pid"
    wrapper = tmp_path / "wrapper"
    # more than a pipe holds, so that the signal comes when the answer is being read
    wrapper.write_text(f"#!/bin/sh\necho $$ > {said}\nhead -c 300000 /dev/zero\nkill -ALRM $PPID\nsleep 600\n")
    wrapper.chmod(0o755)
    before = signal.signal(signal.SIGALRM, interrupt)

    try:
        with pytest.raises(KeyboardInterrupt):
            ask([str(wrapper)], timeout_s=30)
    finally:
        signal.signal(signal.SIGALRM, before)

    with pytest.raises(ProcessLookupError):
        os.kill(int(said.read_text()), 0)


def test_a_program_that_does_not_exist_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        ask([str(tmp_path / "nothing")], timeout_s=1)


def test_the_environment_can_be_replaced() -> None:
    environment = {name: value for name, value in os.environ.items() if name == "SYSTEMROOT"} | {"COLOUR": "blue"}

    answer = ask(
        [sys.executable, "-c", "import os; print(os.environ['COLOUR'])"], timeout_s=30, environment=environment
    )

    assert answer.output.strip() == "blue"


@pytest.mark.parametrize(
    ("exit_code", "error_text", "failure"),
    [
        (0, "a warning", ""),
        (127, "shim: not installed\nsee the manual", "it left with status 127: shim: not installed"),
        (1, "Traceback (most recent call last):\n  ...\nKeyError: 1\n", "it left with status 1: KeyError: 1"),
        (-9, "", "it was ended by signal 9"),
        (None, "", "it did not end in time"),
    ],
)
def test_a_failure_is_told_in_one_line(exit_code: int | None, error_text: str, failure: str) -> None:
    answer = Answer(output="", error_text=error_text, exit_code=exit_code)

    assert answer.failure == failure
