"""What happens to money after the gift: given back, disputed, paid out; booked as Stripe says."""

from typing import Any

import pytest
import stripe as library
from sqlalchemy import select, text

from service.donations.models import Donation
from service.parts import Parts
from service.settling import polling, reconcile
from tests.programs import ask
from tests.settling.conftest import balances, give, mark, settle_all


def donation_of(parts: Parts) -> Donation:
    with parts.sessions.begin() as session:
        return session.scalars(select(Donation)).one()


def settle_gift(parts: Parts, stripe: str, **changes: Any) -> Donation:
    checkout = give(parts, stripe, **changes)
    mark(parts, checkout.session_id or "")
    settle_all(parts)
    return donation_of(parts)


def net_at_stripe(stripe: str, currency: str = "eur") -> int:
    return int(ask(f"{stripe}/_sandbox/books")["totals"][currency]["net"])


def test_refunds_in_parts_and_whole(parts: Parts, stripe: str, client: library.StripeClient) -> None:
    gift = settle_gift(parts, stripe)
    for amount, given_back in ((1000, 1000), (1500, 2500)):
        refund = client.v1.refunds.create(params={"charge": gift.charge_id or "", "amount": amount})
        mark(parts, refund.id)
        settle_all(parts)
        assert donation_of(parts).refunded == given_back
        assert balances(parts)["income:refunds"] == given_back
        assert balances(parts)["assets:stripe"] == net_at_stripe(stripe)


def test_a_refund_that_fails_later_is_owed_to_the_donor(parts: Parts, stripe: str) -> None:
    gift = settle_gift(parts, stripe)
    ask(f"{stripe}/_sandbox/refund", {"charge": gift.charge_id, "amount": 700, "outcome": "failed"})
    ask(f"{stripe}/_sandbox/advance", {"seconds": 30 * 86_400})
    polling.poll(parts)
    settle_all(parts)
    standing = balances(parts)
    assert (standing["income:refunds"], standing["liabilities:refunds-owed"]) == (700, -700)
    assert standing["assets:stripe"] == net_at_stripe(stripe)


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_a_dispute(parts: Parts, stripe: str, client: library.StripeClient, outcome: str) -> None:
    gift = settle_gift(parts, stripe)
    ask(f"{stripe}/_sandbox/dispute", {"charge": gift.charge_id, "kind": "chargeback"})
    mark(parts, gift.charge_id or "")
    settle_all(parts)
    assert donation_of(parts).dispute_status == "needs_response"
    assert balances(parts)["assets:disputes"] == 2500
    (dispute,) = client.v1.disputes.list().data
    ask(f"{stripe}/_sandbox/dispute", {"dispute": dispute.id, "outcome": outcome})
    mark(parts, dispute.id)
    settle_all(parts)
    standing = balances(parts)
    assert donation_of(parts).dispute_status == outcome
    assert "assets:disputes" not in standing
    assert standing.get("expenses:dispute-losses", 0) == (2500 if outcome == "lost" else 0)
    assert standing["assets:stripe"] == net_at_stripe(stripe)
    mark(parts, dispute.id)
    settle_all(parts)
    assert balances(parts) == standing


def test_a_payout_is_explained_by_its_rows(parts: Parts, stripe: str) -> None:
    gift = settle_gift(parts, stripe)
    settle_gift_again = give(parts, stripe, amount=4000)
    mark(parts, settle_gift_again.session_id or "")
    ask(f"{stripe}/_sandbox/advance", {"seconds": 5 * 86_400})
    (paid,) = ask(f"{stripe}/_sandbox/payout", {"currency": "eur", "automatic": True})["payouts"]
    ask(f"{stripe}/_sandbox/advance", {"seconds": 5 * 86_400})
    polling.poll(parts)
    settle_all(parts)
    with parts.sessions.begin() as session:
        rows = session.execute(text("SELECT payout_id, count(*) FROM payout_rows GROUP BY 1")).all()
        total = session.scalar(
            text("SELECT sum(net) FROM balance_transactions JOIN payout_rows ON id = balance_transaction_id")
        )
    assert [(row[0], row[1]) for row in rows] == [(paid["id"], 3)]
    assert total == 0
    standing = balances(parts)
    assert standing["assets:bank"] == paid["amount"]
    assert "assets:stripe" not in standing
    assert gift.balance_transaction_id


def test_fees_without_events_are_found_by_polling(parts: Parts, stripe: str) -> None:
    ask(f"{stripe}/_sandbox/fee", {"type": "stripe_fee", "amount": 104, "currency": "eur"})
    polling.poll(parts)
    settle_all(parts)
    assert balances(parts)["assets:stripe"] == net_at_stripe(stripe)


def test_reconcile_alone_completes_the_books(parts: Parts, stripe: str, client: library.StripeClient) -> None:
    """Not one webhook arrives."""
    given = [give(parts, stripe, frequency=each) for each in ("once", "monthly", "annual")]
    charge = client.v1.charges.list().data[0]
    client.v1.refunds.create(params={"charge": charge.id, "amount": 500})
    assert reconcile.reconcile(parts) == []
    standing = balances(parts)
    assert standing["assets:stripe"] == net_at_stripe(stripe)
    with parts.sessions.begin() as session:
        assert session.scalar(text("SELECT count(*) FROM donations WHERE status = 'paid'")) == len(given)
        assert session.scalar(text("SELECT count(*) FROM checkouts WHERE status = 'paid'")) == len(given)
    assert reconcile.reconcile(parts) == []
    assert balances(parts) == standing
