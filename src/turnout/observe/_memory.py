"""Reads the memory of another process without stopping it.

One place is read from ``/proc/PID/mem``, which takes a quarter of a call by ctypes; many by `process_vm_readv`.
"""

import ctypes
import errno
import os
import weakref
from collections.abc import Sequence

from turnout.errors import ObserveError

_MOST_AT_ONCE = 1024  # pieces in one call: IOV_MAX of Linux


class _Piece(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class UnreadableError(Exception):
    """There is nothing at an address, as happens when the process changes what is being read."""


class ProcessMemory:
    """The memory of a process of this machine.

    Args:
        pid: The process.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        library = ctypes.CDLL(None, use_errno=True)
        if not hasattr(library, "process_vm_readv"):
            raise ObserveError("this system has no call to read another program's memory (process_vm_readv of Linux)")
        self._call = library.process_vm_readv
        self._call.restype = ctypes.c_ssize_t
        self._handle = -1

    def read(self, address: int, length: int) -> bytes:
        """Return ``length`` bytes.

        Raises:
            UnreadableError: If they are not all there.
            ObserveError: If the system does not permit it, or the process has ended.
        """
        if self._handle < 0:
            self._open()
        try:
            data = os.pread(self._handle, length, address)
        except OverflowError:  # no address at all
            raise UnreadableError(os.strerror(errno.EFAULT)) from None
        except OSError as error:
            raise self._complaint(error.errno or 0) from None
        if len(data) == length:
            return data
        raise self._complaint(errno.EFAULT if data else errno.ESRCH)

    def read_each(self, addresses: Sequence[int], length: int) -> list[bytes]:
        """Return ``length`` bytes from each address, with one call for many.

        Raises:
            UnreadableError: If one of them is not there.
            ObserveError: If the system does not permit it, or the process has ended.
        """
        found: list[bytes] = []
        for start in range(0, len(addresses), _MOST_AT_ONCE):
            some = addresses[start : start + _MOST_AT_ONCE]
            buffer = ctypes.create_string_buffer(length * len(some))
            here = _Piece(ctypes.addressof(buffer), len(buffer))
            there = (_Piece * len(some))(*(_Piece(address, length) for address in some))
            if self._call(self._pid, ctypes.byref(here), 1, there, len(some), 0) != len(buffer):
                raise self._complaint(ctypes.get_errno())
            whole = buffer.raw
            found += (whole[place : place + length] for place in range(0, len(whole), length))
        return found

    def _open(self) -> None:
        try:
            self._handle = os.open(f"/proc/{self._pid}/mem", os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise self._complaint(error.errno or 0) from None
        weakref.finalize(self, os.close, self._handle)

    def _complaint(self, number: int) -> Exception:
        if number in {errno.EPERM, errno.EACCES}:
            return ObserveError(
                f"the system does not permit to look into process {self._pid}: be its user or root, start it with "
                "`turnout diagnose PROGRAM`, or see /proc/sys/kernel/yama/ptrace_scope"
            )
        if number in {errno.ESRCH, errno.ENOENT}:
            return ObserveError(f"process {self._pid} has ended")
        return UnreadableError(os.strerror(number))
