"""A ``/proc`` made of ordinary files, for what no real process should have to be."""

import os
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
STATUS = """\
Name:\tfake
Tgid:\t{pid}
Uid:\t1000\t1000\t1000\t1000
Gid:\t1000\t1000\t1000\t1000
Groups:\t1000 424242
VmHWM:\t    2048 kB
VmRSS:\t    1024 kB
RssAnon:\t     512 kB
RssFile:\t     500 kB
RssShmem:\t      12 kB
VmSwap:\t       0 kB
SigPnd:\t0000000000000000
ShdPnd:\t0000000000004000
SigBlk:\t0000000000000001
SigIgn:\t0000000000001000
SigCgt:\t0000000000000002
Cpus_allowed_list:\t0-3
voluntary_ctxt_switches:\t17
nonvoluntary_ctxt_switches:\t3
"""


class FakeProc:
    """Builds it.

    Args:
        root: Gets the folder ``proc``.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("uptime", "1000.00 4000.00\n")
        self.write("stat", "cpu  1 2 3\nbtime 1700000000\n")

    def add(
        self,
        pid: int,
        name: str = "fake",
        *,
        state: str = "S",
        parent: int = 1,
        flags: int = 0,
        program: str = "/usr/bin/fake",
    ) -> Path:
        """Add a process that has little, and return its folder."""
        line = stat_line(pid, name, state=state, parent=parent, flags=flags)
        for place in (f"{pid}", f"{pid}/task/{pid}"):
            self.write(f"{place}/stat", line)
            self.write(f"{place}/status", STATUS.format(pid=pid))
            self.write(f"{place}/comm", f"{name}\n")
        self.write(f"{pid}/cmdline", "fake\0--flag\0")
        self.write(f"{pid}/environ", "HOME=/home/fake\0")
        self.write(f"{pid}/maps", "")
        self.write(f"{pid}/smaps", "")
        folder = self.root / "proc" / str(pid)
        (folder / "fd").mkdir(exist_ok=True)
        (folder / "exe").symlink_to(program)
        (folder / "cwd").symlink_to("/home/fake")
        return folder

    def write(self, name: str, content: str | bytes) -> Path:
        """Write a file under ``proc``."""
        path = self.root / "proc" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else os.fsencode(content))
        return path

    def open(self, pid: int, number: int, target: str, info: str = "pos:\t0\nflags:\t0100002\n") -> None:
        """Let a process have a descriptor."""
        (self.root / f"proc/{pid}/fd").mkdir(parents=True, exist_ok=True)
        (self.root / f"proc/{pid}/fd/{number}").symlink_to(target)
        self.write(f"{pid}/fdinfo/{number}", info)


def stat_line(
    pid: int, name: str, *, state: str = "S", parent: int = 1, flags: int = 0, start_s: int = 400, children_s: int = 0
) -> str:
    """Return a line as the kernel writes it; the process has had 1.5 s and 0.25 s on a core."""
    fields = ["0"] * 52
    fields[0], fields[1], fields[2] = str(pid), f"({name})", state
    fields[3:6] = [str(parent), str(pid), "1"]
    fields[8] = str(flags)
    fields[13:15] = [str(TICKS_PER_S * 3 // 2), str(TICKS_PER_S // 4)]
    fields[15:17] = [str(children_s * TICKS_PER_S // 2)] * 2
    fields[18] = "5"  # nice
    fields[21] = str(start_s * TICKS_PER_S)
    fields[22] = str(8 << 20)
    fields[38] = "2"  # where it ran last
    return " ".join(fields) + "\n"


def no_peers() -> dict[int, int]:
    """Stand in for asking the kernel which Unix sockets are connected."""
    return {}
