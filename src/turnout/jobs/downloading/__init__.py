"""Download files: many at once, each complete under its name or not there at all."""

from typing import TYPE_CHECKING

from turnout._lazy import lazy

if TYPE_CHECKING:
    from turnout.jobs.downloading._download import Downloads as Downloads
    from turnout.jobs.downloading._download import download as download
    from turnout.jobs.downloading._metalink import looks_like_metalink as looks_like_metalink
    from turnout.jobs.downloading._metalink import read_metalink as read_metalink
    from turnout.jobs.downloading._terms import Saved as Saved
    from turnout.jobs.downloading._wanted import Wanted as Wanted
    from turnout.jobs.downloading._wanted import shown_url as shown_url

__getattr__, __dir__ = lazy(
    __name__,
    {
        "Downloads": "._download",
        "download": "._download",
        "looks_like_metalink": "._metalink",
        "read_metalink": "._metalink",
        "Saved": "._terms",
        "Wanted": "._wanted",
        "shown_url": "._wanted",
    },
)
