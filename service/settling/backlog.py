"""The backlog as a person sees it: what waits and why, and having things settled again."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service import clock
from service.settling.queue import mark_dirty
from service.webhooks.models import Event, Work

# Fewer tries than this are the way of the world: Stripe makes a row a moment after it says so.
TRIES_WORTH_TELLING = 3


def reopen(session: Session, event_ids: Iterable[str]) -> list[str]:
    """Settle these events' objects again; returns the ids of events that are known and speak of an object."""
    wanted = select(Event.id, Event.object_id).where(
        Event.id.in_(list(event_ids)), Event.object_id.is_not(None)
    )
    events = session.execute(wanted).all()
    # Work before events, as settling does it: in the other order the two could wait for each other.
    mark_dirty(session, [object_id for _, object_id in events if object_id])
    known = [event_id for event_id, _ in events]
    session.execute(update(Event).where(Event.id.in_(known)).values(closed_at=None, outcome=None))
    return known


def reopen_since(session: Session, instant: datetime) -> list[str]:
    return reopen(session, session.scalars(select(Event.id).where(Event.received_at >= instant)).all())


def unpark(session: Session) -> list[str]:
    """Give everything that waits for a person another try."""
    object_ids = [row.object_id for row in parked(session)]
    mark_dirty(session, object_ids)
    session.execute(update(Work).where(Work.object_id.in_(object_ids)).values(attempts=0))
    return object_ids


def parked(session: Session) -> list[Work]:
    return list(session.scalars(select(Work).where(Work.parked_at.is_not(None)).order_by(Work.object_id)))


def unfinished(session: Session) -> list[Work]:
    """What waits for a person, or has been tried in vain."""
    tried = (Work.attempts >= TRIES_WORTH_TELLING) | Work.parked_at.is_not(None)
    return list(session.scalars(select(Work).where(tried).order_by(Work.object_id)))


def due_within(session: Session, span: timedelta) -> bool:
    """Is there anything that a round within this span would take up?"""
    soon = select(Work.object_id).where(Work.parked_at.is_(None), Work.next_at <= clock.real_now() + span)
    return session.scalar(soon.limit(1)) is not None


def unsettled(session: Session) -> bool:
    """Is anything due, leased or put off?"""
    return session.scalar(select(Work.object_id).where(Work.parked_at.is_(None)).limit(1)) is not None
