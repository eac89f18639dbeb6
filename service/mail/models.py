"""The outbox: what was promised to be written to whom, and what became of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from service.database import Base

STATES = ("pending", "claimed", "sent", "unknown", "failed", "suppressed", "skipped")


class Message(Base):
    """One email for one recipient. The triple (kind, subject, period) makes a second promise impossible.

    A message that waits is due when `next_at` has come; one that has ended has none.
    `unknown` is the one state of doubt: the relay was given the message and its answer was lost.
    Leases and tries run on real time, the dates a person reads (`promised_at`, `sent_at`) and the
    deadline on business time.
    """

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("kind", "subject", "period"),
        CheckConstraint("state IN ({})".format(", ".join(f"'{state}'" for state in STATES)), name="state"),
        CheckConstraint("attempts >= 0", name="attempts"),
        CheckConstraint(
            "(state = 'claimed') = (lease_token IS NOT NULL)"
            " AND (state = 'claimed') = (lease_until IS NOT NULL)"
            " AND (in_flight_at IS NULL OR state = 'claimed')",
            name="lease",
        ),
        CheckConstraint(
            "(next_at IS NOT NULL) = (state IN ('pending', 'claimed')) OR state = 'unknown'",
            name="next_at",
        ),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent"),
        Index("ix_messages_due", "next_at", "id", postgresql_where=text("state IN ('pending', 'unknown')")),
        Index("ix_messages_leases", "lease_until", postgresql_where=text("lease_until IS NOT NULL")),
        {"postgresql_with": {"fillfactor": 70, "autovacuum_vacuum_scale_factor": 0.02}},
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True, init=False)
    kind: Mapped[str]
    # What it is about, an id of the room that renders it: a donation, a reminder.
    subject: Mapped[str]
    # What tells several messages about one subject apart ("2026-12"); empty where there is only one.
    period: Mapped[str]
    # An opaque id; the address is read when the message is written, never kept here.
    recipient: Mapped[str]
    locale: Mapped[str]
    state: Mapped[str]
    promised_at: Mapped[datetime]
    # The web request that it follows from, for the logs.
    request_id: Mapped[str]
    next_at: Mapped[datetime | None]
    # Not worth sending after this.
    deadline: Mapped[datetime | None] = mapped_column(default=None)
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None] = mapped_column(default=None)
    lease_token: Mapped[UUID | None] = mapped_column(default=None)
    # Committed before the end of the content goes out: whoever finds it after a crash knows the doubt.
    in_flight_at: Mapped[datetime | None] = mapped_column(default=None)
    # When its outcome was first in doubt; it is then sent once more, and no third time.
    doubted_at: Mapped[datetime | None] = mapped_column(default=None)
    # The same on every try, so that a receiver can drop the second copy.
    message_id: Mapped[str | None] = mapped_column(default=None)
    # A digest of the templates it was last written from.
    template_version: Mapped[str | None] = mapped_column(default=None)
    # The relay's last words, without addresses.
    smtp_reply: Mapped[str | None] = mapped_column(default=None)
    # Our own words for why it was not sent.
    reason: Mapped[str | None] = mapped_column(default=None)
    sent_at: Mapped[datetime | None] = mapped_column(default=None)
