"""The books: double entry, written once, derived from Stripe's balance transactions.

`post` is the only door. Start reading at `rules.entry_for`: it says what each row of Stripe's means.
"""

from service.ledger.balances import Balance, trial_balance
from service.ledger.book import Contradiction, post
from service.ledger.entry import Context, NewEntry, NewPosting
from service.ledger.known import is_known, refresh, unknown
from service.ledger.rules import entry_for

__all__ = [
    "Balance",
    "Context",
    "Contradiction",
    "NewEntry",
    "NewPosting",
    "entry_for",
    "is_known",
    "post",
    "refresh",
    "trial_balance",
    "unknown",
]
