"""The part of the guest that every worker needs: clocks, frames, the function, and a slice of the items.

Python 2.7 reads this, too: see turnout_guest.py.
"""

import os
import struct
import sys
import threading
import time

try:
    import cPickle as pickle
except ImportError:
    import pickle

PROTOCOL = 2  # the newest pickles that all Pythons read
HEAD = struct.Struct(">Q")  # of a frame
WHOLE, PACKED, FAILED = b"w", b"p", b"f"  # what a worker's reply holds
CO_COROUTINE = 0x80  # the flag of an `async def`; `inspect` would take 10 ms to say the same

if sys.platform.startswith("java"):
    from java.lang import System
    from java.lang.management import ManagementFactory

    wall_ns = System.nanoTime
    cpu_ns = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime
else:
    wall_ns = getattr(time, "perf_counter_ns", None)
    if wall_ns is None:
        _wall = getattr(time, "perf_counter", time.time)

        def wall_ns():
            """Return nanoseconds since an arbitrary start."""
            return int(_wall() * 1e9)

    cpu_ns = getattr(time, "thread_time_ns", None)
    if cpu_ns is None:

        def cpu_ns():
            """Return nanoseconds that this thread spent on a core; 0 if this Python cannot tell."""
            try:
                import resource

                used = resource.getrusage(1)  # RUSAGE_THREAD on Linux, a name that Python 2 lacks
            except (ImportError, ValueError):
                return 0
            return int((used.ru_utime + used.ru_stime) * 1e9)


class RefusedError(Exception):
    """This Python cannot do what was asked; the text says why."""


def send(writer, payload):
    """Write one frame."""
    writer.write(HEAD.pack(len(payload)) + payload)
    writer.flush()


def receive(reader):
    """Read one frame; None at the end of the stream."""
    head = reader.read(HEAD.size)
    return reader.read(HEAD.unpack(head)[0]) if len(head) == HEAD.size else None


def load(file, module, folder, attributes):
    """Return the function.

    A file is run alone, under its module's own name, and not by way of its packages: theirs may need a newer Python
    than the function does. Relative imports bring the packages in all the same.

    Args:
        file: Its module's source file; None for a module of the standard library, which is imported by its name.
        module: Its module's name.
        folder: Where its module's outermost package, or the module, lies; other modules there can be imported.
        attributes: Its name in the module: "Class.method".
    """
    if folder and folder not in sys.path:
        sys.path.append(folder)
    if file is None:
        __import__(module)
        found = sys.modules[module]
    else:
        try:
            found = alone(file, module)
        except SystemError:  # Python 2 has no relative import without the packages
            del sys.modules[module]
            __import__(module)
            found = sys.modules[module]
    for name in attributes.split("."):
        found = getattr(found, name)
    return found


def alone(file, module):
    """Run a source file as a module and return it."""
    found = type(threading)(str(module))  # Python 2 wants no unicode here, and Jython's `sys` is no module
    found.__file__ = file
    with open(file, "rb") as source:
        code = compile(source.read(), file, "exec")
    sys.modules[module] = found  # a dataclass looks for its module there
    exec(code, found.__dict__)  # noqa: S102  the user's own file
    return found


def callable_of(function):
    """Return what to call with an item, and what to call in the end; an `async def` is waited for."""
    code = getattr(function, "__code__", None)
    if not getattr(code, "co_flags", 0) & CO_COROUTINE:
        return function, int
    import asyncio

    loop = asyncio.new_event_loop()
    return (lambda item: loop.run_until_complete(function(item))), loop.close


def work_on(function, items, first, last):
    """Give a slice of the items to the function, one by one.

    Returns:
        The first item's index, when it began (ns), when each of them ended, time on a core (ns), and the outcomes:
        (True, value) or (False, type, text).
    """
    outcomes, ends = [], []
    cpu = cpu_ns()
    start = wall_ns()
    call, close = callable_of(function)
    try:
        for item in items[first:last]:
            try:
                outcome = (True, call(item))
            except Exception:
                error = sys.exc_info()[1]
                outcome = (False, type(error).__name__, text_of(error))
            outcomes.append(outcome)
            ends.append(wall_ns())
    finally:
        close()
    return first, start, ends, cpu_ns() - cpu, outcomes


def packed(outcomes):
    """Return outcomes that can be sent one by one: (True, pickle or None) or (False, type, text)."""
    return [(True, pickled(outcome[1])) if outcome[0] else outcome for outcome in outcomes]


def pickled(value):
    """Return a value's pickle; None if it has none: it cannot be compared, but was computed all the same."""
    try:
        return pickle.dumps(value, PROTOCOL)
    except Exception:
        return None


def text_of(error):
    """Return an error's text on one line."""
    try:
        text = str(error)
    except Exception:
        text = repr(error)
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    return " ".join(text.split())


def described():
    """Return the error that is being handled as "Type: text"."""
    error = sys.exc_info()[1]
    text = text_of(error)
    kind = type(error).__name__
    if kind in ("RefusedError", "ExecutionFailed") and text:  # ours, or one that names the error in the interpreter
        return text
    return "%s: %s" % (kind, text) if text else kind


def serve_slices(function, items, request, reply):
    """Work on slices that come in at one pipe until it ends, and send what came of them into the other."""
    reader, writer = os.fdopen(request, "rb"), os.fdopen(reply, "wb")
    try:
        send(writer, b"")  # ready
        while True:
            asked = receive(reader)
            if asked is None:
                break
            try:
                done = work_on(function, items, *struct.unpack(">QQ", asked))
            except BaseException:
                send(writer, FAILED + ("the function raised " + described()).encode("utf-8"))
                break
            try:
                reply = WHOLE + pickle.dumps(done, pickle.HIGHEST_PROTOCOL)  # a third of the time in PyPy
            except Exception:
                reply = PACKED + pickle.dumps(done[:4] + (packed(done[4]),), PROTOCOL)
            send(writer, reply)
    finally:
        for stream in (reader, writer):
            stream.close()
