"""What a refund takes back of a converted charge, and what it cost that the rate had changed meanwhile.

Stripe converts a refund at the day's rate. The donation is reduced by what that part of it once came
to, so that a donation that is refunded whole leaves nothing; the rest is an exchange difference.
"""

from service.gateway import BalanceTransaction
from service.ledger.entry import RefundOf


def original(moved: BalanceTransaction, refund: RefundOf | None) -> int:
    """What this refund takes back at the rate of its charge; positive, unless money came back to us."""
    if refund is None or refund.settled_currency != moved.currency:
        return -moved.amount
    part = share(refund.settled, refund.refunded, refund.refunded_before, refund.charged)
    return part if moved.amount <= 0 else -part


def share(whole: int, part: int, before: int, of: int) -> int:
    """`part` of `of`, measured on `whole`; the shares of parts that follow each other sum up exactly.

    Each part gets what the sum up to its end gets beyond the sum up to its start: never a unit or more
    away from its exact share, and no unit is lost between them.
    """
    return whole * (before + part) // of - whole * before // of
