"""The bytes that a seal hashes, put together here once more from what stands: the database made them first.

Version 1: the hash of the seal before · `v1|number|after_id|from_xid|to_xid|reach|entries|recorded
from|recorded through|sealed at|` (instants in microseconds) · of each entry by (xid, id) its two digests ·
its totals as `day:account:currency:debit:credit`, with bars between them.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import ColumnElement, Row, and_, literal, text
from sqlalchemy.orm import Session

from service.ledger.canonical import EPOCH
from service.ledger.models import Entry, Xid8
from service.ledger.seal_models import Seal

DIGESTS = text("""
    SELECT closing.digest || closing.record AS digests
    FROM entries entry LEFT JOIN entry_digests closing ON closing.entry_id = entry.id
    WHERE entry.id > :after_id AND entry.id <= :reach
        AND entry.xid >= CAST(:from_xid AS xid8) AND entry.xid < CAST(:to_xid AS xid8)
    ORDER BY entry.xid, entry.id
""")
TOTALS = text("""
    SELECT total.day, account.code, account.currency, total.debit, total.credit
    FROM seal_totals total JOIN accounts account ON account.id = total.account_id
    WHERE total.seal_id = :seal
    ORDER BY total.day, account.code COLLATE "C", account.currency COLLATE "C"
""")


def sealed_entries(seal: Seal) -> ColumnElement[bool]:
    """Is an entry in this seal?"""
    return and_(
        Entry.id > seal.after_id,
        Entry.id <= seal.reach,
        Entry.xid >= literal(seal.from_xid, Xid8),
        Entry.xid < literal(seal.to_xid, Xid8),
    )


def hash_of(session: Session, seal: Seal) -> tuple[int, bytes]:
    """How many entries stand where the seal was put, and the hash over what stands."""
    given = {name: getattr(seal, name) for name in ("after_id", "reach", "from_xid", "to_xid")}
    hashed = sha256(seal.previous or b"")
    hashed.update(_head(seal).encode())
    standing = 0
    for (digests,) in session.execute(DIGESTS, given, execution_options={"yield_per": 2000}):
        standing += 1
        hashed.update(digests or b"")
    hashed.update(_totals(session.execute(TOTALS, {"seal": seal.id})).encode())
    return standing, hashed.digest()


def _head(seal: Seal) -> str:
    parts: tuple[object, ...] = (
        *("v1", seal.id, seal.after_id, seal.from_xid, seal.to_xid, seal.reach, seal.entries),
        *map(_microseconds, (seal.recorded_from, seal.recorded_through, seal.sealed_at)),
    )
    return "|".join(map(str, parts)) + "|"


def _totals(rows: Iterable[Row[tuple[object, ...]]]) -> str:
    return "|".join(":".join(map(str, row)) for row in rows)


def _microseconds(instant: datetime) -> int:
    return (instant - EPOCH) // timedelta(microseconds=1)
