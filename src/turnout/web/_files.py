"""The files that belong to a page, from where its package is installed."""

from importlib.resources import files
from pathlib import PurePosixPath

from turnout.web._types import Answer

_KINDS = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}

ICON = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'><rect width='32' height='32' rx='7' fill='#1d4ed8'/>"
    "<path d='M11 27V5M11 19c0-6 10-4 10-14' fill='none' stroke='#fff' stroke-width='3.4' stroke-linecap='round'/>"
    "</svg>"
)
"""The mark of all our pages, as SVG."""


def packaged(package: str, folder: str = "static") -> dict[str, Answer]:
    """Return the files of a package's folder by their names, ready to be sent.

    They are read once: what is asked for later can only be one of these names, whatever dots it has.

    Args:
        package: Such as ``"turnout.report"``.
        folder: Inside it.
    """
    return {
        file.name: Answer(body=file.read_bytes(), kind=_KINDS[PurePosixPath(file.name).suffix])
        for file in files(package).joinpath(folder).iterdir()
        if PurePosixPath(file.name).suffix in _KINDS
    }
