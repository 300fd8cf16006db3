"""Threads inside native libraries (BLAS, OpenMP): few in worker processes, so that together they fit the cores.

Two workers on two cores whose every matrix product starts two threads would run four threads, each slower for it.
"""

import os
import sys

from turnout.executors._forkable import native_threads_end_at_fork, thread_count

VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
# Modules that bring such a library; where none is loaded, the variables will be read when one is.
BRINGERS = ("numpy", "scipy", "sklearn", "torch", "mkl", "cv2", "faiss", "lightgbm", "xgboost")


def threads_each(workers: int, cores: float) -> int | None:
    """Return how many threads a library in a worker should use; None if that is not ours to say.

    It is not if the user has set one of `VARIABLES`, some of which stand in for others, nor if there is one worker.

    Args:
        workers: How many there are at most.
        cores: How many this process may use.
    """
    if workers == 1 or any(name in os.environ for name in VARIABLES):
        return None
    return max(1, int(cores // workers))


def limited_environment(threads: int | None) -> dict[str, str]:
    """Return the environment of a worker that is started anew."""
    return {**os.environ, **_settings(threads)}


def limit_pools(threads: int | None) -> None:
    """Limit libraries in this forked worker: those that are loaded, and those that will be."""
    if threads is None:
        return
    os.environ.update(_settings(threads))
    if not any(name in sys.modules for name in BRINGERS):
        return
    from threadpoolctl import ThreadpoolController  # noqa: PLC0415  4 ms, for those who have such a library

    for library in ThreadpoolController().lib_controllers:
        if library.num_threads > threads:
            library.set_num_threads(threads)
    if thread_count() > 1:  # OpenBLAS has started threads again, which would spin for 25 ms and are not needed yet
        native_threads_end_at_fork()


def _settings(threads: int | None) -> dict[str, str]:
    return {} if threads is None else dict.fromkeys(VARIABLES, str(threads))
