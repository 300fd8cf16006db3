"""CPython's tests that cannot apply to our executors, each with the reason; `docs/conformance.md` tells the same."""

from dataclasses import dataclass

PRIVATE = "reads private attributes of the standard library's pool"
SURVIVES = "expects a worker that dies to break the pool; ours fails the one call it was on, and goes on"
KEEPS_ERROR = "expects a broken pool; ours fails the one call, with the error that unpickling raised"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption:
    """A test, or several alike.

    Attributes:
        tests: ``Class.test``, as a shell pattern.
        reason: Why it cannot apply.
        since: The first version of Python that has it.
    """

    tests: str
    reason: str
    since: tuple[int, int] = (3, 11)


EXEMPTIONS = (
    Exemption(tests="ProcessPool*ExecutorTest.test_killed_child", reason=SURVIVES),
    Exemption(tests="ProcessPool*ExecutorDeadlockTest.test_crash_at_task_unpickle", reason=SURVIVES),
    Exemption(tests="ProcessPool*ExecutorDeadlockTest.test_crash_during_func_exec_on_worker", reason=SURVIVES),
    Exemption(tests="ProcessPool*ExecutorDeadlockTest.test_crash_during_result_pickle_on_worker", reason=SURVIVES),
    Exemption(tests="ProcessPool*ExecutorDeadlockTest.test_shutdown_deadlock", reason=SURVIVES),
    Exemption(tests="ProcessPool*ExecutorDeadlockTest.test_crash_big_data", reason=SURVIVES, since=(3, 13)),
    Exemption(
        tests="ProcessPool*ExecutorTest.test_python_finalization_error",
        reason="has the start of a second helper thread fail; ours starts one",
        since=(3, 13),
    ),
    Exemption(tests="ProcessPool*ExecutorDeadlockTest.test_error_at_task_unpickle", reason=KEEPS_ERROR),
    Exemption(tests="ProcessPool*ExecutorDeadlockTest.test_exit_at_task_unpickle", reason=KEEPS_ERROR),
    Exemption(
        tests="ProcessPool*ExecutorDeadlockTest.test_e*_during_result_unpickle_in_result_handler", reason=KEEPS_ERROR
    ),
    Exemption(tests="ProcessPool*ExecutorDeadlockTest.test_shutdown_deadlock_pickle", reason=PRIVATE),
    Exemption(tests="ProcessPool*ExecutorTest.test_idle_process_reuse_*", reason=PRIVATE),
    Exemption(tests="ProcessPool*ExecutorTest.test_saturation", reason=PRIVATE),
    Exemption(tests="ProcessPool*ExecutorTest.test_max_tasks_per_child_defaults_to_spawn_context", reason=PRIVATE),
    Exemption(
        tests="ProcessPoolForkProcessPoolExecutorTest.test_max_tasks_per_child",
        reason="expects forked workers not to be replaceable; ours are",
    ),
    Exemption(tests="ProcessPoolForkserver*ExecutorTest.test_max_tasks_per_child", reason=PRIVATE),
    Exemption(tests="ProcessPoolSpawn*ExecutorTest.test_max_tasks_per_child", reason=PRIVATE),
    Exemption(tests="ProcessPool*ExecutorTest.test_traceback", reason="compares the cause with a private class"),
    Exemption(tests="ProcessPool*FailingInitializerTest.test_initializer", reason=PRIVATE),
    Exemption(tests="ProcessPool*ShutdownTest.test_processes_terminate", reason=PRIVATE),
    Exemption(tests="ProcessPool*ShutdownTest.test_context_manager_shutdown", reason=PRIVATE),
    Exemption(tests="ProcessPool*ShutdownTest.test_del_shutdown", reason=PRIVATE),
    Exemption(tests="ProcessPool*ShutdownTest.test_shutdown_no_wait", reason=PRIVATE),
)
