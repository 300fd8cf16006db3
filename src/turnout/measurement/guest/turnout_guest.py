"""Run one function in whatever Python this is, for the process that started it.

    python turnout_guest.py READ WRITE        the numbers of two open descriptors, each one end of a pipe

The guest is this file and the two beside it. They use the standard library only, and words that Python 2.7, Jython and
IronPython know as well as every Python 3: no annotations, no f-strings, no keyword-only arguments.

A frame is 8 bytes of length (big-endian) and a pickle of protocol 2, the newest that all of them read. The guest sends
a greeting, and then one reply to each request:

    ("load", place)                {"load_ns"}           import the function; see turnout_guest_work
    ("items", pickle)              {"count"}             what the function is given
    ("run", (model, workers))      {"start_ns", ...}     all items, once; see turnout_guest_crews
    ("quit", None)                 no reply              leave

Each reply has "gil" (whether threads take turns now) and "switched" (what the interpreter said when an extension
switched the lock on again). What goes wrong is {"error": type, "text": sentence} or {"refused": sentence}.

The pipes are not 0, 1 and 2, so whatever the function prints, in whichever way, cannot get between the frames.
"""

import os
import struct  # noqa: F401  so that it may be kept compiled, which a line below forbids
import sys
import threading
import warnings

try:
    import Queue as queue
except ImportError:
    import queue

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True  # no caches beside these files and the user's
if HERE not in sys.path:  # `python -P` leaves it out
    sys.path.insert(0, HERE)

import turnout_guest_crews as crews  # noqa: E402
import turnout_guest_work as work  # noqa: E402

UNLOCKED = ("java", "cli")  # Jython and IronPython never had a global lock
SIGKILL = 9

_switched = []


def heed(message, category, filename, lineno, file=None, line=None):
    """Stand in for `warnings.showwarning`: keep what tells that the lock was switched on, drop all else."""
    if "global interpreter lock" in str(message):
        _switched.append(str(message))


def has_gil():
    """Tell whether threads take turns now."""
    asked = getattr(sys, "_is_gil_enabled", None)
    return bool(asked()) if asked is not None else not sys.platform.startswith(UNLOCKED)


def answer(state, request, argument):
    """Do what was asked and return the reply."""
    if request == "load":
        start = work.wall_ns()
        state["place"], state["function"] = argument, work.load(*argument)
        return {"load_ns": work.wall_ns() - start}
    if request == "items":
        state["pickled"], state["items"] = argument, work.pickle.loads(argument)
        return {"count": len(state["items"])}
    model, workers = argument
    return crews.run(model, workers, state["place"], state["function"], state["items"], state["pickled"])


def serve(hear, say):
    """Greet, then answer each request until there is none or one to quit.

    Args:
        hear: Returns the next request; None if there is none.
        say: Takes a reply.
    """
    state = {}
    say({"pid": os.getpid(), "gil": has_gil(), "switched": []})
    while True:
        asked = hear()
        if asked is None or asked[0] == "quit":
            return
        try:
            reply = answer(state, *asked)
        except work.RefusedError:
            reply = {"refused": work.text_of(sys.exc_info()[1])}
        except:  # noqa: E722  Jython's `except Exception` lets Java's errors pass
            error = sys.exc_info()[1]
            reply = {"error": type(error).__name__, "text": work.text_of(error)}
        reply["gil"], reply["switched"] = has_gil(), list(_switched)
        say(reply)


def leave_at_once():
    """End this process and all that it started: who asks is gone."""
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(0, SIGKILL)
    if sys.platform.startswith("java"):
        from java.lang import Runtime

        Runtime.getRuntime().halt(1)
    os._exit(1)


def opened(descriptor, mode):
    """Return a stream on a descriptor that this process inherited."""
    try:
        if hasattr(os, "set_inheritable"):
            os.set_inheritable(descriptor, False)
        return os.fdopen(descriptor, mode)
    except (NotImplementedError, TypeError):  # Jython takes no numbers
        return open("/dev/fd/%d" % descriptor, mode)


def main(request, reply):
    """Talk over two descriptors. A thread listens, so that the end of who asks is noticed in the midst of work."""
    sys.path.remove(HERE)  # nothing of the user's is to be taken from here
    sys.argv[1:] = []
    warnings.showwarning = heed
    warnings.filterwarnings("always", ".*global interpreter lock.*")
    reader, writer = opened(request, "rb"), opened(reply, "wb")
    requests = queue.Queue()

    def listen():
        while True:
            try:
                asked = work.receive(reader)
            except (IOError, OSError):  # Java closes what a thread reads from when the program ends
                return
            if asked is None:
                leave_at_once()
            requests.put(work.pickle.loads(asked))

    listener = threading.Thread(target=listen)
    listener.daemon = True
    listener.start()
    serve(requests.get, lambda reply: work.send(writer, work.pickle.dumps(reply, work.PROTOCOL)))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
