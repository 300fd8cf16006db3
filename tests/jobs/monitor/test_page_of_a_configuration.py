"""What the page and the history of a monitor learn from its configuration and its reactions."""

from pathlib import Path

from monitor_histories import SECOND, START
from turnout.jobs.monitor._layout import grid
from turnout.jobs.monitor._setup import limits_of
from turnout.jobs.monitor._sinks import HistorySink
from turnout.jobs.monitor.history import History, Past
from turnout.jobs.monitor.page import Limit
from turnout.jobs.monitor.reactions import ZoneCooling
from turnout.jobs.monitor.rules import Limits, Missing, Threshold


def test_the_legend_shows_where_rules_raise_alarms_each_value_once() -> None:
    rules = (
        Threshold(name="hot", limits=Limits(at=32, clear=30)),
        Missing(name="silent", interval_ns=SECOND),
        Threshold(name="cold", limits=Limits(at=18, clear=19, is_below=True)),
        Threshold(name="also hot", limits=Limits(at=32, clear=31)),
    )

    assert limits_of(rules) == (Limit(value=18, label="cold"), Limit(value=32, label="hot"))


def test_cooling_is_kept_once_a_second(tmp_path: Path) -> None:
    history = History(tmp_path, grid(racks=4, zones=2))
    levels = iter((0.2, 0.4))
    sink = HistorySink(history, lambda: (cooled("z1", next(levels)),))

    for tenth in range(15):
        sink.tick(START + tenth * SECOND // 10)
    history.commit(START + 2 * SECOND)
    history.close()

    past = Past(tmp_path)
    assert round(past.state_at(START + 2 * SECOND).cooling["z1"], 3) == 0.4
    past.close()


def cooled(zone: str, level: float) -> ZoneCooling:
    return ZoneCooling(zone=zone, level=level, reason="control", is_acknowledged=True, measured_c=24.0)
