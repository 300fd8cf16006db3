"""What a file's content must hash to, as the user, a metalink or the server says."""

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass

from turnout.errors import UsageError

_BEST_FIRST = ("sha512", "sha384", "sha256", "sha1", "md5")
_NAMES = {"sha-512": "sha512", "sha-384": "sha384", "sha-256": "sha256", "sha-1": "sha1", "sha": "sha1", "md5": "md5"}
_NAMES.update((name, name) for name in _BEST_FIRST)
_SIZES = {64: "sha512", 48: "sha384", 32: "sha256", 20: "sha1", 16: "md5"}
_MEMBER = re.compile(r"\s*([\w*.-]+)\s*=\s*:?([A-Za-z0-9+/]+=*):?\s*(?:,|$)", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What some bytes must hash to.

    Attributes:
        algorithm: As hashlib calls it.
        value: The hash.
        source: Who says so: ``"--checksum"``, ``"Repr-Digest"``.
    """

    algorithm: str
    value: bytes
    source: str

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.value.hex()}"


def asked_digest(text: str, source: str = "--checksum") -> Digest:
    """Return what ``"sha256:HEX"`` means; a bare hash is told by its length.

    Raises:
        UsageError: If it means nothing.
    """
    name, _, digits = text.strip().replace("=", ":", 1).rpartition(":")
    try:
        value = bytes.fromhex(digits)
    except ValueError:
        value = b""
    algorithm = _NAMES.get(name.lower()) if name else _SIZES.get(len(value))
    if algorithm is None or not value or _SIZES.get(len(value)) != algorithm:
        known = ", ".join(_BEST_FIRST)
        raise UsageError(f"{text!r} is no checksum; write sha256:HEX, with one of {known} and all of its hex digits")
    return Digest(algorithm=algorithm, value=value, source=source)


def named_digest(name: str, digits: str, source: str) -> Digest | None:
    """Return a digest that a document gives; None if its algorithm is not known here.

    Raises:
        UsageError: If it has not the digits of its algorithm.
    """
    algorithm = _NAMES.get(name.lower())
    return None if algorithm is None else asked_digest(f"{algorithm}:{digits}", source)


def sent_digests(values: Iterable[str], source: str) -> list[Digest]:
    """Return what a header says; algorithms that are not known here are left out, and so is what cannot be read.

    Source: RFC 9530, section 2 (``sha-256=:BASE64:``); its forerunner RFC 3230 writes it without colons.
    """
    found = []
    for match in _MEMBER.finditer(",".join(values)):
        algorithm = _NAMES.get(match[1].lower())
        try:
            value = base64.b64decode(match[2], validate=True)
        except binascii.Error:
            continue
        if algorithm and _SIZES.get(len(value)) == algorithm:
            found.append(Digest(algorithm=algorithm, value=value, source=source))
    return found


def strongest(digests: Iterable[Digest]) -> list[Digest]:
    """Return the strongest digest of each source: that is what is checked."""
    best: dict[str, Digest] = {}
    for digest in sorted(digests, key=lambda one: _BEST_FIRST.index(one.algorithm)):
        best.setdefault(digest.source, digest)
    return list(best.values())
