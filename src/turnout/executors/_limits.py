"""Numbers that several modules must agree on."""

BATCH_LIMIT = 8192  # items in a batch, at most; bounds what one dead worker can hold up
GRACE_NS = 500_000_000  # how long workers may take to finish what nobody waits for any more
ATTEMPTS = 3  # of a batch that loses its workers before any of its items has begun
DEATHS = 8  # of workers in a row before any began an item: then something is wrong with all of them
WAITING_LIMIT = 1024  # finished outcomes that may wait behind a slow one, when the items' number is unknown
AHEAD = 8  # batches that may wait in front of workers of this process; taking one takes microseconds
