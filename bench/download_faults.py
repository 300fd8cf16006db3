"""Twenty ways in which servers fail: which client saves the right file, and which a wrong one without a word.

A file that is saved by a client that says it succeeded, and is not what the server has, is corrupt. Clients are asked
to try again as they can be; each gets 40 seconds.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from _download_faults import FAULTS, Fault, site_of
from _harness import Verdict, show

_PATIENCE_S = 40


def turnout(url: str, folder: Path) -> list[str]:
    program = str(Path(sys.executable).with_name("turnout"))
    return [program, "download", url, "--to", str(folder), "--stall", "2", "--connect", "5", "--quiet", "--proxy="]


def curl(url: str, folder: Path) -> list[str]:
    words = ["curl", "-sfL", "--retry", "5", "--retry-all-errors", "-C", "-", "--speed-time", "2", "--speed-limit", "1"]
    return [*words, "--max-time", "20", "-o", str(folder / url.rpartition("/")[2]), url]


def wget(url: str, folder: Path) -> list[str]:
    words = ["wget", "-q", "-c", "--tries=5", "--timeout=2", "--retry-on-http-error=429,503", "--waitretry=1"]
    return [*words, "-P", str(folder), url]


def wget2(url: str, folder: Path) -> list[str]:
    words = ["wget2", "-q", "-c", "--tries=5", "--timeout=2", "--waitretry=1", "--no-robots"]
    return [*words, "-P", str(folder), url]


def aria2(url: str, folder: Path) -> list[str]:
    words = ["aria2c", "-q", "-c", "-m5", "--retry-wait=1", "-t2", "--lowest-speed-limit=1", "--file-allocation=none"]
    return [*words, "-d", str(folder), url]


CLIENTS: dict[str, Callable[[str, Path], list[str]]] = {
    "turnout": turnout,
    "curl": curl,
    "wget": wget,
    "wget2": wget2,
    "aria2c": aria2,
}


def verdict(client: Callable[[str, Path], list[str]], fault: Fault) -> str:
    """Return ``"right"``, ``"corrupt"``, or ``"failed"`` for a client that says that it has not got the file."""
    with site_of(fault) as site, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            words = client(site.url + fault.path, folder)
            status = subprocess.run(words, capture_output=True, timeout=_PATIENCE_S, check=False).returncode
        except subprocess.TimeoutExpired:
            return "failed"
        files = [file for file in folder.iterdir() if file.suffix not in {".part", ".json", ".aria2"}]
        saved = files[0].read_bytes() if len(files) == 1 else None
        if status != 0:
            return "right" if None in fault.contents and saved is None else "failed"
        return "right" if saved in fault.contents else "corrupt"


def judge() -> list[Verdict]:
    """Print a table, a fault a line, and return what is judged."""
    clients = {name: client for name, client in CLIENTS.items() if name == "turnout" or shutil.which(name)}
    print(f"{'fault':30}", *(f"{name:>8}" for name in clients))
    totals = {name: {"right": 0, "corrupt": 0, "failed": 0} for name in clients}
    for fault in FAULTS:
        found = {name: verdict(client, fault) for name, client in clients.items()}
        for name, one in found.items():
            totals[name][one] += 1
        print(f"{fault.name:30}", *(f"{one:>8}" for one in found.values()), flush=True)
    for kind in ("right", "corrupt", "failed"):
        print(f"{kind:30}", *(f"{totals[name][kind]:>8}" for name in clients))
    ours = totals["turnout"]
    return [
        Verdict(
            what=f"{len(FAULTS)} ways in which servers fail",
            found=f"{ours['right']} right, {ours['corrupt']} corrupt",
            bar=f"{len(FAULTS)} right",
            met=ours["right"] == len(FAULTS),
            details=", ".join(f"{name} {one['right']} right, {one['corrupt']} corrupt" for name, one in totals.items()),
        )
    ]


def main() -> None:
    """Measure, and leave with 1 if the bar is missed."""
    verdicts = judge()
    show(verdicts)
    sys.exit(not all(verdict.met for verdict in verdicts))


if __name__ == "__main__":
    main()
