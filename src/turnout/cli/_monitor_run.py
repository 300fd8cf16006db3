"""``turnout monitor --config``: the control room itself."""

import argparse
import asyncio
import gc
import os
import sys
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from turnout.cli._monitor_meeting import add_meeting, nats_of
from turnout.cli._monitor_state import add_state
from turnout.cli._options import whole_number
from turnout.cli._stopping import Stopping
from turnout.errors import BrokerError, ExitStatus, StoreError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from turnout.cli._monitor_lines import Lines
    from turnout.jobs.monitor._plan import Plan
    from turnout.jobs.monitor._scaled import ScaledMonitor
    from turnout.jobs.monitor._service import Monitor
    from turnout.progress import Region

SWITCH_S = 0.0005
"""How long a thread may hold the interpreter while the loop waits for it.

Each second, that of the history computes for some 20 ms. With Python's own 5 ms, what comes then waits three times as
long.
"""
COLLECT_AFTER = 20_000
"""How many more objects there must be before cycles among them are looked for.

With Python's own 700, a batch of readings is enough, and each look at all objects holds up 10,000 racks for 60 ms: at
100,000 readings a second, a seventh of the time.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Tell ``parser`` what the command takes."""
    parser.add_argument("--config", metavar="FILE", help="what to watch, see turnout monitor example")
    add_state(parser)
    parser.add_argument(
        "--embedded-broker",
        action="store_true",
        help="start a broker in this process, where the configuration says that one is",
    )
    parser.add_argument("--page", metavar="PORT", type=whole_number, help="port of the live page, 0 for any")
    parser.add_argument("--no-page", action="store_true", help="serve no page")
    add_meeting(parser)
    parser.add_argument("--json", action="store_true", help="print all that becomes of alarms, as lines of JSON")
    parser.add_argument(
        "--each", action="store_true", help="print each alarm that is raised or cleared, and not only what is announced"
    )
    parser.add_argument("--quiet", action="store_true", help="print alarms and trouble only")


def run(options: argparse.Namespace) -> int:
    """Watch until Ctrl-C."""
    if options.config is None:
        raise UsageError("--config names what to watch; turnout monitor example prints one to begin with")
    from turnout.cli._monitor_lines import Lines  # noqa: PLC0415  the help must not pay for it
    from turnout.jobs.monitor._setup import read_plan  # noqa: PLC0415  likewise
    from turnout.jobs.monitor.config import PageOptions  # noqa: PLC0415  likewise

    plan = read_plan(Path(options.config))
    plan = replace(plan, nats=nats_of(options, plan))
    if options.no_page:
        plan = replace(plan, page=None)
    elif options.page is not None:
        plan = replace(plan, page=replace(plan.page or PageOptions(), port=options.page))
    keep_pauses_short()
    with drawn_region(is_quiet=options.quiet) as region:
        lines = Lines(sys.stdout, sys.stderr, is_quiet=options.quiet, as_json=options.json, has_each=options.each)
        return asyncio.run(_watch(options, plan, lines, region))


@contextmanager
def drawn_region(*, is_quiet: bool) -> "Iterator[Region | None]":
    """Yield where the state is drawn, with what is printed above it; None where nobody can see or wants it."""
    if is_quiet or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield None
        return
    from turnout.progress import Region  # noqa: PLC0415  the help must not pay for it

    region = Region(sys.stderr)
    with region.printing_above():
        try:
            yield region
        finally:
            region.erase()


def keep_pauses_short() -> None:
    """Have neither other threads nor the search for cycles hold up the loop for long, in this whole process."""
    sys.setswitchinterval(SWITCH_S)
    gc.set_threshold(COLLECT_AFTER)


async def _watch(options: argparse.Namespace, plan: "Plan", lines: "Lines", region: "Region | None") -> int:
    loop, stopping = asyncio.get_running_loop(), asyncio.Event()

    def stop() -> None:
        loop.call_soon_threadsafe(stopping.set)

    signals = Stopping(stop, lambda text: print(text, file=sys.stderr, flush=True))
    with signals:
        async with AsyncExitStack() as stack:
            if options.embedded_broker:
                plan = await _with_broker(stack, plan, Path(options.state), lines)
            monitor = _monitor(options, plan, lines)

            def begin() -> None:
                gc.freeze()  # what is there when it begins stays to its end
                if region is not None:
                    stack.callback(_draw(monitor, region).cancel)

            try:
                await monitor.run(stopping, begin)
            except BrokerError as error:
                if options.embedded_broker:
                    raise
                raise BrokerError(f"{error}; start it, or let --embedded-broker start one") from None
    return ExitStatus.OK if signals.exit_status is None else signals.exit_status


def _draw(monitor: "Monitor | ScaledMonitor", region: "Region") -> "asyncio.Task[None]":
    """Draw how a monitor stands until the task is cancelled."""
    from turnout.cli._console import wants_colour  # noqa: PLC0415  the help must not pay for it
    from turnout.cli._monitor_live import LiveStatus  # noqa: PLC0415  likewise

    status = LiveStatus(monitor.board, region, colour=wants_colour(sys.stderr))
    return asyncio.create_task(status.run())


def _monitor(options: argparse.Namespace, plan: "Plan", lines: "Lines") -> "Monitor | ScaledMonitor":
    folder = Path(options.state)
    if plan.nats is None:
        from turnout.jobs.monitor._service import Monitor  # noqa: PLC0415  the help must not pay for it

        return Monitor(plan, folder, lines)
    from turnout.jobs.monitor._scaled import ScaledMonitor  # noqa: PLC0415  likewise
    from turnout.jobs.monitor._setup import meeting_of  # noqa: PLC0415  likewise

    return ScaledMonitor(plan, folder, lines, meeting=meeting_of(plan.nats))


async def _with_broker(stack: AsyncExitStack, plan: "Plan", folder: Path, lines: "Lines") -> "Plan":
    """Start a broker, and return the plan with its port."""
    from turnout.jobs.monitor._control import locked  # noqa: PLC0415  the help must not pay for it
    from turnout.mqtt import Broker  # noqa: PLC0415  likewise

    access = plan.access
    if access.tls is not None:
        raise UsageError(
            "the embedded broker is without TLS; write mqtt:// into the configuration, or start another one"
        )
    with locked(folder):  # or it is the broker's file that is said to be in use, and not the folder
        pass
    users = {access.user: access.password or ""} if access.user is not None else None
    store: Path | None = folder / "broker.sqlite"
    try:
        try:
            broker = await stack.enter_async_context(Broker(access.host, access.port, users=users, store=store))
        except StoreError as error:
            store = _another_store(error, lines)
            broker = await stack.enter_async_context(Broker(access.host, access.port, users=users, store=store))
    except BrokerError as error:
        raise BrokerError(f"{error}; if that is the broker, leave --embedded-broker out") from None
    lines.note(f"a broker listens at mqtt://{access.host}:{broker.port}")
    return replace(plan, access=replace(access, port=broker.port))


def _another_store(error: StoreError, lines: "Lines") -> Path | None:
    """Return where a broker keeps its sessions instead: nowhere, if the disk takes nothing."""
    from turnout.clock import epoch_ns  # noqa: PLC0415  the help must not pay for it
    from turnout.jobs.monitor._aside import move_aside  # noqa: PLC0415  likewise

    path = Path(error.path)
    if error.is_damaged:
        with suppress(OSError):
            aside = move_aside(path, epoch_ns())
            lines.warn(f"{error}; it is {aside} now, and a new file begins: messages that waited in it are lost")
            return path
    lines.warn(f"{error}; the broker keeps them in memory: what comes while this process is away is lost")
    return None
