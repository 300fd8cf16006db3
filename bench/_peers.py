"""Makes the environment that the peers live in, apart from the project's own."""

import subprocess
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
HOME = ROOT / ".cache" / "bench-venv"
PEERS = ("joblib>=1.6", "loky>=3.7", "mpire>=2.10", "multiprocess>=0.70", "pebble>=5.2", "numpy>=2", "py-spy>=0.4")
LARGE = {  # installed only when asked for
    "scrapy": "scrapy>=2.12",
    "dask": "distributed>=2026.1",
    "ray": "ray>=2.40",
    "gmqtt": "gmqtt>=0.8",
    "paho": "paho-mqtt>=2.1",
    "aiomqtt": "aiomqtt>=2.3",
    "amqtt": "amqtt>=0.11",
    "pyee": "pyee>=13",
    "blinker": "blinker>=1.9",
    "psygnal": "psygnal>=0.15",
}


@cache
def python(extra: tuple[str, ...] = ()) -> str:
    """Return the interpreter that has the peers and turnout, installed at the first call.

    Args:
        extra: Of `LARGE`, those that are to be there too.
    """
    found = HOME / "bin" / "python"
    stamp = HOME / ".installed"
    wanted = "\n".join(PEERS)
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        print(f"installing the peers in {HOME.relative_to(ROOT)}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", HOME], check=True)
        pip: list[str | Path] = [found, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *PEERS, "--editable", ROOT], check=True)
        stamp.write_text(wanted, encoding="utf-8")
    if extra:
        pip = [found, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *(LARGE[name] for name in extra)], check=True)
    return str(found)


def versions() -> dict[str, str]:
    """Return the version of each peer."""
    script = "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]))"
    names = [peer.partition(">=")[0] for peer in PEERS]
    told = subprocess.run([python(), "-c", script, *names], capture_output=True, text=True, check=True).stdout
    return dict(zip(names, told.split(), strict=True))
