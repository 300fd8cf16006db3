"""How files are downloaded."""

from dataclasses import dataclass, field

from turnout.errors import UsageError
from turnout.jobs.downloading._places import IfExists
from turnout.transfer import Manner, Setup, can_be_sent

AUTO_PARTS = 0
_OURS = {"range", "if-range", "accept-encoding"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What holds for all files of a download.

    Attributes:
        folder: Where they come to lie.
        output: What the only file is called, as the user says; None otherwise.
        if_exists: What becomes of a file whose name is taken.
        newer: Whether files that are there are asked for only if the server's are newer, and then replaced.
        parts: Over how many connections a large file comes; `AUTO_PARTS` to find out whether several help.
        headers: Sent with each request.
        setup: Of the engine.
        manner: Of the exchanges.
        flushes: Whether files are flushed to the disk before they get their names.
    """

    folder: str = "."
    output: str | None = None
    if_exists: IfExists = "number"
    newer: bool = False
    parts: int = AUTO_PARTS
    headers: tuple[str, ...] = ()
    setup: Setup = field(default_factory=Setup)
    manner: Manner = field(default_factory=Manner)
    flushes: bool = True

    def __post_init__(self) -> None:
        for header in self.headers:
            name, colon, _ = header.partition(":")
            if not colon or not name.strip() or not can_be_sent(header):
                raise UsageError(f"{header!r} is no header; write 'Name: value', one line in ASCII")
            if name.strip().lower() in _OURS:
                raise UsageError(f"the header {name.strip()} is set by the download itself; leave it out")


@dataclass(slots=True, kw_only=True)  # one for each file: frozen, it would cost three times as much
class Saved:
    """A file that is there; to be read only.

    Attributes:
        url: Where it came from, after redirections.
        path: Where it lies.
        size_bytes: Its length.
        status: ``"saved"``; ``"unchanged"``, as the server has no newer one; or ``"kept"``, as its name was taken.
        received_bytes: How much of it came now; the rest was there from an earlier run.
        parts: Over how many connections it came.
        version: Of HTTP.
        checked: What it was checked against: ``"length"``, ``"sha256 of Repr-Digest"``.
        seconds: How long it took.
    """

    url: str
    path: str
    size_bytes: int
    status: str
    received_bytes: int = 0
    parts: int = 0
    version: str = ""
    checked: tuple[str, ...] = ()
    seconds: float = 0.0
