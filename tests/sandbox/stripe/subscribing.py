"""A donor who gives every month, and what they and the sandbox's clock may do next."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

DAY = 86_400
HOUR = 3_600


@dataclass
class Donor:
    """One customer with one subscription in a sandbox."""

    sandbox: Any
    customer: str
    id: str

    @property
    def now(self) -> Any:
        return self.sandbox.client.v1.subscriptions.retrieve(self.id)

    @property
    def period(self) -> tuple[int, int]:
        item = self.now["items"].data[0]
        return item.current_period_start, item.current_period_end

    @property
    def invoices(self) -> list[Any]:
        """Oldest first."""
        found = self.sandbox.client.v1.invoices.list({"subscription": self.id, "limit": 100}).data
        return list(reversed(found))

    @property
    def last(self) -> Any:
        return self.invoices[-1]

    def change(self, **news: Any) -> Any:
        return self.sandbox.client.v1.subscriptions.update(self.id, news)

    def until(self, instant: int) -> None:
        self.sandbox.lever("advance", to=str(instant))

    def period_over(self, more: int = 2 * HOUR) -> None:
        """To the end of the period, and to the time when its invoice has been collected."""
        self.until(self.period[1] + more)

    def card(self, number: str, **more: Any) -> Any:
        return self.sandbox.lever("card", customer=self.customer, number=number, **more)

    def told(self, kind: str) -> list[Any]:
        """The events of a kind about the customer, oldest first."""
        found = self.sandbox.client.v1.events.list({"type": kind, "limit": 100}).data
        mine = [event for event in found if self.customer in str(event.data.object)]
        return list(reversed(mine))


def subscribed(
    sandbox: Any, amount: int = 1000, currency: str = "usd", every: str = "month", **more: Any
) -> Donor:
    """By the API, with a card that pays."""
    v1 = sandbox.client.v1
    wanted = {
        "payment_method": "pm_card_visa",
        "invoice_settings": {"default_payment_method": "pm_card_visa"},
    }
    customer = v1.customers.create({"email": "ada@example.org", **wanted, **more.pop("customer", {})})
    subscription = v1.subscriptions.create(
        {
            "customer": customer.id,
            "items": [{"price": price(sandbox, amount, currency, every)}],
            "metadata": {"checkout": "1"},
            **more,
        }
    )
    return Donor(sandbox, customer.id, subscription.id)


def price(sandbox: Any, amount: int, currency: str = "usd", every: str = "month") -> str:
    found: str = sandbox.client.v1.prices.create(
        {
            "currency": currency,
            "unit_amount": amount,
            "recurring": {"interval": every},
            "product_data": {"name": "Donation"},
        }
    ).id
    return found


def day(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def at(text: str) -> int:
    return int(datetime.fromisoformat(f"{text}T12:00:00+00:00").timestamp())
