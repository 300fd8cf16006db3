"""What executors promise that survive the death of a worker: it loses the item that the worker was on, and no other."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from executors.subjects import Gate, Subject, every, isolating
from executors.work import (
    always_exit,
    be_chosen_at_three,
    be_killed_at_three,
    double,
    exit_at_three,
    fork_at_three,
    hang_up_at_three,
    hang_up_at_three_and_go_on,
    remember_and_exit_at_three,
    use_too_much_memory_at_three,
    wait_at_first,
)
from turnout import Failure, Success
from turnout.errors import WorkerDiedError
from turnout.executors import ProcessCrew, outcomes_of
from turnout.executors._batches import BatchSize, feed
from turnout.executors._intake import PlainIntake
from turnout.executors._stream import stream
from turnout.trace import Recorder, SpanKind

WAYS = pytest.mark.parametrize(
    ("function", "words"),
    [
        (exit_at_three, "ended with exit status 7 while it held the item"),
        (be_killed_at_three, "ended by signal 9 (SIGKILL) while it held the item"),
        (hang_up_at_three, "while it held the item"),
    ],
    ids=["exit", "kill", "closed descriptors"],
)


@isolating
@WAYS
@pytest.mark.parametrize("batch_size", [1, 5, None])
def test_a_worker_that_dies_loses_only_its_item(
    subject: Subject, function: Callable[[int], int], words: str, batch_size: int | None
) -> None:
    outcomes = list(subject.make().stream(function, range(20), batch_size=batch_size))

    failures = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    assert [outcome.index for outcome in outcomes] == list(range(20))
    assert [failure.index for failure in failures] == [3]
    assert isinstance(failures[0].error, WorkerDiedError)
    assert words in str(failures[0].error)


@isolating
def test_an_item_is_not_blamed_for_the_link_that_the_one_before_it_closed(subject: Subject) -> None:
    outcomes = list(subject.make().stream(hang_up_at_three_and_go_on, range(20), batch_size=5))

    assert [outcome.index for outcome in outcomes if isinstance(outcome, Failure)] == [3]
    assert sum(isinstance(outcome, Success) for outcome in outcomes) == 19


@isolating
def test_an_iterators_items_survive_a_death_too(subject: Subject) -> None:
    outcomes = list(subject.make().stream(exit_at_three, iter(range(200))))

    assert [outcome.index for outcome in outcomes if isinstance(outcome, Failure)] == [3]
    assert sum(isinstance(outcome, Success) for outcome in outcomes) == 199


@isolating
def test_only_the_deadly_item_is_never_begun_again(subject: Subject, tmp_path: Path) -> None:
    path = tmp_path / "begun"
    work = partial(remember_and_exit_at_three, path=str(path))

    outcomes = list(subject.make().stream(work, range(6), batch_size=6))

    begun = path.read_text(encoding="ascii").split()
    assert len(outcomes) == 6
    assert begun.count("3") == 1
    assert begun.count("4") == begun.count("5") == 1


@isolating
def test_a_lost_item_has_a_span_that_says_so(subject: Subject) -> None:
    recorder = Recorder()

    outcomes = list(subject.make().stream(exit_at_three, range(6), batch_size=1, recorder=recorder))

    trace = recorder.trace()
    lost = [span for span in trace.spans() if span.kind is SpanKind.LOST]
    assert len(outcomes) == 6
    assert [span.item for span in lost] == [3]
    assert len(trace.usage) < len(trace.workers)


@isolating
@pytest.mark.parametrize("make_items", [list, iter], ids=["list", "iterator"])
def test_items_that_all_end_their_workers_are_failures(subject: Subject, make_items: type) -> None:
    outcomes = list(subject.make().stream(always_exit, make_items(range(24))))

    assert [type(outcome) for outcome in outcomes] == [Failure] * 24
    assert all(isinstance(outcome.error, WorkerDiedError) for outcome in outcomes if isinstance(outcome, Failure))


@isolating
@WAYS
def test_a_call_whose_worker_dies_fails_alone(subject: Subject, function: Callable[[int], int], words: str) -> None:
    with subject.make() as pool:
        futures = [pool.submit(function, number) for number in range(8)]

        errors = [future.exception() for future in futures]

    assert [error is None for error in errors] == [number != 3 for number in range(8)]
    assert isinstance(errors[3], WorkerDiedError)
    assert words in str(errors[3])


@isolating
def test_calls_that_all_end_their_workers_fail_each_alone(subject: Subject) -> None:
    with subject.make() as pool:
        futures = [pool.submit(always_exit, number) for number in range(24)]

        errors = [future.exception() for future in futures]
        after = pool.submit(double, 2).result()

    assert [type(error) for error in errors] == [WorkerDiedError] * 24
    assert after == 4


@isolating
def test_leaving_early_ends_workers_that_are_on_an_item(subject: Subject, tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    outcomes = subject.make().stream(partial(wait_at_first, gate=gate.path), range(9), ordered=False)

    first = next(outcomes)
    gate.await_somebody()
    del outcomes

    assert first.index != 0


@isolating
def test_a_worker_that_the_kernel_chose_for_its_memory_is_said_to_be(subject: Subject, tmp_path: Path) -> None:
    counter = tmp_path / "proc" / "vmstat"
    counter.parent.mkdir()
    counter.write_text("oom_kill 7\n", encoding="ascii")
    work = partial(be_chosen_at_three, counter=str(counter))
    crew = ProcessCrew(work, range(6), 2, start_method=subject.start_method, recorder=None, root=tmp_path)
    intake = PlainIntake(feed(range(6)), BatchSize(workers=2, target_ns=10_000_000))

    replies = stream(crew, intake, ordered=True, recorder=None)

    failures = [outcome for reply in replies for outcome in outcomes_of(reply) if isinstance(outcome, Failure)]
    assert [failure.index for failure in failures] == [3]
    assert str(failures[0].error).endswith(
        "(SIGKILL) while it held the item; the kernel ran out of memory and chose it"
    )


@isolating
def test_memory_that_is_refused_fails_the_item_and_not_its_worker(subject: Subject) -> None:
    outcomes = list(subject.make().stream(use_too_much_memory_at_three, range(6)))

    errors = {outcome.index: type(outcome.error) for outcome in outcomes if isinstance(outcome, Failure)}
    assert errors == {3: MemoryError}


@every
@pytest.mark.parametrize(("raises", "status"), [(True, 7), (False, 0)])
def test_a_process_that_an_item_forks_does_not_answer_in_its_place(
    subject: Subject,
    raises: bool,  # noqa: FBT001
    status: int,
) -> None:
    if subject.executor == "interpreters":
        pytest.skip("a subinterpreter may not fork")
    work = subject.work(partial(fork_at_three, raises=raises))

    outcomes = list(subject.make().stream(work, range(20)))

    assert outcomes == [Success(status if item == 3 else item, item, item) for item in range(20)]
