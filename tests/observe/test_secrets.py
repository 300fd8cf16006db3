"""What must not be shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.observe._secrets import MASK, mask_text, mask_variable, mask_words


@pytest.mark.parametrize(
    "name",
    [
        *("API_TOKEN", "client_secret", "DB_PASSWORD", "PGPASSWORD", "MYSQL_PWD", "AWS_SECRET_ACCESS_KEY", "APIKEY"),
        *("SSH_AUTH_SOCK", "AUTHORIZATION", "GOOGLE_CREDENTIALS", "dbPassword", "FTP_PASS", "GITHUB_PAT", "SENTRY_DSN"),
        *("COOKIE", "JWT", "KEY", "SIGNING_KEY_2", "PASSPHRASE", "SLACK_WEBHOOK", "BASIC_AUTH", "CONNECTION_STRING"),
    ],
)
def test_a_name_that_looks_secret_hides_all_of_the_value(name: str) -> None:
    assert mask_variable(name, "hush") == MASK


@pytest.mark.parametrize(
    "name",
    [
        *("PATH", "HOME", "PWD", "OLDPWD", "LANG", "GIT_AUTHOR_NAME", "XDG_SESSION_ID", "KEYBOARD", "TERM", "SHELL"),
        *("PYTHONPATH", "COMPASS", "SPAT", "SPIN", "SIGNAL", "AUTHORS"),
    ],
)
def test_an_innocent_name_hides_nothing(name: str) -> None:
    assert mask_variable(name, "/usr/bin") == "/usr/bin"


def test_an_empty_value_needs_no_mask() -> None:
    assert mask_variable("API_TOKEN", "") == ""


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("postgres://me:hush@host:5432/db", "postgres://***@host:5432/db"),
        ("https://hush@github.com/a/b", "https://***@github.com/a/b"),
        ("redis://:hush@host", "redis://***@host"),
        ("ftp://me:hu@sh/hush@host/", "ftp://***@host/"),
        ("http://me:hu?sh@host", "http://***@host"),
        ("https://host/?access_token=hush&page=2", "https://host/?access_token=***&page=2"),
        ("Server=db;User Id=me;Password=hush;", "Server=db;User Id=me;Password=***;"),
        ("Uid=me;Pwd=hush;", "Uid=me;Pwd=***;"),
        ('{"user": "me", "password": "hush"}', '{"user": "me", "password": "***"}'),
        ("Authorization: Bearer hushhushhush", "Authorization: ***"),
        ("Authorization: token hush", "Authorization: ***"),
        ('Proxy-Authorization: Digest username="hush", response="hush"', "Proxy-Authorization: ***"),
        ('{"authorization": "Basic hush", "n": 1}', '{"authorization": ***'),
        ("Cookie: a=hush; b=hush\r\nAccept: */*", "Cookie: ***\r\nAccept: */*"),
        ("-sS -u me:hush https://host", "-sS -u me:*** https://host"),
        ("--proxy-user=me:hush", "--proxy-user=me:***"),
        ("ghp_0123456789abcdef0123456789", "***"),
        ("AKIAIOSFODNN7EXAMPLE", "***"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "***"),
        ("-----BEGIN PRIVATE KEY-----\nhush", "***"),
    ],
)
def test_credentials_within_a_value_are_hidden(value: str, shown: str) -> None:
    masked = mask_text(value)

    assert "hush" not in masked
    assert masked == shown


@pytest.mark.parametrize(
    "value",
    [
        "/usr/local/bin:/usr/bin",
        "http://localhost:8080/path",
        "https://example.org/a@b",
        "me@example.org",
        "http://[::1]:80/",
        "a=b;c=d",
        "",
    ],
)
def test_what_holds_no_credentials_is_shown_as_it_is(value: str) -> None:
    assert mask_text(value) == value


@pytest.mark.parametrize("option", ["-u", "-U", "--user", "--proxy-user"])
def test_the_password_of_a_user_is_hidden(option: str) -> None:
    words = ("curl", option, "me:hush", "-o", "a:b")

    assert mask_words(words) == ("curl", option, "me:***", "-o", "a:b")


def test_the_word_after_a_secret_option_is_hidden() -> None:
    words = mask_words(("run", "--token", "hush", "--key=hush", "--password", "--verbose", "file", "-p", "80"))

    assert words == ("run", "--token", MASK, f"--key={MASK}", "--password", "--verbose", "file", "-p", "80")


@given(
    st.text(st.characters(exclude_characters="@/:?# \t\n\r\x0b\x0c", exclude_categories=["Z", "C"]), min_size=6),
    st.sampled_from(["http", "postgres", "amqps", "git+ssh"]),
)
def test_no_password_of_a_url_is_shown(password: str, scheme: str) -> None:
    masked = mask_text(f"{scheme}://me:{password}@host/")

    assert masked == f"{scheme}://{MASK}@host/"


@pytest.mark.parametrize("piece", ["eyJa", "eyJ-", "://", "://:", "key", "token ", "Bearer ", "a@", '"'])
def test_a_value_made_of_beginnings_is_soon_done_with(piece: str) -> None:
    value = piece * (131_072 // len(piece))  # the longest that Linux takes; unbounded patterns would take hours

    assert len(mask_text(value)) > 0
