"""The outbox's door: a message is promised in the transaction of the fact that causes it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service import clock
from service.logs import request_id as current_request
from service.mail.models import Message


def promise(
    session: Session,
    *,
    kind: str,
    subject: str,
    recipient: str,
    locale: str,
    period: str = "",
    deadline: datetime | None = None,
    request_id: str | None = None,
) -> bool:
    """Have a message written and sent, once for all time; False when that was promised already.

    Two transactions that promise the same wait for each other, and only one of them is told True.
    """
    new = (
        insert(Message)
        .values(
            kind=kind,
            subject=subject,
            period=period,
            recipient=recipient,
            locale=locale,
            state="pending",
            promised_at=clock.now(),
            request_id=request_id or current_request.get(),
            next_at=clock.real_now(),
            deadline=deadline,
            attempts=0,
        )
        .on_conflict_do_nothing(index_elements=["kind", "subject", "period"])
        .returning(Message.id)
    )
    return session.scalar(new) is not None


def was_promised(session: Session, *, kind: str, subject: str, period: str = "") -> bool:
    """Has this message been promised, whatever became of it?"""
    known = select(Message.id).where(
        Message.kind == kind, Message.subject == subject, Message.period == period
    )
    return session.scalar(known) is not None


def was_sent(session: Session, *, kind: str, subject: str, period: str = "") -> bool:
    """Has it gone out, as far as we can know?"""
    gone = select(Message.id).where(
        Message.kind == kind,
        Message.subject == subject,
        Message.period == period,
        Message.state.in_(("sent", "unknown")),
    )
    return session.scalar(gone) is not None
