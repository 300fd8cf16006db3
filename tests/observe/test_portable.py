"""A process as psutil tells of it, which is all there is on other systems; it works on every one."""

import json
import os
import subprocess
import sys

import pytest

from observe.test_living_processes import BUSY
from turnout.errors import ProcessError
from turnout.observe import (
    Channels,
    DescriptorKind,
    Descriptors,
    Environment,
    MemoryUse,
    Relative,
    Unknown,
    describe_process,
)
from turnout.observe._portable import UNTOLD


def test_it_tells_what_psutil_knows_and_says_what_it_does_not() -> None:
    pipe = subprocess.PIPE
    environment = {"SERVICE_TOKEN": "hush"}
    command = [sys.executable, str(BUSY)]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, env=environment, text=True) as program:
        assert program.stdout
        said = json.loads(program.stdout.readline())
        process = describe_process(program.pid, system="darwin")
        program.communicate()

    assert isinstance(process.parent, Relative)
    assert process.parent.pid == os.getpid()
    assert isinstance(process.environment, Environment)
    assert process.environment.masked_count == 1
    assert isinstance(process.memory, MemoryUse)
    assert process.memory.resident_bytes > 0
    assert isinstance(process.descriptors, Descriptors)
    sockets = [one.socket for one in process.descriptors.entries if one.kind is DescriptorKind.SOCKET]
    assert f"127.0.0.1:{said['port']}" in [one.local for one in sockets if one is not None]
    assert not isinstance(process.threads, Unknown)
    assert said["reader"] in [thread.tid for thread in process.threads]
    assert process.python is not None
    assert process.signals == Unknown(UNTOLD)
    assert process.memory_map == Unknown(UNTOLD)
    assert isinstance(process.channels, Channels)
    assert process.channels.channels == Unknown(UNTOLD)


def test_a_zombie_is_told_as_one() -> None:
    with subprocess.Popen(["true"]) as program:
        os.waitid(os.P_PID, program.pid, os.WEXITED | os.WNOWAIT)
        process = describe_process(program.pid, system="darwin")

    assert process.state == "zombie"


@pytest.mark.parametrize("pid", [1 << 22, (1 << 31) - 1, 1 << 40])
def test_a_number_without_a_process_is_an_error(pid: int) -> None:
    with pytest.raises(ProcessError, match="has this number"):
        describe_process(pid, system="darwin")
