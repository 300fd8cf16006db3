"""Pythons by the words that a user has for them."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from turnout.errors import UsageError
from turnout.machine import Interpreter, SilentInterpreter, name_pythons

HERE = Interpreter(path="/opt/this", implementation="CPython", version="3.11.7", free_threaded=False, current=True)
PYPY = Interpreter(
    path="/opt/pypy/bin/pypy3.10", implementation="PyPy", version="3.10.14", free_threaded=False, aliases=("/x/pypy3",)
)


def answers(paths: Sequence[Path]) -> list[Interpreter | SilentInterpreter]:
    return [PYPY if "pypy" in path.name else SilentInterpreter(path=str(path), reason="mute") for path in paths]


def nowhere(_: str) -> None:
    return None


def named(*words: str, found: tuple[Interpreter, ...] = (HERE, PYPY)) -> list[str]:
    return [path for path, _ in name_pythons(words, find=lambda: found, look=nowhere, ask=answers)]


def test_a_name_on_path_is_taken_as_the_shell_takes_it() -> None:
    found = name_pythons(["pypy3"], find=lambda: (), look=lambda word: f"/usr/bin/{word}", ask=answers)

    assert found == (("/usr/bin/pypy3", PYPY),)


def test_a_name_that_is_not_on_path_is_looked_for_among_the_pythons_found() -> None:
    assert named("pypy3") == ["/x/pypy3"]


def test_all_means_those_found_other_than_this_one() -> None:
    assert named("all") == ["/opt/pypy/bin/pypy3.10"]


def test_all_may_be_none() -> None:
    assert named("all", found=(HERE,)) == []


def test_a_python_named_twice_is_named_once() -> None:
    assert named("pypy3", "pypy3") == ["/x/pypy3"]


def test_a_dead_shim_gives_way_to_a_python_of_its_name() -> None:
    python = Interpreter(path="/opt/2.7/bin/python2.7", implementation="CPython", version="2.7.18", free_threaded=False)

    found = name_pythons(["python2.7"], find=lambda: (HERE, python), look=lambda word: f"/shims/{word}", ask=answers)

    assert found == (("/opt/2.7/bin/python2.7", python),)


def test_a_dead_shim_without_another_is_told_with_its_reason() -> None:
    found = name_pythons(["python2.7"], find=lambda: (HERE,), look=lambda word: f"/shims/{word}", ask=answers)

    assert found == (("/shims/python2.7", SilentInterpreter(path="/shims/python2.7", reason="mute")),)


def test_a_name_that_leads_nowhere_is_answered_with_what_was_found() -> None:
    with pytest.raises(UsageError) as caught:
        named("pypi3")

    assert str(caught.value) == (
        "no Python is called 'pypi3' here; found: PyPy 3.10.14 at /opt/pypy/bin/pypy3.10; name one of them, or a path"
    )


def test_where_no_other_python_is_found_a_name_is_answered_with_that() -> None:
    with pytest.raises(UsageError, match="no other Python was found on this machine; name one by its path"):
        named("pypy3", found=(HERE,))


def test_a_path_is_taken_as_it_is_so_that_an_environment_keeps_its_packages(tmp_path: Path) -> None:
    python = tmp_path / "pypy"
    python.touch(mode=0o755)

    assert named(str(python)) == [str(python)]


def test_a_path_without_a_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no Python at"):
        named(str(tmp_path / "python"))


def test_a_file_that_may_not_be_executed_is_told(tmp_path: Path) -> None:
    text = tmp_path / "python"
    text.touch(mode=0o644)

    with pytest.raises(UsageError, match="may not be executed"):
        named(str(text))
