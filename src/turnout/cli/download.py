"""``turnout download``: many files, each complete under its name or not there at all."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import Any, BinaryIO, Protocol, Self

from turnout.cli._download_lines import failure_line, summary_lines
from turnout.cli._download_options import add_download_options
from turnout.cli._download_progress import DownloadProgress
from turnout.cli._drafts import write_whole
from turnout.cli._options import STANDARD_OUTPUT
from turnout.cli._stopping import Stopping
from turnout.cli._streams import kept_for_records, write_out
from turnout.clock import wall_ns
from turnout.errors import ExitStatus, ItemsError, UsageError, message_of
from turnout.jobs.downloading._board import Board
from turnout.jobs.downloading._terms import AUTO_PARTS, Saved
from turnout.jobs.downloading._wanted import Wanted, checked_url, shown_url
from turnout.outcomes import Failure, Outcome
from turnout.transfer._types import Manner

SUMMARY = "download files, each complete under its name or not there at all"

STANDARD_INPUT = "-"
_MOST_METALINK = 50_000_000
_KEPT_FAILURES = 20


class Downloads(Protocol):
    """What `turnout.download` returns, as far as it is used here."""

    board: Board

    def __iter__(self) -> Iterator[Outcome[Saved]]: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *_: object) -> None: ...

    def stop(self) -> None:
        """Begin no further file."""
        ...


Start = Callable[..., Downloads]

add_arguments = add_download_options


def run(options: argparse.Namespace, start: Start | None = None, standard_input: BinaryIO | None = None) -> int:
    """Download, and show what became of it.

    Args:
        options: As `add_arguments` describes.
        start: Stands in for `turnout.download`.
        standard_input: Stands in for that of this process.
    """
    wanted = _wanted(options, standard_input)
    begin: Any = start or _download()  # what it gives is held to `Downloads`
    downloads: Downloads = begin(
        wanted,
        options.to,
        output=options.output,
        if_exists=options.exists,
        newer=options.newer,
        checksum=options.checksum,
        parts=options.parts or AUTO_PARTS,
        connections=options.connections,
        host_connections=options.per_host,
        retries=options.retries,
        rate=options.rate,
        bytes_per_s=options.limit,
        deadline_s=options.deadline,
        headers=tuple(options.header),
        cookie_file=options.cookies,
        manner=_manner(options),
        flush=not options.no_flush,
        journal=options.journal,
    )
    began_ns = wall_ns()
    alone = kept_for_records() if options.log == STANDARD_OUTPUT else nullcontext()
    with alone as records:
        known = len(wanted) if isinstance(wanted, list) else None
        progress = None if options.quiet else DownloadProgress(downloads.board, sys.stderr, known)
        stopping = Stopping(downloads.stop, progress.say if progress else _say)
        tally = _Tally()
        try:
            with stopping, downloads:
                _take(downloads, options.log, tally, progress, records)
            if stopping.is_urgent:
                raise KeyboardInterrupt
        except ItemsError as error:  # of the list, which is read while files come
            _say(f"turnout: {error}")
            tally.failed += 1
        folder = options.to if options.output is None else str(Path(options.to, options.output).parent)
        lines = summary_lines(
            downloads.board,
            tally.statuses,
            tally.failures,
            failed=tally.failed,
            seconds=(wall_ns() - began_ns) / 1e9,
            folder=folder,
        )
        with stopping.or_nobody_reads():
            _show(lines, options)
    if stopping.exit_status is not None:
        return stopping.exit_status
    return ExitStatus.FINDING if tally.failed else ExitStatus.OK


class _Tally:
    """What became of the files so far."""

    def __init__(self) -> None:
        self.statuses: Counter[str] = Counter()
        self.failures: list[Failure] = []
        self.failed = 0

    def add(self, outcome: Outcome[Saved]) -> None:
        if isinstance(outcome, Failure):
            self.failed += 1
            if len(self.failures) < _KEPT_FAILURES:
                self.failures.append(outcome)
        else:
            self.statuses[outcome.value.status] += 1


def _take(
    downloads: Downloads,
    log: str | None,
    tally: _Tally,
    progress: DownloadProgress | None,
    records: BinaryIO | None,
) -> None:
    with ExitStack() as open_things:
        write = _log_writer(log, records, open_things)
        if progress:
            open_things.enter_context(progress)
        for outcome in downloads:
            tally.add(outcome)
            if write:
                write(_record(outcome))
            if progress:
                progress.taken += 1
                progress.failed = tally.failed
                if progress.is_terminal and isinstance(outcome, Failure) and tally.failed <= _KEPT_FAILURES:
                    progress.say(f"failed: {failure_line(outcome)}")


def _show(lines: list[str], options: argparse.Namespace) -> None:
    if options.log not in {None, STANDARD_OUTPUT} and not options.quiet:
        _say(f"log: {options.log}")
    if options.quiet:
        for line in lines[1:]:
            if not line[:1].isdigit() or "failed" in line:
                _say(line)
    elif options.log == STANDARD_OUTPUT:
        _say("\n".join(lines))
    else:
        write_out("\n".join(lines))


def _log_writer(
    log: str | None, records: BinaryIO | None, open_things: ExitStack
) -> Callable[[dict[str, Any]], object] | None:
    """Return what writes a record at once; None if nobody asked for a log."""
    if log is None:
        return None
    if log == STANDARD_OUTPUT:
        stream = records or sys.stdout.buffer
    else:
        try:
            stream = open_things.enter_context(Path(log).open("wb", buffering=0))  # noqa: SIM115  closed with the others
        except OSError as error:
            raise UsageError(f"{log!r} cannot be written ({error.strerror}); name another file") from None

    def write(record: dict[str, Any]) -> None:  # values that JSON knows
        try:
            write_whole(stream, json.dumps(record, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
        except BrokenPipeError:
            raise
        except OSError as error:
            remedy = "make room, or name another file, and give the same command"
            raise UsageError(f"the log {log!r} cannot be written ({error.strerror}); {remedy}") from None

    return write


def _record(outcome: Outcome[Saved]) -> dict[str, Any]:  # values that JSON knows
    item = outcome.item
    url = shown_url(item.split(None, 1)[0] if isinstance(item, str) else item.url)
    if isinstance(outcome, Failure):
        error = outcome.error
        return {
            "url": url,
            "status": "failed",
            "cause": getattr(error, "cause", type(error).__name__),
            "reason": message_of(error),
            "attempts": outcome.attempts,
        }
    saved = outcome.value
    return {
        "url": url,
        "status": saved.status,
        "path": saved.path,
        "size_bytes": saved.size_bytes,
        "received_bytes": saved.received_bytes,
        "seconds": round(saved.seconds, 6),
        "parts": saved.parts,
        "http": saved.version,
        "checked": list(saved.checked),
        "from": shown_url(saved.url),
        "attempts": outcome.attempts,
    }


def _download() -> Start:
    from turnout.jobs.downloading import download  # noqa: PLC0415  needs pycurl, which the help does not

    return download


def _wanted(
    options: argparse.Namespace, standard_input: BinaryIO | None
) -> "list[str | Wanted] | Iterable[str | Wanted]":
    """Return what is asked for; a list if all of it is known now."""
    if not options.urls and options.input is None:
        raise UsageError("there is nothing to download; name addresses, or a list of them with -i FILE")
    files: list[str | Wanted] = [checked_url(url) for url in options.urls if url != STANDARD_INPUT]
    streams: list[Iterable[str | Wanted]] = []
    if STANDARD_INPUT in options.urls or options.input == STANDARD_INPUT:
        listed = _read(standard_input or sys.stdin.buffer, "standard input")
        first = next(listed, None)
        if first is None:
            raise UsageError("standard input has no addresses in it; write one a line")
        streams += [first], listed
    if options.input not in {None, STANDARD_INPUT}:
        try:
            with Path(options.input).open("rb") as source:
                in_file = list(_read(source, options.input))
        except OSError as error:
            raise UsageError(f"{options.input!r} cannot be read ({error.strerror}); name another file") from None
        if not in_file:
            raise UsageError(f"{options.input!r} has no addresses in it; write one a line")
        files += in_file
    if not streams:
        return files
    return (one for stream in (files, *streams) for one in stream)


def _read(source: BinaryIO, name: str) -> Iterator[str | Wanted]:
    first = source.readline(_MOST_METALINK)
    if first.lstrip(b"\xef\xbb\xbf \t").startswith(b"<"):
        from turnout.jobs.downloading import looks_like_metalink, read_metalink  # noqa: PLC0415  loads an XML parser

        content = first + source.read(_MOST_METALINK)
        if looks_like_metalink(content):
            yield from read_metalink(content, name)
            return
        raise ItemsError(f"{name} is neither a list of addresses nor a metalink; write one address a line")
    while first:
        line = first.decode("utf-8", "replace").lstrip("\ufeff").strip()
        if line and not line.startswith("#"):
            yield line
        first = source.readline(_MOST_METALINK)


def _manner(options: argparse.Namespace) -> Manner:
    for name in ("ca", "cookies"):
        file = getattr(options, name)
        if file is not None and not Path(file).is_file():
            raise UsageError(f"--{name} {file!r} is not a file; name one")
    if isinstance(options.netrc, str) and not Path(options.netrc).is_file():
        raise UsageError(f"--netrc {options.netrc!r} is not a file; name one")
    return Manner(
        connect_s=options.connect,
        stall_s=options.stall,
        redirects=options.redirects,
        protocol=options.http,
        proxy=options.proxy,
        verify=not options.insecure,
        authorities=options.ca,
        user=options.user,
        netrc=options.netrc or False,
        cookie=options.cookie,
        agent=options.agent,
    )


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
