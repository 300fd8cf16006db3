"""A program that has a bit of everything; it says on a line of JSON what, and ends with its standard input."""

import json
import multiprocessing
import os
import select
import signal
import socket
import sys
import threading
from multiprocessing import shared_memory


def main() -> None:
    """Have it."""
    signal.signal(signal.SIGUSR1, print)
    signal.signal(signal.SIGUSR2, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGWINCH})
    os.kill(os.getpid(), signal.SIGWINCH)
    memory = shared_memory.SharedMemory(create=True, size=8192)
    lock = multiprocessing.get_context("fork").Lock()
    lock.acquire()
    left, right = socket.socketpair()
    server = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(server.getsockname())
    accepted, _ = server.accept()
    epoll = select.epoll()
    epoll.register(server.fileno())
    event = os.eventfd(3)
    label = os.memfd_create("a label")
    reading, writing = os.pipe()
    reader = threading.Thread(target=os.read, args=(reading, 1))
    reader.start()
    child = os.fork()
    if child == 0:
        os.read(0, 1)
        os._exit(0)
    said = {
        "child": child,
        "reader": reader.native_id,
        "memory": memory.name,
        "left": left.fileno(),
        "right": right.fileno(),
        "server": server.fileno(),
        "port": server.getsockname()[1],
        "client": client.fileno(),
        "accepted": accepted.fileno(),
        "epoll": epoll.fileno(),
        "event": event,
        "label": label,
        "reading": reading,
        "writing": writing,
    }
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()
    sys.stdin.read()
    os.write(writing, b".")
    reader.join()
    os.waitpid(child, 0)
    memory.close()
    memory.unlink()


main()
