"""The ways in which a change is handed to somebody else: published, posted, or given to a program."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeAlias

from turnout.errors import TurnoutError
from turnout.jobs.monitor.reactions._options import CommandReaction, Delivery, MqttReaction, WebhookReaction
from turnout.jobs.monitor.reactions._program import run_program
from turnout.jobs.monitor.reactions._webhook import post

Publish: TypeAlias = Callable[[str, bytes], Awaitable[object]]
"""Publishes a payload on a topic with QoS 1; done when the broker has taken it."""

_WORDS = ("change", "rule", "subject", "zone", "room", "severity", "value")
_MOST_ENVIRONMENT = 100_000  # bytes; Linux takes 128 kB for one variable
_NOT_IN_TOPICS = str.maketrans(dict.fromkeys("+#\0", "_"))


class UnansweredError(TurnoutError):
    """Nobody acknowledged what was published."""


class Receipts:
    """Acknowledgements that are waited for: messages ``{"id": ...}`` on a topic."""

    def __init__(self) -> None:
        self._awaited: dict[tuple[str, str], asyncio.Future[None]] = {}

    @contextmanager
    def awaiting(self, topic: str | None, name: str) -> "Iterator[asyncio.Future[None]]":
        """Give what is done when the acknowledgement comes; at once if there is no topic that it could come on."""
        awaited: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if topic is None:
            awaited.set_result(None)
            yield awaited
            return
        self._awaited[topic, name] = awaited
        try:
            yield awaited
        finally:
            del self._awaited[topic, name]

    def message(self, topic: str, payload: bytes) -> None:
        """Note a message on one of the topics."""
        try:
            said = json.loads(payload)
        except (ValueError, RecursionError):
            return
        name = said.get("id") if isinstance(said, dict) else None
        awaited = self._awaited.get((topic, name)) if isinstance(name, str) else None
        if awaited is not None and not awaited.done():
            awaited.set_result(None)


async def hand_over(
    reaction: Delivery, name: str, change: Mapping[str, Any], publish: Publish, receipts: Receipts
) -> None:
    """Do a reaction once.

    Args:
        reaction: Which.
        name: Of this delivery: the same at each try, also after a restart, so that receivers can tell.
        change: As JSON has it.
        publish: Publishes.
        receipts: Where acknowledgements are waited for.

    Raises:
        TurnoutError: If it has not come to its end.
    """
    body = json.dumps({"id": name, **change}, ensure_ascii=False).encode(errors="backslashreplace")
    timeout_s = reaction.patience.timeout_s
    match reaction:
        case WebhookReaction():
            headers = (*reaction.headers, ("Idempotency-Key", _header_of(name)))
            await post(reaction.url, body, headers=headers, authorities=reaction.authorities, timeout_s=timeout_s)
        case CommandReaction():
            environment = _environment(name, change, body)
            await run_program(reaction.words, body, environment=environment, timeout_s=timeout_s)
        case MqttReaction():
            acknowledged = receipts.awaiting(reaction.acknowledged_on, name)
            await _publish(reaction, publish(_topic(reaction.topic, change), body), acknowledged)


async def _publish(
    reaction: MqttReaction, published: Awaitable[object], acknowledged: AbstractContextManager["asyncio.Future[None]"]
) -> None:
    timeout_s = reaction.patience.timeout_s
    try:
        with acknowledged as receipt:
            async with asyncio.timeout(timeout_s):
                await published
                await receipt
    except TimeoutError:
        whom = "the broker" if reaction.acknowledged_on is None else f"a message on {reaction.acknowledged_on}"
        raise UnansweredError(f"it was not acknowledged by {whom} within {timeout_s:g} s") from None


def _topic(pattern: str, change: Mapping[str, Any]) -> str:
    for word in ("rule", "subject", "zone", "room", "severity"):
        pattern = pattern.replace(f"{{{word}}}", str(change[word]).translate(_NOT_IN_TOPICS))
    return pattern


def _environment(name: str, change: Mapping[str, Any], body: bytes) -> dict[str, str]:
    said = {f"TURNOUT_{word.upper()}": str(change[word]) for word in _WORDS}
    said["TURNOUT_ID"] = name
    if len(body) <= _MOST_ENVIRONMENT:
        said["TURNOUT_JSON"] = body.decode()
    return {key: value.replace("\0", "") for key, value in said.items()}


def _header_of(name: str) -> str:
    """Return a name as a header can hold it."""
    return json.dumps(name)[1:-1]
