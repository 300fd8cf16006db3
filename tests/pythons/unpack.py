"""Unpacks interpreters and compiles their standard libraries, so that they start quickly.

python unpack.py FOLDER TARBALL [TARBALL ...]
"""

import subprocess
import sys
import tarfile
from pathlib import Path


def unpack(tarball: Path, folder: Path) -> Path:
    """Unpack one tarball, which holds one folder with ``bin/python3`` in it, unless that was done before.

    Returns:
        The interpreter.
    """
    home = folder / tarball.name.removesuffix(".tar.xz")
    python = home / "bin" / "python3"
    done = home / ".compiled"
    if not done.exists():
        with tarfile.open(tarball) as archive:
            archive.extractall(folder, filter="tar")
        subprocess.run(
            [python, "-m", "compileall", "-q", home / "lib"], check=False
        )  # some test data is bad on purpose
        done.touch()
    return python


def main(folder: Path, tarballs: list[Path]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for tarball in tarballs:
        python = unpack(tarball, folder)
        told = subprocess.run([python, "-VV"], capture_output=True, text=True, check=True).stdout.strip()
        print(f"{python}: {told}")  # noqa: T201  a script prints


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(argument) for argument in sys.argv[2:]])
