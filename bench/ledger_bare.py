"""The reference of `bench/ledger`: the same rows by bare psycopg, set-based, without guards."""

import json
from collections.abc import Sequence
from typing import Any

import psycopg

from service.gateway import BalanceTransaction
from service.ledger.canonical import entry_digest, mirror_digest
from service.ledger.entry import Context, NewEntry
from service.ledger.rules import entry_for

MIRROR = """
    INSERT INTO balance_transactions (id, type, reporting_category, amount, fee, net, currency, created_at,
        source, description, exchange_rate, fee_details, digest)
    SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[],
        %s::text[], %s::timestamptz[], %s::text[], %s::text[], %s::text[], %s::jsonb[], %s::bytea[])
"""
STATUS = """
    INSERT INTO balance_transaction_status (id, status, available_on)
    SELECT * FROM unnest(%s::text[], %s::text[], %s::timestamptz[])
"""
ENTRIES = """
    INSERT INTO entries (key, kind, effective_at, recorded_at, context, memo)
    SELECT * FROM unnest(%s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::jsonb[],
        %s::text[])
    RETURNING id
"""
POSTINGS = """
    INSERT INTO postings (entry_id, line, account_id, currency, amount)
    SELECT * FROM unnest(%s::bigint[], %s::int[], %s::bigint[], %s::text[], %s::bigint[])
"""
DIGESTS = """
    INSERT INTO entry_digests (entry_id, postings, digest, record)
    SELECT * FROM unnest(%s::bigint[], %s::int[], %s::bytea[], %s::bytea[])
"""
UNGUARDED = (
    "ALTER TABLE entries DISABLE TRIGGER closed_period",
    "ALTER TABLE postings DISABLE TRIGGER closed_entries",
    "ALTER TABLE entry_digests DISABLE TRIGGER close_entries",
)


class Bare:
    """Everything is derived and hashed before the clock runs: what is measured is inserting."""

    def __init__(self, owner_url: str, url: str) -> None:
        with psycopg.connect(owner_url) as owner:
            for statement in UNGUARDED:
                owner.execute(statement)
        self._connection = psycopg.connect(url)
        self._accounts: dict[tuple[str, str], int] = {}

    def close(self) -> None:
        self._connection.close()

    def prepare(self, facts: Sequence[tuple[BalanceTransaction, Context]]) -> "Batch":
        entries = [entry for moved, context in facts if (entry := entry_for(moved, context))]
        for entry in entries:
            for posting in entry.postings:
                self._know(posting.account, entry.currency)
        return Batch([moved for moved, _ in facts], entries, self._accounts)

    def insert(self, batch: "Batch") -> None:
        run = self._connection.execute
        run(MIRROR, batch.mirror)
        run(STATUS, batch.status)
        ids = [row[0] for row in run(ENTRIES, batch.entries).fetchall()]
        run(POSTINGS, batch.postings(ids))
        run(DIGESTS, [ids, *batch.digests])
        self._connection.commit()

    def _know(self, account: str, currency: str) -> None:
        if (account, currency) not in self._accounts:
            inserted = self._connection.execute(
                "INSERT INTO accounts (code, currency) VALUES (%s, %s) RETURNING id", (account, currency)
            ).fetchone()
            assert inserted is not None
            self._connection.commit()
            self._accounts[account, currency] = inserted[0]


class Batch:
    """The columns of one batch, as arrays."""

    def __init__(
        self,
        moved: list[BalanceTransaction],
        entries: list[NewEntry],
        accounts: dict[tuple[str, str], int],
    ) -> None:
        self._entries = entries
        self._accounts = accounts
        self.mirror: list[list[Any]] = [
            *([getattr(row, name) for row in moved] for name in ("id", "type", "reporting_category")),
            *([getattr(row, name) for row in moved] for name in ("amount", "fee", "net", "currency")),
            *([getattr(row, name) for row in moved] for name in ("created", "source", "description")),
            [row.exchange_rate for row in moved],
            [json.dumps([vars(part) for part in row.fee_details]) for row in moved],
            [mirror_digest(row) for row in moved],
        ]
        self.status = [[getattr(row, name) for row in moved] for name in ("id", "status", "available_on")]
        self.entries: list[list[Any]] = [
            *([getattr(entry, name) for entry in entries] for name in ("key", "kind", "effective_at")),
            [entry.effective_at for entry in entries],
            [json.dumps(entry.context) for entry in entries],
            [entry.memo for entry in entries],
        ]
        digests = [entry_digest(entry) for entry in entries]
        self.digests: list[list[Any]] = [[len(entry.postings) for entry in entries], digests, digests]

    def postings(self, ids: list[int]) -> list[list[Any]]:
        rows = [
            (entry_id, line, self._accounts[posting.account, entry.currency], entry.currency, posting.amount)
            for entry_id, entry in zip(ids, self._entries, strict=True)
            for line, posting in enumerate(entry.postings, start=1)
        ]
        return [list(column) for column in zip(*rows, strict=True)]
