"""The proof of a payout: its rows by kind, each linked to its donation or named for what it is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from service.ledger.payout_models import Payout

# A donation that was learned of later stands in the entry that reclassified the row.
ROWS = text("""
    SELECT moved.id AS balance_transaction_id, moved.type, moved.amount, moved.fee, moved.net,
        moved.currency, moved.created_at, coalesce(entry.kind, 'nothing moved') AS kind,
        CASE WHEN later.context IS NULL THEN entry.donation_id
            ELSE later.context ->> 'donation_id' END AS donation_id,
        coalesce(moved.source, '') AS source, moved.description
    FROM payout_rows tagged
    JOIN balance_transactions moved ON moved.id = tagged.balance_transaction_id
    LEFT JOIN entries entry ON entry.key = 'stripe:' || moved.id
    LEFT JOIN LATERAL (
        SELECT context FROM entries
        WHERE kind = 'reclassification' AND context ->> 'balance_transaction_id' = moved.id
        ORDER BY id DESC LIMIT 1
    ) later ON true
    WHERE tagged.payout_id = :payout_id
    ORDER BY moved.created_at, moved.id COLLATE "C"
""")


@dataclass(frozen=True, kw_only=True)
class ProofRow:
    """One balance transaction of the payout. `kind` is the word of the books for it."""

    balance_transaction_id: str
    type: str
    kind: str
    amount: int
    fee: int
    net: int
    currency: str
    created_at: datetime
    donation_id: str | None
    source: str
    description: str

    @property
    def stands_for(self) -> str:
        """The donation, or else what the row is and what Stripe says of it."""
        return self.donation_id or ": ".join(filter(None, (self.kind, self.description or self.source)))


@dataclass(frozen=True, kw_only=True)
class KindSum:
    kind: str
    rows: int
    amount: int
    fee: int
    net: int


@dataclass(frozen=True, kw_only=True)
class PayoutProof:
    """`difference` is the sum of all rows, the payout's own included: nothing, where the proof holds.

    `complete` says that Stripe's list is final and that the payout's own row is in it; only then, and
    only for an automatic payout, can a proof hold.
    """

    payout: Payout
    rows: tuple[ProofRow, ...]
    sums: tuple[KindSum, ...]
    difference: int
    complete: bool

    @property
    def holds(self) -> bool:
        own = {row.currency for row in self.rows}
        return self.complete and self.difference == 0 and own == {self.payout.currency}


def payout_proof(session: Session, payout_id: str) -> PayoutProof | None:
    """None for a payout that the books do not know."""
    payout = session.get(Payout, payout_id)
    if payout is None:
        return None
    found = session.execute(ROWS, {"payout_id": payout_id}).mappings()
    rows = tuple(ProofRow(**row) for row in found)
    own = {row.balance_transaction_id for row in rows}
    return PayoutProof(
        payout=payout,
        rows=rows,
        sums=tuple(_by_kind(rows)),
        difference=sum(row.net for row in rows),
        complete=(
            payout.automatic
            and payout.reconciliation_status == "completed"
            and payout.balance_transaction_id in own
        ),
    )


def _by_kind(rows: Iterable[ProofRow]) -> Iterable[KindSum]:
    by_kind: dict[str, list[ProofRow]] = {}
    for row in rows:
        by_kind.setdefault(row.kind, []).append(row)
    for kind, its in sorted(by_kind.items()):
        yield KindSum(
            kind=kind,
            rows=len(its),
            amount=sum(row.amount for row in its),
            fee=sum(row.fee for row in its),
            net=sum(row.net for row in its),
        )
