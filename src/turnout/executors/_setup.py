"""What a worker of `ProcessExecutor` needs for calls that hold proxies of a `multiprocessing` manager."""


def adopt_key(key: bytes) -> None:
    """Take over the parent's key, which such proxies prove themselves with.

    Args:
        key: The parent's `multiprocessing.current_process().authkey`.
    """
    from multiprocessing import current_process  # noqa: PLC0415  20 ms, for those who need it

    current_process().authkey = key
