"""Every way to make the books lie, tried as the application and as the owner; each must fail and change nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
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
DIGEST = "INSERT INTO entry_digests (entry_id, postings, digest) VALUES (:entry, :postings, :digest)"
TABLES = ("accounts", "entries", "postings", "entry_digests", "balance_transactions")


@dataclass
class Books:
    """A database with one dollar and one euro entry, attacked through one role."""

    engine: Engine

    def line(
        self,
        connection: Connection,
        entry: int,
        line: int,
        code: str,
        amount: int,
        currency: str = "usd",
        of: str = "",
    ) -> None:
        connection.execute(
            text(POSTING),
            {
                "entry": entry,
                "line": line,
                "code": code,
                "amount": amount,
                "currency": currency,
                "of": of or currency,
            },
        )

    def begin(self, connection: Connection, key: str = "by-hand") -> int:
        return int(connection.execute(text(ENTRY), {"key": key}).scalar_one())

    def close(self, connection: Connection, entry: int, *lines: str, postings: int | None = None) -> None:
        written = sha256("|".join(("v1", "by-hand", "charge", "1000000", *lines)).encode()).digest()
        counted = len(lines) if postings is None else postings
        connection.execute(text(DIGEST), {"entry": entry, "postings": counted, "digest": written})

    def picture(self) -> list[list[str]]:
        with self.engine.connect() as connection:
            return [
                sorted(connection.scalars(text(f"SELECT t::text FROM {table} t")).all())
                for table in (*TABLES, "balance_transaction_status")
            ]


@pytest.fixture(params=["application", "owner"])
def books(database: Database, request: pytest.FixtureRequest) -> Iterator[Books]:
    with database.sessions.begin() as session:
        post(session, [(row(), MONTHLY), (row(currency="eur", fee_details=()), Context(frequency="once"))])
    attacked = Books(database.engine if request.param == "application" else database.owner_engine)
    before = attacked.picture()
    yield attacked
    assert attacked.picture() == before


def test_a_fair_entry_by_hand_is_taken(database: Database) -> None:
    with database.sessions.begin() as session:
        post(session, [(row(), MONTHLY)])
    books = Books(database.engine)
    with database.engine.begin() as connection:
        entry = books.begin(connection)
        books.line(connection, entry, 1, "assets:stripe", 5)
        books.line(connection, entry, 2, "income:donations:monthly", -5)
        books.close(connection, entry, "1:assets:stripe:usd:5", "2:income:donations:monthly:usd:-5")


def test_an_entry_without_digest_cannot_be_committed(books: Books) -> None:
    with pytest.raises(DBAPIError, match="fk_entries_id_entry_digests"), books.engine.begin() as connection:
        entry = books.begin(connection)
        books.line(connection, entry, 1, "assets:stripe", 5)
        books.line(connection, entry, 2, "income:donations:monthly", -5)


def test_an_empty_entry_cannot_be_committed(books: Books) -> None:
    with pytest.raises(DBAPIError, match="fk_entries_id_entry_digests"), books.engine.begin() as connection:
        books.begin(connection)


def test_an_entry_that_does_not_balance(books: Books) -> None:
    with pytest.raises(DBAPIError, match="does not close.*sum 1"), books.engine.begin() as connection:
        entry = books.begin(connection)
        books.line(connection, entry, 1, "assets:stripe", 6)
        books.line(connection, entry, 2, "income:donations:monthly", -5)
        books.close(connection, entry, "1:assets:stripe:usd:6", "2:income:donations:monthly:usd:-5")


def test_an_entry_in_two_currencies_even_when_each_balances(books: Books) -> None:
    with pytest.raises(DBAPIError, match="currencies eur to usd"), books.engine.begin() as connection:
        entry = books.begin(connection)
        lines = []
        for number, (code, currency, amount) in enumerate(
            [
                ("assets:stripe", "usd", 5),
                ("income:donations:monthly", "usd", -5),
                ("assets:stripe", "eur", 7),
                ("income:donations:once", "eur", -7),
            ],
            start=1,
        ):
            books.line(connection, entry, number, code, amount, currency)
            lines.append(f"{number}:{code}:{currency}:{amount}")
        books.close(connection, entry, *lines)


def test_a_posting_in_another_currency_than_its_account(books: Books) -> None:
    with (
        pytest.raises(DBAPIError, match="fk_postings_account_id_currency"),
        books.engine.begin() as connection,
    ):
        entry = books.begin(connection)
        books.line(connection, entry, 1, "assets:stripe", 5, currency="eur", of="usd")


def test_a_posting_of_nothing(books: Books) -> None:
    with pytest.raises(DBAPIError, match="ck_postings_amount"), books.engine.begin() as connection:
        books.line(connection, books.begin(connection), 1, "assets:stripe", 0)


def test_a_digest_of_other_bytes(books: Books) -> None:
    with pytest.raises(DBAPIError, match="does not close"), books.engine.begin() as connection:
        entry = books.begin(connection)
        books.line(connection, entry, 1, "assets:stripe", 5)
        books.line(connection, entry, 2, "income:donations:monthly", -5)
        books.close(connection, entry, "1:assets:stripe:usd:6", "2:income:donations:monthly:usd:-6")


def test_a_digest_that_counts_wrong(books: Books) -> None:
    with pytest.raises(DBAPIError, match="2 of 3 postings"), books.engine.begin() as connection:
        entry = books.begin(connection)
        books.line(connection, entry, 1, "assets:stripe", 5)
        books.line(connection, entry, 2, "income:donations:monthly", -5)
        books.close(
            connection, entry, "1:assets:stripe:usd:5", "2:income:donations:monthly:usd:-5", postings=3
        )


def test_a_digest_without_an_entry(books: Books) -> None:
    with pytest.raises(DBAPIError, match="does not close: 0 of 2"), books.engine.begin() as connection:
        books.close(connection, 10**9, "a", "b")


def test_a_closed_entry_takes_no_posting_not_even_a_balanced_pair(books: Books) -> None:
    with books.engine.connect() as connection:
        entry = connection.scalar(text("SELECT min(id) FROM entries"))
        assert entry is not None
        with pytest.raises(DBAPIError, match="is closed and takes no posting"):
            connection.execute(
                text(
                    "INSERT INTO postings SELECT :entry, line + 100, account_id, currency, sign * amount "
                    "FROM postings, (VALUES (1), (-1)) signs(sign) WHERE entry_id = :entry AND line = sign + 2"
                ),
                {"entry": entry},
            )


def test_postings_and_digest_in_one_statement_cannot_slip_past_each_other(books: Books) -> None:
    with books.engine.connect() as connection:
        entry = books.begin(connection)
        with pytest.raises(DBAPIError, match="is closed|does not close"):
            connection.execute(
                text(
                    "WITH closed AS (INSERT INTO entry_digests VALUES (:entry, 2, sha256('')) RETURNING 1) "
                    "INSERT INTO postings SELECT :entry, 1, id, currency, 5 FROM accounts LIMIT 1"
                ),
                {"entry": entry},
            )


def test_a_second_digest(books: Books) -> None:
    with pytest.raises(DBAPIError, match="pk_entry_digests"), books.engine.begin() as connection:
        connection.execute(text("INSERT INTO entry_digests SELECT * FROM entry_digests"))


def test_the_same_key_twice(books: Books) -> None:
    with books.engine.connect() as connection:
        key = connection.scalar(text("SELECT min(key) FROM entries"))
        with pytest.raises(DBAPIError, match="uq_entries_key"):
            books.begin(connection, str(key))


def test_a_key_that_could_be_read_as_two_fields(books: Books) -> None:
    with pytest.raises(DBAPIError, match="ck_entries_key"), books.engine.begin() as connection:
        books.begin(connection, "stripe:txn_1|charge")


def test_an_entry_is_reversed_once_and_not_by_itself(books: Books) -> None:
    reverse = text(
        "INSERT INTO entries (key, kind, effective_at, recorded_at, context, memo, reverses_id) "
        "SELECT :key, 'reversal', effective_at, recorded_at, '{}', '', id FROM entries ORDER BY id LIMIT 1"
    )
    with books.engine.connect() as connection:
        connection.execute(reverse, {"key": "reversal-1"})
        with pytest.raises(DBAPIError, match="uq_entries_reverses_id"):
            connection.execute(reverse, {"key": "reversal-2"})


CHANGES = [
    *(f"DELETE FROM {table}" for table in TABLES),
    *(f"DELETE FROM {table} WHERE false" for table in TABLES),
    *(f"TRUNCATE {table} CASCADE" for table in TABLES),
    "UPDATE postings SET amount = -amount",
    "UPDATE postings SET amount = amount WHERE false",
    "UPDATE entries SET effective_at = '2020-01-01Z'",
    "UPDATE entries SET recorded_at = '2020-01-01Z'",
    "UPDATE entries SET memo = 'better'",
    "UPDATE entry_digests SET digest = sha256('')",
    "UPDATE accounts SET code = 'income:other'",
    "UPDATE balance_transactions SET net = 0",
    "INSERT INTO balance_transactions SELECT * FROM balance_transactions "
    "ON CONFLICT (id) DO UPDATE SET amount = 1",
    "INSERT INTO postings SELECT * FROM postings ON CONFLICT (entry_id, line) DO UPDATE SET amount = 1",
    "MERGE INTO postings p USING entries e ON e.id = p.entry_id WHEN MATCHED THEN DELETE",
]


@pytest.mark.parametrize("change", CHANGES)
def test_nothing_is_changed_or_deleted(books: Books, change: str) -> None:
    refusal = "permission denied|takes rows and gives none back"
    with pytest.raises(DBAPIError, match=refusal), books.engine.begin() as connection:
        connection.execute(text(change))


def test_the_owner_is_stopped_by_the_trigger_and_the_application_by_its_rights(database: Database) -> None:
    for engine, refusal in (
        (database.owner_engine, "takes rows and gives none back"),
        (database.engine, "permission denied"),
    ):
        with pytest.raises(DBAPIError, match=refusal), engine.begin() as connection:
            connection.execute(text("DELETE FROM postings"))


@pytest.mark.parametrize("table", ["entry_digests", "postings", "accounts", "entries"])
def test_a_temporary_table_cannot_stand_in_for_one_of_the_books(books: Books, table: str) -> None:
    """Unqualified names in a guard would look into the attacker's own schema first."""
    with books.engine.connect() as connection:
        entry = connection.scalar(text("SELECT min(id) FROM entries"))
        connection.execute(text(f"CREATE TEMPORARY TABLE {table} (LIKE public.{table})"))
        with pytest.raises(DBAPIError, match="is closed and takes no posting"):
            connection.execute(
                text(
                    "INSERT INTO public.postings SELECT entry_id, 100, account_id, currency, 1 "
                    "FROM public.postings WHERE entry_id = :entry AND line = 1"
                ),
                {"entry": entry},
            )


@pytest.mark.parametrize(
    "attack",
    [
        "ALTER TABLE postings DISABLE TRIGGER ALL",
        "DROP TRIGGER append_only ON postings",
        "ALTER TABLE postings DROP CONSTRAINT ck_postings_amount",
        "DROP TABLE postings",
        "CREATE OR REPLACE FUNCTION public.refuse_change() RETURNS trigger LANGUAGE sql AS ''",
        "CREATE TABLE more () INHERITS (postings)",
        "SET session_replication_role = replica",
        "DELETE FROM balance_transaction_status",
        "INSERT INTO entries (key, kind, effective_at, recorded_at, context, memo, xid) "
        "VALUES ('a', 'charge', '2026-01-01Z', '2026-01-01Z', '{}', '', '3')",
        "INSERT INTO entries (id, key, kind, effective_at, recorded_at, context, memo) "
        "OVERRIDING SYSTEM VALUE VALUES (1, 'a', 'charge', '2026-01-01Z', '2026-01-01Z', '{}', '')",
        "INSERT INTO accounts (id, code, currency) OVERRIDING SYSTEM VALUE VALUES (1, 'suspense', 'usd')",
    ],
)
def test_the_application_cannot_take_the_guards_away(database: Database, attack: str) -> None:
    with (
        pytest.raises(DBAPIError, match="permission denied|must be owner|no schema"),
        database.engine.begin() as connection,
    ):
        connection.execute(text(attack))


def test_the_guards_also_fire_in_a_session_that_calls_itself_a_replica(database: Database) -> None:
    with database.owner_engine.connect() as connection:
        guards = connection.execute(
            text(
                "SELECT tgrelid::regclass::text, tgname, tgenabled::text FROM pg_trigger "
                "WHERE NOT tgisinternal AND tgrelid = ANY(CAST(:tables AS regclass[]))"
            ),
            {"tables": list(TABLES)},
        ).all()
    assert {enabled for _, _, enabled in guards} == {"A"}
    assert {(table, name) for table, name, _ in guards} == {
        *((table, "append_only") for table in TABLES),
        ("postings", "closed_entries"),
        ("entry_digests", "close_entries"),
    }


def test_strangers_cannot_call_the_door(database: Database) -> None:
    with database.owner_engine.connect() as connection:
        granted = connection.scalar(
            text(
                "SELECT has_function_privilege('public', 'post_entries(jsonb, jsonb, timestamptz)', 'execute')"
            )
        )
    assert granted is False
