"""An entry before it is written: what the rules make and the book takes."""

from dataclasses import dataclass
from datetime import datetime

from service.ledger.accounts import DONATIONS


@dataclass(frozen=True, kw_only=True)
class Context:
    """What we know about a balance transaction beyond its row; kept with the entry as it is.

    Without a frequency the money is no donation of ours: a shop on the same Stripe account, say.
    """

    frequency: str | None = None
    donation_id: str | None = None
    request_id: str | None = None

    def __post_init__(self) -> None:
        if self.frequency is not None and self.frequency not in DONATIONS:
            raise ValueError(f"{self.frequency!r} is no frequency of donations")


@dataclass(frozen=True)
class NewPosting:
    """A signed amount on an account, in its entry's currency: a debit is positive."""

    account: str
    amount: int


@dataclass(frozen=True, kw_only=True)
class NewEntry:
    """`alert` says why a person must look at it; None for nearly all."""

    key: str
    kind: str
    effective_at: datetime
    currency: str
    postings: tuple[NewPosting, ...]
    context: Context
    memo: str
    alert: str | None = None
