"""The receipt: what a donor keeps, and what a tax office asks for."""

from babel import Locale
from babel.dates import format_date
from sqlalchemy.orm import Session

from service.donations.models import Donation
from service.donations.wording import FREQUENCY_WORDS
from service.mail import Errand, Letter, Skip, Stationery
from service.mail.headers import one_line
from service.money import Money, UnknownCurrency
from service.parts import Parts

# The language of the templates; amounts are written as the reader's own locale writes them.
LANGUAGE = "en"

stationery = Stationery("service.donations")


def receipt(ours: Parts, session: Session, errand: Errand) -> Letter | Skip:
    """One for each donation, as long as it is paid."""
    donation = session.get(Donation, errand.subject)
    if donation is None:
        return Skip("the donation does not exist")
    if donation.status != "paid":
        return Skip(f"the donation is {donation.status}")
    settings = ours.settings
    newsroom = one_line(settings.newsroom_name)
    return stationery.letter(
        "receipt",
        subject=f"Receipt for your donation to {newsroom}",
        language=LANGUAGE,
        values={
            "name": one_line(errand.reader.name or ""),
            "newsroom": newsroom,
            "newsroom_address": settings.newsroom_address,
            "write_to": settings.mail_from,
            "amount": Money(donation.currency, donation.amount).written(errand.locale),
            "presented": _presented(donation, errand.locale),
            "date": _date(ours, donation, errand.locale),
            "frequency": donation.frequency,
            "kind": FREQUENCY_WORDS[donation.frequency],
            "transaction": donation.id,
            "receipt_line": settings.receipt_line,
        },
    )


def _presented(donation: Donation, locale: str) -> str:
    """What the donor saw at the checkout, where that was another currency that we can write."""
    amount, currency = donation.presentment_amount, donation.presentment_currency
    if amount is None or currency is None or currency == donation.currency:
        return ""
    try:
        return Money(currency, amount).written(locale)
    except UnknownCurrency:
        return ""  # how many decimals it has is never guessed


def _date(ours: Parts, donation: Donation, locale: str) -> str:
    """The day in the newsroom's zone, in the language of the letter and as the reader's country orders it."""
    paid = donation.paid_at or donation.created_at
    spoken = locale if Locale.parse(locale).language == LANGUAGE else LANGUAGE
    return format_date(paid.astimezone(ours.settings.newsroom_timezone).date(), "long", locale=spoken)
