"""Pages that say "not found" and answer 200."""

import re

from turnout.jobs.crawl._likeness import NO_SKETCH, Sketch
from turnout.pages import RecentMap, content_key

_LONGEST = 1500  # characters: a page that says more than this says something
_SAYS_SO = re.compile(
    r"^\W*(?:error |erreur |http )?404\b|\b404 (?:error|page)\b|\b(?:error|erreur|http) 404\b"
    r"|\bnot found\b|\bno longer (?:exists|available)\b|\bdoes(?: not|n['\u2019]t) exist\b|\bpage missing\b"
    r"|\bintrouvable\b|\bn['\u2019]existe (?:pas|plus)\b|\bnon trouvée?\b"
    r"|\bnicht gefunden\b|\bno encontrad[ao]\b|\bnon trovat[ao]\b|\bniet gevonden\b",
    re.IGNORECASE,
)


def says_not_found(title: str, headings: tuple[str, ...], text: str) -> bool:
    """Tell whether a page says, in its title or first heading, that it is not there, and little else."""
    if len(text) > _LONGEST:
        return False
    return any(_SAYS_SO.search(words) for words in (title, *headings[:1]))


class NotFoundPages:
    """How sites say "not found", learned from pages that do so with the right status."""

    def __init__(self) -> None:
        self._known = RecentMap(1 << 12)

    def learn(self, host: str, sketch: Sketch) -> None:
        """Take a page that was answered with 404 or 410."""
        if sketch != NO_SKETCH:
            self._known.put(_key(host, sketch), 1)

    def has(self, host: str, sketch: Sketch) -> bool:
        """Tell whether a page of the site reads like one of these."""
        return sketch != NO_SKETCH and self._known.get(_key(host, sketch)) == 1


def _key(host: str, sketch: Sketch) -> int:
    return content_key(f"{host} {sketch[0]} {sketch[1]}")
