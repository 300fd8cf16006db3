"""What people are told: together, once, and nothing of what they do not want to hear."""

from collections.abc import Mapping
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor_readings import HALL, SECOND, START, batch, summary
from turnout.errors import UsageError
from turnout.jobs.monitor._types import Alarm, Change, ChangeKind, Severity
from turnout.jobs.monitor.notices import (
    Flapping,
    Grouping,
    Inhibition,
    Maintenance,
    Notices,
    Notifier,
    Silence,
    Watch,
    Which,
)
from turnout.jobs.monitor.rules import Engine, Limits, Threshold

GROUPING = Grouping(wait_ns=10 * SECOND, interval_ns=60 * SECOND)


def _alarm(rule: str = "hot", subject: str = "r1", zone: str = "z1", severity: int = 1, second: int = 0) -> Alarm:
    return Alarm(
        id=f"{rule}/{subject}/{second}",
        rule=rule,
        subject=subject,
        zone=zone,
        room="hall",
        severity=Severity(severity),
        raised_ns=START + second * SECOND,
        value=30.0,
        labels=(("team", "a"),),
    )


def _change(kind: ChangeKind, alarm: Alarm, second: int) -> Change:
    return Change(kind=kind, alarm=alarm, time_ns=START + second * SECOND, value=30.0)


def _told(notifier: Notifier, events: Mapping[int, list[Change]], until: int, since: int = 0) -> list[str]:
    """Let seconds pass, with changes at some of them, and return all that comes of it."""
    told: list[str] = []
    for second in range(since, until):
        found = [*notifier.take(events.get(second, [])), *notifier.tick(START + second * SECOND)]
        told += [f"{second} {each.kind} {' '.join(one.id for one in each.group or [each.alarm])}" for each in found]
    return told


def _raised(alarm: Alarm, second: int) -> list[Change]:
    return [_change(ChangeKind.RAISED, alarm, second)]


def _cleared(alarm: Alarm, second: int) -> list[Change]:
    return [_change(ChangeKind.CLEARED, alarm, second)]


def test_alarms_of_a_zone_are_told_together_and_the_worst_speaks() -> None:
    one, two, later = _alarm(), _alarm(subject="r2", severity=2), _alarm(subject="r3", second=20)
    notifier = Notifier(Notices(grouping=GROUPING))

    told = _told(
        notifier,
        {
            0: _raised(one, 0),
            3: _raised(two, 3),
            20: _raised(later, 20),
            90: _cleared(one, 90) + _cleared(two, 90),
            95: _cleared(later, 95),
        },
        200,
    )

    assert told == [
        "0 raised hot/r1/0",
        "3 raised hot/r2/0",
        "10 announced hot/r2/0 hot/r1/0",
        "20 raised hot/r3/20",
        "70 announced hot/r3/20",
        "90 cleared hot/r1/0",
        "90 cleared hot/r2/0",
        "95 cleared hot/r3/20",
        "95 resolved hot/r2/0 hot/r1/0 hot/r3/20",
    ]
    assert notifier.alarms == ()


def test_an_alarm_that_is_over_before_it_was_told_is_never_told() -> None:
    notifier = Notifier(Notices(grouping=GROUPING))

    told = _told(notifier, {0: _raised(_alarm(), 0), 9: _cleared(_alarm(), 9)}, 100)

    assert told == ["0 raised hot/r1/0", "9 cleared hot/r1/0"]


def test_a_group_that_nobody_sees_to_is_told_again_until_somebody_does() -> None:
    grouping = Grouping(wait_ns=0, interval_ns=SECOND, repeat_ns=100 * SECOND)
    notifier = Notifier(Notices(grouping=grouping))
    alarm = _alarm()

    before = _told(notifier, {0: _raised(alarm, 0)}, 250)
    acknowledged = notifier.act({"act": "acknowledge", "alarm": alarm.id, "by": "ada"}, START + 250 * SECOND)
    again = notifier.act({"act": "acknowledge", "alarm": alarm.id, "by": "bob"}, START + 251 * SECOND)
    after = _told(notifier, {}, 600, since=251)

    assert before == ["0 raised hot/r1/0", *(f"{second} announced hot/r1/0" for second in (0, 100, 200))]
    assert [change.kind for change in acknowledged] == [ChangeKind.ACKNOWLEDGED]
    assert (again, after, notifier.acknowledged_by(alarm)) == ((), [], "ada")


def test_an_alarm_inhibits_others_of_its_zone_and_they_are_told_when_it_is_over() -> None:
    inhibition = Inhibition(
        source=Which(severities=(Severity.CRITICAL,)), target=Which(severities=(Severity.WARNING,)), equal=("zone",)
    )
    notifier = Notifier(Notices(grouping=Grouping(wait_ns=0, by=("zone", "rule")), inhibitions=(inhibition,)))
    bad, warm, elsewhere = _alarm("melting", severity=2), _alarm("warm"), _alarm("warm", subject="x", zone="z2")

    told = _told(
        notifier,
        {0: _raised(bad, 0), 1: _raised(warm, 1) + _raised(elsewhere, 1), 50: _cleared(bad, 50)},
        100,
    )

    assert [each for each in told if "announced" in each] == [
        "0 announced melting/r1/0",
        "1 announced warm/x/0",
        "50 announced warm/r1/0",
    ]


def test_an_alarm_does_not_inhibit_itself() -> None:
    everything = Inhibition(source=Which(), target=Which(), equal=())
    notifier = Notifier(Notices(grouping=Grouping(wait_ns=0), inhibitions=(everything,)))

    assert _told(notifier, {0: _raised(_alarm(), 0)}, 5)[1:] == ["0 announced hot/r1/0"]


def test_a_silence_holds_until_it_ends_or_is_ended() -> None:
    notifier = Notifier(Notices(grouping=Grouping(wait_ns=0)))
    hot, cold = _alarm(), _alarm("cold", subject="r2", zone="z2")
    for what in ({"rule": "h*"}, {"zone": "z2", "subject": "r?"}):
        notifier.act({"act": "silence", "what": what, "until_ns": START + 50 * SECOND, "by": "ada"}, START)
    assert notifier.is_silenced(hot)

    first = _told(notifier, {1: _raised(hot, 1) + _raised(cold, 1)}, 10)
    notifier.act({"act": "unsilence", "id": notifier.silences[1].id}, START + 10 * SECOND)
    then = _told(notifier, {}, 100, since=10)

    assert [each for each in first if "announced" in each] == []
    assert then == ["10 announced cold/r2/0", "50 announced hot/r1/0"]
    assert notifier.silences == ()


@pytest.mark.parametrize(
    "action",
    [
        {"act": "acknowledge", "alarm": "nothing"},
        {"act": "acknowledge", "alarm": None},
        {"act": "silence", "what": {"zone": "z1"}, "until_ns": START - 1},
        {"act": "silence", "what": {"zone": "z1"}},
        {"act": "silence", "what": {}, "until_ns": START * 2},
        {"act": "silence", "what": "everything", "until_ns": START * 2},
        {"act": "silence", "what": {"colour": "red"}, "until_ns": START * 2},
        {"act": "silence", "what": {"zone": 3}, "until_ns": START * 2},
        {"act": "unsilence", "id": "nothing"},
        {"act": "dance"},
        {},
    ],
)
def test_what_cannot_be_done_is_refused_and_nothing_changes(action: dict[str, object]) -> None:
    notifier = Notifier(Notices())
    before = notifier.snapshot()

    with pytest.raises(UsageError):
        notifier.act(action, START)

    assert notifier.snapshot() == before


def test_silences_of_the_configuration_can_be_ended_and_stay_so() -> None:
    silence = Silence(id="works", which=Which(), until_ns=START + 900 * SECOND)
    notifier, next_one = (Notifier(Notices(grouping=Grouping(wait_ns=0), silences=(silence,))) for _ in range(2))
    _told(notifier, {0: _raised(_alarm(), 0)}, 5)
    notifier.act({"act": "unsilence", "id": "works"}, START + 5 * SECOND)

    next_one.restore(notifier.snapshot())

    assert _told(next_one, {}, 10, since=5) == ["5 announced hot/r1/0"]


@pytest.mark.parametrize(
    ("days", "start", "end", "moment", "is_on"),
    [
        ((), time(2), time(4), "2026-03-02T01:59", False),
        ((), time(2), time(4), "2026-03-02T02:00", True),
        ((), time(2), time(4), "2026-03-02T04:00", False),
        ((5, 6), time(2), time(4), "2026-03-02T03:00", False),  # a Monday
        ((5, 6), time(2), time(4), "2026-03-01T03:00", True),
        ((6,), time(22), time(4), "2026-03-02T03:59", True),  # it began on Sunday
        ((0,), time(22), time(4), "2026-03-02T03:59", False),
        ((0,), time(22), time(4), "2026-03-02T22:00", True),
        ((), time(0), time(0), "2026-03-02T12:00", True),
    ],
)
def test_maintenance_is_at_its_hours(
    days: tuple[int, ...], start: time, end: time, moment: str, *, is_on: bool
) -> None:
    zurich = ZoneInfo("Europe/Zurich")
    maintenance = Maintenance(name="filters", days=days, start=start, end=end, zone=zurich)
    now = datetime.fromisoformat(moment).replace(tzinfo=zurich).astimezone(UTC)

    found = maintenance.is_on(int(now.timestamp()) * SECOND)

    assert found is is_on


def test_nothing_is_told_in_maintenance() -> None:
    all_day = Maintenance(name="move", which=Which(zones=("z1",), labels=(("team", "a"),)))
    notifier = Notifier(Notices(grouping=Grouping(wait_ns=0), maintenance=(all_day,)))

    told = _told(notifier, {0: _raised(_alarm(), 0) + _raised(_alarm(zone="z2", subject="r9"), 0)}, 100)

    assert told[2:] == ["0 announced hot/r9/0"]


def test_an_alarm_that_comes_and_goes_is_one_until_it_is_calm() -> None:
    flapping = Flapping(times=3, within_ns=100 * SECOND, calm_ns=60 * SECOND)
    notifier = Notifier(Notices(grouping=Grouping(wait_ns=30 * SECOND), flapping=flapping))
    events: dict[int, list[Change]] = {}
    for second in range(0, 100, 10):
        alarm = _alarm(second=second)
        events |= {second: _raised(alarm, second), second + 5: _cleared(alarm, second + 5)}

    told = _told(notifier, events, 300)

    assert told == [
        "0 raised hot/r1/0",
        "5 cleared hot/r1/0",
        "10 raised hot/r1/10",
        "15 cleared hot/r1/10",
        "20 raised hot/r1/20",
        "20 flapping hot/r1/20",
        "50 announced hot/r1/20",
        "155 calm hot/r1/20",
        "155 resolved hot/r1/20",
    ]


def test_what_is_active_when_flapping_ends_is_an_alarm_again() -> None:
    flapping = Flapping(times=2, within_ns=100 * SECOND, calm_ns=60 * SECOND)
    notifier = Notifier(Notices(grouping=Grouping(wait_ns=0), flapping=flapping))
    first, second, third = (_alarm(second=number) for number in (0, 2, 4))
    events = {
        0: _raised(first, 0),
        1: _cleared(first, 1),
        2: _raised(second, 2),
        3: _cleared(second, 3),
        4: _raised(third, 4),
        90: _cleared(third, 90),
    }

    told = _told(notifier, events, 64)
    alarms = notifier.alarms
    later = [*_told(notifier, events, 100, since=64)]

    assert [each for each in told if "announced" not in each] == [
        "0 raised hot/r1/0",
        "1 cleared hot/r1/0",
        "1 resolved hot/r1/0",
        "2 raised hot/r1/2",
        "2 flapping hot/r1/2",
    ]
    assert [alarm.id for alarm in alarms] == ["hot/r1/2"]
    assert [each for each in later if "announced" not in each] == [
        "64 calm hot/r1/2",
        "64 raised hot/r1/4",
        "64 resolved hot/r1/2",
        "90 cleared hot/r1/4",
        "90 resolved hot/r1/4",
    ]


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_watch_goes_on_from_a_snapshot_bit_for_bit(data: st.DataObject) -> None:
    rules = (
        Threshold(name="hot", limits=Limits(at=27, clear=25), severity=Severity.CRITICAL),
        Threshold(name="warm", limits=Limits(at=24, clear=24), for_ns=2 * SECOND),
    )
    notices = Notices(
        grouping=Grouping(by=("zone",), wait_ns=2 * SECOND, interval_ns=5 * SECOND, repeat_ns=8 * SECOND),
        flapping=Flapping(times=3, within_ns=20 * SECOND, calm_ns=6 * SECOND),
        inhibitions=(Inhibition(source=Which(rules=("hot",)), target=Which(rules=("warm",)), equal=("subject",)),),
    )
    told = st.tuples(st.integers(0, 2), st.sampled_from([20.0, 26.0, 30.0]), st.just(0))
    steps = data.draw(st.lists(st.lists(told, max_size=3), min_size=5, max_size=30))
    kills = data.draw(st.sets(st.integers(0, len(steps)), min_size=1))
    acted = data.draw(st.sets(st.integers(0, len(steps)), max_size=3))
    runs = []

    for killed in (set[int](), kills):
        watch = Watch(Engine(HALL, rules), notices)
        changes: list[Change] = []
        for second, step in enumerate(steps):
            if second in killed:
                kept, watch = watch.snapshot(), Watch(Engine(HALL, rules), notices)
                watch.restore(kept)
            now_ns = START + second * SECOND
            if step:
                changes += watch.feed(batch([(sensor, value, second) for sensor, value, _ in step]), now_ns)
            if second in acted:
                for alarm in watch.alarms[:1]:
                    changes += watch.act({"act": "acknowledge", "alarm": alarm.id, "by": "ada"}, now_ns)
                watch.act({"act": "silence", "what": {"zone": "z1"}, "until_ns": now_ns + 4 * SECOND}, now_ns)
            changes += watch.tick(now_ns)
        runs.append((changes, watch.snapshot(), watch.alarms, watch.silences))

    assert runs[0] == runs[1]


def test_alarms_of_rules_that_are_gone_are_forgotten_and_said_to_be_over() -> None:
    rule = Threshold(name="hot", limits=Limits(at=27, clear=25))
    notices = Notices(grouping=Grouping(wait_ns=0))
    watch = Watch(Engine(HALL, (rule,)), notices)
    watch.feed(batch([(0, 30.0, 0)]), START)
    watch.tick(START)
    without = Watch(Engine(HALL, ()), notices)

    without.restore(watch.snapshot())
    changes = without.tick(START + SECOND)

    assert without.alarms == ()
    assert summary(changes) == ["hot r01/inlet resolved 1"]
    assert without.counts.taken == 1


def test_what_was_told_is_resolved_though_groups_are_made_another_way_meanwhile() -> None:
    alarm, waiting = _alarm(), _alarm(subject="r2", second=3)
    notifier = Notifier(Notices(grouping=Grouping(by=("zone",), wait_ns=2 * SECOND, interval_ns=60 * SECOND)))
    _told(notifier, {0: _raised(alarm, 0), 3: _raised(waiting, 3)}, 4)
    changed = Notifier(Notices(grouping=Grouping(by=("subject",), wait_ns=2 * SECOND)))

    changed.restore(notifier.snapshot())
    told = _told(changed, {10: _cleared(alarm, 10)}, 20, since=4)

    assert told == ["6 announced hot/r2/3", "10 cleared hot/r1/0", "10 resolved hot/r1/0"]


def test_an_alarm_goes_on_flapping_over_a_restart() -> None:
    notices = Notices(
        grouping=Grouping(wait_ns=0), flapping=Flapping(times=2, within_ns=100 * SECOND, calm_ns=60 * SECOND)
    )
    notifier, next_one = Notifier(notices), Notifier(notices)
    first, second, third = (_alarm(second=number) for number in (0, 2, 4))
    _told(notifier, {0: _raised(first, 0), 1: _cleared(first, 1), 2: _raised(second, 2), 3: _cleared(second, 3)}, 4)

    next_one.restore(notifier.snapshot())
    same = next_one.snapshot() == notifier.snapshot()
    told = _told(next_one, {4: _raised(third, 4), 5: _cleared(third, 5)}, 100, since=4)

    assert same
    assert told == ["65 calm hot/r1/2", "65 resolved hot/r1/2"]


def test_alarms_that_come_seldom_do_not_flap_and_some_never_do() -> None:
    seldom, never = (Notifier(Notices(flapping=Flapping(times=times, within_ns=50 * SECOND))) for times in (2, 0))
    events: dict[int, list[Change]] = {}
    for second in range(0, 600, 60):
        alarm = _alarm(second=second)
        events |= {second: _raised(alarm, second), second + 1: _cleared(alarm, second + 1)}

    told = [_told(notifier, events, 700) for notifier in (seldom, never)]

    assert told[0] == told[1]
    assert {each.split()[1] for each in told[0]} == {"raised", "cleared"}
