"""The only door to Stripe: calls go out in our words, Stripe's objects come back as our dataclasses."""

from service.gateway.calls import API_VERSION, Gateway
from service.gateway.objects import (
    BalanceTransaction,
    Charge,
    CheckoutOrder,
    FeeDetail,
    Instalment,
    ObjectGone,
    OpenedCheckout,
    Payment,
    Session,
    StripeAway,
    StripeFailed,
    StripeRefused,
    Subscription,
    WebhookEndpoint,
)
from service.gateway.signatures import NotStripes, verify

__all__ = [
    "API_VERSION",
    "BalanceTransaction",
    "Charge",
    "CheckoutOrder",
    "FeeDetail",
    "Gateway",
    "Instalment",
    "NotStripes",
    "ObjectGone",
    "OpenedCheckout",
    "Payment",
    "Session",
    "StripeAway",
    "StripeFailed",
    "StripeRefused",
    "Subscription",
    "WebhookEndpoint",
    "verify",
]
