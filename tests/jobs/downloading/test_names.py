"""Names of files: what servers and addresses say, made harmless."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from turnout.jobs.downloading._names import (
    NO_NAME,
    name_of_disposition,
    name_of_url,
    numbered,
    safe_name,
    safe_path,
)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ('attachment; filename="plans.pdf"', "plans.pdf"),
        ("attachment; filename=plans.pdf", "plans.pdf"),
        ("attachment; FILENAME = plans.pdf ; size=3", "plans.pdf"),
        ('attachment; filename="a \\"b\\".txt"', "a _b_.txt"),
        ("attachment; filename*=UTF-8''na%C3%AFve%20plan.txt", "naïve plan.txt"),
        ("attachment; filename=\"plain.txt\"; filename*=UTF-8''better.txt", "better.txt"),
        ("attachment; filename*=iso-8859-1'en'%A3%20rates", "£ rates"),
        ("attachment; filename*=UTF-8''%FF%FE; filename=\"sure.txt\"", "sure.txt"),
        ("attachment; filename*=KOI8-R''%C1; filename=sure.txt", "sure.txt"),
        ('attachment; filename="' + "naïve.txt".encode().decode("latin-1") + '"', "naïve.txt"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="/etc/cron.d/x"', "x"),
        ('attachment; filename="C:\\\\Windows\\\\x.exe"', "x.exe"),
        ('attachment; filename="C:x.exe"', "C_x.exe"),
        ('attachment; filename=".bashrc"', "bashrc"),
        ("attachment; filename*=UTF-8''a%00b.txt", "ab.txt"),
        ("attachment; filename*=UTF-8''%2e%2e%2fx", "x"),
        ("attachment; filename*=UTF-8''evil%E2%80%AEtxt.exe", "eviltxt.exe"),
        ('attachment; filename="NUL.txt"', "_NUL.txt"),
        ('attachment; filename="x.part"', "x.part_"),
        ('attachment; filename=".."', None),
        ('attachment; filename=""', None),
        ("inline", None),
        ("", None),
        (None, None),
    ],
)
def test_a_header_names_a_file_in_the_folder(value: str | None, name: str | None) -> None:
    assert name_of_disposition(value) == name


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://h/a/b.txt?x=1#y", "b.txt"),
        ("http://h/a%20b.txt", "a b.txt"),
        ("http://h/%E9t%E9.txt", "été.txt"),
        ("http://h/a%2F..%2F..%2Fb", "b"),
        ("http://h/a/", NO_NAME),
        ("http://h", NO_NAME),
        ("http://h/..", NO_NAME),
        ("http://h#x", NO_NAME),
        ("http://h/a/?b=/c", NO_NAME),
        ("http://h/a?b=/c#/d", "a"),
    ],
)
def test_an_address_names_a_file(url: str, name: str) -> None:
    assert name_of_url(url) == name


@given(st.text())
@example(".\xa00")
def test_no_name_leads_out_of_the_folder(name: str) -> None:
    safe = safe_name(name)

    assert safe
    assert not set(safe) & set('/\\\0:"<>|?*')
    assert not safe.startswith(".")
    assert not safe.endswith((".", " "))
    assert len(safe.encode()) <= 200
    assert safe_name(safe) == safe


@given(st.text())
def test_a_path_stays_below_the_folder(path: str) -> None:
    parts = safe_path(path).split("/")

    assert all(part and not part.startswith(".") for part in parts)


def test_a_long_name_keeps_its_extension() -> None:
    name = safe_name("é" * 300 + ".tar")

    assert name.endswith("é.tar")
    assert len(name.encode()) <= 200


@pytest.mark.parametrize(
    ("name", "other"), [("a.txt", "a-2.txt"), ("a.tar.gz", "a-2.tar.gz"), ("a", "a-2"), ("a.b.c", "a.b-2.c")]
)
def test_a_number_goes_before_the_extension(name: str, other: str) -> None:
    assert numbered(name, 2) == other
