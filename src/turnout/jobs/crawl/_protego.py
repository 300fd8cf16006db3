"""The only user of Protego: what a robots.txt says."""

from importlib import import_module
from typing import Any

from turnout.errors import not_installed


def parse_robots(text: str) -> Any:  # a protego.Protego, which is imported when it is needed
    """Return the rules in the text of a robots.txt.

    Raises:
        UnavailableError: If Protego is not installed.
    """
    try:
        module = import_module("protego")
    except ImportError:
        raise not_installed("reading robots.txt", "Protego", "crawl") from None
    return module.Protego.parse(text)
