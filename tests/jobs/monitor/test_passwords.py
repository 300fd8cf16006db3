"""A password is read in one way, wherever it is."""

from pathlib import Path

import pytest

from turnout.jobs.monitor.config import ConfigError, parse_config, password_in

HALL = "[layout]\nracks = 2\n"


@pytest.mark.parametrize(
    ("content", "password"),
    [
        (b"s3cret", "s3cret"),
        (b"s3cret\n", "s3cret"),
        (b"s3cret\r\n", "s3cret"),
        (b"\xef\xbb\xbfs3cret\r\nwhat it is for\r\n", "s3cret"),
        (b" two words \n", " two words "),
    ],
)
def test_a_password_is_the_first_line_without_its_end(tmp_path: Path, content: bytes, password: str) -> None:
    (tmp_path / "secret").write_bytes(content)
    text = f"{HALL}[mqtt]\nuser = 'a'\npassword_file = 'secret'\n[page]\nuser = 'a'\npassword_env = 'SECRET'\n"

    config = parse_config(text, folder=tmp_path, environment={"SECRET": content.decode("utf-8-sig")})

    assert config.page is not None
    assert (config.mqtt.password, config.page.password) == (password, password)
    assert password_in(tmp_path / "secret") == password


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "is the password, and it is empty"),
        (b"\r\ns3cret", "is the password, and it is empty"),
        (b"\xff\xfe", "cannot be read (it is not UTF-8)"),
        (b"x" * 70_000, "has more than 65,535 characters"),
    ],
)
def test_a_password_that_is_none_is_told(tmp_path: Path, content: bytes, complaint: str) -> None:
    (tmp_path / "secret").write_bytes(content)

    with pytest.raises(ValueError, match="secret") as caught:
        password_in(tmp_path / "secret")

    assert complaint in str(caught.value)


def test_an_empty_variable_is_no_password() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(f"[page]\nuser = 'a'\npassword_env = 'SECRET'\n{HALL}", environment={"SECRET": ""})

    assert "monitor.toml:3: [page] password_env: the first line of SECRET is the password, and it is empty" in str(
        caught.value
    )
    assert len(caught.value.mistakes) == 1


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ("password_file = '~nobody-of-this-name/x'", "password_file: there is no file '~nobody-of-this-name/x'"),
        ("password_file = 3", "password_file: it is a text, and not 3"),
        ("password_env = 'SECRET'\npassword_file = 'secret'", "password_env: there is a password_file, too; give one"),
    ],
)
def test_where_a_password_is_has_to_be_one_place_that_is_there(tmp_path: Path, given: str, complaint: str) -> None:
    (tmp_path / "secret").write_text("s3cret", "utf-8")

    with pytest.raises(ConfigError) as caught:
        parse_config(f"[mqtt]\n{given}\n{HALL}", folder=tmp_path, environment={"SECRET": "x"})

    assert f"monitor.toml:2: [mqtt] {complaint}" in str(caught.value)
