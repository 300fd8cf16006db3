"""Which addresses belong to a crawl."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, Self

from turnout.errors import UsageError
from turnout.jobs.crawl._urls import host_of, name_of

Reach = Literal["host", "domain", "path", "any"]
REACHES: tuple[Reach, ...] = ("host", "domain", "path", "any")
_NO_PAGES = """
7z aac apk avi avif bin bmp bz2 css dmg doc docx eot epub exe flac gif gz ico iso jar jpeg jpg js json m4a m4v mjs mkv
mov mp3 mp4 mpeg mpg msi ogg ogv otf pdf png ppt pptx rar rpm rss svg tar tgz tif tiff ttf wasm wav webm webp woff woff2
xls xlsx xz zip zst
"""
_NOT_PAGES = frozenset(_NO_PAGES.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which addresses are crawled; made by `of`.

    Attributes:
        reach: How far links are followed: on the seeds' hosts (with their ports), on the hosts below the seeds' domains
            (``www.`` aside), below the seeds' folders, or anywhere.
        hosts: Those of the seeds, with their ports.
        domains: The seeds' hosts without ``www.`` and port.
        folders: The beginnings of what lies below the seeds' folders.
        include: At least one of these is found in the address; all belong if there are none.
        exclude: None of these is found in it.
    """

    reach: Reach
    hosts: frozenset[str] = frozenset()
    domains: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    include: tuple[re.Pattern[str], ...] = ()
    exclude: tuple[re.Pattern[str], ...] = field(default=())

    @classmethod
    def of(
        cls, seeds: Iterable[str], *, reach: Reach = "host", include: Iterable[str] = (), exclude: Iterable[str] = ()
    ) -> Self:
        """Return the scope around canonical addresses.

        Args:
            seeds: Where the crawl begins.
            reach: See the class.
            include: Regular expressions, searched for in the address.
            exclude: Likewise.

        Raises:
            UsageError: If an expression is not one.
        """
        begins = list(seeds)
        return cls(
            reach=reach,
            hosts=frozenset(map(host_of, begins)),
            domains=tuple(sorted({name_of(host_of(url)).removeprefix("www.") for url in begins})),
            folders=tuple(sorted({url.partition("?")[0].rpartition("/")[0] + "/" for url in begins})),
            include=tuple(map(_compiled, include)),
            exclude=tuple(map(_compiled, exclude)),
        )

    def has(self, url: str) -> bool:
        """Tell whether a canonical address belongs to the crawl, and may be a page by its name."""
        match self.reach:
            case "host":
                is_near = host_of(url) in self.hosts
            case "domain":
                name = name_of(host_of(url))
                is_near = any(name == domain or name.endswith(f".{domain}") for domain in self.domains)
            case "path":
                is_near = url.startswith(self.folders)
            case "any":
                is_near = True
        if not is_near or url.partition("?")[0].rpartition(".")[2].lower() in _NOT_PAGES:
            return False
        if self.include and not any(pattern.search(url) for pattern in self.include):
            return False
        return not any(pattern.search(url) for pattern in self.exclude)


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise UsageError(f"{pattern!r} is not a regular expression ({error}); write one as Python reads it") from None
