"""Batches on their way to workers that share no memory with the caller."""

from turnout.executors._batches import Batch, Reply, apart
from turnout.executors._pickling import Aside, dumps


def packed_items(batch: Batch, aside: Aside | None = None) -> bytes | Reply:
    """Return the pickled items; if one can't be sent, the answer instead, which has each tried by itself.

    Args:
        batch: Whose items.
        aside: Takes large buffers; None to keep them in the pickle.
    """
    try:
        return dumps(batch.items, lambda: "the items", aside)
    except Exception:  # noqa: BLE001  pickling runs the objects' own code
        return _refusal(batch)


def _refusal(batch: Batch) -> Reply:
    try:
        dumps(batch.items[0], lambda: f"item {batch.first}")
    except Exception as error:  # noqa: BLE001  as above
        return apart(batch, error)
    return apart(batch, None)
