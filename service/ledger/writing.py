"""Puts entries into the books, each once by its key, and never into a closed period.

One call of a function in the database (`post_entries`, migration 0007) writes a whole batch.
"""

import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from service import clock
from service.ledger.canonical import entry_digest
from service.ledger.entry import NewEntry

log = logging.getLogger(__name__)

# Until the commit nobody can close a period after this has been answered.
OPEN_FROM = text("SELECT open_from()")
POST = text("SELECT post_entries(CAST(:mirrored AS jsonb), CAST(:entered AS jsonb), :recorded_at)")

# Where an entry that came late keeps the date on which it happened.
ORIGINAL = "original_effective_at"


def write(
    session: Session, entries: Sequence[NewEntry], mirrored: Iterable[dict[str, Any]] = ()
) -> dict[str, NewEntry]:
    """Write down what is new; returns it by key, as it was written."""
    opens: datetime | None = session.execute(OPEN_FROM).scalar_one()
    dated = entries if opens is None else [into_open_period(entry, opens) for entry in entries]
    written = session.execute(
        POST,
        {
            "mirrored": _json(mirrored),
            "entered": _json(_entered(entry) for entry in dated),
            "recorded_at": clock.now(),
        },
    )
    keys = set(written.scalars())
    fresh = {entry.key: entry for entry in dated if entry.key in keys}
    for entry in fresh.values():
        if entry.alert:
            log.error("posted to suspense", extra={"entry": entry.key, "reason": entry.alert})
    return fresh


def into_open_period(entry: NewEntry, opens: datetime) -> NewEntry:
    """A late fact is posted to the first open instant and keeps its own date beside it."""
    if entry.effective_at >= opens:
        return entry
    return replace(
        entry, effective_at=opens, context=entry.context | {ORIGINAL: entry.effective_at.isoformat()}
    )


def hexed(digest: bytes) -> str:
    """As PostgreSQL reads bytes."""
    return "\\x" + digest.hex()


def _entered(entry: NewEntry) -> dict[str, Any]:
    return {
        "key": entry.key,
        "kind": entry.kind,
        "effective_at": entry.effective_at.isoformat(),
        "currency": entry.currency,
        "postings": [(posting.account, posting.amount) for posting in entry.postings],
        "reverses_id": entry.reverses_id,
        "context": entry.context,
        "memo": entry.memo,
        "digest": hexed(entry_digest(entry)),
    }


def _json(rows: Iterable[dict[str, Any]]) -> str:
    return json.dumps(list(rows))
