"""Every way to make the books lie, as the application and as the owner: each fails and changes nothing."""

from collections.abc import Iterator
from hashlib import sha256
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from service import ledger
from service.ledger import Context, post
from tests.conftest import Database
from tests.ledger.stripe_rows import MONTHLY, payout, row

ENTRY = """
    INSERT INTO entries (key, kind, effective_at, recorded_at, context, memo)
    VALUES (:key, 'charge', '2026-03-01 00:00:01Z', '2026-03-01Z', '{}', '')
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
INK = (
    *("accounts", "entries", "postings", "entry_digests", "balance_transactions"),
    *("payout_rows", "periods", "seals", "seal_totals"),
)
KEPT = (*INK, "payouts")

# (account, the account's currency, the posting's currency, amount)
Line = tuple[str, str, str, int]
IN: Line = ("assets:stripe", "usd", "usd", 5)
OUT: Line = ("income:donations:monthly", "usd", "usd", -5)


@pytest.fixture(params=["application", "owner"])
def books(database: Database, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Books with a dollar and a euro entry, reached through one role; they must stay as they are."""
    with database.sessions.begin() as session:
        gift = row()
        post(session, [(gift, MONTHLY), (row(currency="eur", fee_details=()), Context(frequency="once"))])
        ledger.note_payout(session, payout("po_1", 4825))
        ledger.tag_rows(session, "po_1", [gift.id])
        ledger.close_period(session, "2026-01", "ana", ZoneInfo("Europe/Riga"))
    with database.sessions.begin() as session:
        assert ledger.seal(session) is not None
    before = picture(database.engine)
    yield database.engine if request.param == "application" else database.owner_engine
    assert picture(database.engine) == before


def picture(engine: Engine) -> list[list[str]]:
    with engine.connect() as connection:
        return [
            sorted(connection.scalars(text(f"SELECT t::text FROM {table} t")).all())
            for table in (*KEPT, "balance_transaction_status")
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
    digest = sha256("|".join(("v1", key, "charge", "1772323201000000", *written)).encode()).digest()
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
    "INSERT INTO payout_rows SELECT balance_transaction_id, 'po_1' FROM payout_rows": "pk_payout_rows",
    "INSERT INTO payout_rows VALUES ('txn_none', 'po_1')": "fk_payout_rows_balance_transaction_id",
    "INSERT INTO payout_rows SELECT id, 'po_2' FROM balance_transactions": r"(pk|fk)_payout_rows",
}

CLOSING = "INSERT INTO periods (month, through, closed_at, closed_by) VALUES"
OUT_OF_ORDER = {
    f"{CLOSING} ('2026-03', '2026-03-31 21:00Z', '2026-06-01Z', 'ana')": "one after another",
    f"{CLOSING} ('2025-12', '2025-12-31 22:00Z', '2026-06-01Z', 'ana')": "one after another",
    f"{CLOSING} ('2026-01', '2026-01-31 22:00Z', '2026-06-01Z', 'ana')": "pk_periods",
    f"{CLOSING} ('2026-02', '2026-01-31 22:00Z', '2026-06-01Z', 'ana')": "(uq|ck)_periods_through",
    f"{CLOSING} ('2026-02', '2026-02-20Z', '2026-06-01Z', 'ana')": "ck_periods_through",
    f"{CLOSING} ('2026-02', '2026-02-28 22:00Z', '2026-02-27Z', 'ana')": "ck_periods_closed_at",
    f"{CLOSING} ('2026-02', '2026-02-28 22:00Z', '2026-06-01Z', '')": "ck_periods_closed_by",
    f"{CLOSING} ('2026-2', '2026-02-28 22:00Z', '2026-06-01Z', 'ana')": "ck_periods_",
    f"{CLOSING} ('2026-02', '2026-02-28 22:00Z', '2026-06-01Z', 'a'), "
    "('2026-04', '2026-04-30 21:00Z', '2026-06-01Z', 'a')": "one after another",
}


def test_periods_close_in_order_and_at_the_end_of_their_month(books: Engine) -> None:
    for statement, refusal in OUT_OF_ORDER.items():
        with books.connect() as connection, pytest.raises(DBAPIError, match=refusal):
            connection.execute(text(statement))


def test_no_entry_is_dated_in_a_closed_period(books: Engine) -> None:
    for early in ("2026-01-31 21:59:59Z", "1970-01-01Z"):
        entry = ENTRY.replace("2026-03-01 00:00:01Z", early)
        with books.connect() as connection, pytest.raises(DBAPIError, match="dated in a closed period"):
            connection.execute(text(entry), {"key": "by-hand"})


def test_a_snapshot_from_before_the_closing_is_no_way_in(books: Engine) -> None:
    for isolation in ("REPEATABLE READ", "SERIALIZABLE"):
        with books.connect().execution_options(isolation_level=isolation) as connection:
            with pytest.raises(DBAPIError, match="read committed transactions only"):
                connection.execute(text(ENTRY), {"key": "by-hand"})
        with books.connect().execution_options(isolation_level=isolation) as connection:
            with pytest.raises(DBAPIError, match="read committed transactions only"):
                connection.execute(text(f"{CLOSING} ('2026-02', '2026-02-28 22:00Z', '2026-06-01Z', 'ana')"))


def test_what_is_there_already_or_out_of_shape(books: Engine) -> None:
    for statement, refusal in OUT_OF_SHAPE.items():
        with books.connect() as connection, pytest.raises(DBAPIError, match=refusal):
            connection.execute(text(statement))


CHANGES = [
    *(f"DELETE FROM {table}" for table in KEPT),
    *(f"DELETE FROM {table} WHERE false" for table in KEPT),
    *(f"TRUNCATE {table} CASCADE" for table in KEPT),
    "UPDATE postings SET amount = -amount",
    "UPDATE postings SET amount = amount WHERE false",
    "UPDATE entries SET effective_at = '2020-01-01Z'",
    "UPDATE entries SET recorded_at = '2020-01-01Z'",
    "UPDATE entries SET memo = 'better'",
    "UPDATE entry_digests SET digest = sha256('')",
    "UPDATE accounts SET code = 'income:other'",
    "UPDATE balance_transactions SET net = 0",
    "UPDATE entry_digests SET record = sha256('')",
    "UPDATE payout_rows SET payout_id = 'po_2'",
    "UPDATE periods SET through = '2020-01-31Z'",
    "UPDATE periods SET closed_by = 'nobody'",
    "UPDATE seals SET hash = sha256('')",
    "UPDATE seal_totals SET debit = 0",
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
    # Seals are made by the owner's function alone; the ink of a payout is ink.
    "INSERT INTO seals SELECT * FROM seals",
    "INSERT INTO seal_totals SELECT * FROM seal_totals",
    "ALTER TABLE seal_totals DISABLE TRIGGER ALL",
    "UPDATE payouts SET amount = 1",
    "UPDATE payouts SET created_at = '2020-01-01Z'",
    "CREATE OR REPLACE FUNCTION public.open_from() RETURNS timestamptz LANGUAGE sql AS 'SELECT NULL'",
    "ALTER FUNCTION public.make_seal(timestamptz, bigint) STABLE",
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
        ("periods", "in_order"),
    }


def test_strangers_cannot_call_the_door(database: Database) -> None:
    doors = (
        "post_entries(jsonb, jsonb, timestamptz)",
        "open_from()",
        "make_seal(timestamptz, bigint)",
        "record_of(public.entries)",
    )
    granted = text("SELECT has_function_privilege('public', :door, 'execute')")
    with database.engine.connect() as connection:
        assert [connection.scalar(granted, {"door": door}) for door in doors] == [False] * 4


def test_a_seal_made_by_hand_in_a_schema_of_ones_own_does_not_deceive_the_owners_function(
    database: Database,
) -> None:
    """The function that makes seals has the owner's rights: it must not look into the caller's tables."""
    with database.sessions.begin() as session:
        post(session, [(row(), MONTHLY)])
    with database.engine.begin() as connection:
        for table in ("seals", "entries", "postings", "seal_totals", "accounts", "entry_digests"):
            connection.execute(text(f"CREATE TEMPORARY TABLE {table} (LIKE public.{table})"))
        connection.execute(text("SET search_path = pg_temp, public"))
        assert connection.scalar(text("SELECT public.make_seal('2026-06-01Z', 1000)")) == 1
        assert connection.scalar(text("SELECT count(*) FROM seals")) == 0
        assert connection.scalar(text("SELECT entries FROM public.seals")) == 1
