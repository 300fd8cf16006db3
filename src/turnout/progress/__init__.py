"""How a run stands while it goes on, for who watches: a terminal, a log, or a notebook."""

from typing import TYPE_CHECKING

from turnout._lazy import lazy

if TYPE_CHECKING:
    from turnout.progress._progress import Progress as Progress
    from turnout.progress._progress import show_progress as show_progress
    from turnout.progress._region import Region as Region

__getattr__, __dir__ = lazy(__name__, {"Progress": "._progress", "Region": "._region", "show_progress": "._progress"})
