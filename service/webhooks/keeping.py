"""How long event bodies are kept: they are hints, and hold what donors told Stripe."""

from datetime import timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from service import clock
from service.webhooks.models import Event

BODIES_KEPT = timedelta(days=30)


def forget_bodies(session: Session) -> None:
    """The envelope stays, so that an event that comes again is known; the body goes."""
    session.execute(
        update(Event)
        .where(Event.closed_at < clock.now() - BODIES_KEPT, Event.body_sealed.is_not(None))
        .values(body_sealed=None)
    )
