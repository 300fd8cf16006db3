"""What the processes say to each other, and nothing keeps.

NAME.present.*   how each part stands now, for pages
NAME.actions     what people ask for, for the one that receives
NAME.past.WHO    what was, asked of the process that has the history of that name
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from turnout.errors import ClusterError
from turnout.jobs.monitor.scale._connecting import where

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg
    from nats.aio.subscription import Subscription

_PATIENCE_S = 2.0
_MOST_WAITING = 32  # questions; what is more is dropped, and not answered


class Messages:
    """Sends and takes them, over a connection that somebody else makes.

    Args:
        url: Where that leads, for people.
        name: What the subjects begin with.
        troubles: What the connection raises.

    Attributes:
        troubles: What the methods raise besides, while the server is away: it is worth another try.
    """

    _client: "Client"

    def __init__(self, url: str, name: str, troubles: tuple[type[Exception], ...]) -> None:
        self._url, self._name = url, name
        self.troubles = troubles

    @property
    def is_connected(self) -> bool:
        """Whether the server is there now."""
        return self._client.is_connected

    # ── what people look at ───────────────────────────────────────────────────────────────────────────────────────

    async def show(self, name: str, content: bytes) -> None:
        """Tell all that `look` how something stands that has a name; nothing is kept, and it may be lost."""
        await self._client.publish(f"{self._name}.present.{name}", content)

    async def look(self, take: Callable[[str, bytes], None]) -> None:
        """Have a function called with each name and content that somebody shows, until the connection is closed.

        Raises:
            ClusterError: If there is no connection.
        """

        async def hand_on(message: "Msg") -> None:
            take(message.subject.rpartition(".")[2], message.data)

        await self._hear(f"{self._name}.present.*", hand_on)

    # ── what people ask of the past ───────────────────────────────────────────────────────────────────────────────

    async def ask(self, who: str, question: bytes) -> bytes:
        """Return what the process answers that has the history of a name.

        Raises:
            ClusterError: If none has it now, or it does not answer within 2 s.
        """
        try:
            return (await self._client.request(f"{self._name}.past.{who}", question, timeout=_PATIENCE_S)).data
        except self.troubles as error:
            raise ClusterError(f"the monitor that has the history {who} does not answer") from error

    async def take_questions(self, who: str, answer: Callable[[bytes, int], Awaitable[bytes]]) -> None:
        """Answer what is asked of a history, one question after the other, until the connection is closed.

        Args:
            who: The name of the history.
            answer: Takes a question, and how many bytes an answer may have.

        Raises:
            ClusterError: If there is no connection.
        """

        async def reply(message: "Msg") -> None:
            content = await answer(message.data, self._client.max_payload)
            with suppress(*self.troubles):  # nobody waits for it any more then
                await message.respond(content)

        await self._hear(f"{self._name}.past.{who}", reply, most_waiting=_MOST_WAITING)

    # ── what people ask for ───────────────────────────────────────────────────────────────────────────────────────

    async def send_action(self, content: bytes) -> None:
        """Hand what somebody asked for to the process that receives; it becomes a move of all parts.

        Raises:
            ClusterError: If there is none at the moment.
        """
        try:
            await self._client.request(f"{self._name}.actions", content, timeout=_PATIENCE_S)
        except self.troubles as error:
            raise ClusterError("no monitor receives at the moment; ask again in a few seconds") from error

    async def take_actions(self, take: Callable[[bytes], None]) -> "Subscription":
        """Have a function called with what is asked for, until the subscription is ended."""

        async def answer(message: "Msg") -> None:
            take(message.data)
            await message.respond(b"")

        return await self._client.subscribe(f"{self._name}.actions", cb=answer)

    @asynccontextmanager
    async def answers(self) -> "AsyncIterator[tuple[str, Callable[[], Awaitable[bytes]]]]":
        """Return an address to which others may `answer`, and what waits for the next answer.

        Raises:
            ClusterError: If the connection ends.
        """
        address = self._client.new_inbox()
        try:
            subscription = await self._client.subscribe(address)
        except self.troubles as error:
            raise ClusterError("there is no connection to NATS at the moment; ask again in a few seconds") from error

        async def next_answer() -> bytes:
            try:
                return (await subscription.next_msg(timeout=None)).data
            except self.troubles as error:
                raise ClusterError("the connection to NATS has ended; ask again in a few seconds") from error

        try:
            yield address, next_answer
        finally:
            with suppress(*self.troubles):
                await subscription.unsubscribe()

    async def answer(self, address: str, content: bytes) -> None:
        """Answer somebody; nobody is there any more if a move is made again, and nobody gets it then."""
        with suppress(*self.troubles):
            await self._client.publish(address, content)

    # ── within ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _hear(
        self, subject: str, take: "Callable[[Msg], Awaitable[None]]", *, most_waiting: int = 1 << 19
    ) -> None:
        try:
            await self._client.subscribe(subject, cb=take, pending_msgs_limit=most_waiting)
        except self.troubles as error:
            raise ClusterError(f"the connection to NATS at {where(self._url)} has ended: {error}") from error
