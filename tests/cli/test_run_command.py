"""``turnout run``, with a run that does its work in turn."""

import argparse
import gzip
import io
import json
import os
import signal
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from cli.fake_run import FakeRun, FakeRuns
from turnout.cli import main
from turnout.cli import run as command
from turnout.cli._commands import Parser
from turnout.errors import ItemsError, UsageError
from turnout.items import resolve_target

ROOTS = ("math:sqrt", "--range", "1..9")
SOME_FAIL = ("math:sqrt", "--range", "-1..9..5")  # -1, 4, 9


def options(*words: str) -> argparse.Namespace:
    parser = Parser(prog="turnout run", allow_abbrev=False)
    command.add_arguments(parser)
    return parser.parse(words)


def lines_of(text: str) -> list[dict[str, Any]]:  # what JSON gives
    return [json.loads(line) for line in text.splitlines()]


def send(number: int, at: int, times: int = 1) -> Callable[[FakeRun, int], None]:
    """Return what sends this process a signal before an item is run."""

    def watch(_run: FakeRun, index: int) -> None:
        if index == at:
            for _ in range(times):
                os.kill(os.getpid(), number)

    return watch


def test_every_option_reaches_the_run(tmp_path: Path) -> None:
    runs = FakeRuns()
    words = (
        "--executor threads --workers 3 --unordered --timeout 2.5 --retries 0 --rate 7 --key-limit 2 --key builtins:len"
    )
    words += f" --journal {tmp_path}/j --retry-failed --start-method spawn --batch-size 4"

    command.run(options("builtins:len", "--items-from", "keyword:kwlist", *words.split()), runs)

    assert runs.asked == {
        "executor": "threads",
        "workers": 3,
        "ordered": False,
        "timeout_s": 2.5,
        "retries": 0,
        "rate": 7.0,
        "key": len,
        "key_limit": 2,
        "journal": f"{tmp_path}/j",
        "retry_failed": True,
        "start_method": "spawn",
        "batch_size": 4,
    }


def test_what_is_not_asked_is_left_to_the_run() -> None:
    runs = FakeRuns()

    command.run(options(*ROOTS), runs)

    assert runs.asked == {}


def test_a_dask_scheduler_implies_its_executor() -> None:
    runs = FakeRuns()

    command.run(options(*ROOTS, "--dask", "tcp://127.0.0.1:8786"), runs)

    assert runs.asked == {"executor": "dask", "address": "tcp://127.0.0.1:8786"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--dask", "x", "--executor", "threads"], "--dask runs on Dask, not on threads"),
        (["--key-limit", "2"], "--key-limit counts by a key"),
        (["--retry-failed"], "name it with --journal FILE"),
        (["--output", "-", "--json", "-"], "mixed up on standard output"),
        (["--json", "a.json", "--html", "./a.json"], "--json and --html name the same file, './a.json'"),
        (["--journal", "r.csv", "--output", "r.csv"], "--journal and --output name the same file"),
    ],
)
def test_options_that_do_not_go_together_are_refused(words: list[str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        command.run(options(*ROOTS, *words), FakeRuns())


def test_the_results_may_not_take_the_place_of_what_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.jsonl").write_text("1\n")
    Path("t.csv").write_text("n\n1\n")
    Path("own.py").write_text("def same(item):\n    return item\n")
    Path("inner").mkdir()
    for name in ("__init__", "own"):
        Path("inner", f"{name}.py").write_bytes(Path("own.py").read_bytes())
    Path("link.jsonl").symlink_to("a.jsonl")
    os.link("a.jsonl", "other.jsonl")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    for words, said in (
        ("math:sqrt --items a.jsonl --output a.jsonl", "--items and --output name the same file, 'a.jsonl'"),
        ("math:sqrt --items a.jsonl --output link.jsonl", "--items and --output name the same file"),
        ("math:sqrt --items a.jsonl --output other.jsonl", "--items and --output name the same file"),
        ("math:sqrt --items t.csv:n --output t.csv", "--items and --output name the same file"),
        ("own.py:same --range 1..2 --html own.py", "TARGET and --html name the same file"),
        ("own:same --range 1..2 --html own.py", "TARGET and --html name the same file"),
        ("inner.own:same --range 1..2 --html inner/own.py", "TARGET and --html name the same file"),
        ("inner:same --range 1..2 --html inner/__init__.py", "TARGET and --html name the same file"),
        ("math:sqrt --items-from own.py:same --json own.py", "--items-from and --json name the same file"),
    ):
        with pytest.raises(UsageError, match=said):
            command.run(options(*words.split()), FakeRuns())

    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--output", "/nowhere/r.csv"], "argument --output: '/nowhere/r.csv' is in a folder that does not exist"),
        (["--output", "r.xlsx"], "argument --output: 'r.xlsx' has no suffix that tells a format; end it in .jsonl"),
        (["--retries", "-1"], "argument --retries: '-1' is not a whole number of at least 0"),
        (["--rate", "0"], "argument --rate: '0' is not a number above 0, such as 2.5"),
        (["--on-error", "panic"], "argument --on-error: invalid choice: 'panic'"),
        (["--items", ""], "argument --items: not allowed with argument --range"),
    ],
)
def test_options_out_of_range_are_told_before_the_work(
    capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    status = main(["run", *ROOTS, *words])

    assert status == 2
    assert said in capsys.readouterr().err


def test_without_a_file_only_the_summary_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    status = command.run(options(*ROOTS), FakeRuns())

    captured = capsys.readouterr()
    assert status == 0
    assert captured.out.startswith("sqrt over 1..9\n  9 items in ")
    assert "9 succeeded and none failed" in " ".join(captured.out.split())
    assert "another reason" not in captured.out
    assert captured.err == ""


def test_all_reasons_are_told_if_asked(capsys: pytest.CaptureFixture[str]) -> None:
    command.run(options(*ROOTS, "--explain"), FakeRuns())

    assert "another reason" in capsys.readouterr().out


def test_failures_are_written_told_and_lead_to_status_1(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    name = tmp_path / "r.jsonl"

    status = command.run(options(*SOME_FAIL, "--output", str(name)), FakeRuns())

    bad, *good = lines_of(name.read_text())
    assert status == 1
    assert bad["error"]["type"] == "ValueError"
    assert [record["value"] for record in good] == [2.0, 3.0]
    out = capsys.readouterr().out
    assert "failed item 0 (-1): ValueError" in " ".join(out.split())
    assert f"results{name}" in "".join(out.split())  # a long name is broken anywhere


def test_failures_can_be_left_out(tmp_path: Path) -> None:
    name = tmp_path / "r.csv.gz"

    status = command.run(options(*SOME_FAIL, "--output", str(name), "--on-error", "skip"), FakeRuns())

    assert status == 1
    assert gzip.decompress(name.read_bytes()) == b"index,item,value,error\n1,4,2.0,\n2,9,3.0,\n"


def test_options_that_a_pipeline_has_in_its_stages_are_named_as_they_were_given(tmp_path: Path) -> None:
    (tmp_path / "piped.py").write_text("import turnout\npipe = turnout.stage(abs) | turnout.stage(abs)\n")
    words = [f"{tmp_path}/piped.py:pipe", "--range", "1..9"]
    given = ["--workers", "3", "--timeout", "5", "--unordered", "--dask", "tcp://127.0.0.1:1"]

    with pytest.raises(UsageError, match="leave --dask, --workers, --unordered and --timeout out, or give"):
        command.run(options(*words, *given), FakeRuns())


def test_items_may_come_from_an_asynchronous_generator(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "soon.py").write_text(
        "async def items():\n    yield 4\n    yield 9\nasync def broken():\n    yield 4\n    raise OSError('no more')\n"
        "async def none():\n    return\n    yield\n"
    )

    status = main(["run", "math:sqrt", "--items-from", f"{tmp_path}/soon.py:items", "--output", "-", "--quiet"])
    values = [record["value"] for record in lines_of(capsys.readouterr().out)]
    broken = main(["run", "math:sqrt", "--items-from", f"{tmp_path}/soon.py:broken", "--quiet"])
    none = main(["run", "math:sqrt", "--items-from", f"{tmp_path}/soon.py:none", "--quiet"])

    assert (status, values) == (0, [2.0, 3.0])
    assert (broken, none) == (2, 2)
    errors = capsys.readouterr().err
    assert "raised OSError: no more" in errors
    assert "there are no items in what" in errors


def test_the_first_failure_can_end_the_run(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    name, runs = tmp_path / "r.jsonl", FakeRuns()

    status = command.run(options(*SOME_FAIL, "--output", str(name), "--on-error", "raise"), runs)

    assert status == 1
    assert len(lines_of(name.read_text())) == 1
    assert runs.last
    assert runs.last.is_closed
    assert runs.last.tries_failed_again
    assert "turnout: item 0 (-1) failed, so no more was run: ValueError: " in capsys.readouterr().err


def test_results_on_standard_output_are_alone_there(capsys: pytest.CaptureFixture[str]) -> None:
    command.run(options(*ROOTS, "--output", "-"), FakeRuns())

    captured = capsys.readouterr()
    assert [record["value"] for record in lines_of(captured.out)][3] == 2.0
    assert captured.err.startswith("sqrt over 1..9\n")


def test_the_summary_can_be_json(capsys: pytest.CaptureFixture[str]) -> None:
    command.run(options(*ROOTS, "--json", "-"), FakeRuns())

    tree = json.loads(capsys.readouterr().out)
    assert (tree["schema"], tree["done"]) == ("turnout.run/1", 9)


def test_each_file_is_written_and_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    names = [str(tmp_path / name) for name in ("s.json", "p.html", "t.json")]

    command.run(options(*ROOTS, "--json", names[0], "--html", names[1], "--trace", names[2]), FakeRuns())

    assert capsys.readouterr().err == f"JSON: {names[0]}\npage: {names[1]}\ntrace: {names[2]}\n"
    assert json.loads(Path(names[0]).read_text())["title"] == "sqrt over 1..9"
    assert Path(names[1]).read_text().startswith("<!doctype html>")
    assert "traceEvents" in json.loads(Path(names[2]).read_text())


def test_quiet_is_quiet(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    command.run(options(*ROOTS, "--quiet", "--html", f"{tmp_path}/p.html"), FakeRuns())

    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")


def test_what_cannot_be_written_as_it_is_is_told_once(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = ["builtins:complex", "--range", "1..9", "--output", f"{tmp_path}/r.jsonl"]

    command.run(options(*words), FakeRuns())

    assert capsys.readouterr().err == "JSON has no form for a value of type complex; its repr is written instead\n"


def test_items_that_break_on_the_way_keep_the_results_so_far(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    name = tmp_path / "r.csv"
    lines = io.BytesIO(b"1\n4\nx\n")

    with pytest.raises(ItemsError):
        command.run(options("math:sqrt", "--items", "-", "--output", str(name)), FakeRuns(), lines)

    assert name.read_text() == "index,item,value,error\n0,1,1.0,\n1,4,2.0,\n"
    assert capsys.readouterr().err == f"results so far: {name}\n"


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_the_run_and_keeps_what_was_done(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, number: int, status: int
) -> None:
    name, runs = tmp_path / "r.csv", FakeRuns(send(number, 3))
    before = signal.getsignal(number)

    left_with = command.run(options(*ROOTS, "--output", str(name)), runs)

    captured = capsys.readouterr()
    assert left_with == status
    assert name.read_text().count("\n") == 4
    assert captured.out.startswith("sqrt over 1..9\n  Interrupted after 3 of 9 items")
    assert "stopping" in captured.err
    assert runs.last
    assert runs.last.is_closed
    assert signal.getsignal(number) is before


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_second_signal_leaves_at_once(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, number: int, status: int
) -> None:
    name, runs = tmp_path / "r.csv", FakeRuns(send(number, 3, times=2))

    left_with = command.run(options(*ROOTS, "--output", str(name)), runs)

    captured = capsys.readouterr()
    assert left_with == status
    assert captured.out == ""
    assert captured.err.endswith(f"results so far: {name}\nturnout: interrupted\n")
    assert name.read_text().count("\n") == 4
    assert runs.last
    assert runs.last.is_closed


def test_a_second_signal_counts_even_if_the_run_takes_it_for_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    def twice(run: FakeRun, index: int) -> None:
        run.swallowed = (KeyboardInterrupt,)
        send(signal.SIGINT, 3, times=2)(run, index)

    left_with = command.run(options(*ROOTS), FakeRuns(twice))

    assert left_with == 130
    assert capsys.readouterr().out == ""


def test_an_ignored_signal_stays_ignored() -> None:
    former = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        status = command.run(options(*ROOTS), FakeRuns(send(signal.SIGINT, 3)))
    finally:
        signal.signal(signal.SIGINT, former)

    assert status == 0


def test_a_reader_that_leaves_ends_the_run(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    runs, page = FakeRuns(), tmp_path / "p.html"
    asked = options("math:sqrt", "--range", "1..100_000", "--output", "-", "--html", str(page))

    with os.fdopen(writing, "w") as nobody, redirect_stdout(nobody), pytest.raises(BrokenPipeError):
        command.run(asked, runs)

    assert runs.last
    assert runs.last.is_closed
    assert runs.last.status.done < 5
    assert page.exists()


def test_an_error_in_the_options_does_not_touch_older_results(tmp_path: Path) -> None:
    name = tmp_path / "r.jsonl"
    name.write_text("older")

    def refuse(*_: Any, **__: Any) -> FakeRun:
        raise UsageError("no")

    with pytest.raises(UsageError):
        command.run(options(*ROOTS, "--output", str(name)), refuse)

    assert name.read_text() == "older"


def test_a_pipeline_can_be_named(tmp_path: Path) -> None:
    file = tmp_path / "named_pipeline.py"
    file.write_text(
        "class Two:\n    stages = (1, 2)\n\n    def __call__(self, item):\n        return item\n\nflow = Two()\n"
    )
    runs = FakeRuns()

    status = command.run(options(f"{file}:flow", "--range", "1..3"), runs)

    assert status == 0
    with pytest.raises(UsageError, match="is a pipeline"):
        resolve_target(f"{file}:flow")
