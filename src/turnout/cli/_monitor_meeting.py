"""Where monitors meet that share the work: the options about NATS."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from turnout.cli._options import password_file, positive_count
from turnout.errors import UsageError

if TYPE_CHECKING:
    from turnout.jobs.monitor._scaled import Meeting

_ENCRYPTED = "tls://"


def add_meeting(parser: argparse.ArgumentParser) -> None:
    """Tell ``parser`` of the options."""
    shared = parser.add_argument_group("to share the work with other monitors")
    shared.add_argument(
        "--nats",
        metavar="URL",
        help="NATS server with JetStream, where the monitors meet: nats:// or tls://; several, separated by commas",
    )
    shared.add_argument(
        "--partitions", metavar="N", type=positive_count, default=8, help="into how many parts (default: %(default)s)"
    )
    shared.add_argument(
        "--nats-name", metavar="NAME", default="turnout", help="monitors of one name share (default: %(default)s)"
    )
    shared.add_argument("--nats-user", metavar="NAME", help="the name to show to NATS")
    shared.add_argument(
        "--nats-password-file",
        metavar="FILE",
        dest="nats_password",
        type=password_file,
        help="what proves it: the first line of a file",
    )
    shared.add_argument("--nats-ca", metavar="FILE", help="the certificates to trust, with tls://")
    shared.add_argument("--nats-certificate", metavar="FILE", help="what to show of oneself, with tls://")
    shared.add_argument("--nats-key", metavar="FILE", help="its private key, if it is in a file of its own")


def meeting_of(options: argparse.Namespace) -> "Meeting":
    """Return where the monitors meet.

    Raises:
        UsageError: If the options do not go together, or a file cannot be read.
    """
    from turnout.jobs.monitor._scaled import Meeting  # noqa: PLC0415  the help must not pay for it
    from turnout.jobs.monitor.scale import where  # noqa: PLC0415  likewise
    from turnout.mqtt import tls_context  # noqa: PLC0415  likewise

    url: str = options.nats
    encrypted = [part.startswith(_ENCRYPTED) for part in url.split(",")]
    if any(encrypted) != all(encrypted):
        raise UsageError(f"some servers of {where(url)} are encrypted and some not; write tls:// for all, or for none")
    files = {name: getattr(options, f"nats_{name}") for name in ("ca", "certificate", "key")}
    given = [f"--nats-{name}" for name, file in files.items() if file is not None]
    if given and not all(encrypted):
        raise UsageError(f"{given[0]} is for an encrypted connection; write the server's address with tls://")
    if options.nats_key is not None and options.nats_certificate is None:
        raise UsageError("--nats-key belongs to a certificate; name that with --nats-certificate")
    if options.nats_user is not None and "@" in url:
        raise UsageError("the user is in the address and in --nats-user; name it once")
    if options.nats_password is not None and options.nats_user is None:
        raise UsageError("--nats-password-file proves who one is; say who with --nats-user")
    paths = {name: None if file is None else Path(file) for name, file in files.items()}
    return Meeting(
        url=url,
        name=options.nats_name,
        partitions=options.partitions,
        user=options.nats_user,
        password=options.nats_password,
        tls=tls_context(ca=paths["ca"], certificate=paths["certificate"], key=paths["key"]) if all(encrypted) else None,
    )
