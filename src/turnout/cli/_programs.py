"""Programs that items have started in threads of this process: after Ctrl-C, nobody waits for them any more."""

import os
from contextlib import suppress

import psutil

GRACE_S = 0.2  # to end by themselves


def end_programs() -> None:
    """End what descends from this process, and its group; one that leads a group of its own was meant to stay."""
    group = os.getpgrp()
    left = [one for one in psutil.Process().children(recursive=True) if _group_of(one.pid) == group]
    for end in (psutil.Process.terminate, psutil.Process.kill):
        for one in left:
            with suppress(psutil.Error):
                end(one)
        _, left = psutil.wait_procs(left, GRACE_S)


def _group_of(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except OSError:  # it has ended, or is not ours
        return None
