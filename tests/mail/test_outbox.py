"""A message is promised once for all time, in the transaction of the fact that causes it."""

import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from service import logs
from service.mail import outbox
from service.mail.models import Message
from service.parts import Parts
from tests.mail.conftest import look

WANTED: dict[str, Any] = {"kind": "note", "subject": "don_1", "recipient": "dnr_1", "locale": "pt_BR"}


def test_a_promise_is_kept_once(parts: Parts) -> None:
    with parts.sessions.begin() as session:
        assert outbox.promise(session, **WANTED)
        assert not outbox.promise(session, **WANTED)
    with parts.sessions.begin() as session:
        assert not outbox.promise(session, **{**WANTED, "recipient": "dnr_2"})
        assert outbox.promise(session, **WANTED, period="2026-12")
        assert session.scalar(select(func.count()).select_from(Message)) == 2


def test_what_is_promised_is_written_down(parts: Parts) -> None:
    deadline = datetime(2030, 1, 1, tzinfo=UTC)
    with logs.working_for("req_1"), parts.sessions.begin() as session:
        outbox.promise(session, **WANTED, deadline=deadline)
        outbox.promise(session, **WANTED, period="2", request_id="req_2")
    with parts.sessions.begin() as session:
        first, second = session.scalars(select(Message).order_by(Message.id))
    assert (first.state, first.attempts, first.recipient, first.locale) == ("pending", 0, "dnr_1", "pt_BR")
    assert (first.period, first.deadline, first.request_id) == ("", deadline, "req_1")
    assert (second.period, second.deadline, second.request_id) == ("2", None, "req_2")


def test_a_promise_goes_with_its_transaction(parts: Parts) -> None:
    session = parts.sessions()
    assert outbox.promise(session, **WANTED)
    session.rollback()
    session.close()
    with parts.sessions.begin() as session:
        assert outbox.promise(session, **WANTED)


@pytest.mark.parametrize("first_ends", ["commit", "rollback"])
def test_two_sessions_at_once_make_one_promise(parts: Parts, first_ends: str) -> None:
    first = parts.sessions()
    assert outbox.promise(first, **WANTED)
    told: list[bool] = []

    def promise_too() -> None:
        with parts.sessions.begin() as session:
            told.append(outbox.promise(session, **WANTED))

    second = threading.Thread(target=promise_too)
    second.start()
    second.join(0.3)
    assert second.is_alive(), "the second waits until it is known whether the first holds"
    getattr(first, first_ends)()
    first.close()
    second.join(10)
    assert told == [first_ends == "rollback"]
    assert look(parts, "don_1").state == "pending"


@pytest.mark.parametrize(
    ("nonsense", "constraint"),
    [
        ("state = 'lost'", "ck_messages_(state|next_at)"),
        ("state = 'sent', next_at = NULL", "ck_messages_sent"),
        ("state = 'claimed'", "ck_messages_lease"),
        ("next_at = NULL", "ck_messages_next_at"),
        ("state = 'skipped'", "ck_messages_next_at"),
        ("in_flight_at = promised_at", "ck_messages_lease"),
    ],
)
def test_the_table_refuses_states_that_make_no_sense(parts: Parts, nonsense: str, constraint: str) -> None:
    with parts.sessions.begin() as session:
        outbox.promise(session, **WANTED)
    with pytest.raises(IntegrityError, match=constraint), parts.sessions.begin() as session:
        session.execute(text(f"UPDATE messages SET {nonsense}"))
