"""The certificates of those whom this system trusts."""

import os
import ssl
from functools import cache
from importlib.util import find_spec
from pathlib import Path

_PLACES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Arch, Alpine
    "/etc/pki/tls/certs/ca-bundle.crt",  # Fedora, RHEL
    "/etc/ssl/ca-bundle.pem",  # openSUSE
    "/etc/ssl/cert.pem",  # macOS, BSD
)


@cache
def find_authorities() -> str | None:
    """Return a file of certificates to trust; None if none is found, and no certificate can be verified.

    What the variables ``CURL_CA_BUNDLE`` and ``SSL_CERT_FILE`` name comes first, then what this system has, then what
    the package certifi has, if it is installed.
    """
    named = [os.environ.get(name) for name in ("CURL_CA_BUNDLE", "SSL_CERT_FILE")]
    for place in (*named, *_PLACES, ssl.get_default_verify_paths().cafile):
        if place and Path(place).is_file():
            return place
    if find_spec("certifi") is not None:
        from certifi import where  # noqa: PLC0415  only where the system has none

        return str(where())
    return None
