"""The course's turtle: keys are events, Python functions handle them, and a drawing comes of it."""

from typing import TYPE_CHECKING

from turnout._lazy import lazy

if TYPE_CHECKING:
    from turnout.jobs.turtle._app import turtle_app as turtle_app
    from turnout.jobs.turtle._keymap import keymap as keymap
    from turnout.jobs.turtle._png import png_of as png_of
    from turnout.jobs.turtle._program import LOOK_MS as LOOK_MS
    from turnout.jobs.turtle._program import Program as Program
    from turnout.jobs.turtle._replaying import Player as Player
    from turnout.jobs.turtle._replaying import replay_alone as replay_alone
    from turnout.jobs.turtle._svg import svg_of as svg_of
    from turnout.jobs.turtle._tk import Window as Window
    from turnout.jobs.turtle._words import WORDS as WORDS

__getattr__, __dir__ = lazy(
    __name__,
    {
        "LOOK_MS": "._program",
        "WORDS": "._words",
        "Player": "._replaying",
        "Program": "._program",
        "Window": "._tk",
        "keymap": "._keymap",
        "png_of": "._png",
        "replay_alone": "._replaying",
        "svg_of": "._svg",
        "turtle_app": "._app",
    },
)
