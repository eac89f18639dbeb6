"""The texts of the widget; what is said of amounts stands in `donations/wording.py`."""

from service.texts import Texts, later

WORDS = {
    "title": later("Support {newsroom}"),
    "frequency": later("How often"),
    "amount": later("Amount"),
    "own": later("Another amount"),
    "currency": later("Currency"),
    "continue": later("Continue"),
    "opening": later("One moment…"),
    "methods": later("Cards, Apple Pay, Google Pay and more, by Stripe"),
    "away": later("The payment page could not be opened. Nothing was taken; please try again."),
    "again": later("To give once more, press Continue again."),
    "plain": later("Or use our donation page"),
}


def words(locale: str) -> dict[str, str]:
    """Each word in the locale's language; slots stay, the script fills them."""
    _ = Texts.of(locale)
    return {"language": _.language} | {name: _.with_slots(text) for name, text in WORDS.items()}
