"""What a Checkout Session is asked for: from the order alone, so that a retry is byte-identical."""

from typing import Any

from service.gateway import reading
from service.gateway.objects import CheckoutOrder

INTERVALS = {"monthly": "month", "annual": "year"}
# Stripe renders its page in these; anything else is left to the browser ("auto").
CHECKOUT_LOCALES = frozenset(
    "bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hr hu id it ja ko lt lv ms mt nb nl pl "  # noqa: SIM905
    "pt pt-BR ro ru sk sl sv th tr vi zh zh-HK zh-TW".split()
)


def session_params(order: CheckoutOrder) -> dict[str, Any]:
    """The parameters of a Checkout Session; no payment_method_types: Stripe picks what the donor can use."""
    metadata = {reading.CHECKOUT: order.checkout_id}
    price: dict[str, Any] = {
        "currency": order.currency,
        "unit_amount": order.amount,
        "product_data": {"name": order.title},
    }
    params: dict[str, Any] = {
        "line_items": [{"price_data": price, "quantity": 1}],
        "client_reference_id": order.checkout_id,
        "metadata": metadata,
        "success_url": order.success_url,
        "cancel_url": order.cancel_url,
        "locale": order.locale if order.locale in CHECKOUT_LOCALES else "auto",
    }
    if order.email:
        params["customer_email"] = order.email
    if order.frequency == "once":
        intent: dict[str, Any] = {"metadata": metadata}
        if order.statement_suffix:
            intent["statement_descriptor_suffix"] = order.statement_suffix
        return params | {
            "mode": "payment",
            "submit_type": "donate",
            # A guest would leave us without the Customer that a refund, a dispute or an erasure needs.
            "customer_creation": "always",
            "payment_intent_data": intent,
        }
    price["recurring"] = {"interval": INTERVALS[order.frequency]}
    return params | {"mode": "subscription", "subscription_data": {"metadata": metadata}}
