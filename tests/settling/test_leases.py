"""Only the holder of an object's lease writes its state: slow, stale and crossing answers change nothing."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text

from service.donations.models import Donation
from service.gateway import Gateway, Payment
from service.parts import Parts
from service.settling import queue, rounds
from service.settling.looking import SeenPayment, look
from service.settling.outcomes import Done
from service.settling.queue import Leased, LeaseLost
from service.settling.settle import settle
from tests.settling.conftest import balances, give, mark, settle_all


def lease(parts: Parts) -> list[Leased]:
    with parts.sessions.begin() as session:
        return queue.lease_due(session)


def lapse(parts: Parts) -> None:
    """As if the holder had been paused for longer than its lease."""
    with parts.sessions.begin() as session:
        session.execute(text("UPDATE work SET lease_until = lease_until - interval '1 hour'"))


def finish(parts: Parts, leased: Leased, seen: SeenPayment) -> None:
    with parts.sessions.begin() as session:
        result = settle(session, parts.keyring, seen)
        assert isinstance(result, Done)
        queue.finish(session, leased, result.outcome, also=result.also)


def payment_of(parts: Parts, stripe: str) -> str:
    checkout = give(parts, stripe)
    seen = parts.gateway.session(checkout.session_id or "")
    assert seen.payment_intent_id
    return seen.payment_intent_id


def test_an_answer_that_came_too_late_overwrites_nothing(parts: Parts, stripe: str) -> None:
    intent = payment_of(parts, stripe)
    mark(parts, intent)
    (slow,) = lease(parts)
    old = look(parts.gateway, intent)
    assert isinstance(old, SeenPayment)
    lapse(parts)
    (quick,) = lease(parts)
    charge = old.payment.charge
    assert charge is not None
    parts.gateway._client.v1.refunds.create(params={"charge": charge.id, "amount": 1000})
    new = look(parts.gateway, intent)
    assert isinstance(new, SeenPayment)
    finish(parts, quick, new)
    with pytest.raises(LeaseLost):
        finish(parts, slow, old)
    with parts.sessions.begin() as session:
        assert session.scalars(select(Donation)).one().refunded == 1000
    assert balances(parts)["income:refunds"] == 1000


def test_a_mark_made_while_somebody_settles_is_not_lost(parts: Parts, stripe: str) -> None:
    intent = payment_of(parts, stripe)
    mark(parts, intent)
    (leased,) = lease(parts)
    seen = look(parts.gateway, intent)
    assert isinstance(seen, SeenPayment)
    mark(parts, intent)
    finish(parts, leased, seen)
    (again,) = lease(parts)
    assert (again.object_id, again.attempts) == (intent, 0)


def test_a_leased_object_is_nobody_elses(parts: Parts, stripe: str) -> None:
    mark(parts, payment_of(parts, stripe))
    assert len(lease(parts)) == 1
    assert lease(parts) == []
    lapse(parts)
    assert len(lease(parts)) == 1


def test_many_workers_ask_once_for_each_mark(
    parts: Parts, stripe: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    intents = [payment_of(parts, stripe) for _ in range(12)]
    asked: list[str] = []
    real = Gateway.payment

    def counted(gateway: Gateway, payment_intent_id: str) -> Payment:
        asked.append(payment_intent_id)
        return real(gateway, payment_intent_id)

    monkeypatch.setattr(Gateway, "payment", counted)
    mark(parts, *intents)
    with ThreadPoolExecutor(4) as workers:
        list(workers.map(lambda _: rounds.settle_due(parts), range(4)))
    settle_all(parts)
    assert sorted(asked) == sorted(intents)
    with parts.sessions.begin() as session:
        assert len(session.scalars(select(Donation)).all()) == 12


def test_objects_that_mark_each_other_do_not_lock_each_other_out(parts: Parts, stripe: str) -> None:
    checkouts = [give(parts, stripe, frequency="monthly") for _ in range(8)]
    for _ in range(3):
        mark(parts, *(checkout.session_id or "" for checkout in checkouts))
        with ThreadPoolExecutor(4) as workers:
            list(workers.map(lambda _: rounds.settle_due(parts), range(8)))
    settle_all(parts)
    with parts.sessions.begin() as session:
        assert session.scalar(text("SELECT count(*) FROM work WHERE attempts > 0")) == 0
        assert len(session.scalars(select(Donation)).all()) == 8
