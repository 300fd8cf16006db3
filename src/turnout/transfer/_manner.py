"""How an exchange is made, in libcurl's words."""

from typing import Any

from turnout.transfer._authorities import find_authorities
from turnout.transfer._pycurl import pycurl
from turnout.transfer._types import Manner, Setup

_PROTOCOLS = {
    "auto": pycurl.CURL_HTTP_VERSION_2TLS,
    "1.1": pycurl.CURL_HTTP_VERSION_1_1,
    "2": pycurl.CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE,
}
_NAMES_LAST_S = 300
_BUFFER_BYTES = 16 * 1024  # a piece: of a larger one, libcurl would hold back the rest when a socket is detached
_DEFAULT_AGENT = "turnout"


def apply_manner(handle: Any, manner: Manner, setup: Setup, cookies: object) -> None:  # a pycurl.Curl
    """Tell a fresh handle how its exchanges are made.

    Args:
        handle: Of libcurl.
        manner: How.
        setup: What all exchanges have in common.
        cookies: What shares cookies between handles; None for no cookies.
    """
    both = pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS
    authorities = manner.authorities or find_authorities() if manner.verify else None
    options: dict[int, Any] = {  # libcurl's, each of a type of its own; None leaves it as it is
        pycurl.NOSIGNAL: 1,
        pycurl.NOPROGRESS: 1,
        pycurl.BUFFERSIZE: _BUFFER_BYTES,
        pycurl.PROTOCOLS: both,
        pycurl.REDIR_PROTOCOLS: both,
        pycurl.HTTP_VERSION: _PROTOCOLS[manner.protocol],
        pycurl.DNS_CACHE_TIMEOUT: _NAMES_LAST_S,
        pycurl.CONNECTTIMEOUT_MS: _milliseconds(manner.connect_s),
        pycurl.TIMEOUT_MS: None if manner.deadline_s is None else _milliseconds(manner.deadline_s),
        pycurl.USERAGENT: manner.agent or _DEFAULT_AGENT,
        pycurl.FOLLOWLOCATION: 1 if manner.redirects else None,
        pycurl.MAXREDIRS: manner.redirects or None,
        pycurl.ACCEPT_ENCODING: "" if manner.decode else None,  # all that this libcurl knows
        pycurl.PROXY: manner.proxy,
        pycurl.SSL_VERIFYPEER: 1 if manner.verify else 0,
        pycurl.SSL_VERIFYHOST: 2 if manner.verify else 0,
        pycurl.CAINFO: authorities,
        pycurl.HTTPAUTH: pycurl.HTTPAUTH_BASIC if manner.user is not None else None,
        pycurl.USERPWD: manner.user,
        pycurl.NETRC: pycurl.NETRC_OPTIONAL if manner.netrc else None,
        pycurl.NETRC_FILE: manner.netrc if isinstance(manner.netrc, str) else None,
        pycurl.COOKIE: manner.cookie,
        pycurl.SHARE: cookies,
        pycurl.COOKIEFILE: None if cookies is None else setup.cookie_file or "",
        pycurl.RESOLVE: list(setup.resolve) or None,
    }
    for option, value in options.items():
        if value is not None:
            handle.setopt(option, value)


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1e3))
