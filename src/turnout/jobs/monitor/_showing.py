"""The live page of a plan, for as long as a block."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from turnout.errors import UsageError
from turnout.jobs.monitor._plan import Plan
from turnout.jobs.monitor._voice import Voice
from turnout.jobs.monitor.page import Act, Board, Look, Memory, page_app
from turnout.web import Login, serving

_AGAIN_S = 2.0


@asynccontextmanager
async def showing(plan: Plan, board: Board, act: Act, memory: Memory | None, voice: Voice) -> AsyncIterator[None]:
    """Serve the page, if the plan has one.

    Args:
        plan: How.
        board: What is shown.
        act: Does what a reader asks for.
        memory: The past that readers can go back in; None for none.
        voice: Is told where the page is, and if everybody on a network can use it.

    Raises:
        UsageError: If nothing can listen where the plan says.
    """
    page = plan.page
    if page is None:
        yield
        return
    look = Look(title=page.title, low=page.low, high=page.high, limits=plan.limits)
    login = None if page.user is None else Login(user=page.user, password=page.password or "")
    app = page_app(board, plan.layout, act, memory, look=look)
    async with serving(app, port=page.port, host=page.host, login=login) as server:
        voice.note(f"the live page is at {server.url}")
        if login is None and not server.is_local:
            voice.warn(
                f"the page listens on {server.host} and asks for no password: whoever can reach this machine can "
                "acknowledge and silence alarms; give [page] a user and a password_env, or leave host out"
            )
        yield


async def show_in_turn(
    plan: Plan, board: Board, act: Act, memory: Memory | None, voice: Voice, *, again_s: float = _AGAIN_S
) -> None:
    """Serve the page until this is cancelled, as one of several processes that show the same.

    On one machine, they have one port: one process has it, and the others wait for it to end.

    Args:
        plan: As in `showing`.
        board: Likewise.
        act: Likewise.
        memory: Likewise.
        voice: Likewise; and why no page is served, if that is so.
        again_s: After how long it is tried again.
    """
    has_told = False
    while True:
        try:
            async with showing(plan, board, act, memory, voice):
                await asyncio.get_running_loop().create_future()
        except UsageError as error:
            if not has_told:
                voice.note(f"no page is served here: {error}; if another monitor has it, that one shows all")
            has_told = True
        await asyncio.sleep(again_s)
