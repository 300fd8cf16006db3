"""All that is imported of pycurl; nothing of it is loaded before an engine is made."""

from typing import Any

from turnout.errors import UnavailableError, not_installed


class _Missing:
    """Stands in for pycurl where it is missing: its constants are numbers of no meaning, and nothing can be made."""

    def __getattr__(self, name: str) -> int:
        if name.startswith("Curl"):
            raise _told()
        return int.from_bytes(name.encode(), "big")  # which no other constant has


def require_pycurl() -> None:
    """Make sure that pycurl is installed.

    Raises:
        UnavailableError: If it isn't.
    """
    if isinstance(pycurl, _Missing):
        raise _told()


def _told() -> UnavailableError:
    return not_installed("HTTP", "pycurl", "download")


try:
    import pycurl as _module
except ImportError:
    _module = _Missing()  # which has all that a module of ours asks for

pycurl: Any = _module  # its types leave out constants that its versions differ by
