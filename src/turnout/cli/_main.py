"""From the words on the command line to a command's module, and from its errors to an exit status.

The help is written from the table below, so that it imports neither a command nor argparse.
"""

import gc
import sys
from collections.abc import Sequence

from turnout.cli._streams import drop_output, prepare_streams, write_out
from turnout.errors import ExitStatus, TurnoutError, UsageError

COMMANDS = {
    "race": "run a function under every concurrency model, and say which is fastest and why",
    "run": "do all of the work on the track that suits it, with retries, limits and a journal to resume from",
    "download": "download files, each complete under its name or not there at all",
    "crawl": "crawl sites politely into a folder, which turnout search finds words in",
    "search": "find pages that turnout crawl has fetched, in the terminal or on a local web page",
    "turtle": "move a turtle with keys, in a window or a page, and see how long each event waits and takes",
    "diagnose": "run a program unchanged, or look at one that runs, and say what bounds it, thread by thread",
    "monitor": "watch thousands of sensors over MQTT, raise alarms by rules, react, and show it all on a live page",
    "machine": "show what this machine has, and what a thread, a process and a message cost on it",
    "inspect": "show what a living process is, has open, shares with others and waits for",
    "journal": "show how far a run with a journal is, and which items failed",
    "demo": "race downloads and prime factors: waiting against computing",
}
"""Each command, which is also its module, and what it is for."""

RACES = {
    "download": "download the same files in the course's ways and with turnout, and say what each takes",
    "crawl": "crawl the same site in the course's ways and with turnout, and say what each takes",
}
"""What ``turnout race`` knows by a name of its own, since no function is called so."""

_UNWINDS = {"race", "demo"}  # when it is terminated, as it has helpers and temporary folders
_RUNS_ITEMS = {"race", "run"}
_RUNS_PROGRAMS = _RUNS_ITEMS | {"diagnose", "demo"}  # whose garbage is collected as Python does it
_SELDOM = 50_000  # objects, and not 700: modules are loaded a tenth faster
_TERMINATED = 128 + 15
_STOPPED = {128 + 1, 128 + 2, _TERMINATED}  # as a shell reports SIGHUP, SIGINT and SIGTERM
_BROKEN_PIPE = 128 + 13  # as a shell reports a command that SIGPIPE ended

_terminations: list[int] = []


def answer(arguments: Sequence[str] | None) -> int:
    """Run one command, and return the status to leave with.

    Args:
        arguments: As `turnout.cli.main` takes them.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    if arguments is None and not _RUNS_PROGRAMS.intersection(words[:1]):
        gc.set_threshold(_SELDOM, *gc.get_threshold()[1:])
    if arguments is None and _UNWINDS.intersection(words[:1]):
        _unwind_at_termination()
    status = _answer(words)
    if arguments is None and status in _STOPPED and words[0] in _RUNS_ITEMS:
        from turnout.cli._programs import end_programs  # noqa: PLC0415  only who was stopped pays for it

        end_programs()
    if status == ExitStatus.INTERRUPTED:
        _ignore_interrupts()
    if arguments is None:
        gc.freeze()  # the interpreter's end would look for cycles among all objects thrice, for 20 ms
    return status


def _answer(words: list[str]) -> int:
    try:
        prepare_streams()
        return _dispatch(words)
    except TurnoutError as error:  # anything else is a mistake of ours, and shows its traceback
        print(f"turnout: {error}", file=sys.stderr)
        return ExitStatus.USAGE
    except KeyboardInterrupt:
        print("turnout: interrupted", file=sys.stderr)
        return _TERMINATED if _terminations else ExitStatus.INTERRUPTED
    except BrokenPipeError:
        drop_output()
        return _BROKEN_PIPE


def _dispatch(words: list[str]) -> int:
    if not words:
        print(_help(), file=sys.stderr)
        return ExitStatus.USAGE
    match words[0]:
        case "-h" | "--help" | "help":
            write_out(_help())
            return ExitStatus.OK
        case "--version":
            from importlib.metadata import version  # noqa: PLC0415  # costs more than all else here

            write_out(f"turnout {version('turnout')}")
            return ExitStatus.OK
        case "race" if words[1:] and words[1] in RACES:
            from turnout.cli._commands import run_command  # noqa: PLC0415  the help must not pay for argparse

            return run_command(f"race {words[1]}", RACES[words[1]], words[2:])
        case name if name in COMMANDS:
            from turnout.cli._commands import run_command  # noqa: PLC0415  # the help must not pay for argparse

            return run_command(name, COMMANDS[name], words[1:])
        case name:
            from difflib import get_close_matches  # noqa: PLC0415  # likewise

            close = get_close_matches(name, COMMANDS, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(COMMANDS)}"
            raise UsageError(f"there is no command {name!r}; {hint}")


def _unwind_at_termination() -> None:
    """Take a SIGTERM for a Ctrl-C: temporary folders and helpers are not left behind. The second one ends at once."""
    import signal  # noqa: PLC0415  the help must not pay for it

    def end(number: int, _frame: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        _terminations.append(number)
        raise KeyboardInterrupt

    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, end)


def _ignore_interrupts() -> None:
    """Let one more Ctrl-C not make a traceback of the interpreter's own end, which is all that is left."""
    import signal  # noqa: PLC0415  only who was interrupted pays for it
    import threading  # noqa: PLC0415  likewise

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _help() -> str:
    width = max(map(len, COMMANDS))
    return "\n".join(
        [
            "usage: turnout COMMAND ...",
            "",
            "Put each piece of Python work on the right track.",
            "",
            *(f"  {name:<{width}}  {summary}" for name, summary in COMMANDS.items()),
            "",
            "turnout COMMAND --help tells what a command takes, turnout --version which version this is.",
        ]
    )
