"""The command line where its surroundings lack something."""

import json
import os
import shutil
import subprocess
import sys
from argparse import ArgumentTypeError
from pathlib import Path

import pytest

from turnout.cli._options import output_file

TURNOUT = [sys.executable, "-m", "turnout"]
RACE = [*TURNOUT, "race", "math:sqrt", "--range", "1..9", "--budget", "20", "--repeats", "1"]
FULL = Path("/dev/full")

pytestmark = pytest.mark.integration


def shell(line: str, *words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run a command line in which ``"$@"`` stands for the words."""
    given = dict.fromkeys(("PYTHONUTF8", "PYTHONCOERCECLOCALE"), "0") | variables
    return subprocess.run(
        ["sh", "-c", line, "sh", *words],
        env={**os.environ, **given},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("variables", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C"}])
def test_timelines_are_drawn_in_ascii_where_blocks_are_unknown(variables: dict[str, str]) -> None:
    done = shell('"$@"', *RACE, **variables)

    assert done.returncode == 0
    assert "# computing" in done.stdout
    assert "?" not in done.stdout


@pytest.mark.parametrize("closing", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_is_taken_for_an_empty_one(closing: str, tmp_path: Path) -> None:
    page = tmp_path / "race.json"

    done = shell(f'"$@" {closing}', *RACE, "--json", str(page))

    assert done.returncode == 0
    assert json.loads(page.read_text())["choice"] is not None
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
@pytest.mark.parametrize("closing", [">&-", "<&- >&- 2>&-"])
def test_what_code_in_c_writes_to_a_closed_output_reaches_no_file_of_ours(
    closing: str, method: str, tmp_path: Path
) -> None:
    module, results = tmp_path / "raw.py", tmp_path / "results.jsonl"
    module.write_text("import os\ndef raw(item):\n    os.write(1, b'raw raw raw raw raw ' * 4)\n    return item\n")
    words = [*TURNOUT, "run", f"{module}:raw", "--range", "0..99", "--quiet", "--output", str(results)]

    done = shell(f'"$@" {closing}', *words, "--executor", "processes", "--start-method", method)

    assert done.returncode == 0
    assert done.stderr == ""
    assert [json.loads(line)["value"] for line in results.read_text().splitlines()] == list(range(100))


@pytest.mark.parametrize("words", [["run", "--output"], ["run", "--json"], ["race", "--json"]])
def test_what_is_asked_for_on_a_closed_output_is_refused(words: list[str]) -> None:
    command, option = words

    done = shell('"$@" >&-', sys.executable, "-m", "turnout", command, "math:sqrt", "--range", "1..9", option, "-")

    assert done.returncode == 2
    assert "standard output is closed; open it, or name a file" in done.stderr


def test_items_from_a_closed_input_are_none() -> None:
    done = shell('"$@" <&-', *RACE[:5], "--items", "-")

    assert done.returncode == 2
    assert done.stderr == "turnout: there are no items in standard input; give at least one\n"


@pytest.mark.skipif(not FULL.exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize(
    "words", [RACE, [*RACE, "--json"], [*RACE[:3], "machine", "--costs", "none"], [*RACE[:3], "--help"]]
)
def test_a_full_disk_is_told_in_a_sentence(words: list[str]) -> None:
    done = shell(f'"$@" > {FULL}', *words)

    assert done.returncode == 2
    assert done.stderr == "turnout: standard output cannot be written (No space left on device); send it elsewhere\n"


@pytest.mark.parametrize(("target", "status"), [("math:sqrt", 0), ("here:work", 2), ("here.py:work", 2)])
def test_a_working_folder_that_is_gone_is_no_traceback(tmp_path: Path, target: str, status: int) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()

    done = shell(f'cd {folder}; rmdir {folder}; "$@"', *RACE[:4], target, *RACE[5:])

    assert "Traceback" not in done.stderr
    assert done.returncode == status


def test_too_few_descriptors_are_told_with_a_remedy() -> None:
    done = shell('ulimit -n 24; "$@"', *RACE, "--executors", "sequential,processes", "--workers", "30")

    assert "processes x 30: Too many open files; take fewer workers, or raise the limit (see ulimit -a)." in " ".join(
        done.stdout.split()
    )


def test_too_little_room_for_threads_is_told_as_that() -> None:
    done = shell('ulimit -v 400000; "$@"', *RACE, "--executors", "sequential,threads", "--workers", "2000")

    assert "cannot join" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_without_a_name_is_refused_before_the_race() -> None:
    with pytest.raises(ArgumentTypeError, match="name a file"):
        output_file("")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_file_that_may_not_be_written_is_refused_before_the_race(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    with pytest.raises(ArgumentTypeError, match="may not be written"):
        output_file(str(tmp_path / "race.html"))


def test_files_are_written_even_if_nobody_reads_the_table(tmp_path: Path) -> None:
    page = tmp_path / "race.html"

    shell('"$@" | true', *RACE, "--html", str(page))

    assert page.read_text().endswith("</html>\n")


def test_a_pager_that_is_left_early_is_no_error() -> None:
    assert shutil.which("head")
    done = shell('"$@" | head -n 1', *RACE)

    assert done.stdout == "sqrt over 1..9\n"
    assert done.stderr == ""
