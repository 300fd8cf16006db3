"""Where Pythons are looked for."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from findpython.providers.base import BaseProvider
from findpython.providers.path import PathProvider
from findpython.providers.pyenv import PyenvProvider
from findpython.providers.uv import UvProvider
from findpython.python import PythonVersion

from turnout.machine._candidates import candidates, path_folders, providers


class ForbiddenProvider(BaseProvider):
    """A place that may not be read."""

    @classmethod
    def create(cls) -> "ForbiddenProvider":
        return cls()

    def find_pythons(self) -> Iterable[PythonVersion]:
        raise PermissionError(13, "Permission denied")


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_pythons_of_path_pyenv_and_uv_are_found(tmp_path: Path) -> None:
    on_path = program(tmp_path / "bin/python3.12")
    of_pyenv = program(tmp_path / "pyenv/versions/3.9.1/bin/python3.9")
    of_uv = program(tmp_path / "uv/cpython-3.13.1-linux/bin/python3")
    known = [PathProvider([tmp_path / "bin"]), PyenvProvider(tmp_path / "pyenv"), UvProvider(tmp_path / "uv")]

    found = candidates(known, [])

    assert set(found) == {on_path, of_pyenv, of_uv}


@pytest.mark.parametrize(
    "name", ["pypy3", "pypy3.10", "jython", "graalpy", "graalpy24.1", "ipy", "python3.13t", "python"]
)
def test_other_implementations_on_path_are_found(tmp_path: Path, name: str) -> None:
    path = program(tmp_path / name)

    found = candidates([PathProvider([tmp_path])], [tmp_path])

    assert found == [path]


@pytest.mark.parametrize("name", ["python3-config", "pythonw-settings", "ipython", "pip", "graalpy-config"])
def test_programs_that_are_no_python_are_not_asked(tmp_path: Path, name: str) -> None:
    program(tmp_path / name)

    found = candidates([PathProvider([tmp_path])], [tmp_path])

    assert found == []


def test_links_to_one_program_lead_to_one_question(tmp_path: Path) -> None:
    real = program(tmp_path / "python3.12")
    (tmp_path / "python3").symlink_to(real)
    (tmp_path / "python3.12m").hardlink_to(real)

    found = candidates([PathProvider([tmp_path])], [], always=[real])

    assert found == [tmp_path / "python3"]


def test_links_to_a_launcher_that_goes_by_its_name_are_all_asked(tmp_path: Path) -> None:
    launcher = program(tmp_path / "lib/launcher")
    for name in ("python3.11", "python3.12"):
        (tmp_path / name).symlink_to(launcher)

    found = candidates([PathProvider([tmp_path])], [])

    assert set(found) == {tmp_path / "python3.11", tmp_path / "python3.12"}


def test_places_that_cannot_be_read_hide_nothing_else(tmp_path: Path) -> None:
    path = program(tmp_path / "python3")

    found = candidates([ForbiddenProvider(), PathProvider([tmp_path])], [tmp_path / "missing"])

    assert found == [path]


def test_a_link_to_itself_is_harmless(tmp_path: Path) -> None:
    (tmp_path / "python3").symlink_to(tmp_path / "python3")

    found = candidates([], [], always=[tmp_path / "python3"])

    assert found == [tmp_path / "python3"]


def test_this_machine_has_places_to_look() -> None:
    known, folders = providers(), path_folders()

    assert any(isinstance(provider, PathProvider) for provider in known)
    assert folders
