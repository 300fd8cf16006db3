"""`turnout.diagnose`, and running a program to look at it."""

import sys
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

import turnout
from executors.leftovers import holdings, left_since
from turnout._diagnose import watch_command
from turnout.errors import ObserveError
from turnout.observe import Recording, State

if TYPE_CHECKING:
    import subprocess

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a call to read another process"),
]


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    before = holdings()
    yield
    assert left_since(before) == []


def compute(count: int, *, bound: int = 20_000) -> int:
    return sum(sum(range(bound)) for _ in range(count))


def raise_within(found: turnout.Diagnosing, error: BaseException, *, kills: bool = False) -> None:
    with found:
        compute(3000)
        if kills and found._watch is not None:
            found._watch._helper.kill()
        raise error


def functions(recording: Recording) -> set[str]:
    return {frame.function for stack in recording.stacks for frame in stack}


def test_a_function_is_called_and_looked_at() -> None:
    found = turnout.diagnose(compute, 3000, bound=20_000)

    assert found.result == 3000 * sum(range(20_000))
    assert "compute" in functions(found.recording)
    (main,) = (one for one in found.recording.threads if one.native_id == threading.get_native_id())
    assert main.share(State.RUN, State.CORE, State.GIL) > 0.5


def test_a_block_is_looked_at() -> None:
    with turnout.diagnose() as found:
        compute(3000)

    assert found.result is None
    assert "test_a_block_is_looked_at" in functions(found.recording)


def test_what_was_seen_is_shown_with_its_verdict() -> None:
    found = turnout.diagnose(compute, 3000)

    assert found.report.recording is found.recording
    assert found.report.diagnosis.headline in str(found).replace("\n", " ")


def test_before_its_end_nothing_is_known() -> None:
    with turnout.diagnose() as found, pytest.raises(ObserveError) as told:
        _ = found.recording

    assert str(told.value) == "nothing is known before the end of the `with turnout.diagnose()` block"


def test_an_error_of_the_function_is_the_caller_s() -> None:
    with pytest.raises(ZeroDivisionError):
        turnout.diagnose(lambda: 1 // 0)


def test_what_was_seen_before_an_error_is_kept() -> None:
    found = turnout.diagnose()

    with pytest.raises(KeyboardInterrupt):
        raise_within(found, KeyboardInterrupt())

    assert found.recording.ticks > 0


def test_an_error_of_the_block_is_not_hidden_by_one_of_the_looking() -> None:
    found = turnout.diagnose()

    with pytest.raises(KeyError):
        raise_within(found, KeyError(), kills=True)

    with pytest.raises(ObserveError):
        _ = found.recording


def test_a_command_is_run_to_its_end() -> None:
    command = [sys.executable, "-c", "import sys; print('hello', file=sys.stderr); sys.exit(5)"]

    recording = watch_command(command, lambda program: program.wait())

    assert recording.exit_code == 5
    assert recording.command == tuple(command)


def test_who_cannot_wait_any_more_ends_the_program() -> None:
    programs: list[subprocess.Popen[bytes]] = []

    def wait(program: "subprocess.Popen[bytes]") -> int:
        programs.append(program)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        watch_command([sys.executable, "-c", "import threading; threading.Event().wait()"], wait)

    assert programs[0].returncode == -9
