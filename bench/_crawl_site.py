"""A generated site over many hosts of the loopback, served by nginx; for measurements of a crawl."""

import random
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_TEXT = """
amber anchor arrow autumn basin beacon birch border bridge canyon carbon cedar cinder circle cloud copper
coral corner cotton crater crystal current dawn delta desert diamond distance dust eagle early earth echo
ember engine evening fabric feather field flame forest fossil garden glacier golden granite gravel harbour
harvest heather hollow horizon hunter island ivory jasmine journey juniper kernel lantern laurel lemon letter
lichen linen locust magnet maple marble meadow mirror moment mountain needle nettle ocean olive orchard origin
oyster paper parcel pasture pebble pepper pillar planet plaster pocket polar prairie quarry quartz quiet
rabbit radar raven reed ribbon river rocket saddle saffron salmon sandal shadow shelter signal silver socket
spiral spring station stone summer sunset tandem temple thistle thunder timber tunnel turbine valley velvet
village violet walnut water weather willow window winter wonder yellow zenith
"""
_WORDS = _TEXT.split()
_PARAGRAPH = 40
# A page of the web is mostly markup: of these pages, a third is text.
_STYLE = "".join(f".section-{number} {{ margin: {number}px 0; padding: 0 {number}em; }}\n" for number in range(40))
_SCRIPT = "".join(
    f'window.queue.push(["event-{number}", {{"page": {number}, "seen": true}}]);\n' for number in range(60)
)
_CARD_START = (
    '<div class="card card-wide" data-kind="paragraph" role="article"><div class="card-body" style="margin: 0">'
    '<span class="badge badge-light" aria-hidden="true"></span><img class="thumb" src="/thumb.png" alt="">'
)
_CARD_END = '</div><div class="card-foot"><button type="button" class="button" data-action="more"></button></div></div>'


def make_site(folder: Path, *, hosts: int = 20, pages: int = 1001, page_bytes: int = 23_600, seed: int = 1) -> None:
    """Write a folder for each host, and in it its pages: an index and the rest.

    Each page leads to its parent, its ten children, and twenty others of its host.
    """
    chance = random.Random(seed)  # noqa: S311  # to be repeated
    for host in range(hosts):
        place = folder / str(host)
        place.mkdir(parents=True, exist_ok=True)
        for number in range(pages):
            name = "index.html" if number == 0 else f"page-{number}.html"
            (place / name).write_text(_page(chance, host, number, pages=pages, page_bytes=page_bytes), encoding="utf-8")


@contextmanager
def served(folder: Path, *, hosts: int, port: int, workers: int = 1) -> Iterator[Sequence[str]]:
    """Serve the folders with nginx, each at an address of its own, and yield these addresses."""
    run = folder / "nginx"
    run.mkdir(exist_ok=True)
    servers = "\n".join(
        f"server {{ listen {address(host)}:{port} reuseport backlog=4096; root {folder / str(host)}; }}"
        for host in range(hosts)
    )
    configuration = run / "nginx.conf"
    configuration.write_text(
        f"""
        worker_processes {workers}; worker_rlimit_nofile 8192;
        daemon off; pid {run / "pid"}; error_log {run / "errors"} crit;
        events {{ worker_connections 4096; }}
        http {{
            access_log off; sendfile on; tcp_nopush on;
            keepalive_requests 1000000; open_file_cache max=500;
            types {{ text/html html; }} default_type text/html; charset utf-8;
            client_body_temp_path {run / "body"}; proxy_temp_path {run / "proxy"}; fastcgi_temp_path {run / "fastcgi"};
            uwsgi_temp_path {run / "uwsgi"}; scgi_temp_path {run / "scgi"};
            {servers}
        }}
        """,
        encoding="utf-8",
    )
    server = subprocess.Popen(["nginx", "-p", str(run), "-c", str(configuration)])  # noqa: S607  # as Debian has it
    try:
        _wait_for(address(0), port)
        yield [f"http://{address(host)}:{port}/" for host in range(hosts)]
    finally:
        server.terminate()
        server.wait()


def address(host: int) -> str:
    """Return the address of a host."""
    return f"127.0.1.{host + 1}"


def _page(chance: random.Random, host: int, number: int, *, pages: int, page_bytes: int) -> str:
    children = [child for child in range(10 * number + 1, 10 * number + 11) if child < pages]
    others = [chance.randrange(pages) for _ in range(20)]
    links = [
        f'<li class="menu-item menu-item-{one % 7}"><a class="link" href="{_path(one)}">Page {one} of {host}</a></li>\n'
        for one in (number // 10, *children, *others)
    ]
    head = (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>Page {number} of host {host}</title>\n"
        f'<meta name="description" content="What page {number} tells">\n<link rel="stylesheet" href="/style.css">\n'
        f"<style>{_STYLE}</style>\n<script>{_SCRIPT}</script>\n</head>\n<body>\n<h1>Page {number}</h1>\n"
    )
    menu = ['<nav class="menu"><ul>\n', *links, "</ul></nav>\n"]
    parts = [head, *menu, '<main id="content">\n']
    size = sum(map(len, parts))
    while size < page_bytes:
        words = " ".join(chance.choices(_WORDS, k=_PARAGRAPH)).capitalize()
        heading = f'<h2 class="section-title" id="part-{len(parts)}">{words[:24]}</h2>\n' if len(parts) % 8 == 0 else ""
        parts.append(f"{heading}{_CARD_START}<p>{words}.</p>{_CARD_END}\n")
        size += len(parts[-1])
    return "".join([*parts, "</main>\n</body>\n</html>\n"])


def _path(number: int) -> str:
    return "/" if number == 0 else f"/page-{number}.html"


def _wait_for(host: str, port: int) -> None:
    for _ in range(500):
        try:
            socket.create_connection((host, port), 1).close()
        except OSError:
            time.sleep(0.01)
        else:
            return
    raise RuntimeError("nginx does not answer")
