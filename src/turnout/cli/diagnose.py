"""``turnout diagnose``: what bounds a program, thread by thread."""

import argparse
import shutil
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

from turnout._diagnose import report_on, watch_command
from turnout.cli._apart import check_written_apart
from turnout.cli._console import print_saved, wants_colour, write_file
from turnout.cli._options import STANDARD_OUTPUT, output_file
from turnout.cli._streams import write_out
from turnout.errors import ExitStatus, UsageError
from turnout.items import file_of_module
from turnout.observe import Recording, Watch, command_of

if TYPE_CHECKING:
    import subprocess

SUMMARY = "run a program unchanged, or look at one that runs, and say what bounds it, thread by thread"

_EPILOG = """\
examples:
  turnout diagnose script.py --its --own arguments
  turnout diagnose --html found.html -m package.module arguments
  turnout diagnose --pid 4711 --duration 10

options of turnout come before the program, all that follow are its own. The program's output is its own, and the report
follows it, on the error stream if --json - asks for that on standard output. Ctrl-C goes to the program; what was seen
until its end is reported. With --pid, Ctrl-C ends the looking only: the program goes on.

exit status: the program's own; with --pid, 0.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell ``parser`` what ``turnout diagnose`` takes."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    what = parser.add_argument_group("what to look at (one of them)")
    what.add_argument("-m", dest="module", action="store_true", help="the program is a module, run as python -m does")
    what.add_argument("--pid", type=int, metavar="PID", help="a Python program that runs already")
    what.add_argument("program", nargs=argparse.REMAINDER, metavar="PROGRAM ...", help="a script and its arguments")
    how = parser.add_argument_group("how")
    how.add_argument("--python", metavar="PATH", default=sys.executable, help="the interpreter to run it with")
    how.add_argument("--duration", type=float, metavar="SECONDS", help="with --pid: how long to look at most")
    output = parser.add_argument_group("output")
    output.add_argument("--json", metavar="FILE", type=output_file, help="all figures as JSON; - for stdout")
    output.add_argument("--html", metavar="FILE", type=output_file, help="a page with the timeline, in one file")
    output.add_argument("--trace", metavar="FILE", type=output_file, help="a Chrome trace, for Perfetto")
    output.add_argument("--speedscope", metavar="FILE", type=output_file, help="stacks, for speedscope")
    output.add_argument("--quiet", action="store_true", help="no report in the terminal")


class Judged(Protocol):
    """A recording with its verdict, to be shown; see `DiagnosisReport`."""

    def to_text(self, width: int, *, colour: bool) -> str:
        """Return lines for a terminal."""
        ...

    def to_json(self) -> str:
        """Return all figures."""
        ...

    def to_html(self) -> str:
        """Return a page."""
        ...

    def to_chrome_trace(self) -> str:
        """Return a trace for Perfetto."""
        ...

    def to_speedscope(self) -> str:
        """Return stacks for speedscope."""
        ...


def run(options: argparse.Namespace, judge: Callable[[Recording], Judged] = report_on) -> int:
    """Look at the program to its end, and say what bounds it.

    Args:
        options: As they were parsed.
        judge: Makes a report of what was seen.
    """
    _check(options)
    recording = _attached(options) if options.pid is not None else _started(options)
    report = judge(recording)
    if options.json == STANDARD_OUTPUT:
        write_out(report.to_json().removesuffix("\n"))
    if not options.quiet:
        stream = sys.stderr if options.json == STANDARD_OUTPUT else sys.stdout
        width = shutil.get_terminal_size((100, 24)).columns
        text = report.to_text(width, colour=wants_colour(stream)).removesuffix("\n")
        if stream is sys.stdout:
            write_out(text)
        else:
            print(text, file=sys.stderr, flush=True)
    for name, render, what in (
        (options.json, report.to_json, "JSON"),
        (options.html, report.to_html, "page"),
        (options.trace, report.to_chrome_trace, "trace"),
        (options.speedscope, report.to_speedscope, "stacks"),
    ):
        if name not in {None, STANDARD_OUTPUT}:
            write_file(name, render())
            if not options.quiet:
                print_saved(name, what)
    code = recording.exit_code
    return ExitStatus.OK if code is None else code if code >= 0 else 128 - code


def _check(options: argparse.Namespace) -> None:
    if options.program[:1] == ["--"]:
        del options.program[0]
    if (options.pid is None) == (not options.program) or (options.pid is not None and options.module):
        raise UsageError("name a script (or -m and a module), or --pid PID of a program that runs, and not both")
    if options.pid is None and options.duration is not None:
        raise UsageError("--duration goes with --pid; a program that is started is looked at to its end")
    if options.duration is not None and not options.duration > 0:
        raise UsageError(f"--duration must be more than 0 seconds, not {options.duration:g}")
    if options.pid is None and not options.module and not Path(options.program[0]).is_file():
        raise UsageError(f"there is no file {options.program[0]!r}; name a script, or -m and a module")
    if shutil.which(options.python) is None:
        raise UsageError(f"there is no program {options.python!r} to run it with; name a Python with --python")
    check_written_apart(options, ("json", "html", "trace", "speedscope"), {"the program": _file_of_program(options)})


def _file_of_program(options: argparse.Namespace) -> str | None:
    if options.pid is not None:
        return None
    name: str = options.program[0]
    return file_of_module(name, "__main__.py") if options.module else name


def _started(options: argparse.Namespace) -> Recording:
    module = ["-m"] if options.module else []
    with Forwarding() as forwarding:  # from before there is a program, or a signal would leave it behind
        return watch_command([options.python, *module, *options.program], forwarding.wait)


def _attached(options: argparse.Namespace) -> Recording:
    watch = Watch(options.pid, command_of(options.pid), patience_s=0.1)
    with suppress(KeyboardInterrupt):  # which ends the looking, and not the program
        watch.wait(options.duration)
    return watch.stop()


class Forwarding:
    """Leaves Ctrl-C and SIGTERM to the program; the second one ends it."""

    def __init__(self) -> None:
        self._program: subprocess.Popen[bytes] | None = None
        self._came: list[int] = []
        self._former: dict[int, Any] = {}  # handlers are functions, numbers or None
        self._is_told_by_terminal = sys.stdin.isatty()

    def __enter__(self) -> Self:
        self._former = {number: signal.signal(number, self._handle) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *_: object) -> None:
        for number, former in self._former.items():
            signal.signal(number, former)

    def wait(self, program: "subprocess.Popen[bytes]") -> int:
        """Wait for the program, and return its exit status."""
        self._program = program
        for number in self._came[:1]:
            self._forward(program, number)
        return program.wait()

    def _handle(self, number: int, _frame: object) -> None:
        self._came.append(number)
        if self._program is None:
            return
        if len(self._came) > 1:
            self._program.kill()
        else:
            self._forward(self._program, number)

    def _forward(self, program: "subprocess.Popen[bytes]", number: int) -> None:
        if number != signal.SIGINT or not self._is_told_by_terminal:
            program.send_signal(number)
