"""The laws of scaling, as formulas."""

from math import inf, sqrt


def amdahl_speedup(parallel_share: float, workers: float) -> float:
    """Return how many times as fast a fixed amount of work runs on ``workers`` as on one.

    Args:
        parallel_share: Part of the one worker's wall time that can overlap, 0 to 1.
        workers: At least 1.

    Raises:
        ValueError: If either argument is out of range.

    Source: Amdahl (1967), Validity of the single processor approach, AFIPS 30.
    """
    _require_share(parallel_share)
    _require_workers(workers)
    return 1 / (1 - parallel_share + parallel_share / workers)


def amdahl_limit(parallel_share: float) -> float:
    """Return the speed-up that no number of workers exceeds; infinite if all of the work overlaps.

    Args:
        parallel_share: Part of the one worker's wall time that can overlap, 0 to 1.

    Raises:
        ValueError: If it is out of range.

    Source: Amdahl (1967), as `amdahl_speedup`, for ever more workers.
    """
    _require_share(parallel_share)
    return 1 / (1 - parallel_share) if parallel_share < 1 else inf


def usl_speedup(contention: float, coherency: float, workers: float) -> float:
    """Return how many times as fast ``workers`` are as one, when they queue for and also disturb each other.

    Args:
        contention: Sigma: the part of the work that is done by one at a time, at least 0.
        coherency: Kappa: what each pair of workers costs in keeping up with each other, at least 0.
        workers: At least 1.

    Raises:
        ValueError: If an argument is out of range.

    Source: Gunther (2007), Guerrilla Capacity Planning, chapter 4 (the universal scalability law).
    """
    _require_coefficients(contention, coherency)
    _require_workers(workers)
    return workers / (1 + contention * (workers - 1) + coherency * workers * (workers - 1))


def usl_peak(contention: float, coherency: float) -> float:
    """Return the number of workers beyond which more make the work slower: at least 1, infinite if there is none.

    Args:
        contention: Sigma, at least 0.
        coherency: Kappa, at least 0.

    Raises:
        ValueError: If an argument is out of range.

    Source: Gunther (2007), as `usl_speedup`, where its derivative is 0.
    """
    _require_coefficients(contention, coherency)
    if coherency == 0:
        return inf if contention < 1 else 1.0
    return max(1.0, sqrt(max(0.0, 1 - contention) / coherency))


def overlapping_workers(cores: float, cpu_share: float) -> float:
    """Return how many workers keep ``cores`` busy when each of them waits part of the time.

    Args:
        cores: How many are to be kept busy, above 0.
        cpu_share: Part of an item's wall time spent on a core, above 0, at most 1.

    Raises:
        ValueError: If either argument is out of range.

    Source: Little (1961), A proof for the queuing formula L = lambda W: the items under way are the items that
        the cores finish per second, times the seconds that each item takes.
    """
    if cores <= 0:
        raise ValueError(f"the cores to keep busy must be above 0, not {cores}")
    if not 0 < cpu_share <= 1:
        raise ValueError(f"a CPU share lies above 0 and is at most 1, not {cpu_share}")
    return cores / cpu_share


def _require_share(share: float) -> None:
    if not 0 <= share <= 1:
        raise ValueError(f"a parallel share lies between 0 and 1, not {share}")


def _require_workers(workers: float) -> None:
    if workers < 1:
        raise ValueError(f"there must be at least 1 worker, not {workers}")


def _require_coefficients(contention: float, coherency: float) -> None:
    if contention < 0 or coherency < 0:
        raise ValueError(f"contention and coherency are at least 0, not {contention} and {coherency}")
