"""Stripe's test cards: what each number, token and ready-made payment method does."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Decline:
    """Why a bank says no, and how Stripe tells it."""

    code: str
    decline_code: str | None
    message: str
    reason: str
    advice: str | None = "try_again_later"
    seller_message: str = "The bank returned the decline code `{}`."

    @property
    def told_seller(self) -> str:
        return self.seller_message.format(self.decline_code)


@dataclass(frozen=True)
class Card:
    """A test card: its looks, and whether it pays."""

    number: str
    brand: str = "visa"
    country: str = "US"
    funding: str = "credit"
    refuses: Decline | None = None
    # The card works until it is charged again while the donor is away.
    refuses_later: bool = False
    available_at_once: bool = False

    @property
    def last4(self) -> str:
        return self.number[-4:]

    @property
    def spaced(self) -> str:
        return " ".join(self.number[at : at + 4] for at in range(0, len(self.number), 4))


GENERIC = Decline(
    "card_declined", "generic_decline", "Your card was declined.", "generic_decline",
    seller_message="The bank did not return any further details with this decline.",
)  # fmt: skip
INSUFFICIENT = Decline(
    "card_declined", "insufficient_funds", "Your card has insufficient funds.",
    "insufficient_funds",
)  # fmt: skip
LOST = Decline("card_declined", "lost_card", "Your card was declined.", "lost_card")
STOLEN = Decline("card_declined", "stolen_card", "Your card was declined.", "stolen_card")
FRAUD = Decline("card_declined", "fraudulent", "Your card was declined.", "highest_risk_level")
EXPIRED = Decline(
    "expired_card", "expired_card", "Your card has expired.", "expired_card", "do_not_try_again"
)
CVC = Decline("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect.", "incorrect_cvc")
PROCESSING = Decline(
    "processing_error", "processing_error",
    "An error occurred while processing your card. Try again in a little bit.",
    "processing_error",
)  # fmt: skip
NOT_A_TEST_CARD = Decline(
    "card_declined", "test_mode_live_card",
    "Your card was declined. Your request was in test mode, but used a non test (live) card. For "
    "a list of valid test cards, visit: https://stripe.com/docs/testing.",
    "test_mode_live_card",
)  # fmt: skip

VISA = Card("4242424242424242")
CARDS = {
    card.number: card
    for card in (
        VISA,
        Card("4000056655665556", funding="debit"),
        Card("5555555555554444", brand="mastercard"),
        Card("5200828282828210", brand="mastercard", funding="debit"),
        Card("378282246310005", brand="amex"),
        Card("6011111111111117", brand="discover"),
        Card("3056930009020004", brand="diners"),
        Card("3566002020360505", brand="jcb", country="JP"),
        Card("4000002760000016", country="DE"),
        Card("4000002500000003", country="FR"),
        Card("4000008260000000", country="GB"),
        Card("4000007560000009", country="CH"),
        Card("4000001240000000", country="CA"),
        Card("4000000360000006", country="AU"),
        Card("4000000000000077", available_at_once=True),
        Card("4000000000000002", refuses=GENERIC),
        Card("4000000000009995", refuses=INSUFFICIENT),
        Card("4000000000009987", refuses=LOST),
        Card("4000000000009979", refuses=STOLEN),
        Card("4100000000000019", refuses=FRAUD),
        Card("4000000000000069", refuses=EXPIRED),
        Card("4000000000000127", refuses=CVC),
        Card("4000000000000119", refuses=PROCESSING),
        Card("4000000000000341", refuses=GENERIC, refuses_later=True),
    )
}

# Names that stand for a card in the API: `pm_card_…`, `tok_…`.
NAMES = {
    "visa": "4242424242424242",
    "visa_debit": "4000056655665556",
    "mastercard": "5555555555554444",
    "mastercard_debit": "5200828282828210",
    "amex": "378282246310005",
    "discover": "6011111111111117",
    "diners": "3056930009020004",
    "jcb": "3566002020360505",
    "de": "4000002760000016",
    "fr": "4000002500000003",
    "gb": "4000008260000000",
    "ch": "4000007560000009",
    "ca": "4000001240000000",
    "au": "4000000360000006",
    "us": "4242424242424242",
    "bypassPending": "4000000000000077",
    "chargeDeclined": "4000000000000002",
    "visa_chargeDeclined": "4000000000000002",
    "chargeDeclinedInsufficientFunds": "4000000000009995",
    "visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "chargeDeclinedLostCard": "4000000000009987",
    "visa_chargeDeclinedLostCard": "4000000000009987",
    "chargeDeclinedStolenCard": "4000000000009979",
    "visa_chargeDeclinedStolenCard": "4000000000009979",
    "chargeDeclinedFraudulent": "4100000000000019",
    "visa_chargeDeclinedFraudulent": "4100000000000019",
    "chargeDeclinedExpiredCard": "4000000000000069",
    "chargeDeclinedIncorrectCvc": "4000000000000127",
    "chargeDeclinedProcessingError": "4000000000000119",
    "chargeCustomerFail": "4000000000000341",
}

# What `POST /_sandbox/pay` may ask for by name, whatever the card.
OUTCOMES = {
    "succeeded": VISA.number,
    "declined": "4000000000000002",
    "insufficient_funds": "4000000000009995",
    "lost_card": "4000000000009987",
    "expired_card": "4000000000000069",
    "incorrect_cvc": "4000000000000127",
    "processing_error": "4000000000000119",
    "attaches_then_fails": "4000000000000341",
}

# What the hosted page offers to click.
OFFERED = (
    ("4242424242424242", "Pays"),
    ("5555555555554444", "Pays (Mastercard)"),
    ("4000002760000016", "Pays (German card)"),
    ("4000000000000002", "Is declined"),
    ("4000000000009995", "Has insufficient funds"),
    ("4000000000000341", "Accepted, then fails"),
)


def named(name: str) -> Card | None:
    """The card behind `pm_card_visa`, `tok_visa` or a number."""
    for prefix in ("pm_card_", "tok_"):
        if name.startswith(prefix):
            number = NAMES.get(name.removeprefix(prefix))
            return CARDS[number] if number else None
    digits = "".join(letter for letter in name if letter.isdigit())
    return CARDS.get(digits)


def unknown(number: str) -> Card | None:
    """A card that is no test card: it looks right, and is declined."""
    digits = "".join(letter for letter in number if letter.isdigit())
    if not 12 <= len(digits) <= 19 or not luhn(digits):
        return None
    return Card(digits, refuses=NOT_A_TEST_CARD)


def luhn(digits: str) -> bool:
    total = 0
    for at, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + at % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
