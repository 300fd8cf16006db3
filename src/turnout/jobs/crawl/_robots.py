"""What a site allows robots: its robots.txt, and what its pages and headers say."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from turnout.jobs.crawl._protego import parse_robots

MOST_BYTES = 512_000  # as RFC 9309 asks for at least
LONGEST_DELAY_S = 60.0
RETRY_S = 300.0  # before a robots.txt that could not be had is asked for again
_BOM = b"\xef\xbb\xbf"
_RULE = re.compile(r"^\s*(?:dis)?allow\s*:\s*[^\s#]", re.IGNORECASE | re.MULTILINE)
_OK = range(200, 300)
_GONE = range(400, 500)
_TOO_MANY = 429
_TOKEN = re.compile(r"[A-Za-z_-]+")
_AGENT_PREFIX = re.compile(r"\s*([A-Za-z0-9_*-]+)\s*:\s*(.*)", re.DOTALL)
_VALUED = frozenset({"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"})


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules of one site.

    Attributes:
        is_known: Whether there was an answer. If not (a server's error, or none), nothing is allowed until the rules
            can be had.
        delay_s: What the site asks to leave between two requests, at most 60 s; None if it asks nothing.
        sitemaps: Addresses that the file names.
    """

    is_known: bool
    delay_s: float | None
    sitemaps: tuple[str, ...]
    _rules: Any  # a Protego, None where all is allowed
    _agent: str

    def allows(self, url: str) -> bool:
        """Tell whether an address may be fetched."""
        if not self.is_known:
            return False
        return self._rules is None or bool(self._rules.can_fetch(url, self._agent))


def read_robots(status: int | None, body: bytes, agent: str) -> Robots:
    """Return the rules that an answer to a request for ``/robots.txt`` makes.

    A site without the file (4xx) allows everything; one that fails (5xx, 429, no answer) allows nothing for now: RFC
    9309, 2.3.1.

    Args:
        status: Of HTTP, after redirections; None if there was no answer.
        body: What came, cut off after `MOST_BYTES`.
        agent: The User-Agent header; its product token is matched.
    """
    token = agent_token(agent)
    if status is None or status == _TOO_MANY or (status not in _OK and status not in _GONE):
        return Robots(False, None, (), None, token)
    if status in _GONE:
        return Robots(True, None, (), None, token)
    text = body[:MOST_BYTES].removeprefix(_BOM).decode("utf-8", "replace").replace("\0", "")
    rules = parse_robots(text)
    delay_s = rules.crawl_delay(token)
    rate = rules.request_rate(token)
    if delay_s is None and rate is not None and rate.requests:
        delay_s = rate.seconds / rate.requests
    return Robots(
        True,
        None if delay_s is None else min(max(float(delay_s), 0.0), LONGEST_DELAY_S),
        tuple(rules.sitemaps),
        rules if _RULE.search(text) else None,
        token,
    )


def allow_all(agent: str) -> Robots:
    """Return the rules of a site whose rules are not asked for."""
    return Robots(True, None, (), None, agent_token(agent))


def agent_token(agent: str) -> str:
    """Return the product token of a User-Agent header: ``"turnout"`` of ``"turnout/1.0 (+http://...)"``."""
    found = _TOKEN.match(agent)
    return found[0] if found else agent


class Directives(NamedTuple):
    """What a page asks robots.

    Attributes:
        noindex: Not to be found by a search.
        nofollow: Its links are not to be followed.
    """

    noindex: bool
    nofollow: bool


NO_DIRECTIVES = Directives(False, False)


def read_directives(metas: Iterable[str], headers: Iterable[str], agent: str) -> Directives:
    """Return what a page's meta tags and X-Robots-Tag headers ask.

    Args:
        metas: Contents of those meta tags that are named ``robots`` or as the agent.
        headers: Values of X-Robots-Tag, each maybe for one agent only: ``"googlebot: noindex"``.
        agent: The User-Agent header.
    """
    words: set[str] = set()
    for content in metas:
        words.update(_words(content))
    for value in headers:
        found = _AGENT_PREFIX.match(value)
        if found and found[1].lower() not in _VALUED:
            if found[1].lower() in {agent_token(agent).lower(), "*"}:
                words.update(_words(found[2]))
        else:
            words.update(_words(value))
    is_none = "none" in words
    return Directives(is_none or "noindex" in words, is_none or "nofollow" in words)


def _words(content: str) -> set[str]:
    return {word.strip().lower() for word in content.split(",")}
