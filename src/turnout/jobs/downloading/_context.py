"""What a try at a file uses."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from turnout.jobs.downloading._board import Board, Line
from turnout.jobs.downloading._finish import Finisher
from turnout.jobs.downloading._places import Places
from turnout.jobs.downloading._terms import Terms
from turnout.transfer import Engine


@dataclass(slots=True, kw_only=True)  # one for each file: frozen, it would cost three times as much
class Context:
    """What a try uses; to be read only.

    Attributes:
        terms: How files are downloaded.
        engine: Makes the exchanges.
        places: Where files come to lie.
        finisher: Checks and names them.
        splices: Threads that move bytes.
        board: Tells how all stands.
        line: Tells how this file stands.
    """

    terms: Terms
    engine: Engine
    places: Places
    finisher: Finisher
    splices: ThreadPoolExecutor
    board: Board
    line: Line
