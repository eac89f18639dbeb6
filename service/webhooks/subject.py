"""Which Stripe object an event speaks of: the unit in which it will be settled.

Charges, refunds and disputes belong under their payment intent, invoices under their subscription;
where the body does not say, the object's own id serves, and settling finds the rest by asking Stripe.
"""

import re
from collections.abc import Mapping
from typing import Any

# Objects that settling knows how to look at; what happens to others moves neither money nor a state of ours.
SETTLED = re.compile(r"(?:cs|pi|sub|ch|py|re|pyr|dp|du|po|txn)_[A-Za-z0-9_]{1,200}")


def object_of(event: Mapping[str, Any]) -> str | None:
    """The id to settle, or None for an event that asks nothing of us. Never raises on a foreign shape."""
    if event.get("object") == "v2.core.event":
        return _settled(_id(event, "related_object"))
    data = event.get("data")
    subject = data.get("object") if isinstance(data, Mapping) else None
    return _settled(_root(subject)) if isinstance(subject, Mapping) else None


def _root(subject: Mapping[str, Any]) -> str | None:
    match subject.get("object"):
        case "charge" | "refund" | "dispute" | "radar.early_fraud_warning" | "review":
            return _id(subject, "payment_intent") or _id(subject, "charge") or _id(subject, "id")
        case "invoice":
            parent = subject.get("parent")
            details = parent.get("subscription_details") if isinstance(parent, Mapping) else None
            return _id(details, "subscription")
        case "invoice_payment":
            return _id(subject.get("payment"), "payment_intent")
        case "topup":
            return _id(subject, "balance_transaction")
        case _:
            return _id(subject, "id")


def _id(holder: Any, name: str) -> str | None:
    """The id under a name, whether Stripe sent the id or the expanded object."""
    value = holder.get(name) if isinstance(holder, Mapping) else None
    if isinstance(value, Mapping):
        value = value.get("id")
    return value if isinstance(value, str) else None


def _settled(object_id: str | None) -> str | None:
    return object_id if object_id and SETTLED.fullmatch(object_id) else None
