"""A process that is asked over pipes: how it ends, and that nothing of it stays."""

import os
import sys
from pathlib import Path

import psutil
import pytest

from turnout.measurement._guest_process import Guest
from turnout.measurement._heat import HeatError, OverdueError

LONG_S = 30.0  # never waited for


def guest(folder: Path, body: str) -> Guest:
    script = folder / "guest.py"
    script.write_text(
        "import os, pickle, struct, sys\n"
        "read, write = map(int, sys.argv[1:])\n"
        "def say(payload):\n"
        "    os.write(write, struct.pack('>Q', len(payload)) + payload)\n"
        f"{body}\n"
    )
    return Guest([sys.executable, "-S"], os.environ, script)


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_a_reply_is_heard(tmp_path: Path) -> None:
    with guest(tmp_path, "say(pickle.dumps({'gil': True}))\nos.read(read, 1)") as talking:
        assert talking.hear(LONG_S) == {"gil": True}


def test_a_reply_larger_than_a_pipe_is_heard_whole(tmp_path: Path) -> None:
    body = "with os.fdopen(write, 'wb') as out:\n    p = pickle.dumps({'x': b'x' * 3000000})\n"
    body += "    out.write(struct.pack('>Q', len(p)) + p)\n    out.flush()\n    os.read(read, 1)"

    with guest(tmp_path, body) as talking:
        assert len(talking.hear(LONG_S)["x"]) == 3_000_000


def test_a_request_larger_than_a_pipe_is_sent_whole(tmp_path: Path) -> None:
    body = "with os.fdopen(read, 'rb') as source:\n    n, = struct.unpack('>Q', source.read(8))\n"
    body += "    say(pickle.dumps({'n': len(pickle.loads(source.read(n))[1])}))\n    source.read(1)"

    with guest(tmp_path, body) as talking:
        assert talking.ask("items", b"x" * 3_000_000, LONG_S) == {"n": 3_000_000}


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("os._exit(3)", "it ended with exit status 3"),
        ("sys.stderr.write('a\\nlast words\\n\\n'); sys.stderr.flush(); os._exit(3)", "status 3: last words"),
        ("os.kill(os.getpid(), 9)", "it was ended by signal 9"),
        ("say(b'no pickle'); os.read(read, 1)", "its reply cannot be read"),
    ],
)
def test_how_it_ended_is_one_sentence(tmp_path: Path, body: str, sentence: str) -> None:
    with guest(tmp_path, body) as talking, pytest.raises(HeatError) as caught:
        talking.hear(LONG_S)

    assert sentence in str(caught.value)


def test_one_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    body = "child = os.fork()\nsay(pickle.dumps({'child': child or os.getpid()})) if child else None\n"
    body += "import time; time.sleep(600)"

    with guest(tmp_path, body) as talking:
        child = talking.hear(LONG_S)["child"]
        with pytest.raises(OverdueError, match=r"it did not finish within 0\.2 s"):
            talking.hear(0.2)
        pid = talking.pid

    assert gone(pid)
    psutil.wait_procs([psutil.Process(child)] if psutil.pid_exists(child) else [], timeout=10)
    assert gone(child)


def test_one_whose_child_keeps_the_pipe_open_is_seen_to_have_ended(tmp_path: Path) -> None:
    body = "if os.fork(): os._exit(5)\nimport time; time.sleep(600)"

    with guest(tmp_path, body) as talking, pytest.raises(HeatError, match="it ended with exit status 5"):
        talking.hear(LONG_S)


def test_much_on_standard_error_does_not_stop_it(tmp_path: Path) -> None:
    body = "sys.stderr.write('x' * 1000000); sys.stderr.flush(); say(pickle.dumps({})); os.read(read, 1)"

    with guest(tmp_path, body) as talking:
        assert talking.hear(LONG_S) == {}


def test_what_it_prints_does_not_get_between_the_frames(tmp_path: Path) -> None:
    body = "print('hello', flush=True); os.write(1, b'raw'); say(pickle.dumps({'ok': 1})); os.read(read, 1)"

    with guest(tmp_path, body) as talking:
        assert talking.hear(LONG_S) == {"ok": 1}


def test_a_program_that_is_none_is_told(tmp_path: Path) -> None:
    text = tmp_path / "python"
    text.write_bytes(b"\x00")
    text.chmod(0o755)

    with pytest.raises(HeatError, match="it cannot be started: Exec format error"):
        Guest([str(text)], {})


def test_closing_twice_is_closing_once(tmp_path: Path) -> None:
    talking = guest(tmp_path, "os.read(read, 1)")

    talking.close()
    talking.close()

    assert gone(talking.pid)


def test_one_that_is_asked_to_quit_may_leave_by_itself(tmp_path: Path) -> None:
    mark = tmp_path / "left"
    talking = guest(tmp_path, f"say(pickle.dumps({{}}))\nos.read(read, 1000)\nopen({str(mark)!r}, 'w').close()")
    talking.hear(LONG_S)

    talking.quit()
    talking.close(LONG_S)

    assert mark.exists()
