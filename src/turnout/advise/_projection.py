"""How long all items would take, from how long a sample took."""

from turnout.advise._types import Projection
from turnout.measurement import Measurement, median_interval


def project(measurement: Measurement, item_count: int) -> Projection:
    """Return what ``item_count`` items would take with this contender.

    The start of the workers is paid once; the rest of each heat is taken to grow with the number of items. Each
    heat gives one estimate, and the projection is their median with its interval.

    Args:
        measurement: At least one heat of at least one item.
        item_count: All items, at least 1.
    """
    estimates = []
    for heat in measurement.heats:
        startup_ns = min(heat.startup_ns, heat.wall_ns)
        per_item_ns = (heat.wall_ns - startup_ns) / measurement.item_count
        estimates.append((startup_ns + per_item_ns * item_count) / 1e9)
    wall_s, interval = median_interval(estimates)
    return Projection(
        contender=measurement.contender,
        item_count=item_count,
        wall_s=wall_s,
        low_s=interval.low,
        high_s=interval.high,
    )
