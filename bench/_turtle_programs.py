"""The course's turtle and ours, each with a slow handler; at the end each prints what became of the keys.

Started by turtle_keys.py: ``python _turtle_programs.py course`` or ``turnout``.
"""

import json
import sys
import time
import turtle
from contextlib import suppress
from tkinter import TclError

from turnout.clock import SystemClock
from turnout.jobs.turtle import WORDS, Program, Window, keymap

HANDLER_S = 0.02
TITLE = "Event Handling 101"


def course() -> dict[str, int]:
    """Run the program of the course, written anew: handlers that draw with the standard library's turtle."""
    found = {"depth": 0, "drawn": 0, "crashes": 0}
    depth = 0
    turtle.setup(500, 500)
    window = turtle.Screen()
    window.title(TITLE)
    window.bgcolor("lightblue")
    nathan = turtle.Turtle()

    def move_forward() -> None:
        nonlocal depth
        depth += 1
        found["depth"] = max(found["depth"], depth)
        try:
            time.sleep(HANDLER_S)
            nathan.forward(50)
            found["drawn"] += 1
        finally:
            depth -= 1

    window.onkey(move_forward, "Up")
    window.onkey(window.bye, "q")
    window.listen()
    try:
        with suppress(turtle.Terminator, TclError):  # the window was closed while a handler drew
            window.mainloop()
    except RecursionError:  # left the main loop, as it had no room even to print itself
        found["crashes"] = 1
    return found


def ours() -> dict[str, int]:
    """Run ours: its window, closed with Ctrl-Q."""
    program = Program(keymap(None, []), SystemClock(), slow_s=HANDLER_S)
    Window(program, WORDS["en"]).run()
    return {"depth": program.strip.depth, "drawn": len(program.drawing.segments), "crashes": 0}


if __name__ == "__main__":
    print(json.dumps(ours() if sys.argv[1:] == ["turnout"] else course()))
