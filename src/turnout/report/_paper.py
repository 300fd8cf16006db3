"""Where text is laid out before anybody prints it."""

from io import StringIO

from rich.console import Console


def paper(width: int, *, colour: bool) -> tuple[Console, StringIO]:
    """Return a console that takes words as they are, without mark-up of its own, and the text that it has laid out.

    Args:
        width: Columns.
        colour: Whether to put in ANSI colours.
    """
    text = StringIO()
    console = Console(
        file=text,
        width=width,
        force_terminal=colour,
        color_system="standard" if colour else None,
        no_color=not colour,
        force_jupyter=False,  # or a notebook's output would get the text, and the caller none
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
    )
    return console, text
