"""Verifies the books byte by byte: each entry, each row of the mirror, each seal by the one before.

Whoever changes a byte as the owner of the database must also make its digest anew, then every seal from
there on; the newest seal that left the machine (`kept_elsewhere`) shows even that. The functions of the
database are not asked: they could have been changed as well.
"""

from collections.abc import Iterator, Mapping
from itertools import islice

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from service.ledger.book import as_given
from service.ledger.canonical import mirror_digest
from service.ledger.finding import MOST, Finding
from service.ledger.models import Entry, Mirror
from service.ledger.rebuild import differences, other_totals
from service.ledger.seal_models import Seal
from service.ledger.sealed_bytes import hash_of, sealed_entries
from service.ledger.stream import AT_ONCE

# As the database hashed them when they were written (migration 0007).
ENTRIES = text("""
    SELECT * FROM (
        SELECT coalesce(entry.id, closing.entry_id, found.entry_id) AS id, entry.key,
            coalesce(closing.postings, 0) AS promised, coalesce(found.lines, 0) AS lines,
            closing.digest IS NOT DISTINCT FROM sha256(convert_to(
                'v1|' || entry.key || '|' || entry.kind || '|'
                || (extract(epoch FROM entry.effective_at) * 1000000)::bigint || '|' || found.written,
                'UTF8')) AS same_money,
            closing.record IS NOT DISTINCT FROM sha256(convert_to(jsonb_build_array(
                'v1', entry.id, (extract(epoch FROM entry.recorded_at) * 1000000)::bigint,
                entry.reverses_id, entry.context, entry.memo,
                (SELECT encode(moved.digest, 'hex') FROM balance_transactions moved
                    WHERE entry.key = 'stripe:' || moved.id AND moved.id = substr(entry.key, 8))
            )::text, 'UTF8')) AS same_record
        FROM entries entry
        FULL JOIN entry_digests closing ON closing.entry_id = entry.id
        FULL JOIN (
            SELECT posting.entry_id, count(*) AS lines, string_agg(
                posting.line || ':' || account.code || ':' || posting.currency || ':' || posting.amount,
                '|' ORDER BY posting.line) AS written
            FROM postings posting JOIN accounts account ON account.id = posting.account_id
            GROUP BY posting.entry_id
        ) found ON found.entry_id = coalesce(entry.id, closing.entry_id)
    ) checked
    WHERE key IS NULL OR promised <> lines OR NOT same_money OR NOT same_record
    ORDER BY id LIMIT :most
""")

# Only those that may differ: some rates are written in another way here than where they were hashed.
ROWS = text("""
    SELECT moved.id FROM balance_transactions moved
    WHERE moved.digest <> sha256(convert_to(concat_ws('|', 'v1', moved.id, moved.type,
        moved.reporting_category, moved.amount, moved.fee, moved.net, moved.currency,
        (extract(epoch FROM moved.created_at) * 1000000)::bigint, coalesce(moved.source, ''),
        coalesce(CASE WHEN moved.exchange_rate ~ '^[0-9]+([.][0-9]+)?$'
            THEN trim_scale(moved.exchange_rate::numeric)::text ELSE moved.exchange_rate END, ''),
        coalesce((
            SELECT string_agg(part, ',' ORDER BY part COLLATE "C") FROM (
                SELECT (detail ->> 'type') || ':' || (detail ->> 'currency') || ':' || (detail ->> 'amount')
                    AS part
                FROM jsonb_path_query(moved.fee_details, '$[*]') detail
            ) parts
        ), '')
    ), 'UTF8'))
    ORDER BY moved.id
""")

WITHOUT_ENTRY = text("""
    SELECT moved.id FROM balance_transactions moved
    LEFT JOIN entries entry ON entry.key = 'stripe:' || moved.id
    WHERE entry.id IS NULL AND (moved.amount <> 0 OR moved.fee <> 0 OR moved.net <> 0)
    ORDER BY moved.id LIMIT :most
""")


def verify_chain(session: Session, kept_elsewhere: Mapping[int, str] | None = None) -> list[Finding]:
    """Every difference, up to a hundred of each kind. `kept_elsewhere`: hashes (hex) by number of seal."""
    return [
        *_entries(session),
        *islice(_mirror(session), MOST),
        *islice(_seals(session, kept_elsewhere or {}), MOST),
    ]


def _entries(session: Session) -> Iterator[Finding]:
    for row in session.execute(ENTRIES, {"most": MOST}).all():
        if row.key is None:
            left = f"{row.lines} of its postings are left" if row.lines else "its digest is left"
            yield Finding("entry deleted", f"entry {row.id}", left)
        elif row.promised != row.lines or not row.same_money:
            yield Finding(
                "entry altered", row.key, _what_was_altered(session, row.id, row.lines, row.promised)
            )
        else:
            yield Finding(
                "entry altered",
                row.key,
                "when it was recorded, its context, its memo, what it reverses "
                "or its balance transaction is not what was hashed",
            )


def _what_was_altered(session: Session, entry_id: int, lines: int, promised: int) -> str:
    found = next(differences(session, Entry.id == entry_id), None)
    named = found.cause if found else "its key, kind, date, postings or digest is not what was hashed"
    return named if lines == promised else f"{lines} of {promised} postings stand; {named}"


def _mirror(session: Session) -> Iterator[Finding]:
    for (row_id,) in session.execute(ROWS, execution_options={"yield_per": AT_ONCE}):
        row = session.get_one(Mirror, row_id, populate_existing=True)
        if not _same_bytes(row):
            yield Finding("balance transaction altered", row_id, "its fields are not what was hashed")


def _same_bytes(row: Mirror) -> bool:
    try:
        return mirror_digest(as_given(row)) == row.digest
    except (ArithmeticError, TypeError):
        return False  # not even a rate, or a part of a fee, any more


def _seals(session: Session, kept_elsewhere: Mapping[int, str]) -> Iterator[Finding]:
    number, previous = 0, None
    for seal in session.scalars(select(Seal).order_by(Seal.id).execution_options(yield_per=AT_ONCE)):
        name = f"seal {seal.id}"
        if seal.id != number + 1:
            yield Finding("seal deleted", f"seal {number + 1}", f"{name} stands where it should")
        elif seal.previous != previous:
            yield Finding("seal altered", name, "it does not follow the one before")
        if kept_elsewhere.get(seal.id, seal.hash.hex()) != seal.hash.hex():
            yield Finding("seal altered", name, "it is not the one that left this machine: books rewritten")
        standing, hashed = hash_of(session, seal)
        if hashed != seal.hash:
            yield from _broken(session, seal, standing)
        number, previous = seal.id, seal.hash
    for lost in sorted(seal_id for seal_id in kept_elsewhere if seal_id > number):
        yield Finding("seal deleted", f"seal {lost}", "it left this machine, and is here no more")


def _broken(session: Session, seal: Seal, standing: int) -> Iterator[Finding]:
    """Name what is not as it was sealed; where no entry can be named, the seal itself was altered."""
    named = []
    if standing != seal.entries:
        named.append(
            Finding("entries deleted", f"seal {seal.id}", f"{standing} of {seal.entries} entries stand")
        )
        for (row_id,) in session.execute(WITHOUT_ENTRY, {"most": MOST}):
            named.append(Finding("entry deleted", f"stripe:{row_id}", "its balance transaction is left"))
    named.extend(islice(differences(session, sealed_entries(seal)), MOST))
    named.extend(other_totals(session, seal.id))
    yield Finding(
        "seal is broken",
        f"seal {seal.id}",
        f"what it sealed was altered: {len(named)} findings follow"
        if named
        else "the seal or a digest in it was altered",
    )
    yield from named
