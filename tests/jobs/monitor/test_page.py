"""What the monitor's page is told, and what it may do."""

import asyncio
import json
import re
import struct
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_histories import SECOND, START, alarm, batch, change
from monitor_pages import Hall
from turnout.jobs.monitor._layout import grid
from turnout.jobs.monitor._types import ChangeKind, Layout, Sensor, Severity
from turnout.jobs.monitor.page import Board, Cooled, Figures, FolderMemory, Look, Quiet, page_app
from turnout.jobs.monitor.page._facts import alarms_of, facts_of
from turnout.jobs.monitor.page._floor import plan_of
from turnout.jobs.monitor.page._frames import frame_since
from turnout.jobs.monitor.page._words import WORDS, page_in
from turnout.web import App
from web_sites import answer_of

pytest.importorskip("starlette", reason="Starlette is not installed")
HOSTILE = "</script><img src=x onerror=alert(1)>\u202e"


def got(app: App, path: str, **headers: str) -> tuple[int, str]:
    return asyncio.run(answer_of(app, "GET", path, headers=headers))


def posted(app: App, path: str, body: object) -> tuple[int, Any]:  # what JSON can hold
    status, text = asyncio.run(answer_of(app, "POST", path, json.dumps(body).encode()))
    return status, json.loads(text)


def hall(**options: Any) -> Hall:  # options by name
    return Hall(racks=8, zones=2, rooms=1, now_ns=START, **options)


def applied(values: list[float], frame: bytes) -> list[float]:
    """Return values after a message, as the page takes it."""
    kind, count, _ = struct.unpack_from("<IId", frame)
    if kind == 0:
        return list(struct.unpack_from(f"<{count}f", frame, 16))
    places = struct.unpack_from(f"<{count}I", frame, 16)
    for place, value in zip(places, struct.unpack_from(f"<{count}f", frame, 16 + 4 * count), strict=True):
        values[place] = value
    return values


def test_the_last_reading_of_each_sensor_stands_on_the_board() -> None:
    board = Board(grid(racks=3, zones=1))

    board.see(batch([(0, 20, 1), (0, 21, 2), (2, 30, 2)]), START)
    board.see(batch([(0, 19, 1.5), (2, 31, 2)]), START)

    assert board.values.tolist() == pytest.approx([21, float("nan"), 31], nan_ok=True)
    assert board.readings_count == 5


STEPS = st.lists(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 50), st.integers(0, 5)), max_size=6), max_size=8)


@given(STEPS, st.sets(st.integers(0, 8)))
def test_the_board_knows_the_newest_reading_whenever_it_is_looked_at(
    steps: list[list[tuple[int, float, float]]], looks: set[int]
) -> None:
    board = Board(grid(racks=4, zones=1))
    newest: dict[int, tuple[float, float]] = {}

    for step, rows in enumerate(steps):
        board.see(batch(rows), START)
        for sensor, value, second in rows:
            if second >= newest.get(sensor, (-1, 0))[0]:
                newest[sensor] = (second, value)
        if step in looks:
            assert board.revision >= 0

    wanted = [newest.get(sensor, (0, float("nan")))[1] for sensor in range(4)]
    assert board.values.tolist() == pytest.approx(wanted, nan_ok=True)


def test_a_silent_sensor_is_not_shown_as_the_present() -> None:
    board = Board(grid(racks=2, zones=1), silent_s=10)
    board.see(batch([(0, 20, 0), (1, 21, 9)]), START)
    revision = board.revision

    board.tick(START + 12 * SECOND)

    assert board.values.tolist() == pytest.approx([float("nan"), 21], nan_ok=True)
    assert board.revision > revision


@given(st.lists(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 50)), max_size=8), max_size=12), st.integers(1, 4))
def test_a_page_that_is_sent_changes_knows_all_values(steps: list[list[tuple[int, int]]], every: int) -> None:
    board = Board(grid(racks=10, zones=1))
    known, revision = applied([], frame_since(board, -1)), board.revision

    for second, rows in enumerate(steps):
        board.see(batch([(sensor, value, second) for sensor, value in rows]), START)
        if second % every == 0:
            frame = frame_since(board, revision)
            known, revision = (applied(known, frame) if frame else known), board.revision
    frame = frame_since(board, revision)
    known = applied(known, frame) if frame else known

    assert known == pytest.approx(board.values.tolist(), nan_ok=True)


def test_few_changes_make_a_short_message_and_none_makes_none() -> None:
    board = Board(grid(racks=1000, zones=1))
    first, revision = frame_since(board, -1), board.revision
    board.see(batch([(7, 20, 1)]), START)

    assert len(first) == 16 + 4 * 1000
    assert len(frame_since(board, revision)) == 16 + 8
    assert frame_since(board, board.revision) == b""


def test_alarms_come_change_and_go() -> None:
    board = Board(grid(racks=3, zones=1))
    worst, other = alarm("b", second=1, severity=Severity.CRITICAL), alarm("a", second=9)

    for told in (ChangeKind.RAISED, ChangeKind.FLAPPING, ChangeKind.ACKNOWLEDGED):
        board.change(change(told, worst, 1), START)
    board.change(change(ChangeKind.RAISED, other, 9), START)
    board.hush([Quiet(id="q", what={"zone": "z1"}, until_ns=START, comment="work")], ["a"])
    facts = alarms_of(board)
    board.change(change(ChangeKind.CLEARED, worst, 20), START)

    assert [each["id"] for each in facts["alarms"]] == ["b", "a"]
    assert {name for name, value in facts["alarms"][0].items() if value is True} == {"acknowledged", "flapping"}
    assert facts["alarms"][1]["quiet"] is True
    assert facts["alarms"][0]["sensor"] == 0
    assert (facts["counts"], facts["zones"], facts["marks"]) == ([0, 1, 1], {"z1": 2}, [[0, 2], [0, 1]])
    assert facts["quiet"] == [{"id": "q", "what": {"zone": "z1"}, "until": START // 10**6, "comment": "work"}]
    assert [each.alarm.id for each in board.standing()] == ["a"]
    assert board.raised_count() == {Severity.CRITICAL: 1, Severity.WARNING: 1}


def test_alarms_beyond_the_tables_room_are_counted_and_marked() -> None:
    board = Board(grid(racks=1000, zones=1))
    for place in range(1000):
        board.change(change(ChangeKind.RAISED, alarm(f"a{place}", f"r{place + 1:04}/inlet"), 1), START)
    board.change(change(ChangeKind.RAISED, alarm("zone", "z1"), 1), START)

    facts = alarms_of(board)

    assert len(facts["alarms"]) == 300
    assert (facts["counts"], len(facts["marks"])) == ([0, 1001, 0], 1000)
    assert facts["zone_marks"] == [["z1", 1]]


def test_what_people_are_told_raises_no_alarm_again() -> None:
    board = Board(grid(racks=3, zones=1))
    over = alarm("a")

    for told in (
        ChangeKind.RAISED,
        ChangeKind.CLEARED,
        ChangeKind.ANNOUNCED,
        ChangeKind.ACKNOWLEDGED,
        ChangeKind.RESOLVED,
    ):
        board.change(change(told, over, 1), START)

    assert board.standing() == []


def test_an_unknown_cooling_is_told_as_such() -> None:
    board = Board(grid(racks=3, zones=1))
    board.cool("z1", Cooled())
    board.figures = Figures(totals={"malformed": 2}, is_connected=False)

    facts = facts_of(board)

    assert facts["cooling"] == {"z1": [None, ""]}
    assert (facts["totals"], facts["connected"]) == ({"malformed": 2}, False)


def test_places_far_apart_are_drawn_side_by_side() -> None:
    sensors = [
        Sensor(name=f"r{number}/inlet", rack=f"r{number}", zone="z", room="hall", x=x, y=-5)
        for number, x in enumerate((1_000_000, 7, 90_000))
    ]

    plan = json.loads(plan_of(Layout(tuple(sensors)), Look())[1])

    assert plan["sensors"]["x"] == [2, 0, 1]
    assert plan["rooms"] == [{"name": "hall", "width": 3, "height": 1}]


def test_another_plan_has_another_mark() -> None:
    marks = {plan_of(grid(racks=racks, zones=1), Look())[0] for racks in (3, 3, 4)}

    assert len(marks) == 2


def test_both_languages_say_the_same_things() -> None:
    english, french = WORDS["en"], WORDS["fr"]

    holes = {name: sorted(re.findall(r"\{\w+\}", text)) for name, text in english.items()}

    assert holes == {name: sorted(re.findall(r"\{\w+\}", text)) for name, text in french.items()}
    assert [name for name in english if not french[name].strip()] == []


def test_each_word_of_the_scripts_is_there() -> None:
    scripts = Path(__file__).parents[3].glob("src/turnout/jobs/monitor/page/static/*.js")
    asked = {name for script in scripts for name in re.findall(r"say\(\"(\w+)\"", script.read_text(encoding="utf-8"))}

    assert asked <= set(WORDS["en"])


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_page_is_whole_and_its_parts_are_named(language: str) -> None:
    text = page_in({**WORDS[language], "title": HOSTILE}, can_act=True, can_travel=False)
    ids: list[str] = []
    referred: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            given = dict(attrs)
            assert tag not in {"img", "style"}
            assert not any(name.startswith("on") or name == "style" for name in given)
            ids.extend(filter(None, [given.get("id")]))
            for name in ("aria-labelledby", "for", "aria-describedby"):
                referred.extend((given.get(name) or "").split())

    Reader().feed(text)

    assert len(ids) == len(set(ids))
    assert set(referred) <= set(ids)
    assert 'data-can="act"' in text


def test_the_page_comes_in_the_readers_language() -> None:
    app = hall().app()

    assert '<html lang="fr"' in got(app, "/", **{"accept-language": "fr"})[1]
    assert '<html lang="en"' in got(app, "/?lang=en", **{"accept-language": "fr"})[1]
    assert 'data-can="act"' in got(app, "/")[1]


def test_what_a_reader_does_comes_to_the_monitor() -> None:
    shown = hall()
    shown.raise_alarm("a", 3)
    app = shown.app()

    acknowledged = posted(app, "/acknowledge", {"alarm": "a"})
    silenced = posted(app, "/silence", {"zone": HOSTILE, "seconds": 3600, "comment": "work", "odd": 1})
    ended = posted(app, "/unsilence", {"id": "q1"})

    assert [status for status, _ in (acknowledged, silenced, ended)] == [200, 200, 200]
    assert shown.acts == [
        {"act": "acknowledge", "alarm": "a", "by": "page"},
        {
            "act": "silence",
            "what": {"zone": HOSTILE},
            "until_ns": START + 3600 * SECOND,
            "comment": "work",
            "by": "page",
        },
        {"act": "unsilence", "id": "q1", "by": "page"},
    ]


def test_what_cannot_be_done_is_told() -> None:
    status, told = posted(hall().app(), "/acknowledge", {"alarm": "gone"})

    assert (status, told) == (409, {"error": "there is no such alarm any more"})


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/acknowledge", {}),
        ("/acknowledge", []),
        ("/acknowledge", {"alarm": 5}),
        ("/acknowledge", {"alarm": "x" * 501}),
        ("/silence", {"seconds": 60}),
        ("/silence", {"zone": "z1", "seconds": 0}),
        ("/silence", {"zone": "z1", "seconds": 1e999}),
        ("/silence", {"zone": "z1", "seconds": "soon"}),
        ("/silence", {"zone": ["z1"], "seconds": 60}),
        ("/unsilence", None),
    ],
)
def test_what_the_page_would_not_ask_is_refused(path: str, body: object) -> None:
    shown = hall()

    status, _ = posted(shown.app(), path, body)

    assert status == 400
    assert shown.acts == []


def test_a_page_that_only_shows_takes_no_orders() -> None:
    shown = hall()
    app = page_app(shown.board, shown.layout)

    assert asyncio.run(answer_of(app, "POST", "/acknowledge", b"{}"))[0] == 404
    assert 'data-can=""' in got(app, "/")[1]
    assert got(app, "/past/span")[0] == 404


@pytest.fixture(scope="module")
def remembered(tmp_path_factory: pytest.TempPathFactory) -> Hall:
    shown = hall(folder=tmp_path_factory.mktemp("history"))
    for _ in range(40):
        shown.second()
    shown.raise_alarm("a", 3)
    shown.second()
    return shown


def test_the_past_is_told(remembered: Hall) -> None:
    app = remembered.app()
    start = START // 10**6

    span = json.loads(got(app, "/past/span")[1])
    state = json.loads(got(app, f"/past/state?at={start + 30_500}")[1])
    course = json.loads(got(app, f"/past/course?zone=z1&from={start}&to={start + 40_000}&points=4")[1])

    assert span == {"span": [start, start + 40_000]}
    assert len(state["values"]) == 8
    assert state["values"][3] == 36
    assert state["step"] == 0
    assert state["alarms"][0]["id"] == "a"
    assert state["alarms"][0]["sensor"] == 3
    assert set(state["cooling"]) == {"z1", "z2"}
    assert course["times"] == [start, start + 10_000, start + 20_000, start + 30_000]
    assert course["high"] == [36] * 4


@pytest.mark.parametrize(
    "path",
    [
        "state",
        "state?at=soon",
        "state?at=-5",
        "state?at=99999999999999999999999",
        "course?zone=z1",
        "course?zone=z1&from=5&to=5&points=9",
        "course?zone=z9&from=5&to=9&points=9",
        "course?zone=z1&kind=odd&from=5&to=9&points=9",
        "course?zone=z1&from=5&to=9&points=0",
    ],
)
def test_a_question_that_is_none_is_refused(remembered: Hall, path: str) -> None:
    assert got(remembered.app(), f"/past/{path}")[0] == 400


def test_a_history_that_is_not_there_yet_is_told(tmp_path: Path) -> None:
    shown = hall()

    status, text = got(page_app(shown.board, shown.layout, memory=FolderMemory(tmp_path, shown.layout)), "/past/span")

    assert status == 404
    assert "there is no history in" in text


def test_prometheus_gets_its_figures() -> None:
    pytest.importorskip("prometheus_client", reason="prometheus_client is not installed")
    shown = hall()
    shown.second()
    shown.raise_alarm("a", 3)
    shown.board.values[7] = np.nan

    few = got(shown.app(), "/metrics")[1].splitlines()
    many = got(page_app(shown.board, shown.layout, by_rack=True), "/metrics")[1].splitlines()

    for line in (
        "turnout_readings_total 8.0",
        'turnout_messages_total{outcome="malformed"} 3.0',
        'turnout_alarms_active{severity="critical"} 1.0',
        'turnout_alarms_active{severity="info"} 0.0',
        "turnout_sensors_silent 1.0",
        'turnout_zone_value{kind="inlet",of="max",zone="z1"} 36.0',
    ):
        assert line in few
    assert any(line.startswith('turnout_cooling_ratio{zone="z1"} 0.') for line in few)
    assert len(many) > len(few)
    assert 'turnout_rack_value{kind="inlet",rack="r4",room="hall-1",zone="z1"} 36.0' in many


def test_an_action_that_fails_in_another_way_is_a_mistake_of_ours() -> None:
    def fail(_: object) -> None:
        raise LookupError

    shown = hall()

    with pytest.raises(LookupError):
        posted(page_app(shown.board, shown.layout, fail), "/acknowledge", {"alarm": "a"})
