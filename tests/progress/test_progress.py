"""What is seen of a run while it goes on."""

import io
import subprocess
import sys
import threading
from contextlib import nullcontext, redirect_stdout
from dataclasses import replace
from typing import Any

import pytest
from rich.cells import cell_len

from report_samples import HOSTILE, ORIGIN_NS
from run_samples import SECOND, choice, stage, status
from turnout.pipeline import RunStatus, Track
from turnout.progress import Progress, show_progress
from turnout.progress._beside import Beside
from turnout.progress._displays import LogDisplay, TerminalDisplay, View
from turnout.progress._notebook import NotebookDisplay
from turnout.report._progress import progress_lines, progress_sentence
from turnout.testing import FakeClock


class Terminal(io.StringIO):
    """Keeps what it is sent, and knows what stands on it."""

    def isatty(self) -> bool:
        return True

    def screen(self) -> str:
        """Return what an eye would see, without colours."""
        lines, row = [""], 0
        text, place = self.getvalue(), 0
        while place < len(text):
            if text.startswith("\x1b[", place):
                end = next(at for at in range(place + 2, len(text)) if text[at].isalpha())
                if text[end] == "A":
                    row -= int(text[place + 2 : end])
                elif text[end] == "J":
                    lines[row:] = [""]
                place = end
            elif text[place] == "\n":
                row += 1
                if row == len(lines):
                    lines.append("")
            elif text[place] != "\r":
                lines[row] += text[place]
            place += 1
        return "\n".join(lines)


class Gone(Terminal):
    """A terminal that nobody has any more."""

    def write(self, _text: str) -> int:
        raise OSError(5, "Input/output error")


def live(**more: Any) -> RunStatus:  # as `RunStatus` takes it
    """A run of 100 items that goes on since 10 seconds."""
    return replace(status(stage("fetch", choice("threads", 16))), end_ns=0, **{"done": 25, **more})


def seen(of: RunStatus, per_second: float | None = 2.5, width: int = 100) -> str:
    return "\n".join(progress_lines(of, per_second, ORIGIN_NS + 10 * SECOND, width))


def test_the_whole_and_the_track_are_told() -> None:
    assert seen(live(failed=3)).splitlines() == [
        "━━━━━━──────────────────  25 of 100  25 %  2.50/s  30 s left  3 failed",
        "fetch on threads x 16",
    ]


def test_without_a_number_of_items_the_time_so_far_is_told() -> None:
    assert seen(live(item_count=None)).splitlines()[0] == "25 done  2.50/s  10.0 s"


def test_before_the_first_item_little_is_known() -> None:
    fresh = live(done=0, start_ns=0)
    fresh.stages[0].choice.executor = ""

    assert seen(fresh, None).splitlines() == ["────────────────────────  0 of 100  0 %  0 s", "fetch: choosing a track"]


def test_a_change_of_track_is_told() -> None:
    of = live()
    of.stages[0].choice.tracks = [
        Track(executor="sequential", workers=1, since_ns=0, done=0),
        Track(executor="threads", workers=16, since_ns=1, done=12),
    ]

    assert seen(of).splitlines()[1] == "fetch on threads x 16, after sequential until item 12"


def test_a_pipeline_shows_each_stage_and_what_waits_in_front_of_it() -> None:
    stages = (
        stage("fetch", choice("asyncio", 200), done=90, failed=2),
        stage("parse", choice("processes", 2), done=30, queued=58, queue_limit=64),
        stage("store", choice("auto", 1), done=0, queue_limit=64),
    )

    assert seen(replace(live(), stages=stages)).splitlines()[1:] == [
        "  fetch  asyncio x 200  90 done                    2 failed",
        "  parse  processes x 2  30 done  58 of 64 waiting",
        "  store  choosing        0 done   0 of 64 waiting",
    ]


def test_a_run_that_is_being_stopped_says_so() -> None:
    assert "stopping" in seen(live(is_interrupted=True))


def test_what_came_from_the_journal_is_told() -> None:
    assert "20 from the journal" in seen(live(replayed=20))


@pytest.mark.parametrize("width", [1, 20, 40, 72, 200])
@pytest.mark.parametrize("count", [0, 1, 100, None])
def test_no_line_is_wider_than_asked_whatever_stands_in_it(width: int, count: int | None) -> None:
    nasty = stage(HOSTILE, choice(HOSTILE, 10**9), queued=10**9, queue_limit=10**9)
    of = replace(live(item_count=count, done=10**12, failed=10**9), stages=(nasty, nasty))

    lines = progress_lines(of, 1e12, 10**18, width)

    assert max(map(cell_len, lines)) <= max(20, width)
    assert "\x1b" not in "".join(lines)


def test_a_log_line_is_one_line() -> None:
    assert progress_sentence(live(failed=1), 2.5, ORIGIN_NS) == (
        "25 of 100, 25 %, 2.50/s, 30 s left, 1 failed, fetch on threads x 16"
    )


def test_a_terminal_is_drawn_over_in_place() -> None:
    terminal, of = Terminal(), live(done=0)
    clock = FakeClock(start_ns=ORIGIN_NS)

    with Progress(of, clock, TerminalDisplay(terminal)) as progress:
        for done in range(1, 50):
            clock.wait(100)
            of.done = done
            progress.update()
        screen = terminal.screen()

    assert screen.splitlines()[0].strip("━─ ").startswith("49 of 100  49 %  10.0/s  5 s left")
    assert len(screen.splitlines()) == 2
    assert terminal.screen() == ""


def test_a_terminal_is_drawn_at_most_ten_times_a_second() -> None:
    drawn: list[View] = []

    class Counter:
        def show(self, view: View) -> None:
            drawn.append(view)

        def say(self, words: str) -> None:
            raise AssertionError(words)

        end = show

    clock = FakeClock(start_ns=ORIGIN_NS)
    with Progress(live(), clock, Counter()) as progress:
        for _ in range(1_000):
            clock.wait(1)
            progress.update()

    assert len(drawn) == 12


def test_a_line_that_stays_stands_above_what_is_drawn() -> None:
    terminal, clock = Terminal(), FakeClock(start_ns=ORIGIN_NS)

    with Progress(live(), clock, TerminalDisplay(terminal)) as progress:
        progress.say("a note")
        progress.update()
        screen = terminal.screen()

    assert screen.splitlines()[0] == "a note"
    assert screen.count("of 100") == 1
    assert terminal.screen() == "a note\n"


def test_what_is_printed_stands_above_what_is_drawn() -> None:
    terminal, clock = Terminal(), FakeClock(start_ns=ORIGIN_NS)

    with redirect_stdout(terminal), Progress(live(), clock, TerminalDisplay(terminal)) as progress:
        with progress.printing_above():
            clock.wait(1_000)
            progress.update()
            print("half a ", end="")  # noqa: T201  as work does
            clock.wait(1_000)
            progress.update()
            print("line\nand no end", end="")  # noqa: T201
            clock.wait(1_000)
            progress.update()
            midway = terminal.screen()
        print("after")  # noqa: T201

    assert midway.splitlines()[0] == "half a line"
    assert midway.count("of 100") == 1
    assert terminal.screen().splitlines()[:3] == ["half a line", "and no end", "after"]


def test_lines_of_several_threads_stay_whole() -> None:
    terminal, begun, ended = Terminal(), threading.Event(), threading.Event()
    stream = Beside(terminal, nullcontext)

    def speak() -> None:
        print("one", end="", file=stream)
        begun.set()
        ended.wait()
        print(" line", file=stream)

    thread = threading.Thread(target=speak)
    thread.start()
    begun.wait()
    print("another", file=stream)
    ended.set()
    thread.join()

    assert terminal.getvalue() == "another\none line\n"


def test_what_a_forked_process_prints_is_not_drawn_around() -> None:
    code = (
        "import os, sys\n"
        "from contextlib import contextmanager\n"
        "from turnout.progress._beside import Beside\n"
        "@contextmanager\n"
        "def room():\n"
        "    os.write(1, b'room ')\n"
        "    yield\n"
        "stream = Beside(sys.stdout, room)\n"
        "print('waits', end='', file=stream)\n"
        "if not os.fork():\n"
        "    print('child', file=stream, flush=True)\n"
        "    os._exit(0)\n"
        "os.wait()\n"
        "stream.end()\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "child\nroom waits\n"


def test_a_log_is_left_alone_by_what_is_printed() -> None:
    log = io.StringIO()

    with redirect_stdout(log), Progress(live(), FakeClock(), LogDisplay(log)) as progress, progress.printing_above():
        print("as ever", end="")  # noqa: T201
        midway = log.getvalue()

    assert midway == "as ever"


def test_what_was_drawn_last_can_stay() -> None:
    terminal = Terminal()

    with show_progress(live(), terminal, FakeClock(start_ns=ORIGIN_NS)):
        pass

    assert terminal.screen().count("25 of 100") == 1
    assert terminal.getvalue().endswith("\n")


def log_of(of: RunStatus, seconds: int, per_second: int) -> list[str]:
    """What a log holds of a run after so many seconds."""
    log, clock = io.StringIO(), FakeClock(start_ns=ORIGIN_NS)
    with Progress(of, clock, LogDisplay(log)) as progress:
        for _ in range(seconds):
            clock.wait(1_000)
            of.done += per_second
            progress.update()
    return log.getvalue().splitlines()


def test_a_log_gets_a_line_every_ten_seconds_at_the_most() -> None:
    lines = log_of(live(done=0, item_count=600), 60, 10)

    assert [line.split(",")[0] for line in lines] == [f"{count} of 600" for count in range(100, 601, 100)]


def test_a_log_of_a_long_run_gets_a_line_every_ten_per_cent() -> None:
    lines = log_of(live(done=0, item_count=1_000), 1_000, 1)

    assert [line.split(" ")[0] for line in lines] == [f"{count:,}" for count in range(100, 1_001, 100)]


def test_a_log_of_a_run_without_an_end_grows_ever_slower() -> None:
    lines = log_of(live(done=0, item_count=None), 3_600, 1)

    assert 20 < len(lines) < 60


def test_a_notebook_gets_one_picture_that_is_replaced() -> None:
    pictures: list[object] = []

    class Shown:
        def update(self, obj: object) -> None:
            pictures.append(obj)

    def show_first(picture: object) -> Shown:
        pictures.append(picture)
        return Shown()

    clock, notes = FakeClock(start_ns=ORIGIN_NS), io.StringIO()
    nasty = replace(live(), stages=(stage("</pre><script>"),))

    with Progress(nasty, clock, NotebookDisplay(show_first, notes)) as progress:
        for _ in range(20):
            clock.wait(100)
            progress.update()
        progress.say("a note")

    assert 3 <= len(pictures) <= 7
    assert "25 of 100" in repr(pictures[-1])
    assert "&lt;/pre&gt;&lt;script&gt;" in pictures[-1]._repr_html_()  # type: ignore[attr-defined]  # as a notebook does
    assert notes.getvalue() == "a note\n"


@pytest.mark.parametrize("display", [TerminalDisplay(Gone()), LogDisplay(Gone())])
def test_a_terminal_that_is_gone_does_not_end_the_work(display: TerminalDisplay | LogDisplay) -> None:
    with Progress(live(), FakeClock(), display) as progress:
        progress.update()
        progress.say("a sentence")
