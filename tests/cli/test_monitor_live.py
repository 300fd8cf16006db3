"""How a monitor stands, in the last lines of a terminal."""

import asyncio
import fcntl
import io
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
from contextlib import redirect_stderr, suppress
from math import inf, nan
from pathlib import Path

import numpy as np
import pytest

from monitor_histories import alarm
from monitor_process import CONFIG
from servers import free_port
from turnout.cli._monitor_live import LiveStatus, ZoneLine, zone_lines
from turnout.cli._monitor_run import drawn_region
from turnout.jobs.monitor._layout import grid
from turnout.jobs.monitor._types import Batch, Change, ChangeKind, Severity
from turnout.jobs.monitor.page import Board, Cooled, Figures
from turnout.progress import Region

NOW, SECOND = 1_800_000_000 * 10**9, 10**9
LAYOUT = grid(racks=6, zones=3, kinds=("inlet", "outlet"))
PATIENCE_S = 20


def board() -> Board:
    """Return one on which one zone is warm, one is unheard and the third is as it should be."""
    made = Board(LAYOUT)
    heard = [place for place, sensor in enumerate(LAYOUT) if sensor.zone != "z3"]
    values = [
        60.0 if sensor.kind == "outlet" else 30.0 + place if sensor.zone == "z2" else 21.0 + place / 10
        for place, sensor in enumerate(LAYOUT)
        if sensor.zone != "z3"
    ]
    made.see(Batch(sensors=np.array(heard, np.int32), values=np.array(values), times_ns=np.full(len(heard), NOW)), NOW)
    made.figures = Figures(totals={}, lag_s=0.0012)
    made.cool("z2", Cooled(level=1.0, note="alarm"))
    return made


def drawn(given: Board, *, colour: bool = False) -> list[str]:
    screen = io.StringIO()
    status = LiveStatus(given, Region(screen), colour=colour)
    status.draw(NOW)
    return screen.getvalue().split("\n")


def test_what_is_heard_and_how_warm_the_zones_are_is_drawn() -> None:
    lines = drawn(board())

    assert lines == [
        "0 readings/s, lag 1.20 ms  8 of 12 sensors heard, 4 silent",
        "no active alarms",
        "z2    34.0 to  36.0 °C   cooled at 100 % (alarm)",
        "z1    21.0 to  21.2 °C",
        "1 zone of which nothing is heard: z3",
    ]


def test_alarms_are_counted_the_worst_first_and_in_its_colour() -> None:
    given = board()
    for name, severity in (("a", Severity.INFO), ("b", Severity.CRITICAL), ("c", Severity.INFO)):
        raised = alarm(name, "r01/inlet", severity=severity)
        given.change(Change(kind=ChangeKind.RAISED, alarm=raised, time_ns=NOW, value=1), NOW)
    given.change(Change(kind=ChangeKind.ACKNOWLEDGED, alarm=raised, time_ns=NOW, value=1), NOW)
    given.hush([], ["a"])

    line = drawn(given, colour=True)[1]

    assert line == "\x1b[1;31m3 active alarms: 1 critical and 2 info; 1 acknowledged; 1 silenced\x1b[0m"


def test_a_broker_that_is_gone_is_told() -> None:
    given = board()
    given.figures = Figures(totals={}, is_connected=False)

    assert drawn(given)[0].startswith("the broker is looked for  0 readings/s")


def test_zones_that_have_no_room_are_told_together_and_names_do_no_harm() -> None:
    zones = [ZoneLine(name=f"z{each}", coldest=20, hottest=20 + each) for each in range(4)]
    hostile = ZoneLine(name="\x1b[2J" * 20, coldest=-inf, hottest=inf, level=0.5)

    lines = zone_lines([*zones, hostile, ZoneLine(name="quiet", coldest=nan, hottest=nan)], 2)

    assert "\x1b" not in "".join(lines)
    assert lines[1:] == [
        "z3                      20.0 to  23.0 °C",
        "3 other zones, 20.0 to 22.0 °C",
        "1 zone of which nothing is heard: quiet",
    ]


def test_without_room_for_zones_they_are_one_line() -> None:
    assert zone_lines([ZoneLine(name="z1", coldest=20, hottest=22)], -3) == ["1 zone, 20.0 to 22.0 °C"]


def test_a_terminal_that_is_gone_ends_the_drawing_and_nothing_else() -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError(text)

    asyncio.run(LiveStatus(board(), Region(Gone()), colour=False).run())


def test_who_wants_it_quiet_or_has_no_terminal_sees_nothing() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for stream, is_quiet in ((Terminal(), True), (io.StringIO(), False)):
        with redirect_stderr(stream), drawn_region(is_quiet=is_quiet) as region:
            assert region is None


@pytest.mark.integration
def test_in_a_terminal_it_is_drawn_until_the_end_and_then_gone(tmp_path: Path) -> None:
    (tmp_path / "monitor.toml").write_text(CONFIG.format(port=free_port(), payload="", more=""), "utf-8")
    command = [sys.executable, "-m", "turnout", "monitor", "--config", "monitor.toml", "--embedded-broker"]
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    environment = {**os.environ, "TERM": "xterm", "NO_COLOR": "1"}
    running = subprocess.Popen(command, cwd=tmp_path, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    said, is_stopped = b"", False
    with suppress(OSError), os.fdopen(ours, "rb", buffering=0) as terminal:  # so ends one whose program has
        while piece := terminal.read(4096):
            said += piece
            if b"no active alarms" in said and not is_stopped:
                is_stopped = True
                running.send_signal(signal.SIGINT)
    status = running.wait(PATIENCE_S)

    drawn, _, left = said.decode().rpartition("\x1b[J")  # the last time that what was drawn is erased

    assert status == 130
    assert "0 of 20 sensors heard, 20 silent" in drawn
    assert "turnout: stopping" in drawn + left
    assert "alarms" not in left
