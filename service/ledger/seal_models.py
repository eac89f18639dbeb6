"""Closed periods, and the seals over the books with their totals by day and account."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.database import Base
from service.ledger.models import Xid8


class Period(Base):
    """A month of the newsroom's that takes no entry any more: the books are open from `through` on."""

    __tablename__ = "periods"
    __table_args__ = (
        CheckConstraint("month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'", name="month"),
        CheckConstraint("closed_at >= through", name="closed_at"),
        CheckConstraint(
            "abs(extract(epoch FROM through - (make_date(left(month, 4)::int, right(month, 2)::int, 1)"
            " + interval '1 month') AT TIME ZONE 'UTC')) <= 54000",
            name="through",
        ),
        CheckConstraint("closed_by <> ''", name="closed_by"),
    )

    month: Mapped[str] = mapped_column(primary_key=True)
    through: Mapped[datetime] = mapped_column(unique=True)
    closed_at: Mapped[datetime]
    closed_by: Mapped[str]


class Seal(Base):
    """What was committed since the seal before: entries behind `after_id`, up to `reach`, by transaction.

    `to_xid` itself is not in it. How the hash is made is said in `chain.py`.
    """

    __tablename__ = "seals"
    __table_args__ = (
        UniqueConstraint("previous", postgresql_nulls_not_distinct=True),
        CheckConstraint("octet_length(hash) = 32", name="hash"),
        CheckConstraint("entries > 0", name="entries"),
        CheckConstraint("to_xid > from_xid", name="to_xid"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    previous: Mapped[bytes | None] = mapped_column(ForeignKey("seals.hash"))
    hash: Mapped[bytes] = mapped_column(unique=True)
    after_id: Mapped[int]
    from_xid: Mapped[str] = mapped_column(Xid8)
    to_xid: Mapped[str] = mapped_column(Xid8)
    reach: Mapped[int]
    entries: Mapped[int]
    recorded_from: Mapped[datetime]
    recorded_through: Mapped[datetime]
    sealed_at: Mapped[datetime]


class SealTotal(Base):
    """What one seal debited and credited on one account, by the day (UTC) on which it is dated."""

    __tablename__ = "seal_totals"
    __table_args__ = (CheckConstraint("debit >= 0 AND credit >= 0", name="sides"),)

    seal_id: Mapped[int] = mapped_column(
        ForeignKey("seals.id", deferrable=True, initially="DEFERRED"), primary_key=True
    )
    day: Mapped[date] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    debit: Mapped[int]
    credit: Mapped[int]
