"""All that is used of prometheus_client: the figures of a board, as Prometheus asks for them."""

from collections.abc import Iterator
from math import isnan
from typing import TYPE_CHECKING

from turnout.errors import not_installed
from turnout.jobs.monitor._numpy import np
from turnout.jobs.monitor._types import Severity
from turnout.web import Answer

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

    from turnout.jobs.monitor.page._board import Board


def metrics_of(board: "Board", *, by_rack: bool = False) -> Answer:
    """Return all figures in Prometheus's text format.

    Args:
        board: Whose.
        by_rack: Whether each sensor gets a series of its own: thousands of them burden a Prometheus server.

    Raises:
        UnavailableError: If prometheus_client is not installed.
    """
    try:
        from prometheus_client import (  # noqa: PLC0415  figures are an extra
            CONTENT_TYPE_LATEST,
            CollectorRegistry,
            generate_latest,
        )
        from prometheus_client.registry import Collector  # noqa: PLC0415  likewise
    except ImportError:
        raise not_installed("/metrics", "prometheus_client", "monitor") from None

    class Figures(Collector):
        def collect(self) -> Iterator["Metric"]:
            yield from _totals(board)
            yield from _gauges(board)
            yield from _zones(board)
            if by_rack:
                yield from _racks(board)

    registry = CollectorRegistry()
    registry.register(Figures())
    return Answer(body=generate_latest(registry), kind=CONTENT_TYPE_LATEST)


def _totals(board: "Board") -> Iterator["Metric"]:
    from prometheus_client.core import CounterMetricFamily  # noqa: PLC0415  loaded by now

    yield CounterMetricFamily("turnout_readings", "Readings that came.", value=board.readings_count)
    totals = CounterMetricFamily("turnout_messages", "Messages, by what became of them.", labels=["outcome"])
    for outcome, count in board.figures.totals.items():
        totals.add_metric([outcome], count)
    yield totals
    raised = CounterMetricFamily("turnout_alarms_raised", "Alarms that were raised.", labels=["severity"])
    for severity in Severity:
        raised.add_metric([severity.name.lower()], board.raised_count().get(severity, 0))
    yield raised


def _gauges(board: "Board") -> Iterator["Metric"]:
    from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415  loaded by now

    standing = board.standing()
    active = GaugeMetricFamily("turnout_alarms_active", "Alarms that stand.", labels=["severity"])
    for severity in Severity:
        count = sum(each.alarm.severity is severity for each in standing)
        active.add_metric([severity.name.lower()], count)
    yield active
    acknowledged = sum(each.is_acknowledged for each in standing)
    yield GaugeMetricFamily("turnout_alarms_acknowledged", "Alarms that somebody sees to.", value=acknowledged)
    figures = board.figures
    yield GaugeMetricFamily("turnout_messages_waiting", "Messages that are not read yet.", value=figures.waiting)
    yield GaugeMetricFamily("turnout_lag_seconds", "From the socket to the rules.", value=figures.lag_s)
    yield GaugeMetricFamily("turnout_broker_connected", "Whether the broker is there.", value=figures.is_connected)
    silent = int(np.isnan(board.values).sum())
    yield GaugeMetricFamily("turnout_sensors", "Sensors that there are.", value=len(board.values))
    yield GaugeMetricFamily("turnout_sensors_silent", "Sensors without a recent reading.", value=silent)


def _zones(board: "Board") -> Iterator["Metric"]:
    from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415  loaded by now

    cooling = GaugeMetricFamily("turnout_cooling_ratio", "How much a zone is cooled, 0 to 1.", labels=["zone"])
    for zone, cooled in board.cooling().items():
        if not isnan(cooled.level):
            cooling.add_metric([zone], cooled.level)
    yield cooling
    labels = ["zone", "kind", "of"]
    value = GaugeMetricFamily(
        "turnout_zone_value", "Least, mean and greatest value of a zone's sensors.", labels=labels
    )
    groups: dict[tuple[str, str], list[float]] = {}
    for sensor, found in zip(board.layout, board.values.tolist(), strict=True):
        if not isnan(found):
            groups.setdefault((sensor.zone, sensor.kind), []).append(found)
    for (zone, kind), values in groups.items():
        for of, found in (("min", min(values)), ("mean", sum(values) / len(values)), ("max", max(values))):
            value.add_metric([zone, kind, of], found)
    yield value


def _racks(board: "Board") -> Iterator["Metric"]:
    from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415  loaded by now

    labels = ["rack", "kind", "zone", "room"]
    racks = GaugeMetricFamily("turnout_rack_value", "The last reading of a sensor.", labels=labels)
    for sensor, found in zip(board.layout, board.values.tolist(), strict=True):
        if not isnan(found):
            racks.add_metric([sensor.rack, sensor.kind, sensor.zone, sensor.room], found)
    yield racks
