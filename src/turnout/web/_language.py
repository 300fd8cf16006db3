"""Which language a reader is answered in."""

from collections.abc import Sequence

_MOST_PARTS = 20


def preferred_language(accepted: str, languages: Sequence[str]) -> str:
    """Return the language that a browser asks for first, of those that there are, and else the first of these.

    Args:
        accepted: The header Accept-Language, which may be empty.
        languages: Codes of two letters, at least one.
    """
    weighed: list[tuple[float, str]] = []
    for part in accepted.split(",")[:_MOST_PARTS]:
        name, _, weight = part.partition(";q=")
        code = name.strip().lower().partition("-")[0]
        if code in languages:
            try:
                weighed.append((float(weight or 1), code))
            except ValueError:
                continue
    return max(weighed, key=lambda one: one[0])[1] if weighed else languages[0]
