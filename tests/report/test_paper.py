"""Where text is laid out."""

import subprocess
import sys


def test_a_notebook_does_not_get_what_the_caller_asked_for() -> None:
    code = """
import builtins

class ZMQInteractiveShell:  # as rich tells a notebook
    pass

builtins.get_ipython = ZMQInteractiveShell
from turnout.report._paper import paper
console, sink = paper(40, colour=False)
console.print("words")
print(repr(sink.getvalue()))
"""

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "'words\\n'\n"
