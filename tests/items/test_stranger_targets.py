"""Targets that live in unlucky places."""

import subprocess
import sys
from pathlib import Path

import pytest

from turnout.errors import TargetError
from turnout.items import resolve_target


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "random.py").write_text("def work(item): return item\n")
    (tmp_path / "strange_helper.py").write_text("def help_with(item): return item\n")
    (tmp_path / "strange_mine.py").write_text(
        "from strange_helper import help_with\nimport tempfile\ndef work(item): return help_with(item)\n"
    )
    (tmp_path / "strange_lazy.py").write_text("def __getattr__(name): raise RuntimeError('not now')\n")
    return tmp_path


def race(*words: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    command = ["turnout", "race", *words, "--range", "1..9", "--budget", "20", "--repeats", "1"]
    code = "import sys; from turnout.cli import main; sys.exit(main(sys.argv[1:]))"
    return subprocess.run(
        [sys.executable, "-P", "-c", code, *command[1:]], cwd=cwd, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("start_method", ["fork", "forkserver", "spawn"])
@pytest.mark.parametrize("target", ["strange_mine.py:work", "strange_mine:work"])
def test_a_neighbour_named_like_a_standard_module_does_no_harm(folder: Path, target: str, start_method: str) -> None:
    done = race(target, "--start-method", start_method, cwd=folder)

    assert done.stderr == ""
    assert done.returncode == 0


def test_a_file_named_like_a_standard_module_is_to_be_renamed(folder: Path) -> None:
    done = race("random.py:work", cwd=folder)

    assert done.stderr == "turnout: 'random.py' is hidden by another module called 'random'; rename the file\n"
    assert done.returncode == 2


def test_a_module_that_will_not_tell_what_it_has_is_told_in_a_sentence(folder: Path) -> None:
    with pytest.raises(TargetError, match=r"'work' cannot be had from .*: RuntimeError: not now .* correct it there"):
        resolve_target(f"{folder}/strange_lazy.py:work")
