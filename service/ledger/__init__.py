"""The books: double entry, written once, derived from Stripe's balance transactions.

`post` is the only door. Start reading at `rules.entry_for`: it says what each row of Stripe's means.
"""

from service.ledger.balances import Balance, Day, Statement, statement, trial_balance
from service.ledger.beside_stripe import MISSING, TOO_MANY, compare_mirror, has_entries, stripe_balances
from service.ledger.book import post
from service.ledger.chain import verify_chain
from service.ledger.contradiction import Contradiction
from service.ledger.entry import Context, NewEntry, NewPosting, RefundOf
from service.ledger.finding import Finding
from service.ledger.identities import identities
from service.ledger.known import is_known, refresh, unknown
from service.ledger.own_entries import arrive, open_books, return_payout, undo_write_off, write_off
from service.ledger.own_rules import LostDispute, Opening
from service.ledger.payout_facts import PayoutFacts
from service.ledger.payout_proof import KindSum, PayoutProof, ProofRow, payout_proof
from service.ledger.payouts import note_payout, tag_rows
from service.ledger.periods import CannotClose, close_period, closed_periods, newest_period
from service.ledger.rebuild import rebuild_check
from service.ledger.reclassifying import NotBooked, last_context, reclassify
from service.ledger.rules import entry_for
from service.ledger.sealing import newest_seal, seal

__all__ = [
    "MISSING",
    "TOO_MANY",
    "Balance",
    "CannotClose",
    "Context",
    "Contradiction",
    "Day",
    "Finding",
    "KindSum",
    "LostDispute",
    "NewEntry",
    "NewPosting",
    "NotBooked",
    "Opening",
    "PayoutFacts",
    "PayoutProof",
    "ProofRow",
    "RefundOf",
    "Statement",
    "arrive",
    "close_period",
    "closed_periods",
    "compare_mirror",
    "entry_for",
    "has_entries",
    "identities",
    "is_known",
    "last_context",
    "newest_period",
    "newest_seal",
    "note_payout",
    "open_books",
    "payout_proof",
    "post",
    "rebuild_check",
    "reclassify",
    "refresh",
    "return_payout",
    "seal",
    "statement",
    "stripe_balances",
    "tag_rows",
    "trial_balance",
    "undo_write_off",
    "unknown",
    "verify_chain",
    "write_off",
]
