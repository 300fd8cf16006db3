"""A crawl of 20,020 pages over 20 hosts of the loopback, beside Scrapy: pages a second, CPU, memory, and the page sets.

    python bench/crawl.py --scrapy /path/to/python-with-scrapy [--pages 1001] [--hosts 20] [--folder FOLDER]

nginx serves a generated site. Each contender runs in a process of its own, which tells what it has fetched; ours keeps
its frontier and index on the disk, Scrapy keeps nothing. CPU is that of the contender's process, all threads.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from _crawl_site import make_site, served

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
    """What a contender did."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    pages: frozenset[str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scrapy", metavar="PYTHON", help="a Python that has Scrapy")
    parser.add_argument("--hosts", type=int, default=20)
    parser.add_argument("--pages", type=int, default=1001, help="of each host")
    parser.add_argument("--folder", type=Path, help="where the site is, or is made; a temporary one by default")
    parser.add_argument("--json", type=Path, help="write what was measured")
    options = parser.parse_args()
    contenders = [
        Contender("turnout crawl, with its index", sys.executable, _OURS),
        Contender("turnout crawl, without", sys.executable, _OURS.replace("NO_INDEX", "yes")),
    ]
    if options.scrapy:
        contenders.append(Contender("Scrapy", options.scrapy, _SCRAPY))
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch, "site")
        if not folder.exists():
            make_site(folder, hosts=options.hosts, pages=options.pages)
        results = {}
        for number, contender in enumerate(contenders):
            with served(folder, hosts=options.hosts, port=_PORT + number) as urls:
                results[contender.name] = measured = measure(contender, Path(scratch, str(number)), urls)
            show(contender.name, measured)
    compare(results)
    if options.json:
        plain = {
            name: {"pages": len(one.pages), "wall_s": one.wall_s, "cpu_s": one.cpu_s, "peak_mb": one.peak_mb}
            for name, one in results.items()
        }
        options.json.write_text(json.dumps(plain, indent=2) + "\n", encoding="utf-8")


def measure(contender: Contender, folder: Path, urls: Sequence[str]) -> Measured:
    words = [contender.python, "-c", contender.script, str(folder), *urls]
    began = time.perf_counter()
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None  # noqa: S101  it is a pipe
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall_s = time.perf_counter() - began
    if process.returncode:
        raise RuntimeError(f"{contender.name} left with {process.returncode}")
    pages = frozenset(_path(url) for url in json.loads(said))
    return Measured(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, pages)


def show(name: str, one: Measured) -> None:
    count = len(one.pages)
    print(
        f"{name:<32} {count:>7,} pages  {one.wall_s:7.2f} s  {count / one.wall_s:8,.0f} a second  "
        f"{one.cpu_s / count * 1000:6.2f} CPU s per 1,000  {one.peak_mb:6.0f} MB",
        flush=True,
    )


def compare(results: dict[str, Measured]) -> None:
    ours, *others = results.values()
    if "Scrapy" in results:
        scrapy = results["Scrapy"]
        ratio = (len(ours.pages) / ours.wall_s) / (len(scrapy.pages) / scrapy.wall_s)
        print(f"{ratio:.1f} times Scrapy's pages a second")
    are_equal = all(other.pages == ours.pages for other in others)
    print("all fetched the same pages" if are_equal else "the page sets differ")


def _path(url: str) -> str:
    """Return the host and the path of an address: each contender has the site at a port of its own."""
    host, _, path = url.partition("://")[2].partition("/")
    return f"{host.partition(':')[0]}/{path}"


if __name__ == "__main__":
    main()
