"""Pythons by the words that a user has for them: a path, a name on PATH, or ``all``."""

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from turnout.clock import Clock, SystemClock
from turnout.errors import UsageError
from turnout.machine import _candidates, _interpreters
from turnout.machine._types import Interpreter, SilentInterpreter

ALL = "all"
PATIENCE_S = 30.0  # with one that was asked for: Jython takes 2 s on two busy cores, and 7 where five more compute
_SHOWN = 12  # Pythons in a complaint

Find = Callable[[], tuple[Interpreter, ...]]
Look = Callable[[str], str | None]


def find_interpreters(clock: Clock | None = None) -> tuple[Interpreter, ...]:
    """Return the Pythons found on this machine, this one first."""
    always = [Path(sys.executable)] if sys.executable else []
    paths = _candidates.candidates(_candidates.providers(), _candidates.path_folders(), always)
    return _interpreters.interpreters(paths, clock or SystemClock())[0]


def name_pythons(
    words: Sequence[str],
    *,
    find: Find = find_interpreters,
    look: Look = shutil.which,
    ask: Callable[[Sequence[Path]], Sequence[Interpreter | SilentInterpreter]] | None = None,
) -> tuple[tuple[str, Interpreter | SilentInterpreter], ...]:
    """Return the path of each Python that ``words`` name, and what it said of itself.

    Args:
        words: Paths, names such as ``pypy3``, or ``all`` for those found here other than the one that runs.
        find: Looks for Pythons.
        look: Looks for a program by its name.
        ask: Asks what programs are.

    Raises:
        UsageError: If a word names nothing; it lists what was found.
    """
    find = cache(find)
    wanted: dict[str, str] = {}  # the word for each path
    for word in words:
        place = None if word == ALL else _place(word, look)
        paths = [place] if place else _others(find()) if word == ALL else _called(word, find())
        if not paths and word != ALL:
            raise UsageError(f"no Python is called {word!r} here; {_listed(find())}")
        wanted |= {path: word for path in paths if path not in wanted}
    answers = (ask or _ask)([Path(path) for path in wanted])
    return tuple(_awake(path, word, answer, find) for (path, word), answer in zip(wanted.items(), answers, strict=True))


def _awake(
    path: str, word: str, answer: Interpreter | SilentInterpreter, find: Find
) -> tuple[str, Interpreter | SilentInterpreter]:
    """Return the path and its answer, or those of another Python of that name if what PATH leads to is a dead shim."""
    if isinstance(answer, SilentInterpreter) and not _is_path(word):
        for other in find():
            if other.path in _called(word, [other]):
                return other.path, other
    return path, answer


def _ask(paths: Sequence[Path]) -> list[Interpreter | SilentInterpreter]:
    return _interpreters.ask_each(paths, SystemClock(), timeout_s=PATIENCE_S, deadline_s=2 * PATIENCE_S)


def _place(word: str, look: Look) -> str | None:
    if not _is_path(word):
        return look(word)
    path = Path(word).expanduser()
    if not path.is_file():
        raise UsageError(f"there is no Python at {word!r}; name the program itself, such as /opt/pypy/bin/pypy3")
    if not os.access(path, os.X_OK):
        raise UsageError(f"{word!r} cannot be started: it may not be executed; name the Python itself")
    return str(path.absolute())


def _is_path(word: str) -> bool:
    return any(separator in word for separator in (os.sep, os.altsep) if separator)


def _others(found: Sequence[Interpreter]) -> list[str]:
    return [one.path for one in found if not one.current]


def _called(word: str, found: Sequence[Interpreter]) -> list[str]:
    """Return the first Python with that file name, which need not be on PATH."""
    return [path for one in found for path in (one.path, *one.aliases) if Path(path).name in {word, f"{word}.exe"}][:1]


def _listed(found: Sequence[Interpreter]) -> str:
    others = [f"{one.label} at {one.path}" for one in found if not one.current]
    if not others:
        return "no other Python was found on this machine; name one by its path"
    more = f", and {len(others) - _SHOWN} more (see turnout machine --pythons)" if len(others) > _SHOWN else ""
    return f"found: {', '.join(others[:_SHOWN])}{more}; name one of them, or a path"
