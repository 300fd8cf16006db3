"""100,000 no-ops on processes, cold, against the peers with their best chunk size."""

from _contenders import process_contenders
from _harness import Verdict, against_peers, start
from _peers import python
from _work import noop

ITEMS = range(100_000)
CONTENDERS = process_contenders(noop, lambda: ITEMS, chunks=(500, 2_500, 12_500, 50_000))


def judge() -> list[Verdict]:
    return [against_peers(__file__, "100,000 no-ops on processes", CONTENDERS, python=python())]


if __name__ == "__main__":
    start(CONTENDERS, judge)
