"""The only door to Stripe: calls go out in our words, Stripe's objects come back as our dataclasses."""

from service.gateway.calls import API_VERSION, Gateway
from service.gateway.errors import ObjectGone, StripeAway, StripeFailed, StripeRefused
from service.gateway.lists import WebhookEndpoint
from service.gateway.objects import (
    BalanceTransaction,
    Charge,
    CheckoutOrder,
    Dispute,
    FeeDetail,
    Instalment,
    OpenedCheckout,
    Payment,
    Payout,
    Refund,
    Session,
    Subscription,
)
from service.gateway.signatures import NotStripes, verify

__all__ = [
    "API_VERSION",
    "BalanceTransaction",
    "Charge",
    "CheckoutOrder",
    "Dispute",
    "FeeDetail",
    "Gateway",
    "Instalment",
    "NotStripes",
    "ObjectGone",
    "OpenedCheckout",
    "Payment",
    "Payout",
    "Refund",
    "Session",
    "StripeAway",
    "StripeFailed",
    "StripeRefused",
    "Subscription",
    "WebhookEndpoint",
    "verify",
]
