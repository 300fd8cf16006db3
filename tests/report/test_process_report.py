"""A process, as a stranger sees it."""

import json
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from process_samples import full_process, hidden_process, hostile_process
from turnout.observe import (
    Channels,
    Descriptor,
    DescriptorKind,
    Descriptors,
    Environment,
    Frame,
    Process,
    Python,
    Signals,
    Thread,
    ThreadState,
    Unknown,
    Variable,
)
from turnout.report._process import process_text
from turnout.report._process_holdings import signal_list
from turnout.report._process_json import process_json, process_json_text

GOLDEN = Path(__file__).parent / "golden"
GONE = Unknown("it has ended")
EMPTY = Channels(channels=(), segments=(), semaphores=(), queues=(), hidden_process_count=0)


def zombie() -> Process:
    return replace(
        full_process(),
        state=ThreadState.ZOMBIE,
        command_line=GONE,
        environment=GONE,
        descriptors=GONE,
        memory=GONE,
        memory_map=GONE,
        channels=replace(EMPTY, channels=GONE, segments=GONE, semaphores=GONE),
        threads=(Thread(tid=4711, name="python3", state=ThreadState.ZOMBIE, user_s=0.0, system_s=0.0),),
        python=None,
    )


@pytest.mark.parametrize(("process", "name"), [(full_process(), "process"), (hidden_process(), "hidden_process")])
def test_the_text_is_as_reviewed(process: Process, name: str) -> None:
    assert process_text(process) == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [10, 60, 80, 100, 500])
@pytest.mark.parametrize("process", [full_process(), hidden_process(), hostile_process("\x1b[31m\u202e" * 30)])
def test_no_line_is_wider_than_asked(process: Process, width: int) -> None:
    text = process_text(process, width)

    assert max(cell_len(line) for line in text.splitlines()) <= min(130, max(60, width))


@given(st.text())
def test_hostile_words_are_shown_harmlessly(words: str) -> None:
    text = process_text(hostile_process(words), everything=True)

    assert not {unicodedata.category(character) for character in set(text) - {"\n"}} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


def test_a_name_of_no_characters_or_bytes_that_are_no_text_can_be_written_as_json() -> None:
    tree = json.loads(process_json_text(hostile_process("\udcff\x00</script>")))

    assert tree["name"] == "\udcff\x00</script>"


def test_colour_is_only_put_in_when_asked_for() -> None:
    plain, coloured = process_text(full_process()), process_text(full_process(), colour=True)

    assert "\x1b[" not in plain
    assert "\x1b[" in coloured


def test_a_zombie_says_once_what_it_has_no_more() -> None:
    text = process_text(zombie(), 130)

    assert "zombie: it has ended, and stays listed until its parent asks how" in text
    assert "Not shown  environment, descriptors, memory map, pipes and sockets, shared memory and semaphores" in text


def test_a_process_whose_main_thread_has_ended_is_not_called_ended() -> None:
    text = process_text(replace(full_process(), state=ThreadState.ZOMBIE))

    assert "zombie: its main thread has ended, and others go on" in text


def test_a_kernel_thread_is_called_one() -> None:
    text = process_text(replace(full_process(), kernel_thread=True, state=ThreadState.IDLE))

    assert "kernel thread, idle" in text


def test_what_there_is_none_of_is_said_in_one_line() -> None:
    text = process_text(replace(full_process(), channels=EMPTY))

    assert "It has no  pipes and sockets, shared memory or semaphores" in text


def long_process() -> Process:
    variables = tuple(Variable(name=f"V{index}", value="x" * 500) for index in range(30))
    entries = tuple(Descriptor(number=number, kind=DescriptorKind.DIRECTORY, target="/") for number in range(25))
    threads = tuple(
        Thread(tid=tid, name="worker", state=ThreadState.RUNNING, user_s=0.0, system_s=0.0) for tid in range(1, 100)
    )
    stack = tuple(Frame(function="again", file="deep.py", line=1) for _ in range(50))
    return replace(
        full_process(),
        environment=Environment(variables=variables),
        descriptors=Descriptors(entries=entries),
        threads=threads,
        python=Python(
            implementation="CPython", version="3.14.0", free_threaded=True, evidence="of a test", stacks={1: stack}
        ),
    )


def test_long_lists_are_cut_and_say_so() -> None:
    text = process_text(long_process())

    assert "and 10 more; --all shows them" in text
    assert "25 directories" in text
    assert "and 5 more; --all shows them" in text
    assert "and 79 more; --all shows them" in text
    assert "and 20 calls further out; --all shows them" in text
    assert "CPython 3.14.0 free-threaded (of a test)" in text


def test_everything_is_shown_when_asked_for() -> None:
    text = process_text(long_process(), everything=True)

    assert "--all" not in text
    assert "…" not in text
    assert text.count("deep.py:1") == 50


def test_unknown_facts_are_told_in_their_place() -> None:
    lost = Unknown("lost")
    process = replace(
        full_process(),
        parent=lost,
        owner=lost,
        age_s=lost,
        started=lost,
        scheduling=lost,
        cpu_time=lost,
        signals=lost,
        threads=lost,
        channels=lost,
    )

    text = process_text(process, 130)

    assert text.count(" lost\n") == 5  # parent, user, started, scheduling and CPU time
    assert "Not shown  signals, connections and threads (lost)" in text


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ((), "none"),
        (("SIGINT", "SIG33"), "SIGINT, SIG33"),
        ((*("SIGINT",) * 23, "SIG32", "SIGRTMIN+1"), ", ".join(["SIGINT"] * 23) + ", 2 of the real-time signals"),
        (("SIGINT",) * 31, ", ".join(["SIGINT"] * 31)),
    ],
)
def test_many_signals_are_told_in_few_words(names: tuple[str, ...], words: str) -> None:
    assert signal_list(names) == words


def test_json_holds_every_property_under_its_name() -> None:
    tree = json.loads(process_json_text(full_process()))

    assert tree["schema"] == "turnout.process/1"
    assert list(tree)[1:4] == ["pid", "name", "kernel_thread"]
    assert tree["environment"]["masked_count"] == 2
    assert tree["descriptors"]["counts"] == {"device": 1, "file": 1, "pipe": 1, "socket": 1, "epoll": 1}
    assert tree["descriptors"]["entries"][3]["socket"]["unread_bytes"] == 12
    assert tree["memory"]["resident_bytes"] == 18 << 20
    assert tree["threads"][0]["call"] == {"number": 0, "name": "read", "descriptor": 3}
    assert tree["python"]["stacks"][1] == {
        "tid": 4720,
        "frames": [{"function": "work", "file": "<string>", "line": None}],
    }
    assert tree["signals"]["handled"] == ["SIGINT", "SIGUSR1"]


def test_json_says_why_something_is_null() -> None:
    tree = process_json(hidden_process())

    assert tree["descriptors"] is None
    assert {"property": "descriptors", "reason": "not permitted"} in tree["unknown"]
    assert {"property": "channels.channels", "reason": "not permitted"} in tree["unknown"]
    assert {"property": "threads[2].call", "reason": "not permitted"} in tree["unknown"]
    assert {"property": "python.stacks", "reason": "the interpreter is of another kind"} in tree["unknown"]


def test_json_has_the_same_keys_whatever_is_known() -> None:
    assert list(process_json(full_process())) == list(process_json(hidden_process()))


def test_signals_that_nothing_is_done_with_are_none() -> None:
    text = process_text(replace(full_process(), signals=Signals(handled=(), ignored=(), blocked=(), pending=())))

    assert text.count("  none\n") == 4
