"""A real NATS server that encrypts, asks who one is, or does neither."""

import asyncio
from pathlib import Path

import pytest

from mosquitto import certify
from nats_options import meeting
from nats_server import nats_server
from turnout.errors import ClusterError
from turnout.jobs.monitor._plan import Meeting
from turnout.jobs.monitor.scale import Nats


def complaint_of(asked: Meeting, patience_s: float = 60) -> str:
    """Return why a server cannot be met at; nothing if it can."""

    async def meet() -> str:
        nats = Nats(
            asked.url,
            asked.name,
            tell=lambda _: None,
            user=asked.user,
            password=asked.password,
            tls=asked.tls,
            connect_s=patience_s,
        )
        try:
            await nats.open("fingerprint", 1)
        except ClusterError as error:
            return str(error)
        await nats.close()
        return ""

    return asyncio.run(meet())


@pytest.mark.integration
def test_certificates_names_and_passwords_are_checked(tmp_path: Path) -> None:
    certificate, key = certify(tmp_path)
    stranger, _ = certify(tmp_path, "stranger")
    right, wrong = tmp_path / "right", tmp_path / "wrong"
    right.write_text("secret\n", encoding="utf-8")
    wrong.write_text("guess\n", encoding="utf-8")
    words = ("--tls", "--tlscert", str(certificate), "--tlskey", str(key), "--user", "ada", "--pass", "secret")
    with nats_server(tmp_path / "nats", *words) as server:
        url = f"tls://localhost:{server.port}"
        trusting = ("--nats", url, "--nats-ca", str(certificate), "--nats-user", "ada")

        complaints = [
            complaint_of(meeting(tmp_path, *trusting, "--nats-password-file", str(right))),
            complaint_of(meeting(tmp_path, *trusting, "--nats-password-file", str(wrong))),
            complaint_of(meeting(tmp_path, "--nats", url, "--nats-ca", str(stranger))),
            complaint_of(
                meeting(tmp_path, "--nats", url.replace("localhost", "127.0.0.1"), "--nats-ca", str(certificate))
            ),
            complaint_of(meeting(tmp_path, "--nats", url)),
        ]

    assert complaints[0] == ""
    assert "Authorization Violation" in complaints[1]
    assert all("certificate verify failed" in complaint for complaint in complaints[2:])
    assert complaints[2].startswith(f"NATS at localhost:{server.port} cannot be reached: ")


@pytest.mark.integration
def test_a_client_shows_its_certificate(tmp_path: Path) -> None:
    certificate, key = certify(tmp_path)
    words = ("--tlsverify", "--tlscert", str(certificate), "--tlskey", str(key), "--tlscacert", str(certificate))
    with nats_server(tmp_path / "nats", *words) as server:
        trusting = ("--nats", f"tls://localhost:{server.port}", "--nats-ca", str(certificate))

        shown = complaint_of(
            meeting(tmp_path, *trusting, "--nats-certificate", str(certificate), "--nats-key", str(key))
        )
        hidden = complaint_of(meeting(tmp_path, *trusting), patience_s=0.4)

    assert shown == ""
    assert "cannot be reached" in hidden


@pytest.mark.integration
def test_a_server_that_does_not_encrypt_is_told_nothing(tmp_path: Path) -> None:
    with nats_server(tmp_path, "--user", "ada", "--pass", "secret") as server:
        complaint = complaint_of(meeting(tmp_path, "--nats", f"tls://127.0.0.1:{server.port}", "--nats-user", "ada"))

    assert complaint == (
        f"NATS at 127.0.0.1:{server.port} cannot be reached: it does not encrypt, and tls:// was asked for"
    )


def test_a_password_is_not_in_what_is_printed_of_a_meeting() -> None:
    assert "secret" not in repr(Meeting(url="nats://a", user="me", password="secret"))  # noqa: S106  it is not
