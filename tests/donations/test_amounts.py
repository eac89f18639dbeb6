"""An amount is read as its writer meant it, or not at all."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.donations import amounts
from service.donations.offers import offer, offers
from service.money import Currency, Money
from tests.donations.readings import READINGS

LOCALES = ["en", "en_IN", "de", "de_CH", "fr", "pt_BR", "sv", "ru", "uk", "ka", "ar", "fa", "he", "hi", "ja"]


@pytest.mark.parametrize(("text", "currency", "locale", "expected"), READINGS)
def test_reading(text: str, currency: str, locale: str, expected: int | None) -> None:
    if expected is None:
        with pytest.raises(amounts.Unreadable):
            amounts.read(text, Currency.of(currency), locale)
    else:
        assert amounts.read(text, Currency.of(currency), locale) == expected


@given(
    currency=st.sampled_from(list(offers())),
    locale=st.sampled_from(LOCALES),
    steps=st.integers(min_value=1, max_value=10**7),
)
def test_what_we_write_we_read(currency: str, locale: str, steps: int) -> None:
    money = Money(currency, steps * offer(currency).step)
    known = Currency.of(currency)
    assert amounts.read(amounts.written(money, locale), known, locale) == money.amount
    assert amounts.read(money.written(locale, short=True), known, locale) == money.amount
    assert amounts.read(money.written(locale), known, locale) == money.amount


@given(text=st.text(max_size=60), locale=st.sampled_from(LOCALES), currency=st.sampled_from(list(offers())))
def test_whatever_is_typed_is_an_amount_or_refused(text: str, locale: str, currency: str) -> None:
    with suppress(amounts.Unreadable):
        assert amounts.read(text, Currency.of(currency), locale) >= 0
