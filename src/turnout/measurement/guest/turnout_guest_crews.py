"""The part of the guest that runs all items on a crew of workers: a thread, threads, processes or subinterpreters.

A worker is a function that takes a slice of the items, given by its first index and the one after its last. Python 2.7
reads this, too: see turnout_guest.py.
"""

import gc
import os
import struct
import sys
import threading

import turnout_guest_work as work
from turnout_guest_work import pickle, wall_ns

SPANS_KEPT = 150000
SLICES = 4  # a slice is this part of a worker's share of what is left, so that all end at about the same time
LEAST = 128  # no slice is a smaller part of a worker's share of all, or handing it over would show


class Here:
    """Workers in this process: the caller's thread, or a thread each."""

    def __init__(self, place, function, items, pickled, count):
        def worker(first, last):
            return work.work_on(function, items, first, last)

        self.workers = [worker] * count
        self.names = [(os.getpid(), "thread %d" % (number + 1)) for number in range(count)]

    def end(self):
        """Nothing to end."""


class Distant:
    """Workers at the other ends of pipes."""

    def __init__(self):
        self.workers, self.names, self.pipes, self.reasons = [], [], [], []

    def connect(self, reply, request, why_gone):
        """Add a worker that reads ``request`` and writes to ``reply``."""
        reader, writer = os.fdopen(reply, "rb"), os.fdopen(request, "wb")

        def worker(first, last):
            try:
                work.send(writer, struct.pack(">QQ", first, last))
                reply = work.receive(reader)
            except (IOError, OSError):  # a broken pipe
                reply = None
            if reply is None:
                raise work.RefusedError(why_gone())
            if reply[:1] == work.FAILED:
                raise work.RefusedError(reply[1:].decode("utf-8"))
            return reply

        self.workers.append(worker)
        self.pipes.append((reader, writer))
        self.reasons.append(why_gone)

    def wait(self):
        """Return when all workers are there."""
        for (reader, _), why_gone in zip(self.pipes, self.reasons):
            if work.receive(reader) is None:
                raise work.RefusedError(why_gone())

    def hang_up(self):
        """Let the workers leave, for nobody will ask them again."""
        for reader, writer in self.pipes:
            for stream in (writer, reader):
                try:
                    stream.close()
                except (IOError, OSError):
                    continue


class Processes(Distant):
    """Workers in forked processes, which inherit the function and the items."""

    def __init__(self, place, function, items, pickled, count):
        if not hasattr(os, "fork"):
            raise work.RefusedError("it cannot fork, so it has no worker processes")
        Distant.__init__(self)
        self.pids = []
        try:
            for _ in range(count):
                self.add(function, items)
            self.wait()
        except BaseException:
            self.end()
            raise

    def add(self, function, items):
        """Add a worker."""
        request, request_end = os.pipe()
        reply_end, reply = os.pipe()
        pid = os.fork()
        if not pid:
            try:
                for _, writer in self.pipes:  # or the others would not see them end
                    os.close(writer.fileno())
                os.close(request_end)
                os.close(reply_end)
                work.serve_slices(function, items, request, reply)
            finally:
                os._exit(0)
        os.close(request)
        os.close(reply)
        self.pids.append(pid)
        self.names.append((pid, "MainThread"))
        self.connect(reply_end, request_end, lambda: self.gone(pid))

    def gone(self, pid):
        """Say how a worker ended."""
        status = os.waitpid(pid, 0)[1]
        self.pids.remove(pid)
        if os.WIFSIGNALED(status):
            return "a worker process was ended by signal %d" % os.WTERMSIG(status)
        return "a worker process ended with exit status %d" % os.WEXITSTATUS(status)

    def end(self):
        """Let the workers leave, and see them gone."""
        self.hang_up()
        for pid in self.pids:
            os.waitpid(pid, 0)


class Interpreters(Distant):
    """Workers in subinterpreters, which import the function for themselves."""

    def __init__(self, place, function, items, pickled, count):
        try:
            from concurrent import interpreters
        except ImportError:
            raise work.RefusedError("it has no subinterpreters; CPython has them since 3.14")
        Distant.__init__(self)
        self.made, self.threads, self.said = [], [], []
        try:
            for number in range(count):
                self.add(interpreters.create(), number, place, pickled)
            self.wait()
        except BaseException:
            self.end()
            raise

    def add(self, interpreter, number, place, pickled):
        """Add a worker, with a thread that runs it."""
        self.made.append(interpreter)
        execute = getattr(interpreter, "exec")  # a keyword in Python 2
        interpreter.prepare_main(pickled=pickled)
        execute(
            "import sys\n"
            "guest = type(sys)('turnout_guest_work')\n"
            "guest.__file__ = %r\n"
            "sys.path[:] = %r\n"
            "sys.dont_write_bytecode = True\n"
            "with open(guest.__file__, 'rb') as source:\n"
            "    exec(compile(source.read(), guest.__file__, 'exec'), guest.__dict__)\n"
            "function, items = guest.load(*%r), guest.pickle.loads(pickled)\n" % (work.__file__, sys.path, place)
        )
        request, request_end = os.pipe()
        reply_end, reply = os.pipe()

        def live():
            try:
                execute("guest.serve_slices(function, items, %d, %d)" % (request, reply))
            except Exception:
                self.said.append(work.described())

        thread = threading.Thread(target=live)
        self.threads.append(thread)
        self.names.append((os.getpid(), number + 1))
        self.connect(reply_end, request_end, lambda: "a subinterpreter ended: %s" % ", ".join(self.said))
        thread.start()

    def end(self):
        """End the workers and their threads."""
        self.hang_up()
        for thread in self.threads:
            thread.join()
        for interpreter in self.made:
            interpreter.close()


MODELS = {"sequential": Here, "threads": Here, "processes": Processes, "interpreters": Interpreters}


class Slices:
    """Gives out all items, in ever smaller slices."""

    def __init__(self, count, workers):
        self.given, self.count, self.workers = 0, count, workers
        self.least = max(1, count // (LEAST * workers))
        self.lock = threading.Lock()

    def take(self):
        """Return the first index of the next slice and the one after its last, or None."""
        with self.lock:
            first = self.given
            if first >= self.count:
                return None
            left = self.count - first
            share = left if self.workers == 1 else max(self.least, left // (SLICES * self.workers))
            self.given += min(left, share)
            return first, self.given


def run(model, workers, place, function, items, pickled):
    """Run all items once.

    Returns:
        "ready_ns" (when the workers were asked for), "start_ns" and "end_ns" of the work, "workers" (the process and
        the thread or interpreter of each), "batches" (worker, first index, start, ends after that start, count, time
        on a core), "outcomes" in the order of the items, as `turnout_guest_work.packed` returns them.
    """
    gc.collect()
    ready = wall_ns()
    crew = MODELS[model](place, function, items, pickled, workers)
    try:
        slices = Slices(len(items), workers)
        done, errors = [], []

        def drive(number):
            try:
                while not errors:
                    part = slices.take()
                    if part is None:
                        break
                    done.append((number, crew.workers[number](*part)))
            except work.RefusedError:
                errors.append(work.described())
            except:  # noqa: E722  Jython's `except Exception` lets Java's errors pass
                errors.append("the function raised " + work.described())

        start = wall_ns()
        if model == "sequential":
            drive(0)
        else:
            threads = [threading.Thread(target=drive, args=(number,)) for number in range(workers)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        end = wall_ns()
    finally:
        crew.end()
    if errors:
        raise work.RefusedError(errors[0])
    found = told(len(items), [understood(number, reply) for number, reply in done])
    found.update(ready_ns=ready, start_ns=start, end_ns=end, workers=crew.names)
    return found


def told(count, done):
    """Return what `run` tells of the slices that were done."""
    batches, outcomes = [], []
    for number, first, began, ends, cpu, found in sorted(done, key=lambda one: one[1]):
        after = [ended - began for ended in (ends if count <= SPANS_KEPT else ends[-1:])]
        batches.append((number, first, began, after, len(ends), cpu))
        outcomes += found
    return {"batches": batches, "outcomes": outcomes}


def understood(number, reply):
    """Return what a worker's reply says, its outcomes packed; not within the time that is measured."""
    if isinstance(reply, tuple):
        return (number,) + reply[:4] + (work.packed(reply[4]),)
    found = pickle.loads(reply[1:])
    return (number,) + (found if reply[:1] == work.PACKED else found[:4] + (work.packed(found[4]),))
