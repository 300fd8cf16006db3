"""How a file of a Python's library is told: without the folder that this Python is in."""

import re

_LIBRARY = re.compile(r"/(?:.*/)?lib(?:32|64)?/python3(?:\.\d+t?)?/(?:(?:site|dist)-packages/)?(?=[^/])")


def short_path(file: str) -> str:
    """Return ``asyncio/events.py`` for a file of any Python's library, wherever that is; others as they are."""
    found = _LIBRARY.match(file)
    return file[found.end() :] if found else file
