import threading

import pytest

from executors.work import double
from turnout import Success
from turnout.errors import ExecutorError, UnavailableError
from turnout.executors import Batch, ThreadExecutor
from turnout.trace import Recorder


def test_a_thread_that_cannot_start_is_told_to_the_caller() -> None:
    before = threading.stack_size(1 << 46)  # more than there is
    try:
        with pytest.raises(UnavailableError, match="can't start new thread"):
            list(ThreadExecutor(1).stream(double, range(3)))
    finally:
        threading.stack_size(before)


def test_a_thread_that_is_still_on_an_item_does_not_hold_who_leaves() -> None:
    gate, entered = threading.Event(), threading.Event()

    def block(number: int) -> int:
        if number:
            entered.set()
            gate.wait()
        return number

    recorder = Recorder()
    outcomes = ThreadExecutor(2).stream(block, range(2), batch_size=1, recorder=recorder)
    first = next(outcomes)
    entered.wait()

    del outcomes
    trace = recorder.trace()
    gate.set()

    assert first == Success(0, 0, 0)
    assert len(trace.usage) < len(trace.workers)


def test_each_thread_is_a_lane_of_the_timeline() -> None:
    recorder = Recorder()
    barrier = threading.Barrier(2)

    list(ThreadExecutor(2).stream(lambda _number: barrier.wait(), range(4), batch_size=1, recorder=recorder))

    trace = recorder.trace()
    assert [worker.label for worker in trace.workers] == ["thread 1", "thread 2"]
    assert sorted(trace.usage) == [0, 1]


def test_no_threads_are_refused() -> None:
    with pytest.raises(ExecutorError, match="not 0"):
        ThreadExecutor(0)


def test_threads_that_are_left_behind_end_after_their_item() -> None:
    gate, both = threading.Event(), threading.Barrier(3)
    threads: list[threading.Thread] = []

    def block(number: int) -> int:
        threads.append(threading.current_thread())
        both.wait()
        gate.wait()
        return number

    crew = ThreadExecutor(2).crew(block, (), None)
    crew.put(Batch(0, [0]))
    crew.put(Batch(1, [1]))
    both.wait()

    crew.abort()
    crew.close(None)
    gate.set()
    for thread in threads:
        thread.join(20)

    assert [thread.is_alive() for thread in threads] == [False, False]
