"""The texts of the widget, by language; what is said of amounts stands in `donations/wording.py`."""

from babel import Locale

TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "language": "en",
        "title": "Support {newsroom}",
        "frequency": "How often",
        "amount": "Amount",
        "own": "Another amount",
        "currency": "Currency",
        "continue": "Continue",
        "opening": "One moment…",
        "methods": "Cards, Apple Pay, Google Pay and more, by Stripe",
        "away": "The payment page could not be opened. Nothing was taken; please try again.",
        "again": "To give once more, press Continue again.",
        "plain": "Or use our donation page",
    },
}


def texts(locale: str) -> dict[str, str]:
    return TEXTS.get(Locale.parse(locale).language, TEXTS["en"])
