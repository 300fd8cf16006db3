"""How a crawl stands, in the words that its text and its page share."""

from turnout.report._crawl_types import CrawlReport, CrawlRun
from turnout.report._words import duration, percent, plain, plural, significant

STAGES = {
    "fetch": "asking for pages and taking what comes",
    "read": "reading what is in them",
    "record": "writing down what was found",
    "index": "handing pages to the index",
    "wait": "waiting for sites",
}
"""What the crawl's own thread does, by the names of its stages."""
_WORKING = ("read", "record", "index", "fetch")
_IDLE = 0.5  # of the wall time; with less to do, it is the sites that bound it
_BUSY = 0.75  # of the wall time on one core: then that core is what bounds it


def title_words(report: CrawlReport) -> str:
    """Return what was crawled, as a title."""
    first = plain(report.seeds[0], 100) if report.seeds else "nothing"
    others = len(report.seeds) - 1
    more = "" if others < 1 else " and 1 other address" if others == 1 else f" and {others:,} other addresses"
    return f"Crawl of {first}{more}"


def standing_words(report: CrawlReport) -> str:
    """Return the counts as a sentence."""
    words = [f"{report.done:,} fetched", f"{report.waiting:,} waiting", f"{report.failed:,} failed"]
    if report.left_out:
        words.append(f"{report.left_out:,} left out")
    return f"{report.found:,} addresses found: {', '.join(words)}."


def bottleneck_words(run: CrawlRun) -> str:
    """Return what bounded a run, as a sentence."""
    if run.wall_s <= 0:
        return "Nothing was measured yet."
    shares = {name: run.stages.get(name, 0.0) / run.wall_s for name in STAGES}
    busy = sum(shares[name] for name in _WORKING)
    if busy < _IDLE:
        return (
            f"The sites bound it: the crawl waited for them for {percent(shares['wait'])} of the time. "
            "Shorter delays or more connections would help, where the sites allow them."
        )
    worst = max(_WORKING, key=lambda name: shares[name])
    if busy < _BUSY:
        return (
            f"Its own work took {percent(busy)} of the time, {STAGES[worst]} most of that; it waited for the sites for "
            f"{percent(shares['wait'])}."
        )
    return f"One core bounds it, most of all by {STAGES[worst]}: {percent(shares[worst])} of the time."


def last_run(report: CrawlReport) -> CrawlRun:
    """Return the last run that did something, or the last one."""
    return next((run for run in reversed(report.runs) if run.fetched), report.runs[-1])


def run_words(run: CrawlRun) -> str:
    """Return what a run did, as a sentence."""
    rate = f": {significant(run.fetched / run.wall_s)} a second" if run.wall_s > 0 else ""
    cpu = f", {duration(run.cpu_s / run.fetched)} of CPU each" if run.fetched else ""
    words = f"{plural(run.fetched, 'answer')} in {duration(run.wall_s)}{rate}{cpu}."
    return words if run.ended else f"Since {plain(run.began.replace('T', ' '), 40)}, or until it was cut off: {words}"
