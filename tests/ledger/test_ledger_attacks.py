"""Every way to make the books lie, as the application and as the owner: each fails and changes nothing."""

from collections.abc import Iterator
from hashlib import sha256

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from service.ledger import Context, post
from tests.conftest import Database
from tests.ledger.stripe_rows import MONTHLY, row

ENTRY = """
    INSERT INTO entries (key, kind, effective_at, recorded_at, context, memo)
    VALUES (:key, 'charge', '1970-01-01 00:00:01Z', '2026-01-01Z', '{}', '')
    RETURNING id
"""
POSTING = """
    INSERT INTO postings (entry_id, line, account_id, currency, amount)
    SELECT :entry, :line, id, :currency, :amount FROM accounts WHERE code = :code AND currency = :of
"""
DIGEST = """
    INSERT INTO entry_digests (entry_id, postings, digest, record)
    SELECT :entry, :postings, :digest,
        coalesce((SELECT record_of(entries) FROM entries WHERE id = :entry), sha256(''))
"""
INK = ("accounts", "entries", "postings", "entry_digests", "balance_transactions")

# (account, the account's currency, the posting's currency, amount)
Line = tuple[str, str, str, int]
IN: Line = ("assets:stripe", "usd", "usd", 5)
OUT: Line = ("income:donations:monthly", "usd", "usd", -5)


@pytest.fixture(params=["application", "owner"])
def books(database: Database, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Books with a dollar and a euro entry, reached through one role; they must stay as they are."""
    with database.sessions.begin() as session:
        post(session, [(row(), MONTHLY), (row(currency="eur", fee_details=()), Context(frequency="once"))])
    before = picture(database.engine)
    yield database.engine if request.param == "application" else database.owner_engine
    assert picture(database.engine) == before


def picture(engine: Engine) -> list[list[str]]:
    with engine.connect() as connection:
        return [
            sorted(connection.scalars(text(f"SELECT t::text FROM {table} t")).all())
            for table in (*INK, "balance_transaction_status")
        ]


def write(
    connection: Connection,
    *lines: Line,
    hashed: tuple[Line, ...] | None = None,
    promised: int | None = None,
    key: str = "by-hand",
) -> int:
    """An entry by hand: its lines, and a digest over `hashed` that promises so many postings."""
    entry = int(connection.execute(text(ENTRY), {"key": key}).scalar_one())
    for number, (code, of, currency, amount) in enumerate(lines, start=1):
        connection.execute(
            text(POSTING),
            {"entry": entry, "line": number, "code": code, "of": of, "currency": currency, "amount": amount},
        )
    close(connection, entry, lines if hashed is None else hashed, promised, key)
    return entry


def close(
    connection: Connection,
    entry: int,
    lines: tuple[Line, ...],
    promised: int | None = None,
    key: str = "by-hand",
) -> None:
    if promised == 0:
        return
    written = (
        f"{number}:{code}:{currency}:{amount}"
        for number, (code, _, currency, amount) in enumerate(lines, start=1)
    )
    digest = sha256("|".join(("v1", key, "charge", "1000000", *written)).encode()).digest()
    connection.execute(text(DIGEST), {"entry": entry, "postings": promised or len(lines), "digest": digest})


def test_a_fair_entry_by_hand_is_taken(database: Database) -> None:
    with database.sessions.begin() as session:
        post(session, [(row(), MONTHLY)])
    with database.engine.begin() as connection:
        write(connection, IN, OUT)


EURO_IN: Line = ("assets:stripe", "eur", "eur", 7)
EURO_OUT: Line = ("income:donations:once", "eur", "eur", -7)
EURO_TWO: Line = ("assets:stripe", "eur", "eur", 2)
DOLLARS_IN_EURO: Line = ("assets:stripe", "usd", "eur", 5)
SIX: Line = ("assets:stripe", "usd", "usd", 6)


# what is wrong: (lines, lines that are hashed, promised number of postings, the refusal)
Wrong = tuple[tuple[Line, ...], tuple[Line, ...] | None, int | None, str]
WRONG: dict[str, Wrong] = {
    "out of balance": ((SIX, OUT), None, None, r"does not close: .* sum 1"),
    "two currencies, each in balance": ((IN, OUT, EURO_IN, EURO_OUT), None, None, "currencies eur to usd"),
    "two currencies, in balance together": ((IN, EURO_OUT, EURO_TWO), None, None, "does not close"),
    "a digest of other postings": ((IN, OUT), (SIX, OUT), None, "does not close"),
    "a digest that promises more": ((IN, OUT), None, 3, "2 of 3 postings"),
    "a digest and no posting": ((), (IN, OUT), None, "0 of 2 postings"),
    "a single posting": ((IN,), None, 1, "ck_entry_digests_postings"),
    "no digest": ((IN, OUT), None, 0, 'constraint "fk_entries_id'),
    "nothing but an entry": ((), None, 0, 'constraint "fk_entries_id'),
    "a currency that is not the account's": ((DOLLARS_IN_EURO,), None, None, "fk_postings_account_id"),
    "a posting of nothing": ((("assets:stripe", "usd", "usd", 0),), None, None, "ck_postings_amount"),
}


def test_an_entry_that_is_wrong_is_refused(books: Engine, subtests: pytest.Subtests) -> None:
    for what, (lines, hashed, promised, refusal) in WRONG.items():
        with subtests.test(what), books.connect() as connection:
            transaction = connection.begin()
            with pytest.raises(DBAPIError, match=refusal):  # noqa: PT012  # some are refused at commit only
                write(connection, *lines, hashed=hashed, promised=promised)
                transaction.commit()


def test_an_entry_that_does_not_exist_cannot_be_closed(books: Engine) -> None:
    with books.connect() as connection, pytest.raises(DBAPIError, match="does not close: 0 of 2"):
        close(connection, 10**9, (IN, OUT))


def test_a_closed_entry_takes_no_posting_not_even_a_balanced_pair(books: Engine) -> None:
    more = """
        INSERT INTO postings
        SELECT entry_id, line + sign + 100, account_id, currency, sign * amount
        FROM postings, (VALUES (1), (-1)) AS signs(sign) WHERE line = 1
    """
    with books.connect() as connection, pytest.raises(DBAPIError, match="is closed and takes no posting"):
        connection.execute(text(more))


def test_an_entry_closed_in_this_transaction_takes_none_either(books: Engine) -> None:
    with books.connect() as connection:
        entry = write(connection, IN, OUT)
        with pytest.raises(DBAPIError, match="is closed and takes no posting"):
            connection.execute(
                text(POSTING),
                {
                    "entry": entry,
                    "line": 3,
                    "code": "assets:stripe",
                    "of": "usd",
                    "currency": "usd",
                    "amount": 1,
                },
            )


def test_postings_and_digest_in_one_statement_do_not_slip_past_each_other(books: Engine) -> None:
    both = """
        WITH closed AS (INSERT INTO entry_digests VALUES (:entry, 2, sha256(''), sha256('')) RETURNING 1)
        INSERT INTO postings SELECT :entry, 1, id, currency, 5 FROM accounts LIMIT 1
    """
    with books.connect() as connection:
        entry = connection.execute(text(ENTRY), {"key": "by-hand"}).scalar_one()
        with pytest.raises(DBAPIError, match=r"is closed|does not close"):
            connection.execute(text(both), {"entry": entry})


REVERSAL = """
    INSERT INTO entries (key, kind, effective_at, recorded_at, context, memo, reverses_id)
    SELECT 'reversal-' || number, 'reversal', effective_at, recorded_at, '{}', '', id
    FROM (SELECT * FROM entries LIMIT 1) AS first, generate_series(1, 2) AS number
"""


OUT_OF_SHAPE = {
    "INSERT INTO entry_digests SELECT * FROM entry_digests": "pk_entry_digests",
    REVERSAL: "uq_entries_reverses_id",
    ENTRY.replace(":key", "(SELECT min(key) FROM entries)"): "uq_entries_key",
    ENTRY.replace(":key", "'stripe:txn_1|charge'"): "ck_entries_key",
    "INSERT INTO accounts (code, currency) VALUES ('income:Donations|', 'usd')": "ck_accounts_code",
    "INSERT INTO accounts (code, currency) VALUES ('pocket:mine', 'usd')": "ck_accounts_kind",
}


def test_what_is_there_already_or_out_of_shape(books: Engine) -> None:
    for statement, refusal in OUT_OF_SHAPE.items():
        with books.connect() as connection, pytest.raises(DBAPIError, match=refusal):
            connection.execute(text(statement))


CHANGES = [
    *(f"DELETE FROM {table}" for table in INK),
    *(f"DELETE FROM {table} WHERE false" for table in INK),
    *(f"TRUNCATE {table} CASCADE" for table in INK),
    "UPDATE postings SET amount = -amount",
    "UPDATE postings SET amount = amount WHERE false",
    "UPDATE entries SET effective_at = '2020-01-01Z'",
    "UPDATE entries SET recorded_at = '2020-01-01Z'",
    "UPDATE entries SET memo = 'better'",
    "UPDATE entry_digests SET digest = sha256('')",
    "UPDATE accounts SET code = 'income:other'",
    "UPDATE balance_transactions SET net = 0",
    "INSERT INTO postings SELECT * FROM postings ON CONFLICT (entry_id, line) DO UPDATE SET amount = 1",
    "MERGE INTO postings p USING entries e ON e.id = p.entry_id WHEN MATCHED THEN DELETE",
]


def test_nothing_is_changed_or_deleted(books: Engine) -> None:
    for change in CHANGES:
        with (
            books.connect() as connection,
            pytest.raises(DBAPIError, match=r"permission denied|takes rows and gives none back"),
        ):
            connection.execute(text(change))


def test_the_owner_is_stopped_by_the_trigger_and_the_application_by_its_rights(database: Database) -> None:
    for engine, refusal in (
        (database.owner_engine, "takes rows and gives none back"),
        (database.engine, "permission denied"),
    ):
        with engine.connect() as connection, pytest.raises(DBAPIError, match=refusal):
            connection.execute(text("DELETE FROM postings"))


def test_a_temporary_table_cannot_stand_in_for_one_of_the_books(books: Engine) -> None:
    """A guard that named its tables without their schema would look into the attacker's own first."""
    extend = """
        INSERT INTO public.postings
        SELECT entry_id, 100, account_id, currency, 1 FROM public.postings WHERE line = 1
    """
    with books.connect() as connection:
        for table in INK:
            connection.execute(text(f"CREATE TEMPORARY TABLE {table} (LIKE public.{table})"))
        with pytest.raises(DBAPIError, match="is closed and takes no posting"):
            connection.execute(text(extend))


TAKING_AWAY = [
    "ALTER TABLE postings DISABLE TRIGGER ALL",
    "DROP TRIGGER append_only ON postings",
    "ALTER TABLE postings DROP CONSTRAINT ck_postings_amount",
    "DROP TABLE postings",
    "CREATE OR REPLACE FUNCTION public.refuse_change() RETURNS trigger LANGUAGE sql AS ''",
    "CREATE TABLE more () INHERITS (postings)",
    "SET session_replication_role = replica",
    "DELETE FROM balance_transaction_status",
    # What the database decides itself: the number of an entry, and of the transaction that wrote it.
    ENTRY.replace("memo)", "memo, xid)").replace("'')", "'', '3')"),
    ENTRY.replace("memo)", "memo, id) OVERRIDING SYSTEM VALUE").replace("'')", "'', 1)"),
    "INSERT INTO accounts (id, code, currency) OVERRIDING SYSTEM VALUE VALUES (1, 'suspense', 'usd')",
]


def test_the_application_cannot_take_the_guards_away(database: Database) -> None:
    for attack in TAKING_AWAY:
        with (
            database.engine.connect() as connection,
            pytest.raises(DBAPIError, match=r"permission denied|must be owner"),
        ):
            connection.execute(text(attack), {"key": "by-hand"} if ":key" in attack else {})


def test_the_guards_also_fire_in_a_session_that_calls_itself_a_replica(database: Database) -> None:
    ours = """
        SELECT tgrelid::regclass::text, tgname, tgenabled::text FROM pg_trigger
        WHERE NOT tgisinternal AND tgrelid = ANY(CAST(:tables AS regclass[]))
    """
    with database.engine.connect() as connection:
        guards = connection.execute(text(ours), {"tables": list(INK)}).all()
    assert {enabled for _, _, enabled in guards} == {"A"}
    assert {(table, name) for table, name, _ in guards} == {
        *((table, "append_only") for table in INK),
        ("postings", "closed_entries"),
        ("entry_digests", "close_entries"),
        ("entries", "closed_period"),
    }


def test_strangers_cannot_call_the_door(database: Database) -> None:
    granted = "SELECT has_function_privilege('public', 'post_entries(jsonb, jsonb, timestamptz)', 'execute')"
    with database.engine.connect() as connection:
        assert connection.scalar(text(granted)) is False
