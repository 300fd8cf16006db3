"""The window: the course's program in Tk, with the live strip at its foot. The only module that imports tkinter."""

from types import TracebackType
from typing import TYPE_CHECKING

from turnout.errors import UnavailableError
from turnout.events import TkLoop
from turnout.jobs.turtle._colours import PAPER
from turnout.jobs.turtle._drawing import Change
from turnout.jobs.turtle._keymap import key_name
from turnout.jobs.turtle._program import LOOK_MS, Program
from turnout.jobs.turtle._replaying import Player
from turnout.jobs.turtle._scene import TITLE, WINDOW, arrow, follow
from turnout.jobs.turtle._waits import Waits
from turnout.jobs.turtle._words import Words

if TYPE_CHECKING:
    import tkinter as tk

_CONTROL = 0x4
_OTHER_MODIFIERS = {"x11": 0x8 | 0x40, "win32": 0x20000, "aqua": 0x8 | 0x10}
"""Alt, and what else makes a key one of the system's, by the names that Tk has for systems of windows."""
_ROWS = 3
_DARK, _SOFT, _WARN = "#16191f", "#565d6b", "#8a3d00"


class Window:
    """The program in a window of its own.

    Args:
        program: Whose keys and drawing these are.
        words: In the user's language.
        has_strip: Whether the strip is there.
        player: Presses keys from a recording first.

    Raises:
        UnavailableError: If there is no display, or Python has no tkinter.
    """

    def __init__(self, program: Program, words: Words, *, has_strip: bool = True, player: Player | None = None) -> None:
        self._program = program
        self._words = words
        self._player = player
        self._waits = Waits()
        self._middle = (0.0, 0.0)
        self._lines: list[int] = []
        self._error: BaseException | None = None
        self.root = _open()
        self._other_modifiers = _OTHER_MODIFIERS.get(self.root.tk.call("tk", "windowingsystem"), 0)
        self.root.title(TITLE)
        self.root.geometry(f"{WINDOW}x{WINDOW}")
        self.root.report_callback_exception = self._fail
        self._strip = _StripFrame(self.root, words) if has_strip else None
        self._canvas = _canvas(self.root)
        self._turtle = self._canvas.create_polygon(0, 0, 0, 0)
        self.root.bind("<KeyPress>", self._press)
        self.root.bind("<Control-q>", lambda _: self.root.quit())
        self._canvas.bind("<Configure>", lambda _: self._look())
        self._loop = TkLoop(program.emitter, self.root)
        self._forget = program.watch(self._show)
        self._show(program.whole())

    def run(self) -> None:
        """Handle events until the window is closed.

        Raises:
            KeyboardInterrupt: At Ctrl-C in the terminal; the window is gone then.
        """
        self.root.focus_force()
        self._refresh()
        if self._player is not None:
            self._player.start(self._program, lambda seconds, call: self.root.after(round(seconds * 1e3), call))
        try:
            with self._loop:  # left with what ended it, it holds nobody up
                self.root.mainloop()
                if self._error is not None:
                    raise self._error
        finally:
            self.close()

    def close(self) -> None:
        """Take the window away; may be called again."""
        self._forget()
        self._forget = lambda: None
        self._loop.close()
        try:
            self.root.destroy()
        except _tcl_error():  # it is gone already: closed by its user
            return

    def _press(self, event: "tk.Event[tk.Misc]") -> None:
        state = event.state if isinstance(event.state, int) else 0
        if not state & self._other_modifiers:
            waited_ns = self._waits.waited_ns(event.time, self._program.clock.wall_ns()) if event.time else 0
            key = key_name(event.keysym, event.char, is_control=bool(state & _CONTROL))
            self._program.press(key, waited_ns=waited_ns)

    def _show(self, change: Change) -> None:
        self._canvas.delete(*self._lines[change.kept :])
        del self._lines[change.kept :]
        for segment in change.added:
            ends = (segment.x1, -segment.y1, segment.x2, -segment.y2)
            line = self._canvas.create_line(*ends, fill=segment.colour, width=segment.width, capstyle="round")
            self._lines.append(line)
        self._canvas.coords(self._turtle, *(value for x, y in arrow(change.turtle) for value in (x, -y)))
        self._canvas.itemconfigure(self._turtle, fill=change.turtle.colour)
        self._canvas.tag_raise(self._turtle)
        self._look()

    def _look(self) -> None:
        """Keep the turtle in sight, also after the window's size has changed."""
        width, height = self._canvas.winfo_width(), self._canvas.winfo_height()
        if width == 1:  # Tk has not laid it out yet, and will tell when it has
            return
        self._middle = follow(self._middle, self._program.drawing.turtle, width, height)
        left, top = self._middle[0] - width / 2, -self._middle[1] - height / 2
        self._canvas.configure(scrollregion=(left, top, left + width, top + height))

    def _refresh(self) -> None:
        self.root.after(LOOK_MS, self._refresh)
        self._program.look(self._loop)
        if self._strip is not None:
            self._strip.show(self._program)

    def _fail(self, _kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
        """Leave with what a callback raised, Ctrl-C too; Tk would print it and go on."""
        self._error = error
        self.root.quit()


class _StripFrame:
    """Rows of text at the foot of the window."""

    def __init__(self, root: "tk.Tk", words: Words) -> None:
        import tkinter as tk  # noqa: PLC0415  not every Python has it; `_open` has told so by now

        self._words = words
        frame = tk.Frame(root, background="white", padx=8, pady=4)
        frame.pack(side="bottom", fill="x")
        frame.columnconfigure(0, weight=1)
        heads = (words.event, words.waited, words.handler)

        def row(number: int, colour: str) -> list[tk.Label]:
            labels = []
            for column in range(len(heads)):
                label = tk.Label(frame, background="white", foreground=colour, anchor="e" if column else "w", padx=6)
                label.grid(row=number, column=column, sticky="ew")
                labels.append(label)
            return labels

        for label, head in zip(row(0, _SOFT), heads, strict=True):
            label["text"] = head
        self._cells = [row(number, _DARK) for number in range(1, _ROWS + 1)]
        self._notes = [
            tk.Label(frame, background="white", foreground=colour, anchor="w", padx=6)
            for colour in (_SOFT, _DARK, _WARN)
        ]
        for number, label in enumerate(self._notes, _ROWS + 1):
            label.grid(row=number, column=0, columnspan=len(heads), sticky="ew")

    def show(self, program: Program) -> None:
        """Write what is new."""
        strip, words = program.strip, self._words
        rows = [*strip.rows(words)[:_ROWS], *([("", "", "")] * _ROWS)][:_ROWS]
        for labels, texts in zip(self._cells, rows, strict=True):
            for label, text in zip(labels, texts, strict=True):
                if label["text"] != text:
                    label["text"] = text
        lag = f"{words.lag} {words.milliseconds(strip.lag_ns)}, {words.worst} {words.milliseconds(strip.worst_lag_ns)}"
        notes = (f"{lag}; {words.depth} {strip.depth}", strip.note(words), strip.block(words))
        for label, text in zip(self._notes, notes, strict=True):
            label["text"] = text


def _open() -> "tk.Tk":
    try:
        import tkinter as tk  # noqa: PLC0415  not every Python has it
    except ImportError:
        raise UnavailableError(
            "the window",
            "this Python has no tkinter",
            "install it (on Debian: apt install python3-tk), or run turnout turtle --web for the same in a page",
        ) from None
    try:
        return tk.Tk(className="Turnout")
    except tk.TclError as error:
        raise UnavailableError(
            "the window", f"there is no display ({error})", "run turnout turtle --web for the same program in a page"
        ) from None


def _canvas(root: "tk.Tk") -> "tk.Canvas":
    import tkinter as tk  # noqa: PLC0415  loaded by now

    canvas = tk.Canvas(root, background=PAPER, borderwidth=0, highlightthickness=0)
    canvas.pack(side="top", fill="both", expand=True)
    return canvas


def _tcl_error() -> type[Exception]:
    import tkinter as tk  # noqa: PLC0415  loaded by now

    return tk.TclError
