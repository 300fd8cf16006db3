"""The program without a display: keys in, drawing and strip out."""

import asyncio
from typing import TYPE_CHECKING

import pytest

from turnout.clock import SystemClock
from turnout.events import AsyncioLoop, Emitter, HandlerFailed, LoopBlocked
from turnout.jobs.turtle._heavy import PrimesAsked
from turnout.jobs.turtle._keymap import keymap
from turnout.jobs.turtle._program import Program
from turnout.jobs.turtle._strip import LINES
from turnout.jobs.turtle._waits import Waits
from turnout.jobs.turtle._words import ENGLISH, FRENCH, WORDS, shown_key
from turnout.testing import FakeClock

if TYPE_CHECKING:
    from turnout.jobs.turtle._drawing import Change

MS = 1_000_000


def program(*pairs: str, slow_s: float = 0.0) -> Program:
    return Program(keymap(None, pairs), FakeClock(), slow_s=slow_s)


def test_a_key_of_the_course_moves_the_turtle() -> None:
    turtle = program()

    known = [turtle.press(key) for key in ("Up", "Left", "Up", "Down")]

    assert known == [True, True, True, False]
    assert len(turtle.drawing.segments) == 2
    assert turtle.drawing.turtle.heading == 30


def test_letters_work_with_caps_lock_too() -> None:
    turtle = program("U=left:10", "é=left:20")

    for key in ("P", "U", "É"):
        turtle.press(key)

    assert not turtle.drawing.turtle.is_down
    assert turtle.drawing.turtle.heading == 30


def test_whoever_watches_sees_each_change_until_he_leaves() -> None:
    turtle = program()
    seen: list[Change] = []

    leave = turtle.watch(seen.append)
    turtle.press("Up")
    leave()
    turtle.press("Up")

    assert [(change.kept, len(change.added)) for change in seen] == [(0, 1)]
    assert turtle.whole().added == tuple(turtle.drawing.segments)


def test_400_keys_pressed_by_handlers_are_handled_at_depth_1_and_none_is_lost() -> None:
    turtle = program(slow_s=0.02)
    left = iter(range(399))
    turtle.watch(lambda _: next(left, None) is None or turtle.press("Up"))

    turtle.press("Up")

    assert len(turtle.drawing.segments) == 400
    assert (turtle.strip.depth, turtle.strip.handled) == (1, 400)


def test_the_strip_tells_the_latest_events_and_how_long_they_took() -> None:
    turtle = program(slow_s=0.02)

    for key in ["Up"] * LINES + ["Left"]:
        turtle.press(key, waited_ns=1_500_000)

    rows = turtle.strip.rows(ENGLISH)
    assert rows[:2] == [("← left 30°", "1.50 ms", "20.00 ms"), ("↑ forward 50", "1.50 ms", "20.00 ms")]
    assert len(rows) == LINES
    assert turtle.strip.rows(FRENCH)[0] == ("← gauche 30°", "1,50 ms", "20,00 ms")


def test_a_handler_is_held_up_in_parts_as_ctrl_c_is_only_heard_between_them() -> None:
    class Counted(FakeClock):
        def __init__(self) -> None:
            super().__init__()
            self.pauses: list[float] = []

        def pause_s(self, seconds: float) -> None:
            self.pauses.append(seconds)
            super().pause_s(seconds)

    clock = Counted()
    turtle = Program(keymap(None, ()), clock, slow_s=0.5)

    turtle.press("Up")

    assert sum(clock.pauses) == pytest.approx(0.5)
    assert max(clock.pauses) <= 0.2


def test_a_failing_watcher_stops_neither_the_turtle_nor_the_others() -> None:
    turtle = program()
    seen: list[Change] = []
    failures: list[object] = []
    turtle.watch(lambda _: 1 / 0)
    turtle.watch(seen.append)
    turtle.displays.on(HandlerFailed, failures.append)

    turtle.press("Up")

    assert len(seen) == 1
    assert any("ZeroDivisionError" in repr(failure) for failure in failures)


def test_the_program_has_an_emitter_that_others_may_listen_to() -> None:
    turtle = program()
    heard: list[str] = []
    turtle.emitter.on(object, lambda event: heard.append(type(event).__name__))

    turtle.press("Up")

    assert isinstance(turtle.emitter, Emitter)
    assert heard == ["KeyPressed", "Drawn"]


def test_the_strip_tells_how_late_the_loop_is_and_what_blocked_it() -> None:
    turtle = program()

    async def look() -> None:
        async with AsyncioLoop(turtle.emitter) as loop:
            turtle.look(loop)

    asyncio.run(look())
    turtle.emitter.emit(
        LoopBlocked(took_ns=950 * MS, stack=("a.py:1 in main", "/far/away/b.py:3 in work.<locals>.<genexpr>"))
    )
    told = turtle.strip.block(ENGLISH)
    turtle.emitter.emit(LoopBlocked(took_ns=120 * MS, stack=()))

    assert (turtle.strip.lag_ns, turtle.strip.worst_lag_ns) == (0, 0)
    assert told == "blocked for 950 ms at b.py:3 in work"
    assert turtle.strip.block(FRENCH) == "la boucle a été bloquée 120 ms"


def test_keys_that_come_after_the_loop_has_ended_are_no_events() -> None:
    turtle = program()

    async def look() -> None:
        async with AsyncioLoop(turtle.emitter) as loop:
            turtle.look(loop)
            turtle.press("Up")

    asyncio.run(look())

    assert (turtle.press("Up"), len(turtle.drawing.segments)) == (False, 1)


def test_counting_inline_is_a_slow_handler() -> None:
    turtle = Program(keymap(None, ["x=count:1000"], is_heavy=True), FakeClock())
    turtle.emitter.on(PrimesAsked, lambda _: turtle.clock.pause_s(0.9))

    turtle.press("x")

    assert turtle.strip.note(ENGLISH).startswith("168 primes below 1,000, in ")
    assert turtle.strip.rows(ENGLISH) == [
        ("primes below 1,000", "0.00 ms", "900 ms"),
        ("x primes below 1,000", "0.00 ms", "0.00 ms"),
    ]


@pytest.mark.integration
def test_counting_off_the_loop_leaves_it_free() -> None:
    turtle = Program(keymap(None, ["x=count:1000"], is_heavy=True), SystemClock(), heavy="offload")
    meanwhile: list[str] = []

    async def count() -> None:
        async with AsyncioLoop(turtle.emitter):
            turtle.press("x")
            turtle.press("Up")
            meanwhile.append(turtle.strip.note(FRENCH))

    asyncio.run(count())
    turtle.close()

    assert meanwhile == ["décompte des nombres premiers sous 1\u202f000 …"]
    assert turtle.strip.note(ENGLISH).startswith("168 primes below 1,000, in ")
    assert turtle.strip.rows(ENGLISH)[0][2].endswith(" ms, off the loop")
    assert len(turtle.drawing.segments) == 1


@pytest.mark.parametrize(
    ("stamps", "waits"),
    [
        ([(1_000, 7), (1_010, 17), (1_020, 47)], [0, 0, 20]),
        ([(1_000, 30), (1_010, 17)], [0, 0]),
        ([(4_294_967_290, 10), (5, 30), (15, 45)], [0, 0, 5]),
    ],
)
def test_an_event_waited_by_as_much_as_it_is_later_than_the_quickest(
    stamps: list[tuple[int, int]], waits: list[int]
) -> None:
    clocks = Waits()

    found = [clocks.waited_ns(stamp_ms, now_ms * MS) for stamp_ms, now_ms in stamps]

    assert found == [wait * MS for wait in waits]


def test_both_languages_have_words_for_all_commands_and_colours() -> None:
    assert ENGLISH.verbs.keys() == FRENCH.verbs.keys()
    assert ENGLISH.colours.keys() == FRENCH.colours.keys()
    assert set(WORDS) == {"en", "fr"}


def test_numbers_are_written_as_the_language_has_it() -> None:
    turtle = program("Up=forward:1234.56")

    turtle.press("Up")

    assert ENGLISH.whereabouts(turtle.drawing.turtle) == "x 1,234.6, y 0, heading 0°, pen down, black"
    assert FRENCH.whereabouts(turtle.drawing.turtle) == "x 1\u202f234,6, y 0, cap 0°, stylo posé, noir"
    assert ENGLISH.milliseconds(1_234_567_000) == "1,235 ms"
    assert [shown_key(key) for key in ("Up", "Control-z", "F1")] == ["↑", "Ctrl+z", "F1"]


def test_a_colour_without_a_name_is_shown_as_it_is_written() -> None:
    turtle = program("x=colour:#123456", "y=width:3", "z=penup")

    for key in "xz":
        turtle.press(key)

    assert ENGLISH.whereabouts(turtle.drawing.turtle) == "x 0, y 0, heading 0°, pen up, #123456"
    assert [FRENCH.command(turtle.keymap[key]) for key in "xyc"] == [
        "couleur : #123456",
        "trait de 3",
        "couleur : suivante",
    ]
