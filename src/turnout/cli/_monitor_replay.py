"""``turnout monitor replay``: a recording once more."""

import argparse
import sys
from collections.abc import Callable
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

from turnout.cli._streams import write_out
from turnout.clock import Clock, SystemClock
from turnout.errors import ExitStatus, UsageError

if TYPE_CHECKING:
    from turnout.jobs.monitor._replay import Comparison

_MAX = "max"
_MOST_DAMAGE = 20
_SECOND_NS = 10**9


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell ``parser`` what the action takes."""
    parser.add_argument("recording", metavar="RECORDING", help="state folder of a monitor, or a segment of its log")
    parser.add_argument(
        "--speed", metavar="N", default=_MAX, help="so many times as fast as it was, or max (the default)"
    )
    parser.add_argument(
        "--expect", metavar="FILE", help="compare with the alarms that --json has printed before, line by line"
    )
    parser.add_argument("--json", action="store_true", help="print alarms as lines of JSON")
    parser.add_argument("--quiet", action="store_true", help="print no alarms, only how it compares")


def run(options: argparse.Namespace, clock: Clock | None = None) -> int:
    """Replay, and return 1 if other alarms come than were recorded or expected, or the recording is damaged.

    Args:
        options: As `add_arguments` describes.
        clock: In charge of time.
    """
    from turnout.cli._monitor_lines import text_of  # noqa: PLC0415  the help must not pay for it
    from turnout.jobs.monitor._changes import change_line  # noqa: PLC0415  likewise
    from turnout.jobs.monitor._replay import Replay  # noqa: PLC0415  likewise
    from turnout.jobs.monitor._setup import recorded_watch  # noqa: PLC0415  likewise

    replay = Replay(Path(options.recording), recorded_watch, _pace(options.speed, clock or SystemClock()))
    expected = _expected(options.expect) if options.expect else None
    differing, count = 0, 0
    for change in replay:
        line = change_line(change)
        if expected is not None:
            wanted = expected[count] if count < len(expected) else "nothing"
            if line != wanted and not differing:
                _tell(f"line {count + 1:,} is another one\nexpected: {wanted}\nnow:      {line}")
            differing += line != wanted
        count += 1
        if not options.quiet:
            write_out(line if options.json else text_of(change))
    if expected is not None:
        differing += max(0, len(expected) - count)
    else:
        differing = replay.comparison.differing
        if differing:
            _tell(replay.comparison.first_difference)
    for damage in replay.comparison.damage[:_MOST_DAMAGE]:
        _tell(str(damage))
    _tell(_summary(replay.comparison, differing, "expected" if expected is not None else "recorded"))
    return ExitStatus.FINDING if differing or replay.comparison.damage else ExitStatus.OK


def _summary(comparison: "Comparison", differing: int, how: str) -> str:
    from turnout.cli._monitor_lines import moment_of  # noqa: PLC0415  as above
    from turnout.report._words import plural  # noqa: PLC0415  likewise

    damaged = ""
    if comparison.damage:
        places = plural(len(comparison.damage), "place")
        passed = plural(comparison.passed_over, "reading")
        damaged = f"; it is damaged in {places}, after which {passed} had to be passed over: look for a copy"
    if not comparison.began_ns:
        return f"nothing happens in this recording{damaged}"
    span = f"from {moment_of(comparison.began_ns)} to {moment_of(comparison.ended_ns)}"
    gaps = f"; it has {plural(comparison.gaps, 'gap')}, after which it begins anew" if comparison.gaps else ""
    same = f"all as {how}" if not differing else f"{differing:,} other than {how}"
    changes = plural(comparison.changes, "change")
    return f"{plural(comparison.readings, 'reading')} {span}{gaps}; {changes} of alarms, {same}{damaged}"


def _tell(text: str) -> None:
    print(f"turnout monitor: {text}", file=sys.stderr, flush=True)


def _expected(name: str) -> list[str]:
    try:
        return Path(name).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"{name!r} cannot be read ({reason}); name a file that --json has printed") from None


def _pace(speed: str, clock: Clock) -> Callable[[int], None]:
    if speed == _MAX:
        return lambda _: None
    try:
        times = float(speed)
    except ValueError:
        times = 0.0
    if not 0 < times < inf:
        raise UsageError(f"--speed is a number above 0, or {_MAX}, not {speed!r}")
    began: tuple[int, int] | None = None

    def wait(at_ns: int) -> None:
        nonlocal began
        if began is None:
            began = clock.wall_ns(), at_ns
        due_ns = began[0] + (at_ns - began[1]) / times
        left_ns = due_ns - clock.wall_ns()
        if left_ns > 0:
            clock.pause_s(left_ns / _SECOND_NS)

    return wait
