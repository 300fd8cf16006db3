"""A broker of ours in a process of its own, to be killed: ``python -m stored_broker PORT FILE``."""

import asyncio
import sys
from pathlib import Path

from turnout.mqtt import Broker


async def serve(port: int, path: Path) -> None:
    async with Broker(port=port, store=path):
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
