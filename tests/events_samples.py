"""Reports of emitters to be rendered."""

from turnout.measurement import Environment
from turnout.report import CallLane, EventsReport, HandlerRow, KindRow, LoopRow, SlowRow

EVIL = "</script><img src=x onerror=alert(1)>\u202egnihtyna"
ENVIRONMENT = Environment(
    timestamp="2026-11-28T12:00:00+0000",
    turnout="0.1.0",
    python="CPython 3.11.7",
    gil=True,
    platform="Linux x86_64",
    usable_cpus=2,
    load=0.5,
    overhead_ns={},
)


def counts(**by_bits: int) -> tuple[int, ...]:
    """Return a histogram: ``counts(b12=3)`` has three calls of 12 bits."""
    return tuple(by_bits.get(f"b{bits}", 0) for bits in range(65))


def keys_report() -> EventsReport:
    stack = ("app.py:30 in heavy", "app.py:9 in count_primes")
    slow = SlowRow(handler="heavy", event="KeyPressed(key='h')", start_ns=500_000_000, took_ns=130_000_000, stack=stack)
    late = SlowRow(handler=None, event="", start_ns=510_000_000, took_ns=122_000_000, stack=stack)
    other = SlowRow(handler=None, event="", start_ns=900_000_000, took_ns=105_000_000, stack=())
    return EventsReport(
        title="keys",
        wall_ns=2_000_000_000,
        environment=ENVIRONMENT,
        handlers=(
            HandlerRow(
                handler="heavy",
                kind="KeyPressed",
                calls=41,
                failed=0,
                total_ns=130_200_000,
                half_ns=4_095,
                most_ns=130_000_000,
                longest_ns=130_000_000,
                counts=counts(b12=40, b27=1),
            ),
            HandlerRow(
                handler="ask",
                kind="question.*",
                calls=1,
                failed=1,
                total_ns=90_000_000,
                half_ns=90_000_000,
                most_ns=90_000_000,
                longest_ns=90_000_000,
                counts=counts(b27=1),
                is_removed=True,
                is_waiting=True,
            ),
        ),
        kinds=(
            KindRow(kind="KeyPressed", count=41, queued=12, half_ns=8_191, most_ns=131_000_000),
            KindRow(kind="Moved", count=9, queued=9, half_ns=100, most_ns=200, dropped=1, merged=30, most_waiting=1),
        ),
        lanes=(
            CallLane(
                name="heavy",
                calls=((100_000_000, 101_000_000), (500_000_000, 630_000_000), (700_000_000, 700_020_000)),
            ),
            CallLane(name="thumbnail", calls=((50_000_000, 300_000_000),), is_elsewhere=True),
        ),
        most_waiting=12,
        slow=(slow,),
        slow_ns=100_000_000,
        loop=LoopRow(
            looks=180,
            half_ns=65_535,
            most_ns=120_000_000,
            longest_ns=122_000_000,
            interval_ns=10_000_000,
            block_ns=100_000_000,
            blocks=(late, other),
        ),
        notes=("thumbnail runs on processes x 2.",),
    )


def empty_report() -> EventsReport:
    return EventsReport(
        title="nothing",
        wall_ns=0,
        environment=None,
        handlers=(),
        kinds=(),
        lanes=(),
        most_waiting=0,
        slow=(),
        slow_ns=100_000_000,
    )


def hostile_report() -> EventsReport:
    row = HandlerRow(
        handler=EVIL,
        kind=EVIL,
        calls=1,
        failed=1,
        total_ns=0,
        half_ns=0,
        most_ns=0,
        longest_ns=0,
        counts=counts(b0=1),
    )
    slow = SlowRow(handler=EVIL, event=EVIL, start_ns=-5, took_ns=0, stack=(EVIL,) * 100)
    return EventsReport(
        title=EVIL,
        wall_ns=0,
        environment=None,
        handlers=(row,) * 300,
        kinds=(KindRow(kind=EVIL, count=1, queued=1, half_ns=0, most_ns=0, dropped=1, merged=1, most_waiting=1),),
        lanes=(CallLane(name=EVIL, calls=((-5, 0), (-5, 3))),) * 100,
        most_waiting=1,
        slow=(slow,) * 40,
        slow_ns=0,
        loop=LoopRow(looks=1, half_ns=0, most_ns=0, longest_ns=0, interval_ns=0, block_ns=0, blocks=(slow, slow)),
        notes=(EVIL,),
    )
