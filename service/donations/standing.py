"""How a checkout stands, told to the donor who comes back from Stripe's page: what we know, never a guess."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from service.donations.models import Checkout
from service.donations.page_words import texts
from service.donations.wording import FREQUENCY_WORDS
from service.money import Money
from service.settings import Settings

# Seconds until the page looks again by itself: soon at first, for the word from Stripe is on its way.
PAUSES = (2, 3, 5, 10, 20, 30)


@dataclass(frozen=True)
class Standing:
    """`mood` is the page's drawing: done, waiting or ended; `link` is (address, text) of the next step."""

    mood: str
    title: str
    gift: str
    sentences: tuple[str, ...]
    write_to: str | None = None
    link: tuple[str, str] | None = None
    pause: int | None = None


def standing(checkout: Checkout, settings: Settings, *, looks: int, now: datetime) -> Standing:
    """What to say at the donor's look number `looks`, counted from 0."""
    text = texts(checkout.locale)
    amount = Money(checkout.currency, checkout.amount).written(checkout.locale, short=True)
    gift = text["gift"].format(
        kind=FREQUENCY_WORDS[checkout.frequency], amount=amount, newsroom=settings.newsroom_name
    )
    again = {"frequency": checkout.frequency, "amount": checkout.amount, "currency": checkout.currency}
    give = f"{settings.public_url}/donate?{urlencode(again)}"
    pause = PAUSES[looks] if looks < len(PAUSES) else None
    match checkout.status:
        case "paid":
            recurring = checkout.frequency != "once"
            return Standing(
                mood="done",
                title=text["thanks"],
                gift=gift,
                sentences=(
                    text["paid"],
                    text["paid_receipt"],
                    *([text[f"paid_{checkout.frequency}"].format(amount=amount)] if recurring else []),
                ),
                write_to=settings.mail_from if recurring else None,
            )
        case "processing":
            return Standing("waiting", text["processing"], gift, (text["processing_bank"],), pause=pause)
        case "open":
            payable = checkout.session_url and checkout.expires_at and now < checkout.expires_at
            return Standing(
                mood="waiting",
                title=text["open"] if pause else text["still_open"],
                gift=gift,
                sentences=(text["open_soon"] if pause else text["still_open_text"],),
                link=(checkout.session_url or "", text["back_to_payment"]) if payable and not pause else None,
                pause=pause,
            )
        case status:
            title, sentence = ("failed", "failed_text") if status == "failed" else ("ended", "ended_text")
            return Standing("ended", text[title], gift, (text[sentence],), link=(give, text["try_again"]))
