"""Handlers that are ``async def``: their tasks, in whatever loop there is."""

from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio

Work = Coroutine[Any, Any, object]  # what an ``async def`` handler returns
Done = Callable[[BaseException | None], None]
is_in_handler_task: ContextVar[bool] = ContextVar("is_in_handler_task", default=False)


class Tasks:
    """Runs coroutines in the loop that the emitter is bound to, else in the one that runs in this thread.

    Where there is neither, they wait until `finish` runs them to their end.

    Attributes:
        loop: The loop that the emitter is bound to.
        waiting: Those that no loop has taken.
    """

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        self.waiting: list[tuple[Work, Done]] = []
        self._living: set[asyncio.Task[object]] = set()

    @property
    def are_living(self) -> bool:
        """Whether any is under way."""
        return bool(self._living)

    def start(self, work: Work, done: Done) -> None:
        """Let a coroutine run.

        Args:
            work: The coroutine.
            done: Called at its end, with what it raised, or None.
        """
        import asyncio  # noqa: PLC0415  only who has such handlers pays for it

        loop = self.loop
        if loop is None:
            try:
                loop = asyncio.get_running_loop()
            except RuntimeError:
                self.waiting.append((work, done))
                return
        self._begin(loop, work, done)

    def cancel(self) -> None:
        """Ask each to end, and forget those that no loop has taken."""
        for task in tuple(self._living):
            task.cancel()
        for work, _ in self.waiting:
            work.close()
        self.waiting.clear()

    async def finish(self) -> None:
        """Run those that wait, and those that they bring about, to their end."""
        import asyncio  # noqa: PLC0415  as above

        while self.waiting or self._living:
            waiting, self.waiting = self.waiting, []
            for work, done in waiting:
                self._begin(asyncio.get_running_loop(), work, done)
            await asyncio.wait(tuple(self._living))

    def _begin(self, loop: "asyncio.AbstractEventLoop", work: Work, done: Done) -> None:
        def end(task: "asyncio.Task[object]") -> None:
            self._living.discard(task)
            if not task.cancelled():
                done(task.exception())

        task = loop.create_task(_marked(work))
        self._living.add(task)
        task.add_done_callback(end)


async def _marked(work: Work) -> object:
    is_in_handler_task.set(True)  # what it emits is an effect of an event, and no event from outside
    return await work
