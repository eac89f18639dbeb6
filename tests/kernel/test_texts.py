"""Texts: English where they stand, slots filled, an unknown language answered in English."""

import pytest

from service.texts import Texts, languages, later


def test_english_is_the_text_itself() -> None:
    _ = Texts.of("en_GB")
    assert _("Thank you, {name}", name="Ada") == "Thank you, Ada"
    assert (_.many("{count} month", "{count} months", 1), _.many("{count} month", "{count} months", 3)) == (
        "1 month",
        "3 months",
    )
    assert _.language == "en"
    assert _.direction == "ltr"


def test_a_language_that_we_do_not_speak_is_answered_in_english() -> None:
    assert Texts.of("cy").language == "en"
    assert languages()[0] == "en"


def test_a_text_may_be_chosen_first_and_said_later() -> None:
    labels = {"monthly": later("Every month")}
    assert Texts.of("en")(labels["monthly"]) == "Every month"


def test_a_slot_that_nobody_fills_is_an_error_and_no_hole() -> None:
    with pytest.raises(KeyError):
        Texts.of("en")("Thank you, {name}")


def test_what_fills_a_slot_is_not_read_again() -> None:
    assert Texts.of("en")("For {name}", name="{other}") == "For {other}"


def test_a_template_gets_what_it_needs_to_speak() -> None:
    given = Texts.of("en").for_template()
    assert given["_"]("Amount") == "Amount"
    assert given["many"]("{count} year", "{count} years", 2) == "2 years"
    assert (given["language"], given["direction"]) == ("en", "ltr")
