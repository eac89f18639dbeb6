"""The words of giving, written once: the same on widget, page and receipt, so that no one is surprised."""

from babel import Locale

FREQUENCY_LABELS = {"once": "Once", "monthly": "Monthly", "annual": "Annual"}
FREQUENCY_WORDS = {"once": "one-time donation", "monthly": "monthly donation", "annual": "annual donation"}

PROMISES = {
    "once": "You will pay {amount} today, once.",
    "monthly": "You will pay {amount} today and {amount} every month from then on. Cancel any time.",
    "annual": "You will pay {amount} today and {amount} every year from then on. Cancel any time.",
}

# Why an amount cannot be given; the widget says the same before it asks the server.
REFUSALS = {
    "minimum": "The smallest amount is {amount}.",
    "maximum": "The largest amount is {amount}.",
    "step": "The amount must be a multiple of {amount}.",
    "unreadable": "Write the amount in figures, such as {amount}.",
    "missing": "Choose an amount, or write one.",
}


def promise(frequency: str) -> str:
    """What will be paid today and when next; `{amount}` stands where the amount goes."""
    return PROMISES[frequency]


def direction(locale: str) -> str:
    """`ltr` or `rtl`."""
    text_direction: str = Locale.parse(locale).text_direction
    return text_direction
