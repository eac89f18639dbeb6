"""The reports: one specification each, which feeds the file, and later the page and the API.

A report is its columns in their order, the rows they are read from, and a second way to the same
totals (`control`) that takes another path through the tables. `{where}` is where the filters go.
"""

from dataclasses import dataclass
from typing import LiteralString

from service.reports.columns import (
    Column,
    amount,
    local,
    minor,
    not_yet,
    pseudonym,
    text,
    utc,
    word,
)


@dataclass(frozen=True, kw_only=True)
class ReportSpec:
    """`happened`, `recorded` and `currency` are what the filters look at.

    `control` gives (currency, rows, minor units of each column in `controlled`) for the same filters.
    """

    name: str
    columns: tuple[Column, ...]
    rows: LiteralString
    order: LiteralString
    happened: LiteralString
    currency: LiteralString
    recorded: LiteralString = "entries.recorded_at"
    controlled: tuple[str, ...]
    control: LiteralString

    @property
    def pseudonymous(self) -> bool:
        return any(column.identity == "pseudonym" for column in self.columns)


# A donation stands here once its money is in the books, dated by when Stripe moved it. Its status is
# what the books say, so that a report as of an earlier instant says what it said then.
DONATIONS = ReportSpec(
    name="donations",
    columns=(
        word("donation_id", "donations.id"),
        local("created_local", "moved.created_at"),
        utc("created_utc", "moved.created_at"),
        pseudonym("donor_ref", "donations.donor_id"),
        text("campaign", "donations.attribution ->> 'campaign'"),
        text("source", "donations.attribution ->> 'utm_source'"),
        word("frequency", "donations.frequency"),
        word("currency", "moved.currency"),
        amount("gross", "moved.amount", "moved.currency"),
        amount("fee", "moved.fee", "moved.currency"),
        amount("net", "moved.net", "moved.currency"),
        minor("gross_minor", "moved.amount"),
        amount(
            "presentment_amount",
            "coalesce(donations.presentment_amount, donations.amount)",
            "coalesce(donations.presentment_currency, donations.currency)",
        ),
        word("presentment_currency", "coalesce(donations.presentment_currency, donations.currency)"),
        word("charge_id", "donations.charge_id"),
        word("balance_transaction_id", "moved.id"),
        word("payment_method_type", "nullif(donations.method, '')"),
        word("card_brand", "donations.card_brand"),
        word("status", "CASE WHEN failed.donation_id IS NULL THEN 'paid' ELSE 'failed' END"),
        not_yet("refunded"),
        not_yet("disputed"),
        not_yet("payout_id"),
        not_yet("payout_arrival"),
        not_yet("fund"),
        not_yet("receipt_no"),
        not_yet("note"),
    ),
    rows="""
        FROM donations
        JOIN balance_transactions AS moved ON moved.id = donations.balance_transaction_id
        JOIN entries ON entries.key = 'stripe:' || moved.id
        LEFT JOIN (
            SELECT DISTINCT entries.donation_id FROM entries
            WHERE entries.kind = 'charge_failure' AND {known}
        ) AS failed ON failed.donation_id = donations.id
        WHERE {where}
    """,
    order='moved.created_at, moved.id COLLATE "C"',
    happened="moved.created_at",
    currency="moved.currency",
    controlled=("gross", "fee", "net"),
    control="""
        SELECT moved.currency, count(*), sum(moved.amount), sum(moved.fee), sum(moved.net)
        FROM balance_transactions AS moved
        JOIN entries ON entries.key = 'stripe:' || moved.id
        WHERE moved.id IN (SELECT balance_transaction_id FROM donations) AND {where}
        GROUP BY moved.currency
    """,
)

# One row for each posting; a row has either a debit or a credit.
LEDGER = ReportSpec(
    name="ledger",
    columns=(
        word("reference", "entries.key"),
        word("kind", "entries.kind"),
        local("effective_at_local", "entries.effective_at"),
        utc("effective_at_utc", "entries.effective_at"),
        word("account", "accounts.code"),
        word("currency", "postings.currency"),
        amount("debit", "CASE WHEN postings.amount > 0 THEN postings.amount END", "postings.currency"),
        amount("credit", "CASE WHEN postings.amount < 0 THEN -postings.amount END", "postings.currency"),
        minor("amount_minor", "postings.amount"),
        word("donation_id", "entries.donation_id"),
        word("payout_id", "payout.source"),
        text("description", "entries.memo"),
    ),
    # Which payout a row was paid out with is not kept yet; a payout's own row names itself.
    rows="""
        FROM postings
        JOIN entries ON entries.id = postings.entry_id
        JOIN accounts ON accounts.id = postings.account_id
        LEFT JOIN balance_transactions AS payout
            ON payout.id = substr(entries.key, 8) AND entries.kind IN ('payout', 'payout_reversal')
        WHERE {where}
    """,
    order='entries.effective_at, entries.key COLLATE "C", postings.line',
    happened="entries.effective_at",
    currency="postings.currency",
    controlled=("debit", "credit", "amount_minor"),
    control="""
        SELECT postings.currency, count(*),
            coalesce(sum(postings.amount) FILTER (WHERE postings.amount > 0), 0),
            coalesce(-sum(postings.amount) FILTER (WHERE postings.amount < 0), 0),
            sum(postings.amount)
        FROM postings JOIN entries ON entries.id = postings.entry_id
        WHERE {where}
        GROUP BY postings.currency
    """,
)

# What was debited and credited from the first day to the last, both included. Without a first day
# that is everything since the books began: the balance at the end of the last day.
TRIAL_BALANCE = ReportSpec(
    name="trial-balance",
    columns=(
        word("account", "standing.account"),
        word("currency", "standing.currency"),
        amount("debit", "standing.debit", "standing.currency"),
        amount("credit", "standing.credit", "standing.currency"),
        amount("balance", "standing.debit - standing.credit", "standing.currency"),
        minor("balance_minor", "standing.debit - standing.credit"),
    ),
    rows="""
        FROM (
            SELECT accounts.code AS account, accounts.currency,
                coalesce(sum(postings.amount) FILTER (WHERE postings.amount > 0), 0) AS debit,
                coalesce(-sum(postings.amount) FILTER (WHERE postings.amount < 0), 0) AS credit
            FROM postings
            JOIN entries ON entries.id = postings.entry_id
            JOIN accounts ON accounts.id = postings.account_id
            WHERE {where}
            GROUP BY accounts.code, accounts.currency
        ) AS standing
    """,
    order='standing.account COLLATE "C", standing.currency COLLATE "C"',
    happened="entries.effective_at",
    currency="postings.currency",
    controlled=("debit", "credit", "balance"),
    control="""
        SELECT currency, count(*), sum(debit), sum(credit), sum(debit) - sum(credit)
        FROM (
            SELECT postings.currency,
                coalesce(sum(postings.amount) FILTER (WHERE postings.amount > 0), 0) AS debit,
                coalesce(-sum(postings.amount) FILTER (WHERE postings.amount < 0), 0) AS credit
            FROM postings JOIN entries ON entries.id = postings.entry_id
            WHERE {where}
            GROUP BY postings.currency, postings.account_id
        ) AS each_account
        GROUP BY currency
    """,
)

REPORTS = {spec.name: spec for spec in (DONATIONS, LEDGER, TRIAL_BALANCE)}
