import threading
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from turnout.events._lag import LagProbe
from turnout.events._stats import Block
from turnout.events._watchdog import Watchdog
from turnout.testing import FakeClock


def probe_of(clock: FakeClock, blocks: list[Block]) -> LagProbe:
    return LagProbe(
        clock.wall_ns,
        interval_s=0.01,
        block_s=0.1,
        find_stack=lambda start_ns, end_ns: (f"{start_ns}", f"{end_ns}"),
        blocked=blocks.append,
    )


def test_a_ring_in_time_is_not_late() -> None:
    clock = FakeClock(start_ns=1)
    probe = probe_of(clock, [])

    probe.set()
    clock.wait(9.9)
    probe.ring()

    assert (probe.late_ns, probe.stats().late.count, probe.stats().blocks) == (0, 1, ())


def test_a_late_ring_is_a_block_with_its_stack() -> None:
    clock, blocks = FakeClock(), list[Block]()
    probe = probe_of(clock, blocks)

    probe.set()
    clock.wait(130)
    probe.ring()

    assert blocks == [Block(start_ns=5_000_000, took_ns=125_000_000, stack=("5000000", "130000000"))]
    assert (probe.late_ns, probe.stats().blocks) == (120_000_000, tuple(blocks))


def test_the_watchdog_samples_only_while_its_thread_is_late() -> None:
    clock = FakeClock(start_ns=0)
    watchdog = Watchdog(threading.get_ident(), clock.wall_ns, lambda: 50_000_000, period_s=1)

    for _ in range(3):
        clock.wait(20)
        watchdog.look()

    assert watchdog.find(0, 49_999_999) == ()
    assert watchdog.find(50_000_000, 60_000_000)[-1].endswith(
        "in test_the_watchdog_samples_only_while_its_thread_is_late"
    )


def test_a_thread_that_has_ended_is_nowhere() -> None:
    clock = FakeClock(start_ns=2)
    gone = threading.Thread(target=lambda: None)
    gone.start()
    gone.join()
    watchdog = Watchdog(-1, clock.wall_ns, lambda: 1, period_s=1)

    watchdog.look()

    assert watchdog.find(0, 10**18) == ()


def test_a_stack_has_the_import_and_the_module_and_nothing_between(tmp_path: Path) -> None:
    file = tmp_path / "slow_module.py"
    file.write_text(
        "import sys\nfrom turnout.events._watchdog import stack_of\nSTACK = stack_of(sys._getframe())\n", "utf-8"
    )
    spec = spec_from_file_location("slow_module", file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)

    spec.loader.exec_module(module)

    *_, importing, inside = module.STACK
    assert "test_lag.py:" in importing
    assert inside == f"{file}:3 in <module>"
