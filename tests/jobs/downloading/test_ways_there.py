"""Downloads through a proxy, with passwords from a .netrc, and with cookies."""

import base64
import socket
import threading
from pathlib import Path
from typing import Any

import turnout
from _raw_site import RawSite, Visit
from turnout.cli import main
from turnout.errors import DownloadError, ExitStatus
from turnout.jobs.downloading import Saved
from turnout.outcomes import Failure, Outcome, Success
from turnout.transfer import Manner


def hello(visit: Visit) -> None:
    visit.reply("200 OK", b"hello")


def get(url: str, to: Path, **manner: Any) -> Outcome[Saved]:  # Any: what `Manner` takes
    given = Manner(**{"proxy": "", "stall_s": 2, **manner})
    (outcome,) = turnout.download(url, to, manner=given, retries=0)
    return outcome


def cause(outcome: Outcome[Saved]) -> str:
    assert isinstance(outcome, Failure)
    assert isinstance(outcome.error, DownloadError)
    return outcome.error.cause


def basic(words: str) -> str:
    return f"Basic {base64.b64encode(words.encode()).decode()}"


def test_a_proxy_is_asked_instead_of_the_site(tmp_path: Path) -> None:
    with RawSite(hello) as proxy:
        outcome = get("http://site.invalid/file", tmp_path, proxy=proxy.url)
        asked = [(visit.method, visit.path, visit.headers["host"]) for visit in proxy.visits]

    assert isinstance(outcome, Success)
    assert (tmp_path / "file").read_bytes() == b"hello"
    assert asked == [("GET", "http://site.invalid/file", "site.invalid")]


def test_a_password_for_the_proxy_goes_to_the_proxy(tmp_path: Path) -> None:
    with RawSite(hello) as proxy:
        get("http://site.invalid/file", tmp_path, proxy=proxy.url.replace("//", "//me:secret@"))
        headers = proxy.visits[0].headers

    assert headers["proxy-authorization"] == basic("me:secret")
    assert "authorization" not in headers


def test_an_encrypted_site_is_reached_by_a_tunnel(tmp_path: Path) -> None:
    with RawSite(lambda visit: visit.reply("403 Forbidden")) as proxy:
        outcome = get("https://site.invalid/file", tmp_path, proxy=proxy.url)
        asked = [(visit.method, visit.path) for visit in proxy.visits]

    assert asked == [("CONNECT", "site.invalid:443")]
    assert cause(outcome) == "proxy"


def test_a_proxy_that_is_not_there_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    outcome = get("http://site.invalid/file", tmp_path, proxy=f"http://127.0.0.1:{port}")

    assert cause(outcome) == "connection"


def test_a_large_file_comes_whole_through_a_proxy(tmp_path: Path) -> None:
    content = bytes(range(256)) * (10 << 12)

    with RawSite(lambda visit: visit.reply("200 OK", content)) as proxy:
        outcome = get("http://site.invalid/file", tmp_path, proxy=proxy.url)

    assert isinstance(outcome, Success)
    assert (tmp_path / "file").read_bytes() == content


def test_a_netrc_gives_the_password_to_its_host_only(tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n")

    with RawSite(hello) as site:
        get(f"{site.url}/a", tmp_path, netrc=str(tmp_path / "netrc"))
        get(f"{site.url.replace('127.0.0.1', 'localhost')}/b", tmp_path, netrc=str(tmp_path / "netrc"))
        sent = [visit.headers.get("authorization") for visit in site.visits]

    assert sent == [basic("me:secret"), None]


def test_a_redirection_to_another_host_gets_no_password(tmp_path: Path) -> None:
    with RawSite(hello) as other:
        elsewhere = other.url.replace("127.0.0.1", "localhost")
        with RawSite(lambda visit: visit.reply("302 Found", b"", f"Location: {elsewhere}/file")) as site:
            get(f"{site.url}/a", tmp_path, user="me:secret", redirects=3)
            sent = [visit.headers.get("authorization") for visit in (*site.visits, *other.visits)]

    assert sent == [basic("me:secret"), None]


def test_the_command_takes_a_netrc_and_cookies(tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("default login me password secret\n")
    (tmp_path / "cookies").write_text(
        "# Netscape HTTP Cookie File\n"
        "127.0.0.1\tFALSE\t/\tFALSE\t0\tmine\tyes\n"
        "other.example\tFALSE\t/\tFALSE\t0\tforeign\tyes\n"
    )

    with RawSite(hello) as site:
        words = [f"{site.url}/a", "--to", str(tmp_path / "out"), "--netrc", str(tmp_path / "netrc")]
        status = main(["download", *words, "--cookies", str(tmp_path / "cookies"), "--proxy", "", "--quiet"])
        headers = site.visits[0].headers

    assert status == ExitStatus.OK
    assert headers["authorization"] == basic("me:secret")
    assert headers["cookie"] == "mine=yes"


def test_cookies_that_a_server_sets_are_sent_back_with_the_next_file(tmp_path: Path) -> None:
    first_is_done = threading.Event()

    def setting(visit: Visit) -> None:
        if visit.path == "/a":
            visit.reply("200 OK", b"hello", "Set-Cookie: seen=1; Path=/")
            first_is_done.set()
        else:
            visit.reply("200 OK", b"hello")

    (tmp_path / "cookies").write_text("# Netscape HTTP Cookie File\n")
    with RawSite(setting) as site:
        urls = [f"{site.url}/a", f"{site.url}/b"]
        manner = Manner(proxy="", stall_s=2)
        list(
            turnout.download(
                urls, tmp_path, manner=manner, connections=1, cookie_file=str(tmp_path / "cookies"), retries=0
            )
        )
        sent = {visit.path: visit.headers.get("cookie") for visit in site.visits}

    assert first_is_done.is_set()
    assert sent == {"/a": None, "/b": "seen=1"}
