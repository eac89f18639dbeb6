"""The feed that needs no events: Stripe's list of balance transactions, read with an overlap.

What the books do not know is marked dirty under the object it belongs to, and goes through the same
door as everything else. Fees and adjustments, of which no event tells, are found only here.
"""

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice

from service import clock, ledger
from service.gateway import BalanceTransaction
from service.parts import Parts
from service.settling import beginning, queue
from service.settling.roots import root_of

# A row may become visible later than its date says; so much is read again each time.
OVERLAP = timedelta(hours=48)
# Once a day everything that could still be in a payout or a dispute is read again.
SWEEP = timedelta(days=35)
CHUNK = 200
LATEST = "balance transactions"
WHOLE = "balance transactions, five weeks"

log = logging.getLogger(__name__)


def poll(parts: Parts) -> int:
    """Read what came since the last time, and once a day five weeks; returns how many rows were not known."""
    began = clock.now()
    with parts.sessions.begin() as session:
        through = beginning.through(session, LATEST) or began
        swept = beginning.through(session, WHOLE)
    due = swept is None or began - swept >= timedelta(days=1)
    found = mark_unknown(parts, min(began - SWEEP, through - OVERLAP) if due else through - OVERLAP)
    with parts.sessions.begin() as session:
        for name in (LATEST, WHOLE) if due else (LATEST,):
            beginning.remember(session, name, began)
    return found


def mark_unknown(parts: Parts, since: datetime | None) -> int:
    """Have everything settled that Stripe lists and the books lack; follow the status of the rest."""
    found = 0
    for rows in _chunks(parts.gateway.lists.balance_transactions(since)):
        with parts.sessions.begin() as session:
            unknown = ledger.unknown(session, beginning.within(session, rows))
            queue.mark_dirty(session, map(root_of, unknown))
            ledger.refresh(session, rows)
        found += len(unknown)
    if found:
        log.info("rows were found that no event told of", extra={"rows": found})
    return found


def _chunks(rows: Iterable[BalanceTransaction]) -> Iterator[list[BalanceTransaction]]:
    remaining = iter(rows)
    while chunk := list(islice(remaining, CHUNK)):
        yield chunk
