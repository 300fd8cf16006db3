"""Which Pythons run the work, each under a name of its own: this one always, as the others' measure."""

import os
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from turnout.errors import UsageError
from turnout.machine import Interpreter, SilentInterpreter, name_pythons
from turnout.machine._interpreters import clean
from turnout.measurement._guest_types import Entrant

_MARK = "TURNOUT_GUEST"  # set for guests

Named = Sequence[tuple[str, Interpreter | SilentInterpreter]]


def enter_pythons(
    words: Sequence[str], *, name: Callable[[Sequence[str]], Named] = name_pythons, this: str = sys.executable
) -> tuple[Entrant, ...]:
    """Return this Python and those that ``words`` name, each program once.

    Args:
        words: As `turnout.machine.name_pythons` takes them.
        name: Finds them.
        this: The path of the Python that runs.

    Raises:
        UsageError: If a word names nothing.
    """
    named = name([*([this] if this else []), *words])
    programs: dict[str, tuple[str, Interpreter | SilentInterpreter]] = {}
    for path, answer in named:
        programs.setdefault(_program(path, answer), (path, answer))
    labels = Counter(_label(path, answer) for path, answer in programs.values())
    return tuple(
        Entrant(
            name=label if labels[label] == 1 else f"{label} at {path}",
            path=path,
            interpreter=answer if isinstance(answer, Interpreter) else None,
            silence=answer.reason if isinstance(answer, SilentInterpreter) else "",
        )
        for path, answer in programs.values()
        for label in [_label(path, answer)]
    )


def guest_environment(path: str, environment: Mapping[str, str], *, this: str = sys.executable) -> dict[str, str]:
    """Return what the Python at ``path`` is to find in its environment.

    What was set for this Python (`PYTHONPATH`, `PYTHONHOME`, that caches are not written) would break another one, or
    slow it down. Two settings that only tell a Python how to run, `PYTHON_GIL` and `PYTHON_JIT`, are passed on.
    """
    return {**(environment if path == this else clean(environment)), _MARK: "1"}


def check_not_a_guest(environment: Mapping[str, str] | None = None) -> None:
    """Raise a `UsageError` if this is a guest, which has imported a script that races when it is imported.

    Args:
        environment: Stands in for that of this process.
    """
    if (os.environ if environment is None else environment).get(_MARK):
        raise UsageError(
            'a script that is raced must not race when it is imported; put that below `if __name__ == "__main__":`'
        )


def _program(path: str, answer: Interpreter | SilentInterpreter) -> str:
    """Return what is the same for two names of one Python, and not for two environments with the same base."""
    if isinstance(answer, SilentInterpreter):
        return path
    folder = os.path.realpath(Path(path).parent)
    home = Path(folder).parent
    return str(home) if (home / "pyvenv.cfg").is_file() else answer.path


def _label(path: str, answer: Interpreter | SilentInterpreter) -> str:
    return answer.label if isinstance(answer, Interpreter) else Path(path).name
