"""All that is imported of pycurl; nothing of it is loaded before an engine is made."""

from importlib.util import find_spec
from typing import Any

from turnout.errors import UnavailableError


def require_pycurl() -> None:
    """Make sure that pycurl is installed.

    Raises:
        UnavailableError: If it isn't.
    """
    if find_spec("pycurl") is None:
        raise UnavailableError("HTTP", "the package `pycurl` is not installed", "pip install 'turnout[download]'")


require_pycurl()

import pycurl as _pycurl  # noqa: E402  told above, with its remedy, where it is missing

pycurl: Any = _pycurl  # its types leave out constants that its versions differ by
