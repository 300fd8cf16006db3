"""How fast files come beside curl, wget2 and aria2: one run, one machine, one server for all.

The server is nginx on the loopback. Small files come 50 ms late: over HTTP/1.1 from a server that waits, over HTTP/2
through a relay that holds back what clients say. Files go to memory (/dev/shm), so that no disk is measured. Each
client runs several times, in turn; medians of wall time and CPU time (the client's alone), and the most memory.

A bare loop around pycurl shows what small files cost in Python at the least; it is no download that one would want.

Of the second or less that each case takes, the start of Python and of our modules is a good part; with ``--times 5``
there are five times as many small files, and large files are five times as large (16 GB of memory).
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from _harness import Verdict, show

_SMALL = 1_000
_SMALL_BYTES = 20_000
_BIG_BYTES = 200_000_000
_PIECE = 1_000_000
_LATENCY_S = 0.05
_MEMORY_MB = 80
_PORTS = {"plain": 18940, "tls": 18941, "slow": 18942}
_NGINX = """\
worker_processes 1; daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000; root {folder}/www;
 default_type application/octet-stream; client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2;
 fastcgi_temp_path {folder}/t3; uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
 server {{ listen 127.0.0.1:{plain}; }}
 server {{ listen 127.0.0.1:{tls} ssl http2; ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem; }}
 server {{ listen 127.0.0.1:{slow}; limit_rate 20m; }}
}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is downloaded.

    Attributes:
        name: What the table calls it.
        urls: All of them.
        size_bytes: Of each.
        connections: That a client may open to the server.
        parts: Over how many connections one file may come.
    """

    name: str
    urls: list[str]
    size_bytes: int
    connections: int
    parts: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a client took."""

    wall_s: float
    cpu_s: float
    memory_mb: float


Command = Callable[[Case, Path], list[str]]


def turnout(case: Case, folder: Path) -> list[str]:
    program = str(Path(sys.executable).with_name("turnout"))
    words = [program, "download", "-i", str(_list(case, folder)), "--to", str(folder / "out"), "--quiet", "--insecure"]
    parts = ["--parts", str(case.parts)]
    return [*words, "--connections", str(case.connections), "--per-host", str(case.connections), *parts]


def curl(case: Case, folder: Path) -> list[str]:
    config = folder / "curl.cfg"
    lines = [f'url = "{url}"\noutput = "{folder}/out/{number}"\n' for number, url in enumerate(case.urls)]
    config.write_text("".join(lines))
    return ["curl", "-sk", "--parallel", "--parallel-max", str(case.connections), "-K", str(config)]


def wget2(case: Case, folder: Path) -> list[str]:
    words = ["wget2", "-q", "--no-check-certificate", "--no-robots", f"--max-threads={case.connections}"]
    return [*words, "-P", str(folder / "out"), "-i", str(_list(case, folder))]


def aria2(case: Case, folder: Path) -> list[str]:
    words = ["aria2c", "-q", "--check-certificate=false", f"-j{case.connections}", f"-x{min(case.parts, 16)}"]
    words += [f"-s{case.parts}", "-k1M", "--file-allocation=none"]
    return [*words, "-d", str(folder / "out"), "-i", str(_list(case, folder))]


def bare(case: Case, folder: Path) -> list[str]:
    script = str(Path(__file__).with_name("_bare_pycurl.py"))
    return [sys.executable, script, str(_list(case, folder)), str(folder / "out"), str(case.connections)]


BARE = "bare pycurl"
CLIENTS: dict[str, Command] = {"turnout": turnout, "curl": curl, BARE: bare, "wget2": wget2, "aria2": aria2}


def _list(case: Case, folder: Path) -> Path:
    file = folder / "urls.txt"
    file.write_text("".join(f"{url}\n" for url in case.urls))
    return file


def measured(command: Command, case: Case) -> Cost:
    """Run a client once, and see that all files came."""
    with tempfile.TemporaryDirectory(dir=_memory()) as name:
        folder = Path(name)
        (folder / "out").mkdir()
        words = command(case, folder)
        before = time.perf_counter()
        process = subprocess.Popen(words, env=_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - before
        process.returncode = os.waitstatus_to_exitcode(status)
        files = [file for file in (folder / "out").rglob("*") if file.is_file()]
        if len(files) != len(case.urls) or any(file.stat().st_size != case.size_bytes for file in files):
            sys.exit(f"{words[0]} brought {len(files)} of {len(case.urls)} files of {case.name}, status {status}")
        return Cost(wall_s=wall_s, cpu_s=used.ru_utime + used.ru_stime, memory_mb=used.ru_maxrss / 1024)


def _environment() -> dict[str, str]:
    """Return the environment, in which Python keeps what it has compiled, as it does for users."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def compare(case: Case, names: list[str], repeats: int) -> dict[str, Cost]:
    """Run clients in turn, and return the medians of each."""
    costs: dict[str, list[Cost]] = {name: [] for name in names}
    for _ in range(repeats):
        for name in names:
            costs[name].append(measured(CLIENTS[name], case))
    return {
        name: Cost(
            wall_s=median(one.wall_s for one in all_of_it),
            cpu_s=median(one.cpu_s for one in all_of_it),
            memory_mb=max(one.memory_mb for one in all_of_it),
        )
        for name, all_of_it in costs.items()
    }


@contextmanager
def servers(times: int = 1) -> Iterator[dict[str, Case]]:
    """Run the servers, and give what they have, ``times`` as much as usual."""
    count, size_bytes, size_mb = times * _SMALL, times * _BIG_BYTES, times * _BIG_BYTES // 1_000_000
    with tempfile.TemporaryDirectory(dir=_memory()) as name, ExitStack() as open_things:
        folder = Path(name)
        _fill(folder, {"small": (count, _SMALL_BYTES), "big": (4, size_bytes)})
        nginx = subprocess.Popen(
            [shutil.which("nginx") or "nginx", "-p", name, "-c", f"{name}/nginx.conf"], stderr=subprocess.DEVNULL
        )
        open_things.callback(nginx.wait)
        open_things.callback(nginx.terminate)
        late = open_things.enter_context(_late("--file", f"{name}/www/small/0"))
        relay = open_things.enter_context(_late("--relay", str(_PORTS["tls"])))
        time.sleep(0.5)
        big = [f"http://127.0.0.1:{_PORTS['plain']}/big/{number}" for number in range(4)]
        tls = [f"https://127.0.0.1:{_PORTS['tls']}/big/{number}" for number in range(4)]
        slow = [f"http://127.0.0.1:{_PORTS['slow']}/big/0"]
        small = [f"http://127.0.0.1:{late}/small/{number}" for number in range(count)]
        http2 = [f"https://127.0.0.1:{relay}/small/{number}" for number in range(count)]
        yield {
            "small": Case(name=f"{count:,} x 20 kB, 50 ms late", urls=small, size_bytes=_SMALL_BYTES, connections=50),
            "http2": Case(name="the same over HTTP/2", urls=http2, size_bytes=_SMALL_BYTES, connections=50),
            "big": Case(name=f"4 x {size_mb} MB", urls=big, size_bytes=size_bytes, connections=4),
            "tls": Case(name=f"4 x {size_mb} MB over TLS", urls=tls, size_bytes=size_bytes, connections=4),
            "slow": Case(
                name=f"{size_mb} MB at 20 MB/s a connection", urls=slow, size_bytes=size_bytes, connections=16, parts=16
            ),
        }


@contextmanager
def _late(*words: str) -> Iterator[int]:
    script = Path(__file__).with_name("_late_server.py")
    command = [sys.executable, str(script), "--latency-s", str(_LATENCY_S), *words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdout is None or process.stdin is None:
            sys.exit("the late server has no pipes")
        yield int(process.stdout.readline())
        process.stdin.close()


def _fill(folder: Path, content: dict[str, tuple[int, int]]) -> None:
    for name, (count, size) in content.items():
        (folder / "www" / name).mkdir(parents=True)
        for number in range(count):
            with (folder / "www" / name / str(number)).open("wb") as file:
                for _ in range(
                    0, size, _PIECE
                ):  # little at a time: a child's memory is told to be its parent's at least
                    file.write(os.urandom(min(_PIECE, size)))
    key = [
        shutil.which("openssl") or "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=127.0.0.1",
    ]
    subprocess.run(
        [*key, "-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem"], check=True, stderr=subprocess.DEVNULL
    )
    (folder / "nginx.conf").write_text(_NGINX.format(folder=folder, **_PORTS))


def _memory() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  files of our own, in a folder of our own


REPEATS = 5
BARS = {
    "small": [("wall", "curl", 1.1), ("CPU", "curl", 2.0)],
    "http2": [("wall", "wget2", 1.0)],
    "big": [("wall", "curl", 0.6)],
    "tls": [("wall", "curl", 1.0)],
    "slow": [("wall", "aria2", 1.0)],
}
"""What ours may cost at most, beside another client's."""


def judge(repeats: int = REPEATS, only: Sequence[str] = tuple(BARS), times: int = 1) -> list[Verdict]:
    """Measure, print a table, and return what is judged."""
    programs = {"turnout": sys.executable, BARE: sys.executable, "aria2": "aria2c"}
    names = [name for name in CLIENTS if shutil.which(programs.get(name, name))]
    print(f"{'case':32} {'client':11} {'wall s':>7} {'ratio':>6} {'CPU s':>6} {'MB':>5}")
    verdicts: list[Verdict] = []
    with servers(times) as cases:
        for key, case in cases.items():
            if key not in only:
                continue
            if key == "small":
                able = names
            elif key == "http2":
                able = [name for name in names if name not in {"aria2", BARE}]  # which know HTTP/1.1 only
            elif key == "slow":
                able = [name for name in names if name in {"turnout", "aria2"}]
            else:
                able = [name for name in names if name != BARE]
            costs = compare(case, able, repeats)
            best = min(cost.wall_s for cost in costs.values())
            for name, cost in costs.items():
                print(
                    f"{case.name:32} {name:11} {cost.wall_s:7.2f} {cost.wall_s / best:6.2f} {cost.cpu_s:6.2f} "
                    f"{cost.memory_mb:5.0f}",
                    flush=True,
                )
            verdicts += _verdicts(key, case, costs)
    return verdicts


def _verdicts(key: str, case: Case, costs: dict[str, Cost]) -> Iterator[Verdict]:
    ours = costs["turnout"]
    details = ", ".join(f"{name} {cost.wall_s:.2f} s and {cost.cpu_s:.2f} s of CPU" for name, cost in costs.items())
    for what, name, bar in BARS[key]:
        if name in costs:
            theirs = costs[name]
            ratio = ours.wall_s / theirs.wall_s if what == "wall" else ours.cpu_s / theirs.cpu_s
            yield Verdict(
                what=f"downloading {case.name}: {what}",
                found=f"{ratio:.2f} x {name}",
                bar=f"at most {bar:.2f} x",
                met=ratio <= bar,
                details=details,
            )
    yield Verdict(
        what=f"downloading {case.name}: memory",
        found=f"{ours.memory_mb:.0f} MB",
        bar=f"at most {_MEMORY_MB} MB",
        met=ours.memory_mb <= _MEMORY_MB,
    )


def main() -> None:
    """Read what to measure, and show it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--only", default=",".join(BARS), help="names of cases, with commas")
    parser.add_argument("--times", type=int, default=1, help="how much of all there is")
    options = parser.parse_args()
    show(judge(options.repeats, options.only.split(","), options.times))


if __name__ == "__main__":
    main()
