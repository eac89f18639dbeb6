"""The owner of the database at work: guards taken away, rows changed behind their back."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from tests.conftest import Database

INK = (
    *("accounts", "entries", "postings", "entry_digests", "balance_transactions"),
    *("payout_rows", "periods", "seals", "seal_totals"),
)


def tamper(database: Database, *statements: str) -> None:
    """Run these as the owner, in one transaction with every guard off."""
    with database.owner_engine.begin() as connection:
        _unguarded(connection, statements)


@contextmanager
def tampered(database: Database, *statements: str) -> Iterator[Session]:
    """The same for as long as the block lasts, and seen by this session only: then it was never done."""
    with database.owner_engine.connect() as connection:
        _unguarded(connection, statements)
        with Session(connection) as session:
            yield session


def _unguarded(connection: Connection, statements: tuple[str, ...]) -> None:
    for table in INK:
        connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
    for statement in statements:
        connection.execute(text(statement))
    connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    for table in INK:
        connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))


def without_entry(key: str) -> tuple[str, ...]:
    """Statements that take an entry out of the books whole."""
    entry = f"(SELECT id FROM entries WHERE key = '{key}')"
    return (
        "CREATE TEMPORARY TABLE gone ON COMMIT DROP AS SELECT id FROM entries WHERE key = '" + key + "'",
        f"DELETE FROM postings WHERE entry_id = {entry}",
        f"DELETE FROM entries WHERE key = '{key}'",
        "DELETE FROM entry_digests WHERE entry_id IN (SELECT id FROM gone)",
    )
