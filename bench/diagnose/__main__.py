"""Holds diagnoses to programs of known truth: ``python bench/diagnose --help``."""

import sys
from importlib import import_module
from pathlib import Path

if __name__ == "__main__":
    # the folder above has this package; Python put this folder there, whose modules are not to be found twice
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    import_module("diagnose._suite").main()
