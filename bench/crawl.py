"""A crawl of 20,020 pages over 20 hosts of the loopback, beside Scrapy: pages a second, CPU, memory, and the page sets.

    python bench/crawl.py [--scrapy /path/to/python-with-scrapy] [--pages 1001] [--hosts 20] [--folder FOLDER]

nginx serves a generated site. Each contender runs in a process of its own, which tells what it has fetched; ours keeps
its frontier and index on the disk, Scrapy keeps nothing. CPU is that of the contender's process, all threads.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import psutil

import _peers
from _crawl_site import make_site, served
from _harness import Verdict, environment, show

HOSTS, PAGES = 20, 1001
TIMES_FASTER, CPU_S, MEMORY_MB = 15, 0.4, 300
LOOP_CPU_S = 0.2  # of a bare loop where that bar was set; seconds differ between machines, ratios do not
_PORT = 8188
_OURS = """
import json, sqlite3, sys
from turnout.jobs.crawl import crawl
folder, *urls = sys.argv[1:]
crawl(urls, state=folder, index="NO_INDEX" != "yes")
rows = sqlite3.connect(folder + "/frontier.sqlite").execute("SELECT url FROM urls WHERE state = 2")
print(json.dumps([url for (url,) in rows]))
"""
_SCRAPY = """
import json, sys
from scrapy import Spider
from scrapy.crawler import CrawlerProcess
from scrapy.linkextractors import LinkExtractor
urls = sys.argv[2:]
found = []
class Site(Spider):
    name = "site"
    start_urls = urls
    links = LinkExtractor()
    def parse(self, response):
        found.append(response.url)
        title = response.css("title::text").get()
        text = " ".join(response.css("body ::text").getall())
        for link in self.links.extract_links(response):
            yield response.follow(link)
process = CrawlerProcess({"LOG_ENABLED": False, "CONCURRENT_REQUESTS": 64, "ROBOTSTXT_OBEY": True,
                          "CONCURRENT_REQUESTS_PER_DOMAIN": 8, "TELNETCONSOLE_ENABLED": False})
process.crawl(Site)
process.start()
print(json.dumps(found))
"""
_LOOP = """
import json, sys
import ada_url, pycurl
from turbohtml import parse
urls = sys.argv[2:]
hosts = {url.split("/")[2] for url in urls}
seen, waiting, found, under_way = set(urls), list(urls), [], 0
multi, idle = pycurl.CurlMulti(), [pycurl.Curl() for _ in range(64)]
while waiting or under_way:
    while waiting and idle:
        handle = idle.pop()
        handle.url, handle.pieces = waiting.pop(), []
        handle.setopt(pycurl.URL, handle.url)
        handle.setopt(pycurl.WRITEFUNCTION, handle.pieces.append)
        multi.add_handle(handle)
        under_way += 1
    multi.perform()
    for handle in multi.info_read()[1]:
        multi.remove_handle(handle)
        idle.append(handle)
        under_way -= 1
        found.append(handle.url)
        document = parse(b"".join(handle.pieces), positions=False)
        text = " ".join(document.find("body").stripped_strings)
        for link in document.iter_elements(("a",)):
            url = ada_url.join_url(handle.url, link.attrs.get("href") or "")
            if url not in seen:
                seen.add(url)
                if url.split("/")[2] in hosts:
                    waiting.append(url)
    multi.select(0.05)
print(json.dumps(found))
"""


class Contender(NamedTuple):
    """Who crawls.

    Attributes:
        name: Shown.
        python: Runs the script.
        script: Is given a folder and the addresses, and prints those it has fetched.
    """

    name: str
    python: str
    script: str


class Measured(NamedTuple):
    """What a contender did.

    Attributes:
        wall_s: From its start to its end.
        cpu_s: Of all its threads.
        peak_mb: The most memory that was its own, without files that it has mapped: those are the page cache's.
        mapped_mb: The most that it had of both.
        pages: What it has fetched.
    """

    wall_s: float
    cpu_s: float
    peak_mb: float
    mapped_mb: float
    pages: frozenset[str]


def judge(
    scrapy: str | None = None, *, hosts: int = HOSTS, pages: int = PAGES, folder: Path | None = None
) -> list[Verdict]:
    """Let all crawl the site, one after the other, and return what is judged.

    Args:
        scrapy: A Python that has Scrapy; one is made by default.
        hosts: How many the site has.
        pages: Of each host.
        folder: Where the site is, or is made; a temporary one by default.
    """
    contenders = [
        Contender("turnout crawl, with its index", sys.executable, _OURS),
        Contender("turnout crawl, without", sys.executable, _OURS.replace("NO_INDEX", "yes")),
        Contender("a bare loop, which keeps nothing", sys.executable, _LOOP),
        Contender("Scrapy", scrapy or _peers.python(("scrapy",)), _SCRAPY),
    ]
    results: dict[str, Measured] = {}
    with tempfile.TemporaryDirectory() as scratch:
        Path(scratch).chmod(0o755)  # nginx, begun by root, serves as nobody
        site = folder or Path(scratch, "site")
        if not site.exists():
            make_site(site, hosts=hosts, pages=pages)
        for number, contender in enumerate(contenders):
            with served(site, hosts=hosts, port=_PORT + number) as urls:
                results[contender.name] = measured = measure(contender, Path(scratch, str(number)), urls)
            show_one(contender.name, measured)
    return verdicts_on(results)


def verdicts_on(results: dict[str, Measured]) -> list[Verdict]:
    """Compare ours, with its index, with Scrapy."""
    ours, bare, loop, scrapy = results.values()
    count = len(ours.pages)
    ratio = (count / ours.wall_s) / (len(scrapy.pages) / scrapy.wall_s)
    cpu_s = 1000 * ours.cpu_s / count
    times_loop = ours.cpu_s / count / (loop.cpu_s / len(loop.pages))
    details = ", ".join(
        f"{name} {len(one.pages) / one.wall_s:,.0f} pages a second and {1000 * one.cpu_s / len(one.pages):.2f} s of "
        f"CPU per 1,000"
        for name, one in results.items()
    )
    missing = len(scrapy.pages ^ ours.pages) + len(bare.pages ^ ours.pages)
    return [
        Verdict(
            what=f"crawling {count:,} pages with their index",
            found=f"{ratio:.1f} x Scrapy's pages a second",
            bar=f"at least {TIMES_FASTER} x",
            met=ratio >= TIMES_FASTER,
            details=details,
        ),
        Verdict(
            what="crawling and indexing 1,000 pages",
            found=f"{cpu_s:.2f} s of CPU",
            bar=f"at most {CPU_S} s",
            met=cpu_s <= CPU_S,
        ),
        Verdict(
            what="the same, against a loop of pycurl, turbohtml and ada that keeps nothing",
            found=f"{times_loop:.2f} x the CPU",
            bar=f"at most {CPU_S / LOOP_CPU_S:.1f} x",
            met=times_loop <= CPU_S / LOOP_CPU_S,
        ),
        Verdict(
            what=f"memory of a crawl of {count:,} pages",
            found=f"{ours.peak_mb:.0f} MB, and {ours.mapped_mb:.0f} MB with files of the index that are mapped",
            bar=f"at most {MEMORY_MB} MB",
            met=ours.peak_mb <= MEMORY_MB,
        ),
        Verdict(
            what="pages that only one of turnout and Scrapy fetched", found=f"{missing}", bar="none", met=not missing
        ),
    ]


def measure(contender: Contender, folder: Path, urls: Sequence[str]) -> Measured:
    words = [contender.python, "-c", contender.script, str(folder), *urls]
    began = time.perf_counter()
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment())
    assert process.stdout is not None  # noqa: S101  it is a pipe
    peaks = [0]
    watch = threading.Thread(target=watch_memory, args=(process.pid, peaks), daemon=True)
    watch.start()
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall_s = time.perf_counter() - began
    watch.join()
    if process.returncode:
        raise RuntimeError(f"{contender.name} left with {process.returncode}")
    pages = frozenset(_path(url) for url in json.loads(said))
    cpu_s = usage.ru_utime + usage.ru_stime
    return Measured(wall_s, cpu_s, max(peaks) / 1e6, usage.ru_maxrss * 1024 / 1e6, pages)


def watch_memory(pid: int, peaks: list[int]) -> None:
    """Note how much memory is a process's own, ten times a second until it ends."""
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        while process.status() != psutil.STATUS_ZOMBIE:
            memory = process.memory_info()
            peaks.append(memory.rss - memory.shared)
            time.sleep(0.1)


def show_one(name: str, one: Measured) -> None:
    count = len(one.pages)
    print(
        f"{name:<32} {count:>7,} pages  {one.wall_s:7.2f} s  {count / one.wall_s:8,.0f} a second  "
        f"{one.cpu_s / count * 1000:6.2f} CPU s per 1,000  {one.peak_mb:6.0f} MB ({one.mapped_mb:.0f} with files)",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scrapy", metavar="PYTHON", help="a Python that has Scrapy; one is made by default")
    parser.add_argument("--hosts", type=int, default=HOSTS)
    parser.add_argument("--pages", type=int, default=PAGES, help="of each host")
    parser.add_argument("--folder", type=Path, help="where the site is, or is made; a temporary one by default")
    options = parser.parse_args()
    show(judge(options.scrapy, hosts=options.hosts, pages=options.pages, folder=options.folder))


def _path(url: str) -> str:
    """Return the host and the path of an address: each contender has the site at a port of its own."""
    host, _, path = url.partition("://")[2].partition("/")
    return f"{host.partition(':')[0]}/{path}"


if __name__ == "__main__":
    main()
