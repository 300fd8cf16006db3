"""A configuration to begin with."""

from importlib.resources import files


def example() -> str:
    """Return a configuration to begin with: of a hall that `turnout monitor simulate` plays, every section in it."""
    return files("turnout.jobs.monitor.config").joinpath("example.toml").read_text("utf-8")
