"""Whether what somebody asks for is about anything that there is."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from turnout.errors import UsageError
from turnout.jobs.monitor._plan import Plan
from turnout.jobs.monitor.config._tables import suggestion

_MOST_COMPARED = 1_000  # names that are looked through for one that is meant: ten thousand take a third of a second


def refuse_mistyped(action: Mapping[str, object], plan: Plan) -> None:
    """Refuse a silence that cannot be about any alarm: whoever asked for it relies on it, and mistyped a name.

    This is asked before an action counts, and not when it is replayed: rules may change while a silence lasts.

    Args:
        action: What somebody asks for. What is wrong with it otherwise is told by who takes it.
        plan: What is watched.

    Raises:
        UsageError: If nothing is called so.
    """
    what = action.get("what")
    if action.get("act") != "silence" or not isinstance(what, Mapping):
        return
    layout = plan.layout
    names: dict[str, Sequence[str]] = {
        "rule": plan.rules,
        "zone": layout.zones,
        "room": layout.rooms,
        "subject": (*(sensor.name for sensor in layout), *layout.zones),
    }
    for field, pattern in what.items():
        known = names.get(field)
        if known is None or not isinstance(pattern, str) or any(fnmatchcase(name, pattern) for name in known):
            continue
        meant = suggestion(pattern, known) if len(known) <= _MOST_COMPARED else ""
        raise UsageError(f"no {field} is called {pattern!r}{meant}")
