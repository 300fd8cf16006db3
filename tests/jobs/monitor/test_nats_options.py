"""Where monitors meet: the section of the configuration, and the options that say the same."""

from pathlib import Path

import pytest

from nats_options import nats_options
from turnout.errors import UsageError
from turnout.jobs.monitor._setup import meeting_of, read_plan
from turnout.jobs.monitor.config import ConfigError, NatsOptions, parse_config

HALL = "[layout]\nracks = 20\nzones = 4\nrooms = 2\n"
ALL = """
[nats]
url = ["tls://one:4222", "tls://two"]
name = "east"
partitions = 3
user = "ada"
password_file = "secret"
ca = "ca.pem"
certificate = "own.pem"
key = "own.key"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("ca.pem", "own.pem", "own.key"):
        (tmp_path / name).touch()
    (tmp_path / "secret").write_text("s3cret\r\nnote\n", "utf-8")
    (tmp_path / "other").write_text("0ther\n", "utf-8")
    (tmp_path / "empty").write_text("\ns3cret\n", "utf-8")
    return tmp_path


def written(folder: Path, section: str) -> Path:
    config = folder / "monitor.toml"
    config.write_text(HALL + section, "utf-8")
    return config


def test_the_section_and_the_options_say_the_same(folder: Path) -> None:
    words = ["--nats", "tls://one:4222, tls://two", "--nats-name", "east", "--partitions", "3", "--nats-user", "ada"]
    for option, file in {"password-file": "secret", "ca": "ca.pem", "certificate": "own.pem", "key": "own.key"}.items():
        words += [f"--nats-{option}", str(folder / file)]

    in_section = read_plan(written(folder, ALL)).nats
    in_options = nats_options(written(folder, ""), *words)

    assert in_section == in_options
    assert in_section == NatsOptions(
        urls=("tls://one:4222", "tls://two"),
        name="east",
        partitions=3,
        user="ada",
        password="s3cret",  # noqa: S106  of nobody
        authorities=folder / "ca.pem",
        certificate=folder / "own.pem",
        key=folder / "own.key",
    )
    assert "s3cret" not in repr(in_section)


def test_an_option_counts_more_than_the_section(folder: Path) -> None:
    config = written(folder, ALL)

    found = nats_options(config, "--partitions", "2", "--nats-password-file", str(folder / "other"))

    assert found is not None
    assert (found.partitions, found.password, found.name) == (2, "0ther", "east")
    assert nats_options(config, "--no-nats") is None
    assert nats_options(written(folder, "")) is None


def test_a_section_with_nothing_in_it_is_a_server_on_this_machine(folder: Path) -> None:
    found = nats_options(written(folder, "[nats]\npartitions = 4\n"))

    assert found is not None
    assert meeting_of(found).url == "nats://127.0.0.1:4222"


@pytest.mark.parametrize(
    ("key", "line", "words", "sentence"),
    [
        ("url", "url = 'one:4222'", ["--nats", "one:4222"], "'one:4222' is not like nats://host:4222"),
        ("url", "url = 'nats://a:b'", ["--nats", "nats://a:b"], "'nats://a:b' is not like nats://host:4222"),
        ("url", "url = 'nats://a,'", ["--nats", "nats://a,"], "'' is not like nats://host:4222"),
        ("url", "url = 'tls://me:s3cret@a'", ["--nats", "tls://me:s3cret@a"], "give user and password_file instead of"),
        ("url", "url = 'tls://a,nats://b'", ["--nats", "tls://a,nats://b"], "some servers are encrypted and some are"),
        ("name", "name = 'a b'", ["--nats-name", "a b"], "'a b' has something else in it than letters of ASCII"),
        ("partitions", "partitions = 5", ["--partitions", "5"], "they are 5, and the layout has 4 zones, none of"),
        ("ca", "ca = 'ca.pem'", ["--nats-ca", "{folder}/ca.pem"], "it is for an encrypted connection; write the"),
        ("ca", "ca = 'none.pem'", ["--nats-ca", "{folder}/none.pem"], "there is no file '{folder}/none.pem'"),
        (
            "key",
            "url = 'tls://a'\nkey = 'own.key'",
            ["--nats", "tls://a", "--nats-key", "{folder}/own.key"],
            "it belongs to a certificate; give that, too",
        ),
        (
            "password_file",
            "password_file = 'secret'",
            ["--nats-password-file", "{folder}/secret"],
            "whose is it? give a user, too",
        ),
        (
            "password_file",
            "password_file = 'none'",
            ["--nats-password-file", "{folder}/none"],
            "'{folder}/none' cannot be read (No such file or directory)",
        ),
        (
            "password_file",
            "password_file = 'empty'",
            ["--nats-password-file", "{folder}/empty"],
            "the first line of '{folder}/empty' is the password, and it is empty",
        ),
    ],
)
def test_both_refuse_the_same_with_the_same_words(
    folder: Path, key: str, line: str, words: list[str], sentence: str
) -> None:
    option = {"url": "--nats", "partitions": "--partitions"}.get(key, f"--nats-{key.replace('_', '-')}")
    words = [word.format(folder=folder) for word in words]
    for needed in (["--partitions", "4"], ["--nats", "nats://a"]):
        words += [] if needed[0] in words else needed
    section = line if "partitions" in line else f"partitions = 4\n{line}"
    last_line = 5 + len(section.splitlines())

    with pytest.raises(ConfigError) as in_section:
        parse_config(f"{HALL}[nats]\n{section}\n", folder=folder)
    with pytest.raises(UsageError) as in_options:
        nats_options(written(folder, ""), *words)

    complaint = sentence.format(folder=folder)
    assert str(in_section.value).startswith(f"monitor.toml:{last_line}: [nats] {key}: {complaint}")
    assert f"{option}: {complaint}" in str(in_options.value)
    assert "s3cret" not in str(in_section.value) + str(in_options.value)


def test_what_an_option_makes_wrong_in_the_section_is_told_with_its_key(folder: Path) -> None:
    config = written(folder, ALL)

    with pytest.raises(UsageError) as caught:
        nats_options(config, "--nats", "nats://plain")

    assert str(caught.value).startswith(f"{config}: [nats] ca: it is for an encrypted connection")


def test_options_about_nats_without_a_server_are_told(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"--partitions: it is about NATS; name a server with --nats"):
        nats_options(written(folder, ""), "--partitions", "3")


@pytest.mark.parametrize("more", ["password_env = 'NONE'", "names = 3", "partitions = 0", "url = 4222"])
def test_a_mistake_in_the_section_is_told_once(more: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(
            f"{HALL}[nats]\nuser = 'ada'\n{more}\n" + ("" if "part" in more else "partitions = 4"), environment={}
        )

    assert len(caught.value.mistakes) == 1
    assert caught.value.mistakes[0][0] == 7


def test_monitors_that_share_need_one_name_for_mqtt() -> None:
    with pytest.raises(ConfigError, match=r"2: \[mqtt\] client_id: monitors that share the work need one"):
        parse_config(f"[mqtt]\nclient_id = ''\n{HALL}[nats]\npartitions = 4\n")
