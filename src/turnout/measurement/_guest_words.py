"""What a guest says went wrong, in a sentence of ours."""

import re
from collections.abc import Iterable

from turnout.measurement._guest_process import Reply
from turnout.measurement._guest_types import Entrant

_TEXT_LIMIT = 300
_MODULE = re.compile(r"load module '([^']+)'")
_MISSING = frozenset({"ImportError", "ModuleNotFoundError"})
_UNREADABLE = frozenset({"SyntaxError", "IndentationError", "TabError"})


def why_not_loaded(reply: Reply, entrant: Entrant) -> str:
    """Return why a Python could not import the function."""
    kind, text = str(reply.get("error", "")), _short(reply)
    if kind in _UNREADABLE:
        version = entrant.interpreter.version if entrant.interpreter is not None else ""
        return f"the file is not written in its language, Python {version}: {text}"
    if kind in _MISSING:
        return f"it lacks what the function imports: {text}"
    return f"it cannot import the function: {why_it_refused(reply)}"


def why_it_refused(reply: Reply) -> str:
    """Return why a request was not done."""
    if "refused" in reply:
        return str(reply["refused"])[:_TEXT_LIMIT]
    text = _short(reply)
    return f"{reply.get('error')}: {text}" if text else str(reply.get("error"))


def culprits(said: Iterable[str]) -> tuple[str, ...]:
    """Return the extension modules that an interpreter said it switched the lock on for."""
    return tuple(found[1] if (found := _MODULE.search(words)) else "an extension" for words in said)


def _short(reply: Reply) -> str:
    text = " ".join(str(reply.get("text", "")).split())
    return text if len(text) <= _TEXT_LIMIT else f"{text[: _TEXT_LIMIT - 1]}…"
