"""An amount as a reader writes it in whole units, read to minor units exactly.

`widget/amounts.js` reads by the same rules. What could mean two amounts is refused: with two
decimals, `1.250` is a thousand and a quarter where the locale groups with dots, and nothing at all where
it does not; `12,50` is twelve and a half everywhere.
"""

import re
import unicodedata

from babel.numbers import get_decimal_symbol

from service.money import Currency, Money

LONGEST = 40
# Arabic and Persian figures, and Arabic's own marks.
_FIGURES = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
# Spaces, apostrophes, Arabic's grouping mark, and marks of direction that come along when text is pasted.
_UNREAD = re.compile(r"[\s'’٬\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_AFFIXES = re.compile(r"([^\d]*)\d(?:.*\d)?([^\d]*)")


class Unreadable(ValueError):
    """No amount, or not surely one amount."""


def read(text: str, currency: Currency, locale: str) -> int:
    """Minor units of `currency`. Raises Unreadable."""
    mark = decimal_mark(locale)
    other = "." if mark == "," else ","
    decimals = currency.shown_decimals
    readings = [rf"{_whole(other)}()"]
    if decimals:
        # The other mark can only be meant as a decimal one where too few figures follow for a group.
        readings = [
            rf"{_whole(other)}(?:[{mark}](\d{{1,{decimals}}}))?",
            rf"{_whole(mark)}[{other}](\d{{1,2}})",
        ]
    figures = _bare(text, currency, locale).replace("٫", mark)
    found = next(filter(None, (re.fullmatch(each, figures, re.ASCII) for each in readings)), None)
    if found is None or len(text) > LONGEST:
        raise Unreadable
    whole, fraction = re.sub(r"\D", "", found[1]), found[2] or ""
    return int(whole + fraction.ljust(currency.stripe_exponent, "0"))


def _whole(group: str) -> str:
    """Figures, alone or in groups of three, or of two and three as in India."""
    return rf"(\d+|\d{{1,3}}(?:[{group}]\d{{2,3}})*[{group}]\d{{3}})"


def written(money: Money, locale: str) -> str:
    """As it stands in the field: figures and the locale's decimal mark, nothing else."""
    currency = Currency.of(money.currency)
    whole, rest = divmod(money.amount, currency.unit)
    if not rest:
        return str(whole)
    fraction = str(rest).zfill(currency.stripe_exponent)[: currency.shown_decimals]
    return f"{whole}{decimal_mark(locale)}{fraction}"


def decimal_mark(locale: str) -> str:
    """A point or a comma; where the locale has a mark of its own, it is read as well."""
    return "," if get_decimal_symbol(locale) == "," else "."


def affixes(currency: str, locale: str) -> tuple[str, str]:
    """What stands before and after the figures of an amount: `$`, or ` kr`."""
    found = _AFFIXES.fullmatch(Money(currency, Currency.of(currency).unit).written(locale, short=True))
    assert found is not None, f"{currency} in {locale} is written without figures"
    return found[1], found[2]


def _bare(text: str, currency: Currency, locale: str) -> str:
    """The figures and their marks alone: the currency's own sign or code may stand beside them."""
    figures = _plain(text).translate(_FIGURES)
    for sign in (*map(_plain, affixes(currency.code, locale)), currency.code):
        figures = figures.removeprefix(sign).removesuffix(sign)
    return figures


def _plain(text: str) -> str:
    return _UNREAD.sub("", unicodedata.normalize("NFKC", text)).lower()
