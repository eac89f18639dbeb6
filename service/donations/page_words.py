"""The texts of the donate and thanks pages, by language; a language more is a column of data more."""

from babel import Locale

TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "language": "en",
        # The donate page
        "donate": "Donate",
        "support": "Support {newsroom}",
        "lead": "Give once, every month or every year. You pay on a secure page by Stripe,"
        " our payment provider.",
        "frequency": "How often",
        "amount_once": "One-time amount",
        "amount_monthly": "Amount each month",
        "amount_annual": "Amount each year",
        "own": "Another amount",
        "own_hint": "Leave this empty to give the amount chosen above.",
        "currency": "Currency",
        "change_currency": "Change currency",
        "continue": "Continue",
        "methods": "Cards, Apple Pay, Google Pay and more, by Stripe",
        "next": "Next you choose how to pay. Nothing is taken before you confirm there.",
        "limits": "From {minimum} to {maximum}.",
        "promise_once": "You will pay the amount you choose today, once.",
        "promise_monthly": "You will pay the amount you choose today, and again every month from then on."
        " Cancel any time.",
        "promise_annual": "You will pay the amount you choose today, and again every year from then on."
        " Cancel any time.",
        "problem": "There is a problem",
        "frequency_missing": "Choose how often you want to give.",
        "not_offered": "This currency cannot be given here; please choose again.",
        "expired": "The payment page of your last try has closed. Press Continue for a new one.",
        "away": "The payment page cannot be opened just now. Nothing was taken; please press Continue again.",
        # The thanks page
        "thanks": "Thank you",
        "gift": "Your {kind} of {amount} to {newsroom}",
        "paid": "Your payment has arrived.",
        "paid_receipt": "A receipt goes to the email address that you gave on the payment page.",
        "paid_monthly": "{amount} will be taken every month from now on. You can stop at any time: write to",
        "paid_annual": "{amount} will be taken every year from now on. You can stop at any time: write to",
        "open": "One moment, please",
        "open_soon": "We are waiting for Stripe to tell us how your payment went."
        " That usually takes a few seconds.",
        "still_open": "Not confirmed yet",
        "still_open_text": "We have not heard that this was paid. If you left the payment page before the"
        " end, nothing was taken, and you can go back to it.",
        "processing": "Your donation is on its way",
        "processing_bank": "Your bank has not confirmed it yet. With a bank debit or a transfer that can take"
        " several days. There is nothing more for you to do; when the money has arrived, a receipt goes to"
        " the email address that you gave on the payment page.",
        "failed": "The payment did not go through",
        "failed_text": "Your bank did not make the payment, and no money has reached us.",
        "ended": "The payment page has closed",
        "ended_text": "It was open for a while without a payment. Nothing was taken.",
        "looks_again": "This page looks again by itself.",
        "look_again": "Look again",
        "back_to_payment": "Back to the payment page",
        "try_again": "Try again",
        "unknown": "We know no donation under this address. Perhaps a part of it was lost on the way.",
        # A second click after the payment
        "given": "This donation has already been made",
        "given_text": "You have given this just now, so we did not open a second payment.",
        "see_it": "See how it stands",
        "give_more": "Give once more",
    },
}


def texts(locale: str) -> dict[str, str]:
    return TEXTS.get(Locale.parse(locale).language, TEXTS["en"])
