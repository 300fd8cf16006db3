"""Looks at a process by the means of the system that it runs on."""

import sys
from collections.abc import Callable
from pathlib import Path

from turnout.observe._portable import describe_portably
from turnout.observe._tasks import StackReader
from turnout.observe._types import Process
from turnout.observe._unix_peers import unix_peers as ask_for_unix_peers


def describe_process(
    pid: int,
    *,
    stacks: StackReader | None = None,
    root: Path = Path("/"),
    unix_peers: Callable[[], dict[int, int]] = ask_for_unix_peers,
    system: str = sys.platform,
) -> Process:
    """Return what can be told of a living process, which goes on undisturbed.

    Nothing asks for rights that the caller has not got: what must not be seen is `Unknown`, with the reason.

    Args:
        pid: Its number.
        stacks: Reads the Python stacks of a process; without it they are `Unknown`.
        root: The folder that holds ``proc``; for tests.
        unix_peers: Tells which Unix sockets are connected, by inode; for tests.
        system: As `sys.platform`.

    Raises:
        ProcessError: If there is no such process, it is a thread of another one, or it ends meanwhile.
    """
    if system == "linux":
        from turnout.observe._linux import describe_linux  # noqa: PLC0415  it needs modules that Windows lacks

        return describe_linux(pid, stacks, root, unix_peers)
    return describe_portably(pid, stacks)
