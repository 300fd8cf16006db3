"""A real X display that nobody sees, and keys that are pressed on it."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from PIL.Image import Image

SIZE = "800x700x24"
LOOKS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Display:
    """An X server that runs.

    Attributes:
        name: As ``DISPLAY`` has it.
    """

    name: str

    @property
    def environment(self) -> dict[str, str]:
        """For programs that are to be seen there."""
        return {**os.environ, "DISPLAY": self.name}

    def window(self, title: str) -> str:
        """Return the window with a title, once there is one and it has the focus."""
        found = self._xdotool("search", "--sync", "--onlyvisible", "--name", title).split()
        self._xdotool("windowfocus", "--sync", found[-1])
        return found[-1]

    def size(self, window: str) -> tuple[int, int]:
        """Return a window's width and height, in pixels."""
        lines = self._xdotool("getwindowgeometry", "--shell", window).splitlines()
        told = dict(line.split("=", 1) for line in lines)
        return int(told["WIDTH"]), int(told["HEIGHT"])

    def press(self, keys: Sequence[str], *, delay_ms: int = 1) -> None:
        """Press keys, one after the other, as a keyboard would."""
        self._xdotool("key", "--delay", str(delay_ms), *keys)

    def shows(self, is_right: "Callable[[Image], bool]") -> bool:
        """Tell whether the screen comes to look right; a window is painted some time after its program has asked."""
        from PIL import ImageGrab  # noqa: PLC0415  the callers see to it that it is there

        return any(is_right(ImageGrab.grab(xdisplay=self.name)) for _ in range(LOOKS))

    def _xdotool(self, *words: str) -> str:
        ran = subprocess.run(
            ["xdotool", *words], env=self.environment, stdout=subprocess.PIPE, text=True, check=True, timeout=30
        )
        return ran.stdout


@contextmanager
def display() -> Iterator[Display]:
    """Have an X server until the block ends; it finds a free number itself."""
    pytest.importorskip("tkinter", reason="this Python has no tkinter")
    for program in ("Xvfb", "xdotool"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    reading, writing = os.pipe()
    words = ["Xvfb", "-displayfd", str(writing), "-screen", "0", SIZE, "-nolisten", "tcp"]
    server = subprocess.Popen(words, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as told:
            number = told.readline().strip()
        assert number, "Xvfb ended"
        yield Display(name=f":{number}")
    finally:
        server.terminate()
        server.wait(10)
