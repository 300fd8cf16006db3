"""Starting another interpreter like this one."""

import subprocess
import sys
from pathlib import Path

from turnout.executors._native_pools import limited_environment


def start_interpreter(module: str, *handles: int, threads: int | None) -> "subprocess.Popen[bytes]":
    """Start an interpreter that runs the ``main`` of ``module`` with these descriptors, and nothing to read."""
    return subprocess.Popen(  # noqa: S603  this interpreter, and our own code
        interpreter_command(f"from {module} import main; main{handles}"),
        stdin=subprocess.DEVNULL,
        pass_fds=handles,
        env=limited_environment(threads),
    )


def interpreter_command(code: str) -> list[str]:
    """Return the command that runs ``code`` in an interpreter like this one, with the same search path."""
    options = [f"-X{name}" if value is True else f"-X{name}={value}" for name, value in sys._xoptions.items()]  # noqa: SLF001  the documented place
    options += [f"-W{warning}" for warning in sys.warnoptions]
    options += ["-" + "O" * sys.flags.optimize] * bool(sys.flags.optimize)
    here = str(Path(__file__).resolve().parents[2])
    path = [str(Path(entry).resolve()) if entry else str(Path.cwd()) for entry in sys.path]
    path += [here] * (here not in path)
    return [sys.executable, *options, "-c", f"import sys; sys.path[:] = {path!r}; {code}"]
