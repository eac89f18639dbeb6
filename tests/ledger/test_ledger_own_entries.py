"""Lost disputes, payouts at the bank and back, openings: each once, dated by Stripe."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from service import ledger
from service.database import Sessions
from service.ledger import Contradiction, LostDispute, Opening
from service.ledger.models import Entry
from tests.conftest import Database
from tests.ledger.stripe_rows import MONTHLY, NOON, payout, row

LOST = LostDispute(dispute_id="du_1", amount=3000, currency="usd", at=NOON, donation_id="don_1")


def balances(sessions: Sessions) -> dict[str, int]:
    with sessions() as session:
        return {each.account: each.balance for each in ledger.trial_balance(session)}


def entries(sessions: Sessions) -> list[tuple[str, str, datetime]]:
    with sessions() as session:
        found = session.scalars(select(Entry).order_by(Entry.id)).all()
        return [(each.key, each.kind, each.effective_at) for each in found]


def test_a_lost_dispute_becomes_a_loss_once(database: Database) -> None:
    taken = row(-3000, 1500, type="adjustment", reporting_category="dispute")
    with database.sessions.begin() as session:
        ledger.post(session, [(taken, MONTHLY)])
    for new in (True, False):
        with database.sessions.begin() as session:
            assert ledger.write_off(session, LOST) is new
    assert balances(database.sessions) == {
        "assets:stripe": -4500,
        "assets:disputes": 0,
        "expenses:dispute-losses": 3000,
        "expenses:fees:dispute": 1500,
    }
    assert entries(database.sessions)[1] == ("dispute-lost:du_1", "dispute_lost", NOON)
    with database.sessions() as session:
        entry = session.scalars(select(Entry).where(Entry.kind == "dispute_lost")).one()
    assert (entry.donation_id, entry.reverses_id) == ("don_1", None)


@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("postings", replace(LOST, amount=2999)),
        ("currency", replace(LOST, currency="eur")),
        ("effective_at", replace(LOST, at=NOON + timedelta(days=1))),
    ],
)
def test_the_same_dispute_with_other_money_is_a_contradiction(
    database: Database, field: str, other: LostDispute
) -> None:
    with database.sessions.begin() as session:
        ledger.write_off(session, LOST)
    with pytest.raises(Contradiction, match=f"dispute-lost:du_1: {field} is"):
        with database.sessions.begin() as session:
            ledger.write_off(session, other)
    assert len(entries(database.sessions)) == 1


def test_won_after_it_was_lost(database: Database) -> None:
    later = NOON + timedelta(days=40)
    with database.sessions.begin() as session:
        assert ledger.undo_write_off(session, "du_1", later) is False
        ledger.write_off(session, LOST)
    for new in (True, False):
        with database.sessions.begin() as session:
            assert ledger.undo_write_off(session, "du_1", later) is new
    assert set(balances(database.sessions).values()) == {0}
    with database.sessions() as session:
        lost, won = session.scalars(select(Entry).order_by(Entry.id)).all()
    assert (won.key, won.reverses_id, won.donation_id) == ("dispute-lost-undone:du_1", lost.id, "don_1")
    with pytest.raises(Contradiction, match="won after it was lost"):
        with database.sessions.begin() as session:
            ledger.write_off(session, LOST)
    with pytest.raises(Contradiction, match="effective_at"):
        with database.sessions.begin() as session:
            ledger.undo_write_off(session, "du_1", NOON)


def test_a_payout_arrives_and_may_come_back(database: Database) -> None:
    sent = row(-4825, 0, type="payout", reporting_category="payout", source="po_1")
    failed = row(4825, 0, type="payout_failure", reporting_category="payout_reversal", source="po_1")
    paid = payout("po_1", 4825)
    with database.sessions.begin() as session:
        assert ledger.return_payout(session, "po_1", NOON) is False
        ledger.post(session, [(sent, ledger.Context())])
        assert ledger.arrive(session, paid) is True
        assert ledger.arrive(session, paid) is False
    assert balances(database.sessions) == {
        "assets:bank": 4825,
        "assets:payouts-in-transit": 0,
        "assets:stripe": -4825,
    }
    back = NOON + timedelta(days=5)
    for new in (True, False):
        with database.sessions.begin() as session:
            ledger.post(session, [(failed, ledger.Context())])
            assert ledger.return_payout(session, "po_1", back) is new
    assert set(balances(database.sessions).values()) == {0}
    assert [each[0] for each in entries(database.sessions)][1::2] == [
        "payout-arrived:po_1",
        "payout-returned:po_1",
    ]
    assert entries(database.sessions)[1][2] == paid.arrival_date
    with pytest.raises(Contradiction, match="payout-arrived:po_1: postings"):
        with database.sessions.begin() as session:
            ledger.arrive(session, replace(paid, amount=1))


def test_a_payout_that_takes_from_the_bank(database: Database) -> None:
    with database.sessions.begin() as session:
        ledger.arrive(session, payout("po_2", -700))
    assert balances(database.sessions) == {"assets:bank": -700, "assets:payouts-in-transit": 700}


def test_an_opening_stands_once_for_each_currency(database: Database) -> None:
    began = datetime(2026, 1, 1, tzinfo=UTC)
    with database.sessions.begin() as session:
        assert ledger.open_books(session, Opening(amount=12345, currency="usd", at=began)) is True
        assert ledger.open_books(session, Opening(amount=-5, currency="eur", at=began)) is True
        assert ledger.open_books(session, Opening(amount=12345, currency="usd", at=began)) is False
    with pytest.raises(Contradiction, match="opening:usd"):
        with database.sessions.begin() as session:
            ledger.open_books(session, Opening(amount=1, currency="usd", at=began))
    with database.sessions() as session:
        found = {(each.account, each.currency): each.balance for each in ledger.trial_balance(session)}
    assert found == {
        ("assets:stripe", "usd"): 12345,
        ("equity:opening", "usd"): -12345,
        ("assets:stripe", "eur"): -5,
        ("equity:opening", "eur"): 5,
    }


def test_nothing_is_no_entry(database: Database) -> None:
    with pytest.raises(ValueError, match="nothing moves"), database.sessions.begin() as session:
        ledger.arrive(session, payout("po_3", 0))
