"""Whether a process is a Python, and which one.

    libpython3.11.so.1.0 is mapped              a Python built with a shared library, or a program that embeds one
    the program is called python3.11            most others
    the program defines _PyRuntime              a Python under another name, or linked into another program
    ...cpython-313t-x86_64-linux-gnu.so         an extension module tells the version, and t that it is free-threaded

The exact version stands, as text, in the file that holds the interpreter.
"""

import mmap
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import PurePosixPath

from turnout.errors import TurnoutError, message_of
from turnout.observe._mappings import Mapping
from turnout.observe._proc import Folder
from turnout.observe._tasks import Python, StackReader
from turnout.observe._unknown import NOT_PERMITTED, Unknown

NO_READER = "this version of turnout cannot read them"
_LIBRARY = re.compile(r"libpython(\d+\.\d+)(t?)[a-z]*\.so.*")
_PROGRAM = re.compile(r"(?:python|Python)(\d+(?:\.\d+)?)?(t?)(?:d|-dbg)?(?:\.exe)?")
_PYPY = re.compile(r"(?:lib)?pypy(\d+\.\d+)?.*")
_EXTENSION = re.compile(r"\.cpython-(\d)(\d+)(t?)d?-[\w-]+\.so$")
_SYMBOL = b"\0_PyRuntime\0"
_RELEASE = rb"(%s\.\d+(?:(?:a|b|rc)\d+)?\+?)\0"  # it may end a longer text: linkers share what they can
_LARGEST_PROGRAM_BYTES = 256 << 20  # beyond it, the search for a symbol would be felt


def recognise(
    folder: Folder, executable: str | None, words: Sequence[str], mappings: Sequence[Mapping]
) -> Python | None:
    """Return the interpreter of a process, its stacks unread; None if it seems to have none.

    Args:
        folder: Of the process.
        executable: The path of its program; None if that must not be seen.
        words: Its command line, or its name.
        mappings: Of the process; empty if they must not be seen.
    """
    program = PurePosixPath(executable or (words[0] if words else "")).name
    if _PYPY.fullmatch(program):
        return _python("PyPy", None, None, f"the program is called {program}")
    code = sorted({mapping.path for mapping in mappings if "x" in mapping.permissions})
    candidates = (
        *_named(_LIBRARY, code, "{} is mapped"),
        *_named(_PROGRAM, [program], "the program is called {}"),
        *_named(_PROGRAM, code, "{} is mapped"),  # the program is then what loads others
    )
    if candidates:
        path, version, threads, evidence = candidates[0]
    elif _has_symbol(folder):
        path, version, threads, evidence = program, None, "", f"the program {program} defines _PyRuntime"
    else:
        return None
    guessed, free_threaded = _of_extensions(mappings)
    if version is None or "." not in version:
        version = guessed or version
    if threads or path in code:
        free_threaded = bool(threads) or bool(free_threaded)
    if version is not None and "." in version:
        version = _release(folder, "exe" if path == program else f"root/{path.lstrip('/')}", version)
    return _python("CPython", version, free_threaded, evidence)


def recognise_by_name(program: str) -> Python | None:
    """Return the interpreter of a process by its program's name or path alone; None if it has another name."""
    name = re.split(r"[/\\\\]", program)[-1]
    called = _PROGRAM.fullmatch(name)
    if called is None:
        return None
    return _python("CPython", called[1], bool(called[2]) or None, f"the program is called {name}")


def read_stacks(python: Python, pid: int, stacks: StackReader | None) -> Python:
    """Return the interpreter with the stacks of its threads, or with the reason why there are none."""
    if stacks is None:
        return replace(python, stacks=Unknown(NO_READER))
    try:
        return replace(python, stacks=dict(stacks(pid)))
    except PermissionError:
        return replace(python, stacks=Unknown(NOT_PERMITTED))
    except (TurnoutError, OSError) as error:
        return replace(python, stacks=Unknown(message_of(error)))


def _python(implementation: str, version: str | None, free_threaded: bool | None, evidence: str) -> Python:  # noqa: FBT001  a field
    return Python(
        implementation=implementation,
        version=version,
        free_threaded=free_threaded,
        evidence=evidence,
        stacks=Unknown(NO_READER),
    )


def _named(pattern: re.Pattern[str], paths: Iterable[str], evidence: str) -> Iterator[tuple[str, str | None, str, str]]:
    """Yield each path whose name fits, with the version and the letter t in it, and the evidence."""
    for path in paths:
        name = PurePosixPath(path).name
        found = pattern.fullmatch(name)
        if found is not None:
            yield path, found[1], found[2], evidence.format(name)


def _of_extensions(mappings: Iterable[Mapping]) -> tuple[str | None, bool | None]:
    for mapping in mappings:
        found = _EXTENSION.search(mapping.path)
        if found is not None:
            return f"{found[1]}.{found[2]}", bool(found[3])
    return None, None


def _release(folder: Folder, name: str, version: str) -> str:
    """Return the exact version that a file states, or ``version`` if it does not state one."""
    with suppress(OSError, ValueError), _mapped(folder, name) as content:
        found = set(re.findall(_RELEASE % re.escape(version).encode("ascii"), content))
        if len(found) == 1:
            return bytes(found.pop()).decode("ascii")
    return version


def _has_symbol(folder: Folder) -> bool:
    with suppress(OSError, ValueError), _mapped(folder, "exe") as content:
        return content.find(_SYMBOL) >= 0
    return False


@contextmanager
def _mapped(folder: Folder, name: str) -> Iterator[mmap.mmap]:
    with (folder.path / name).open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if len(content) > _LARGEST_PROGRAM_BYTES:
            raise ValueError
        yield content
