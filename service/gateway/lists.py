"""Stripe's lists, page by page to their end: what polling and reconciling hold our rows against."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stripe import StripeClient

from service.gateway import reading_money
from service.gateway.errors import our_errors
from service.gateway.objects import BalanceTransaction

PAGE = 100


@dataclass(frozen=True)
class WebhookEndpoint:
    """As registered at Stripe; `doctor` compares it with what this program needs."""

    id: str
    url: str
    status: str
    api_version: str | None
    events: tuple[str, ...]


class Lists:
    """Every method pages to the end; rows come newest first, as Stripe gives them."""

    def __init__(self, client: StripeClient) -> None:
        self._client = client

    def balance_transactions(
        self, since: datetime | None = None, payout_id: str | None = None
    ) -> Iterator[BalanceTransaction]:
        """All rows created from an instant on, or the rows of one automatic payout, its own included."""
        params: dict[str, Any] = _since(since)
        if payout_id:
            params["payout"] = payout_id
        with our_errors():
            for row in self._client.v1.balance_transactions.list(params=params).auto_paging_iter():  # type: ignore[arg-type]
                yield reading_money.balance_transaction(row.to_dict())

    def sessions(self, since: datetime) -> Iterator[str]:
        with our_errors():
            for row in self._client.v1.checkout.sessions.list(params=_since(since)).auto_paging_iter():  # type: ignore[arg-type]
                yield row.id

    def subscriptions(self) -> Iterator[str]:
        """Of every status: an ended one is a fact too."""
        params: dict[str, Any] = {"status": "all", "limit": PAGE}
        with our_errors():
            for row in self._client.v1.subscriptions.list(params=params).auto_paging_iter():  # type: ignore[arg-type]
                yield row.id

    def disputes(self, since: datetime) -> Iterator[str]:
        with our_errors():
            for row in self._client.v1.disputes.list(params=_since(since)).auto_paging_iter():  # type: ignore[arg-type]
                yield row.id

    def payouts(self, since: datetime) -> Iterator[str]:
        with our_errors():
            for row in self._client.v1.payouts.list(params=_since(since)).auto_paging_iter():  # type: ignore[arg-type]
                yield row.id

    def balance(self) -> dict[str, int]:
        """What Stripe holds for us by currency, available and pending together; minor units."""
        with our_errors():
            read = self._client.v1.balance.retrieve().to_dict()
        held: dict[str, int] = {}
        for part in ("available", "pending"):
            for row in read.get(part) or ():
                held[row["currency"]] = held.get(row["currency"], 0) + row["amount"]
        return held

    def webhook_endpoints(self) -> list[WebhookEndpoint]:
        with our_errors():
            rows = list(self._client.v1.webhook_endpoints.list(params={"limit": PAGE}).auto_paging_iter())
        return [
            WebhookEndpoint(
                id=row.id,
                url=row.url,
                status=row.status,
                api_version=row.api_version,
                events=tuple(row.enabled_events),
            )
            for row in rows
        ]


def _since(instant: datetime | None) -> dict[str, Any]:
    params: dict[str, Any] = {"limit": PAGE}
    if instant is not None:
        params["created"] = {"gte": int(instant.timestamp())}
    return params
