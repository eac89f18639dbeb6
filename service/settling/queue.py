"""The work queue by Stripe object: mark dirty, lease, finish, put off, park.

Only the holder of an object's lease writes its state, so an older answer never overwrites a newer one.
Leases are rows with a token and an end, on real time: nothing leans on a database session.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import bindparam, case, delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service import clock
from service.webhooks.models import Event, Work

LEASE = timedelta(seconds=60)
BATCH = 50
LONGEST_WAIT = timedelta(minutes=10)
# With waits that double up to ten minutes this is about five hours.
TRIES = 40


class LeaseLost(Exception):
    """Somebody else settles this object by now; what was fetched is dropped."""


@dataclass(frozen=True)
class Leased:
    """One object to settle, for as long as the lease lasts. `events` are what told us of it."""

    object_id: str
    token: UUID
    marks: int
    attempts: int
    events: tuple[str, ...]
    request_id: str


LEASE_DUE = text("""
    WITH due AS (
        SELECT object_id FROM work
        WHERE parked_at IS NULL AND next_at <= :now AND (lease_until IS NULL OR lease_until < :now)
        ORDER BY next_at LIMIT :batch FOR UPDATE SKIP LOCKED
    )
    UPDATE work SET lease_until = :until, lease_token = :token FROM due WHERE work.object_id = due.object_id
    RETURNING work.object_id, work.marks, work.attempts
""").bindparams(bindparam("token", type_=Work.__table__.c.lease_token.type))


def mark_dirty(session: Session, object_ids: Iterable[str]) -> None:
    """Have these objects settled soon. Sorted, so that two who mark several never wait for each other."""
    now = clock.real_now()
    for object_id in sorted(set(object_ids)):
        mark = insert(Work).values(object_id=object_id, marks=1, dirty_at=now, next_at=now, attempts=0)
        session.execute(
            mark.on_conflict_do_update(
                index_elements=["object_id"],
                set_={
                    "marks": Work.marks + 1,
                    "dirty_at": mark.excluded.dirty_at,
                    "next_at": mark.excluded.next_at,
                    "attempts": case((Work.parked_at.is_(None), Work.attempts), else_=0),
                    "parked_at": None,
                },
            )
        )


def lease_due(session: Session, batch: int = BATCH) -> list[Leased]:
    """Lease up to `batch` due objects under a fresh token, and note the open events of each."""
    now = clock.real_now()
    token = uuid4()
    rows = session.execute(
        LEASE_DUE, {"now": now, "until": now + LEASE, "token": token, "batch": batch}
    ).all()
    told: dict[str, list[tuple[str, str]]] = {row.object_id: [] for row in rows}
    events = select(Event.id, Event.object_id, Event.request_id)
    for event_id, object_id, request_id in session.execute(
        events.where(Event.object_id.in_(told), Event.closed_at.is_(None)).order_by(Event.received_at)
    ):
        told[str(object_id)].append((event_id, request_id))
    return [
        Leased(
            object_id=row.object_id,
            token=token,
            marks=row.marks,
            attempts=row.attempts,
            events=tuple(event_id for event_id, _ in told[row.object_id]),
            request_id=told[row.object_id][0][1] if told[row.object_id] else "",
        )
        for row in rows
    ]


def finish(session: Session, leased: Leased, outcome: str, *, also: Iterable[str] = ()) -> None:
    """Close the events noted and the work itself, and mark other objects; raises LeaseLost.

    All rows of `work` are touched here, at the end and in the order of their ids: two objects that
    mark each other at the same moment would wait for each other for ever in any other order.
    """
    first, last = _around(leased.object_id, also)
    mark_dirty(session, first)
    _close_work(session, leased)
    mark_dirty(session, last)
    session.execute(
        update(Event).where(Event.id.in_(leased.events)).values(closed_at=clock.now(), outcome=outcome)
    )


def _close_work(session: Session, leased: Leased) -> None:
    ours = (Work.object_id == leased.object_id, Work.lease_token == leased.token)
    done = session.execute(delete(Work).where(*ours, Work.marks == leased.marks).returning(Work.object_id))
    if done.first() is None:
        # Marked dirty again while we looked: another round is due, at once.
        again = update(Work).where(*ours).values(lease_until=None, lease_token=None, attempts=0, reason=None)
        if session.execute(again.returning(Work.object_id)).first() is None:
            raise LeaseLost(leased.object_id)


def put_off(
    session: Session, leased: Leased, reason: str, *, park: bool = False, also: Iterable[str] = ()
) -> bool:
    """Try again later, or park it for a person when trying has no end; True when parked. Raises LeaseLost."""
    now = clock.real_now()
    first, last = _around(leased.object_id, also)
    mark_dirty(session, first)
    attempts = leased.attempts + 1
    # Something new was heard of it while we looked: that is due at once, and no reason to give up.
    quiet = Work.marks == leased.marks
    held = session.execute(
        update(Work)
        .where(Work.object_id == leased.object_id, Work.lease_token == leased.token)
        .values(
            lease_until=None,
            lease_token=None,
            attempts=case((quiet, attempts), else_=0),
            reason=reason[:500],
            next_at=case((quiet, now + _wait(attempts)), else_=now),
            parked_at=case((quiet, now), else_=None) if park or attempts >= TRIES else None,
        )
        .returning(Work.parked_at)
    ).first()
    if held is None:
        raise LeaseLost(leased.object_id)
    mark_dirty(session, last)
    return held.parked_at is not None


def _around(object_id: str, also: Iterable[str]) -> tuple[list[str], list[str]]:
    """Other objects whose rows are touched before and after our own: always in the order of their ids."""
    others = sorted(set(also) - {object_id})
    return [each for each in others if each < object_id], [each for each in others if each > object_id]


def _wait(attempts: int) -> timedelta:
    """Waits that double, up to ten minutes."""
    return min(timedelta(seconds=2 ** min(attempts - 1, 20)), LONGEST_WAIT)
