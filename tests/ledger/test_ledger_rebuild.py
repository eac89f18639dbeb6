"""The books are derived again from the mirror and what was known, and every difference is named."""

import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from service import clock, ledger
from service.ledger import Context, Finding, LostDispute, NotBooked, Opening, RefundOf
from tests.conftest import Database
from tests.ledger.stripe_rows import MONTHLY, NOON, payout, row
from tests.ledger.tampering import tamper, tampered, without_entry

GIFT = "(SELECT id FROM entries WHERE key = 'stripe:txn_gift')"
RECLASSIFIED = "(SELECT id FROM entries WHERE key = 'reclassified:txn_gift:1')"
ANNUAL = "(SELECT id FROM accounts WHERE code = 'income:donations:annual')"
OTHER = Context(frequency="annual", donation_id="don_2")


def check(database: Database) -> list[Finding]:
    with database.sessions() as session:
        return ledger.rebuild_check(session)


def balances(database: Database) -> dict[str, int]:
    with database.sessions() as session:
        return {each.account: each.balance for each in ledger.trial_balance(session) if each.balance}


@pytest.fixture
def books(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that the books can hold: all rules, reclassified rows, late facts, a seal, a tail."""
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 6, 10, tzinfo=UTC))
    refund = RefundOf(settled=5000, settled_currency="usd", charged=4000, refunded=1000)
    gift = row(id="txn_gift")
    with database.sessions.begin() as session:
        ledger.open_books(session, Opening(amount=12, currency="usd", at=NOON - timedelta(days=9)))
        ledger.post(
            session,
            [
                (gift, MONTHLY),
                (row(0, 0), MONTHLY),
                (row(-1240, 0, type="refund", reporting_category="refund"), replace(MONTHLY, refund=refund)),
                (row(-10, 0, type="quantum_fee", id="txn_strange"), Context()),
            ],
        )
        ledger.write_off(session, LostDispute(dispute_id="du_1", amount=70, currency="usd", at=NOON))
        ledger.arrive(session, payout("po_1", 4713))
        ledger.reclassify(session, "txn_gift", OTHER)
    with database.sessions.begin() as session:
        ledger.close_period(session, "2026-03", "ana", ZoneInfo("Europe/Riga"), despite_suspense=True)
    with database.sessions.begin() as session:
        ledger.seal(session)
    with database.sessions.begin() as session:
        ledger.post(session, [(row(900, 0, id="txn_late"), MONTHLY)])
        ledger.reclassify(session, "txn_gift", replace(OTHER, donation_id="don_3"))
        ledger.reclassify(session, "txn_strange", Context(counter="income:other"))
        ledger.undo_write_off(session, "du_1", NOON + timedelta(days=50))
        ledger.return_payout(session, "po_1", NOON + timedelta(days=2))
    assert check(database) == []


# (what is done, where it shows, what is said of it)
UNDERIVED = [
    (
        f"UPDATE postings SET account_id = {ANNUAL} WHERE line = 3 AND entry_id = {GIFT}",
        "stripe:txn_gift",
        "posting 3 is income:donations:annual -5000, and should be income:donations:monthly -5000",
    ),
    (
        "UPDATE balance_transactions SET amount = 5001, net = 4826 WHERE id = 'txn_gift'",
        "stripe:txn_gift",
        "posting 1 is assets:stripe 4825, and should be assets:stripe 4826",
    ),
    (
        f'UPDATE entries SET context = context || \'{{"frequency": "once"}}\' WHERE id = {GIFT}',
        "stripe:txn_gift",
        "posting 3 is income:donations:monthly -5000, and should be income:donations:once -5000",
    ),
    (
        "UPDATE entries SET context = '{\"frequency\": \"daily\"}' WHERE key = 'stripe:txn_late'",
        "stripe:txn_late",
        "its context cannot be read",
    ),
    (
        "UPDATE entries SET context = '{}' WHERE key = 'dispute-lost:du_1'",
        "dispute-lost:du_1",
        "its context cannot be read",
    ),
    (
        "UPDATE entries SET kind = 'gift' WHERE kind = 'payout_arrived'",
        "payout-arrived:po_1",
        "no rule makes",
    ),
    (
        "UPDATE entries SET key = 'payout-arrived:po_2' WHERE key = 'payout-arrived:po_1'",
        "payout-arrived:po_2",
        "its key should be payout-arrived:po_1",
    ),
    (
        "UPDATE entries SET effective_at = '2026-05-01Z' WHERE key = 'stripe:txn_late'",
        "stripe:txn_late",
        "it is dated 2026-05-01T00:00:00+00:00, where no closed period ends",
    ),
    (
        "UPDATE entries SET effective_at = '2026-05-01Z' WHERE key = 'opening:usd'",
        "opening:usd",
        "and happened 2026-02-20T12:00:00+00:00",
    ),
    (
        "UPDATE entries SET reverses_id = NULL WHERE key = 'payout-returned:po_1'",
        "payout-returned:po_1",
        "the entry that it reverses is gone",
    ),
    (
        f"UPDATE postings SET amount = 2 * amount WHERE entry_id = {RECLASSIFIED}",
        "reclassified:txn_gift:1",
        "posting 1 is income:donations:monthly 10000, and should be income:donations:monthly 5000",
    ),
]


def test_what_does_not_derive_is_named(database: Database, books: None) -> None:
    for change, where, cause in UNDERIVED:
        with tampered(database, change) as session:
            found = {each.where: each.cause for each in ledger.rebuild_check(session)}
        assert cause in found[where], change


def test_an_entry_that_is_gone(database: Database, books: None) -> None:
    tamper(database, *without_entry("stripe:txn_late"))
    assert check(database) == [
        Finding("entry is missing", "stripe:txn_late", "its balance transaction is in the mirror")
    ]


def test_a_row_that_is_gone(database: Database, books: None) -> None:
    tamper(
        database,
        "DELETE FROM balance_transaction_status WHERE id = 'txn_late'",
        "DELETE FROM balance_transactions WHERE id = 'txn_late'",
    )
    assert check(database) == [
        Finding("entry cannot be derived", "stripe:txn_late", "its balance transaction is not in the mirror")
    ]


def test_totals_that_are_not_the_postings(database: Database, books: None) -> None:
    tamper(database, "UPDATE seal_totals SET credit = credit + 1 WHERE day = '2026-03-01' AND credit = 1250")
    assert check(database) == [
        Finding(
            "sealed totals are not the postings",
            "seal 1",
            "2026-03-01 assets:stripe usd: sealed 4825 and 1251, the postings say 4825 and 1250 "
            "(debit and credit)",
        )
    ]


def test_learning_more_moves_the_difference(database: Database) -> None:
    shop = row(id="txn_1")
    with database.sessions.begin() as session:
        ledger.post(session, [(shop, Context())])
        assert ledger.last_context(session, "txn_1") == Context()
        assert ledger.reclassify(session, "txn_1", MONTHLY) is True
        assert ledger.reclassify(session, "txn_1", MONTHLY) is False
        assert ledger.last_context(session, "txn_1") == MONTHLY
    expected = {"assets:stripe": 4825, "expenses:fees:processing": 175, "income:donations:monthly": -5000}
    assert balances(database) == expected
    with database.sessions() as session:
        assert ledger.trial_balance(session, until=NOON) == []
        before = ledger.trial_balance(session, until=NOON + timedelta(seconds=1))
    assert {each.account: each.balance for each in before if each.balance} == expected
    with database.sessions.begin() as session:
        assert ledger.reclassify(session, "txn_1", replace(MONTHLY, donation_id="don_9")) is True
        assert ledger.reclassify(session, "txn_1", OTHER) is True
        assert ledger.reclassify(session, "txn_1", MONTHLY) is True
        said = ledger.last_context(session, "txn_1")
        assert said == MONTHLY
    assert balances(database) == expected
    assert check(database) == []


def test_what_is_not_booked_cannot_be_reclassified(database: Database) -> None:
    with database.sessions.begin() as session:
        ledger.post(session, [(row(0, 0, id="txn_0"), MONTHLY)])
        for nothing in ("txn_0", "txn_never_seen"):
            assert ledger.last_context(session, nothing) is None
        assert ledger.reclassify(session, "txn_0", OTHER) is False
        with pytest.raises(NotBooked, match="txn_never_seen"):
            ledger.reclassify(session, "txn_never_seen", OTHER)


def test_a_proof_names_the_donation_that_was_learned_last(database: Database) -> None:
    moved = row(id="txn_1")
    with database.sessions.begin() as session:
        ledger.post(session, [(moved, Context())])
        ledger.note_payout(session, payout("po_1", 4825))
        ledger.tag_rows(session, "po_1", ["txn_1"])
        for context in (MONTHLY, OTHER):
            ledger.reclassify(session, "txn_1", context)
        proof = ledger.payout_proof(session, "po_1")
        assert proof is not None
        assert proof.rows[0].donation_id == "don_2"
        ledger.reclassify(session, "txn_1", Context())
        proof = ledger.payout_proof(session, "po_1")
    assert proof is not None
    assert proof.rows[0].donation_id is None


def test_memory_does_not_grow_with_the_books(database: Database) -> None:
    def grow(entries: int) -> None:
        for _ in range(entries // 500):
            with database.sessions.begin() as session:
                ledger.post(session, [(row(), MONTHLY) for _ in range(500)])
        with database.sessions.begin() as session:
            ledger.seal(session)

    def peak() -> int:
        tracemalloc.start()
        try:
            with database.sessions() as session:
                assert ledger.rebuild_check(session) == []
                assert ledger.verify_chain(session) == []
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    grow(1000)
    peak()
    small = peak()
    grow(4000)
    assert peak() < 1.5 * small
