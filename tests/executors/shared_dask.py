"""One Dask cluster for all tests of a session, since each takes seconds to start."""

import atexit
from functools import cache

import turnout
from turnout.executors._dask_cluster import LocalDask

LARGE = b"x" * 20_000_000  # more than Dask handles in its event loop


@cache
def shared_address() -> str:
    """Return the address of the session's cluster, which has been used once, so that Dask's own threads are there."""
    cluster = LocalDask(2)
    atexit.register(cluster.close)
    with turnout.executor("dask", address=cluster.address) as pool:
        list(pool.stream(len, [LARGE]))
    return cluster.address
