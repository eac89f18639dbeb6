"""Stripe's test cards: what each number, token and ready-made payment method does."""

from dataclasses import dataclass

from sandbox.stripe.declines import (
    CVC,
    EXPIRED,
    FRAUD,
    GENERIC,
    INSUFFICIENT,
    LOST,
    NOT_A_TEST_CARD,
    PROCESSING,
    STOLEN,
    Decline,
)


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
    # What follows its payments: a dispute, an inquiry, a fraud warning.
    brings: str | None = None
    # How its refunds go, where they do not simply succeed.
    refunds: str | None = None
    # 3-D Secure: at every payment, or until it has been set up once.
    authenticates: str | None = None

    @property
    def last4(self) -> str:
        return self.number[-4:]

    @property
    def spaced(self) -> str:
        return " ".join(self.number[at : at + 4] for at in range(0, len(self.number), 4))


VISA = Card("4242424242424242")
NO_CARD = Card("")
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
        Card("4000000000000259", brings="dispute"),
        Card("4000000000002685", brings="dispute"),
        Card("4000000000001976", brings="inquiry"),
        Card("4000000000005423", brings="warning"),
        Card("4000000000007726", refunds="pending"),
        Card("4000000000005126", refunds="failed"),
        Card("4000002500003155", country="FR", authenticates="until set up"),
        Card("4000002760003184", country="DE", authenticates="always"),
        Card("4000000000003220", authenticates="always"),
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
    "createDispute": "4000000000000259",
    "createDisputeProductNotReceived": "4000000000002685",
    "createDisputeInquiry": "4000000000001976",
    "createIssuerFraudRecord": "4000000000005423",
    "pendingRefund": "4000000000007726",
    "refundFail": "4000000000005126",
    "authenticationRequired": "4000002760003184",
    "authenticationRequiredOnSetup": "4000002500003155",
    "threeDSecure2Required": "4000000000003220",
    "threeDSecureRequired": "4000000000003220",
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
    ("4000000000003220", "Asks for 3-D Secure"),
    ("4000000000000259", "Pays, then disputes"),
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
