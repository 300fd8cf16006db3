"""``turnout turtle``: the course's program, in a window or in a page."""

import argparse
import asyncio
import math
import os
import signal
import sys
import threading
from argparse import ArgumentTypeError
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from types import FrameType

from turnout.cli._options import output_file, positive_number, whole_number
from turnout.cli._streams import write_out
from turnout.clock import SystemClock
from turnout.errors import ExitStatus, UsageError
from turnout.events import AsyncioLoop
from turnout.jobs.turtle import (
    LOOK_MS,
    WORDS,
    Player,
    Program,
    Window,
    keymap,
    png_of,
    replay_alone,
    svg_of,
    turtle_app,
)
from turnout.web import serving

SUMMARY = "move a turtle with keys, in a window or a page, and see how long each event waits and takes"

_PORT = 8764
_LARGEST_PORT = 65_535
_KINDS = (".svg", ".png")
_EPILOG = """\
examples:
  turnout turtle
  turnout turtle --web
  turnout turtle --key Down=back:50 --key w=width:3 --export walk.svg
  turnout turtle --record walk.jsonl
  turnout turtle --replay walk.jsonl --speed 4
  turnout turtle --replay walk.jsonl --no-window --export walk.png
  turnout turtle --heavy inline --html events.html

keys: Up moves by 50, Left and Right turn by 30 degrees; u or Ctrl-Z undoes, p lifts and puts down the pen, c takes the
next colour, h goes home, Delete clears; with --heavy, the space bar counts primes. Ctrl-Q closes the window.

--key and --keys change them. A key is a character or one of Up, Down, Left, Right, space, Return, BackSpace, Delete,
Insert, Home, End, Prior, Next, F1 to F12, with Control- before it if need be. It does forward:STEPS, back:STEPS,
left:DEGREES, right:DEGREES, colour:NAME (or #rrggbb, or next), width:PIXELS, pen, penup, pendown, home, clear,
undo or count:BELOW; nothing frees it. A file has them in a table: [keys], then lines as Up = "forward:50".

--heavy inline counts in the handler, and nothing else happens meanwhile; --heavy offload counts off the loop.

--replay presses the recorded keys again, at their times. With --no-window all recorded events are handled as fast as
possible, and it is told whether handlers did the same as then.

exit status: 0; 1 if a replay without a window was not the same; 2 if there is no display, or what is asked for cannot
be done; 130 after Ctrl-C in a window's terminal.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell ``parser`` what ``turnout turtle`` takes."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--web",
        metavar="PORT",
        nargs="?",
        const=_PORT,
        type=_port,
        help=f"a page, for this machine only, instead of a window (default: {_PORT}); 0 takes any port that is free",
    )
    where.add_argument("--no-window", action="store_true", help="neither: replay what was recorded, check it, and end")
    parser.add_argument("--keys", metavar="FILE.toml", help="which key does what")
    parser.add_argument(
        "--key", metavar="KEY=COMMAND", action="append", default=[], help="likewise, for one key; may be repeated"
    )
    parser.add_argument("--record", metavar="FILE", type=output_file, help="keep each event in a new file as it comes")
    parser.add_argument("--replay", metavar="FILE", help="begin with the keys of a recording")
    parser.add_argument(
        "--speed",
        metavar="X",
        type=_speed,
        help="how many times as fast, or max for without a pause (default: 1; max without a window)",
    )
    parser.add_argument(
        "--export",
        metavar="FILE",
        type=_picture,
        action="append",
        default=[],
        help="write the drawing there at the end: .svg or .png; may be repeated",
    )
    parser.add_argument(
        "--html",
        metavar="FILE",
        type=output_file,
        help="write a page with timelines at the end: how long events waited, what each handler took",
    )
    parser.add_argument("--heavy", choices=("inline", "offload"), help="let a key count primes, in the loop or off it")
    parser.add_argument(
        "--slow", metavar="MS", type=whole_number, default=0, help="hold up each key's handler by so many milliseconds"
    )
    parser.add_argument("--no-strip", action="store_true", help="the window without the live strip at its foot")
    parser.add_argument("--language", choices=("en", "fr"), help="of the window or page (default: yours)")


def run(options: argparse.Namespace) -> int:
    """Open what was asked for, and write the drawing down when it is closed."""
    for name in ("no_window", "speed"):
        if getattr(options, name) and options.replay is None:
            raise UsageError(f"--{name.replace('_', '-')} is of a replay; add --replay FILE, or leave it out")
    keys = keymap(options.keys, options.key, is_heavy=options.heavy is not None)
    speed = options.speed or (math.inf if options.no_window else 1.0)
    player = None if options.replay is None or options.no_window else Player(options.replay, speed)
    program = Program(keys, SystemClock(), slow_s=options.slow / 1e3, heavy=options.heavy or "inline")
    status: int = ExitStatus.OK
    try:
        with _recording(program, options.record), _ended_as_by_ctrl_c():
            if options.no_window:
                status = _replay(program, options.replay, speed)
            elif options.web is not None:
                asyncio.run(_serve(program, options, player))
            else:
                words = WORDS[options.language or _language(os.environ)]
                Window(program, words, has_strip=not options.no_strip, player=player).run()
    except KeyboardInterrupt:
        if options.web is None:
            raise
        print(file=sys.stderr)
    finally:
        program.close()
        for name in options.export:
            _write(name, "drawing", _picture_of(program, name))
        if options.html:
            _write(options.html, "page", program.report().to_html().encode())
    return status


@contextmanager
def _ended_as_by_ctrl_c() -> Iterator[None]:
    """Let a program that is ended, or whose terminal is closed, leave as at Ctrl-C: the drawing is written then."""
    former = {}
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) == signal.SIG_DFL:  # it may be ignored, as nohup does
                former[number] = signal.signal(number, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def _recording(program: Program, name: str | None) -> AbstractContextManager[object]:
    if name is None:
        return nullcontext()
    try:
        return program.emitter.record(name)
    except OSError as error:
        raise UsageError(f"{name} cannot be written ({error.strerror}); name another file to record to") from None


async def _serve(program: Program, options: argparse.Namespace, player: Player | None) -> None:
    with _interrupting_handlers():
        async with (
            serving(turtle_app(program, options.language), port=options.web) as server,
            AsyncioLoop(program.emitter) as loop,  # begins when all is loaded, which is no lateness of its own
        ):
            write_out(f"the turtle is at {server.url}; Ctrl-C ends it")
            if player is not None:
                player.start(program, asyncio.get_running_loop().call_later)
            while True:
                program.look(loop)
                await asyncio.sleep(LOOK_MS / 1e3)


@contextmanager
def _interrupting_handlers() -> Iterator[None]:
    """Let Ctrl-C end the handler that runs, too; asyncio waits until all have returned, which may take long."""
    cancel = signal.getsignal(signal.SIGINT)  # asyncio's; it cancels the program's task
    if not callable(cancel) or threading.current_thread() is not threading.main_thread():  # it is not heard here
        yield
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        cancel(number, frame)
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, cancel)


def _replay(program: Program, recording: str, speed: float) -> int:
    found = replay_alone(program, recording, speed)
    if found.is_same:
        write_out(f"{found.count:,} events, and their handlers did what they did when it was recorded")
        return ExitStatus.OK
    print(f"{found.count:,} events; not all is as it was recorded:", *found.differences, sep="\n  ", file=sys.stderr)
    return ExitStatus.FINDING


def _picture_of(program: Program, name: str) -> bytes:
    drawing = program.drawing
    if Path(name).suffix.lower() == ".png":
        return png_of(drawing.segments, drawing.turtle)
    return svg_of(drawing.segments, drawing.turtle).encode()


def _write(name: str, what: str, content: bytes) -> None:
    try:
        Path(name).write_bytes(content)
    except OSError as error:
        raise UsageError(f"the {what} cannot be written to {name} ({error.strerror}); name another file") from None


def _language(environment: Mapping[str, str]) -> str:
    """Return the language that the environment asks for, of those that there are; as POSIX has it, the first counts."""
    named = (environment.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    code = next(filter(None, named), "")[:2].lower()
    return code if code in WORDS else "en"


def _port(text: str) -> int:
    number = whole_number(text)
    if number > _LARGEST_PORT:
        raise ArgumentTypeError(f"{text!r} is not a port; they end at {_LARGEST_PORT:,}")
    return number


def _speed(text: str) -> float:
    return math.inf if text == "max" else positive_number(text)


def _picture(text: str) -> str:
    if Path(text).suffix.lower() not in _KINDS:
        raise ArgumentTypeError(f"{text!r} must end in .svg or .png, which tells what to write")
    return output_file(text)
