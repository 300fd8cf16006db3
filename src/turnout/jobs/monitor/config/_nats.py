"""The section ``[nats]``: where monitors meet that share the work."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from turnout.jobs.monitor._types import Layout
from turnout.jobs.monitor.config._files import file_of, password_of
from turnout.jobs.monitor.config._tables import Table
from turnout.jobs.monitor.config._values import NatsOptions
from turnout.report._words import plural

_SCHEMES = ("nats", "tls")
_NAME = re.compile(r"[A-Za-z0-9_-]+")  # of streams and buckets


def read_nats(top: Table, layout: Layout, folder: Path, environment: Mapping[str, str]) -> NatsOptions | None:
    """Return the section, None if there is none; what is wrong in it is noted.

    Args:
        top: The configuration.
        layout: What is shared.
        folder: Where names of files begin.
        environment: Where a password may be.
    """
    table, standard = top.table("nats"), NatsOptions()
    if not top.has("nats"):
        return None
    nats = NatsOptions(
        urls=urls_of(*table.texts("url", standard.urls)),
        name=table.text("name", standard.name),
        partitions=table.whole("partitions", standard.partitions, least=1),
        user=table.maybe_text("user"),
        password=password_of(table, folder, environment),
        authorities=file_of(table, "ca", folder),
        certificate=file_of(table, "certificate", folder),
        key=file_of(table, "key", folder),
    )
    for key, sentence in mistakes_of(nats, layout):
        name = "password_env" if key == "password_file" and not table.has(key) else key
        if table.are_right(name):
            table.wrong(name, sentence)
    table.end()
    return nats


def urls_of(*texts: str) -> tuple[str, ...]:
    """Return addresses, of which several may be in one text, separated by commas."""
    return tuple(url.strip() for text in texts for url in text.split(","))


def mistakes_of(nats: NatsOptions, layout: Layout) -> Iterator[tuple[str, str]]:
    """Give what does not go together: the key that has to be changed, and a sentence that goes on from it.

    Args:
        nats: What the section says, or the options of a command, or both.
        layout: What is shared.
    """
    if any("@" in url for url in nats.urls):
        yield "url", "give user and password_file instead of a password here, which is shown"
    elif not nats.urls or not all(map(_is_address, nats.urls)):
        wrong = next((url for url in nats.urls if not _is_address(url)), "")
        yield "url", f"{wrong!r} is not like nats://host:4222, or tls://host:4222 to encrypt"
    elif nats.is_encrypted and not all(url.startswith("tls://") for url in nats.urls):
        yield "url", "some servers are encrypted and some are not; write tls:// for all, or for none"
    else:
        files = {"ca": nats.authorities, "certificate": nats.certificate, "key": nats.key}
        for name, file in files.items():
            if file is not None and not nats.is_encrypted:
                yield name, "it is for an encrypted connection; write the server's address with tls://"
    if nats.key is not None and nats.certificate is None:
        yield "key", "it belongs to a certificate; give that, too"
    if nats.password is not None and nats.user is None:
        yield "password_file", "whose is it? give a user, too"
    if not _NAME.fullmatch(nats.name):
        yield "name", f"{nats.name!r} has something else in it than letters of ASCII, digits, - and _, or nothing"
    if nats.partitions > len(layout.zones):
        zones = plural(len(layout.zones), "zone")
        yield "partitions", f"they are {nats.partitions:,}, and the layout has {zones}, none of which is divided"


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    rest = parts.path.strip("/") or parts.query or parts.fragment
    return has_port and parts.scheme in _SCHEMES and bool(parts.hostname) and not rest
