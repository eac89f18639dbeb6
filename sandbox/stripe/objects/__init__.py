"""Stripe's objects, a file for each family; importing this package enters all their routes."""

from sandbox.stripe.objects import (
    account,
    balance,
    catalog,
    charge,
    checkout,
    customer,
    deletion,
    event,
    invoice,
    invoice_payment,
    payment_intent,
    payment_method,
    payment_page,
    setup_intent,
    subscription,
    webhook_endpoint,
)

__all__ = [
    "account",
    "balance",
    "catalog",
    "charge",
    "checkout",
    "customer",
    "deletion",
    "event",
    "invoice",
    "invoice_payment",
    "payment_intent",
    "payment_method",
    "payment_page",
    "setup_intent",
    "subscription",
    "webhook_endpoint",
]
