import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.fulltext import QueryError, parse_query
from turnout.fulltext._query import FIELDS, All, Not, Phrase, Some, Word


def word(text: str, **how: object) -> Word:
    return Word(text=text, **how)  # type: ignore[arg-type]  # each test names what it has


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("cats", word("cats")),
        ("cats dogs", All(parts=(word("cats"), word("dogs")))),
        ("cats AND dogs", All(parts=(word("cats"), word("dogs")))),
        ('"cats and dogs"', Phrase(text="cats and dogs")),
        ("« chats et chiens »", Phrase(text=" chats et chiens ")),
        ("cats OR dogs fish", Some(parts=(word("cats"), All(parts=(word("dogs"), word("fish")))))),
        ("(cats OR dogs) fish", All(parts=(Some(parts=(word("cats"), word("dogs"))), word("fish")))),
        ("cats -dogs", All(parts=(word("cats"), Not(part=word("dogs"))))),
        ("cats NOT dogs", All(parts=(word("cats"), Not(part=word("dogs"))))),
        ("cats -(dogs fish)", All(parts=(word("cats"), Not(part=All(parts=(word("dogs"), word("fish"))))))),
        ("+cats", word("cats", exact=True)),
        ("cat*", word("cat", prefix=True)),
        ("kats~", word("kats", nearly=True)),
        ("title:cats", word("cats", field="title")),
        ('Title:"cats and"', Phrase(text="cats and", field="title")),
        ("site:example.org", word("example.org", field="host")),
        ("title:(cats OR dogs)", Some(parts=(word("cats", field="title"), word("dogs", field="title")))),
        ("12:30 std::vector", All(parts=(word("12:30"), word("std::vector")))),
        ("localhost:8000", word("localhost:8000")),
        ('"foo:bar"', Phrase(text="foo:bar")),
        ("http://example.org/a", word("http://example.org/a")),
        ("e-mail well-known", All(parts=(word("e-mail"), word("well-known")))),
        ("a - b", All(parts=(word("a"), word("b")))),
        ("what is this?", All(parts=(word("what"), word("is"), word("this")))),
    ],
)
def test_a_search_means_what_people_mean_by_it(text: str, meant: object) -> None:
    assert parse_query(text) == meant


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "the search is empty; name a word to look for"),
        ("  -- ?! ", "the search is empty; name a word to look for"),
        ('say "hello', 'a quotation mark is not closed; add " where the phrase ends'),
        ("(cats", "an opening parenthesis is not closed; add ) where its part ends"),
        ("cats)", "a closing parenthesis has no opening one before it; remove it, or put it in quotes"),
        ("cats ()", "a pair of parentheses is empty or ends early; put a word there, or remove it"),
        ("cats AND", "AND needs a word before and after it; add one, or write it in small letters"),
        ("OR cats", "OR needs a word before and after it; add one, or write it in small letters"),
        ("cats NOT", "NOT needs a word after it; add one, or remove it"),
        ("-cats", "the search, or one side of its OR, only says what to leave out; say what to find, too"),
        ("titel:cats", "there is no field titel:; did you mean title:? Put it in quotes to search it"),
        ("(", "an opening parenthesis is not closed; put a word and ) after it, or remove it"),
        ("cats OR (", "an opening parenthesis is not closed; put a word and ) after it, or remove it"),
        ("(cats OR", "OR needs a word before and after it; add one, or write it in small letters"),
        ("title:", "title: needs a word right after it; add one, or put it in quotes to search it"),
        ("Title: cats", "Title: needs a word right after it; add one, or put it in quotes to search it"),
        ("foo:bar", f"there is no field foo:; known are {', '.join(FIELDS)}; put it in quotes to search it"),
        ('foo:"a b"', f"there is no field foo:; known are {', '.join(FIELDS)}; put it in quotes to search it"),
        ("ca*", "ca* begins too many words; give at least 3 letters before the star"),
        ("a" * 1_001, "a search has at most 1,000 characters, this one has 1,001; leave words out"),
        ("(" * 60 + "a" + ")" * 60, "parentheses are nested more than 50 deep; take some away"),
    ],
)
def test_a_broken_search_is_told_in_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(QueryError) as raised:
        parse_query(text)

    assert str(raised.value) == sentence


@given(st.text(max_size=60) | st.text('ab "()+-~*:ANDORT', max_size=40))
def test_any_text_is_understood_or_refused(text: str) -> None:
    sentence = ""
    try:
        parse_query(text)
    except QueryError as error:
        sentence = str(error)

    assert "\n" not in sentence
