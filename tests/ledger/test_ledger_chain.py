"""Seals follow each other, and whatever is changed, deleted or forged in the books is found and named."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, text

from service import ledger
from service.ledger import Finding, LostDispute
from service.ledger.models import Entry
from service.ledger.seal_models import Seal
from service.ledger.sealed_bytes import hash_of
from tests.conftest import Database
from tests.ledger.stripe_rows import MONTHLY, payout, row
from tests.ledger.tampering import tamper, tampered, without_entry

UNCHAINED = "ALTER TABLE seals DROP CONSTRAINT IF EXISTS fk_seals_previous"


def make_seal(database: Database, at_most: int = 10_000) -> Seal | None:
    with database.sessions.begin() as session:
        return ledger.seal(session, at_most=at_most)


def verify(database: Database, **how: dict[int, str]) -> list[Finding]:
    with database.sessions() as session:
        return ledger.verify_chain(session, **how)


def names(findings: list[Finding]) -> set[tuple[str, str]]:
    return {(each.what, each.where) for each in findings}


@pytest.fixture
def books(database: Database) -> list[str]:
    """Three seals of two entries each, and two entries that are not sealed yet; the ids of the rows."""
    rows = [row(1000 + number, 30, exchange_rate="1.10") for number in range(8)]
    for start in range(0, 8, 2):
        with database.sessions.begin() as session:
            ledger.post(session, [(each, MONTHLY) for each in rows[start : start + 2]])
        if start < 6:
            assert make_seal(database) is not None
    return [each.id for each in rows]


def test_seals_follow_each_other(database: Database, books: list[str]) -> None:
    assert verify(database) == []
    with database.sessions() as session:
        newest = ledger.newest_seal(session)
        assert newest is not None
        assert (newest.id, newest.entries) == (3, 2)
    assert make_seal(database) is not None
    assert make_seal(database) is None
    assert verify(database) == []


def test_a_seal_takes_at_most_so_many_and_never_half_a_commit(database: Database, books: list[str]) -> None:
    with database.sessions.begin() as session:
        ledger.post(session, [(row(), MONTHLY) for _ in range(5)])
    made = [make_seal(database, at_most=1), make_seal(database, at_most=1), make_seal(database, at_most=1)]
    assert [each.entries if each else None for each in made] == [2, 5, None]
    assert verify(database) == []


def test_nobody_seals_an_empty_book(database: Database) -> None:
    assert make_seal(database) is None
    assert verify(database) == []
    with database.sessions() as session:
        assert ledger.newest_seal(session) is None


def key(row_id: str) -> str:
    return f"stripe:{row_id}"


def entry_of(row_id: str) -> str:
    return f"(SELECT id FROM entries WHERE key = 'stripe:{row_id}')"


def test_a_posting_that_was_altered_is_named(database: Database, books: list[str]) -> None:
    for number in (0, 3, 7):
        line = f"entry_id = {entry_of(books[number])} AND line = 2"
        with tampered(database, f"UPDATE postings SET amount = amount + 1 WHERE {line}") as session:
            assert ledger.verify_chain(session) == [
                Finding(
                    "entry altered",
                    key(books[number]),
                    "posting 2 is expenses:fees:processing 31, and should be expenses:fees:processing 30",
                )
            ]


ANY_OTHER = {
    "effective_at = effective_at - interval '1 day'": "it is dated 2026-02-28T12:00:00+00:00, and happened",
    "kind = 'refund'": "its kind is refund, and should be charge",
    "memo = 'nothing to see'": "when it was recorded, its context, its memo",
    "recorded_at = recorded_at + interval '1 microsecond'": "when it was recorded",
    'context = context || \'{"donation_id": "don_2"}\'': "its context",
}


def test_any_other_byte_of_an_entry_too(database: Database, books: list[str]) -> None:
    keys = [key(books[number]) for number in (1, 6)]
    for change, cause in ANY_OTHER.items():
        changes = (f"UPDATE entries SET {change} WHERE key = '{each}'" for each in keys)
        with tampered(database, *changes) as session:
            found = ledger.verify_chain(session)
        assert [(each.what, each.where) for each in found] == [("entry altered", each) for each in keys]
        assert all(cause in each.cause for each in found)


def test_a_posting_more_or_less(database: Database, books: list[str]) -> None:
    tamper(database, f"DELETE FROM postings WHERE entry_id = {entry_of(books[2])} AND line = 3")
    tamper(
        database,
        "INSERT INTO postings SELECT entry_id, line + 10, account_id, currency, amount FROM postings "
        f"WHERE entry_id = {entry_of(books[3])} AND line = 1",
    )
    assert [(each.where, each.cause.partition(";")[0]) for each in verify(database)] == [
        (key(books[2]), "2 of 3 postings stand"),
        (key(books[3]), "4 of 3 postings stand"),
    ]


def test_an_entry_that_was_deleted_is_named(database: Database, books: list[str]) -> None:
    tamper(database, *without_entry(key(books[4])))
    assert names(verify(database)) >= {
        ("seal is broken", "seal 3"),
        ("entries deleted", "seal 3"),
        ("entry deleted", key(books[4])),
        ("sealed totals are not the postings", "seal 3"),
    }


def test_an_entry_that_was_deleted_without_all_that_hangs_on_it(database: Database, books: list[str]) -> None:
    with database.owner_engine.connect() as connection:
        number = connection.scalar(text(f"SELECT {entry_of(books[6])}"))
    tamper(
        database,
        "ALTER TABLE postings DROP CONSTRAINT fk_postings_entry_id",
        f"DELETE FROM entries WHERE key = '{key(books[6])}'",
    )
    assert verify(database) == [Finding("entry deleted", f"entry {number}", "3 of its postings are left")]


ROW_CHANGES = (
    *("net = net + 1", "fee = fee - 1", "type = 'payment'", "source = 'ch_other'"),
    *("exchange_rate = '1.11'", "exchange_rate = 'much'", "created_at = created_at + interval '1 second'"),
    *("fee_details = '[]'", "fee_details = '{}'", 'fee_details = \'[{"type": "tax"}]\''),
)


def test_a_row_of_the_mirror_that_was_altered_is_named(database: Database, books: list[str]) -> None:
    for change in ROW_CHANGES:
        altered = f"UPDATE balance_transactions SET {change} WHERE id = '{books[5]}'"
        with tampered(database, altered) as session:
            assert ledger.verify_chain(session) == [
                Finding("balance transaction altered", books[5], "its fields are not what was hashed")
            ], change


def test_a_rate_however_it_is_written_is_not_an_alteration(database: Database) -> None:
    rates = ("1.2000", "100", "0.0000001", "1e-05", "1.5E+3", None)
    with database.sessions.begin() as session:
        ledger.post(session, [(row(exchange_rate=rate), MONTHLY) for rate in rates])
    assert verify(database) == []


def rewritten(row_id: str) -> tuple[str, ...]:
    """An entry altered by somebody who makes its digest anew."""
    entry = entry_of(row_id)
    return (
        f"UPDATE postings SET amount = amount - sign(amount) WHERE entry_id = {entry} AND line IN (1, 3)",
        f"""
        UPDATE entry_digests SET digest = sha256(convert_to(
            (SELECT 'v1|' || key || '|' || kind || '|' || (extract(epoch FROM effective_at) * 1000000)::bigint
                FROM entries WHERE id = entry_id) || '|' ||
            (SELECT string_agg(line || ':' || code || ':' || postings.currency || ':' || amount, '|'
                ORDER BY line) FROM postings JOIN accounts ON accounts.id = account_id
                WHERE postings.entry_id = entry_digests.entry_id), 'UTF8'))
        WHERE entry_id = {entry}
        """,
    )


def test_a_digest_made_anew_breaks_the_seal_and_the_entry_is_named(
    database: Database, books: list[str]
) -> None:
    tamper(database, *rewritten(books[2]))
    found = verify(database)
    assert names(found) == {
        ("seal is broken", "seal 2"),
        ("entry is not what it derives to", key(books[2])),
        ("sealed totals are not the postings", "seal 2"),
    }
    assert "posting 1 is assets:stripe 971, and should be assets:stripe 972" in {each.cause for each in found}


def test_a_digest_alone(database: Database, books: list[str]) -> None:
    tamper(database, f"UPDATE entry_digests SET record = sha256('x') WHERE entry_id = {entry_of(books[0])}")
    assert names(verify(database)) == {("entry altered", key(books[0])), ("seal is broken", "seal 1")}


BROKEN, OTHER_TOTALS = "seal is broken", "sealed totals are not the postings"
SEAL_CHANGES: dict[str, set[tuple[str, str]]] = {
    "UPDATE seals SET sealed_at = sealed_at + interval '1 s' WHERE id = 2": {(BROKEN, "seal 2")},
    "UPDATE seals SET recorded_through = recorded_from - interval '1 s' WHERE id = 3": {(BROKEN, "seal 3")},
    "UPDATE seal_totals SET debit = debit + 1 WHERE seal_id = 1 AND debit > 0": {
        (BROKEN, "seal 1"),
        (OTHER_TOTALS, "seal 1"),
    },
    "DELETE FROM seal_totals WHERE seal_id = 1": {(BROKEN, "seal 1"), (OTHER_TOTALS, "seal 1")},
    "INSERT INTO seal_totals SELECT 1, '2020-01-01', id, 5, 5 FROM accounts LIMIT 1": {
        (BROKEN, "seal 1"),
        (OTHER_TOTALS, "seal 1"),
    },
    f"{UNCHAINED}; UPDATE seals SET hash = sha256('x') WHERE id = 2": {
        (BROKEN, "seal 2"),
        ("seal altered", "seal 3"),
    },
    f"{UNCHAINED}; DELETE FROM seal_totals WHERE seal_id = 2; DELETE FROM seals WHERE id = 2": {
        ("seal deleted", "seal 2")
    },
}


def test_a_seal_that_was_altered_is_named(database: Database, books: list[str]) -> None:
    for statements, found in SEAL_CHANGES.items():
        with tampered(database, *statements.split(";")) as session:
            assert names(ledger.verify_chain(session)) == found, statements


def test_what_left_the_machine_shows_books_that_were_written_anew(
    database: Database, books: list[str]
) -> None:
    with database.sessions() as session:
        newest = ledger.newest_seal(session)
        assert newest is not None
    kept = {newest.id: newest.hash.hex()}
    assert verify(database, kept_elsewhere=kept) == []
    tamper(
        database,
        *rewritten(books[4]),
        "DELETE FROM seal_totals WHERE seal_id = 3",
        "DELETE FROM seals WHERE id = 3",
    )
    assert names(verify(database, kept_elsewhere=kept)) == {("seal deleted", "seal 3")}
    assert make_seal(database) is not None
    assert verify(database) == []
    assert names(verify(database, kept_elsewhere=kept)) == {("seal altered", "seal 3")}


def test_entries_of_our_own_are_named_by_their_key(database: Database) -> None:
    with database.sessions.begin() as session:
        ledger.arrive(session, payout("po_1", 5000))
        ledger.write_off(
            session,
            LostDispute(dispute_id="du_1", amount=7, currency="usd", at=datetime(2026, 1, 1, tzinfo=UTC)),
        )
    make_seal(database)
    tamper(database, "UPDATE postings SET amount = 2 * amount")
    assert {(each.where, each.cause) for each in verify(database)} == {
        ("payout-arrived:po_1", "posting 1 is assets:bank 10000, and should be assets:bank 5000"),
        (
            "dispute-lost:du_1",
            "posting 1 is expenses:dispute-losses 14, and should be expenses:dispute-losses 7",
        ),
    }


def as_from_another_server(database: Database) -> None:
    """Give everything the numbers of transactions that it would have had where a billion came before it."""
    shifted = "CAST(CAST(CAST({} AS text) AS bigint) + 1000000000 AS text)::xid8"
    tamper(
        database,
        f"UPDATE entries SET xid = {shifted.format('xid')}",
        f"UPDATE seals SET to_xid = {shifted.format('to_xid')}",
        f"UPDATE seals SET from_xid = {shifted.format('from_xid')} WHERE id > 1",
    )
    previous = None
    for number in (1, 2, 3):
        with database.sessions() as session:
            found = session.get_one(Seal, number)
            found.previous = previous
            previous = hash_of(session, found)[1]
            session.rollback()
        tamper(
            database,
            UNCHAINED,
            f"UPDATE seals SET hash = '\\x{previous.hex()}' WHERE id = {number}",
            f"UPDATE seals SET previous = '\\x{previous.hex()}' WHERE id = {number + 1}",
        )


@pytest.mark.parametrize("at_most", [1, 1000])
def test_after_a_restore_into_another_server_sealing_goes_on(
    database: Database, books: list[str], at_most: int
) -> None:
    """There the numbers of transactions begin anew: everything from before looks like the future."""
    as_from_another_server(database)
    assert verify(database) == []
    expected = stands(database)
    for amount in (7000, 8000, 9000):
        with database.sessions.begin() as session:
            ledger.post(session, [(row(amount, 0), MONTHLY)])
        expected += amount
        assert stands(database) == expected
        while make_seal(database, at_most=at_most):
            assert stands(database) == expected
            assert verify(database) == []
    with database.sessions() as session:
        sealed = session.scalar(select(func.sum(Seal.entries)))
        assert sealed == session.scalar(select(func.count()).select_from(Entry))
        assert ledger.rebuild_check(session) == []


def stands(database: Database) -> int:
    with database.sessions() as session:
        return ledger.trial_balance(session)[0].balance
