"""What must not be shown: values of variables and options that look like secrets, and credentials within others.

Rather one too many is hidden than one too few: what is shown here is pasted into tickets.
"""

import re

MASK = "***"

_SUSPICIOUS = (
    r"TOKEN|SECRET|PASSW(?:OR)?D|PASSPHRASE|CREDENTIAL|CREDS|PRIVATE|COOKIE|SIGNATURE|BEARER|WEBHOOK"
    r"|AUTH(?!ORS?(?:[^A-Z]|$)|ORED)"  # but not who wrote something
    r"|KEY(?!BOARD|MAP)"
    r"|(?<![A-Z])(?:PASS|PAT|JWT|DSN|PIN|OTP|SALT|SAS|SIG|CONN(?:ECTION)?_?STR(?:ING)?)(?![A-Z])"
    r"|[_-]P(?:WD|W)(?![A-Z])"  # but not PWD, the working directory
)
_SUSPICIOUS_NAME = re.compile(_SUSPICIOUS, re.IGNORECASE)

# name=value, name: value and "name": "value" within a value: options of a URL, connection strings, JSON
_ASSIGNED = re.compile(
    rf"""(?P<name>(?:{_SUSPICIOUS}|\bPwd)[\w.-]{{0,40}}["']?\s*(?:=|:(?!//))\s*["']?)(?P<value>[^\s&;,"']+)""",
    re.IGNORECASE,
)
# user:password@ may hold any character in practice, hence up to the last @; without a colon, up to the host's end.
# Repeats are bounded, since a value of 128 KiB made of nothing but beginnings would else take minutes.
_CREDENTIALS = re.compile(r"(?<=://)(?:[^\s/@:]{0,500}:\S{0,2000}@|[^\s/?#]{0,2000}@)")
# those that tell by their looks what they are
_TOKENS = re.compile(
    r"\beyJ[\w-]{8,500}\.[\w-]+\.[\w-]*"  # JSON web tokens
    r"|\b(?:gh[a-z]_|github_pat_|glpat-|xox[a-z]-|sk-|sk_live_|rk_live_|hf_|pypi-)[\w-]{16,}"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|\b(?:Bearer|Basic)\s+[\w.~+/=-]{8,}"
)
# headers whose value may have several words, each of them secret
_HEADERS = re.compile(
    r"(?P<name>\b(?:(?:Proxy-)?Authorization|(?:Set-)?Cookie)[\"']?\s*[:=]\s*)[^\r\n]+", re.IGNORECASE
)
# curl's options for a user and a password
_USER_OPTION = re.compile(r"-[uU]|--(?:proxy-)?user")
_USER = re.compile(rf"(?P<name>(?:^|\s)(?:{_USER_OPTION.pattern})[\s=]+[^\s:]{{1,200}}:)\S+")
_PRIVATE_KEY = "-----BEGIN "


def mask_variable(name: str, value: str) -> str:
    """Return the value of a variable without what looks secret.

    Args:
        name: Of the variable.
        value: As it is.
    """
    if value and _SUSPICIOUS_NAME.search(name):
        return MASK
    return mask_text(value)


def mask_text(text: str) -> str:
    """Return a text without credentials: those in URLs, after names that look secret, and known kinds of tokens."""
    if _PRIVATE_KEY in text:
        return MASK
    text = _HEADERS.sub(rf"\g<name>{MASK}", _CREDENTIALS.sub(f"{MASK}@", text))
    text = _USER.sub(rf"\g<name>{MASK}", text)
    text = _TOKENS.sub(MASK, text)
    return _ASSIGNED.sub(rf"\g<name>{MASK}", text)


def mask_words(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words of a command line without credentials, and without what follows an option that looks secret."""
    shown = []
    follows = follows_user = False
    for word in words:
        if follows_user and ":" in word:
            shown.append(f"{word.partition(':')[0]}:{MASK}")
        else:
            shown.append(MASK if follows and not word.startswith("-") else mask_text(word))
        follows = word.startswith("--") and "=" not in word and _SUSPICIOUS_NAME.search(word) is not None
        follows_user = _USER_OPTION.fullmatch(word) is not None
    return tuple(shown)
