"""Observers of others, found by the entry points of installed packages.

A package plugs one in with, in its ``pyproject.toml``::

    [project.entry-points."turnout.monitor.observers"]
    hottest = "my_package:observe"

``observe`` is called once with the `Streams` of a monitor that starts, and subscribes to what it likes. What it returns
is called when the monitor ends, if it can be called.
"""

from collections.abc import Callable, Iterable
from importlib.metadata import EntryPoint, entry_points

from turnout.jobs.monitor._streams import Complain, Streams, describe

GROUP = "turnout.monitor.observers"


class Observers:
    """The observers that are plugged in.

    Args:
        streams: What they are called with.
        complain: Called with a sentence for each one that fails.
        found: Their entry points; those of installed packages if None.

    Attributes:
        names: Those that did not fail.
    """

    def __init__(self, streams: Streams, complain: Complain, found: Iterable[EntryPoint] | None = None) -> None:
        self._complain = complain
        self._endings: list[tuple[str, Callable[[], object]]] = []
        self.names: list[str] = []
        for point in entry_points(group=GROUP) if found is None else found:
            try:
                ending = point.load()(streams)
            except Exception as error:  # noqa: BLE001  it is the observer's code
                complain(f"the observer {point.name!r} ({point.value}) cannot be plugged in: {describe(error)}")
                continue
            self.names.append(point.name)
            if callable(ending):
                self._endings.append((point.name, ending))

    def close(self) -> None:
        """Tell them that the monitor ends."""
        for name, ending in self._endings:
            try:
                ending()
            except Exception as error:  # noqa: BLE001  it is the observer's code
                self._complain(f"the observer {name!r} failed at its end: {describe(error)}")
