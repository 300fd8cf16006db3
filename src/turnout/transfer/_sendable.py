"""What a header may have in it."""

import re

_SENDABLE = re.compile(r"[\t -~]*")


def can_be_sent(text: str) -> bool:
    """Tell whether a header may have that in it: one line of ASCII; a line feed would begin another header."""
    return _SENDABLE.fullmatch(text) is not None
