"""The words of giving, written once: the same on widget, page and receipt, so that no one is surprised.

Whole sentences, one for each frequency: a noun that is put into a sentence fits in English alone.
"""

from service.texts import later

FREQUENCY_LABELS = {"once": later("Once"), "monthly": later("Monthly"), "annual": later("Annual")}

GIFTS = {
    "once": later("Your one-time donation of {amount} to {newsroom}"),
    "monthly": later("Your monthly donation of {amount} to {newsroom}"),
    "annual": later("Your annual donation of {amount} to {newsroom}"),
}

# What will be paid today and when next.
PROMISES = {
    "once": later("You will pay {amount} today, once."),
    "monthly": later("You will pay {amount} today and {amount} every month from then on. Cancel any time."),
    "annual": later("You will pay {amount} today and {amount} every year from then on. Cancel any time."),
}

# Why an amount cannot be given; the widget says the same before it asks the server.
REFUSALS = {
    "minimum": later("The smallest amount is {amount}."),
    "maximum": later("The largest amount is {amount}."),
    "step": later("The amount must be a multiple of {amount}."),
    "unreadable": later("Write the amount in figures, such as {amount}."),
    "missing": later("Choose an amount, or write one."),
}
