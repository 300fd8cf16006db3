"""Which language a page answers in."""

import pytest

from turnout.web import preferred_language


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("fr", "fr"),
        ("fr-CA,fr;q=0.9,en;q=0.8", "fr"),
        ("de,en;q=0.3,fr;q=0.7", "fr"),
        ("fr;q=0.1, en", "en"),
        ("fr;q=much", "en"),
        ("*", "en"),
        ("," * 10_000, "en"),
    ],
)
def test_the_reader_gets_the_language_asked_for_first(accepted: str, language: str) -> None:
    assert preferred_language(accepted, ("en", "fr")) == language
