"""Other Pythons in turns, with guests that only say what they would have done."""

import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from python_samples import entrant
from turnout.measurement import Entrant, Place, PythonRun, run_pythons
from turnout.measurement._guest_process import Reply
from turnout.measurement._heat import HeatError, OverdueError
from turnout.testing import FakeClock

PLACE = Place(file="/work.py", module="work", folder="/", attributes="work")
S = 1_000_000_000


def done(*values: object, wall_s: float = 1.0) -> Reply:
    """A reply to ``run``: one worker, one slice."""
    wall_ns = int(wall_s * S)
    ends = [wall_ns * (at + 1) // len(values) for at in range(len(values))]
    return {
        "ready_ns": 0,
        "start_ns": 5,
        "end_ns": 5 + wall_ns,
        "workers": [(7, "thread 1")],
        "batches": [(0, 0, 5, ends, len(values), wall_ns // 2)],
        "outcomes": [(True, pickle.dumps(value, 2)) for value in values],
        "gil": True,
        "switched": [],
    }


Said = Reply | HeatError


@dataclass
class FakeGuest:
    """Says what it was told to say; by the model for a run, or its place among the runs."""

    clock: FakeClock
    says: Mapping[str, Said] = field(default_factory=dict)
    age_s: float = 0.25
    asked: list[str] = field(default_factory=list)
    closed: bool = False

    def hear(self, limit_s: float) -> Reply:
        return self._say("hello", {"gil": True, "switched": []}, limit_s)

    def ask(self, request: str, argument: Any, limit_s: float) -> Reply:  # Any: whatever is asked
        if request == "load":
            return self._say("load", {"load_ns": S, "gil": True, "switched": []}, limit_s)
        if request == "items":
            return self._say("items", {"count": 2, "gil": True, "switched": []}, limit_s)
        first = "run" not in "".join(self.asked)
        self.clock.wait(1_000)
        model = f"run {argument[0]}"
        return self._say("run first" if first and "run first" in self.says else model, done(1, 2), limit_s)

    def quit(self) -> None:
        self.asked.append("quit")

    def close(self, leave_s: float = 0.0) -> None:
        self.asked.append(f"close {leave_s > 0}")
        self.closed = True

    def _say(self, what: str, usual: Reply, limit_s: float) -> Reply:
        assert limit_s > 0
        self.asked.append(what)
        said = self.says.get(what, usual)
        if isinstance(said, HeatError):
            raise said
        return said


def raced(
    *says: Mapping[str, Said],
    budget_s: float = 1_000.0,
    repeats: int | None = 1,
    entrants: tuple[Entrant, ...] | None = None,
    models: tuple[str, ...] | None = None,
) -> tuple[tuple[PythonRun, ...], list[FakeGuest]]:
    """Race one Python for each mapping, and return what came of it and the guests that were started."""
    clock = FakeClock()
    guests: list[FakeGuest] = []
    every = entrants or tuple(entrant(f"CPython 3.{number}") for number in range(len(says)))
    by_name = {one.name: said for one, said in zip(every, says, strict=True)}

    def start(one: Entrant, _: Mapping[str, str]) -> FakeGuest:
        guests.append(FakeGuest(clock, by_name[one.name]))
        return guests[-1]

    runs = run_pythons(
        every,
        PLACE,
        [1, 2],
        models=models,
        workers=(2,),
        budget_s=budget_s,
        limit_s=10,
        clock=clock,
        repeats=repeats,
        tell=lambda _: None,
        start=start,
    )
    return runs, guests


def labels(run: PythonRun) -> list[str]:
    return [one.contender.model for one in run.measurements]


def test_each_python_runs_every_model_after_a_first_pass() -> None:
    (run,), (guest,) = raced({})

    assert labels(run) == ["sequential", "threads x 2", "processes x 2", "interpreters x 2"]
    assert guest.asked == [
        "hello", "load", "items", "run sequential",
        "run sequential", "run threads", "run processes", "run interpreters", "quit", "close True",
    ]  # fmt: skip


def test_a_python_that_compiles_warms_up_on_each_model() -> None:
    plain = entrant("PyPy")
    assert plain.interpreter is not None
    pypy = replace(plain, interpreter=replace(plain.interpreter, jit="on"))

    (run,), (guest,) = raced({}, entrants=(pypy,), models=("threads",))

    assert guest.asked[3:-2] == ["run sequential"] + 3 * ["run sequential", "run threads"]
    assert [len(one.heats) for one in run.measurements] == [1, 1]


def test_only_the_models_asked_for_run_and_sequential_always() -> None:
    (run,), _ = raced({}, models=("processes", "asyncio"))

    assert labels(run) == ["sequential", "processes x 2"]


def test_start_import_and_first_pass_are_told() -> None:
    (run,), _ = raced({"run first": done(1, 2, wall_s=3.0)})

    assert (run.startup_s, run.load_s, run.first_s) == (0.25, 1.0, 3.0)


def test_a_heat_has_the_walls_and_the_cores_of_the_work_alone() -> None:
    (run,), _ = raced({"run sequential": done(1, 2, wall_s=2.0)})

    heat = run.measurements[0].heats[0]
    assert (heat.wall_ns, heat.startup_ns, heat.cpu_ns, heat.failures) == (2 * S, 5, S, 0)
    assert [(span.item, span.end_ns - span.start_ns) for span in heat.trace.spans()] == [(0, S), (1, S)]


def test_equal_outcomes_have_equal_fingerprints_whichever_python_sent_them() -> None:
    from_2_7 = {**done(1, 2), "outcomes": [(True, pickle.dumps(value, 2).decode("latin-1")) for value in (1, 2)]}

    (here, there), _ = raced({}, {"run sequential": from_2_7})

    assert here.measurements[0].heats[0].fingerprints == there.measurements[0].heats[0].fingerprints


def test_what_cannot_be_read_here_is_not_comparable_and_lost_to_nobody() -> None:
    unread = {**done(1, 2), "outcomes": [(True, b"cnowhere\nThing\n."), (True, None)]}

    (run,), _ = raced({"run sequential": unread})

    assert run.measurements[0].heats[0].fingerprints == bytes(16)


def test_failures_are_counted_and_the_first_is_told() -> None:
    failed = {**done(1, 2), "outcomes": [(True, pickle.dumps(1, 2)), (False, "ValueError", "no")]}

    (run,), _ = raced({"run sequential": failed})

    heat = run.measurements[0].heats[0]
    assert (heat.failures, heat.first_failure) == (1, "ValueError: no")


def test_spans_that_were_not_sent_are_counted() -> None:
    cut = {**done(1, 2), "batches": [(0, 0, 5, [S], 2, S)]}

    (run,), _ = raced({"run sequential": cut})

    trace = run.measurements[0].heats[0].trace
    assert (trace.span_count, trace.dropped_count, trace.busy_ns) == (2, 2, S)


def test_a_model_that_is_not_there_is_one_row_with_its_reason() -> None:
    (run,), (guest,) = raced({"run processes": {"refused": "it cannot fork"}}, repeats=2)

    assert [(one.name, one.reason) for one in run.refusals] == [("processes x 2", "it cannot fork")]
    assert guest.asked.count("run processes") == 1


def test_a_python_that_a_model_ended_is_started_again_for_the_next() -> None:
    (run,), guests = raced({"run threads": HeatError("it ended with exit status 3")})

    assert [(one.name, one.reason) for one in run.refusals] == [("threads x 2", "it ended with exit status 3")]
    assert labels(run) == ["sequential", "processes x 2", "interpreters x 2"]
    assert len(guests) == 2


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        ({"hello": HeatError("it ended with exit status 127")}, "it ended with exit status 127"),
        (
            {"load": {"error": "SyntaxError", "text": "invalid syntax (work.py, line 3)"}},
            "the file is not written in its language, Python 3.0: invalid syntax (work.py, line 3)",
        ),
        (
            {"load": {"error": "ImportError", "text": "No module named numpy"}},
            "it lacks what the function imports: No module named numpy",
        ),
        (
            {"load": {"error": "NameError", "text": "name 'x' is not defined"}},
            "it cannot import the function: NameError: name 'x' is not defined",
        ),
        ({"load": {"error": "KeyError", "text": ""}}, "it cannot import the function: KeyError"),
        (
            {"items": {"error": "ImportError", "text": "No module named 'shop'"}},
            "it cannot read the items: ImportError: No module named 'shop'",
        ),
        ({"run first": OverdueError("it did not finish within 10 s")}, "it did not finish within 10 s"),
        ({"run first": {"refused": "the function raised SystemExit: 4"}}, "the function raised SystemExit: 4"),
    ],
)
def test_a_python_that_cannot_run_the_work_is_one_row_with_its_reason(says: Mapping[str, Said], reason: str) -> None:
    (run,), guests = raced(says)

    assert (run.measurements, run.reason) == ((), reason)
    assert all(guest.closed for guest in guests)


def test_a_reason_is_short_however_long_the_error() -> None:
    (run,), _ = raced({"load": {"error": "ImportError", "text": "x" * 1_000}})

    assert len(run.reason) < 350


def test_one_that_did_not_say_what_it_is_is_not_started() -> None:
    (run,), guests = raced({}, entrants=(entrant("jython", silence="it did not end in time"),))

    assert (run.reason, guests) == ("it did not end in time", [])


def test_who_switched_the_lock_on_again_is_told_once() -> None:
    said = "The global interpreter lock (GIL) has been enabled to load module 'tantivy.tantivy', which has not declared"
    with_lock = {**done(1, 2), "switched": [said]}

    (run,), _ = raced({"run sequential": with_lock, "run threads": {**with_lock, "switched": [said, "lock!"]}})

    assert run.switched_on_by == ("tantivy.tantivy", "an extension")


def test_rounds_end_when_another_one_would_not_fit_the_budget() -> None:
    (run,), _ = raced({}, budget_s=10.0, repeats=None)  # the first pass takes 1 s, a round 4 s

    assert len(run.measurements[0].heats) == 2


def test_there_are_five_rounds_at_most() -> None:
    (run,), _ = raced({}, repeats=None)

    assert len(run.measurements[0].heats) == 5


def test_each_python_that_was_started_in_time_has_one_turn() -> None:
    runs, _ = raced({}, {}, {}, budget_s=1.0, repeats=None)

    assert [len(run.measurements) for run in runs] == [4, 4, 0]
    assert runs[2].reason == "its turn did not come within 1 s; give a larger budget"


def test_every_guest_is_gone_when_the_user_stops_the_race() -> None:
    guests: list[FakeGuest] = []
    clock = FakeClock()

    def start(_: Entrant, __: Mapping[str, str]) -> FakeGuest:
        guests.append(FakeGuest(clock))
        return guests[-1]

    def stop(words: str) -> None:
        if "processes" in words:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_pythons(
            [entrant("CPython 3.0"), entrant("CPython 3.1")],
            PLACE,
            [1, 2],
            workers=(2,),
            budget_s=100,
            limit_s=10,
            clock=clock,
            tell=stop,
            start=start,
        )

    assert [guest.closed for guest in guests] == [True, True]


def test_items_that_cannot_be_sent_refuse_every_python() -> None:
    (run,) = run_pythons(
        [entrant("CPython 3.0")],
        PLACE,
        [lambda: None],
        workers=(2,),
        budget_s=1,
        limit_s=1,
        clock=FakeClock(),
        tell=lambda _: None,
    )

    assert run.reason.startswith("the items cannot be sent to another Python: ")
