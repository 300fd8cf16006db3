"""Changes that are handed on: once each, in order, and again after a restart."""

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, TypeVar

import pytest

from jobs.monitor.reactions.cooled_zones import change
from jobs.monitor.reactions.hooks import Hook, answer, hook
from turnout.jobs.monitor._types import Change, ChangeKind, Severity
from turnout.jobs.monitor.reactions import (
    CommandReaction,
    Deliveries,
    Entry,
    Match,
    MqttReaction,
    Patience,
    WebhookReaction,
)

T = TypeVar("T")
BRIEF = Patience(first_s=0.001, longest_s=0.002, tries=3, timeout_s=5.0)
RAISED = change(ChangeKind.RAISED, 1.0)
CLEARED = change(ChangeKind.CLEARED, 2.0)


class Receiver:
    """Takes what is published, logged and noted."""

    def __init__(self) -> None:
        self.published: list[tuple[str, dict[str, Any]]] = []  # as JSON has it
        self.log: list[Entry] = []
        self.notes: list[Mapping[str, object]] = []
        self.noted = asyncio.Event()
        self.on_publish: Callable[[str, dict[str, Any]], None] = lambda _topic, _said: None  # likewise

    def note(self, noted: Mapping[str, object]) -> None:
        self.notes.append(noted)
        self.noted.set()

    async def publish(self, topic: str, payload: bytes) -> None:
        self.published.append((topic, json.loads(payload)))
        self.on_publish(*self.published[-1])

    def deliveries(self, *reactions: Any, most_pending: int = 100) -> Deliveries:  # of the three kinds
        return Deliveries(
            reactions,
            publish=self.publish,
            log=self.log.append,
            note=self.note,
            now_ns=lambda: 7,
            spread=lambda: 0.0,
            most_pending=most_pending,
        )

    def events(self) -> list[str]:
        return [entry.event for entry in self.log]


def run(work: Coroutine[Any, Any, T]) -> T:  # what coroutines send and get is asyncio's
    return asyncio.run(work)


async def deliver(deliveries: Deliveries, *changes: Change) -> None:
    deliveries.start()
    for one in changes:
        deliveries.take(one)
    async with asyncio.timeout(20):
        await deliveries.settled()


def webhook(server: Hook, **more: Any) -> WebhookReaction:  # its options
    return WebhookReaction(name="hook", url=server.url, **{"patience": BRIEF, **more})


def test_a_change_is_posted_once_with_all_that_is_known_of_it() -> None:
    receiver = Receiver()

    async def go() -> Hook:
        async with hook(answer(200)) as server:
            await deliver(receiver.deliveries(webhook(server)), RAISED, RAISED)
            return server

    server = run(go())

    said = json.loads(server.bodies[0])
    assert len(server.bodies) == 1
    assert (said["change"], said["rule"], said["zone"], said["severity"]) == ("raised", "hot", "z1", "critical")
    assert said["cause"][0]["sensor"] == "r1/inlet"
    assert f"Idempotency-Key: {said['id']}" in server.heads[0]
    assert receiver.events() == ["done"]
    assert receiver.log[0].cause == RAISED.alarm.cause
    assert receiver.notes == [{"delivery": said["id"], "event": "done"}]


def test_a_failure_that_may_pass_is_tried_again() -> None:
    receiver = Receiver()

    async def go() -> Hook:
        async with hook(answer(503), b"", answer(200)) as server:
            await deliver(receiver.deliveries(webhook(server)), RAISED)
            return server

    server = run(go())

    assert receiver.events() == ["tried", "tried", "done"]
    assert len({json.loads(body)["id"] for body in server.bodies}) == 1


def test_a_delivery_is_given_up_after_its_tries() -> None:
    receiver = Receiver()

    async def go() -> Deliveries:
        async with hook(answer(503)) as server:
            deliveries = receiver.deliveries(webhook(server))
            await deliver(deliveries, RAISED)
            return deliveries

    deliveries = run(go())

    assert receiver.events() == ["tried", "tried", "failed"]
    assert "answered 503" in receiver.log[-1].details["reason"]
    assert (deliveries.failed, deliveries.pending) == (1, 0)


def test_a_refusal_is_not_tried_again() -> None:
    receiver = Receiver()

    async def go() -> None:
        async with hook(answer(404)) as server:
            await deliver(receiver.deliveries(webhook(server)), RAISED)

    run(go())

    assert receiver.events() == ["failed"]


def test_changes_of_one_alarm_keep_their_order_though_the_first_fails_at_first() -> None:
    receiver = Receiver()

    async def go() -> Hook:
        async with hook(answer(503), answer(200)) as server:
            await deliver(receiver.deliveries(webhook(server)), RAISED, CLEARED)
            return server

    server = run(go())

    assert [json.loads(body)["change"] for body in server.bodies] == ["raised", "raised", "cleared"]


def test_a_receiver_that_never_answers_holds_up_no_other_alarm() -> None:
    receiver = Receiver()

    async def go() -> list[str]:
        async with hook(None, answer(200)) as server:
            deliveries = receiver.deliveries(webhook(server))
            deliveries.start()
            deliveries.take(RAISED)
            await server.came.wait()
            deliveries.take(change(ChangeKind.RAISED, 1.0, zone="z2"))
            await receiver.noted.wait()
            await deliveries.close()
            return [str(name) for name, *_ in deliveries.snapshot()["pending"]]

    pending = run(go())

    assert pending == [f"hook/hot/z1/raised/{RAISED.time_ns}"]
    assert [entry.subject for entry in receiver.log] == ["z2"]


def test_only_what_matches_is_delivered() -> None:
    receiver = Receiver()
    matches = [
        Match(rules=("other",)),
        Match(zones=("z2",)),
        Match(at_least=Severity.CRITICAL, changes=("cleared",)),
        Match(rules=("hot",), zones=("z1",), at_least=Severity.CRITICAL),
    ]
    reactions = [MqttReaction(name=str(place), match=match, topic="t") for place, match in enumerate(matches)]

    async def go() -> None:
        await deliver(receiver.deliveries(*reactions), RAISED, change(ChangeKind.RAISED, 1.0, severity=Severity.INFO))

    run(go())

    assert [entry.reaction for entry in receiver.log] == ["3"]


def test_a_topic_is_filled_in_and_cannot_become_a_pattern() -> None:
    receiver = Receiver()
    reaction = MqttReaction(name="tell", topic="alarms/{zone}/{rule}/{severity}/{subject}")

    async def go() -> None:
        await deliver(receiver.deliveries(reaction), change(ChangeKind.RAISED, 1.0, rule="#+\0"))

    run(go())

    assert [topic for topic, _ in receiver.published] == ["alarms/z1/___/critical/z1"]


def test_a_publication_is_repeated_until_its_receiver_acknowledges_it() -> None:
    receiver = Receiver()
    patience = Patience(first_s=0.001, longest_s=0.001, tries=5, timeout_s=0.05)
    reaction = MqttReaction(name="tell", topic="t", acknowledged_on="acks", patience=patience)

    async def go() -> Deliveries:
        deliveries = receiver.deliveries(reaction)

        def acknowledge_third(_topic: str, said: dict[str, Any]) -> None:  # as JSON has it
            for payload in (b"\xff", b"[]", b'{"id": "other"}', b'{"id": 3}'):
                deliveries.message("acks", payload)
            if len(receiver.published) == 3:
                deliveries.message("acks", json.dumps({"id": said["id"]}).encode())
                deliveries.message("acks", json.dumps({"id": said["id"]}).encode())

        receiver.on_publish = acknowledge_third
        await deliver(deliveries, RAISED)
        return deliveries

    deliveries = run(go())

    assert deliveries.topics == ("acks",)
    assert receiver.events() == ["tried", "tried", "done"]
    assert "not acknowledged by a message on acks" in receiver.log[0].details["reason"]


def test_a_program_is_told_of_the_change(tmp_path: Path) -> None:
    receiver = Receiver()
    script = (
        "import json, os, sys; said = json.load(sys.stdin); e = os.environ;"
        "assert json.loads(e['TURNOUT_JSON']) == said;"
        "open(sys.argv[1], 'w').write(' '.join([said['id'], e['TURNOUT_ZONE'], e['TURNOUT_SEVERITY']]))"
    )
    reaction = CommandReaction(name="page", words=(sys.executable, "-S", "-c", script, str(tmp_path / "said")))

    async def go() -> None:
        await deliver(receiver.deliveries(reaction), RAISED)

    run(go())

    assert (tmp_path / "said").read_text() == f"page/hot/z1/raised/{RAISED.time_ns} z1 critical"
    assert receiver.events() == ["done"]


def test_after_a_restart_only_what_was_not_done_is_done() -> None:
    before, after = Receiver(), Receiver()
    reaction = MqttReaction(name="tell", topic="t", acknowledged_on="acks")
    third = change(ChangeKind.RAISED, 3.0, zone="z2")

    async def first_life() -> dict[str, Any]:  # as JSON has it
        deliveries = before.deliveries(reaction)
        before.on_publish = lambda _topic, said: deliveries.message("acks", json.dumps(said).encode())
        await deliver(deliveries, RAISED)
        before.on_publish = lambda _topic, _said: None
        deliveries.take(CLEARED)
        await asyncio.sleep(0)
        state = deliveries.snapshot()
        await deliveries.close()
        return state

    async def second_life(state: dict[str, Any]) -> None:  # likewise
        deliveries = after.deliveries(reaction)
        after.on_publish = lambda _topic, said: deliveries.message("acks", json.dumps(said).encode())
        deliveries.restore(json.loads(json.dumps(state)))
        deliveries.apply({"delivery": f"tell/hot/z2/raised/{third.time_ns}", "event": "done"})
        await deliver(deliveries, RAISED, CLEARED, third)

    run(second_life(run(first_life())))

    assert [said["change"] for _, said in before.published] == ["raised", "cleared"]
    assert [said["change"] for _, said in after.published] == ["cleared"]


def test_what_was_noted_as_done_after_the_snapshot_is_pending_no_more() -> None:
    receiver = Receiver()
    deliveries = receiver.deliveries(MqttReaction(name="tell", topic="t"))
    deliveries.take(RAISED)
    name = f"tell/hot/z1/raised/{RAISED.time_ns}"

    deliveries.apply({"delivery": name, "event": "done"})
    run(deliver(deliveries, RAISED))

    assert receiver.published == []
    assert deliveries.snapshot() == {"pending": [], "done": [name]}


def test_what_belongs_to_no_reaction_any_more_is_left_out() -> None:
    receiver = Receiver()
    deliveries = receiver.deliveries()

    deliveries.restore({"pending": [["gone/x", "gone", {}, 1]], "done": []})

    assert deliveries.pending == 0


def test_a_flood_of_changes_is_bounded() -> None:
    receiver = Receiver()
    deliveries = receiver.deliveries(MqttReaction(name="tell", topic="t"), most_pending=3)

    for second in range(5):
        deliveries.take(change(ChangeKind.RAISED, second, rule=str(second)))

    assert deliveries.pending == 3
    assert (deliveries.failed, receiver.events()) == (2, ["failed", "failed"])


@pytest.mark.parametrize(("tried", "wait_s"), [(1, 1.0), (2, 2.0), (4, 8.0), (6, 30.0), (5_000, 30.0)])
def test_waits_double_up_to_the_longest(tried: int, wait_s: float) -> None:
    assert Patience().wait_s(tried) == wait_s
