"""A diagnosed program for other programs: JSON, trace events, speedscope, files."""

import json
from pathlib import Path
from typing import Any

import pytest

from diagnosis_samples import (
    SECOND,
    crowd_report,
    empty_report,
    gil_report,
    hostile_report,
    io_report,
    long_report,
    recording,
    thread,
)
from report_samples import HOSTILE, MS
from turnout.errors import UsageError
from turnout.observe import Frame, Hold, LockHolder, Recording, Segment, State, TaskRecord, TaskState, ThreadRecord
from turnout.report import DiagnosisReport

SAMPLES = [gil_report(), io_report(), crowd_report(), empty_report(), hostile_report()]
each = pytest.mark.parametrize("report", SAMPLES, ids=["gil", "io", "crowd", "empty", "hostile"])
Json = dict[str, Any]  # what JSON gives


def recording_from(tree: Json) -> Recording:
    """Return the recording that a document with all segments was made of."""
    process, observer = tree["process"], tree["observer"]
    origin_ns = process["start_ns"]
    frames = [Frame(**frame) for frame in tree["frames"]]
    return Recording(
        pid=process["pid"],
        command=tuple(process["command"]),
        python=process["python"],
        has_gil=process["has_gil"],
        cores=process["cores"],
        start_ns=origin_ns,
        end_ns=origin_ns + process["wall_ns"],
        threads=tuple(_thread_from(one, origin_ns) for one in tree["threads"]),
        stacks=tuple(tuple(frames[number] for number in stack) for stack in tree["stacks"]),
        holds=tuple(
            Hold(start_ns=origin_ns + start_ns, end_ns=origin_ns + start_ns + wall_ns, thread=holder)
            for start_ns, wall_ns, holder in tree["gil"]["holds"]
        ),
        lock_holders=tuple(LockHolder(**{**one, "at": Frame(**one["at"])}) for one in tree["lock_holders"]),
        tasks=tuple(_task_from(one, origin_ns) for one in tree["tasks"]),
        handoffs=tree["gil"]["handoffs"],
        ticks=observer["ticks"],
        missed=observer["missed"],
        observer_cpu_ns=observer["cpu_ns"],
        child_cpu_ns=process["child_cpu_ns"],
        notes=tuple(observer["notes"]),
        exit_code=process["exit_code"],
    )


def _task_from(tree: Json, origin_ns: int) -> TaskRecord:
    start_ns = origin_ns + tree["start_ns"]
    return TaskRecord(
        name=tree["name"],
        coroutine=tree["coroutine"],
        start_ns=start_ns,
        end_ns=start_ns + tree["wall_ns"],
        looks=tree["looks"],
        count=tree["count"],
        state_ns={TaskState(state): ns for state, ns in tree["state_ns"].items()},
        place_ns={Frame(one["function"], one["file"], one["line"]): one["wall_ns"] for one in tree["places"]},
    )


def _thread_from(tree: Json, origin_ns: int) -> ThreadRecord:
    return ThreadRecord(
        native_id=tree["native_id"],
        name=tree["name"],
        is_python=tree["is_python"],
        start_ns=origin_ns + tree["start_ns"],
        end_ns=origin_ns + tree["start_ns"] + tree["wall_ns"],
        state_ns={State(state): ns for state, ns in tree["state_ns"].items()},
        samples=tree["samples"],
        segments=tuple(
            Segment(start_ns=origin_ns + start, end_ns=origin_ns + start + wall, state=State(state), stack=stack)
            for start, wall, state, stack in tree["segments"]
        ),
        stack_ns={(State(one["state"]), one["stack"]): one["wall_ns"] for one in tree["stack_ns"]},
        lock_ns={int(one["address"], 16): one["wall_ns"] for one in tree["lock_ns"]},
        held_back_ns={one["holder"]: one["wall_ns"] for one in tree["held_back_ns"]},
    )


@each
def test_json_with_segments_holds_the_whole_recording(report: DiagnosisReport) -> None:
    tree = json.loads(report.to_json(segments=True), parse_constant=pytest.fail)

    assert recording_from(tree) == report.recording


def test_json_tells_the_verdict_and_the_figures() -> None:
    tree = json.loads(gil_report().to_json())

    assert (tree["schema"], tree["cause"], tree["sureness"]) == ("turnout.diagnosis/1", "gil", "high")
    assert tree["gil"]["handoffs_per_s"] == 200.0
    assert tree["gil"]["shares"][0] == {"thread": 4243, "share": 0.245}
    assert tree["gil"]["holds"] is None
    assert tree["threads"][1]["shares"] == {"run": 0.25, "gil": 0.75}
    assert tree["threads"][1]["segments"] is None
    assert tree["remedies"][0]["gain"] == 1.98
    assert tree["wrong"]["name"] == "more threads"
    assert tree["convoys"] == [{"waiter": 4247, "holder": 4243, "wait_ns": 780 * MS}]


def test_json_tells_calls_that_held_a_loop_from_the_start_on() -> None:
    (first, _) = json.loads(io_report().to_json())["blockages"]

    assert (first["thread"], first["start_ns"], first["wall_ns"], first["state"]) == (900, 608 * MS, 312 * MS, "socket")
    assert first["stack"][1] == {"function": "fetch", "file": "serve.py", "line": 31}


@each
def test_json_has_no_number_that_json_lacks(report: DiagnosisReport) -> None:
    tree = json.loads(report.to_json(), parse_constant=pytest.fail)

    assert len(tree["threads"]) == len(report.recording.threads)


def test_a_hostile_text_survives_json_as_it_was() -> None:
    assert json.loads(hostile_report().to_json())["evidence"] == [HOSTILE]


def events(report: DiagnosisReport, phase: str) -> list[Json]:
    return [event for event in json.loads(report.to_chrome_trace())["traceEvents"] if event["ph"] == phase]


def test_trace_events_have_a_track_for_each_thread_and_one_for_the_lock() -> None:
    named = [event for event in events(gil_report(), "M") if event["name"] == "thread_name"]

    names = {event["tid"]: event["args"]["name"] for event in named}
    assert names[4250] == "GIL held by"
    assert names[4243] == "crunch-0"
    assert len(names) == 9


def test_a_slice_tells_its_state_its_time_and_its_place() -> None:
    first = next(event for event in events(gil_report(), "X") if event["tid"] == 4243)

    assert (first["name"], first["ts"], first["dur"]) == ("on a core", 0.0, 5_000.0)
    assert first["args"]["at"] == "factor, /home/ann/crunch/app.py:42"


def test_the_locks_track_tells_who_held_it() -> None:
    held = [event for event in events(gil_report(), "X") if event["cat"] == "gil" and event["tid"] == 4250]

    assert [event["name"] for event in held[:3]] == ["crunch-0", "crunch-1", "crunch-2"]
    assert len(held) == 400


def test_calls_that_held_a_loop_are_events_with_a_start_and_an_end() -> None:
    begun, ended = events(io_report(), "b"), events(io_report(), "e")

    assert [(one["ts"], other["ts"]) for one, other in zip(begun, ended, strict=True)] == [
        (608_000.0, 920_000.0),
        (1_435_000.0, 1_530_000.0),
    ]
    assert begun[0]["args"]["thread"] == "python (main)"


def test_too_many_slices_are_merged_with_their_shares() -> None:
    report = long_report()

    slices = events(report, "X")
    merged = next(event for event in slices if event["tid"] == 100)
    assert len(slices) < 110_000
    assert merged["args"]["shares"]["on a core"] == pytest.approx(0.5, abs=0.2)


def test_a_number_that_the_system_gave_twice_makes_two_tracks() -> None:
    seen = recording([thread(7, "old", []), thread(7, "new", [])])
    report = DiagnosisReport(recording=seen, diagnosis=gil_report().diagnosis)

    names = [event["tid"] for event in events(report, "M") if event["name"] == "thread_name"]
    assert names == [7, 8]


@each
def test_trace_events_of_odd_recordings_are_valid(report: DiagnosisReport) -> None:
    assert json.loads(report.to_chrome_trace(), parse_constant=pytest.fail)["traceEvents"] is not None


@each
def test_a_speedscope_profile_is_well_formed(report: DiagnosisReport) -> None:
    document = json.loads(report.to_speedscope(), parse_constant=pytest.fail)

    frames = document["shared"]["frames"]
    assert document["$schema"] == "https://www.speedscope.app/file-format-schema.json"
    assert len(document["profiles"]) == len(report.recording.threads)
    for profile in document["profiles"]:
        assert (profile["type"], profile["unit"]) == ("sampled", "nanoseconds")
        assert len(profile["samples"]) == len(profile["weights"])
        assert profile["endValue"] - profile["startValue"] == sum(profile["weights"])
        assert all(0 <= number < len(frames) for sample in profile["samples"] for number in sample)


def test_a_speedscope_stack_is_outermost_first_and_ends_in_what_it_waited_for() -> None:
    document = json.loads(gil_report().to_speedscope())

    names = [frame["name"] for frame in document["shared"]["frames"]]
    crunch = document["profiles"][1]
    assert crunch["name"] == "crunch-0"
    assert [[names[number] for number in sample] for sample in crunch["samples"][:2]] == [
        ["worker", "factor"],
        ["worker", "factor", "[waiting for the GIL]"],
    ]
    assert sum(crunch["weights"]) == 2 * SECOND
    assert document["activeProfileIndex"] == 1


def test_speedscope_tells_sums_where_segments_were_not_kept() -> None:
    seen = recording([thread(7, "t", [(State.RUN, 5, 0), (State.LOCK, 3, -1), (State.RUN, 5, 0)], keep=False)])
    report = DiagnosisReport(recording=seen, diagnosis=gil_report().diagnosis)

    (profile,) = json.loads(report.to_speedscope())["profiles"]

    assert profile["weights"] == [10, 3]


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("d.html", "<!doctype html>"),
        ("d.json", '{\n  "schema": "turnout.diagnosis/1"'),
        ("d.trace.json", '{"displayTimeUnit"'),
        ("d.speedscope.json", '{"$schema":"https://www.speedscope.app'),
        ("d.txt", "python app.py"),
    ],
)
def test_the_suffix_chooses_the_format(tmp_path: Path, name: str, start: str) -> None:
    path = gil_report().save(tmp_path / name)

    assert path.read_text(encoding="utf-8").startswith(start)


@pytest.mark.parametrize("suffix", ["html", "json", "txt", "trace.json", "speedscope.json"])
def test_a_hostile_report_can_be_saved(tmp_path: Path, suffix: str) -> None:
    assert hostile_report().save(tmp_path / f"d.{suffix}").stat().st_size > 0


def test_an_unknown_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"'d\.pdf'; end it in \.html, .*\.trace\.json or \.speedscope\.json"):
        gil_report().save(tmp_path / "d.pdf")


def test_a_notebook_shows_the_page_in_a_frame_of_its_own() -> None:
    shown = hostile_report()._repr_html_()

    assert shown.startswith('<iframe srcdoc="&lt;!doctype html&gt;')
    assert shown.count("<") == 2
