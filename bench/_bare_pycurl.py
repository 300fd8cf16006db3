"""What downloads of small files cost in Python at the least: libcurl, and nothing that a download should know.

No name is looked for, no failure survived, nothing flushed, resumed, shown or kept within limits: a body goes into
``NUMBER.part``, which is renamed if it is as long as the server said.

    python bench/_bare_pycurl.py LIST FOLDER CONNECTIONS
"""

import os
import sys
from pathlib import Path
from typing import Any

import pycurl


class Bare:
    """Downloads each address of a list.

    Args:
        urls: The addresses.
        folder: Where the files come to lie.
        connections: How many are open at once.
    """

    def __init__(self, urls: list[str], folder: str, connections: int) -> None:
        self._todo = enumerate(urls)
        self._folder = folder
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_MAXCONNECTS, connections)
        self._under_way: dict[Any, tuple[str, list[bytes]]] = {}  # by handle, which has no types
        for _ in range(connections):
            self._begin(self._handle(), [])

    def run(self) -> None:
        """Download all of them."""
        while self._under_way:
            self._multi.perform()
            more = 1
            while more:
                more, ended, failed = self._multi.info_read()
                if failed:
                    sys.exit(f"a download failed: {failed[0][2]}")
                for handle in ended:
                    self._begin(handle, self._save(handle))
            self._multi.select(1.0)

    def _handle(self) -> Any:  # likewise
        handle = pycurl.Curl()
        for option in (pycurl.NOSIGNAL, pycurl.FAILONERROR):
            handle.setopt(option, 1)
        return handle

    def _begin(self, handle: Any, pieces: list[bytes]) -> None:  # likewise
        number, url = next(self._todo, (0, ""))
        if not url:
            return
        self._under_way[handle] = f"{self._folder}/{number}", pieces
        handle.setopt(pycurl.URL, url)
        handle.setopt(pycurl.WRITEFUNCTION, pieces.append)
        self._multi.add_handle(handle)

    def _save(self, handle: Any) -> list[bytes]:  # likewise
        self._multi.remove_handle(handle)
        path, pieces = self._under_way.pop(handle)
        if sum(map(len, pieces)) != handle.getinfo(pycurl.CONTENT_LENGTH_DOWNLOAD_T):
            sys.exit(f"{path} is not complete")
        descriptor = os.open(f"{path}.part", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        os.writev(descriptor, pieces)
        os.close(descriptor)
        os.rename(f"{path}.part", path)  # noqa: PTH104  the least that there is
        pieces.clear()
        return pieces


if __name__ == "__main__":
    Bare(Path(sys.argv[1]).read_text(encoding="utf-8").split(), sys.argv[2], int(sys.argv[3])).run()
