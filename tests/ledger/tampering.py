"""The owner of the database at work: guards taken away, rows changed behind their back."""

from sqlalchemy import text

from tests.conftest import Database

INK = (
    *("accounts", "entries", "postings", "entry_digests", "balance_transactions"),
    *("payout_rows", "periods", "seals", "seal_totals"),
)


def tamper(database: Database, *statements: str) -> None:
    """Run these as the owner, with every guard off; all in one transaction, as somebody would who knows how."""
    with database.owner_engine.begin() as connection:
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
