"""Where monitors meet that share the work: the options about NATS, and what the configuration says beside them."""

import argparse
from argparse import ArgumentTypeError
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from turnout.cli._options import password_file, positive_count
from turnout.errors import UsageError

if TYPE_CHECKING:
    from turnout.jobs.monitor._plan import Plan
    from turnout.jobs.monitor.config import NatsOptions

_OPTIONS = {
    "url": "--nats",
    "partitions": "--partitions",
    "name": "--nats-name",
    "user": "--nats-user",
    "password_file": "--nats-password-file",
    "ca": "--nats-ca",
    "certificate": "--nats-certificate",
    "key": "--nats-key",
}
"""The option that says the same as a key of ``[nats]``."""
_NAMES = {"url": "urls", "password_file": "password", "ca": "authorities"}  # in `NatsOptions`, where it is another


def add_meeting(parser: argparse.ArgumentParser) -> None:
    """Tell ``parser`` of the options."""
    shared = parser.add_argument_group(
        "to share the work with other monitors; [nats] of the configuration says the same"
    )
    shared.add_argument(
        "--nats",
        metavar="URL",
        type=_urls,
        help="NATS server with JetStream, where the monitors meet: nats:// or tls://; several, separated by commas",
    )
    shared.add_argument("--no-nats", action="store_true", help="watch alone, whatever the configuration says")
    shared.add_argument("--partitions", metavar="N", type=positive_count, help="into how many parts (default: 8)")
    shared.add_argument("--nats-name", metavar="NAME", help="monitors of one name share (default: turnout)")
    shared.add_argument("--nats-user", metavar="NAME", help="the name to show to NATS")
    shared.add_argument(
        "--nats-password-file", metavar="FILE", type=password_file, help="what proves it: the first line of a file"
    )
    shared.add_argument("--nats-ca", metavar="FILE", type=_file, help="the certificates to trust, with tls://")
    shared.add_argument("--nats-certificate", metavar="FILE", type=_file, help="what to show of oneself, with tls://")
    shared.add_argument("--nats-key", metavar="FILE", type=_file, help="its private key, if it is in a file of its own")


def nats_of(options: argparse.Namespace, plan: "Plan") -> "NatsOptions | None":
    """Return where the monitors meet: as the configuration says, but for what the options say. None for nowhere.

    Raises:
        UsageError: If that does not go together.
    """
    from turnout.jobs.monitor.config import NatsOptions, mistakes_of  # noqa: PLC0415  the help must not pay for it

    if options.no_nats:
        return None
    values = {key: getattr(options, option[2:].replace("-", "_")) for key, option in _OPTIONS.items()}
    given = {key: value for key, value in values.items() if value is not None}
    if plan.nats is None and "url" not in given:
        for key in given:
            raise UsageError(f"{_OPTIONS[key]}: it is about NATS; name a server with --nats, or in the configuration")
        return None
    nats = replace(plan.nats or NatsOptions(), **{_NAMES.get(key, key): value for key, value in given.items()})
    for key, sentence in mistakes_of(nats, plan.layout):
        place = _OPTIONS[key] if key in given or plan.nats is None else f"{options.config}: [nats] {key}"
        raise UsageError(f"{place}: {sentence}")
    return nats


def _urls(text: str) -> tuple[str, ...]:
    from turnout.jobs.monitor.config import urls_of  # noqa: PLC0415  the help must not pay for it

    return urls_of(text)


def _file(text: str) -> Path:
    from turnout.jobs.monitor.config import existing_file  # noqa: PLC0415  the help must not pay for it

    try:
        return existing_file(Path(text))
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None
