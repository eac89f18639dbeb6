"""The inbox: what Stripe told us, and which objects are therefore to be looked at."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from service.database import Base


class Event(Base):
    """Something Stripe told us. Its body is only a hint: sealed here, and dropped once it has served."""

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_open", "object_id", postgresql_where=text("closed_at IS NULL")),
        Index("ix_events_received_at", "received_at", postgresql_using="brin"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    # The unit of work that this event speaks of; None where there is nothing to settle.
    object_id: Mapped[str | None]
    api_version: Mapped[str | None]
    created_at: Mapped[datetime]
    received_at: Mapped[datetime]
    request_id: Mapped[str]
    body_sealed: Mapped[bytes | None]
    closed_at: Mapped[datetime | None] = mapped_column(default=None)
    outcome: Mapped[str | None] = mapped_column(default=None)


class Work(Base):
    """One Stripe object that has to be settled. A row is deleted when nothing is left to do.

    `marks` counts how often the object was marked dirty, so that a mark made while somebody settles
    is not lost. Leases run on real time. A parked row waits for a person; its reason says why.
    """

    __tablename__ = "work"
    __table_args__ = (
        Index("ix_work_due", "next_at", postgresql_where=text("parked_at IS NULL")),
        {"postgresql_with": {"fillfactor": 70, "autovacuum_vacuum_scale_factor": 0.02}},
    )

    object_id: Mapped[str] = mapped_column(primary_key=True)
    marks: Mapped[int]
    dirty_at: Mapped[datetime]
    next_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None] = mapped_column(default=None)
    lease_token: Mapped[UUID | None] = mapped_column(default=None)
    reason: Mapped[str | None] = mapped_column(default=None)
    parked_at: Mapped[datetime | None] = mapped_column(default=None)


class RefusedEvents(Base):
    """How many well-signed events were refused on a day, and why: a mixed-up endpoint shows here."""

    __tablename__ = "refused_events"

    day: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
