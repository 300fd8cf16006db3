"""The page of ``turnout turtle --web``: keys come in over a WebSocket, the drawing goes out."""

import asyncio
from contextlib import suppress

from turnout.jobs.turtle._document import document
from turnout.jobs.turtle._png import png_of
from turnout.jobs.turtle._program import Program
from turnout.jobs.turtle._svg import svg_of
from turnout.jobs.turtle._watcher import Watcher
from turnout.jobs.turtle._words import WORDS
from turnout.web import Answer, App, Asked, Socket, packaged, site

_REFRESH_S = 0.25  # of the loop's lag, if nothing else happens
_PAUSE_S = 1 / 60  # between two messages: no screen shows more


def turtle_app(program: Program, language: str | None = None) -> App:
    """Return the application; all browsers that open it share one drawing.

    Args:
        program: Whose keys and drawing these are. Its handlers run in the event loop that serves the page.
        language: ``"en"`` or ``"fr"``; None for what the browser prefers.

    Raises:
        UnavailableError: If what serves pages is not installed.
    """

    def home(asked: Asked) -> Answer:
        return Answer(body=document(WORDS[asked.language], program.keymap.items(), has_choice=language is None))

    def as_svg(_: Asked) -> Answer:
        drawing = program.drawing
        return Answer(body=svg_of(drawing.segments, drawing.turtle), kind="image/svg+xml")

    async def as_png(_: Asked) -> Answer:
        drawing = program.drawing
        picture = asyncio.to_thread(png_of, tuple(drawing.segments), drawing.turtle)  # it may take a second
        return Answer(body=await picture, kind="image/png")

    async def talk(socket: Socket) -> None:
        watcher = Watcher(program, WORDS[socket.asked.language])
        forget = program.watch(watcher.note)
        telling = asyncio.create_task(_tell(watcher, socket))
        try:
            async for message in socket:
                watcher.receive(message)
                await asyncio.sleep(0)  # keys that are there already must not keep all else from its turn
        finally:
            forget()
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)  # the browser may have gone while it was told

    return site(
        pages={"/": home, "/drawing.svg": as_svg, "/drawing.png": as_png},
        sockets={"/talk": talk},
        files=packaged("turnout.jobs.turtle"),
        languages=[language] if language else sorted(WORDS),
    )


async def _tell(watcher: Watcher, socket: Socket) -> None:
    """Send what is new as soon as it is, and the strip's figures now and then."""
    while True:
        with suppress(TimeoutError):
            await asyncio.wait_for(watcher.has_news.wait(), _REFRESH_S)
        await socket.send(watcher.message())
        await asyncio.sleep(_PAUSE_S)
