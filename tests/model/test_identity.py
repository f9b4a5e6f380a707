"""Emails, look-alikes and near names: what is the same, and what only looks it (R01)."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.model.email import (
    MAX_EMAIL_LENGTH,
    InvalidEmail,
    hidden_character,
    look_alike_key,
    normalize_email,
)
from reconciler.model.nearest import did_you_mean, nearest


@pytest.mark.parametrize("text", [
    "ada@acme.example", "  ada@acme.example\t", "ADA@Acme.Example", "Ada@ACME.EXAMPLE ",
])
def test_blanks_around_and_letter_case_make_no_second_person(text: str) -> None:
    assert normalize_email(text) == "ada@acme.example"


def test_composed_and_decomposed_letters_make_no_second_person() -> None:
    assert normalize_email("jose\u0301@acme.example") == normalize_email("jos\u00e9@acme.example")
    assert normalize_email("a@bu\u0308cher.example") == normalize_email("a@B\u00dcCHER.example")


@pytest.mark.parametrize("text", [
    "a@b.co", "first.last+tag@acme.example", "o'brien@acme.example", "_x-y@a-b.example",
    "a@bücher.example", "a@xn--bcher-kva.example", "почта@пример.example", "a@हिन्दी.example",
    "用户@例子.example", "a@sub.sub.acme.example",
    "a" * (MAX_EMAIL_LENGTH - len("@acme.example")) + "@acme.example",
])
def test_an_address_of_any_language_is_one(text: str) -> None:
    assert normalize_email(text) == text


@pytest.mark.parametrize(("text", "why"), [
    ("", "empty"), ("   ", "empty"), ("ada", "no @"), ("@acme.example", "nothing stands before"),
    ("ada@", "no dot"), ("ada@acme", "no dot"), ("ada@acme.", "not a valid host"),
    ("ada@.example", "not a valid host"), ("ada@-acme.example", "not a valid host"),
    ("ada@acme-.example", "not a valid host"), ("ada@ac me.example", "not a valid host"),
    ("ada@ac_me.example", "not a valid host"), ("ada@" + "a" * 64 + ".example", "host name"),
    ("ada@10.0.0.1", "not a valid host"), ("ada@\u0301acme.example", "not a valid host"),
    ("a da@acme.example", "blank"), ("ada@bob@acme.example", "special"),
    ("ada,bob@acme.example", "special"), ("<ada@acme.example>", "special"),
    (".ada@acme.example", "dot"), ("ada.@acme.example", "dot"), ("a..da@acme.example", "dot"),
    ("a" * (MAX_EMAIL_LENGTH - len("@acme.example") + 1) + "@acme.example", "longer"),
    ("ada\u200b@acme.example", "U+200B"), ("ada@acme\u202e.example", "U+202E"),
    ("a\x00da@acme.example", "U+0000"), ("ada\n@acme.example", "U+000A"),
])
def test_what_is_no_address_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(InvalidEmail, match=why.replace("+", r"\+")):
        normalize_email(text)


LETTERS = st.text(
    st.characters(categories=["Lu", "Ll", "Lt", "Lo", "Mn", "Nd"]), min_size=1, max_size=6)


@given(st.one_of(
    st.text(max_size=20),
    st.builds("{}@{}.{}".format, LETTERS, LETTERS, LETTERS),
    st.emails(),
))
@example("\u0130@acme.example")          # its lower case is two characters
@example("\u03a3\u03a3@acme.example")    # its lower case depends on its place
@example("\u2126@acme.example")          # the ohm sign composes to a letter
@example("\u03aa\u0301@acme.example")  # its lower case composes once more
def test_a_normalised_address_is_normal(text: str) -> None:
    try:
        once = normalize_email(text)
    except InvalidEmail:
        return
    assert normalize_email(once) == once
    assert once == once.strip() == unicodedata.normalize("NFC", once)
    assert hidden_character(once) is None


@given(st.from_regex(r"[a-zA-Z0-9.+'-]{1,8}@[a-zA-Z0-9-]{1,8}\.[a-zA-Z0-9]{1,4}", fullmatch=True))
def test_the_short_way_for_plain_addresses_decides_as_the_long_one(text: str) -> None:
    """A blank before it sends an address the long way."""
    def outcome(address: str) -> str | None:
        try:
            return normalize_email(address)
        except InvalidEmail:
            return None

    assert outcome(text) == outcome(" " + text) == outcome(text.lower())


@pytest.mark.parametrize("character", ["\u200b", "\u202e", "\ufeff", "\u00ad", "\u2028", "\u00a0",
                                       "\u3164", "\u034f", "\x07", "\ue000", "\x7f"])
def test_a_hidden_character_is_found_and_named(character: str) -> None:
    found = hidden_character(f"Ada{character}Example")
    assert found is not None
    assert found.startswith(f"U+{ord(character):04X} ")


@pytest.mark.parametrize("text", ["Ada Example", "Zoë Müller-Lüdenscheidt", "山田 太郎",
                                  "O'Brien", ""])
def test_a_plain_name_hides_nothing(text: str) -> None:
    assert hidden_character(text) is None


@pytest.mark.parametrize("other", ["аda@acme.example", "ada@acrne.example",
                                   "ad\uff41@acme.example"])
def test_addresses_that_a_reader_takes_for_one_have_one_key(other: str) -> None:
    assert other != "ada@acme.example"
    assert look_alike_key(other) == look_alike_key("ada@acme.example")


def test_addresses_that_differ_to_the_eye_have_two_keys() -> None:
    assert look_alike_key("ada@acme.example") != look_alike_key("eda@acme.example")


def test_a_typing_mistake_is_recognised_and_a_stranger_is_not() -> None:
    known = ["analysts", "engineers", "marketing"]
    assert nearest("analyst", known) == "analysts"
    assert nearest("enginers", reversed(known)) == "engineers"
    assert nearest("zebra", known) is None
    assert did_you_mean("analyst", known) == "did you mean analysts?"
    assert did_you_mean("zebra", known) == ""
    assert nearest("anything", []) is None
