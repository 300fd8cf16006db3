"""What comes out of the rules goes to all, and all of them end."""

import threading
from pathlib import Path

from monitor_machines import HotMachine, batch
from monitor_voice import KeptVoice
from turnout.jobs.monitor._layout import grid
from turnout.jobs.monitor._outflow import Outflow
from turnout.jobs.monitor._plan import Access, Plan
from turnout.jobs.monitor._streams import Streams
from turnout.jobs.monitor._types import Layout
from turnout.jobs.monitor.notices import Notices, Watch
from turnout.jobs.monitor.rules import Engine

LAYOUT = grid(racks=4, zones=1)


def no_rules(layout: Layout) -> Watch:
    return Watch(Engine(layout, ()), Notices())


def test_observers_have_all_that_came_before_they_are_told_of_the_end(tmp_path: Path) -> None:
    plan = Plan(about={}, layout=LAYOUT, make_watch=no_rules, access=Access(), filter="#", topics={})
    streams, seen, ended = Streams(LAYOUT, KeptVoice().warn), [], threading.Event()
    streams.of_alarms.subscribe(lambda change: seen.append(change.alarm.id), ended.set)
    change = HotMachine().feed(batch([0], [31.0], [5]), 7)[0]

    with Outflow(plan, tmp_path, streams, KeptVoice(), now_ns=lambda: 7, observers=()):
        streams.tell(change)

    assert ended.wait(10)
    assert seen == ["hot-0-5"]
