"""Where `_asyncio` keeps its tasks: offsets in its structures, in bytes; those of an interpreter are in `_layout`.

Up to 3.13 all tasks are in a set of weak references, a variable of the module ``asyncio.tasks``; from 3.14 on each
thread state begins a list of its own.

Source: CPython, Modules/_asynciomodule.c, Include/internal/pycore_genobject.h or cpython/genobject.h,
    pycore_dict.h and setobject.h of 3.11 to 3.15.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLayout:
    """Offsets.

    Attributes:
        modules: Of ``sys.modules``, in an interpreter; 0 where threads have lists.
        registry: The variable of ``asyncio.tasks`` that has the set; empty likewise.
        weak_set: From a weak set to its set, each the place of a pointer to follow; empty likewise.
        first: Of the list's head, in a thread state; 0 where there is a set.
        node: Of the list's links, in a task; likewise.
        state: In a task or future; four bytes, 0 while it is pending.
        waiter: Of the future that it waits for, in a task; likewise the next two.
        coroutine: Of what it runs.
        name: Of its name.
        qualified_name: In a coroutine; likewise the next two.
        frame_state: One byte.
        frame: Of its frame, which begins there.
        executing: The frame's state while it is run.
    """

    modules: int = 0
    registry: str = ""
    weak_set: tuple[int, ...] = ()
    first: int = 0
    node: int = 0
    state: int
    waiter: int
    coroutine: int
    name: int
    qualified_name: int
    frame_state: int
    frame: int
    executing: int


Version = tuple[int, int, bool]  # and whether it was built without a global lock

TASK_LAYOUTS: dict[Version, TaskLayout] = {
    (3, 11, False): TaskLayout(
        modules=888,
        registry="_all_tasks",
        weak_set=(-32, 0),
        state=88,
        waiter=128,
        coroutine=136,
        name=144,
        qualified_name=40,
        frame_state=75,
        frame=80,
        executing=0,
    ),
    (3, 12, False): TaskLayout(
        modules=944,
        registry="_scheduled_tasks",
        weak_set=(-24, 1),
        state=88,
        waiter=128,
        coroutine=136,
        name=144,
        qualified_name=32,
        frame_state=67,
        frame=72,
        executing=0,
    ),
    (3, 13, False): TaskLayout(
        modules=7656,
        registry="_scheduled_tasks",
        weak_set=(24,),
        state=96,
        waiter=112,
        coroutine=120,
        name=128,
        qualified_name=32,
        frame_state=67,
        frame=72,
        executing=0,
    ),
    (3, 13, True): TaskLayout(
        modules=7664,
        registry="_scheduled_tasks",
        weak_set=(40,),
        state=112,
        waiter=128,
        coroutine=136,
        name=144,
        qualified_name=48,
        frame_state=83,
        frame=88,
        executing=0,
    ),
    (3, 14, False): TaskLayout(
        first=880,
        node=152,
        state=104,
        waiter=120,
        coroutine=128,
        name=136,
        qualified_name=32,
        frame_state=67,
        frame=72,
        executing=0,
    ),
    (3, 15, False): TaskLayout(
        first=1048,
        node=152,
        state=104,
        waiter=120,
        coroutine=128,
        name=136,
        qualified_name=32,
        frame_state=67,
        frame=72,
        executing=4,
    ),
}
