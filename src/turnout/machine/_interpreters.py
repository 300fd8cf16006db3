"""Ask each Python what it is: all at once, in words that even Python 2 understands, and for a bounded time."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from turnout.clock import Clock
from turnout.machine._bounded import Answer, ask
from turnout.machine._types import Interpreter, SilentInterpreter

TIMEOUT_S = 5.0  # Jython takes 1 s to start on two quiet cores
DEADLINE_S = 15.0
_FOR_ALL = frozenset({"PYTHON_GIL", "PYTHON_JIT"})  # asked of each Python that knows them
_LINES = 7  # of an answer

# The first line finds the answer in whatever a wrapper prints, the second keeps modules of the current folder out.
_QUESTION = """
import sys
sys.path[:] = [entry for entry in sys.path if entry]
import platform
name = platform.python_implementation()
try:
    import sysconfig
    free = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
except Exception:
    free = False
base = getattr(sys, "_base_executable", None) or sys.executable or ""
asked = getattr(sys, "_is_gil_enabled", None)
if asked is not None:
    gil = str(bool(asked()))
else:
    gil = str(name not in ("Jython", "IronPython"))
jit = getattr(sys, "_jit", None)
if jit is not None:
    jit = "on" if jit.is_enabled() else "off" if jit.is_available() else ""
else:
    compiled = "pypyjit" in sys.builtin_module_names or name in ("GraalVM", "Jython", "IronPython")
    jit = "on" if compiled else ""
build = " ".join(sys.version.split("(", 1)[-1].split())
print("\\n".join(["turnout:", name, platform.python_version(), str(free), base, gil, jit, build]))
"""

Ask = Callable[[Path, float], Answer]


def interpreters(
    paths: Sequence[Path], clock: Clock, ask_one: Ask | None = None
) -> tuple[tuple[Interpreter, ...], tuple[SilentInterpreter, ...]]:
    """Ask the Pythons at ``paths``.

    Args:
        paths: Executables.
        clock: Bounds the whole to `DEADLINE_S`.
        ask_one: Asks one, for at most some seconds.

    Returns:
        Those that answered, this one before all others and then the newest first; those that did not, as given.
    """
    answers = ask_each(paths, clock, ask_one)
    heard = [answer for answer in answers if isinstance(answer, Interpreter)]
    silent = tuple(answer for answer in answers if isinstance(answer, SilentInterpreter))
    return merged(heard, here()), silent


def ask_each(
    paths: Sequence[Path],
    clock: Clock,
    ask_one: Ask | None = None,
    *,
    timeout_s: float = TIMEOUT_S,
    deadline_s: float = DEADLINE_S,
) -> list[Interpreter | SilentInterpreter]:
    """Ask the Pythons at ``paths``.

    Args:
        paths: Executables.
        clock: Bounds the whole.
        ask_one: As `interpreters` takes it.
        timeout_s: How long each may take.
        deadline_s: How long the whole may take.

    Returns:
        One answer for each, in that order.
    """
    end_ns = clock.wall_ns() + int(deadline_s * 1e9)

    def question(path: Path) -> Interpreter | SilentInterpreter:
        seconds = (end_ns - clock.wall_ns()) / 1e9
        if seconds <= 0:
            return SilentInterpreter(path=str(path), reason=f"not asked: {deadline_s:.0f} seconds were over")
        try:
            answer = (ask_one or _ask)(path, min(seconds, timeout_s))
        except OSError as error:
            return SilentInterpreter(path=str(path), reason=error.strerror or str(error))
        return understand(path, answer)

    with ThreadPoolExecutor(max_workers=8) as pool:
        return list(pool.map(question, paths))


def understand(path: Path, answer: Answer) -> Interpreter | SilentInterpreter:
    """Return what the answer of the Python at ``path`` means; ``path`` becomes an alias of what it leads to."""
    if answer.failure:
        return SilentInterpreter(path=str(path), reason=answer.failure)
    lines = answer.output.splitlines()
    start = lines.index("turnout:") + 1 if "turnout:" in lines else len(lines)
    said = [line.strip() for line in lines[start : start + _LINES]]
    if len(said) < 3 or not said[1][:1].isdigit():  # noqa: PLR2004  implementation, version, free-threaded
        return SilentInterpreter(path=str(path), reason="it did not say what it is")
    said += [""] * (_LINES - len(said))
    base = os.path.realpath(said[3]) if said[3] else str(path)
    return Interpreter(
        path=base,
        implementation=said[0],
        version=said[1],
        free_threaded=said[2] == "True",
        gil=said[4] == "True" if said[4] else None,
        jit=said[5],
        build=said[6].replace(") [", ", ").removesuffix("]"),
        aliases=(str(path),) if str(path) != base else (),
    )


def merged(heard: Sequence[Interpreter], current: str) -> tuple[Interpreter, ...]:
    """Return each program once with all its aliases.

    Args:
        heard: Those that answered.
        current: The `Interpreter.path` of the one that runs.
    """
    programs: dict[str, list[Interpreter]] = {}
    for interpreter in heard:
        programs.setdefault(interpreter.path, []).append(interpreter)
    united = [
        replace(
            group[0],
            current=path == current,
            aliases=tuple(sorted({alias for member in group for alias in member.aliases})),
        )
        for path, group in programs.items()
    ]
    united.sort(key=lambda one: one.path)
    united.sort(key=_age, reverse=True)
    return tuple(sorted(united, key=lambda one: not one.current))


def here() -> str:
    """Return the `Interpreter.path` of the interpreter that runs this."""
    return os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable or "")


def clean(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without what is meant for this Python and would lead another one astray."""
    return {
        name: value
        for name, value in environment.items()
        if name in _FOR_ALL or not name.startswith(("PYTHON", "__PYVENV"))
    }


def _age(interpreter: Interpreter) -> tuple[int, ...]:
    numbers = (part for part in interpreter.version.split(".")[:3])
    return tuple(int("".join(filter(str.isdigit, part[:2])) or 0) for part in numbers)


def _ask(path: Path, timeout_s: float) -> Answer:
    return ask([str(path), "-c", _QUESTION], timeout_s=timeout_s, environment=clean(os.environ))
