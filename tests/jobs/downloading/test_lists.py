"""What is asked for: addresses, lines, metalinks, checksums."""

import hashlib

import pytest

from turnout.errors import ItemsError, UsageError
from turnout.jobs.downloading._digests import asked_digest, sent_digests, strongest
from turnout.jobs.downloading._metalink import looks_like_metalink, read_metalink
from turnout.jobs.downloading._wanted import checked_url, shown_url, wanted_of

SHA256 = hashlib.sha256(b"").hexdigest()
METALINK = f"""<?xml version="1.0" encoding="UTF-8"?>
<metalink xmlns="urn:ietf:params:xml:ns:metalink">
  <file name="../iso/a.iso">
    <size>14</size>
    <hash type="sha-256">{SHA256}</hash>
    <hash type="rot-13">00</hash>
    <url priority="2">http://second/a.iso</url>
    <url priority="1">http://first/a.iso</url>
    <url priority="3">ftp://third/a.iso</url>
  </file>
</metalink>""".encode()


@pytest.mark.parametrize(
    ("url", "proper"),
    [
        ("http://h/a?b=c", "http://h/a?b=c"),
        ("http://h/a b", "http://h/a%20b"),
        ("http://h/é", "http://h/%C3%A9"),
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
        ("https://h:8443/a#part", "https://h:8443/a"),
        ("http://h/a%20b", "http://h/a%20b"),
    ],
)
def test_an_address_is_written_in_proper_characters(url: str, proper: str) -> None:
    assert checked_url(url) == proper


@pytest.mark.parametrize("url", ["", "h/a", "ftp://h/a", "http://", "http:///a", "file:///etc/passwd", "http://[::1/a"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ItemsError, match="http://host/path"):
        checked_url(url)


def test_a_password_is_not_shown() -> None:
    assert shown_url("http://me:secret@h/a@b") == "http://me:***@h/a@b"
    assert shown_url("http://h/a:b@c") == "http://h/a:b@c"


def test_a_line_may_name_the_file_and_its_hash() -> None:
    wanted = wanted_of(f"http://h/a out=x/../b.txt sha256:{SHA256}")

    assert (wanted.url, wanted.name) == ("http://h/a", "x/b.txt")
    assert [str(digest) for digest in wanted.digests] == [f"sha256:{SHA256}"]


def test_a_line_with_more_than_that_is_refused() -> None:
    with pytest.raises(ItemsError, match="write out=NAME"):
        wanted_of("http://h/a b")


def test_a_metalink_gives_addresses_hashes_and_a_size() -> None:
    assert looks_like_metalink(METALINK)

    (wanted,) = read_metalink(METALINK, "x.meta4")

    assert (wanted.url, wanted.mirrors) == ("http://first/a.iso", ("http://second/a.iso",))
    assert (wanted.name, wanted.size_bytes) == ("iso/a.iso", 14)
    assert [str(digest) for digest in wanted.digests] == [f"sha256:{SHA256}"]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"<metalink", "not well-formed"),
        (b"<metalink/>", "no metalink of version 4"),
        (b'<metalink xmlns="urn:ietf:params:xml:ns:metalink"/>', "describes no file"),
        (METALINK.replace(b"http:", b"ftp:"), "no http or https address"),
        (METALINK.replace(SHA256.encode(), b"00"), "a wrong hash"),
        (b"<!DOCTYPE metalink [<!ENTITY a 'b'>]>" + METALINK, "declares entities"),
    ],
)
def test_what_is_no_good_metalink_is_told(content: bytes, complaint: str) -> None:
    with pytest.raises(ItemsError, match=complaint):
        read_metalink(content, "x.meta4")


@pytest.mark.parametrize("text", ["", "sha256", "sha256:", "sha256:00", "sha3:00", "zz", "crc:" + SHA256])
def test_what_is_no_checksum_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="write sha256:HEX"):
        asked_digest(text)


@pytest.mark.parametrize("text", [SHA256, f"sha256:{SHA256}", f"SHA-256={SHA256.upper()}"])
def test_a_checksum_may_be_written_in_many_ways(text: str) -> None:
    assert str(asked_digest(text)) == f"sha256:{SHA256}"


def test_headers_are_read_as_far_as_they_can_be() -> None:
    values = [
        "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:, unixsum=:AAA=:",
        "md5=1B2M2Y8AsgTpgAmY7PhCfg==, sha-512=:no:",
    ]

    found = sent_digests(values, "Repr-Digest")

    assert [digest.algorithm for digest in found] == ["sha256", "md5"]
    assert [str(digest) for digest in strongest(found)] == [f"sha256:{SHA256}"]
