"""Holds our books against Stripe: finds what is missing, has it settled, and names every difference left.

Balance transactions show money only, so that the other lists are read as well: subscriptions of every
status, sessions, disputes and payouts. All of it goes through the same door as events do.
"""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from service import clock, ledger
from service.gateway import ObjectGone
from service.ledger import Finding
from service.parts import Parts
from service.settling import backlog, beginning, polling, queue, rounds

LONGEST_SECONDS = 900.0
REST_SECONDS = 0.5
BY_DEFAULT = timedelta(days=35)
CHUNK = 500
CHECKED = "the books are checked"
# What looking again at Stripe may put right.
MAY_PASS = ("payout on its way for too long",)

log = logging.getLogger(__name__)


def reconcile(parts: Parts, since: datetime | None = None) -> list[Finding]:
    """Bring everything up to date since an instant, then compare; the differences that are left."""
    begin = since or clock.now() - BY_DEFAULT
    # Looked at first: settling would write a deleted entry again, and nobody would know which it was.
    found_first = [finding for finding in _within(parts) if finding.what not in MAY_PASS]
    find_again(parts, begin)
    settle_all(parts)
    findings = [*found_first, *_waiting(parts), *_within(parts), *_beside_stripe(parts, begin)]
    return list(dict.fromkeys(findings))


def check_daily(parts: Parts) -> None:
    """Once a day everything of five weeks is looked at again, and a break of our own books is an alarm."""
    now = clock.now()
    with parts.sessions.begin() as session:
        checked = beginning.through(session, CHECKED)
        if checked is not None and now - checked < timedelta(days=1):
            return
        beginning.remember(session, CHECKED, now)
    find_again(parts, now - BY_DEFAULT)
    with parts.sessions.begin() as session:
        for finding in ledger.identities(session, now):
            log.error("the books do not hold", extra=vars(finding))


def find_again(parts: Parts, since: datetime) -> None:
    """Have everything looked at that Stripe lists since an instant."""
    polling.mark_unknown(parts, since)
    lists = parts.gateway.lists
    for ids in (lists.sessions(since), lists.subscriptions(), lists.disputes(since), lists.payouts(since)):
        found = list(ids)
        for start in range(0, len(found), CHUNK):
            with parts.sessions.begin() as session:
                queue.mark_dirty(session, found[start : start + CHUNK])


def settle_all(parts: Parts, seconds: float = LONGEST_SECONDS) -> None:
    """Settle until nothing is due; what waits for Stripe is given a moment, and then left."""
    started = clock.stopwatch()
    while clock.stopwatch() - started < seconds:
        rounds.settle_due(parts)
        with parts.sessions.begin() as session:
            soon = backlog.due_within(session, timedelta(seconds=10))
        if not soon:
            return
        clock.rest(REST_SECONDS)


def _waiting(parts: Parts) -> Iterator[Finding]:
    with parts.sessions.begin() as session:
        for work in backlog.unfinished(session):
            what = "parked" if work.parked_at else "not settled"
            yield Finding(what, work.object_id, work.reason or "settling has not come to it yet")


def _within(parts: Parts) -> list[Finding]:
    """What our own books must hold whatever Stripe says."""
    with parts.sessions.begin() as session:
        return [*ledger.identities(session, clock.now()), *ledger.verify_chain(session)]


def _beside_stripe(parts: Parts, since: datetime) -> Iterator[Finding]:
    yield from _rows(parts, since)
    yield from _balances(parts)


def _rows(parts: Parts, since: datetime) -> Iterator[Finding]:
    """Every row that Stripe lists is in the mirror with the same money, and the mirror has no other."""
    with parts.sessions.begin() as session:
        begin = beginning.of_books(session)
    # Stripe counts in whole seconds.
    start = (max(since, begin) if begin else since).replace(microsecond=0)
    listed = {row.id: row for row in parts.gateway.lists.balance_transactions(start)}
    with parts.sessions.begin() as session:
        findings = list(ledger.compare_mirror(session, listed, start))
    if findings:
        settle_all(parts, seconds=60)
    return (finding for finding in findings if not _came_meanwhile(parts, finding))


def _came_meanwhile(parts: Parts, finding: Finding) -> bool:
    """Money moves while we compare: what was made after the list was read is no difference."""
    if finding.what == ledger.MISSING:
        with parts.sessions.begin() as session:
            return ledger.is_known(session, finding.where)
    if finding.what == ledger.TOO_MANY:
        try:
            parts.gateway.balance_transaction(finding.where)
        except ObjectGone:
            return False
        return True
    return False


def _balances(parts: Parts) -> Iterator[Finding]:
    """What Stripe holds for us stands on `assets:stripe`; asked twice, since money moves meanwhile."""
    different = _differences(parts)
    if different:
        polling.mark_unknown(parts, clock.now() - timedelta(days=2))
        settle_all(parts, seconds=60)
        different = _differences(parts)
    for currency, (ours, theirs) in sorted(different.items()):
        yield Finding(
            "balance",
            f"assets:stripe {currency}",
            f"{ours} in the books, {theirs} at Stripe: rows are missing, or were made before the books begin",
        )


def _differences(parts: Parts) -> dict[str, tuple[int, int]]:
    theirs = parts.gateway.lists.balance()
    with parts.sessions.begin() as session:
        ours = ledger.stripe_balances(session)
    return {
        currency: (ours.get(currency, 0), theirs.get(currency, 0))
        for currency in ours.keys() | theirs.keys()
        if ours.get(currency, 0) != theirs.get(currency, 0)
    }
