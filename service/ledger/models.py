"""The books as they are read: accounts, entries with their postings, and the mirror of Stripe's rows.

Nothing writes through these classes: `book.post` is the door, and the database refuses every change.
What the tables hold to is said in migrations 0003 and 0007.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from service.database import Base


class Xid8(UserDefinedType[str]):
    """PostgreSQL's number of a transaction: tells which entries were committed when a seal was made."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


ischema_names["xid8"] = Xid8


class Account(Base):
    """One account in one currency; `kind` is the first word of its code."""

    __tablename__ = "accounts"
    __table_args__ = (
        UniqueConstraint("code", "currency"),
        UniqueConstraint("id", "currency"),
        CheckConstraint("code ~ '^[a-z-]+(:[a-z-]+)*$'", name="code"),
        CheckConstraint("currency ~ '^[a-z]{3}$'", name="currency"),
        CheckConstraint(
            "kind IN ('assets', 'liabilities', 'equity', 'income', 'expenses', 'suspense')", name="kind"
        ),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True, init=False)
    code: Mapped[str]
    currency: Mapped[str]
    kind: Mapped[str] = mapped_column(Computed("split_part(code, ':', 1)", persisted=True), init=False)


class EntryDigest(Base):
    """The hash over an entry's canonical bytes; writing it closes the entry."""

    __tablename__ = "entry_digests"
    __table_args__ = (
        CheckConstraint("postings >= 2", name="postings"),
        CheckConstraint("octet_length(digest) = 32", name="digest"),
        CheckConstraint("octet_length(record) = 32", name="record"),
    )

    entry_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    postings: Mapped[int] = mapped_column(Integer)
    digest: Mapped[bytes]
    # Over the rest of the entry: when it was recorded, its context and memo, its balance transaction.
    record: Mapped[bytes]


class Entry(Base):
    """One movement of money. It happened at `effective_at`; we wrote it down at `recorded_at`."""

    __tablename__ = "entries"
    __table_args__ = (
        CheckConstraint(r"key !~ '[|\s]'", name="key"),
        CheckConstraint("kind ~ '^[a-z_]+$'", name="kind"),
        CheckConstraint("reverses_id <> id", name="reverses_id"),
        Index("ix_entries_donation_id", "donation_id", postgresql_where=text("donation_id IS NOT NULL")),
        Index("ix_entries_xid", "xid"),
        Index(
            "ix_entries_reclassified",
            text("(context ->> 'balance_transaction_id')"),
            postgresql_where=text("kind = 'reclassification'"),
        ),
    )

    id: Mapped[int] = mapped_column(
        ForeignKey("entry_digests.entry_id", deferrable=True, initially="DEFERRED"),
        Identity(always=True),
        primary_key=True,
        init=False,
    )
    # What the entry stands for, once: `stripe:txn_…`.
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    effective_at: Mapped[datetime] = mapped_column(index=True)
    recorded_at: Mapped[datetime]
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("entries.id"), unique=True)
    # What the rule knew beyond the balance transaction, so that the entry can be derived again.
    context: Mapped[dict[str, Any]] = mapped_column(JSONB)
    donation_id: Mapped[str | None] = mapped_column(
        Computed("context ->> 'donation_id'", persisted=True), init=False
    )
    request_id: Mapped[str | None] = mapped_column(
        Computed("context ->> 'request_id'", persisted=True), init=False
    )
    memo: Mapped[str]
    xid: Mapped[str] = mapped_column(Xid8, server_default=text("pg_current_xact_id()"), init=False)


class Posting(Base):
    """A signed amount on one account: a debit is positive, a credit negative."""

    __tablename__ = "postings"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "currency"], ["accounts.id", "accounts.currency"]),
        CheckConstraint("amount <> 0", name="amount"),
        CheckConstraint("line > 0", name="line"),
    )

    entry_id: Mapped[int] = mapped_column(ForeignKey("entries.id"), primary_key=True)
    line: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    account_id: Mapped[int]
    currency: Mapped[str]
    amount: Mapped[int]


class Mirror(Base):
    """A balance transaction as Stripe gave it. `digest` covers all but the description."""

    __tablename__ = "balance_transactions"
    __table_args__ = (CheckConstraint("octet_length(digest) = 32", name="digest"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    reporting_category: Mapped[str]
    amount: Mapped[int]
    fee: Mapped[int]
    net: Mapped[int]
    currency: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(index=True)
    source: Mapped[str | None]
    description: Mapped[str]
    exchange_rate: Mapped[str | None]
    fee_details: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    digest: Mapped[bytes]


class MirrorStatus(Base):
    """What Stripe still changes about a balance transaction: whether its money is available."""

    __tablename__ = "balance_transaction_status"

    id: Mapped[str] = mapped_column(ForeignKey("balance_transactions.id"), primary_key=True)
    status: Mapped[str]
    available_on: Mapped[datetime]
