"""How a crawl stands, as JSON."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from turnout.report._crawl_types import CrawlReport


def crawl_json(report: "CrawlReport") -> str:
    """Return a report as JSON."""
    from turnout.report._crawl_types import SCHEMA  # noqa: PLC0415  the types name this module, too

    told: dict[str, Any] = asdict(report)  # JSON's values
    told["statuses"] = {str(status): count for status, count in report.statuses.items()}
    told["slowest"] = [{"url": url, "ms": ms} for url, ms in report.slowest]
    told["failures"] = [{"url": url, "reason": reason} for url, reason in report.failures]
    return json.dumps({"schema": SCHEMA, "found": report.found, **told}, indent=2) + "\n"
