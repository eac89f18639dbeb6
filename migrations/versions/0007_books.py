"""The books, whole: payouts and their rows, closed periods, seals, and a record digest for every entry.

What is held here, beyond migration 0003:

* a balance transaction is in one payout at most (primary key of `payout_rows`, which is ink);
* no entry is dated inside a closed period: who posts holds a lock in common until the commit, who
  closes a period waits for all of them and keeps new ones out, so nothing slips through between;
* each entry's digest row also carries a digest over the rest of it (when it was recorded, its
  context, its memo, the balance transaction it came from), so that no byte changes unnoticed;
* seals and their totals are written by one function of the owner's: the application cannot forge one.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import UserDefinedType

revision = "0007"
down_revision = "0006"

Instant = sa.DateTime(timezone=True)
INK = ("payout_rows", "periods", "seals", "seal_totals")

# Whatever the digest of an entry does not cover, as one text that can be read in one way only.
RECORD_OF = """
CREATE FUNCTION public.record_of(entry public.entries) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(convert_to(jsonb_build_array(
        'v1', entry.id, (extract(epoch FROM entry.recorded_at) * 1000000)::bigint, entry.reverses_id,
        entry.context, entry.memo,
        (SELECT encode(moved.digest, 'hex') FROM public.balance_transactions moved
            WHERE entry.key = 'stripe:' || moved.id AND moved.id = substr(entry.key, 8))
    )::text, 'UTF8'))
$$;
"""

CLOSE = """
CREATE OR REPLACE FUNCTION public.close_entries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wrong record;
BEGIN
    SELECT closing.entry_id, closing.postings AS promised, found.* INTO wrong
    FROM closing
    LEFT JOIN LATERAL (
        SELECT entries AS whole, entries.* FROM public.entries WHERE entries.id = closing.entry_id OFFSET 0
    ) entry ON true
    CROSS JOIN LATERAL (
        SELECT count(*) AS lines, sum(posting.amount) AS total,
            min(posting.currency) AS first_currency, max(posting.currency) AS last_currency,
            string_agg(
                posting.line || ':' || account.code || ':' || posting.currency || ':' || posting.amount,
                '|' ORDER BY posting.line
            ) AS written
        FROM public.postings posting
        JOIN public.accounts account ON account.id = posting.account_id
        WHERE posting.entry_id = closing.entry_id
    ) found
    WHERE (
        found.lines = closing.postings
        AND found.total = 0
        AND found.first_currency = found.last_currency
        AND closing.digest = sha256(convert_to(
            'v1|' || entry.key || '|' || entry.kind || '|'
            || (extract(epoch FROM entry.effective_at) * 1000000)::bigint || '|' || found.written,
            'UTF8'))
        AND closing.record = public.record_of(entry.whole)
    ) IS NOT TRUE
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % does not close: % of % postings, sum %, currencies % to %',
            wrong.entry_id, wrong.lines, wrong.promised, wrong.total,
            wrong.first_currency, wrong.last_currency
            USING ERRCODE = 'check_violation', HINT = 'or a digest is not that of this entry';
    END IF;
    RETURN NULL;
END $$;
"""

# As in migration 0003, with what an entry reverses and with the record digest.
POST_ENTRIES = """
CREATE OR REPLACE FUNCTION public.post_entries(mirrored jsonb, entered jsonb, recorded timestamptz)
RETURNS SETOF text LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    ids bigint[];
    keys text[];
BEGIN
    INSERT INTO public.balance_transactions (
        id, type, reporting_category, amount, fee, net, currency, created_at,
        source, description, exchange_rate, fee_details, digest)
    SELECT id, type, reporting_category, amount, fee, net, currency, created_at,
        source, description, exchange_rate, fee_details, digest
    FROM jsonb_to_recordset(mirrored) AS given(
        id text, type text, reporting_category text, amount bigint, fee bigint, net bigint,
        currency text, created_at timestamptz, source text, description text, exchange_rate text,
        fee_details jsonb, digest bytea)
    ORDER BY id
    ON CONFLICT (id) DO NOTHING;

    -- Money that is available does not become pending again: such an answer is an old one.
    INSERT INTO public.balance_transaction_status AS known (id, status, available_on)
    SELECT id, status, available_on
    FROM jsonb_to_recordset(mirrored) AS given(id text, status text, available_on timestamptz)
    ORDER BY id
    ON CONFLICT (id) DO UPDATE SET status = excluded.status, available_on = excluded.available_on
    WHERE (known.status, known.available_on) IS DISTINCT FROM (excluded.status, excluded.available_on)
        AND NOT (known.status = 'available' AND excluded.status = 'pending');

    INSERT INTO public.accounts (code, currency)
    SELECT DISTINCT posting ->> 0, currency
    FROM jsonb_to_recordset(entered) AS entry(currency text, postings jsonb)
    CROSS JOIN LATERAL jsonb_array_elements(postings) AS posting
    WHERE NOT EXISTS (
        SELECT FROM public.accounts known
        WHERE known.code = posting ->> 0 AND known.currency = entry.currency)
    ORDER BY 1, 2
    ON CONFLICT (code, currency) DO NOTHING;

    WITH fresh AS (
        INSERT INTO public.entries (key, kind, effective_at, recorded_at, reverses_id, context, memo)
        SELECT key, kind, effective_at, recorded, reverses_id, context, memo
        FROM jsonb_to_recordset(entered) AS entry(
            key text, kind text, effective_at timestamptz, reverses_id bigint, context jsonb, memo text)
        ORDER BY key
        ON CONFLICT (key) DO NOTHING
        RETURNING id, key)
    SELECT array_agg(id), array_agg(key) INTO ids, keys FROM fresh;

    INSERT INTO public.postings (entry_id, line, account_id, currency, amount)
    SELECT fresh.id, line, account.id, entry.currency, (posting ->> 1)::bigint
    FROM unnest(ids, keys) AS fresh(id, key)
    JOIN jsonb_to_recordset(entered) AS entry(key text, currency text, postings jsonb)
        ON entry.key = fresh.key
    CROSS JOIN LATERAL jsonb_array_elements(entry.postings) WITH ORDINALITY AS listed(posting, line)
    JOIN public.accounts account
        ON account.code = posting ->> 0 AND account.currency = entry.currency;

    INSERT INTO public.entry_digests (entry_id, postings, digest, record)
    SELECT fresh.id, jsonb_array_length(given.postings), given.digest, public.record_of(entry.whole)
    FROM unnest(ids, keys) AS fresh(id, key)
    JOIN jsonb_to_recordset(entered) AS given(key text, postings jsonb, digest bytea)
        ON given.key = fresh.key
    CROSS JOIN LATERAL (
        SELECT entries AS whole FROM public.entries WHERE entries.id = fresh.id OFFSET 0
    ) entry;

    RETURN QUERY SELECT unnest(keys);
END $$;
"""

# Of a lock's two numbers the first says `book`; the second is 1 for periods, 2 for sealing.
# In a function that may see what others commit meanwhile, the question is asked after the lock is held.
OPEN_FROM = """
CREATE FUNCTION public.open_from() RETURNS timestamptz LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(1651470187, 1);
    RETURN (SELECT max(periods.through) FROM public.periods);
END $$;
"""

# A snapshot that is older than the lock does not see who closed a period before it was granted.
REFUSE_CLOSED_PERIOD = """
CREATE FUNCTION public.refuse_closed_period() RETURNS trigger LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    opens timestamptz;
    early text;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'entries are posted in read committed transactions only'
            USING ERRCODE = 'restrict_violation';
    END IF;
    opens := public.open_from();
    SELECT added.key INTO early FROM added WHERE added.effective_at < opens LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % is dated in a closed period: the books are open from % on', early, opens
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER closed_period AFTER INSERT ON public.entries
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_closed_period();
"""

IN_ORDER = """
CREATE FUNCTION public.close_in_order() RETURNS trigger LANGUAGE plpgsql VOLATILE AS $$
DECLARE wrong text;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'periods are closed in read committed transactions only'
            USING ERRCODE = 'restrict_violation';
    END IF;
    PERFORM pg_advisory_xact_lock(1651470187, 1);
    SELECT month INTO wrong FROM (
        SELECT month, through, lag(month) OVER by_month AS before, lag(through) OVER by_month AS opened
        FROM public.periods WINDOW by_month AS (ORDER BY month)
    ) closed
    WHERE through <= opened OR to_date(month, 'YYYY-MM') <> to_date(before, 'YYYY-MM') + interval '1 month'
    LIMIT 1;
    IF FOUND OR (SELECT count(*) FROM public.periods WHERE month >= (SELECT min(month) FROM added))
            <> (SELECT count(*) FROM added) THEN
        RAISE EXCEPTION 'months are closed one after another' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER in_order AFTER INSERT ON public.periods
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION public.close_in_order();
"""

# Seals what is committed for good and in no seal yet, at most so many entries. Order is (xid, id): the
# number of an entry alone is not the order of commits. Everything below the snapshot's xmin has ended.
# A database that was loaded from a dump into another server has numbers of transactions from there:
# what is left unsealed of them is sealed first (up to the greatest number that there is), and then
# counting begins anew behind the last entry.
MAKE_SEAL = """
CREATE FUNCTION public.make_seal(sealed timestamptz, at_most bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    snapshot pg_snapshot;
    last public.seals;
    made public.seals;
    before_restore bigint;
    reached xid8;
    digests bytea;
    totals text;
BEGIN
    PERFORM pg_advisory_xact_lock(1651470187, 2);
    snapshot := pg_current_snapshot();
    SELECT * INTO last FROM public.seals ORDER BY id DESC LIMIT 1;
    made.id := coalesce(last.id, 0) + 1;
    made.previous := last.hash;
    made.sealed_at := sealed;
    made.after_id := coalesce(last.after_id, 0);
    made.from_xid := coalesce(last.to_xid, '0');
    made.to_xid := pg_snapshot_xmin(snapshot);
    IF made.to_xid < made.from_xid OR EXISTS (
        SELECT FROM public.entries WHERE id > last.reach AND xid < made.from_xid
    ) THEN
        SELECT greatest(last.reach, max(id)) INTO before_restore FROM public.entries
        WHERE id > made.after_id AND xid >= made.from_xid AND xid >= pg_snapshot_xmax(snapshot);
        IF EXISTS (
            SELECT FROM public.entries
            WHERE id > made.after_id AND id <= before_restore AND xid >= made.from_xid
        ) THEN
            made.to_xid := '18446744073709551615';
        ELSE
            before_restore := NULL;
            made.after_id := last.reach;
            made.from_xid := '0';
        END IF;
    END IF;

    IF before_restore IS NULL THEN
        SELECT xid INTO reached FROM public.entries
        WHERE id > made.after_id AND xid >= made.from_xid AND xid < made.to_xid
        ORDER BY xid OFFSET at_most - 1 LIMIT 1;
        IF FOUND THEN
            SELECT xid INTO reached FROM public.entries
            WHERE id > made.after_id AND xid > reached AND xid < made.to_xid ORDER BY xid LIMIT 1;
            made.to_xid := coalesce(reached, made.to_xid);
        END IF;
    END IF;

    SELECT count(*), greatest(last.reach, max(entry.id)), min(entry.recorded_at), max(entry.recorded_at),
        string_agg(closing.digest || closing.record, ''::bytea ORDER BY entry.xid, entry.id)
    INTO made.entries, made.reach, made.recorded_from, made.recorded_through, digests
    FROM public.entries entry
    JOIN public.entry_digests closing ON closing.entry_id = entry.id
    WHERE entry.id > made.after_id AND entry.xid >= made.from_xid AND entry.xid < made.to_xid
        AND (entry.id <= before_restore) IS NOT FALSE;
    IF made.entries = 0 THEN
        RETURN NULL;
    END IF;

    INSERT INTO public.seal_totals (seal_id, day, account_id, debit, credit)
    SELECT made.id, (entry.effective_at AT TIME ZONE 'UTC')::date, posting.account_id,
        coalesce(sum(posting.amount) FILTER (WHERE posting.amount > 0), 0),
        coalesce(-sum(posting.amount) FILTER (WHERE posting.amount < 0), 0)
    FROM public.entries entry
    JOIN public.postings posting ON posting.entry_id = entry.id
    WHERE entry.id > made.after_id AND entry.id <= made.reach
        AND entry.xid >= made.from_xid AND entry.xid < made.to_xid
    GROUP BY 2, 3;

    SELECT string_agg(
        concat_ws(':', to_char(total.day, 'YYYY-MM-DD'), account.code, account.currency,
            total.debit, total.credit),
        '|' ORDER BY total.day, account.code COLLATE "C", account.currency COLLATE "C")
    INTO totals
    FROM public.seal_totals total JOIN public.accounts account ON account.id = total.account_id
    WHERE total.seal_id = made.id;

    made.hash := sha256(
        coalesce(made.previous, ''::bytea)
        || convert_to(concat_ws('|', 'v1', made.id, made.after_id, made.from_xid, made.to_xid, made.reach,
            made.entries, (extract(epoch FROM made.recorded_from) * 1000000)::bigint,
            (extract(epoch FROM made.recorded_through) * 1000000)::bigint,
            (extract(epoch FROM made.sealed_at) * 1000000)::bigint, ''), 'UTF8')
        || digests || convert_to(totals, 'UTF8'));
    INSERT INTO public.seals SELECT made.*;
    RETURN made.id;
END $$;
"""

PAYOUT_KEPT = """
CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON public.payouts
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
ALTER TABLE public.payouts ENABLE ALWAYS TRIGGER kept;
"""

# The ink of a payout (id, amount, currency, whether it is automatic, created_at) takes no update.
GRANTS = """
GRANT SELECT ON payouts, payout_rows, periods, seals, seal_totals TO sustainer_app;
GRANT INSERT ON payouts, payout_rows, periods TO sustainer_app;
GRANT UPDATE (status, arrival_date, reconciliation_status, balance_transaction_id,
    failure_balance_transaction_id, failure_code, original_payout_id, reversed_by_id, trace_id)
    ON payouts TO sustainer_app;
REVOKE ALL ON FUNCTION public.record_of, public.open_from, public.make_seal FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.record_of, public.open_from, public.make_seal TO sustainer_app;
"""


class Xid8(UserDefinedType[str]):
    """The number of a transaction."""

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


def upgrade() -> None:
    _payouts()
    _periods()
    _record()
    _seals()
    for table in INK:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON public.{table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change()"
        )
        op.execute(f"ALTER TABLE public.{table} ENABLE ALWAYS TRIGGER append_only")
    for function in (CLOSE, POST_ENTRIES, OPEN_FROM, REFUSE_CLOSED_PERIOD, IN_ORDER, MAKE_SEAL, PAYOUT_KEPT):
        op.execute(function)
    op.execute("ALTER TABLE public.entries ENABLE ALWAYS TRIGGER closed_period")
    op.execute("ALTER TABLE public.periods ENABLE ALWAYS TRIGGER in_order")
    op.execute(GRANTS)


def _payouts() -> None:
    op.create_table(
        "payouts",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("automatic", sa.Boolean, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("arrival_date", Instant, nullable=False),
        sa.Column("reconciliation_status", sa.Text, nullable=False),
        sa.Column("balance_transaction_id", sa.Text),
        sa.Column("failure_balance_transaction_id", sa.Text),
        sa.Column("failure_code", sa.Text),
        sa.Column("original_payout_id", sa.Text),
        sa.Column("reversed_by_id", sa.Text),
        sa.Column("trace_id", sa.Text),
        sa.CheckConstraint("currency ~ '^[a-z]{3}$'", name="currency"),
    )
    op.create_table(
        "payout_rows",
        sa.Column(
            "balance_transaction_id", sa.Text, sa.ForeignKey("balance_transactions.id"), primary_key=True
        ),
        sa.Column("payout_id", sa.Text, sa.ForeignKey("payouts.id"), nullable=False, index=True),
    )


def _periods() -> None:
    op.create_table(
        "periods",
        sa.Column("month", sa.Text, primary_key=True),
        sa.Column("through", Instant, nullable=False, unique=True),
        sa.Column("closed_at", Instant, nullable=False),
        sa.Column("closed_by", sa.Text, nullable=False),
        sa.CheckConstraint("month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'", name="month"),
        sa.CheckConstraint("closed_at >= through", name="closed_at"),
        sa.CheckConstraint(
            "abs(extract(epoch FROM through - (make_date(left(month, 4)::int, right(month, 2)::int, 1)"
            " + interval '1 month') AT TIME ZONE 'UTC')) <= 54000",
            name="through",
        ),
        sa.CheckConstraint("closed_by <> ''", name="closed_by"),
    )


def _record() -> None:
    """What stands already gets its record digest too; for that moment the books are not append-only."""
    op.add_column("entry_digests", sa.Column("record", sa.LargeBinary))
    op.execute(RECORD_OF)
    op.execute("ALTER TABLE entry_digests DISABLE TRIGGER append_only")
    op.execute(
        "UPDATE entry_digests SET record = record_of(entries) "
        "FROM entries WHERE entries.id = entry_digests.entry_id"
    )
    # The deferred check of each entry's digest row has to be done before the table is altered.
    op.execute("SET CONSTRAINTS ALL IMMEDIATE")
    op.execute("ALTER TABLE entry_digests ENABLE ALWAYS TRIGGER append_only")
    op.alter_column("entry_digests", "record", nullable=False)
    op.create_check_constraint("record", "entry_digests", "octet_length(record) = 32")
    op.create_index("ix_entries_xid", "entries", ["xid"])
    op.create_index(
        "ix_entries_reclassified",
        "entries",
        [sa.text("(context ->> 'balance_transaction_id')")],
        postgresql_where=sa.text("kind = 'reclassification'"),
    )


def _seals() -> None:
    op.create_table(
        "seals",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("previous", sa.LargeBinary, sa.ForeignKey("seals.hash")),
        sa.Column("hash", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("after_id", sa.BigInteger, nullable=False),
        sa.Column("from_xid", Xid8, nullable=False),
        sa.Column("to_xid", Xid8, nullable=False),
        sa.Column("reach", sa.BigInteger, nullable=False),
        sa.Column("entries", sa.BigInteger, nullable=False),
        sa.Column("recorded_from", Instant, nullable=False),
        sa.Column("recorded_through", Instant, nullable=False),
        sa.Column("sealed_at", Instant, nullable=False),
        sa.UniqueConstraint("previous", postgresql_nulls_not_distinct=True),
        sa.CheckConstraint("octet_length(hash) = 32", name="hash"),
        sa.CheckConstraint("entries > 0", name="entries"),
        sa.CheckConstraint("to_xid > from_xid", name="to_xid"),
    )
    op.create_table(
        "seal_totals",
        sa.Column(
            "seal_id",
            sa.BigInteger,
            sa.ForeignKey("seals.id", deferrable=True, initially="DEFERRED"),
            primary_key=True,
        ),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("account_id", sa.BigInteger, sa.ForeignKey("accounts.id"), primary_key=True),
        sa.Column("debit", sa.BigInteger, nullable=False),
        sa.Column("credit", sa.BigInteger, nullable=False),
        sa.CheckConstraint("debit >= 0 AND credit >= 0", name="sides"),
    )
