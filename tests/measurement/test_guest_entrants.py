"""Which Pythons run the work, and what they find in their environment."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from turnout.errors import UsageError
from turnout.machine import Interpreter, SilentInterpreter
from turnout.measurement import enter_pythons
from turnout.measurement._guest_entrants import Named, check_not_a_guest, guest_environment


def python(path: str, version: str = "3.12.0", *, base: str = "", free_threaded: bool = False) -> Interpreter:
    return Interpreter(
        path=base or path, implementation="CPython", version=version, free_threaded=free_threaded, aliases=(path,)
    )


def entered(words: Sequence[str], **known: Interpreter | SilentInterpreter) -> list[tuple[str, str]]:
    def name(asked: Sequence[str]) -> Named:
        return [(word, known[word]) for word in asked]

    return [(one.name, one.path) for one in enter_pythons(words, name=name, this="this")]


def test_this_python_comes_first() -> None:
    found = entered(["other"], this=python("this"), other=python("other", "3.13.1", free_threaded=True))

    assert found == [("CPython 3.12.0", "this"), ("CPython 3.13.1t", "other")]


def test_two_names_of_one_python_are_entered_once() -> None:
    found = entered(["a", "b"], this=python("this"), a=python("a", base="real"), b=python("b", base="real"))

    assert [path for _, path in found] == ["this", "a"]


def test_pythons_that_are_called_alike_are_told_apart_by_their_paths() -> None:
    found = entered(["a"], this=python("this"), a=python("a"))

    assert [name for name, _ in found] == ["CPython 3.12.0 at this", "CPython 3.12.0 at a"]


def test_an_environment_is_not_its_base(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "pyvenv.cfg").touch()
    inside = str(tmp_path / "bin" / "python")

    found = entered([inside, "base"], this=python("this"), base=python("base"), **{inside: python(inside, base="base")})

    assert [path for _, path in found] == ["this", inside, "base"]


def test_one_that_does_not_answer_is_entered_with_its_reason() -> None:
    mute = SilentInterpreter(path="/shims/pypy3", reason="not installed")

    found = enter_pythons(["x"], name=lambda _: [("/shims/pypy3", mute)], this="")

    assert [(one.name, one.silence) for one in found] == [("pypy3", "not installed")]


def test_settings_for_this_python_do_not_reach_another() -> None:
    found = guest_environment(
        "/opt/pypy",
        {"PYTHONPATH": "/x", "PYTHONHOME": "/y", "PYTHONDONTWRITEBYTECODE": "1", "PATH": "/bin", "PYTHON_JIT": "1"},
        this="/opt/this",
    )

    assert found == {"PATH": "/bin", "PYTHON_JIT": "1", "TURNOUT_GUEST": "1"}


def test_this_python_keeps_its_own_settings() -> None:
    found = guest_environment("/opt/this", {"PYTHONPATH": "/x"}, this="/opt/this")

    assert found == {"PYTHONPATH": "/x", "TURNOUT_GUEST": "1"}


def test_a_guest_may_not_race() -> None:
    with pytest.raises(UsageError, match='below `if __name__ == "__main__":`'):
        check_not_a_guest({"TURNOUT_GUEST": "1"})


def test_who_is_no_guest_may_race() -> None:
    check_not_a_guest({})
