"""The receipt: what a donor keeps and a tax office asks for; and word that it does not hold any more."""

from babel import Locale
from babel.dates import format_date
from sqlalchemy.orm import Session

from service.donations.models import Donation
from service.mail import Errand, Letter, Skip, Stationery, outbox
from service.mail.headers import one_line
from service.money import Money, UnknownCurrency
from service.parts import Parts

# The language of the templates; amounts are written as the reader's own locale writes them.
LANGUAGE = "en"

FREQUENCY_WORDS = {"once": "one-time donation", "monthly": "monthly donation", "annual": "annual donation"}

stationery = Stationery("service.donations")


def receipt(ours: Parts, session: Session, errand: Errand) -> Letter | Skip:
    """One for each donation, as long as it is paid and not given back."""
    donation = session.get(Donation, errand.subject)
    if donation is None:
        return Skip("the donation does not exist")
    if donation.status != "paid":
        return Skip(f"the donation is {donation.status}")
    if donation.refunded >= donation.amount:
        return Skip("the donation is refunded")
    return stationery.letter(
        "receipt",
        subject=f"Receipt for your donation to {one_line(ours.settings.newsroom_name)}",
        language=LANGUAGE,
        values=_values(ours, donation, errand)
        | {
            "presented": _presented(donation, errand.locale),
            "frequency": donation.frequency,
            "receipt_line": ours.settings.receipt_line,
        },
    )


def receipt_revoked(ours: Parts, session: Session, errand: Errand) -> Letter | Skip:
    """To a donor who holds a receipt for money that the bank took back."""
    donation = session.get(Donation, errand.subject)
    if donation is None or donation.status != "failed":
        return Skip("the donation has not failed")
    if not outbox.was_sent(session, kind="receipt", subject=donation.id, period=errand.period):
        return Skip("no receipt went out")
    return stationery.letter(
        "receipt-revoked",
        subject=f"Your receipt from {one_line(ours.settings.newsroom_name)} does not hold any more",
        language=LANGUAGE,
        values=_values(ours, donation, errand) | {"give_again": f"{ours.settings.public_url}/donate"},
    )


def _values(ours: Parts, donation: Donation, errand: Errand) -> dict[str, str]:
    """What every letter about a donation says."""
    return {
        "name": one_line(errand.reader.name or ""),
        "newsroom": one_line(ours.settings.newsroom_name),
        "newsroom_address": ours.settings.newsroom_address,
        "write_to": ours.settings.mail_from,
        "amount": Money(donation.currency, donation.amount).written(errand.locale),
        "date": _date(ours, donation, errand.locale),
        "kind": FREQUENCY_WORDS[donation.frequency],
        "transaction": donation.id,
    }


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
