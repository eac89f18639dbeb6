"""Takes over a Stripe account that already lives: its whole history, or an opening balance from a day on."""

import logging
from datetime import datetime

from service import clock, ledger
from service.ledger import Opening
from service.parts import Parts
from service.settling import beginning, polling, queue, reconcile

TRIES = 5

log = logging.getLogger(__name__)


class CannotAdopt(Exception):
    """The books are not as adoption needs them; the message says why."""


def adopt(parts: Parts, begin: datetime | None) -> None:
    """With `begin`, what Stripe holds at that instant becomes the opening entry, and history starts there."""
    if begin is not None and not _has_begun(parts, begin):
        _open_books(parts, begin)
    with parts.sessions.begin() as session:
        beginning.remember(session, beginning.ADOPTED, clock.now())
    subscriptions = list(parts.gateway.lists.subscriptions())
    with parts.sessions.begin() as session:
        queue.mark_dirty(session, subscriptions)
    reconcile.settle_all(parts)
    polling.mark_unknown(parts, begin)
    reconcile.settle_all(parts)
    log.info("adopted", extra={"subscriptions": len(subscriptions)})


def _has_begun(parts: Parts, begin: datetime) -> bool:
    """An adoption that was broken off after its opening entry is taken up again."""
    with parts.sessions.begin() as session:
        return beginning.of_books(session) == begin


def _open_books(parts: Parts, begin: datetime) -> None:
    opening = _held_at(parts, begin)
    with parts.sessions.begin() as session:
        if ledger.has_entries(session):
            raise CannotAdopt("the books have entries already; an opening entry must be the first")
        for currency, amount in opening.items():
            ledger.open_books(session, Opening(amount=amount, currency=currency, at=begin))
        beginning.remember(session, beginning.BOOKS, begin)


def _held_at(parts: Parts, begin: datetime) -> dict[str, int]:
    """What Stripe held then: what it holds now, less everything that moved since."""
    lists = parts.gateway.lists
    for _ in range(TRIES):
        held = lists.balance()
        opening = dict(held)
        for row in lists.balance_transactions(begin):
            opening[row.currency] = opening.get(row.currency, 0) - row.net
        if lists.balance() == held:
            return {currency: amount for currency, amount in opening.items() if amount}
    raise CannotAdopt("money moves too fast to say what Stripe held; try again at a quieter hour")
