"""Emitters in asyncio's loop."""

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from turnout.events._emitter import Emitter


def run_tasks(emitter: "Emitter") -> None:
    """Run what ``async`` handlers left to do to its end, in a loop that is made for it."""

    async def run() -> None:
        loop = asyncio.get_running_loop()
        emitter.bind(lambda: _call_soon(loop, emitter))
        emitter.calls.tasks.loop = loop
        try:
            await emitter.calls.tasks.finish()
        finally:
            emitter.calls.tasks.loop = None
            emitter.release()

    asyncio.run(run())
    emitter.drain()


def _call_soon(loop: asyncio.AbstractEventLoop, emitter: "Emitter") -> None:
    loop.call_soon_threadsafe(emitter.drain)
