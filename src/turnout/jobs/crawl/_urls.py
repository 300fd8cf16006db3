"""One form for all the spellings of an address."""

import re

from turnout.jobs.crawl._whatwg import join_url

_NOWHERE = "http://nowhere.invalid/"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_ESCAPE = re.compile("%([0-9A-Fa-f]{2})")
_TRACKING = frozenset(
    [
        *("_ga", "_gl", "_hsenc", "_hsmi", "_openstat", "dclid", "fbclid", "gad_source", "gbraid", "gclid", "gclsrc"),
        *("igsh", "igshid", "li_fat_id", "mc_cid", "mc_eid", "mkt_tok", "msclkid", "oly_anon_id", "oly_enc_id"),
        *("rb_clickid", "s_cid", "srsltid", "ttclid", "twclid", "vero_conv", "vero_id", "wbraid", "wickedid", "yclid"),
    ]
)
_TRACKING_STARTS = ("utm_", "mtm_", "pk_", "piwik_", "hsa_", "matomo_")
_SESSION = frozenset(
    [
        *("phpsessid", "jsessionid", "aspsessionid", "asp.net_sessionid", "sessionid", "session_id", "sessid"),
        *("cfid", "cftoken", "zenid", "oscsid", "osccsid", "xtcsid", "sid", "s_id", "session", "viewstate"),
    ]
)
_LOOKS_RANDOM = re.compile(r"(?=.*[0-9])[0-9A-Za-z_-]{8,}|[0-9A-Fa-f]{16,}")
_SESSION_IN_PATH = re.compile(r";(?:jsessionid|phpsessid|sid|sessionid)=[^/;]*", re.IGNORECASE)
_SESSION_FOLDER = re.compile(r"/\((?:[A-Za-z]\([A-Za-z0-9_-]{20,}\))+\)(?=/)")  # of ASP.NET without cookies
_PORT_OF = {"http": "80", "https": "443"}


def canonical_url(reference: str, base: str = _NOWHERE) -> str | None:
    """Return one form for all spellings of an address; None if it is not one of the web (http or https).

    What browsers normalise is, and beside that: no fragment, no name or password, no dot at the end of the host,
    parameters sorted by name (those of one name keep their order), and neither tracking parameters nor session ids.

    Args:
        reference: An address, absolute or relative.
        base: The address of the page where it stands.
    """
    bare = reference.partition("#")[0].strip()
    if not bare:
        bare = base
    joined = join_url(base, bare)
    if joined is None or not joined.startswith(("http://", "https://")):
        return None
    scheme, _, rest = joined.partition("://")
    rest, _, query = rest.partition("?")
    authority, _, path = rest.partition("/")
    authority = _tidy_authority(authority, scheme)
    if not authority or authority == "nowhere.invalid":
        return None
    path = f"/{path}"
    if ";" in path:
        path = _SESSION_IN_PATH.sub("", path)
    if "/(" in path:
        path = _SESSION_FOLDER.sub("", path)
    if "%" in path:
        path = _tidy_escapes(path)
    url = f"{scheme}://{authority}{path}"
    if query:
        query = _tidy_query(query)
        if query:
            return f"{url}?{query}"
    return url


def origin_of(url: str) -> str:
    """Return the beginning of a canonical address: ``"http://example.org:8080"``."""
    end = url.find("/", 8)
    return url if end < 0 else url[:end]


def host_of(url: str) -> str:
    """Return the host of a canonical address, with the port if it is written: ``"example.org:8080"``."""
    return origin_of(url).partition("://")[2]


def name_of(host: str) -> str:
    """Return a host without its port, and an IPv6 address without its brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def port_of(url: str) -> int:
    """Return the port of a canonical address, also where it is not written."""
    scheme, _, rest = origin_of(url).partition("://")
    tail = rest.rpartition("]")[2] if rest.startswith("[") else rest
    return int(tail.partition(":")[2] or _PORT_OF[scheme])


def with_scheme(text: str) -> str:
    """Return what somebody typed with ``http://`` before it, if there is no scheme: ``"example.org"``."""
    return text if "://" in text or (_SCHEME.match(text) and not _is_host_and_port(text)) else f"http://{text}"


def _is_host_and_port(text: str) -> bool:
    return text.partition(":")[2].partition("/")[0].isdigit()


def _tidy_authority(authority: str, scheme: str) -> str:
    authority = authority.rpartition("@")[2]
    if authority.startswith("["):
        return authority
    host, colon, port = authority.partition(":")
    host = host.rstrip(".")
    return host if not host or not colon or port == _PORT_OF[scheme] else f"{host}:{port}"


def _tidy_escapes(text: str) -> str:
    return _ESCAPE.sub(_tidy_escape, text)


def _tidy_escape(found: re.Match[str]) -> str:
    character = chr(int(found[1], 16))
    return character if character in _UNRESERVED else found[0].upper()


def _tidy_query(query: str) -> str:
    if "%" in query:
        query = _tidy_escapes(query)
    kept = []
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if not pair:
            continue
        plain = name.lower()
        if plain in _TRACKING or plain.startswith(_TRACKING_STARTS):
            continue
        if plain.startswith("aspsessionid") or (plain in _SESSION and _LOOKS_RANDOM.fullmatch(value)):
            continue
        kept.append((name, pair))
    if len(kept) > 1:
        kept.sort(key=_first)
    return "&".join(pair for _, pair in kept)


def _first(pair: tuple[str, str]) -> str:
    return pair[0]
