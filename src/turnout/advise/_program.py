"""What bounds a program, judged by a recording of it: values in, values out."""

from collections import Counter

from turnout.advise._program_facts import ProgramFacts
from turnout.advise._program_lines import blockages_of, lines_of, runs_loop
from turnout.advise._program_remedies import remedies_for, wrong_for
from turnout.advise._program_types import Cause, Convoy, ProgramDiagnosis, Sureness
from turnout.advise._wording import count, figures, percent, seconds
from turnout.observe import IO_STATES, Recording, State, TaskState, short_path

SHORTEST_NS = 30_000_000  # a program that takes no longer, nobody needs to diagnose
FEWEST_TICKS = 20
COMPUTES = 0.5  # part of the time, from which on computing is what bounds a program
TAKES_TURNS = 0.3  # threads that wait for the global lock, for each moment in which something is computed
CROWDED = 0.25  # part of the time that threads want a core, in which they have none
FULL = 0.8  # of all cores
MORE = 1.25  # times as many threads that could run as there are cores
LOCKED = 0.4  # threads that wait for each other, on average
HELD_UP = 0.1  # part of the time that calls may hold an event loop
HELD_BACK = 0.1  # part of a thread's time that it waits for the global lock, though it hardly computes
HARDLY = 0.1
CLEAR = 0.2  # of the way between what was found and its limit
HOLDERS_TOLD = 3
LITTLE = 0.02  # part of the time, below which computing bounds nothing
VAGUE = 0.1  # part of the time of which nothing is known

_STATES = {
    Cause.CPU: (State.RUN, State.GIL, State.CORE),
    Cause.GIL: (State.RUN, State.GIL),
    Cause.CORES: (State.RUN, State.CORE),
    Cause.LOCK: (State.LOCK,),
    Cause.IO: (State.SOCKET, State.PIPE, State.FILE, State.POLL),
    Cause.CHILD: (State.CHILD,),
    Cause.LOOP: (State.RUN, State.SLEEP, State.SOCKET, State.FILE, State.CHILD, State.LOCK),
    Cause.SLEEP: (State.SLEEP,),
    Cause.UNKNOWN: tuple(State),
}


def diagnose_program(recording: Recording) -> ProgramDiagnosis:
    """Return the verdict on a recording."""
    facts = ProgramFacts(recording)
    if not recording.threads or recording.wall_ns < SHORTEST_NS or recording.ticks < FEWEST_TICKS:
        return ProgramDiagnosis(
            cause=Cause.UNKNOWN,
            sureness="low",
            headline=f"Too little was seen to judge by: {seconds(recording.wall_ns / 1e9)}, "
            f"{count(recording.ticks, 'look')}.",
        )
    blockages = blockages_of(recording)
    held_up = sum(one.end_ns - one.start_ns for one in blockages) / recording.wall_ns
    cause, strength = _cause(facts, held_up)
    threads = facts.computing if cause in {Cause.CPU, Cause.GIL, Cause.CORES} else facts.python
    lines = lines_of(recording, threads or facts.python, *_STATES[cause])
    doubts = _doubts(facts, cause)
    return ProgramDiagnosis(
        cause=cause,
        sureness=_sureness(facts, strength, doubts),
        headline=_headline(facts, cause),
        evidence=_evidence(facts, cause, held_up),
        doubts=doubts,
        lines=lines,
        remedies=remedies_for(cause, facts, lines, blockages),
        wrong=wrong_for(cause, facts),
        convoys=_convoys(facts),
        blockages=blockages,
    )


def _cause(facts: ProgramFacts, held_up: float) -> tuple[Cause, float]:
    """Return what bounds the program, and how many times its measure is above the limit."""
    locked, held = facts.mean("locked"), facts.mean("held")
    if held_up >= HELD_UP:
        return Cause.LOOP, held_up / HELD_UP
    if locked >= LOCKED and locked >= held:
        return Cause.LOCK, locked / LOCKED
    if facts.compute_share >= COMPUTES:
        return _computing_cause(facts, held)
    idle = {
        Cause.IO: facts.idle_share("outside"),
        Cause.CHILD: facts.idle_share("child"),
        Cause.SLEEP: facts.idle_share("sleeping"),
        Cause.LOCK: facts.idle_share("locked"),
    }
    if not _is_loop_idle(facts) and facts.idle_share("outside") < facts.idle_share("sleeping"):
        del idle[Cause.IO]
    cause = max(idle, key=idle.__getitem__)
    if idle[cause] > facts.compute_share / 2:
        return cause, idle[cause] / 0.5
    return _computing_cause(facts, held) if facts.compute_share >= LITTLE else (Cause.UNKNOWN, 0.0)


def _computing_cause(facts: ProgramFacts, held: float) -> tuple[Cause, float]:
    run_ns, core_ns = facts.total_of_all(State.RUN), facts.total_of_all(State.CORE)
    turns = held / max(facts.compute_share, 1e-9)
    crowd = core_ns / max(1, run_ns + core_ns)
    if facts.recording.has_gil and turns >= TAKES_TURNS and len(facts.computing) > 1:
        return Cause.GIL, turns / TAKES_TURNS
    are_more = facts.wanted_cores >= MORE * facts.recording.cores
    if crowd >= CROWDED and (are_more or facts.cores_used >= FULL * facts.recording.cores):
        return Cause.CORES, crowd / CROWDED
    return Cause.CPU, facts.compute_share / COMPUTES


def _is_loop_idle(facts: ProgramFacts) -> bool:
    return any(runs_loop(facts.recording, one) for one in facts.python)


def _headline(facts: ProgramFacts, cause: Cause) -> str:
    computing = count(len(facts.computing), "thread") if facts.computing else "many short-lived threads"
    return {
        Cause.GIL: f"The global interpreter lock bounds it: {computing} would compute, and one at a time may.",
        Cause.CORES: f"Cores bound it: {computing} compute, and there are {facts.recording.cores} cores for them.",
        Cause.CPU: f"Computing bounds it: {computing} compute{'s' if len(facts.computing) == 1 else ''}.",
        Cause.LOCK: "Locks bound it: threads wait for each other.",
        Cause.IO: "Waiting for the outside bounds it: the network, pipes, files.",
        Cause.CHILD: "Waiting for other programs bounds it, which it has started.",
        Cause.LOOP: "Blocking calls bound it: they hold up its event loop.",
        Cause.SLEEP: "Nothing but its own sleep bounds it.",
        Cause.UNKNOWN: "What bounds it was not seen.",
    }[cause]


def _evidence(facts: ProgramFacts, cause: Cause, held_up: float) -> tuple[str, ...]:
    recording = facts.recording
    said = [
        f"In {percent(facts.compute_share)} of {seconds(recording.wall_ns / 1e9)} something was computed.",
        f"{figures(facts.cores_used)} of {count(recording.cores, 'core')} were busy with it on average.",
    ]
    if facts.mean("held") >= 0.05:  # noqa: PLR2004  below, nobody needs to be told
        said.append(
            f"{figures(facts.mean('held'))} threads waited for the global lock on average; it changed hands "
            f"{figures((recording.handoffs or 0) / max(1e-9, recording.wall_ns / 1e9))} times a second."
        )
    locked = _locked(facts)
    said = locked + said if cause is Cause.LOCK else said + locked
    if held_up >= HELD_UP / 2:
        said.append(f"Calls held up the event loop for {percent(held_up)} of the time.")
    ready_ns = sum(one.state_ns.get(TaskState.READY, 0) for one in recording.tasks)
    if ready_ns > recording.wall_ns / 20:
        said.append(f"Tasks that could have gone on waited {seconds(ready_ns / 1e9)} in all for the event loop.")
    waited_ns = {state: facts.total(state) for state in IO_STATES}
    longest = max(waited_ns, key=waited_ns.__getitem__)
    if waited_ns[longest] > recording.wall_ns / 20:
        said.append(f"Threads spent {seconds(waited_ns[longest] / 1e9)} in all in {_WORDS[longest]}.")
    core_ns = facts.total_of_all(State.CORE)
    if core_ns > recording.wall_ns / 10:
        said.append(f"Threads that could run had no core for {seconds(core_ns / 1e9)} in all.")
    return tuple(said)


def _locked(facts: ProgramFacts) -> list[str]:
    if facts.mean("locked") < 0.05:  # noqa: PLR2004  as above
        return []
    return [
        (
            f"{figures(facts.mean('locked'))} threads waited on average for locks that others held "
            f"({seconds(facts.contended_ns / 1e9)} in all)."
        ),
        *_holders(facts.recording),
    ]


def _holders(recording: Recording) -> list[str]:
    """Say where the locks were held that others waited for, if that was seen."""
    places: Counter[tuple[str, str, int, int]] = Counter()
    for one in recording.lock_holders:
        places[one.at.function, one.at.file, one.since_line, one.at.line] += one.seen
    whole = sum(places.values())
    return [
        f"Meanwhile a lock was held by {function}, taken at {short_path(file)}:{since}"
        + (f", mostly at line {line}" if line != since else "")
        + f" ({percent(seen / whole)} of {count(whole, 'look')} for who holds it)."
        for (function, file, since, line), seen in places.most_common(HOLDERS_TOLD)
    ]


_WORDS = {
    State.SOCKET: "waiting for sockets",
    State.PIPE: "waiting for pipes",
    State.FILE: "waiting for files",
    State.POLL: "waiting for any of several descriptors, as event loops do",
    State.SLEEP: "sleep that they had asked for",
    State.CHILD: "waiting for child processes",
}


def _doubts(facts: ProgramFacts, cause: Cause) -> tuple[str, ...]:
    recording = facts.recording
    said = []
    if facts.unknown_share > VAGUE:
        said.append(f"Of {percent(facts.unknown_share)} of the threads' time nothing is known.")
    crowd_ns, run_ns = facts.total_of_all(State.CORE), facts.total_of_all(State.RUN)
    is_crowded = crowd_ns > max(CROWDED * (run_ns + crowd_ns), recording.wall_ns / 10)
    if is_crowded and facts.cores_used < FULL * recording.cores:
        said.append("Other programs had the cores for much of the time.")
    if recording.missed > recording.ticks / 2:
        said.append("The machine was too busy for half of the looks.")
    if cause is Cause.CHILD:
        said.append("What the other programs did was not looked at; diagnose them in turn.")
    if not recording.python:
        said.append("Nothing could be read of the interpreter: waits for the global lock count as waits for locks.")
    return tuple(said)


def _sureness(facts: ProgramFacts, strength: float, doubts: tuple[str, ...]) -> Sureness:
    if strength < 1 + CLEAR or facts.unknown_share > 2 * VAGUE:
        return "low"
    return "medium" if doubts or strength < 1 + 2 * CLEAR else "high"


def _convoys(facts: ProgramFacts) -> tuple[Convoy, ...]:
    found = []
    for one in facts.python:
        waited_ns = one.state_ns.get(State.GIL, 0)
        holders = {holder: spent for holder, spent in one.held_back_ns.items() if holder not in {0, one.native_id}}
        if one.share(State.RUN) < HARDLY and one.share(State.GIL) >= HELD_BACK and holders:
            holder = max(holders, key=holders.__getitem__)
            found.append(Convoy(waiter=one.native_id, holder=holder, wait_ns=waited_ns))
    return tuple(sorted(found, key=lambda one: -one.wait_ns))
