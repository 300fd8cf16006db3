"""One time axis for clocks that do not agree.

Processes of one Linux or macOS machine share a monotonic clock; those in another time namespace, or of other
systems, may not. What is known in any case is order: a batch is queued before it begins, and has ended before its
reply is there.
"""


def clock_offset_ns(queued_ns: int, start_ns: int, end_ns: int, received_ns: int) -> int:
    """Return what to add to a worker's clock so that its times fit between the parent's.

    Args:
        queued_ns: When the batch was handed over, by the parent's clock.
        start_ns: When it began, by the worker's clock.
        end_ns: When it ended, by the worker's clock.
        received_ns: When the reply was there, by the parent's clock.

    Returns:
        0 if the two clocks may be one. Else the offset that leaves as much time before the batch as after it, which
        is off by half of that time at most.

    Source: Cristian (1989), Probabilistic clock synchronization, Distributed Computing 3.
    """
    if queued_ns <= start_ns and end_ns <= received_ns:
        return 0
    return (queued_ns + received_ns - start_ns - end_ns) // 2
