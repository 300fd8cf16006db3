"""The pictures of the distant site."""

import io

import pytest
from PIL import Image

from turnout.errors import UnavailableError
from turnout.jobs._jpegs import draw_pictures, require_pillow, with_comment


def test_pictures_are_jpegs_of_20_to_200_kilobytes_that_differ() -> None:
    pictures = draw_pictures(12, seed=5)

    assert len(set(pictures)) == 12
    assert all(20_000 <= len(picture) <= 200_000 for picture in pictures)
    assert max(map(len, pictures)) > 3 * min(map(len, pictures))
    assert {Image.open(io.BytesIO(picture)).format for picture in pictures} == {"JPEG"}


@pytest.mark.parametrize("seed", [103, 1, 2])
def test_the_sites_own_pictures_keep_to_their_sizes(seed: int) -> None:
    sizes = [len(picture) for picture in draw_pictures(40, seed=seed)]

    assert min(sizes) >= 20_000
    assert max(sizes) <= 200_000


def test_the_same_seed_gives_the_same_pictures() -> None:
    assert draw_pictures(1, seed=7) == draw_pictures(1, seed=7)


def test_a_comment_changes_the_file_and_not_the_picture() -> None:
    (picture,) = draw_pictures(1, seed=5)

    commented = with_comment(picture, "answer 12")

    before, after = Image.open(io.BytesIO(picture)), Image.open(io.BytesIO(commented))
    assert after.info["comment"] == b"answer 12"
    assert before.tobytes() == after.tobytes()


def test_without_pillow_the_command_that_installs_it_is_told() -> None:
    with pytest.raises(
        UnavailableError, match=r"Pillow is not installed; install it with: pip install 'turnout\[demo\]'"
    ):
        require_pillow(lambda _: None)
