"""An entry before it is written: what the rules make and the book takes."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from service.ledger.accounts import CHART, DONATIONS


@dataclass(frozen=True, kw_only=True)
class RefundOf:
    """The charge that a refund gives back a part of.

    `settled` is what the charge came to on the balance (its balance transaction's amount). The others
    are in the charge's own currency: what was charged, what this refund gives back, and what the
    refunds of the same charge before this one (by Stripe's date, then id) gave back together.
    """

    settled: int
    settled_currency: str
    charged: int
    refunded: int
    refunded_before: int = 0

    def __post_init__(self) -> None:
        if self.charged <= 0 or self.refunded < 0 or self.refunded_before < 0:
            raise ValueError(f"{self} is no refund of a charge")


@dataclass(frozen=True, kw_only=True)
class Context:
    """What we know about a balance transaction beyond its row; kept with the entry as it is.

    Without a frequency the money is no donation of ours: a shop on the same Stripe account, say.
    `refund` is wanted where a charge was converted: it keeps exchange differences out of the refunds.
    `counter` is the account that a person has decided on, in place of the rule's: it empties suspense.
    """

    frequency: str | None = None
    donation_id: str | None = None
    request_id: str | None = None
    refund: RefundOf | None = None
    counter: str | None = None

    def __post_init__(self) -> None:
        if self.frequency is not None and self.frequency not in DONATIONS:
            raise ValueError(f"{self.frequency!r} is no frequency of donations")
        if self.counter is not None and self.counter not in CHART:
            raise ValueError(f"{self.counter!r} is no account")

    @property
    def kept(self) -> dict[str, Any]:
        """As it is written with the entry; what is not there stays away, so that old entries read alike."""
        known: dict[str, Any] = {
            "frequency": self.frequency,
            "donation_id": self.donation_id,
            "request_id": self.request_id,
        }
        if self.refund:
            known["refund"] = asdict(self.refund)
        if self.counter:
            known["counter"] = self.counter
        return known

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> "Context":
        """Back from what is kept with an entry; whatever else is kept there is passed over."""
        refund = kept.get("refund")
        return cls(
            frequency=kept.get("frequency"),
            donation_id=kept.get("donation_id"),
            request_id=kept.get("request_id"),
            refund=RefundOf(**refund) if refund else None,
            counter=kept.get("counter"),
        )


@dataclass(frozen=True)
class NewPosting:
    """A signed amount on an account, in its entry's currency: a debit is positive."""

    account: str
    amount: int


@dataclass(frozen=True, kw_only=True)
class NewEntry:
    """`context` is kept as it is, so that the entry can be derived again.

    `reverses_id` is the entry that this one takes back; `alert` says why a person must look at it.
    """

    key: str
    kind: str
    effective_at: datetime
    currency: str
    postings: tuple[NewPosting, ...]
    memo: str
    context: dict[str, Any] = field(default_factory=dict)
    reverses_id: int | None = None
    alert: str | None = None
