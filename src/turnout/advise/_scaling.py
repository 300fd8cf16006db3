"""Fits the laws of scaling to what was measured."""

from collections.abc import Sequence
from math import ceil, floor, isinf

from turnout.advise._laws import amdahl_limit, usl_peak, usl_speedup
from turnout.advise._types import Scaling

NEGLIGIBLE = 1e-9  # a coherency below it peaks beyond 30,000 workers: rounding, not a finding


def fit_scaling(executor: str, points: Sequence[tuple[int, float]]) -> Scaling:
    """Fit Amdahl's law and the universal scalability law to speed-ups by worker count.

    A speed-up beyond the number of workers (caches, or noise) fits neither law; it counts as perfect scaling.

    Args:
        executor: The name of the executor that was raced.
        points: (workers, speed-up) pairs in any order, with at least two different worker counts.

    Raises:
        ValueError: If there are fewer than two worker counts, or a value is not above 0.

    Source: least squares on forms in which the coefficients are linear. Amdahl: 1 - 1/S = p (1 - 1/N). Universal
        scalability law: N/S - 1 = sigma (N - 1) + kappa N (N - 1), Gunther (2007), chapter 5, with both at least 0.
    """
    if len({workers for workers, _ in points}) < 2:  # noqa: PLR2004  a line needs two points
        raise ValueError(f"a fit for {executor} needs at least two worker counts, not {len(points)} point(s) at one")
    if any(workers < 1 or speedup <= 0 for workers, speedup in points):
        raise ValueError(f"a fit for {executor} needs workers of at least 1 and speed-ups above 0")
    share = _parallel_share(points)
    contention, coherency = _contention_and_coherency(points)
    return Scaling(
        executor=executor,
        points=tuple(sorted(points)),
        parallel_share=share,
        contention=contention,
        coherency=coherency,
        best_workers=_best_workers(contention, coherency),
        limit=amdahl_limit(share),
    )


def _parallel_share(points: Sequence[tuple[int, float]]) -> float:
    spread = [(1 - 1 / workers, 1 - 1 / speedup) for workers, speedup in points]
    slope = sum(x * y for x, y in spread) / sum(x * x for x, _ in spread)
    return min(1.0, max(0.0, slope))


def _contention_and_coherency(points: Sequence[tuple[int, float]]) -> tuple[float, float]:
    rows = [(n - 1.0, n * (n - 1.0), n / speedup - 1.0) for n, speedup in points]
    aa, ab, bb = (sum(r[i] * r[j] for r in rows) for i, j in ((0, 0), (0, 1), (1, 1)))
    ay, by = (sum(r[i] * r[2] for r in rows) for i in (0, 1))
    candidates = [(0.0, 0.0), (max(0.0, ay / aa), 0.0)]
    determinant = aa * bb - ab * ab
    if determinant > NEGLIGIBLE * aa * bb:  # else only one count above 1: both terms tell the same
        candidates.append((0.0, max(0.0, by / bb)))
        both = ((ay * bb - by * ab) / determinant, (by * aa - ay * ab) / determinant)
        if min(both) >= 0:
            candidates.append(both)
    sigma, kappa = min(candidates, key=lambda fit: sum((y - fit[0] * a - fit[1] * b) ** 2 for a, b, y in rows))
    return sigma, kappa if kappa > NEGLIGIBLE else 0.0


def _best_workers(contention: float, coherency: float) -> int | None:
    peak = usl_peak(contention, coherency)
    if isinf(peak):
        return None
    return max(floor(peak), ceil(peak), key=lambda workers: usl_speedup(contention, coherency, workers))
