"""A WARC file of all answers, which goes on where it was when the crawl does."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from io import BytesIO
from os import SEEK_END
from pathlib import Path
from typing import Self

from turnout.errors import UsageError
from turnout.jobs.crawl._types import Fetched
from turnout.jobs.crawl._warcio import WarcWriter


class Archive:
    """Keeps answers as archives do.

    A new file stays empty until `flush`, so that its position can be committed before: what a kill leaves behind is
    then either empty or known.

    Args:
        path: The file, by custom ``name.warc.gz``.
        agent: The User-Agent header that was sent.
        position: How long the file was when the frontier was committed last: what is behind that is written anew. None
            for a new file.

    Raises:
        UsageError: If the file cannot be written, or is there and belongs to nothing.
        UnavailableError: If warcio is not installed.
    """

    def __init__(self, path: Path, agent: str, position: int | None) -> None:
        try:
            is_new = not path.exists() or path.stat().st_size == 0
            if not is_new and (position is None or path.stat().st_size < position):
                raise UsageError(f"{str(path)!r} is there, and is not the archive of this crawl; name another file")
            self._file = path.open("ab")
        except OSError as error:
            raise UsageError(f"{str(path)!r} cannot be written ({error.strerror}); name another file") from None
        self.path = path
        try:
            self._writer = WarcWriter(self._file, agent)
            if is_new:
                head = BytesIO()
                WarcWriter(head, agent).begin(path.name)
                self._file.write(head.getvalue())  # which, unlike warcio, does not flush
            else:
                self._file.truncate(position)
                self._file.seek(0, SEEK_END)
        except BaseException:
            self._file.close()
            raise

    @property
    def position(self) -> int:
        """How long the file is."""
        return self._file.tell()

    def add(self, answers: Sequence[Fetched]) -> None:
        """Write answers, and hand them to the system."""
        with self._told_of():
            for fetched in answers:
                self._writer.write(fetched)
        self.flush()

    def flush(self) -> None:
        """Hand what was written to the system."""
        with self._told_of():
            self._file.flush()

    def close(self) -> None:
        """Close the file."""
        with self._told_of():
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with nullcontext() if kind is None else suppress(UsageError):  # what came before says more
            self.close()

    @contextmanager
    def _told_of(self) -> Iterator[None]:
        """Tell in a sentence that the disk does not take what is written."""
        try:
            yield
        except OSError as error:
            raise UsageError(
                f"the archive {str(self.path)!r} cannot be written ({error.strerror}); make room on its disk, and go "
                "on with the same command"
            ) from error
