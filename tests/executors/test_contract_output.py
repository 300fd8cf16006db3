"""What processes promise for what functions print, log and warn of: it comes in order, with the item it belongs to."""

import io
import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

import pytest

from executors.speaking import (
    ODD,
    Own,
    begin_a_line,
    count_to,
    fork_and_print,
    last_words_at_three,
    log,
    log_an_exception,
    log_oddly,
    lose_the_stream,
    print_from_threads,
    print_much,
    replace_the_stream,
    run_a_program,
    say_odd,
    set_up_logging,
    to_both,
    warn,
    warn_oddly,
    write_bytes,
)
from executors.subjects import LOCAL, Subject, each
from turnout import Failure, Success
from turnout.executors import ProcessCrew, Said
from turnout.executors.processes import ProcessExecutor

processes = each(subject for subject in LOCAL if subject.executor == "processes")


def printed(subject: Subject, function: Callable[[Any], Any], items: Any, **options: Any) -> str:
    """Return what a run prints here."""
    with redirect_stdout(io.StringIO()) as out:
        list(subject.make().stream(function, items, **options))
    return out.getvalue()


def heard(subject: Subject, function: Callable[[Any], Any], items: Any, **options: Any) -> list[Said]:
    """Return what a caller takes who listens."""
    found: list[Said] = []
    pool = ProcessExecutor(2, start_method=subject.start_method, hear=found.append)
    for outcome in pool.stream(function, items, **options):
        assert isinstance(outcome, Success), outcome
    return found


class Keeper(logging.Handler):
    """Keeps records."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def records() -> Iterator[list[logging.LogRecord]]:
    """Give what the logger ``app`` is given, as if a program had set it up."""
    keeper, app = Keeper(), logging.getLogger("app")
    app.addHandler(keeper)
    yield keeper.records
    app.removeHandler(keeper)


@processes
@pytest.mark.parametrize("batch_size", [1, 4, None])
def test_lines_come_in_the_order_of_items(subject: Subject, batch_size: int | None) -> None:
    found = printed(subject, count_to, range(60), batch_size=batch_size)

    assert found.splitlines() == [f"{number} says {line}" for number in range(60) for line in range(number % 7)]


@processes
def test_text_is_there_before_its_outcome_and_not_before_its_turn(subject: Subject) -> None:
    with redirect_stdout(io.StringIO()) as out:
        for outcome in subject.make().stream(count_to, range(1, 12), batch_size=1):
            last = out.getvalue().splitlines()[-1:] or [""]
            lines = outcome.item % 7
            assert lines == 0 or last == [f"{outcome.item} says {lines - 1}"]


@processes
def test_without_order_each_items_lines_stay_together(subject: Subject) -> None:
    found = printed(subject, count_to, range(60), ordered=False).splitlines()

    assert len(found) == sum(number % 7 for number in range(60))
    for number in range(60):
        places = [place for place, line in enumerate(found) if line.startswith(f"{number} ")]
        assert places == list(range(places[0], places[0] + number % 7)) if places else number % 7 == 0


@processes
def test_a_line_without_an_end_is_its_items(subject: Subject) -> None:
    found = heard(subject, begin_a_line, range(10))

    assert [(what.item_index, what.content) for what in found] == [(number, f"[{number}]") for number in range(10)]


@processes
def test_each_stream_goes_to_its_own(subject: Subject) -> None:
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        list(subject.make().stream(to_both, range(3)))

    assert out.getvalue() == "out 0\nout 1\nout 2\n"
    assert err.getvalue() == "err 0\nerr 1\nerr 2\n"


@processes
@pytest.mark.parametrize("batch_size", [1, 6])
def test_the_last_words_of_a_worker_are_heard_and_no_others_twice(subject: Subject, batch_size: int) -> None:
    found = printed(subject, last_words_at_three, range(6), batch_size=batch_size)

    assert found == "item 0\nitem 1\nitem 2\nitem 3\nflusheditem 4\nitem 5\n"


@processes
def test_odd_text_arrives_as_it_is(subject: Subject) -> None:
    (what,) = heard(subject, say_odd, [0])

    assert what.content == ODD + "\n"


@processes
def test_text_that_cannot_be_written_here_is_written_in_escapes(subject: Subject) -> None:
    raw = io.BytesIO()

    with redirect_stdout(io.TextIOWrapper(raw, encoding="ascii", newline="\n")) as out:
        list(subject.make().stream(say_odd, [0]))
        out.flush()

    assert b"half a pair \\ud800, nine \\u0669" in raw.getvalue()


@processes
def test_ten_megabytes_are_no_obstacle(subject: Subject) -> None:
    found = printed(subject, print_much, [10_000_000, 1])

    assert found == "x" * 10_000_000 + "\nx\n"


@processes
def test_who_has_no_output_misses_none(subject: Subject) -> None:
    before, sys.stdout = sys.stdout, None  # as in a program without a terminal
    try:
        outcomes = list(subject.make().stream(count_to, range(4)))
    finally:
        sys.stdout = before

    assert all(isinstance(outcome, Success) for outcome in outcomes)


@processes
def test_a_function_may_replace_the_stream_and_put_it_back(subject: Subject) -> None:
    with redirect_stdout(io.StringIO()) as out:
        outcomes = list(subject.make().stream(replace_the_stream, range(4)))

    assert [outcome.value for outcome in outcomes if isinstance(outcome, Success)] == [
        f"inside {n}\n" for n in range(4)
    ]
    assert out.getvalue() == "".join(f"outside {number}\n" for number in range(4))


@processes
def test_a_function_that_keeps_another_stream_is_heard_no_more_and_harms_nobody(subject: Subject) -> None:
    found = heard(subject, lose_the_stream, range(8))

    assert 1 <= len(found) <= 2
    assert {what.item_index for what in found} <= set(range(8))


@processes
def test_bytes_are_refused_as_by_every_text_stream(subject: Subject) -> None:
    (outcome,) = subject.make().stream(write_bytes, [0])

    assert isinstance(outcome, Failure)
    assert "must be str, not bytes" in str(outcome.error)


@processes
def test_lines_of_threads_are_whole(subject: Subject) -> None:
    found = printed(subject, print_from_threads, range(4), batch_size=1).splitlines()

    assert sorted(found) == sorted(f"{n}.{place} {line}" for n in range(4) for place in range(4) for line in range(50))


@processes
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("function", [fork_and_print, run_a_program])
def test_a_child_of_a_worker_keeps_off_its_socket(subject: Subject, function: Callable[[int], int]) -> None:
    outcomes = list(subject.make().stream(function, range(4)))

    assert all(isinstance(outcome, Success) for outcome in outcomes)


@processes
def test_records_come_to_the_loggers_here_with_their_item(subject: Subject, records: list[logging.LogRecord]) -> None:
    list(subject.make().stream(log, range(20)))

    assert [vars(record)["item_index"] for record in records] == list(range(20))
    assert [vars(record)["place"] for record in records] == list(range(20))
    assert all(vars(record)["own"] == Own() for record in records)
    assert all(vars(record)["worker_pid"] not in {0, os.getpid()} for record in records)
    assert records[5].getMessage() == "warning 5 of {'a': [1]}"
    assert (records[5].name, records[5].funcName, records[5].levelname) == ("app.deep", "log", "WARNING")


@processes
def test_the_root_level_travels(subject: Subject, records: list[logging.LogRecord]) -> None:
    root = logging.getLogger()
    before = root.level
    root.setLevel("DEBUG")
    try:
        list(subject.make().stream(log, range(2)))
    finally:
        root.setLevel(before)

    assert [record.levelname for record in records] == ["DEBUG", "WARNING"] * 2


@processes
def test_nothing_is_sent_that_nobody_would_hear(subject: Subject) -> None:
    found = heard(subject, log, range(3))

    assert [what.stream for what in found] == ["log"] * 3


@processes
def test_a_logger_that_is_silent_here_stays_silent(subject: Subject, records: list[logging.LogRecord]) -> None:
    deep = logging.getLogger("app.deep")
    pool = subject.make().stream(log, range(2))
    next(pool)
    records.clear()
    deep.setLevel("ERROR")
    try:
        list(pool)
    finally:
        deep.setLevel("NOTSET")

    assert records == []


@processes
def test_an_exceptions_traceback_comes_as_text(subject: Subject, records: list[logging.LogRecord]) -> None:
    list(subject.make().stream(log_an_exception, range(2)))

    assert [record.getMessage() for record in records] == ["caught 0", "caught 1"]
    assert records[1].exc_text is not None
    assert records[1].exc_text.startswith("Traceback (most recent call last):")
    assert records[1].exc_text.endswith("invalid literal for int() with base 10: 'number 1'")


@processes
def test_what_does_not_pickle_is_told_in_words(subject: Subject, records: list[logging.LogRecord]) -> None:
    list(subject.make().stream(log_oddly, [0]))

    assert [(record.getMessage(), vars(record)["own"]) for record in records] == [("own <unsaid>", "<unsaid>")]


@processes
def test_logging_that_is_set_up_in_the_worker_says_nothing_twice(
    subject: Subject, records: list[logging.LogRecord]
) -> None:
    with redirect_stderr(io.StringIO()) as err:
        list(subject.make().stream(set_up_logging, range(4)))

    assert [record.getMessage() for record in records] == [f"once {number}" for number in range(4)]
    assert err.getvalue() == ""


@processes
@pytest.mark.filterwarnings("always")
@pytest.mark.parametrize(
    ("function", "kind", "text"), [(warn, FutureWarning, "careful"), (warn_oddly, UserWarning, "odd")]
)
def test_warnings_are_shown_here(
    subject: Subject, function: Callable[[int], None], kind: type[Warning], text: str
) -> None:
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        list(subject.make(workers=1).stream(function, range(3)))

    assert [str(warning.message) for warning in shown][:1] == [f"{text} 0"]
    assert all(warning.category is kind for warning in shown)
    assert all(warning.filename.endswith("speaking.py") for warning in shown)


@processes
def test_a_warning_that_is_an_error_here_ends_no_stream(subject: Subject) -> None:
    if subject.start_method == "fork":
        pytest.skip("a forked worker has this process's filters, so the function raises")
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("error")
        outcomes = list(subject.make(workers=1).stream(warn, range(3)))

    assert all(isinstance(outcome, Success) for outcome in outcomes)
    assert str(shown[0].message) == "careful 0"


@processes
def test_what_is_raised_by_who_listens_ends_the_stream(subject: Subject) -> None:
    def refuse(what: Said) -> None:
        raise ConnectionAbortedError(what.content)

    pool = ProcessExecutor(2, start_method=subject.start_method, hear=refuse)

    with pytest.raises(ConnectionAbortedError, match="1 says 0"):
        list(pool.stream(count_to, range(20)))


@processes
def test_an_item_that_runs_alone_is_heard_too(subject: Subject) -> None:
    found: list[Said] = []
    crew = ProcessCrew(
        count_to, (), 1, start_method=subject.start_method if subject.start_method != "fork" else "spawn",
        recorder=None, hear=found.append,
    )  # fmt: skip

    crew.run_alone(2, limit_s=60)
    crew.close(None)

    assert [what.content for what in found] == ["2 says 0\n", "2 says 1\n"]
