"""Processes to be shown: one that has everything, and one whose every word is hostile."""

from dataclasses import replace

from turnout.observe import (
    NOT_PERMITTED,
    Account,
    Channel,
    Channels,
    CommandLine,
    CpuTime,
    Descriptor,
    DescriptorKind,
    Descriptors,
    End,
    Environment,
    Frame,
    MemoryMap,
    MemoryUse,
    Owner,
    Policy,
    Process,
    Python,
    Queue,
    Region,
    Relative,
    Scheduling,
    SegmentKind,
    Semaphore,
    SharedSegment,
    Signals,
    Socket,
    SystemCall,
    Thread,
    ThreadState,
    Unknown,
    Variable,
)

ALICE = Account(number=1000, name="alice")
CHILD = Relative(pid=4712, name="python3")
CONNECTED = Socket(
    family="TCP",
    type="stream",
    state="established",
    local="127.0.0.1:40000",
    remote="127.0.0.1:8080",
    unread_bytes=12,
    unsent_bytes=0,
)


def region(name: str, size_bytes: int, resident_bytes: int, mapping_count: int = 1) -> Region:
    return Region(
        name=name,
        mapping_count=mapping_count,
        size_bytes=size_bytes,
        resident_bytes=resident_bytes,
        proportional_bytes=resident_bytes // 2,
        swapped_bytes=4096 if name == "heap" else 0,
    )


def full_process() -> Process:
    """Return a process that has some of everything."""
    return Process(
        pid=4711,
        name="python3",
        kernel_thread=False,
        state=ThreadState.SLEEPING,
        parent=Relative(pid=1200, name="bash"),
        group=Relative(pid=4711, name="python3"),
        session=Relative(pid=1200, name="bash"),
        owner=Owner(
            user=ALICE,
            effective_user=Account(number=0, name="root"),
            group=ALICE,
            effective_group=ALICE,
            further_groups=(ALICE, Account(number=999, name="docker"), Account(number=424242, name=None)),
        ),
        started="2026-01-02T03:04:05+00:00",
        age_s=200.0,
        command_line=CommandLine(words=("python3", "serve it.py", "--token", "***"), masked_count=1),
        executable="/usr/bin/python3.12",
        working_directory="/home/alice",
        environment=Environment(
            variables=(
                Variable(name="HOME", value="/home/alice"),
                Variable(name="API_TOKEN", value="***", masked=True),
                Variable(name="DATABASE_URL", value="postgres://***@db/app", masked=True),
            )
        ),
        scheduling=Scheduling(
            policy=Policy.OTHER,
            nice=5,
            allowed_cpus="0-3",
            last_cpu=2,
            voluntary_switches=1700,
            involuntary_switches=1,
        ),
        cpu_time=CpuTime(user_s=1.5, system_s=0.25, children_user_s=2.0, children_system_s=0.5),
        memory=MemoryUse(
            address_space_bytes=176 << 20,
            resident_bytes=18 << 20,
            peak_resident_bytes=20 << 20,
            anonymous_bytes=8 << 20,
            file_bytes=9 << 20,
            shared_bytes=1 << 20,
            swapped_bytes=4096,
        ),
        memory_map=MemoryMap(
            regions=(
                region("program", 6 << 20, 5 << 20, 5),
                region("shared libraries", 16 << 20, 4 << 20, 165),
                region("heap", 2 << 20, 1 << 20),
                region("stack", 132 << 10, 60 << 10),
                region("anonymous", 133 << 20, 7 << 20, 16),
                region("shared memory", 1 << 20, 1 << 20, 7),
            ),
            code_bytes=6 << 20,
            libraries=(
                region("/usr/lib/libcrypto.so.3", 5 << 20, 3 << 20, 5),
                region("/usr/lib/libc.so.6", 2 << 20, 1 << 20, 5),
            ),
        ),
        descriptors=Descriptors(
            entries=(
                Descriptor(number=0, kind=DescriptorKind.DEVICE, target="/dev/null", reads=True, writes=False),
                Descriptor(
                    number=1,
                    kind=DescriptorKind.FILE,
                    target="/home/alice/log",
                    reads=False,
                    writes=True,
                    position_bytes=4200,
                    flags=("append", "closed on exec"),
                    detail="4,200 bytes",
                ),
                Descriptor(number=3, kind=DescriptorKind.PIPE, target="pipe:[99]", reads=True, writes=False),
                Descriptor(
                    number=4,
                    kind=DescriptorKind.SOCKET,
                    target="socket:[77]",
                    reads=True,
                    writes=True,
                    socket=CONNECTED,
                    flags=("non-blocking",),
                ),
                Descriptor(
                    number=5,
                    kind=DescriptorKind.EPOLL,
                    target="anon_inode:[eventpoll]",
                    detail="waits for 4",
                    watches=(4,),
                ),
            ),
            limit=1024,
        ),
        signals=Signals(handled=("SIGINT", "SIGUSR1"), ignored=("SIGPIPE",), blocked=(), pending=("SIGWINCH",)),
        channels=Channels(
            channels=(
                Channel(
                    kind=DescriptorKind.PIPE,
                    target="pipe:[99]",
                    descriptors=(3,),
                    reads=True,
                    writes=False,
                    socket=None,
                    ends=(
                        End(pid=4711, name="python3", descriptors=(6,), reads=False, writes=True),
                        End(pid=4712, name="python3", descriptors=(6, 7), reads=False, writes=True),
                        End(pid=4712, name="python3", descriptors=(3,), reads=True, writes=False, same=True),
                    ),
                ),
                Channel(
                    kind=DescriptorKind.PIPE,
                    target="pipe:[100]",
                    descriptors=(8,),
                    reads=False,
                    writes=True,
                    socket=None,
                    ends=(),
                ),
                Channel(
                    kind=DescriptorKind.SOCKET,
                    target="socket:[77]",
                    descriptors=(4,),
                    reads=True,
                    writes=True,
                    socket=CONNECTED,
                    ends=(End(pid=900, name=None, descriptors=(12,), reads=True, writes=True),),
                ),
            ),
            segments=(
                SharedSegment(
                    kind=SegmentKind.POSIX,
                    name="psm_1",
                    size_bytes=1 << 20,
                    resident_bytes=4096,
                    deleted=True,
                    shared_with=(CHILD,),
                ),
                SharedSegment(
                    kind=SegmentKind.SYSTEM_V,
                    name="number 1, key 0x0000002a",
                    size_bytes=4096,
                    resident_bytes=None,
                    attached_count=3,
                    creator_pid=77,
                ),
            ),
            semaphores=(
                Semaphore(name="gate", deleted=False, value=0, waiting_count=2, shared_with=(CHILD,)),
                Semaphore(name="x1", deleted=True, value=(1 << 31) - 1, waiting_count=0),
                Semaphore(name="x2", deleted=True, value=None, waiting_count=None),
            ),
            queues=(Queue(name="/jobs", message_count=None, role="open"),),
            hidden_process_count=2,
        ),
        threads=(
            Thread(
                tid=4711,
                name="python3",
                state=ThreadState.SLEEPING,
                user_s=1.5,
                system_s=0.2,
                core_wait_s=0.004,
                call=SystemCall(number=0, name="read", descriptor=3),
                kernel_function="anon_pipe_read",
            ),
            Thread(
                tid=4720,
                name="Thread-1",
                state=ThreadState.RUNNING,
                user_s=0.0,
                system_s=0.05,
                blocked=("SIGINT",),
                pending=("SIGUSR1",),
            ),
            Thread(
                tid=4721,
                name="Thread-2",
                state=ThreadState.WAITING,
                user_s=None,
                system_s=None,
                call=Unknown(NOT_PERMITTED),
            ),
        ),
        python=Python(
            implementation="CPython",
            version="3.12.4",
            free_threaded=False,
            evidence="the program is called python3.12",
            stacks={
                4711: (
                    Frame(function="wait", file="/usr/lib/python3.12/threading.py", line=327),
                    Frame(function="<module>", file="/home/alice/serve it.py", line=12),
                ),
                4720: (Frame(function="work", file="<string>", line=0),),
            },
        ),
    )


def hidden_process() -> Process:
    """Return a process of which little may be seen."""
    refused = Unknown(NOT_PERMITTED)
    channels = Channels(channels=refused, segments=refused, semaphores=refused, queues=(), hidden_process_count=0)
    return replace(
        full_process(),
        parent=Relative(pid=0, name=None),
        executable=refused,
        working_directory=refused,
        command_line=CommandLine(words=()),
        environment=refused,
        memory=refused,
        memory_map=refused,
        descriptors=refused,
        channels=channels,
        python=Python(
            implementation="CPython",
            version=None,
            free_threaded=None,
            evidence="the program is called python3",
            stacks=Unknown("the interpreter is of another kind"),
        ),
    )


def hostile_process(words: str) -> Process:
    """Return a process that says ``words`` wherever it can."""
    process = full_process()
    account = Account(number=1, name=words)
    relative = Relative(pid=1, name=words)
    socket = Socket(family=words, type=words, state=words, local=words, remote=words)
    end = End(pid=1, name=words, descriptors=(1,))
    return replace(
        process,
        name=words,
        parent=relative,
        group=relative,
        session=relative,
        owner=Owner(user=account, effective_user=account, group=account, effective_group=account),
        started=words,
        command_line=CommandLine(words=(words, words)),
        executable=words,
        working_directory=words,
        environment=Environment(variables=(Variable(name=words, value=words),)),
        descriptors=Descriptors(
            entries=(
                Descriptor(number=1, kind=DescriptorKind.FILE, target=words, detail=words),
                Descriptor(number=2, kind=DescriptorKind.SOCKET, target=words, socket=socket),
            )
        ),
        memory_map=MemoryMap(regions=(), code_bytes=None, libraries=(region(words, 1, 1),)),
        channels=Channels(
            channels=(
                Channel(
                    kind=DescriptorKind.SOCKET,
                    target=words,
                    descriptors=(2,),
                    reads=None,
                    writes=None,
                    socket=socket,
                    ends=(end,),
                ),
                Channel(
                    kind=DescriptorKind.NAMED_PIPE,
                    target=words,
                    descriptors=(3,),
                    reads=False,
                    writes=False,
                    socket=None,
                    ends=(end,),
                ),
            ),
            segments=(
                SharedSegment(
                    kind=SegmentKind.MEMFD, name=words, size_bytes=1, resident_bytes=1, shared_with=(relative,)
                ),
            ),
            semaphores=(Semaphore(name=words, deleted=True, value=1, waiting_count=1, shared_with=(relative,)),),
            queues=(Queue(name=words, message_count=1, role=words),),
            hidden_process_count=1,
        ),
        threads=(
            Thread(
                tid=1,
                name=words,
                state=ThreadState.OTHER,
                user_s=0.0,
                system_s=0.0,
                kernel_function=words,
                call=SystemCall(number=1, name=words),
            ),
        ),
        python=Python(
            implementation="CPython",
            version=words,
            free_threaded=True,
            evidence=words,
            stacks={1: (Frame(function=words, file=words, line=1),)},
        ),
    )
