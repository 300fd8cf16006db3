"""Every module can be imported by itself, whatever optional packages are missing."""

import subprocess
import sys
from importlib import import_module
from pkgutil import walk_packages

import pytest

import turnout

MODULES = sorted(module.name for module in walk_packages(turnout.__path__, "turnout."))
WITHOUT = (
    "numpy",
    "pandas",
    "pyarrow",
    "nats",
    "distributed",
    "dask",
    "PIL",
    "tkinter",
    "IPython",
    "prometheus_client",
    "reactivex",
    "ada_url",
    "bs4",
    "protego",
    "pycurl",
    "tantivy",
    "turbohtml",
    "warcio",
    "xxhash",
    "starlette",
    "uvicorn",
    "websockets",
)


def test_each_module_can_be_imported_without_optional_packages() -> None:
    script = (
        "import importlib, sys\n"
        f"sys.modules.update(dict.fromkeys({WITHOUT!r}))\n"
        f"for name in {[name for name in MODULES if not name.endswith('__main__')]!r}:\n"
        "    importlib.import_module(name)\n"
    )

    ran = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize(
    "name",
    [
        "turnout",
        "turnout.executors",
        "turnout.jobs.crawl",
        "turnout.jobs.monitor",
        "turnout.jobs.monitor.plant",
        "turnout.jobs.monitor.reactions",
        "turnout.observe",
        "turnout.pages",
        "turnout.pipeline",
        "turnout.report",
        "turnout.web",
    ],
)
def test_what_a_package_offers_is_there(name: str) -> None:
    package = import_module(name)

    missing = [offered for offered in dir(package) if not hasattr(package, offered)]

    assert missing == []
