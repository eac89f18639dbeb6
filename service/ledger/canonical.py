"""The bytes that are hashed: written once, always in this form, never made again from JSON or dates in words.

Version 1 of an entry is `v1|key|kind|microseconds since 1970|line:account:currency:amount|…`.
The database makes the same bytes from what it stored (migration 0003) and refuses another digest.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256

from service.gateway import BalanceTransaction, FeeDetail
from service.ledger.entry import NewEntry

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def entry_digest(entry: NewEntry) -> bytes:
    lines = (
        f"{number}:{posting.account}:{entry.currency}:{posting.amount}"
        for number, posting in enumerate(entry.postings, start=1)
    )
    return _digest(("v1", entry.key, entry.kind, _microseconds(entry.effective_at), *lines))


def mirror_digest(moved: BalanceTransaction) -> bytes:
    return _digest(("v1", moved.id, *ink(moved).values()))


def ink(moved: BalanceTransaction) -> dict[str, str]:
    """The fields of a balance transaction that never change, each as it is hashed."""
    return {
        "type": moved.type,
        "reporting_category": moved.reporting_category,
        "amount": str(moved.amount),
        "fee": str(moved.fee),
        "net": str(moved.net),
        "currency": moved.currency,
        "created": _microseconds(moved.created),
        "source": moved.source or "",
        "exchange_rate": _rate(moved.exchange_rate),
        "fee_details": ",".join(sorted(map(_fee_detail, moved.fee_details))),
    }


def _fee_detail(detail: FeeDetail) -> str:
    return f"{detail.type}:{detail.currency}:{detail.amount}"


def _rate(rate: str | None) -> str:
    """1.20 and 1.2 are one rate, however Stripe's JSON wrote it that day."""
    return "" if rate is None else str(Decimal(rate).normalize())


def _microseconds(instant: datetime) -> str:
    return str((instant - EPOCH) // timedelta(microseconds=1))


def _digest(parts: Iterable[str]) -> bytes:
    return sha256("|".join(parts).encode()).digest()
