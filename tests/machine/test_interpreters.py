"""What Pythons say when they are asked what they are."""

import sys
from pathlib import Path

import pytest

from turnout.machine import Interpreter, SilentInterpreter
from turnout.machine._bounded import Answer
from turnout.machine._interpreters import clean, here, interpreters, merged, understand
from turnout.testing import FakeClock


def said(*lines: str) -> Answer:
    return Answer(output="\n".join(lines), error_text="", exit_code=0)


def python(path: str, version: str, *, aliases: tuple[str, ...] = ()) -> Interpreter:
    return Interpreter(path=path, implementation="CPython", version=version, free_threaded=False, aliases=aliases)


def test_a_shim_becomes_an_alias_of_what_it_starts() -> None:
    answer = said("turnout:", "CPython", "3.13.1", "True", "/opt/3.13/bin/python3.13")

    found = understand(Path("/shims/python"), answer)

    assert found == Interpreter(
        path="/opt/3.13/bin/python3.13",
        implementation="CPython",
        version="3.13.1",
        free_threaded=True,
        aliases=("/shims/python",),
    )


def test_lock_compiler_and_build_are_told_where_they_are_said() -> None:
    answer = said("turnout:", "CPython", "3.15.2", "False", "/p", "True", "off", "main, Oct 26 2026) [GCC 16.2.0]")

    found = understand(Path("/p"), answer)

    assert isinstance(found, Interpreter)
    assert (found.gil, found.jit, found.build) == (True, "off", "main, Oct 26 2026, GCC 16.2.0")


@pytest.mark.parametrize(("free_threaded", "label"), [(False, "CPython 3.14.2"), (True, "CPython 3.14.2t")])
def test_a_label_tells_a_free_threaded_build(free_threaded: bool, label: str) -> None:  # noqa: FBT001  a parameter
    found = Interpreter(path="/p", implementation="CPython", version="3.14.2", free_threaded=free_threaded)

    assert found.label == label


def test_what_a_wrapper_prints_before_the_answer_is_passed_over() -> None:
    answer = said("Welcome!", "turnout:", "PyPy", "3.10.14", "False", "/opt/pypy3")

    found = understand(Path("/opt/pypy3"), answer)

    assert isinstance(found, Interpreter)
    assert found.implementation == "PyPy"


def test_an_implementation_that_does_not_know_its_path_keeps_the_one_that_started_it() -> None:
    answer = said("turnout:", "Jython", "2.7.2", "False", "")

    found = understand(Path("/usr/bin/jython"), answer)

    assert isinstance(found, Interpreter)
    assert found.path == "/usr/bin/jython"


@pytest.mark.parametrize(
    "answer",
    [
        said(),
        said("usage: python [options]"),
        said("turnout:", "CPython"),
        said("turnout:", "CPython", "unknown", "False"),
        Answer(output="", error_text="not installed", exit_code=127),
        Answer(output="", error_text="", exit_code=None),
    ],
)
def test_a_broken_python_is_told_with_its_reason(answer: Answer) -> None:
    found = understand(Path("/shims/python3.8"), answer)

    assert isinstance(found, SilentInterpreter)
    assert found.reason


def test_a_program_is_listed_once_with_all_its_aliases() -> None:
    heard = [python("/p", "3.12.0", aliases=("/b",)), python("/p", "3.12.0", aliases=("/a", "/b"))]

    found = merged(heard, "/p")

    assert [(one.path, one.aliases, one.current) for one in found] == [("/p", ("/a", "/b"), True)]


def test_this_python_comes_first_and_then_the_newest() -> None:
    heard = [python("/a", "3.9.18"), python("/b", "3.15.0a1"), python("/c", "3.11.7"), python("/d", "3.14.2")]

    found = merged(heard, "/c")

    assert [one.version for one in found] == ["3.11.7", "3.15.0a1", "3.14.2", "3.9.18"]


def test_pythons_that_are_late_are_not_waited_for() -> None:
    clock = FakeClock()

    def hang(_: Path, timeout_s: float) -> Answer:
        clock.wait(timeout_s * 4_000)
        return Answer(output="", error_text="", exit_code=None)

    found, silent = interpreters([Path(f"/python{number}") for number in range(20)], clock, hang)

    assert found == ()
    assert len(silent) == 20
    assert any(one.reason.startswith("not asked") for one in silent)


def test_a_file_that_is_no_program_is_told(tmp_path: Path) -> None:
    text = tmp_path / "python3"
    text.write_bytes(b"\x00")
    text.chmod(0o755)

    found, silent = interpreters([text], FakeClock())

    assert found == ()
    assert silent == (SilentInterpreter(path=str(text), reason="Exec format error"),)


def test_this_python_answers() -> None:
    found, silent = interpreters([Path(sys.executable)], FakeClock())

    assert silent == ()
    assert found[0].path == here()
    assert found[0].current
    assert found[0].version == ".".join(map(str, sys.version_info[:3]))


def test_settings_meant_for_this_python_do_not_reach_others() -> None:
    found = clean({"PYTHONPATH": "/x", "PYTHONHOME": "/y", "PATH": "/bin", "__PYVENV_LAUNCHER__": "z"})

    assert found == {"PATH": "/bin"}


def test_settings_that_tell_any_python_how_to_run_reach_others() -> None:
    assert clean({"PYTHON_JIT": "1", "PYTHON_GIL": "0"}) == {"PYTHON_JIT": "1", "PYTHON_GIL": "0"}
