"""One past of several monitors, each of which has the history of what it looked after."""

import asyncio
import json
import zlib
from collections.abc import Awaitable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest

from monitor_histories import SECOND, START, alarm
from turnout.errors import ClusterError
from turnout.jobs.monitor._layout import grid
from turnout.jobs.monitor._recall import SPAN, answered, ask_course, ask_moment, course_in, moment_in, span_in
from turnout.jobs.monitor._shared_memory import SharedMemory
from turnout.jobs.monitor._types import Alarm, Batch, Change, ChangeKind, Severity
from turnout.jobs.monitor.history import History
from turnout.jobs.monitor.page import Board, FolderMemory, Moment, Stretch, page_app
from turnout.jobs.monitor.scale import Division, Tenure
from web_sites import answer_of

_T = TypeVar("_T")
LAYOUT = grid(racks=8, zones=2)
PARTS = Division(LAYOUT, 2).parts
ENOUGH = 1 << 20
HOSTILE = "<img src=x onerror=alert(1)>\u202e"


class Crew:
    """Monitors that answer each other at once, but for those that are away.

    Attributes:
        away: They.
        forged: What some answer instead of the truth.
        kept: The tenures: number, part and content.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._histories: dict[str, History] = {}
        self.kept: list[tuple[int, int, bytes]] = []
        self.away: set[str] = set()
        self.forged: dict[str, bytes] = {}
        self.memory = SharedMemory(self, LAYOUT, PARTS)

    async def ask(self, who: str, question: bytes) -> bytes:
        if who in self.away:
            raise ClusterError(f"{who} is away")
        if who in self.forged:
            return self.forged[who]
        return await answered(FolderMemory(self._folder / who, LAYOUT), question, ENOUGH)

    async def tenures(self, after: int) -> list[tuple[int, int, bytes]]:
        return [kept for kept in self.kept if kept[0] > after]

    def history(self, who: str) -> History:
        if who not in self._histories:
            self._histories[who] = History(self._folder / who, LAYOUT)
        return self._histories[who]

    def takes(self, who: str, part: int, second: int, alarms: tuple[Alarm, ...] = ()) -> None:
        """Have a monitor look after a part from a second on, and know which alarms stand."""
        since_ns = START + second * SECOND
        tenure = Tenure(who=who, called=f"host:{who}", since_ns=since_ns)
        self.kept.append((len(self.kept) + 1, part, tenure.to_bytes()))
        self.history(who).stand(since_ns, PARTS[part].layout.zones, alarms)

    def sees(self, who: str, part: int, seconds: range, value: float) -> None:
        """Have a monitor keep a reading of each sensor of a part in each second, and how its zones are cooled."""
        history, places = self.history(who), PARTS[part].places
        history.cool(START + seconds.start * SECOND, dict.fromkeys(PARTS[part].layout.zones, value / 100))
        times_ns = START + np.repeat(np.array(seconds), len(places)) * SECOND
        values = np.full(len(times_ns), value)
        history.add(Batch(sensors=np.tile(places, len(seconds)), values=values, times_ns=times_ns))
        history.commit(START + seconds.stop * SECOND)

    def hears(self, who: str, kind: ChangeKind, of: Alarm, second: int) -> None:
        history = self.history(who)
        history.note(Change(kind=kind, alarm=of, time_ns=START + second * SECOND, value=of.value))
        history.commit(START + second * SECOND)

    def at(self, second: int) -> Moment:
        return done(self.memory.moment(START + second * SECOND))

    def values_at(self, second: int) -> list[float]:
        """Return the value of the first sensor of each part."""
        values = self.at(second).values
        return [float(values[part.places[0]]) for part in PARTS]


def done(work: Awaitable[_T]) -> _T:
    async def wait() -> _T:
        return await work

    return asyncio.run(wait())


def stretch(zone: str, points: int = 8, kind: str | None = None) -> Stretch:
    return Stretch(zone=zone, kind=kind, start_ns=START, end_ns=START + 400 * SECOND, points=points)


@pytest.fixture
def crew(tmp_path: Path) -> Crew:
    """Ada has both parts; Bob takes the second one over at 200 s."""
    made = Crew(tmp_path)
    made.takes("ada", 0, 0)
    made.takes("ada", 1, 0)
    made.takes("bob", 1, 200)
    made.sees("ada", 0, range(400), 20.0)
    made.sees("ada", 1, range(200), 21.0)
    made.sees("bob", 1, range(200, 400), 22.0)
    return made


def test_a_moment_is_put_together_of_those_who_looked_after_something_then(crew: Crew) -> None:
    before, after = crew.at(100), crew.at(300)

    assert crew.values_at(100) == [20.0, 21.0]
    assert crew.values_at(300) == [20.0, 22.0]
    assert not np.isnan(before.values).any()
    assert before.cooling == pytest.approx({"z1": 0.2, "z2": 0.21})
    assert after.cooling == pytest.approx({"z1": 0.2, "z2": 0.22})
    assert (after.unanswered, after.unknown, after.step_s) == ((), (), 0)


def test_what_somebody_who_is_away_looked_after_is_unknown_until_he_is_back(crew: Crew) -> None:
    crew.away.add("bob")

    away, before = crew.at(300), crew.at(100)
    crew.away.clear()
    back = crew.at(300)

    assert np.isnan(away.values[PARTS[1].places]).all()
    assert not np.isnan(away.values[PARTS[0].places]).any()
    assert (away.unanswered, away.unknown) == (("host:bob",), PARTS[1].layout.zones)
    assert set(away.cooling) == {"z1"}
    for whole in (before, back):
        assert whole.unanswered == ()
        assert not np.isnan(whole.values).any()


def test_the_last_readings_before_a_takeover_count_for_a_while(crew: Crew) -> None:
    crew.takes("eve", 0, 390)

    assert crew.values_at(395) == [20.0, 22.0]
    assert np.isnan(crew.values_at(500)[0])


def test_who_knows_the_last_readings_before_a_takeover_is_told_if_he_is_away(crew: Crew) -> None:
    crew.takes("eve", 0, 390)
    crew.away.add("ada")

    at_first, later = crew.at(395), crew.at(500)

    assert (at_first.unanswered, at_first.unknown) == (("host:ada",), ())
    assert later.unanswered == ()


def test_an_alarm_stands_until_the_one_who_took_over_clears_it(crew: Crew) -> None:
    hot = replace(alarm("a", "r5/inlet", second=150, severity=Severity.CRITICAL), zone="z2")
    other = replace(alarm("b", "r1/inlet", second=160), zone="z1")
    crew.hears("ada", ChangeKind.RAISED, hot, 150)
    crew.hears("ada", ChangeKind.RAISED, other, 160)
    crew.history("bob").stand(START + 200 * SECOND, ["z2"], [hot])
    crew.hears("bob", ChangeKind.CLEARED, hot, 250)

    told = {second: [one.id for one in crew.at(second).alarms] for second in (155, 170, 220, 260)}

    assert told == {155: ["a"], 170: ["a", "b"], 220: ["a", "b"], 260: ["b"]}


def test_what_was_cleared_by_somebody_else_does_not_stand_again(crew: Crew) -> None:
    hot = replace(alarm("a", "r5/inlet", second=150), zone="z2")
    crew.hears("ada", ChangeKind.RAISED, hot, 150)
    crew.takes("ada", 1, 350)
    crew.sees("ada", 1, range(350, 400), 21.0)

    assert [one.id for one in crew.at(390).alarms] == []
    assert [one.id for one in crew.at(190).alarms] == ["a"]


def test_what_is_no_tenure_is_left_out(crew: Crew) -> None:
    crew.kept.insert(1, (2, 0, b"of another version"))

    assert crew.values_at(300) == [20.0, 22.0]


def test_a_course_goes_on_through_a_takeover(crew: Crew) -> None:
    course = done(crew.memory.course(stretch("z2")))

    assert course.series.mean.tolist() == [21.0] * 4 + [22.0] * 4
    assert course.series.times_ns.tolist() == [START + place * 50 * SECOND for place in range(8)]
    assert course.unanswered == ()


def test_a_course_has_a_gap_where_somebody_does_not_answer(crew: Crew) -> None:
    crew.away.add("ada")

    course = done(crew.memory.course(stretch("z2")))
    nothing = done(crew.memory.course(stretch("z1")))

    assert course.series.high.tolist() == pytest.approx([np.nan] * 4 + [22.0] * 4, nan_ok=True)
    assert course.unanswered == ("host:ada",)
    assert np.isnan(nothing.series.mean).all()


def test_there_is_no_course_of_what_is_not_there(crew: Crew) -> None:
    with pytest.raises(KeyError):
        done(crew.memory.course(stretch("z9")))
    with pytest.raises(KeyError):
        done(crew.memory.course(stretch("z1", kind="outlet")))


def test_the_span_is_that_of_all_who_answer(crew: Crew, tmp_path: Path) -> None:
    of_all = done(crew.memory.span_ns())
    crew.away.add("ada")
    of_bob = done(crew.memory.span_ns())

    assert of_all == (START, START + 399 * SECOND)
    assert of_bob == (START + 180 * SECOND, START + 399 * SECOND)  # that of the minute in which he began
    assert done(Crew(tmp_path / "other").memory.span_ns()) is None


def test_before_monitors_shared_anybody_may_know(tmp_path: Path) -> None:
    crew = Crew(tmp_path)
    crew.sees("alone", 0, range(100), 19.0)
    crew.sees("alone", 1, range(100), 18.0)
    crew.takes("alone", 0, 100)
    crew.takes("bob", 1, 100)
    crew.sees("alone", 0, range(100, 200), 20.0)
    crew.sees("bob", 1, range(100, 200), 21.0)

    assert crew.values_at(30) == [19.0, 18.0]
    assert crew.values_at(150) == [20.0, 21.0]


def test_answers_that_make_no_sense_are_none(crew: Crew) -> None:
    moments, courses, spans = [], [], []

    for forged in (
        b"",
        b"no answer",
        zlib.compress(b"[1]\n"),
        zlib.compress(b"7\n"),
        zlib.compress(b"\n"),
        zlib.compress(b'{"step_s": 0, "cooling": {}, "alarms": []}\n' + bytes(4)),
        zlib.compress(b'{"step_s": 0, "cooling": [], "alarms": []}\n' + bytes(32)),
        zlib.compress(b'{"step_s": 0, "cooling": {}, "alarms": [[1, 2]]}\n' + bytes(32)),
        zlib.compress(b'{"step_s": {}, "cooling": {}, "alarms": []}\n' + bytes(32)),
        zlib.compress(b"[" * 5000 + b"\n"),
        zlib.compress(bytes(40_000_000), 1),
        zlib.compress(b'{"error": "there is no history"}\n'),
    ):
        crew.forged["bob"] = forged
        moments.append(crew.at(300))
        courses.append(done(crew.memory.course(stretch("z2"))))
        spans.append(done(crew.memory.span_ns()))

    assert {moment.unanswered for moment in moments} == {("host:bob",)}
    assert not any(np.isnan(moment.values[PARTS[0].places]).any() for moment in moments)
    assert {course.unanswered for course in courses} == {("host:bob",)}
    assert set(spans) == {(START, START + 399 * SECOND)}


def test_questions_that_are_none_are_answered_with_a_sentence(tmp_path: Path) -> None:
    History(tmp_path, LAYOUT).close()
    memory = FolderMemory(tmp_path, LAYOUT)

    answers = [
        done(answered(memory, question, ENOUGH))
        for question in (
            b"",
            b"[]",
            b'"span"',
            b'{"ask": "moment"}',
            b'{"ask": "moment", "time_ns": "now", "zones": []}',
            b'{"ask": "moment", "time_ns": 99999999999999999999999, "zones": []}',
            b'{"ask": "moment", "time_ns": 0, "zones": [[]]}',
            b'{"ask": "course", "of": ["z9", null, 0, 9, 9]}',
            b'{"ask": "course", "of": ["z1", null, 0, 9, 100000000]}',
            b'{"ask": "course", "of": ["z1", null, 9, 0, 9]}',
            b'{"ask": "course", "of": ["z1", {}, 0, 9, 9]}',
            b"\xff",
            b"[" * 5000,
        )
    ]

    for answer in answers:
        with pytest.raises(ClusterError):
            span_in(answer)


def test_an_answer_that_is_too_long_for_a_message_is_told(tmp_path: Path) -> None:
    History(tmp_path, LAYOUT).close()
    memory = FolderMemory(tmp_path, LAYOUT)

    answer = done(answered(memory, ask_moment(START + 10 * SECOND, ["z1"]), 20))

    with pytest.raises(ClusterError, match="and NATS takes 20 in a message"):
        moment_in(answer, len(LAYOUT))


def test_what_is_asked_and_told_comes_whole_over_the_wire(crew: Crew, tmp_path: Path) -> None:
    odd = replace(alarm("x", HOSTILE, second=1), zone=HOSTILE, value=float("nan"))
    crew.hears("ada", ChangeKind.RAISED, odd, 1)
    memory = FolderMemory(tmp_path / "ada", LAYOUT)
    asked = stretch("z1", points=5)

    moment = moment_in(done(answered(memory, ask_moment(START + 10 * SECOND, ["z1"]), ENOUGH)), len(LAYOUT))
    series = course_in(done(answered(memory, ask_course(asked), ENOUGH)), asked)

    expected = done(memory.moment(START + 10 * SECOND))
    assert moment.values.tolist() == expected.values.tolist()
    assert (moment.alarms[0].subject, moment.alarms[0].zone) == (HOSTILE, HOSTILE)
    assert moment.cooling == expected.cooling
    assert series.low.tolist() == done(memory.course(asked)).series.low.tolist()
    assert span_in(done(answered(memory, SPAN, ENOUGH))) == done(memory.span_ns())


def test_the_page_tells_who_did_not_answer_and_which_zones_are_unknown(crew: Crew) -> None:
    crew.away.add("bob")
    app = page_app(Board(LAYOUT), LAYOUT, memory=crew.memory)
    start = START // 10**6

    _, state = asyncio.run(answer_of(app, "GET", f"/past/state?at={start + 300_000}"))
    _, course = asyncio.run(answer_of(app, "GET", f"/past/course?zone=z2&from={start}&to={start + 400_000}&points=2"))
    status, _ = asyncio.run(answer_of(app, "GET", f"/past/course?zone=z9&from={start}&to={start + 400_000}&points=2"))
    _, front = asyncio.run(answer_of(app, "GET", "/"))

    told = json.loads(state)
    assert (told["unanswered"], told["unknown"]) == (["host:bob"], ["z2"])
    assert told["values"] == [20.0] * 4 + [None] * 4
    assert json.loads(course)["mean"] == [21.0, None]
    assert json.loads(course)["unanswered"] == ["host:bob"]
    assert status == 400
    assert 'data-can="travel"' in front
