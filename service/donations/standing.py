"""How a checkout stands, told to the donor who comes back from Stripe's page: what we know, never a guess."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from service.donations.models import Checkout
from service.donations.wording import GIFTS
from service.money import Money
from service.settings import Settings
from service.texts import Texts, later

# Seconds until the page looks again by itself: soon at first, for the word from Stripe is on its way.
PAUSES = (2, 3, 5, 10, 20, 30)
# An address of the newsroom follows.
COMING = {
    "monthly": later("{amount} will be taken every month from now on. You can stop at any time: write to"),
    "annual": later("{amount} will be taken every year from now on. You can stop at any time: write to"),
}

AT_THE_BANK = later(
    "Your bank has not confirmed it yet. With a bank debit or a transfer that can take several days."
    " There is nothing more for you to do; when the money has arrived, a receipt goes to the email address"
    " that you gave on the payment page."
)
NO_WORD_YET = later(
    "We are waiting for Stripe to tell us how your payment went. That usually takes a few seconds."
)
NO_WORD = later(
    "We have not heard that this was paid. If you left the payment page before the end, nothing was taken,"
    " and you can go back to it."
)
REFUSED = later("Your bank did not make the payment, and no money has reached us.")
RAN_OUT = later("It was open for a while without a payment. Nothing was taken.")


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
    _ = Texts.of(checkout.locale)
    amount = Money(checkout.currency, checkout.amount).written(checkout.locale, short=True)
    gift = _(GIFTS[checkout.frequency], amount=amount, newsroom=settings.newsroom_name)
    pause = PAUSES[looks] if looks < len(PAUSES) else None
    match checkout.status:
        case "paid":
            recurring = checkout.frequency != "once"
            return Standing(
                mood="done",
                title=_("Thank you"),
                gift=gift,
                sentences=(
                    _("Your payment has arrived."),
                    _("A receipt goes to the email address that you gave on the payment page."),
                    *([_(COMING[checkout.frequency], amount=amount)] if recurring else []),
                ),
                write_to=settings.mail_from if recurring else None,
            )
        case "processing":
            title = _("Your donation is on its way")
            return Standing("waiting", title, gift, (_(AT_THE_BANK),), pause=pause)
        case "open":
            payable = checkout.session_url and checkout.expires_at and now < checkout.expires_at
            back = (checkout.session_url or "", _("Back to the payment page"))
            return Standing(
                mood="waiting",
                title=_("One moment, please") if pause else _("Not confirmed yet"),
                gift=gift,
                sentences=(_(NO_WORD_YET) if pause else _(NO_WORD),),
                link=back if payable and not pause else None,
                pause=pause,
            )
        case status:
            failed = status == "failed"
            again = {
                "frequency": checkout.frequency,
                "amount": checkout.amount,
                "currency": checkout.currency,
            }
            return Standing(
                mood="ended",
                title=_("The payment did not go through") if failed else _("The payment page has closed"),
                gift=gift,
                sentences=(_(REFUSED) if failed else _(RAN_OUT),),
                link=(f"{settings.public_url}/donate?{urlencode(again)}", _("Try again")),
            )
