"""Which items stand for all of them."""

GOLDEN = 0.6180339887498949  # its multiples, modulo 1, are spread evenly and never repeat


def spread_sample(items_total: int, sample_count: int) -> tuple[int, ...]:
    """Return the indexes of items that together stand for all of them, in ascending order.

    Not the first ones: items often come sorted by size, age or site, and the first would then be the smallest,
    oldest or all from one site. One item is taken from each of ``sample_count`` equal stretches, at a place within
    it that changes from stretch to stretch, so that a pattern repeated in the items is not hit at the same phase
    each time. The same arguments always give the same indexes.

    Args:
        items_total: How many items there are, at least 0.
        sample_count: How many to take; all if there are not more.
    """
    if sample_count >= items_total:
        return tuple(range(items_total))
    chosen = []
    for stretch in range(sample_count):
        low = stretch * items_total // sample_count
        high = (stretch + 1) * items_total // sample_count
        chosen.append(low + int((stretch * GOLDEN + 0.5) % 1 * (high - low)))
    return tuple(chosen)
