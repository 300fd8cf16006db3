"""One engine for all that runs in an event loop, closed when the loop ends."""

import asyncio
from collections.abc import AsyncGenerator
from weakref import WeakKeyDictionary

from turnout.transfer._engine import Engine
from turnout.transfer._types import Setup

_Lives = dict[Setup, tuple[Engine, AsyncGenerator[Engine, None]]]
_engines: "WeakKeyDictionary[asyncio.AbstractEventLoop, _Lives]" = WeakKeyDictionary()


async def shared_engine(setup: Setup) -> Engine:
    """Return the running loop's engine for this setup, which is made when it is first asked for."""
    lives = _engines.setdefault(asyncio.get_running_loop(), {})
    known = lives.get(setup)
    if known is None or known[0].is_closed:
        life = _life(setup)
        known = lives[setup] = (await anext(life), life)
    return known[0]


async def _life(setup: Setup) -> AsyncGenerator[Engine, None]:
    """Yield an engine; `asyncio.run` ends the generators of its loop before it closes the loop, and so the engine."""
    with Engine(setup) as engine:
        yield engine
