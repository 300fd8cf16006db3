"""Many files from the network, each complete under its name or not there at all."""

import random
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import replace
from math import ceil
from pathlib import Path
from typing import Any, Self

from turnout import _run
from turnout.errors import PassingError, TimeLimitError, UsageError
from turnout.jobs.downloading._board import Board
from turnout.jobs.downloading._digests import asked_digest
from turnout.jobs.downloading._fetch import Fetcher
from turnout.jobs.downloading._places import IF_EXISTS, IfExists
from turnout.jobs.downloading._terms import AUTO_PARTS, Saved, Terms
from turnout.jobs.downloading._wanted import Wanted, wanted_of
from turnout.outcomes import Failure, Outcome
from turnout.pipeline import Retry, RunStatus, stage
from turnout.report._words import duration
from turnout.transfer import Manner, Setup, require_pycurl

DEFAULT_CONNECTIONS = 50
DEFAULT_HOST_CONNECTIONS = 8
DEFAULT_RETRIES = 5
_FIRST_S = 0.5
_LONGEST_S = 60.0
_STREAMS = 4  # files under way for each connection: over HTTP/2 they share it, over HTTP/1.1 they wait for it
_AHEAD = 4  # for so many connections, one more file waits: none is idle while what it brought is being written


class Downloads:
    """Files that are downloaded while their outcomes are taken, in the order in which they are there.

    Made by `turnout.download`, which describes the arguments.
    """

    def __init__(
        self,
        items: Iterable[str | Wanted],
        terms: Terms,
        *,
        at_once: int,
        host_at_once: int,
        retry: Retry,
        rate: float | None,
        deadline_s: float | None,
        journal: str | Path | None,
    ) -> None:
        self.board = Board()
        self._fetcher = Fetcher(terms, self.board)
        self._retry = retry
        self._run = _run.run(
            stage(
                self._fetcher,
                executor="asyncio",
                workers=at_once,
                ordered=False,
                timeout_s=deadline_s,
                retries=retry,
                rate=rate,
                key=_host,
                key_limit=host_at_once,
                name="download",
            ),
            items,
            journal=journal,
            trace=False,
        )

    @property
    def status(self) -> RunStatus:
        """How it stands."""
        return self._run.status

    def stop(self) -> None:
        """Begin no further file; those under way may take half a second more, and can be gone on with later."""
        self._run.stop()

    def close(self) -> None:
        """Leave at once."""
        self._run.close()
        self._fetcher.close()

    def __iter__(self) -> Iterator[Outcome[Saved]]:
        try:
            for outcome in self._run:
                yield self._explained(outcome)
        finally:
            self.close()

    def _explained(self, outcome: Outcome[Saved]) -> Outcome[Saved]:
        """Say of a file that was not asked for again, as the server asks to wait too long, that this is why."""
        error = outcome.error if isinstance(outcome, Failure) else None
        if not isinstance(outcome, Failure) or not isinstance(error, PassingError):
            return outcome
        wait_s = self._retry.too_long_s(error)
        if wait_s is None:
            return outcome
        asked, most = duration(wait_s), duration(self._retry.longest_hint_s)
        reason = f"{error.reason}, and asks to wait for {asked}; more than {most} is not waited for"
        told = PassingError(error.url, error.cause, reason, error.retry_after)
        return replace(outcome, error=told.with_traceback(error.__traceback__))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def download(
    urls: str | Wanted | Iterable[str | Wanted],
    to: str | Path = ".",
    *,
    output: str | None = None,
    if_exists: IfExists = "number",
    newer: bool = False,
    checksum: str | None = None,
    parts: int = AUTO_PARTS,
    connections: int = DEFAULT_CONNECTIONS,
    host_connections: int = DEFAULT_HOST_CONNECTIONS,
    retries: int | Retry = DEFAULT_RETRIES,
    rate: float | None = None,
    bytes_per_s: float | None = None,
    deadline_s: float | None = None,
    headers: Iterable[str] = (),
    cookie_file: str | None = None,
    manner: Manner | None = None,
    flush: bool = True,
    journal: str | Path | None = None,
) -> Downloads:
    """Download files into a folder; each is complete under its name, or not there at all.

    What is not complete lies beside it as ``NAME.part``, and is gone on with if the same address is asked for again
    and the server's file is still the same one.

    Args:
        urls: Addresses, or one. Behind an address there may be ``out=NAME`` and ``sha256:HEX``.
        to: The folder, which is made if it is not there.
        output: What the only file is called; by default, each is called as the server or its address says.
        if_exists: What becomes of a file whose name is taken: it gets a ``"number"``, or it is to ``"overwrite"`` the
            one that is there, or to be ``"skip"``-ped.
        newer: Whether to ask only for what is newer than the file that is there, and to replace that.
        checksum: What the only file must hash to: ``"sha256:HEX"``.
        parts: Over how many connections a large file comes; by default it is found out whether several help, up to 8.
        connections: How many may be open at once.
        host_connections: How many to one host.
        retries: How often a file is tried again whose failure may pass, or a `turnout.Retry` that tells more.
        rate: How many files may be begun in a second.
        bytes_per_s: How fast all of it may come together.
        deadline_s: How long one try at a file may take.
        headers: Sent with each request: ``"Accept: image/png"``.
        cookie_file: Cookies in Netscape's format; those that servers set are sent back during the download.
        manner: How exchanges are made: time limits, redirections, proxy, certificates, passwords.
        flush: Whether files are flushed to the disk before they get their names.
        journal: A file that keeps what is done, so that the same call goes on with the rest.

    Returns:
        An iterable of outcomes, which can be used once: `Saved` files and failures, in the order in which they end.

    Raises:
        UsageError: If an argument is off.
        UnavailableError: If pycurl is not installed.
    """
    require_pycurl()
    wanted: Iterable[str | Wanted] = [urls] if isinstance(urls, str | Wanted) else urls
    if output is not None or checksum is not None:
        wanted = [_only(wanted, checksum)]
    if if_exists not in IF_EXISTS:
        raise UsageError(f"if_exists must be one of {', '.join(IF_EXISTS)}, not {if_exists!r}")
    for name, value, least in (
        ("parts", parts, 0),
        ("connections", connections, 1),
        ("host_connections", host_connections, 1),
    ):
        given: object = value  # of whatever type the caller gave
        if not (type(given) is int and given >= least):
            raise UsageError(f"{name} must be a whole number of at least {least}, not {value!r}")
    if bytes_per_s is not None and not bytes_per_s > 0:
        raise UsageError(f"bytes_per_s must be a number above 0, not {bytes_per_s!r}")
    all_known = isinstance(wanted, list | tuple)
    streams = 1 if all_known and all(str(_url(item)).startswith("http:") for item in wanted) else _STREAMS
    terms = Terms(
        folder=str(to if output is None else Path(to, output).parent),
        output=None if output is None else Path(output).name,
        if_exists=if_exists,
        newer=newer,
        parts=parts,
        headers=tuple(headers),
        setup=Setup(
            connections=connections,
            host_connections=max(host_connections, parts),
            rate=bytes_per_s,
            cookies=cookie_file is not None,
            cookie_file=cookie_file,
        ),
        manner=manner or Manner(redirects=20),
        flushes=flush,
    )
    return Downloads(
        wanted,
        terms,
        at_once=connections * streams + ceil(connections / _AHEAD),
        host_at_once=host_connections * streams + ceil(host_connections / _AHEAD),
        retry=retries if isinstance(retries, Retry) else default_retry(retries),
        rate=rate,
        deadline_s=deadline_s,
        journal=journal,
    )


def default_retry(times: int) -> Retry:
    """Return when a file is tried again: what may pass, after random waits that grow from half a second."""
    return Retry(times=times, on=(PassingError, TimeLimitError), wait=_back_off)


def _back_off(state: Any) -> float:  # a tenacity.RetryCallState
    longest = min(_LONGEST_S, _FIRST_S * 2.0 ** min(state.attempt_number - 1, 30))
    return random.uniform(longest / 2, longest)  # noqa: S311  to spread, not to be secret


def _host(item: str | Wanted) -> Hashable:
    """Return what an item's connections are counted by."""
    url = _url(item)
    parts = str(url).split("/", 3)
    return parts[2] if len(parts) > 2 else ""  # noqa: PLR2004  scheme, nothing, host, path


def _url(item: str | Wanted) -> str:
    return item.url if isinstance(item, Wanted) else item


def _only(wanted: Iterable[str | Wanted], checksum: str | None) -> Wanted:
    files = list(wanted)
    if len(files) != 1:
        told = f"output and checksum are for a single file, and {len(files)} are asked for"
        raise UsageError(f"{told}; write out=NAME or sha256:HEX behind each address")
    only = wanted_of(files[0])
    if checksum is not None:
        only = replace(only, digests=(*only.digests, asked_digest(checksum)))
    return only
