"""JPEGs as a picture site sends them: the only module that imports Pillow."""

import io
import random
from collections.abc import Callable
from importlib.util import find_spec

from turnout.errors import not_installed

_LEAST_BYTES, _GREATEST_BYTES = 20_000, 200_000
# At this quality, a blend of a gradient and noise takes about 0.29 bytes a pixel, whatever its size (Pillow 13).
_QUALITY = 75
_BYTES_PER_PIXEL = 0.29
_MARGIN = 1.2
_START = b"\xff\xd8"
_COMMENT = b"\xff\xfe"
_LENGTH_BYTES = 2


def require_pillow(find: Callable[[str], object] = find_spec) -> None:
    """Raise an `UnavailableError` unless Pillow is installed; does not import it.

    Args:
        find: Finds a module by its name, or returns None.
    """
    if find("PIL") is None:
        raise not_installed("the demo's picture site", "Pillow", "demo")


def draw_pictures(count: int, *, seed: int) -> list[bytes]:
    """Return ``count`` JPEGs of 20 to 200 kB, evenly spread; the same seed gives the same ones.

    Raises:
        UnavailableError: If Pillow is not installed.
    """
    require_pillow()
    generator = random.Random(seed)  # noqa: S311  # to be repeated, not to be secret
    least, greatest = _LEAST_BYTES * _MARGIN, _GREATEST_BYTES / _MARGIN
    return [_picture(generator.uniform(least, greatest), generator) for _ in range(count)]


def with_comment(picture: bytes, text: str) -> bytes:
    """Return the JPEG with a comment in it, which no viewer shows.

    Source: ITU-T T.81 (1992), B.2.4.5.
    """
    content = text.encode()
    length = (len(content) + _LENGTH_BYTES).to_bytes(_LENGTH_BYTES, "big")
    return _START + _COMMENT + length + content + picture.removeprefix(_START)


def _picture(size_bytes: float, generator: random.Random) -> bytes:
    from PIL import Image  # noqa: PLC0415  # optional

    height = round((size_bytes / _BYTES_PER_PIXEL / 2) ** 0.5)
    size = (2 * height, height)  # two to one, like the course's
    noise = Image.frombytes("RGB", size, generator.randbytes(3 * size[0] * size[1]))
    light = Image.linear_gradient("L").resize(size).convert("RGB")
    stream = io.BytesIO()
    Image.blend(light, noise, 0.3).save(stream, "JPEG", quality=_QUALITY)
    return stream.getvalue()
