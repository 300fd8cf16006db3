"""Whether a process is a Python, and which one."""

from pathlib import Path

import pytest

from turnout.observe import Python
from turnout.observe._mappings import Mapping
from turnout.observe._proc import Folder
from turnout.observe._python import recognise, recognise_by_name


def mapped(path: str, permissions: str = "r-xp") -> Mapping:
    return Mapping(start=0, end=4096, permissions=permissions, device="fe:00", inode=9, path=path, deleted=False)


def look(folder: Path, program: str | None, *paths: str, words: tuple[str, ...] = ()) -> Python | None:
    return recognise(Folder(folder), program, words, [mapped(path) for path in paths])


def test_a_shared_library_tells_the_version_and_its_file_the_exact_one(tmp_path: Path) -> None:
    library = tmp_path / "root/usr/lib/libpython3.12.so.1.0"
    library.parent.mkdir(parents=True)
    library.write_bytes(b"\x7fELF\0built in /tmp/Python-3.12.4\0other 3.11.9\0")

    python = look(tmp_path, "/usr/bin/anything", "/usr/lib/libc.so.6", "/usr/lib/libpython3.12.so.1.0")

    assert python is not None
    assert (python.version, python.free_threaded) == ("3.12.4", False)
    assert python.evidence == "libpython3.12.so.1.0 is mapped"


@pytest.mark.parametrize(
    ("content", "version"),
    [
        (b"3.13.0rc2\0", "3.13.0rc2"),
        (b"3.13.5+\0", "3.13.5+"),
        (b"3.13.1\0and 3.13.2\0", "3.13"),
        (b"nothing of that kind\0", "3.13"),
        (b"", "3.13"),
    ],
)
def test_an_exact_version_is_told_only_if_there_is_one(tmp_path: Path, content: bytes, version: str) -> None:
    (tmp_path / "exe").write_bytes(content)

    python = look(tmp_path, "/usr/bin/python3.13")

    assert python is not None
    assert python.version == version
    assert python.evidence == "the program is called python3.13"


def test_an_extension_module_tells_the_version_and_whether_it_is_free_threaded(tmp_path: Path) -> None:
    python = look(tmp_path, "/usr/bin/python3", "/usr/lib/math.cpython-314t-x86_64-linux-gnu.so")

    assert python is not None
    assert (python.version, python.free_threaded) == ("3.14", True)


def test_a_program_under_another_name_is_recognised_by_its_symbol(tmp_path: Path) -> None:
    (tmp_path / "exe").write_bytes(b"\x7fELF\0_PyRuntime\0")

    python = look(tmp_path, "/opt/game")

    assert python is not None
    assert python.version is None
    assert python.evidence == "the program game defines _PyRuntime"


def test_a_python_that_another_program_loads_is_recognised(tmp_path: Path) -> None:
    python = look(tmp_path, "/opt/rt/ld-linux-x86-64.so.2", "/opt/rt/ld-linux-x86-64.so.2", "/opt/rt/python3.15")

    assert python is not None
    assert (python.version, python.evidence) == ("3.15", "python3.15 is mapped")


def test_without_rights_the_name_is_all_there_is(tmp_path: Path) -> None:
    python = look(tmp_path, None, words=("/usr/bin/python3.12", "-m", "http.server"))

    assert python is not None
    assert python.version == "3.12"


def test_pypy_is_told_from_cpython(tmp_path: Path) -> None:
    python = look(tmp_path, "/opt/pypy3.10")

    assert python is not None
    assert python.implementation == "PyPy"


@pytest.mark.parametrize("program", ["/usr/bin/bash", "/usr/bin/pythonista", "", None])
def test_others_are_no_python(tmp_path: Path, program: str | None) -> None:
    (tmp_path / "exe").write_bytes(b"\x7fELF\0nothing\0")

    assert look(tmp_path, program) is None


@pytest.mark.parametrize(
    ("program", "version"),
    [(r"C:\Python\python.exe", None), ("/Library/Python3.app/Python", None), ("/opt/python3.13t", "3.13")],
)
def test_a_name_alone_is_enough_where_nothing_else_can_be_seen(program: str, version: str | None) -> None:
    python = recognise_by_name(program)

    assert python is not None
    assert python.version == version


def test_another_name_is_no_python() -> None:
    assert recognise_by_name("/bin/zsh") is None
