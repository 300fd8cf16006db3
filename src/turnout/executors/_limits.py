"""Numbers that several modules must agree on."""

BATCH_LIMIT = 8192  # items in a batch, at most; bounds what one dead worker can hold up
GRACE_NS = 500_000_000  # how long workers may take to finish what nobody waits for any more
