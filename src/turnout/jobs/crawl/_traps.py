"""What keeps a crawl from going on for ever on a host that has no end.

An endless calendar, a counter or a session in the path is told from a large site by three signs: it brings nothing new
(its pages read like earlier ones, but for the digits), it leads ever deeper, and there is ever more of it.

    what                                            is cut
    a page 100 links deep, among others of its      its links are not followed
    pattern of which not one in ten is new
    a pattern with 10,000 pages, of which not       its links are not followed, and what waits of it is left out
    one in ten is new, and half as many still wait
    a page 5,000 links deep                         its links are not followed
    a path whose 8 variants of a query all          further queries of that path are left out
    read the same
    an address that is too long, has a segment      it is not taken
    four times, 25 segments or 20 parameters
    a host's page number 250,000                    what still waits there is left out
"""

import re
from dataclasses import dataclass

from turnout.pages import content_key

LONGEST_URL = 2000
_MOST_SEGMENTS = 25
_MOST_SAME = 3
_MOST_PARAMETERS = 20
_DEEP = 100
_DEEPEST = 5000
_MANY = 10_000
_VARIANTS = 8
_POOR = 0.1
_WEIGHT = 0.05  # of the newest page in the share of new ones
_MOST_KNOWN = 50_000  # patterns and paths; then the oldest are forgotten
_CHANGING = re.compile(r"[0-9A-Fa-f]{8,}|[0-9]+")


def is_sound(url: str) -> bool:
    """Tell whether a canonical address looks like one that somebody meant."""
    if len(url) > LONGEST_URL:
        return False
    path, _, query = url.partition("?")
    segments = path.split("/")[3:]
    if len(segments) > _MOST_SEGMENTS or query.count("&") >= _MOST_PARAMETERS:
        return False
    return len(segments) <= _MOST_SAME or all(
        segments.count(segment) <= _MOST_SAME for segment in set(segments) if segment
    )


def pattern_of(url: str) -> str:
    """Return an address without what changes from page to page: numbers, hashes, and the values of parameters."""
    path, _, query = url.partition("?")
    path = _CHANGING.sub("0", path)
    return f"{path}?{'&'.join(pair.partition('=')[0] for pair in query.split('&'))}" if query else path


@dataclass(slots=True)
class _Pattern:
    pages: int = 0
    novelty: float = 1.0
    is_cut: bool = False


@dataclass(slots=True)
class _Path:
    content: int
    same: int = 0


class Traps:
    """Takes notice of what pages bring, and says which of them lead nowhere."""

    def __init__(self) -> None:
        self._patterns: dict[str, _Pattern] = {}
        self._paths: dict[int, _Path] = {}
        self._has_cut = False

    def follows(self, url: str, depth: int, *, is_new: bool, waiting: int) -> bool:
        """Take notice of a page, and tell whether its links are worth following.

        Args:
            url: Its address.
            depth: How many links it is away from a seed.
            is_new: Whether it reads unlike earlier pages.
            waiting: How many addresses of its host still wait.
        """
        pattern = self._of(pattern_of(url))
        pattern.pages += 1
        pattern.novelty += _WEIGHT * ((1.0 if is_new else 0.0) - pattern.novelty)
        is_poor = pattern.novelty < _POOR
        if is_poor and pattern.pages >= _MANY and 2 * waiting > pattern.pages:
            pattern.is_cut = self._has_cut = True
        return not (pattern.is_cut or depth > _DEEPEST or (is_poor and depth > _DEEP))

    def note_variant(self, url: str, content: int) -> None:
        """Take notice of what a path answers to a query."""
        path, mark, _ = url.partition("?")
        if not mark:
            return
        key = content_key(path)
        known = self._paths.get(key)
        if known is None:
            if len(self._paths) >= _MOST_KNOWN:
                del self._paths[next(iter(self._paths))]
            self._paths[key] = _Path(content)
        elif known.content == content:
            known.same += 1
        else:
            known.content, known.same = content, 0

    def leaves_out(self, url: str) -> bool:
        """Tell whether an address that waits need not be fetched any more."""
        if self._has_cut:
            pattern = self._patterns.get(pattern_of(url))
            if pattern is not None and pattern.is_cut:
                return True
        if "?" in url:
            known = self._paths.get(content_key(url.partition("?")[0]))
            return known is not None and known.same >= _VARIANTS
        return False

    def _of(self, name: str) -> _Pattern:
        pattern = self._patterns.get(name)
        if pattern is None:
            if len(self._patterns) >= _MOST_KNOWN:
                del self._patterns[next(iter(self._patterns))]
            pattern = self._patterns[name] = _Pattern()
        return pattern
