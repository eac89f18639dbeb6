"""Payouts as Stripe has them, their rows, and the proof that the rows are the payout."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from service import ledger
from service.gateway import BalanceTransaction
from service.ledger import Context, Contradiction, PayoutFacts
from service.ledger.payout_models import Payout, PayoutRow
from tests.conftest import Database
from tests.ledger.stripe_rows import MONTHLY, NOON, part, payout, row


def test_a_payout_follows_stripe_and_its_ink_does_not_change(database: Database) -> None:
    sent = payout("po_1", 4825, status="in_transit", reconciliation_status="in_progress")
    moves = {"status": "failed", "failure_code": "account_closed", "arrival_date": NOON + timedelta(days=9)}
    for facts in (sent, sent, replace(sent, **moves)):  # type: ignore[arg-type]
        with database.sessions.begin() as session:
            ledger.note_payout(session, facts)
    with database.sessions() as session:
        known = session.scalars(select(Payout)).one()
        assert {name: getattr(known, name) for name in moves} == moves
    for field, value in {
        "amount": 1,
        "currency": "eur",
        "automatic": False,
        "created_at": NOON + timedelta(1),
    }.items():
        with pytest.raises(Contradiction, match=f"po_1: {field} is"), database.sessions.begin() as session:
            ledger.note_payout(session, replace(sent, **{field: value}))  # type: ignore[arg-type]
    with database.sessions() as session:
        assert session.scalars(select(Payout)).one().status == "failed"


def paid_out(database: Database, facts: PayoutFacts, *moved: tuple[BalanceTransaction, Context]) -> None:
    with database.sessions.begin() as session:
        ledger.post(session, list(moved))
        ledger.note_payout(session, facts)
        ledger.tag_rows(session, facts.id, [each.id for each, _ in moved])


def own_row(facts: PayoutFacts) -> BalanceTransaction:
    return row(
        -facts.amount,
        0,
        id=facts.balance_transaction_id,
        type="payout",
        reporting_category="payout",
        source=facts.id,
        description="STRIPE PAYOUT",
        currency=facts.currency,
    )


def test_rows_are_tagged_once_and_with_one_payout_only(database: Database) -> None:
    first, second = row(), row()
    with database.sessions.begin() as session:
        ledger.post(session, [(first, MONTHLY), (second, MONTHLY)])
        ledger.note_payout(session, payout("po_1", 4825))
        ledger.note_payout(session, payout("po_2", 4825))
    with database.sessions.begin() as session:
        assert ledger.tag_rows(session, "po_1", [first.id]) == 1
        assert ledger.tag_rows(session, "po_1", [second.id, first.id, first.id]) == 1
        assert ledger.tag_rows(session, "po_1", []) == 0
    with pytest.raises(
        Contradiction, match=f"{first.id}: payout_id is 'po_1' in the books and came as 'po_2'"
    ):
        with database.sessions.begin() as session:
            ledger.tag_rows(session, "po_2", [second.id, first.id])
    with pytest.raises(IntegrityError, match="fk_payout_rows"), database.sessions.begin() as session:
        ledger.tag_rows(session, "po_1", ["txn_never_seen"])
    with database.sessions() as session:
        rows = session.scalars(select(PayoutRow)).all()
    assert {(each.balance_transaction_id, each.payout_id) for each in rows} == {
        (first.id, "po_1"),
        (second.id, "po_1"),
    }


def test_the_proof_names_every_row(database: Database) -> None:
    facts = payout("po_1", 4825 - 112 - 500 + 90)
    gift, refund = row(), row(-500, 0, type="refund", reporting_category="refund", source="re_1")
    fee = row(
        -104,
        8,
        type="stripe_fee",
        reporting_category="fee",
        source=None,
        description="Radar (2026-03)",
        fee_details=(part("tax", 8),),
    )
    order = row(100, 10, source="ch_shop", description="Order of Jane Doe")
    nothing = row(0, 0, source="ch_zero", description="")
    paid_out(
        database,
        facts,
        (gift, MONTHLY),
        (refund, MONTHLY),
        (fee, Context()),
        (order, Context()),
        (nothing, Context()),
        (own_row(facts), Context()),
    )
    with database.sessions() as session:
        proof = ledger.payout_proof(session, "po_1")
        assert ledger.payout_proof(session, "po_2") is None
    assert proof is not None
    assert proof.holds
    assert proof.difference == 0
    assert [(each.kind, each.rows, each.amount, each.fee, each.net) for each in proof.sums] == [
        ("charge", 2, 5100, 185, 4915),
        ("fee", 1, -104, 8, -112),
        ("nothing moved", 1, 0, 0, 0),
        ("payout", 1, -4303, 0, -4303),
        ("refund", 1, -500, 0, -500),
    ]
    assert {each.balance_transaction_id: each.stands_for for each in proof.rows} == {
        gift.id: "don_1",
        refund.id: "don_1",
        fee.id: "fee: Radar (2026-03)",
        order.id: "charge: ch_shop",
        nothing.id: "nothing moved: ch_zero",
        "txn_po_1": "payout: STRIPE PAYOUT",
    }


def test_a_proof_that_does_not_hold(database: Database) -> None:
    facts = payout("po_1", 5000)
    paid_out(database, facts, (row(), MONTHLY), (own_row(facts), Context()))
    with database.sessions() as session:
        proof = ledger.payout_proof(session, "po_1")
    assert proof is not None
    assert (proof.difference, proof.complete, proof.holds) == (-175, True, False)


@pytest.mark.parametrize(
    "other",
    [{"reconciliation_status": "in_progress"}, {"automatic": False}, {"balance_transaction_id": None}],
)
def test_a_proof_holds_only_once_stripes_list_is_whole(database: Database, other: dict[str, object]) -> None:
    facts = payout("po_1", 4825)
    paid_out(
        database,
        replace(facts, **other),  # type: ignore[arg-type]
        (row(), MONTHLY),
        (own_row(facts), Context()),
    )
    with database.sessions() as session:
        proof = ledger.payout_proof(session, "po_1")
    assert proof is not None
    assert (proof.difference, proof.holds) == (0, False)
