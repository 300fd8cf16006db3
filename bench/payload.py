"""10,000 items of 10 kB each way on processes, cold, against the peers with their best chunk size."""

from functools import partial

from _contenders import process_contenders
from _harness import Verdict, against_peers, start
from _peers import python
from _work import echo, payloads

CONTENDERS = process_contenders(echo, partial(payloads, 10_000, 10_000), chunks=(10, 50, 250, 1_250, 5_000))


def judge() -> list[Verdict]:
    return [against_peers(__file__, "10,000 items of 10 kB each way on processes", CONTENDERS, python=python())]


if __name__ == "__main__":
    start(CONTENDERS, judge)
