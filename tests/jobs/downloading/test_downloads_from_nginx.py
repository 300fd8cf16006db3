"""Downloads from a real server: HTTP/2 over TLS, ranges, and a kill half-way."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import turnout
from nginx import Nginx, nginx
from programs import unmeasured
from turnout.outcomes import Failure, Success
from turnout.transfer import Manner

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("nginx")]
MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    with nginx(tmp_path_factory.mktemp("nginx")) as found:
        for number in range(200):
            (found.folder / f"{number}.bin").write_bytes(hashlib.sha256(b"%d" % number).digest() * 500)
        (found.folder / "large.bin").write_bytes(os.urandom(MEGABYTE) * 30)
        (found.folder / "slow").mkdir()
        (found.folder / "slow" / "file.bin").write_bytes(os.urandom(6 * MEGABYTE))
        yield found


def test_many_files_come_over_http_2(server: Nginx, tmp_path: Path) -> None:
    urls = [f"{server.tls_url}/{number}.bin" for number in range(200)]

    outcomes = list(turnout.download(urls, tmp_path, manner=Manner(proxy="", authorities=str(server.certificate))))

    assert {one.value.version for one in outcomes if isinstance(one, Success)} == {"2"}
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(f"{number}.bin" for number in range(200))
    assert all(file.read_bytes() == (server.folder / file.name).read_bytes() for file in tmp_path.iterdir())


def test_a_certificate_that_nobody_vouches_for_is_refused(server: Nginx, tmp_path: Path) -> None:
    (outcome,) = turnout.download(f"{server.tls_url}/1.bin", tmp_path, manner=Manner(proxy=""), retries=0)

    assert isinstance(outcome, Failure)
    assert "certificate" in str(outcome.error)
    assert not list(tmp_path.glob("*.bin"))


@pytest.mark.parametrize("parts", [1, 4])
def test_a_large_file_comes_whole_in_one_part_or_several(server: Nginx, tmp_path: Path, parts: int) -> None:
    (outcome,) = turnout.download(f"{server.url}/large.bin", tmp_path, parts=parts, manner=Manner(proxy=""))

    assert isinstance(outcome, Success)
    assert (tmp_path / "large.bin").read_bytes() == (server.folder / "large.bin").read_bytes()


def test_what_came_before_a_kill_is_not_asked_for_again(server: Nginx, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "turnout", "download", f"{server.url}/slow/file.bin", "--to", str(tmp_path)]
    words += ["--parts", "1", "--log", "-", "--quiet"]
    killed = subprocess.Popen(words, env=unmeasured(), stdout=subprocess.DEVNULL)
    part = tmp_path / "file.bin.part"
    while not part.exists() or part.stat().st_size < MEGABYTE:
        assert killed.poll() is None, "it ended before it could be killed"
        os.sched_yield()
    killed.send_signal(signal.SIGKILL)
    killed.wait(10)
    names_then = {file.name for file in tmp_path.iterdir()}

    resumed = subprocess.run(words, env=unmeasured(), stdout=subprocess.PIPE, text=True, check=True)

    told = json.loads(resumed.stdout.splitlines()[-1])
    assert "file.bin" not in names_then
    assert (tmp_path / "file.bin").read_bytes() == (server.folder / "slow" / "file.bin").read_bytes()
    assert told["received_bytes"] < told["size_bytes"]
    assert " 206 " in server.access.read_text(encoding="utf-8")
