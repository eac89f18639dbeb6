"""Each identity, broken on purpose as the owner with the guards off, is reported and names the row."""

from dataclasses import replace
from datetime import timedelta

import pytest

from service import ledger
from service.gateway import BalanceTransaction
from service.ledger import Context, Finding, Opening, PayoutFacts
from tests.conftest import Database
from tests.ledger.stripe_rows import MONTHLY, NOON, part, payout, row
from tests.ledger.tampering import tamper, tampered, without_entry

SOON = NOON + timedelta(days=1)


def check(database: Database, days: int = 1) -> list[Finding]:
    with database.sessions() as session:
        return ledger.identities(session, NOON + timedelta(days=days))


def own_row(facts: PayoutFacts) -> BalanceTransaction:
    return row(
        -facts.amount,
        0,
        id=f"txn_{facts.id}",
        type="payout",
        reporting_category="payout",
        source=facts.id,
    )


@pytest.fixture
def gift(database: Database) -> BalanceTransaction:
    """Sound books: a gift, a fee, a payout with its rows that has arrived, and one in euro."""
    gift, euro = row(id="txn_gift"), row(700, 0, currency="eur", id="txn_euro")
    fee = row(-104, 8, type="stripe_fee", reporting_category="fee", fee_details=(part("tax", 8),))
    facts = payout("po_1", 4713)
    with database.sessions.begin() as session:
        ledger.post(session, [(gift, MONTHLY), (euro, MONTHLY)])
        ledger.post(session, [(each, Context()) for each in (fee, own_row(facts), row(0, 0))])
        ledger.note_payout(session, facts)
        ledger.tag_rows(session, "po_1", [gift.id, fee.id, "txn_po_1"])
        ledger.arrive(session, facts)
    assert check(database, days=300) == []
    return gift


def test_i1_a_row_adds_up(database: Database, gift: BalanceTransaction) -> None:
    wrong_net = row(net=4800, id="txn_off")
    wrong_parts = row(fee_details=(part("stripe_fee", 170), part("tax", 5, currency="eur")), id="txn_parts")
    with database.sessions.begin() as session:
        ledger.post(session, [(wrong_net, MONTHLY), (wrong_parts, MONTHLY)])
    found = check(database)
    assert found[:2] == [
        Finding(
            "I1 balance transaction does not add up", "txn_off", "amount 5000 less fee 175 is not net 4800"
        ),
        Finding(
            "I1 balance transaction does not add up",
            "txn_parts",
            "the parts of the fee come to 170, the fee is 175",
        ),
    ]
    assert found[2:] == [
        Finding("in suspense", "txn_off", "25 usd that no rule explains; reclassify it"),
    ]


def test_i2_the_mirror_is_the_balance(database: Database, gift: BalanceTransaction) -> None:
    tamper(
        database, "UPDATE balance_transactions SET net = net + 1, amount = amount + 1 WHERE id = 'txn_gift'"
    )
    assert [(each.what, each.where) for each in check(database)] == [
        ("I2 mirror and balance differ", "assets:stripe usd"),
        ("I3 rows are not the payout", "po_1"),
    ]
    assert "the rows of Stripe come to 1, the account stands at 0" in check(database)[0].cause


def test_i2_counts_what_stood_there_when_the_books_began(
    database: Database, gift: BalanceTransaction
) -> None:
    with database.sessions.begin() as session:
        ledger.open_books(session, Opening(amount=999, currency="usd", at=NOON - timedelta(days=100)))
        ledger.open_books(session, Opening(amount=5, currency="gbp", at=NOON - timedelta(days=100)))
    assert check(database) == []


I3_BROKEN = {
    "DELETE FROM payout_rows WHERE balance_transaction_id = 'txn_gift'": "its 2 rows leave -4825",
    "DELETE FROM payout_rows WHERE balance_transaction_id = 'txn_po_1'": "own row is not among its 2 rows",
    "DELETE FROM payout_rows": "the payout's own row is not among its 0 rows",
    "INSERT INTO payout_rows VALUES ('txn_euro', 'po_1')": "txn_euro is in another currency than the payout",
}


def test_i3_the_rows_are_the_payout(database: Database, gift: BalanceTransaction) -> None:
    for change, cause in I3_BROKEN.items():
        with tampered(database, change) as session:
            (found,) = ledger.identities(session, SOON)
        assert (found.what, found.where) == ("I3 rows are not the payout", "po_1")
        assert cause in found.cause


@pytest.mark.parametrize("other", [{"automatic": False}, {"reconciliation_status": "in_progress"}])
def test_i3_is_asked_of_automatic_payouts_whose_list_is_whole(
    database: Database, other: dict[str, object]
) -> None:
    with database.sessions.begin() as session:
        ledger.note_payout(session, replace(payout("po_9", 100), **other))  # type: ignore[arg-type]
    assert check(database) == []


def test_i3_forgives_the_payouts_that_pay_out_what_was_there_before_the_books(database: Database) -> None:
    with database.sessions.begin() as session:
        ledger.open_books(session, Opening(amount=100, currency="usd", at=NOON - timedelta(days=1)))
        for facts in (payout("po_8", 60), payout("po_9", 40, created_at=NOON + timedelta(days=90))):
            ledger.post(session, [(own_row(facts), Context())])
            ledger.note_payout(session, facts)
            ledger.tag_rows(session, facts.id, [f"txn_{facts.id}"])
            ledger.arrive(session, facts)
    assert [each.where for each in check(database)] == ["po_9"]


def test_i6_every_currency_sums_to_nothing(database: Database, gift: BalanceTransaction) -> None:
    tamper(
        database,
        "UPDATE postings SET amount = amount + 7 WHERE line = 3 AND currency = 'usd' "
        "AND entry_id = (SELECT id FROM entries WHERE key = 'stripe:txn_gift')",
    )
    assert check(database) == [
        Finding(
            "I6 books out of balance",
            "stripe:txn_gift",
            "its postings leave 7 of 7 usd: one was altered or deleted",
        )
    ]


def test_i6_every_row_of_stripes_has_its_entry(database: Database, gift: BalanceTransaction) -> None:
    tamper(database, *without_entry("stripe:txn_euro"))
    found = check(database)
    assert found[1:] == [
        Finding("I6 balance transaction without entry", "txn_euro", "its entry was deleted"),
    ]
    assert (found[0].what, found[0].where) == ("I2 mirror and balance differ", "assets:stripe eur")


def test_i6_every_entry_of_stripes_has_its_row(database: Database, gift: BalanceTransaction) -> None:
    tamper(
        database,
        "DELETE FROM balance_transaction_status WHERE id = 'txn_euro'",
        "DELETE FROM balance_transactions WHERE id = 'txn_euro'",
    )
    assert check(database)[1:] == [
        Finding(
            "I6 entry without balance transaction", "stripe:txn_euro", "its balance transaction was deleted"
        )
    ]


def test_suspense_is_empty_or_its_rows_are_named(database: Database, gift: BalanceTransaction) -> None:
    strange = row(-10, 0, type="quantum_fee", id="txn_strange", source=None)
    with database.sessions.begin() as session:
        ledger.post(session, [(strange, Context())])
    assert check(database) == [
        Finding("in suspense", "txn_strange", "10 usd that no rule explains; reclassify it")
    ]
    with database.sessions.begin() as session:
        ledger.reclassify(session, "txn_strange", Context(counter="expenses:fees:product"))
    assert check(database) == []


def test_a_payout_does_not_stay_on_its_way(database: Database, gift: BalanceTransaction) -> None:
    facts = payout("po_2", 50)
    with database.sessions.begin() as session:
        ledger.post(session, [(own_row(facts), Context())])
    assert check(database, days=7) == []
    late = Finding(
        "payout on its way for too long", "po_2", "50 usd since 2026-03-01: neither at the bank nor sent back"
    )
    assert check(database, days=8) == [late]
    failed = row(50, 0, type="payout_failure", reporting_category="payout_reversal", source="po_2")
    with database.sessions.begin() as session:
        ledger.post(session, [(failed, Context())])
    assert check(database, days=8) == []
    with database.sessions.begin() as session:
        ledger.arrive(session, facts)
    assert check(database, days=20)[0].where == "po_2"
    with database.sessions.begin() as session:
        ledger.return_payout(session, "po_2", NOON)
    assert check(database, days=20) == []
