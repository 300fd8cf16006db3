"""Who may have a connection, where each exchange needs one for itself."""

import asyncio
import threading

from _raw_site import RawSite, Visit
from turnout.transfer import Engine, Manner, Request, Setup
from turnout.transfer._exchange import Exchange
from turnout.transfer._turns import Turns

QUICK = Manner(proxy="", connect_s=5, stall_s=5, deadline_s=10)


def exchange_with(host: str) -> Exchange:
    exchange = Exchange(Setup(), None, None, [])
    exchange.host = host
    return exchange


def test_those_beyond_the_limit_wait_in_their_order() -> None:
    turns = Turns(1, 1)
    first, second, third = (exchange_with("a") for _ in range(3))

    taken = [turns.take(one) for one in (first, second, third)]

    assert taken == [True, False, False]
    assert (turns.give(first), turns.give(second), turns.give(third)) == (second, third, None)


def test_a_host_that_has_enough_lets_others_pass() -> None:
    turns = Turns(3, 2)
    busy = [exchange_with("a") for _ in range(3)]
    taken = [turns.take(one) for one in busy]
    other, late = exchange_with("b"), exchange_with("b")
    taken += [turns.take(other), turns.take(late)]

    following = turns.give(other)

    assert taken == [True, True, False, True, False]
    assert following is late
    assert turns.waiting() == [busy[2]]


def test_hosts_may_have_no_limit_of_their_own() -> None:
    turns = Turns(2, 0)

    taken = [turns.take(exchange_with("a")) for _ in range(3)]

    assert taken == [True, True, False]


def test_one_that_was_cancelled_while_it_waited_is_never_asked_for() -> None:
    asked: list[str] = []
    held = threading.Event()

    async def ask() -> list[int]:
        loop, came = asyncio.get_running_loop(), asyncio.Event()

        def answer(visit: Visit) -> None:
            asked.append(visit.path)
            loop.call_soon_threadsafe(came.set)
            held.wait()
            visit.reply("200 OK", b"hello")

        with RawSite(answer) as site, Engine(Setup(connections=1)) as engine:
            tasks = [
                asyncio.create_task(engine.exchange(Request(site.url + path), None, QUICK))
                for path in ("/1", "/2", "/3")
            ]
            await came.wait()
            tasks[1].cancel()
            await asyncio.wait([tasks[1]])
            held.set()
            return [(await task).status for task in tasks if task is not tasks[1]]

    statuses = asyncio.run(ask())

    assert statuses == [200, 200]
    assert asked == ["/1", "/3"]
