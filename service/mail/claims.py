"""Claims: which worker writes which message, and what became of it; said by the holder of the lease only.

A lease is a token and an end on real time. When it runs out, the one message that was in flight is in
doubt and every other is simply due again. A message in doubt is sent once more, under the same
Message-ID; if that ends in doubt too it stays `unknown` for a person to look at.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import case, func, null, select, text, update
from sqlalchemy.orm import Session

from service import clock
from service.logs import masked
from service.mail.models import Message

BATCH = 50
LEASE = timedelta(minutes=5)
# About a day in all; then it has failed.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (15, 60, 240, 240, 240, 240, 240))
LONGEST_REPLY = 500
# In the words of the partial index, so that the planner knows that it will do.
WAITING = text("messages.state IN ('pending', 'unknown')")
BACK = case((Message.doubted_at.is_(None), "pending"), else_="unknown")
NO_LEASE: dict[str, Any] = {"lease_until": None, "lease_token": None, "in_flight_at": None}


class LeaseLost(Exception):
    """Somebody else has this message by now; what we know of it is dropped."""


def claim_due(session: Session, kinds: Sequence[str], batch: int = BATCH) -> list[Message]:
    """Claim what is due, oldest first, of the kinds that this process can write."""
    now = clock.real_now()
    due = (
        select(Message.id)
        .where(WAITING, Message.next_at <= now, Message.kind.in_(kinds))
        .order_by(Message.next_at, Message.id)
        .limit(batch)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    claim = (
        update(Message)
        .where(Message.id == due.c.id)
        .values(state="claimed", lease_until=now + LEASE, lease_token=uuid4())
        .returning(Message)
    )
    claimed = session.scalars(claim, execution_options={"synchronize_session": False})
    return sorted(claimed, key=lambda message: message.id)


def take_back(session: Session) -> int:
    """End the leases that have run out, as after a killed worker; returns how many."""
    now = clock.real_now()
    run_out = (
        select(Message.id).where(Message.lease_until < now).with_for_update(skip_locked=True).cte("run_out")
    )
    in_doubt = Message.in_flight_at.is_not(None)
    twice_in_doubt = in_doubt & Message.doubted_at.is_not(None)
    ended = session.execute(
        update(Message)
        .where(Message.id == run_out.c.id)
        .values(
            state=case((in_doubt, "unknown"), else_=BACK),
            next_at=case((twice_in_doubt, null()), else_=Message.next_at),
            doubted_at=case((in_doubt, func.coalesce(Message.doubted_at, now)), else_=Message.doubted_at),
            reason=case((in_doubt, "its worker ended while the relay was taking it"), else_=Message.reason),
            **NO_LEASE,
        )
        .returning(Message.id),
        execution_options={"synchronize_session": False},
    )
    return len(ended.all())


def take_off(session: Session, message: Message, *, message_id: str, template_version: str) -> None:
    """Commit this before the end of the content goes out. The lease is made new for the relay's answer."""
    now = clock.real_now()
    _say(
        session,
        message,
        in_flight_at=now,
        lease_until=now + LEASE,
        message_id=message_id,
        template_version=template_version,
    )


def sent(session: Session, message: Message, reply: str) -> None:
    _end(
        session,
        message,
        "sent",
        attempts=message.attempts + 1,
        sent_at=clock.now(),
        smtp_reply=_kept(reply),
        reason=None,
    )


def fail(session: Session, message: Message, *, reason: str, reply: str | None = None) -> None:
    _end(
        session,
        message,
        "failed",
        attempts=message.attempts + 1,
        reason=reason,
        smtp_reply=_kept(reply),
    )


def skip(session: Session, message: Message, *, reason: str) -> None:
    _end(session, message, "skipped", reason=reason)


def put_back(session: Session, message: Message) -> None:
    """As if it had not been claimed."""
    _say(session, message, state=BACK, **NO_LEASE)


def try_later(session: Session, message: Message, *, reason: str, reply: str | None = None) -> bool:
    """Due again after a wait that grows; False when trying has come to its end and it has failed."""
    wait = WAITS[message.attempts] if message.attempts < len(WAITS) else None
    in_time = wait and (message.deadline is None or clock.now() + wait < message.deadline)
    if not wait or not in_time:
        fail(session, message, reason=f"given up: {reason}", reply=reply)
        return False
    _say(
        session,
        message,
        state=BACK,
        attempts=message.attempts + 1,
        next_at=clock.real_now() + wait,
        reason=reason,
        smtp_reply=_kept(reply),
        **NO_LEASE,
    )
    return True


def doubt(session: Session, message: Message, *, reason: str) -> None:
    """The relay's answer is lost: once more in a while; the second time it stays as it is."""
    first = message.doubted_at is None
    now = clock.real_now()
    _say(
        session,
        message,
        state="unknown",
        attempts=message.attempts + 1,
        next_at=now + WAITS[0] if first else None,
        doubted_at=now if first else message.doubted_at,
        reason=reason,
        **NO_LEASE,
    )


def _end(session: Session, message: Message, state: str, **values: Any) -> None:
    _say(session, message, state=state, next_at=None, **values, **NO_LEASE)


def _say(session: Session, message: Message, **values: Any) -> None:
    ours = update(Message).where(Message.id == message.id, Message.lease_token == message.lease_token)
    said = session.execute(
        ours.values(**values).returning(Message.id), execution_options={"synchronize_session": False}
    )
    if said.first() is None:
        raise LeaseLost(message.id)


def _kept(reply: str | None) -> str | None:
    return masked(reply)[:LONGEST_REPLY] if reply else None
