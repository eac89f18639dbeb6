"""Why a bank says no, and how Stripe tells it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Decline:
    """A refusal in Stripe's words."""

    code: str
    decline_code: str | None
    message: str
    reason: str
    advice: str | None = "try_again_later"
    seller_message: str = "The bank returned the decline code `{}`."

    @property
    def told_seller(self) -> str:
        return self.seller_message.format(self.decline_code)


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
AUTHENTICATION = Decline(
    "authentication_required", "authentication_required",
    "Your card was declined. This transaction requires authentication.",
    "authentication_required",
)  # fmt: skip
NOT_AUTHENTICATED = Decline(
    "payment_intent_authentication_failure", None,
    "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a "
    "new PaymentMethod to attempt to fulfill this PaymentIntent again.",
    "authentication_failed", advice=None,
)  # fmt: skip
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
