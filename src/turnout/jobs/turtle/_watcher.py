"""What one browser knows of the drawing, and what it has to be told."""

import asyncio
import json

from turnout.jobs.turtle._drawing import Change
from turnout.jobs.turtle._program import Program
from turnout.jobs.turtle._scene import WINDOW, arrow, follow
from turnout.jobs.turtle._waits import Waits
from turnout.jobs.turtle._words import Words

_DECIMALS = 3
_MOST_MS = 1e12  # what a browser's clock may have: 30 years; more, or no number, is no stamp


class Watcher:
    """One browser that looks at the program.

    Changes gather until a message is made, so that a slow browser gets fewer messages, and the same drawing.

    Args:
        program: What it looks at.
        words: In the language of its page.

    Attributes:
        has_news: Set while there is something to tell.
    """

    def __init__(self, program: Program, words: Words) -> None:
        self._program = program
        self._words = words
        self._waits = Waits()
        self._known = 0  # segments from the beginning that it has, and that still stand
        self._answered = 0
        self._middle = (0.0, 0.0)
        self.has_news = asyncio.Event()
        self.has_news.set()

    def note(self, change: Change) -> None:
        """Take down that the drawing changed."""
        self._known = min(self._known, change.kept)
        self.has_news.set()

    def receive(self, message: str | bytes) -> None:
        """Press the key that the browser tells of; what is no such message is left alone.

        Args:
            message: ``{"key": "Up", "number": 3, "at": 1234.5}``: its third key, and when, in milliseconds.
        """
        try:
            told = json.loads(message)
        except (ValueError, RecursionError):
            return
        match told:
            case {"key": str(key), "number": int(number), "at": int() | float() as at} if 0 <= at < _MOST_MS:
                self._program.press(key, waited_ns=self._waits.waited_ns(at, self._program.clock.wall_ns()))
                self._answered = number
                self.has_news.set()
            case _:
                return

    def message(self) -> str:
        """Return what it does not know yet, as JSON, and take it as told."""
        self.has_news.clear()
        drawing, strip, words = self._program.drawing, self._program.strip, self._words
        kept, self._known = self._known, len(drawing.segments)
        self._middle = follow(self._middle, drawing.turtle, WINDOW, WINDOW)
        corners = ((_short(x), _short(-y)) for x, y in arrow(drawing.turtle))
        news = {
            "answered": self._answered,
            "kept": kept,
            "added": [
                (_short(line.x1), _short(-line.y1), _short(line.x2), _short(-line.y2), line.colour, line.width)
                for line in drawing.segments[kept:]
            ],
            "arrow": " ".join(f"{x},{y}" for x, y in corners),
            "colour": drawing.turtle.colour,
            "middle": (_short(self._middle[0]), _short(-self._middle[1])),
            "place": words.whereabouts(drawing.turtle),
            "lag": words.milliseconds(strip.lag_ns),
            "worst": words.milliseconds(strip.worst_lag_ns),
            "depth": str(strip.depth),
            "note": strip.note(words),
            "block": strip.block(words),
            "rows": strip.rows(words),
        }
        return json.dumps(news)


def _short(number: float) -> float:
    return round(number, _DECIMALS) + 0.0
