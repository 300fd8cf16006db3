"""``turnout diagnose``."""

import json
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from turnout.cli import diagnose as command
from turnout.cli import main
from turnout.cli._commands import Parser
from turnout.errors import ExitStatus, UsageError
from turnout.observe import Recording

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a call to read another process")
NO_PID = str((1 << 31) - 1)


class Judged:
    """Stands in for a report."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording

    def to_text(self, width: int, *, colour: bool) -> str:
        return f"text of {self.recording.pid} in {width} columns{' in colour' if colour else ''}\n"

    def to_json(self) -> str:
        return '{"a": "report"}\n'

    def to_html(self) -> str:
        return "<p>a page</p>"

    def to_chrome_trace(self) -> str:
        return "a trace"

    def to_speedscope(self) -> str:
        return "stacks"


class Judge:
    """Keeps what was seen, and makes a report of it that says little."""

    def __init__(self) -> None:
        self.recordings: list[Recording] = []

    def __call__(self, recording: Recording) -> Judged:
        self.recordings.append(recording)
        return Judged(recording)


def run(*words: str, judge: Judge | None = None) -> int:
    parser = Parser(allow_abbrev=False)
    command.add_arguments(parser)
    return command.run(parser.parse(words), judge or Judge())


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """Return a program that writes its arguments to a file beside it, and leaves with status 7."""
    file = tmp_path / "its own script.py"
    file.write_text(
        "import pathlib, sys\npathlib.Path(__file__).with_suffix('.txt').write_text(repr(sys.argv[1:]))\nsys.exit(7)\n"
    )
    return file


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ((), "name a script (or -m and a module), or --pid PID of a program that runs, and not both"),
        (("--quiet",), "name a script (or -m and a module), or --pid PID"),
        (("--",), "name a script (or -m and a module), or --pid PID"),
        (("-m",), "name a script (or -m and a module), or --pid PID"),
        (("--pid", "1", "script.py"), "and not both"),
        (("--pid", "1", "-m"), "and not both"),
        (("--pid", "one"), "argument --pid: invalid int value: 'one'"),
        (("--pid",), "argument --pid: expected one argument"),
        (("--pid", NO_PID), f"there is no process {NO_PID}, or none that may be looked at; see ps for others"),
        (("--pid", "0"), "there is no process 0"),
        (("--pid", "-5"), "there is no process -5"),
        (("--pid", "9" * 30), f"there is no process {'9' * 30}"),
        (("missing.py",), "there is no file 'missing.py'; name a script, or -m and a module"),
        (("",), "there is no file ''"),
        (("/",), "there is no file '/'"),
        (("a\0b",), "there is no file 'a\\x00b'"),
        (("--duration", "0", "--pid", "1"), "--duration must be more than 0 seconds, not 0"),
        (("--duration", "-3", "--pid", "1"), "--duration must be more than 0 seconds, not -3"),
        (("--duration", "nan", "--pid", "1"), "--duration must be more than 0 seconds, not nan"),
        (("--duration", "soon", "--pid", "1"), "argument --duration: invalid float value: 'soon'"),
        (("--duration", "3", "-m", "this"), "--duration goes with --pid"),
        (("--python", "/no/such/python", "-m", "this"), "there is no program '/no/such/python' to run it with"),
        (("--unknown", "-m", "this"), "unrecognized arguments: --unknown"),
        (("--html",), "argument --html: expected one argument"),
    ],
)
def test_what_cannot_be_meant_is_told_in_a_sentence(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], complaint: str
) -> None:
    status = main(["diagnose", *words])

    captured = capsys.readouterr()
    assert status == ExitStatus.USAGE
    assert captured.out == ""
    assert captured.err.startswith("turnout: ")
    assert complaint in captured.err
    assert captured.err.count("\n") == 1


def test_the_help_tells_that_what_follows_the_program_is_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["diagnose", "--help"])

    assert status == ExitStatus.OK
    assert "options of turnout come before the program, all that follow are its own" in capsys.readouterr().out


@linux_only
@pytest.mark.integration
@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--html", "x.html", "--pid", "3", "-m", "--help"),
        ("--level", "-5", "--", "-1k", ""),
        ("--json", "-"),
    ],
)
def test_all_that_follows_the_program_is_its_own_to_the_letter(
    script: Path, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    status = run("--quiet", str(script), *words)

    assert status == 7
    assert script.with_suffix(".txt").read_text() == repr(list(words))
    assert capsys.readouterr().out == ""


@linux_only
@pytest.mark.integration
def test_a_program_may_follow_two_dashes(script: Path) -> None:
    assert run("--quiet", "--", str(script), "a") == 7
    assert script.with_suffix(".txt").read_text() == "['a']"


@linux_only
@pytest.mark.integration
def test_a_module_is_run_as_python_runs_it() -> None:
    judge = Judge()

    status = run("--quiet", "-m", "timeit", "-n1", "-r1", "import os; os._exit(9)", judge=judge)

    assert status == 9
    assert judge.recordings[0].command[1:3] == ("-m", "timeit")


@linux_only
@pytest.mark.integration
@pytest.mark.parametrize(
    ("ending", "status"), [("", 0), ("sys.exit(3)", 3), ("1/0", 1), ("os.kill(os.getpid(), 9)", 137)]
)
def test_the_status_is_the_program_s_own(tmp_path: Path, ending: str, status: int) -> None:
    file = tmp_path / "ends.py"
    file.write_text(f"import os, sys\nsys.stderr = open(os.devnull, 'w')\n{ending}\n")

    assert run("--quiet", str(file)) == status


@linux_only
@pytest.mark.integration
def test_the_report_is_shown_and_saved_in_each_form(
    script: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    forms = {"--json": '{"a": "report"}\n', "--html": "<p>a page</p>", "--trace": "a trace", "--speedscope": "stacks"}
    words = [word for form in forms for word in (form, str(tmp_path / form))]

    run(*words, str(script))

    captured = capsys.readouterr()
    assert captured.out.startswith("text of ")
    assert {form: (tmp_path / form).read_text() for form in forms} == forms
    assert captured.err.count(str(tmp_path)) == 4


@linux_only
@pytest.mark.integration
def test_json_on_standard_output_sends_the_text_to_the_error_stream(
    script: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("--json", "-", str(script))

    captured = capsys.readouterr()
    assert captured.out == '{"a": "report"}\n'
    assert captured.err.startswith("text of ")


@linux_only
@pytest.mark.integration
def test_a_program_is_diagnosed_from_a_shell(script: Path) -> None:
    words = [sys.executable, "-m", "turnout", "diagnose", "--json", "-", str(script)]

    done = subprocess.run(words, capture_output=True, text=True, check=False)

    assert done.returncode == 7
    assert json.loads(done.stdout)
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr


WAITS = """\
import signal, sys
def told(number, frame):
    print("told", signal.Signals(number).name, flush=True)
    if {leaves}:
        sys.exit(4)
signal.signal(signal.SIGINT, told)
signal.signal(signal.SIGTERM, told)
print("ready", flush=True)
while True:
    signal.pause()
"""


def opened_by(pid: int) -> set[str]:
    found = set()
    for handle in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):  # it is closed already
            found.add(str(handle.readlink()))
    return found


DIAGNOSES = """\
import sys
from cli.test_diagnose_command import run
sys.exit(run(*sys.argv[1:]))
"""


@linux_only
@pytest.mark.integration
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_the_program_s_own_affair_and_what_was_seen_is_reported(
    tmp_path: Path, number: signal.Signals
) -> None:
    file = tmp_path / "waits.py"
    file.write_text(WAITS.format(leaves=True))
    command = [sys.executable, "-c", DIAGNOSES, str(file)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as turnout:
        assert turnout.stdout
        assert turnout.stdout.readline() == "ready\n"
        turnout.send_signal(number)

        told, shown = turnout.stdout.read().splitlines()

    assert told == f"told {number.name}"
    assert shown.startswith("text of ")
    assert turnout.returncode == 4


@linux_only
@pytest.mark.integration
def test_a_program_that_does_not_mind_is_killed_at_the_second_signal(tmp_path: Path) -> None:
    file = tmp_path / "waits.py"
    file.write_text(WAITS.format(leaves=False))
    command = [sys.executable, "-c", DIAGNOSES, str(file)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as turnout:
        assert turnout.stdout
        turnout.stdout.readline()
        turnout.send_signal(signal.SIGINT)
        assert turnout.stdout.readline() == "told SIGINT\n"
        turnout.send_signal(signal.SIGINT)

        rest = turnout.stdout.read()

    assert rest.startswith("text of ")
    assert turnout.returncode == 137


@linux_only
@pytest.mark.integration
def test_ctrl_c_ends_the_looking_at_a_program_that_runs_and_not_the_program(tmp_path: Path) -> None:
    file = tmp_path / "waits.py"
    file.write_text(WAITS.format(leaves=True))
    with subprocess.Popen([sys.executable, file], stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout
        program.stdout.readline()
        command = [sys.executable, "-c", DIAGNOSES, "--pid", str(program.pid)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as turnout:
            while f"/proc/{program.pid}/task/{program.pid}/syscall" not in opened_by(turnout.pid):
                continue
            turnout.send_signal(signal.SIGINT)
            shown, complaint = turnout.communicate()
        assert program.poll() is None
        program.terminate()
        rest = program.stdout.read()

    assert shown.startswith(f"text of {program.pid} ")
    assert complaint == ""
    assert turnout.returncode == 0
    assert rest == "told SIGTERM\n"


@pytest.mark.parametrize("option", ["--json", "--html", "--trace", "--speedscope"])
def test_the_program_is_not_written_over(option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("script.py", "package/__main__.py", "package/inner.py"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text("raise SystemExit('this ran')\n")

    for file, *program in (
        ("script.py", "script.py"),
        ("package/__main__.py", "-m", "package"),
        ("package/inner.py", "-m", "package.inner"),
    ):
        with pytest.raises(UsageError, match=f"the program and {option} name the same file, '{file}'"):
            run(option, file, *program)


def test_no_file_is_written_over_another_one(script: Path, tmp_path: Path) -> None:
    name = str(tmp_path / "found")

    with pytest.raises(UsageError, match="--json and --html name the same file"):
        run("--json", name, "--html", name, str(script))


@pytest.mark.integration
def test_secrets_of_the_command_line_are_not_kept(script: Path) -> None:
    judge = Judge()

    run("--quiet", str(script), "--password", "hush", judge=judge)

    assert judge.recordings[0].command[-2:] == ("--password", "***")
    assert script.with_suffix(".txt").read_text() == "['--password', 'hush']"


@linux_only
@pytest.mark.integration
@pytest.mark.parametrize("duration", ["0.05", "inf"])
def test_a_program_that_runs_is_looked_at_for_a_while_or_until_it_ends(duration: str) -> None:
    judge = Judge()
    code = "import sys\nprint(flush=True)\nsys.stdin.read(1)"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        assert program.stdin
        assert program.stdout
        program.stdout.readline()
        if duration == "inf":
            program.stdin.close()

        status = run("--quiet", "--duration", duration, "--pid", str(program.pid), judge=judge)

    assert status == ExitStatus.OK
    assert judge.recordings[0].pid == program.pid
    assert judge.recordings[0].exit_code is None
