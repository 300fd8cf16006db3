from hypothesis import given
from hypothesis import strategies as st

from turnout.fulltext._snippet import Piece, Sought, clean, folded, marked, snippet

PARIS = Sought((frozenset({"universite", "universites"}), frozenset({"paris"})))


def joined(pieces: tuple[Piece, ...]) -> str:
    return "".join(piece.text for piece in pieces)


def matches(pieces: tuple[Piece, ...]) -> list[str]:
    return [piece.text for piece in pieces if piece.is_match]


def test_words_are_marked_as_they_are_written() -> None:
    pieces = marked("Les UNIVERSITÉS de Paris, et Parisot", PARIS)

    assert matches(pieces) == ["UNIVERSITÉS", "Paris"]
    assert joined(pieces) == "Les UNIVERSITÉS de Paris, et Parisot"


def test_the_stretch_with_most_of_the_words_is_shown() -> None:
    text = "Paris. " + "Rien ici. " * 60 + "Une université à Paris. " + "Rien là. " * 60

    pieces = snippet(text, PARIS)

    assert matches(pieces) == ["université", "Paris"]
    assert joined(pieces).startswith("… ")
    assert joined(pieces).endswith(" …")
    assert len(joined(pieces)) < 300


def test_a_text_without_the_words_is_shown_from_its_beginning() -> None:
    assert joined(snippet("One two three. " * 50, PARIS)).startswith("One two three.")


def test_a_phrase_is_marked_as_one_across_what_stands_between_its_words() -> None:
    pieces = marked("the United,\n Nations", Sought((frozenset({"united nations"}),)))

    assert matches(pieces) == ["United, Nations"]


def test_beginnings_and_unspaced_scripts_are_marked() -> None:
    assert matches(marked("concurrent, contrary", Sought((), frozenset({"conc"})))) == ["concurrent"]
    assert matches(marked("私は東京大学で", Sought((frozenset({"東京"}),)))) == ["東京"]


def test_hostile_text_loses_what_moves_a_cursor_or_turns_its_direction() -> None:
    assert clean("a\x1b[31mb\x07\u202ec\u200bd\x00\n\te\x9b") == "a[31mbcd e"


@given(st.text(max_size=400))
def test_folding_keeps_places(text: str) -> None:
    assert len(folded(text)) == len(text)


@given(st.text("paris université\n.\x1bİß", max_size=600), st.integers(40, 300))
def test_pieces_are_clean_and_matches_are_what_was_sought(text: str, width: int) -> None:
    pieces = snippet(text, PARIS, width)

    assert all(folded(match) in {"universite", "universites", "paris"} for match in matches(pieces))
    assert "\x1b" not in joined(pieces)
    assert "\n" not in joined(pieces)
    assert len(joined(pieces)) <= width + 30
