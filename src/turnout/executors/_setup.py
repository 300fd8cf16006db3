"""What a worker of `ProcessExecutor` that was not forked does before its first call."""

from collections.abc import Callable
from typing import Any


def set_up(key: bytes, initializer: Callable[..., object] | None, initargs: tuple[Any, ...]) -> None:
    """Take over the parent's key, which proxies of a `multiprocessing` manager ask for, and call the initializer.

    Args:
        key: `multiprocessing.current_process().authkey` of the parent.
        initializer: The caller's; None for nothing.
        initargs: Its arguments.
    """
    from multiprocessing import current_process  # noqa: PLC0415  forked workers have it

    current_process().authkey = key
    if initializer is not None:
        initializer(*initargs)
