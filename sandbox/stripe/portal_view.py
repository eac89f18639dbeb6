"""What the customer portal shows: subscriptions, the card on file, and what has been paid."""

from dataclasses import dataclass
from typing import Any

from sandbox.stripe import money
from sandbox.stripe.clock import iso
from sandbox.stripe.errors import Json
from sandbox.stripe.objects.invoice_attempt import default_of, method_on_file
from sandbox.stripe.objects.invoice_lines import name_of
from sandbox.stripe.objects.subscription_agenda import OVER, period_end
from sandbox.stripe.page import every
from sandbox.stripe.paging import matching
from sandbox.stripe.world import World


@dataclass(frozen=True)
class Visit:
    """Somebody with a good link: whose it is, and what it lets them do."""

    world: World
    session: Json
    customer: Json
    configuration: Json

    @property
    def path(self) -> str:
        return f"/p/session/{self.session['id']}"

    @property
    def features(self) -> Json:
        found: Json = self.configuration["features"]
        return found

    def may(self, feature: str) -> bool:
        return bool(self.features[feature]["enabled"])

    def runs(self, subscription: Json) -> bool:
        return subscription["status"] not in OVER


def home(visit: Visit) -> dict[str, Any]:
    world, customer = visit.world, visit.customer
    subscriptions = matching(world, "subscription", "$.customer", customer["id"])
    method = default_of(world, customer["id"])
    for subscription in subscriptions:
        method = method or (method_on_file(world, subscription) if visit.runs(subscription) else None)
    invoices = [
        row for row in matching(world, "invoice", "$.customer", customer["id"]) if row["status"] != "draft"
    ]
    return {
        "subscriptions": [
            subscription_row(world, row) for row in subscriptions if row["status"] != "incomplete_expired"
        ],
        "method": method,
        "invoices": [
            {
                "when": day(row["created"]),
                "amount": money.written(row["total"], row["currency"]),
                "status": row["status"],
            }
            for row in reversed(invoices[-24:])
        ],
    }


def subscription_row(world: World, subscription: Json) -> dict[str, Any]:
    items = subscription["items"]["data"]
    total = sum(item["price"]["unit_amount"] * item["quantity"] for item in items)
    return {
        "id": subscription["id"],
        "name": name_of(world, items[0]["price"]),
        "amount": money.written(total, subscription["currency"]),
        "every": every(items[0]["price"]["recurring"]),
        "status": subscription["status"],
        "over": subscription["status"] in OVER,
        "ends": day(subscription["cancel_at"]) if subscription["cancel_at"] else None,
        "next": day(period_end(subscription)),
    }


def day(seconds: int) -> str:
    return iso(seconds * 1_000_000)[:10]
