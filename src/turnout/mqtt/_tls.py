"""Encrypted connections to a broker."""

import ssl
from pathlib import Path

from turnout.errors import UsageError


def tls_context(
    *,
    ca: Path | None = None,
    certificate: Path | None = None,
    key: Path | None = None,
    verify: bool = True,
) -> ssl.SSLContext:
    """Return how a client encrypts, TLS 1.2 or newer.

    Args:
        ca: The certificates of those whom to trust, PEM; None for the system's.
        certificate: What the client shows of itself, PEM.
        key: The private key of that; None if it is in the same file.
        verify: Whether the broker must prove its name. False makes anyone in between a broker.

    Raises:
        UsageError: If a file cannot be read or is not PEM.
    """
    context = _context(ssl.PROTOCOL_TLS_CLIENT, certificate, key)
    try:
        if ca is not None:
            context.load_verify_locations(ca)
        else:
            context.load_default_certs()
    except (OSError, ssl.SSLError) as error:
        raise UsageError(f"the certificates of {ca} cannot be used: {error}; give a PEM file") from error
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def server_tls_context(*, certificate: Path, key: Path | None = None, client_ca: Path | None = None) -> ssl.SSLContext:
    """Return how a broker encrypts, TLS 1.2 or newer.

    Args:
        certificate: What the broker shows of itself, PEM.
        key: The private key of that; None if it is in the same file.
        client_ca: Clients must show a certificate of these, PEM; None if they need not show one.

    Raises:
        UsageError: If a file cannot be read or is not PEM.
    """
    context = _context(ssl.PROTOCOL_TLS_SERVER, certificate, key)
    if client_ca is not None:
        try:
            context.load_verify_locations(client_ca)
        except (OSError, ssl.SSLError) as error:
            raise UsageError(f"the certificates of {client_ca} cannot be used: {error}; give a PEM file") from error
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def _context(protocol: int, certificate: Path | None, key: Path | None) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if certificate is not None:
        try:
            context.load_cert_chain(certificate, key)
        except (OSError, ssl.SSLError) as error:
            raise UsageError(f"the certificate {certificate} cannot be used: {error}; give PEM files") from error
    return context
