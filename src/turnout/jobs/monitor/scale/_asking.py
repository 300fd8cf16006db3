"""What somebody asks for, done by all parts: those that look after them say what came of it."""

import asyncio
import json
from collections.abc import Mapping

from turnout.errors import ClusterError, UsageError
from turnout.jobs.monitor._changes import line_of
from turnout.jobs.monitor._core import Machine
from turnout.jobs.monitor._deeds import deed
from turnout.jobs.monitor._log import Record
from turnout.jobs.monitor._types import Change
from turnout.jobs.monitor.scale._nats import Nats

_ANSWER_TO = "answer_to"
_PATIENCE_S = 6.0  # a part that nobody looks after has passed to somebody by then


async def carried_out(
    nats: Nats, action: Mapping[str, object], parts: int, *, patience_s: float = _PATIENCE_S
) -> Mapping[str, object]:
    """Have all parts do something, and return what came of it in the first one that it is about.

    Args:
        nats: Where the parts meet.
        action: As `Machine.act` takes it.
        parts: How many there are.
        patience_s: For how long answers are waited for.

    Raises:
        UsageError: If it is about nothing in any part; then nothing has happened.
        ClusterError: If nobody receives, or parts do not answer: they will do it once somebody looks after them.
    """
    refusals: dict[int, str] = {}
    async with nats.answers() as (address, next_answer):
        await nats.send_action(line_of({**action, _ANSWER_TO: address}).encode())
        try:
            async with asyncio.timeout(patience_s):
                while len(refusals) < parts:
                    answer = json.loads(await next_answer())
                    if "error" not in answer:
                        done: Mapping[str, object] = answer["done"]
                        return done
                    refusals[answer["part"]] = answer["error"]
        except TimeoutError:
            raise ClusterError(_unanswered(list(refusals.values()), parts)) from None
    raise UsageError(refusals[min(refusals)])


async def act_and_answer(nats: Nats, part: int, machine: Machine, record: Record) -> tuple[Change, ...]:
    """Let an action move the machine of a part, tell whoever asked for it, and return what changed."""
    try:
        action = json.loads(record.body)
    except ValueError:
        action = None
    if not isinstance(action, dict):
        return ()  # somebody else has written to where actions go
    changes: tuple[Change, ...] = ()

    def act() -> tuple[Change, ...]:
        nonlocal changes
        changes = tuple(machine.act(action, record.at_ns))
        return changes

    answer: dict[str, object] = {"part": part}
    try:
        answer["done"] = deed(machine, action, act)
    except ValueError as error:  # it is about something in another part, or not understood
        answer["error"] = str(error)
    address = action.get(_ANSWER_TO)
    if isinstance(address, str):
        await nats.answer(address, line_of(answer).encode())
    return changes


def _unanswered(refusals: list[str], parts: int) -> str:
    missing = f"{parts - len(refusals)} of {parts} partitions have not answered, since nobody looks after them"
    if not refusals:
        return f"{missing}; what was asked for is done once somebody does, see turnout monitor status"
    return f"{refusals[0]} in the others, and {missing} at the moment; ask again in a few seconds"
